// Input: bits 0-1: durability, 2-5: chunk size - 1 of the second run, 6: only some topics and
// groups are allowed, 7: what is read is masked; then steps, each: a byte that says what happens
// and the bytes that come. 0x00-0x7f from the client, 0x80-0xef from the broker (that many bytes),
// 0xf0 as many as the next two bytes say from the client, 0xf1 from the broker, 0xf2 a second
// passes, 0xf3 the audit log fails or recovers, 0xf4 drain.
#include <map>
#include <string>

#include "fuzz/fuzz.h"
#include "fuzz/shell.h"
#include "session/masks.h"
#include "session/session.h"
#include "session/workbench.h"

using namespace sluice;

namespace {

constexpr const char* kMasks =
    "masks:\n  - {id: m, topics: ['*'], fields: [{path: ..a, action: hmac, key: k}, "
    "{path: '$[*]', action: partial, keep_last: 2}]}\n"
    "  - {id: d, topics: ['o*'], detect: {types: [email, pan, iban], action: redact}}\n";

std::shared_ptr<const policy::PolicySet> set_of(const char* grant, const char* masks = "") {
    return policy::compile(
               {{"fuzz.yaml", std::string("version: 1\ngrants:\n  - ") + grant + "\n" + masks}})
        .set;
}

class Plans final : public session::MaskPlans {
  public:
    [[nodiscard]] std::shared_ptr<const session::TopicMasks> of(
        const policy::Binding& rules, std::string_view topic) const override {
        const auto masks = policy::masks(rules, topic);
        if (masks.empty()) return nullptr;
        const std::vector<mask::Key> keys{{"k", "k", Buffer(32, Byte{7})}};
        return std::make_shared<const session::TopicMasks>(session::make_masks(masks, {}, keys));
    }
};

class Facts : public session::Facts {
  public:
    Facts(bool restricted, bool masked) : restricted_(restricted), masked_(masked) {}
    bool failed = false;
    [[nodiscard]] std::uint64_t policy_generation() const override { return 1; }
    [[nodiscard]] session::Caller who(const policy::Evidence& evidence) const override {
        static const auto everything = set_of(
            "{id: a, to: ['*'], allow: ['*'], topics: ['*', '__*'], groups: ['*'], "
            "transactional_ids: ['*']}");
        static const auto masked =
            set_of("{id: a, to: ['*'], allow: ['*'], topics: ['*'], groups: ['*']}", kMasks);
        static const auto some = set_of(
            "{id: s, to: ['*'], allow: [topic.read, topic.write, group.join], "
            "topics: ['o*', 't*'], groups: ['g*']}");
        const auto& set = masked_ ? masked : restricted_ ? some : everything;
        session::Caller caller;
        caller.principal = policy::identify(*set, evidence);
        caller.rules = policy::bind(set, caller.principal);
        if (masked_) caller.masks = std::make_shared<const Plans>();
        return caller;
    }
    [[nodiscard]] std::string_view topic_name(const TopicId&) const override { return {}; }
    [[nodiscard]] bool audit_failed() const override { return failed; }
    [[nodiscard]] std::optional<session::TokenVerdict> check_token(std::string_view,
                                                                   Instant) const override {
        return session::TokenVerdict{{}, identity::Refusal::token_bad_signature};
    }
    [[nodiscard]] audit::SubjectId subject(const audit::Subject& subject) const override {
        const auto id = audit::subject_id(audit::encode_subject(subject, {1}));
        subjects[id] = subject;
        return id;
    }
    [[nodiscard]] std::uint64_t subject_epoch() const override { return 1; }
    mutable std::map<audit::SubjectId, audit::Subject> subjects;
    [[nodiscard]] session::Workbench& workbench() const override {
        static session::Workbench bench;
        return bench;
    }

  private:
    bool restricted_;
    bool masked_;
};

class Player {
  public:
    Player(Byte durability, std::size_t chunk, bool restricted, bool masked)
        : facts_(restricted, masked), shell(options(durability), facts_, chunk) {}

    void step(Byte what, fuzz::Input& input) {
        if (what < 0x80) return shell.from_client(input.bytes(what));
        if (what < 0xf0) return shell.from_broker(input.bytes(what - 0x80u));
        if (what == 0xf0) return shell.from_client(input.bytes(two(input)));
        if (what == 0xf1) return shell.from_broker(input.bytes(two(input)));
        if (what == 0xf2) return shell.tick();
        if (what == 0xf3) facts_.failed = !facts_.failed;
        if (what == 0xf4) shell.drain();
    }

  private:
    static session::SessionOptions options(Byte durability) {
        session::SessionOptions options;
        options.id = 1;
        options.cluster = "c";
        options.evidence.source = 0x0a000001;
        options.durability = static_cast<session::Durability>(durability % 3);
        return options;
    }
    static std::size_t two(fuzz::Input& input) {
        const std::size_t high = input.byte();
        return high << 8 | input.byte();
    }
    Facts facts_;

  public:
    fuzz::Shell shell;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const Byte knobs = input.byte();
    const bool restricted = (knobs & 0x40) != 0;
    const bool masked = (knobs & 0x80) != 0;
    Player whole(knobs & 3, 0, restricted, masked);
    Player pieces(knobs & 3, 1 + (knobs >> 2 & 15), restricted, masked);
    for (Player* player : {&whole, &pieces}) {
        fuzz::Input steps = input;
        while (!steps.rest().empty() && !player->shell.closed()) {
            const Byte what = steps.byte();
            player->step(what, steps);
        }
        player->shell.end();
    }
    fuzz::check_alike(whole.shell, pieces.shell);
    return 0;
}
