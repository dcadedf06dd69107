// mask_plans.h: the masking plans of one policy set, made when somebody first reads a topic they
// are for, and shared by all connections.
//
// Readers on whom the same rules bear share a plan. A lock is held for a look into a table, never
// while a plan is made.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "mask/plan.h"
#include "policy/policy.h"
#include "session/masks.h"

namespace sluice::app {

class MaskPlans final : public session::MaskPlans {
  public:
    MaskPlans(std::shared_ptr<const policy::PolicySet> set,
              std::shared_ptr<const std::vector<mask::Key>> keys)
        : set_(std::move(set)), keys_(std::move(keys)) {}

    [[nodiscard]] std::shared_ptr<const session::TopicMasks> of(
        const policy::Binding& rules, std::string_view topic) const override;

  private:
    // Those in force, and the shadows. The rules live as long as set_.
    using Bearing = std::pair<session::MaskRules, session::MaskRules>;

    const std::shared_ptr<const policy::PolicySet> set_;
    const std::shared_ptr<const std::vector<mask::Key>> keys_;
    mutable std::mutex mutex_;
    // At most limits::mask_plans_max; guarded by mutex_.
    mutable std::map<Bearing, std::shared_ptr<const session::TopicMasks>> plans_;
};

}  // namespace sluice::app
