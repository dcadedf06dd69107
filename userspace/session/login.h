// login.h: where a client stands in proving who it is, and where the gateway does towards a broker.
//
// Values only; what moves them is in login.cc. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>

#include "identity/oauthbearer.h"

namespace sluice::session {

// The client's SASL exchange, KIP-368 included: after `done` a handshake begins it anew.
struct Login {
    enum class Stage : std::uint8_t {
        none,      // no handshake yet: the client is who its address says
        begun,     // the handshake was answered; its first token is to come
        checking,  // its token waits for keys
        refused,   // it was told what is wrong, and has one message to go
        done,
    };
    Stage stage = Stage::none;
    bool raw = false;  // handshake version 0: the tokens carry no Kafka header
    std::unique_ptr<identity::OauthBearer> exchange;
    std::int64_t begun = 0;       // monotonic; of the handshake
    std::int64_t expires_ns = 0;  // wall clock; 0: nobody logged in
    bool recorded = false;        // why it failed

    [[nodiscard]] bool under_way() const {
        return stage == Stage::begun || stage == Stage::checking || stage == Stage::refused;
    }
};

// The gateway's own, on this connection to the broker.
struct UpstreamLogin {
    enum class Stage : std::uint8_t { none, handshake, token, done };
    Stage stage = Stage::none;
    std::int64_t renew_at = 0;  // monotonic; 0: the broker set no end
    std::int64_t lifetime_ms = 0;
};

}  // namespace sluice::session
