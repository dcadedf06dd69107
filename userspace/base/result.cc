#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace sluice {

std::string_view name(Errc code) noexcept {
    switch (code) {
        case Errc::truncated: return "truncated";
        case Errc::malformed: return "malformed";
        case Errc::unsupported: return "unsupported";
        case Errc::too_large: return "too_large";
        case Errc::denied: return "denied";
        case Errc::unavailable: return "unavailable";
        case Errc::permission: return "permission";
        case Errc::io: return "io";
        case Errc::corrupt: return "corrupt";
        case Errc::config: return "config";
    }
    return "unknown";
}

Error errno_error(std::string_view doing, int errno_value) {
    const bool refused = errno_value == EPERM || errno_value == EACCES;
    return Error{refused ? Errc::permission : Errc::io,
                 std::string(doing) + ": " + std::generic_category().message(errno_value)};
}

}  // namespace sluice
