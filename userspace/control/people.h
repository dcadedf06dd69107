// people.h: which human is behind a Unix user of this machine, and what they may ask of the daemon.
//
// A fixed list, from `people` of the configuration. Nobody is in it by themselves, root neither.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::control {

enum class Role : std::uint8_t {
    viewer,    // reads
    auditor,   // reads, and asks the audit log
    approver,  // reads, and votes
    admin,     // everything
};
inline constexpr std::size_t kRoles = static_cast<std::size_t>(Role::admin) + 1;
std::string_view name(Role role) noexcept;
std::optional<Role> role_of(std::string_view name) noexcept;

struct Person {
    std::string unix_user;  // or the number of one, for a user without a name
    std::string human;
    std::string principal;
    std::vector<std::string> groups;
    std::vector<Role> roles;  // as given; has() knows what they include
    [[nodiscard]] bool has(Role role) const noexcept;
    bool operator==(const Person&) const = default;
};

// The name of a Unix user; empty where there is none. May wait, and is called on several threads.
using UserName = std::function<std::string(std::uint32_t uid)>;
// The machine's own answer (getpwuid_r).
std::string user_name(std::uint32_t uid);

class People {
  public:
    // Of several with one `unix_user` the first counts.
    explicit People(std::vector<Person> list, UserName user_name_of = user_name);

    struct Caller {
        std::uint32_t uid = 0;
        std::string unix_user;           // empty: this machine knows no such user
        const Person* person = nullptr;  // null: not in the list
    };
    [[nodiscard]] Caller resolve(std::uint32_t uid) const;

  private:
    std::vector<Person> list_;
    UserName user_name_of_;
};

}  // namespace sluice::control
