// Input: bits 0-1: durability, 2-5: chunk size - 1 of the second run, 6: only some topics and
// groups are allowed, 7: what is read is masked; then steps, each: a byte that says what happens
// and the bytes that come. 0x00-0x7f from the client, 0x80-0xef from the broker (that many bytes),
// 0xf0 as many as the next two bytes say from the client, 0xf1 from the broker, 0xf2 a second
// passes, 0xf3 the audit log fails or recovers, 0xf4 drain.
#include <string>

#include "fuzz/fuzz.h"
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
    [[nodiscard]] session::Workbench& workbench() const override {
        static session::Workbench bench;
        return bench;
    }

  private:
    bool restricted_;
    bool masked_;
};

// What net does, without sockets: everything is sent at once, and every event is durable at once.
class Shell {
  public:
    Shell(Byte durability, std::size_t chunk, bool restricted, bool masked)
        : chunk_(chunk), facts_(restricted, masked), session_(options(durability), facts_) {}

    void step(Byte what, fuzz::Input& input) {
        if (what < 0x80) return from_client(input.bytes(what));
        if (what < 0xf0) return from_broker(input.bytes(what - 0x80u));
        if (what == 0xf0) return from_client(input.bytes(two(input)));
        if (what == 0xf1) return from_broker(input.bytes(two(input)));
        if (what == 0xf2) return tick();
        if (what == 0xf3) facts_.failed = !facts_.failed;
        if (what == 0xf4) session_.drain();
    }
    [[nodiscard]] bool closed() const { return reason_.has_value(); }
    void end() {
        session_.on_end(reason_.value_or(session::CloseReason::client_closed), now_, out_);
        take(out_);
    }

    Buffer to_client, to_broker;
    std::vector<audit::Event> events;
    std::optional<session::CloseReason> reason_;

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
    template <class Call>
    void arrive(Bytes bytes, Buffer& window, Call&& call) {
        const std::size_t step = chunk_ == 0 ? std::max<std::size_t>(bytes.size(), 1) : chunk_;
        for (std::size_t at = 0; at < bytes.size() && !closed(); at += step) {
            append(window, bytes.subspan(at, std::min(step, bytes.size() - at)));
            call();
        }
    }
    void from_client(Bytes bytes) {
        arrive(bytes, client_, [this] {
            if (!paused_) run_client();
        });
    }
    void from_broker(Bytes bytes) {
        arrive(bytes, broker_, [this] {
            run(broker_, &session::Session::on_broker);
            if (!closed()) run_client();
        });
    }
    void tick() {
        now_.mono += 1'000'000'000;
        now_.wall += 1'000'000'000;
        session_.on_tick(now_, out_);
        take(out_);
        if (!closed()) run_client();
    }
    void run_client() { run(client_, &session::Session::on_client); }
    using OnBytes = std::size_t (session::Session::*)(Bytes, Instant, session::Output&);
    void run(Buffer& window, OnBytes on_bytes) {
        Buffer exact = fuzz::exact(window);
        const std::size_t released = (session_.*on_bytes)(exact, now_, out_);
        SLUICE_CHECK(released <= window.size());
        take(out_);
        window.erase(window.begin(), window.begin() + std::ptrdiff_t(released));
    }
    void take(session::Output& out) {
        events.insert(events.end(), out.events.begin(), out.events.end());
        for (const session::Piece& piece : out.to_client) append_piece(piece, to_client);
        for (const session::Piece& piece : out.to_broker) append_piece(piece, to_broker);
        if (out.close) reason_ = out.close;
        paused_ = out.client_paused;
        out.clear();
    }
    void append_piece(const session::Piece& piece, Buffer& to) {
        SLUICE_CHECK(piece.after <= events.size());
        append(to, piece.bytes);
    }

    std::size_t chunk_;
    Facts facts_;
    session::Session session_;
    session::Output out_;
    Instant now_{1'000'000'000, 1'700'000'000'000'000'000};
    Buffer client_, broker_;
    bool paused_ = false;
};

bool begins_with(const Buffer& bytes, const Buffer& start) {
    return start.size() <= bytes.size() && std::equal(start.begin(), start.end(), bytes.begin());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const Byte knobs = input.byte();
    const bool restricted = (knobs & 0x40) != 0;
    const bool masked = (knobs & 0x80) != 0;
    Shell whole(knobs & 3, 0, restricted, masked);
    Shell pieces(knobs & 3, 1 + (knobs >> 2 & 15), restricted, masked);
    for (Shell* shell : {&whole, &pieces}) {
        fuzz::Input steps = input;
        while (!steps.rest().empty() && !shell->closed()) {
            const Byte what = steps.byte();
            shell->step(what, steps);
        }
        shell->end();
    }
    SLUICE_CHECK(whole.reason_ == pieces.reason_);
    SLUICE_CHECK(whole.events == pieces.events);
    // What comes in pieces goes on in pieces: more of a frame may have left when its error shows.
    SLUICE_CHECK(begins_with(pieces.to_broker, whole.to_broker));
    SLUICE_CHECK(begins_with(pieces.to_client, whole.to_client));
    SLUICE_CHECK(whole.closed() || pieces.to_broker.size() == whole.to_broker.size());
    SLUICE_CHECK(whole.closed() || pieces.to_client.size() == whole.to_client.size());
    return 0;
}
