// topic_names.h: topic names by id, as one worker knows them. Workers tell each other what they
// learn.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/types.h"

namespace sluice::net {

using TopicList = std::vector<std::pair<TopicId, std::string>>;

class TopicNames {
  public:
    explicit TopicNames(std::size_t names_max = limits::topic_names_max) : names_max_(names_max) {}

    // Empty where the id is unknown. Valid until the next learn().
    [[nodiscard]] std::string_view name(const TopicId& id) const;
    // Returns whether it was news. Past names_max, some other name is forgotten: a session asks
    // again.
    bool learn(const TopicId& id, const std::string& name);
    [[nodiscard]] std::size_t size() const { return names_.size(); }

  private:
    const std::size_t names_max_;
    std::unordered_map<TopicId, std::string> names_;
};

}  // namespace sluice::net
