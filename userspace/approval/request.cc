#include "approval/request.h"

namespace sluice::approval {

std::string_view name(State state) noexcept {
    switch (state) {
        case State::pending:
            return "pending";
        case State::approved:
            return "approved";
        case State::used:
            return "used";
        case State::denied:
            return "denied";
        case State::cancelled:
            return "cancelled";
        case State::revoked:
            return "revoked";
        case State::expired:
            return "expired";
    }
    return "unknown";
}

}  // namespace sluice::approval
