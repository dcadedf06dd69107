// check.h: SLUICE_CHECK, for what must be true whatever the input is.
//
// Always on, in every build. A failed check is a bug of ours: the process says where and aborts;
// the kernel half goes on refusing, so nothing passes meanwhile. Never for input, I/O or
// configuration.
#pragma once

namespace sluice {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}

#define SLUICE_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::sluice::check_failed(#condition, __FILE__, __LINE__))
