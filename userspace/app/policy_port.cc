#include "app/policy_port.h"

#include <utility>

#include "app/mask_plans.h"
#include "base/check.h"
#include "policy/decide.h"
#include "policy/evidence.h"

namespace sluice::app {

PolicyPort::PolicyPort(std::shared_ptr<const policy::PolicySet> set, std::vector<mask::Key> keys)
    : keys_(std::make_shared<const std::vector<mask::Key>>(std::move(keys))),
      set_(std::move(set)),
      masks_(std::make_shared<const MaskPlans>(set_, keys_)) {}

void PolicyPort::publish(std::shared_ptr<const policy::PolicySet> set) {
    SLUICE_CHECK(set != nullptr);
    auto masks = std::make_shared<const MaskPlans>(set, keys_);
    {
        const std::lock_guard lock(mutex_);
        set_ = std::move(set);
        masks_ = std::move(masks);
    }
    // Behind the set: who sees the new number gets the new set.
    generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const policy::PolicySet> PolicyPort::set() const {
    const std::lock_guard lock(mutex_);
    return set_;
}

session::Caller PolicyPort::caller(const policy::Evidence& evidence) const {
    session::Caller caller;
    std::shared_ptr<const policy::PolicySet> rules;
    {
        const std::lock_guard lock(mutex_);
        rules = set_;
        caller.masks = masks_;
    }
    caller.principal = policy::identify(*rules, evidence);
    caller.rules = policy::bind(rules, caller.principal);
    caller.policy = rules->fingerprint;
    if (!policy::has_masks(caller.rules)) caller.masks.reset();
    return caller;
}

}  // namespace sluice::app
