#include "kafka/api.h"

#include "kafka/tables.h"

namespace sluice::kafka {

std::span<const ApiRange> understood_apis() noexcept {
    return {kApis, kApiCount};
}

const ApiRange* find_api(ApiKey key) noexcept {
    if (key < 0 || static_cast<std::size_t>(key) >= kApiIndexCount || kApiIndex[key] == 0)
        return nullptr;
    return &kApis[kApiIndex[key] - 1u];
}

std::string_view api_name(ApiKey key) noexcept {
    if (key < 0 || static_cast<std::size_t>(key) >= kApiNameCount) return "unknown";
    return kApiNames[key];
}

}  // namespace sluice::kafka
