#include "policy/usage.h"

#include <algorithm>

#include "policy/operations.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

bool is_nameable(std::string_view name) {
    return !name.empty() && name.size() <= limits::policy_pattern_bytes_max && is_plain(name);
}

// As `to` would spell it: "group:x" is everybody in x, and wildcards are more than one.
bool is_principal(std::string_view name) {
    return is_nameable(name) && name.find_first_of("*?") == std::string_view::npos &&
           name.substr(0, 6) != "group:" && name.substr(0, 3) != "re:";
}

}  // namespace

void Sightings::add(const Sightings& more) {
    if (more.events == 0) return;
    first_ns = events == 0 ? more.first_ns : std::min(first_ns, more.first_ns);
    last_ns = events == 0 ? more.last_ns : std::max(last_ns, more.last_ns);
    events += more.events;
}

PrincipalUsage* Usage::of(std::string_view principal) {
    const auto known = principals_.find(principal);
    if (known != principals_.end()) return &known->second;
    if (uses_ >= uses_max_) return nullptr;
    ++uses_;
    return &principals_[std::string(principal)];
}

void Usage::add(const Use& use, const Sightings& seen) {
    if (!fits(use.operation, use.resource.kind)) return;
    if (!is_principal(use.principal)) return unnameable_.add(seen);
    PrincipalUsage* const principal = of(use.principal);
    if (principal == nullptr) {
        dropped_ += seen.events;
        return;
    }
    const Resource& resource = use.resource;
    if (resource.kind != ResourceKind::cluster && !is_nameable(resource.name)) {
        if (principal->unnameable.events == 0)
            principal->example = resource.name.substr(0, limits::policy_pattern_bytes_max);
        return principal->unnameable.add(seen);
    }
    Deeds& deeds = principal->deeds[static_cast<std::size_t>(use.how)];
    const auto known = deeds.find(resource);
    if (known != deeds.end()) {
        const auto counted = known->second.find(use.operation);
        if (counted != known->second.end()) return counted->second.add(seen);
    }
    if (uses_ >= uses_max_) {
        dropped_ += seen.events;
        return;
    }
    ++uses_;
    deeds[resource][use.operation].add(seen);
}

}  // namespace sluice::policy
