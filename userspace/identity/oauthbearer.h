// oauthbearer.h: the server's side of SASL/OAUTHBEARER (RFC 7628), one exchange.
//
// Knows the messages, not the token: the caller takes token(), verifies it (jwt.h) in its own time,
// and comes back with the verdict. Nor does it know Kafka: `send` is the body of a SASL token.
//
//   client-first ──▶ check_token ──verdict──▶ succeed (send nothing)
//        │                            └─────▶ challenge (send JSON) ── 0x01 ──▶ fail
//        └─ malformed ─▶ fail
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "identity/claims.h"

namespace sluice::identity {

class OauthBearer {
  public:
    enum class Next : std::uint8_t {
        check_token,  // verify token(), then on_verdict()
        challenge,    // answer without an error and with `send`; the client has one message to go
        succeed,      // answer without an error and with an empty token; claims() are the caller's
        fail,         // answer with the failure (Kafka: error 58); refusal() says why. The end
    };
    struct Turn {
        Next next;
        std::string_view send;  // static text
    };

    OauthBearer() = default;
    ~OauthBearer();
    OauthBearer(const OauthBearer&) = delete;
    OauthBearer& operator=(const OauthBearer&) = delete;

    // A message of the client: the first, and the one after a challenge. Out of turn it fails the
    // exchange.
    Turn on_message(std::string_view message);
    // After check_token, once. Wipes the token, whatever the verdict. Where the exchange failed
    // meanwhile it stays failed.
    Turn on_verdict(Verdict verdict);

    // Between check_token and on_verdict(); empty at any other time. A credential: it goes to
    // verify() and nowhere else.
    [[nodiscard]] std::string_view token() const { return token_; }
    // After succeed.
    [[nodiscard]] const Claims& claims() const;
    // After challenge or fail.
    [[nodiscard]] std::optional<Refusal> refusal() const { return refusal_; }

  private:
    enum class State : std::uint8_t { first, checking, challenged, succeeded, failed };
    Turn refuse(Refusal why);

    State state_ = State::first;
    std::string token_;
    std::string authzid_;  // empty: none was asked for
    Claims claims_;
    std::optional<Refusal> refusal_;
};

}  // namespace sluice::identity
