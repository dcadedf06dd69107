#include "base/types.h"

namespace sluice {

std::string to_text_address(std::uint32_t address) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        text += std::to_string(address >> shift & 0xff);
        if (shift > 0) text += '.';
    }
    return text;
}

std::string to_text(const Endpoint& endpoint) {
    return to_text_address(endpoint.address) + ":" + std::to_string(endpoint.port);
}

}  // namespace sluice
