#include "app/mask_plans.h"

#include "base/check.h"
#include "base/limits.h"
#include "policy/decide.h"

namespace sluice::app {

std::shared_ptr<const session::TopicMasks> MaskPlans::of(const policy::Binding& rules,
                                                         std::string_view topic) const {
    SLUICE_CHECK(rules.set() == set_.get());
    Bearing bearing{policy::masks(rules, topic, policy::Mode::enforced),
                    policy::masks(rules, topic, policy::Mode::shadow)};
    if (bearing.first.empty() && bearing.second.empty()) return nullptr;
    {
        const std::lock_guard lock(mutex_);
        const auto found = plans_.find(bearing);
        if (found != plans_.end()) return found->second;
    }
    auto made = std::make_shared<const session::TopicMasks>(
        session::make_masks(bearing.first, bearing.second, *keys_));
    const std::lock_guard lock(mutex_);
    if (plans_.size() >= limits::mask_plans_max) return made;
    return plans_.emplace(std::move(bearing), std::move(made)).first->second;
}

}  // namespace sluice::app
