#include "kafka/layout.h"

#include "kafka/tables.h"

namespace sluice::kafka {

const Version* find_version(ApiKey key, ApiVersion version) noexcept {
    if (key < 0 || static_cast<std::size_t>(key) >= kApiIndexCount || kApiIndex[key] == 0)
        return nullptr;
    const std::size_t at = kApiIndex[key] - 1u;
    const ApiRange& range = kApis[at];
    if (version < range.min || version > range.max) return nullptr;
    return &kVersions[at][version - range.min];
}

const Layout* request_layout(ApiKey key, ApiVersion version) noexcept {
    const Version* found = find_version(key, version);
    return found != nullptr ? found->request : nullptr;
}

const Layout* response_layout(ApiKey key, ApiVersion version) noexcept {
    const Version* found = find_version(key, version);
    return found != nullptr ? found->response : nullptr;
}

}  // namespace sluice::kafka
