#include "audit/event.h"

namespace sluice::audit {

std::string_view name(EventType type) noexcept {
    switch (type) {
        case EventType::gateway_start:
            return "gateway_start";
        case EventType::gateway_stop:
            return "gateway_stop";
        case EventType::session_open:
            return "session_open";
        case EventType::session_close:
            return "session_close";
        case EventType::read_lease:
            return "read_lease";
        case EventType::write_lease:
            return "write_lease";
        case EventType::produce:
            return "produce";
        case EventType::fetch:
            return "fetch";
        case EventType::empty_fetches:
            return "empty_fetches";
        case EventType::request:
            return "request";
        case EventType::refused:
            return "refused";
        case EventType::capture:
            return "capture";
        case EventType::admin_intent:
            return "admin_intent";
        case EventType::observed:
            return "observed";
        case EventType::approval:
            return "approval";
        case EventType::authenticated:
            return "authenticated";
        case EventType::authentication_failed:
            return "authentication_failed";
        case EventType::policy:
            return "policy";
        case EventType::erased:
            return "erased";
        case EventType::pruned:
            return "pruned";
        case EventType::hold:
            return "hold";
        case EventType::gap:
            return "gap";
        case EventType::log_read:
            return "log_read";
        case EventType::resumed:
            return "resumed";
    }
    return "unknown";  // written by a later version
}

std::string_view name(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::unset:
            return "unset";
        case Outcome::ok:
            return "ok";
        case Outcome::error:
            return "error";
        case Outcome::refused:
            return "refused";
        case Outcome::unknown:
            return "unknown";
    }
    return "unknown";
}

}  // namespace sluice::audit
