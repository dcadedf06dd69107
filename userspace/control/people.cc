#include "control/people.h"

#include <pwd.h>

#include <algorithm>
#include <string>
#include <array>
#include <utility>

namespace sluice::control {

std::string_view name(Role role) noexcept {
    switch (role) {
        case Role::viewer:
            return "viewer";
        case Role::auditor:
            return "auditor";
        case Role::approver:
            return "approver";
        case Role::admin:
            return "admin";
    }
    return "unknown";
}

std::optional<Role> role_of(std::string_view name_of_role) noexcept {
    for (std::size_t at = 0; at < kRoles; ++at)
        if (name(static_cast<Role>(at)) == name_of_role) return static_cast<Role>(at);
    return std::nullopt;
}

bool Person::has(Role role) const noexcept {
    return std::any_of(roles.begin(), roles.end(), [&](Role mine) {
        return mine == role || mine == Role::admin || role == Role::viewer;
    });
}

std::string user_name(std::uint32_t uid) {
    struct ::passwd entry {};
    struct ::passwd* found = nullptr;
    std::array<char, 16 * 1024> text;
    ::getpwuid_r(uid, &entry, text.data(), text.size(), &found);
    return found == nullptr ? std::string() : std::string(entry.pw_name);
}

People::People(std::vector<Person> list, UserName user_name_of)
    : list_(std::move(list)), user_name_of_(std::move(user_name_of)) {}

People::Caller People::resolve(std::uint32_t uid) const {
    Caller caller{uid, user_name_of_(uid), nullptr};
    const std::string number = std::to_string(uid);
    const auto found = std::find_if(list_.begin(), list_.end(), [&](const Person& person) {
        if (person.unix_user == number) return true;
        return !caller.unix_user.empty() && person.unix_user == caller.unix_user;
    });
    if (found != list_.end()) caller.person = &*found;
    return caller;
}

}  // namespace sluice::control
