// result.h: a value or an Error; the only way a function of this project reports an expected
// failure.
//
// Not an exception and not a log line. The spelling is std::expected's (has_value, *, ->, error),
// which g++ 12 has only under C++23. A broken invariant of our own is no Error: it is SLUICE_CHECK
// (check.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace sluice {

// The machine's half of an error. The names are metric labels and log fields: see name().
enum class Errc {
    truncated,    // the input ends before the value does
    malformed,    // the input cannot be what it claims to be
    unsupported,  // understood, and not built or not allowed here
    too_large,    // over a limit of base/limits.h
    denied,       // refused by a decision, not by a failure
    unavailable,  // a part that should answer does not
    permission,   // the kernel or the file system says no
    io,           // a system call failed
    corrupt,      // stored data does not match its checksum or hash tree
    config,       // the operator's file is wrong
};
std::string_view name(Errc code) noexcept;

struct Error {
    Errc code;
    // One lower-case sentence for people, without a full stop. Never payload, never a secret.
    std::string context;

    // Adds what the caller was doing, once per layer: "open segment 3: no space left on device".
    Error&& in(std::string_view where) && {
        context.insert(0, std::string(where) + ": ");
        return std::move(*this);
    }
    bool operator==(const Error&) const = default;
};

// An Error of code io (permission for EPERM and EACCES) with the text of `errno_value`.
Error errno_error(std::string_view doing, int errno_value);

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& operator*() & { return value_ref(); }
    const T& operator*() const& { return const_cast<Result*>(this)->value_ref(); }
    T&& operator*() && { return std::move(value_ref()); }
    T* operator->() { return &value_ref(); }
    const T* operator->() const { return &const_cast<Result*>(this)->value_ref(); }

    const Error& error() const& { return const_cast<Result*>(this)->error_ref(); }
    Error& error() & { return error_ref(); }
    Error&& error() && { return std::move(error_ref()); }

  private:
    T& value_ref() {
        SLUICE_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    Error& error_ref() {
        SLUICE_CHECK(!has_value());
        return *std::get_if<1>(&state_);
    }
    std::variant<T, Error> state_;
};

using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

}  // namespace sluice
