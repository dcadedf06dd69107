#include "app/policy_port.h"

#include <utility>

#include "base/check.h"
#include "policy/decide.h"
#include "policy/evidence.h"

namespace sluice::app {

void PolicyPort::publish(std::shared_ptr<const policy::PolicySet> set) {
    SLUICE_CHECK(set != nullptr);
    {
        const std::lock_guard lock(mutex_);
        set_ = std::move(set);
    }
    // Behind the set: who sees the new number gets the new set.
    generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const policy::PolicySet> PolicyPort::set() const {
    const std::lock_guard lock(mutex_);
    return set_;
}

session::Caller PolicyPort::caller(const policy::Evidence& evidence) const {
    const auto rules = set();
    session::Caller caller;
    caller.principal = policy::identify(*rules, evidence);
    caller.rules = policy::bind(rules, caller.principal);
    return caller;
}

}  // namespace sluice::app
