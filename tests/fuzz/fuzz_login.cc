// Input: bits 0: clients may show tokens, 1: the cluster has a credential, 2-5: chunk size - 1 of
// the second run, 6: the grant lets a network identity use it; then steps, each a byte (modulo
// kSteps) and what step() takes behind it.
#include <array>
#include <map>
#include <string>

#include "fuzz/fuzz.h"
#include "fuzz/shell.h"
#include "kafka/sasl.h"
#include "session/session.h"
#include "session/workbench.h"

using namespace sluice;

namespace {

constexpr int kSteps = 19;
constexpr std::int32_t kUpstreamCorrelation = 0x5a000000;
constexpr std::array<std::string_view, 6> kTokens{"tok.alice.0001", "tok.alice.0002",
                                                  "tok.bob.0003",   "tok.short.0004",
                                                  "tok.later.0005", "tok.forged.0006"};
constexpr std::string_view kPassword = "hush-0007";
constexpr std::int64_t kShort = 2, kLong = 600, kFetched = 3;  // seconds from the start

std::shared_ptr<const policy::PolicySet> set_of(bool gateway) {
    const std::string upstream = gateway ? ", upstream: gateway" : "";
    return policy::compile(
               {{"fuzz.yaml",
                 "version: 1\nidentities:\n  - {principal: 'user:{claim.email}', from: {oidc: "
                 "corp}}\ngrants:\n  - {id: a, to: ['*'], allow: ['*'], topics: ['*'], groups: "
                 "['*']" +
                     upstream + "}\n"}})
        .set;
}

session::TokenVerdict accepted(const std::string& email, std::int64_t seconds) {
    identity::Claims claims;
    claims.issuer = "i";
    claims.subject = email;
    claims.expires_at = fuzz::Shell::kStart + seconds;
    claims.list = {{"email", {email}}};
    return {"corp", std::move(claims)};
}

class Facts : public session::Facts {
  public:
    explicit Facts(bool gateway) : gateway_(gateway) {}
    bool failed = false;
    [[nodiscard]] std::uint64_t policy_generation() const override { return 1; }
    [[nodiscard]] session::Caller who(const policy::Evidence& evidence) const override {
        static const auto with = set_of(true), without = set_of(false);
        const auto& set = gateway_ ? with : without;
        session::Caller caller;
        caller.principal = policy::identify(*set, evidence);
        caller.rules = policy::bind(set, caller.principal);
        return caller;
    }
    [[nodiscard]] std::string_view topic_name(const TopicId&) const override { return {}; }
    [[nodiscard]] bool audit_failed() const override { return failed; }
    [[nodiscard]] std::optional<session::TokenVerdict> check_token(std::string_view token,
                                                                   Instant now) const override {
        const auto is = [&](std::size_t n) { return token == kTokens[n]; };
        if (is(0) || is(1)) return accepted("alice", kLong + (is(1) ? kLong : 0));
        if (is(2)) return accepted("bob", kLong);
        if (is(3)) return accepted("alice", kShort);
        if (!is(4)) return session::TokenVerdict{{}, identity::Refusal::token_bad_signature};
        if (now.wall < (fuzz::Shell::kStart + kFetched) * 1'000'000'000) return std::nullopt;
        return accepted("alice", kLong);
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
    bool gateway_;
};

Buffer framed(Bytes payload) {
    Buffer frame;
    append_be(frame, static_cast<std::int32_t>(payload.size()));
    append(frame, payload);
    return frame;
}

class Player {
  public:
    Player(Byte knobs, std::size_t chunk)
        : facts_((knobs & 0x40) != 0), shell(options(knobs), facts_, chunk) {}

    void step(Byte what, fuzz::Input& input) {
        switch (what % kSteps) {
            case 0:
                return handshake(1, "OAUTHBEARER");
            case 1:
                return handshake(0, "OAUTHBEARER");
            case 2:
                return handshake(1, "PLAIN");
            case 3:
            case 4:
            case 5:
                return authenticate(what % kSteps - 3, client_first(input.byte()));
            case 6:
                return shell.from_client(framed(as_bytes(client_first(input.byte()))));
            case 7:
                return authenticate(1, "\x01");
            case 8:
                return shell.from_client(framed(Buffer{1}));
            case 9: {  // Heartbeat
                const Buffer body{0, 1, 'g', 0, 0, 0, 1, 0, 1, 'm'};
                return request(12, 0, input.byte(), body);
            }
            case 10:
                return respond(input.byte(), Buffer{0, 0});
            case 11:
                return respond(kUpstreamCorrelation, Buffer{0, input.byte(), 0, 0, 0, 0});
            case 12:
                return upstream_answer(input);
            case 13:
                return shell.tick();
            case 14:
                facts_.failed = !facts_.failed;
                return;
            case 15:
                return authenticate(1, as_text(input.bytes(input.byte())));
            case 16:
                any_bytes = true;
                return shell.from_client(input.bytes(input.byte()));
            case 17:
                any_bytes = true;
                return shell.from_broker(input.bytes(input.byte()));
            case 18:
                return request(18, 0, 1, {});
        }
    }

  private:
    static session::SessionOptions options(Byte knobs) {
        session::SessionOptions options;
        options.id = 1;
        options.cluster = "c";
        options.evidence.source = 0x0a000001;
        options.tokens = (knobs & 1) != 0;
        if ((knobs & 2) != 0)
            options.upstream = std::make_shared<const session::UpstreamCredential>(
                session::UpstreamCredential{"gateway", std::string(kPassword)});
        return options;
    }
    static std::string client_first(Byte which) {
        std::string text("n,,\x01");
        text += "auth=Bearer ";
        text += kTokens[which % kTokens.size()];
        return text + "\x01\x01";
    }
    void request(std::int16_t key, std::int16_t version, std::int32_t correlation, Bytes body,
                 bool flexible = false) {
        Buffer frame;
        append_be(frame, key);
        append_be(frame, version);
        append_be(frame, correlation);
        append_be<std::int16_t>(frame, -1);  // no client id
        if (flexible) frame.push_back(0);
        append(frame, body);
        shell.from_client(framed(frame));
    }
    void handshake(std::int16_t version, std::string_view mechanism) {
        Buffer body;
        append_be(body, static_cast<std::int16_t>(mechanism.size()));
        append(body, as_bytes(mechanism));
        request(17, version, 2, body);
    }
    void authenticate(int version, std::string_view message) {
        Buffer body;
        if (version < 2) {
            append_be(body, static_cast<std::int32_t>(message.size()));
        } else {
            const std::size_t plus_one = message.size() + 1;
            if (plus_one > 0x7f) body.push_back(static_cast<Byte>(plus_one | 0x80));
            body.push_back(static_cast<Byte>(plus_one > 0x7f ? plus_one >> 7 : plus_one));
        }
        append(body, as_bytes(message));
        if (version >= 2) body.push_back(0);
        request(36, static_cast<std::int16_t>(version), 3, body, version >= 2);
    }
    void respond(std::int32_t correlation, Bytes body) {
        Buffer frame;
        append_be(frame, correlation);
        append(frame, body);
        shell.from_broker(framed(frame));
    }
    void upstream_answer(fuzz::Input& input) {
        const auto error = static_cast<kafka::ErrorCode>(input.byte());
        const std::int64_t seconds = input.byte();
        shell.from_broker(kafka::sasl_authenticate_answer(kUpstreamCorrelation, 1, error, {}, {},
                                                          seconds * 1000));
    }
    Facts facts_;

  public:
    [[nodiscard]] const audit::Subject& who(const audit::Event& event) const {
        return facts_.subjects.at(event.subject);
    }
    fuzz::Shell shell;
    bool any_bytes = false;  // what the fuzzer wrote may have gone on as it stands
};

bool holds(const Buffer& bytes, std::string_view secret) {
    return as_text(bytes).find(secret) != std::string_view::npos;
}

void check_secrets(const Player& player) {
    for (const std::string_view token : kTokens) {
        SLUICE_CHECK(!holds(player.shell.to_broker, token));
        SLUICE_CHECK(!holds(player.shell.to_client, token));
    }
    SLUICE_CHECK(!holds(player.shell.to_client, kPassword));
    for (const audit::Event& event : player.shell.events)
        for (const audit::Subject& who = player.who(event);
             const std::string* text : {&who.principal, &who.human, &event.resource, &event.reason,
                                        &who.client_id, &who.evidence}) {
            SLUICE_CHECK(text->find("tok.") == std::string::npos);
            SLUICE_CHECK(text->find(kPassword) == std::string::npos);
        }
}

// Once somebody logged in, they stay who they are.
void check_principal(const Player& player) {
    const std::string* principal = nullptr;
    std::uint64_t logins = 0;
    for (const audit::Event& event : player.shell.events) {
        const bool login = event.type == audit::EventType::authenticated;
        if (login) ++logins;
        if (login && principal == nullptr) {
            principal = &player.who(event).principal;
            SLUICE_CHECK(*principal == "user:alice" || *principal == "user:bob");
        }
        if (principal != nullptr) SLUICE_CHECK(player.who(event).principal == *principal);
    }
    SLUICE_CHECK(logins <= player.shell.counters().logins);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const Byte knobs = input.byte();
    Player whole(knobs, 0);
    Player pieces(knobs, 1 + (knobs >> 2 & 15));
    for (Player* player : {&whole, &pieces}) {
        fuzz::Input steps = input;
        while (!steps.rest().empty() && !player->shell.closed()) {
            const Byte what = steps.byte();
            player->step(what, steps);
        }
        player->shell.end();
        if (!player->any_bytes) check_secrets(*player);
        check_principal(*player);
    }
    fuzz::check_alike(whole.shell, pieces.shell);
    return 0;
}
