#include "net/admission.h"

#include <algorithm>
#include <utility>

namespace sluice::net {

using session::CloseReason;

Admission::Permit::Permit(Count& all, Count& source) : all_(&all), source_(&source) {
    for (Count* count : {all_, source_}) {
        count->connections.fetch_add(1);
        count->pre_auth.fetch_add(1);
    }
}

Admission::Permit::Permit(Permit&& other) noexcept
    : all_(std::exchange(other.all_, nullptr)),
      source_(std::exchange(other.source_, nullptr)),
      pre_auth_(other.pre_auth_) {}

Admission::Permit::~Permit() {
    if (all_ == nullptr) return;
    authenticated();
    all_->connections.fetch_sub(1);
    // The last touch of this source: at 0 the acceptor may forget it.
    source_->connections.fetch_sub(1);
}

void Admission::Permit::authenticated() noexcept {
    if (!std::exchange(pre_auth_, false)) return;
    all_->pre_auth.fetch_sub(1);
    source_->pre_auth.fetch_sub(1);
}

std::variant<Admission::Permit, CloseReason> Admission::admit(std::uint32_t source_address) {
    if (all_.connections >= limits_.connections_max || all_.pre_auth >= limits_.pre_auth_max)
        return CloseReason::too_many_connections;
    if (sources_.size() >= forget_at_) forget_sources();
    Count& source = sources_[source_address];
    if (source.connections >= limits_.connections_per_source_max ||
        source.pre_auth >= limits_.pre_auth_per_source_max)
        return CloseReason::too_many_connections_per_source;
    return Permit(all_, source);
}

void Admission::forget_sources() {
    std::erase_if(sources_, [](const auto& entry) { return entry.second.connections == 0; });
    // Twice what is in use: forgetting costs a constant share of admitting.
    forget_at_ = std::max<std::size_t>(1024, 2 * sources_.size());
}

}  // namespace sluice::net
