// route.h: what a request to the control API asks for: method, path, query and body as values.
//
// The bytes are a stranger's. Whoever asks is checked elsewhere (api.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/ports.h"
#include "control/refusal.h"

namespace sluice::control {

enum class Action : std::uint8_t {
    whoami,
    list,
    show,
    who,
    search,
    show_entry,
    approve,
    deny,
    revoke,
    erase,
};
inline constexpr std::size_t kActions = static_cast<std::size_t>(Action::erase) + 1;
std::string_view name(Action action) noexcept;  // "whoami", "approvals.list", ...
Role role_for(Action action) noexcept;          // whoami needs none

struct Call {
    Action action = Action::whoami;
    std::string id;           // of show, approve, deny, revoke: canonical
    ListFilter filter;        // of list
    std::string comment;      // of approve, deny, revoke, erase
    std::string person = {};  // of erase: a principal, or a human
    Query query = {};         // of who, search, show_entry
    bool operator==(const Call&) const = default;
};

// Refusals: no_route, unknown_request (an id that cannot be one), method_not_allowed, bad_request,
// comment_missing.
Outcome<Call> read_call(std::string_view method, std::string_view target, std::string_view body);

}  // namespace sluice::control
