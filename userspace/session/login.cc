// SASL on both sides: the client's token is checked here and goes no further; the gateway's own
// credential goes to the broker where the cluster has one.
#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "kafka/api.h"
#include "kafka/sasl.h"
#include "session/state.h"

namespace sluice::session {
namespace {

constexpr std::array<std::string_view, 1> kMechanisms{"OAUTHBEARER"};
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int32_t kUpstreamCorrelation = 0x5au << 24;
constexpr std::string_view kNotAccepted = "the token is not accepted";
// The share of its life after which a session at the broker is renewed, as Kafka's clients do.
constexpr std::int64_t kRenewAfterTenths = 8;

bool is_sasl(kafka::ApiKey key) {
    return key == kafka::api::sasl_handshake || key == kafka::api::sasl_authenticate;
}

policy::Evidence evidence_of(std::uint32_t source, TokenVerdict verdict) {
    policy::Evidence evidence;
    evidence.source = source;
    evidence.provider = std::move(verdict.provider);
    for (identity::Claim& claim : std::get<identity::Claims>(verdict.verdict).list)
        evidence.claims.push_back({std::move(claim.name), std::move(claim.values)});
    return evidence;
}

}  // namespace

// -- The client's side.

// Whether a request may come now, as far as logging in goes.
bool Session::State::login_allows(kafka::ApiKey key, Instant now, Output& out) {
    if (login.under_way() && key != kafka::api::sasl_authenticate) {
        close(CloseReason::sasl_unexpected, out);
        return false;
    }
    if (login_expired(now) && !is_sasl(key)) {
        close(CloseReason::token_expired, out);
        return false;
    }
    if (is_sasl(key) && client.bytes > limits::pre_auth_frame_bytes_max) {
        close(CloseReason::frame_too_large, out);
        return false;
    }
    if (!is_sasl(key) && key != kafka::api::api_versions) spoke = true;
    return true;
}

bool Session::State::login_expired(Instant now) const {
    return login.expires_ns != 0 && now.wall >= login.expires_ns;
}

void Session::State::check_login(Instant now, Output& out) {
    const bool late =
        login.under_way() && now.mono - login.begun > nanoseconds(limits::authentication_deadline);
    if (late) return close(CloseReason::login_deadline, out);
    if (login_expired(now)) close(CloseReason::token_expired, out);
}

void Session::State::answer_handshake(Instant now, Output& out) {
    using kafka::ErrorCode;
    ErrorCode code = ErrorCode::none;
    const char* problem = nullptr;
    if (!options.tokens || reading.resource != kMechanisms.front()) {
        code = ErrorCode::unsupported_sasl_mechanism;
        problem = "sasl_mechanism_unsupported";
    } else if (spoke && !authenticated()) {
        // As on a listener of Kafka without SASL: who spoke as somebody stays that.
        code = ErrorCode::illegal_sasl_state;
        problem = "sasl_out_of_turn";
    }
    if (problem != nullptr) {
        record_login_failure(problem, now, out);
    } else {
        login.stage = Login::Stage::begun;
        login.raw = reading.version == 0;
        login.exchange = std::make_unique<identity::OauthBearer>();
        login.begun = now.mono;
        login.recorded = false;
    }
    const std::size_t offered = options.tokens ? kMechanisms.size() : 0;
    answer_here(kafka::sasl_handshake_answer(reading.correlation_id, code,
                                             std::span(kMechanisms).first(offered)));
}

// False: the keys are being fetched.
bool Session::State::answer_sasl_request(Instant now, Output& out) {
    const bool out_of_turn = !login.under_way() || login.raw;
    if (out_of_turn) {
        record_login_failure("sasl_out_of_turn", now, out);
        answer_login(kafka::ErrorCode::illegal_sasl_state, {}, now);
        reading.last = true;
        return true;
    }
    const auto token =
        kafka::sasl_token(whole_request().frame.subspan(client.body_at), reading.version);
    if (!token) {
        close(CloseReason::internal_error, out);  // the walker read it
        return false;
    }
    return take_sasl_message(as_text(*token), now, out);
}

// A token without a Kafka header (handshake version 0).
bool Session::State::answer_raw_token(Instant now, Output& out) {
    if (!client.arrived_whole()) return false;
    if (!take_sasl_message(as_text(client.slice.subspan(kafka::kSizePrefix)), now, out)) {
        out.client_paused = !closing;
        return false;
    }
    committed = true;
    return true;
}

bool Session::State::take_sasl_message(std::string_view message, Instant now, Output& out) {
    using Next = identity::OauthBearer::Next;
    using kafka::ErrorCode;
    identity::OauthBearer& exchange = *login.exchange;
    identity::OauthBearer::Turn turn{Next::check_token, {}};
    if (login.stage != Login::Stage::checking) turn = exchange.on_message(message);
    if (turn.next == Next::check_token) {
        login.stage = Login::Stage::checking;
        const auto checked = check_client_token(now);
        if (!checked) return false;
        turn = *checked;
    }
    switch (turn.next) {
        case Next::check_token:
        case Next::succeed:
            login.stage = Login::Stage::done;
            answer_login(ErrorCode::none, {}, now);
            break;
        case Next::challenge:
            login.stage = Login::Stage::refused;
            answer_login(ErrorCode::none, turn.send, now);
            break;
        case Next::fail:
            login.stage = Login::Stage::none;
            answer_login(ErrorCode::sasl_authentication_failed, {}, now);
            reading.last = true;
            break;
    }
    if (turn.next == Next::succeed) {
        ++counters.logins;
        if (!reading.unrecorded)
            record(event_of(audit::EventType::authenticated, reading, now), out);
    } else if (!login.recorded) {
        login.recorded = true;
        const auto why = exchange.refusal().value_or(identity::Refusal::sasl_malformed);
        ++counters.logins_refused[static_cast<std::size_t>(why)];
        record_login_failure(identity::name(why), now, out);
    }
    if (login.stage != Login::Stage::refused) login.exchange.reset();
    return true;
}

// Empty while the keys are being fetched.
std::optional<identity::OauthBearer::Turn> Session::State::check_client_token(Instant now) {
    auto checked = facts.check_token(login.exchange->token(), now);
    if (!checked) return std::nullopt;
    const auto* claims = std::get_if<identity::Claims>(&checked->verdict);
    if (claims == nullptr) return login.exchange->on_verdict(std::move(checked->verdict));
    const std::int64_t expires = claims->expires_at > INT64_MAX / kNsPerSecond
                                     ? INT64_MAX
                                     : claims->expires_at * kNsPerSecond;
    const policy::Evidence proven = evidence_of(evidence.source, *checked);
    Caller proven_caller = facts.who(proven);
    if (authenticated() && proven_caller.principal.name != caller.principal.name)
        checked->verdict = identity::Refusal::sasl_principal_changed;
    const auto turn = login.exchange->on_verdict(std::move(checked->verdict));
    if (turn.next != identity::OauthBearer::Next::succeed) return turn;
    evidence = proven;
    login.expires_ns = expires;
    use_caller(std::move(proven_caller));
    reading.subject = current_subject();
    return turn;
}

void Session::State::answer_login(kafka::ErrorCode code, std::string_view token, Instant now) {
    const bool failed = code != kafka::ErrorCode::none;
    if (reading.key == kRawSaslToken) {
        // Where it failed, a broker says nothing and closes.
        Buffer frame;
        if (!failed) {
            append_be(frame, static_cast<std::int32_t>(token.size()));
            append(frame, as_bytes(token));
        }
        return answer_here(std::move(frame));
    }
    const bool finished = !failed && token.empty();
    const std::int64_t left = (login.expires_ns - now.wall) / kNsPerMs;
    const std::int64_t lifetime = finished ? std::max<std::int64_t>(left, 1) : 0;
    answer_here(kafka::sasl_authenticate_answer(reading.correlation_id, reading.version, code,
                                                failed ? kNotAccepted : std::string_view{}, token,
                                                lifetime));
}

void Session::State::record_login_failure(std::string_view reason, Instant now, Output& out) {
    if (reading.unrecorded) {
        ++unrecorded;
        return;
    }
    audit::Event event = event_of(audit::EventType::authentication_failed, reading, now);
    event.outcome = audit::Outcome::refused;
    event.reason = reason;
    record(std::move(event), out);
}

// -- The broker's side.

// True when the broker knows the gateway, or need not. Until then the request waits.
bool Session::State::upstream_ready(Instant now, Output& out) {
    if (!options.upstream || reading.key == kafka::api::api_versions) return true;
    using Stage = UpstreamLogin::Stage;
    if (upstream.stage == Stage::handshake || upstream.stage == Stage::token) return false;
    const bool fresh = upstream.renew_at == 0 || now.mono < upstream.renew_at;
    if (!authenticated() && !options.observe && !caller.rules.gateway_credential()) {
        close(CloseReason::credential_not_granted, out);
        return false;
    }
    if (upstream.stage == Stage::done && fresh) return true;
    upstream.stage = Stage::handshake;
    ask_upstream_login(kafka::api::sasl_handshake,
                       kafka::sasl_handshake_request(kUpstreamCorrelation, "PLAIN"), now, out);
    return false;
}

void Session::State::ask_upstream_login(kafka::ApiKey key, Buffer frame, Instant now, Output& out) {
    ask_broker(key, kafka::kSaslRequestVersion, kUpstreamCorrelation, 0, std::move(frame), now,
               out);
}

void Session::State::finish_upstream_login(kafka::ApiKey key, Instant now, Output& out) {
    using Stage = UpstreamLogin::Stage;
    if (answer_error != 0) return close(CloseReason::upstream_login_failed, out);
    if (key == kafka::api::sasl_handshake) {
        upstream.stage = Stage::token;
        // SASL/PLAIN (RFC 4616): authzid, which stays empty, user, password.
        Buffer token(1, 0);
        append(token, as_bytes(options.upstream->user));
        token.push_back(0);
        append(token, as_bytes(options.upstream->password));
        return ask_upstream_login(kafka::api::sasl_authenticate,
                                  kafka::sasl_authenticate_request(kUpstreamCorrelation, token),
                                  now, out);
    }
    upstream.stage = Stage::done;
    const std::int64_t life = std::min(upstream.lifetime_ms, INT64_MAX / kNsPerMs / 10);
    upstream.renew_at = life > 0 ? now.mono + life * kNsPerMs / 10 * kRenewAfterTenths : 0;
}

}  // namespace sluice::session
