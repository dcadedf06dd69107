// refusal.h: why the control API says no: a code for programs, a sentence for people.
//
// Beside Error, whose codes are coarser than what an approver must be told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::control {

enum class Code : std::uint8_t {
    bad_request,  // 400: no such query, body or JSON
    bad_comment,  // 400: too long, or not printable
    comment_missing,
    unknown_caller,  // 403: no `people` entry for this Unix user
    role_missing,
    no_human,         // nobody knows which human calls
    self_approval,    // they asked for it themselves
    not_an_approver,  // no requirement names them
    no_route,         // 404
    unknown_request,
    method_not_allowed,  // 405
    not_pending,         // 409: decided, ended or run out
    not_approved,        // there is no ticket to revoke
    asker_unknown,       // nobody answers for who asked: it can only be denied
    voted_already,
    still_live,  // of a person who is to be erased, a request is not over
    too_many_votes,
    too_large,    // 413, 431
    internal,     // 500
    unavailable,  // 503: a store that fails, too many connections
};
inline constexpr std::size_t kCodes = static_cast<std::size_t>(Code::unavailable) + 1;
std::string_view name(Code code) noexcept;
std::optional<Code> code_of(std::string_view name) noexcept;
// Of the HTTP answer.
unsigned status_of(Code code) noexcept;

struct Refusal {
    Code code = Code::internal;
    std::string sentence;  // lower case, without a full stop
    bool operator==(const Refusal&) const = default;
};

template <class T>
using Outcome = std::variant<T, Refusal>;

}  // namespace sluice::control
