#include "net/topic_names.h"

namespace sluice::net {

std::string_view TopicNames::name(const TopicId& id) const {
    const auto found = names_.find(id);
    return found == names_.end() ? std::string_view() : found->second;
}

bool TopicNames::learn(const TopicId& id, const std::string& name) {
    const auto found = names_.find(id);
    if (found != names_.end()) {
        if (found->second == name) return false;
        found->second = name;
        return true;
    }
    if (names_.size() >= names_max_) names_.erase(names_.begin());
    names_.emplace(id, name);
    return true;
}

}  // namespace sluice::net
