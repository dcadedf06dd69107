// policy_port.h: the running policy set as the port through which net asks who callers are.
//
// The one place where a set takes the place of another. Reads nothing and compiles nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "mask/plan.h"
#include "net/ports.h"
#include "policy/policy.h"
#include "session/masks.h"

namespace sluice::app {

class PolicyPort final : public net::PolicyPort {
  public:
    // INVARIANT: the set is never empty (a null pointer).
    // `keys`: of the masks; they stay.
    explicit PolicyPort(std::shared_ptr<const policy::PolicySet> set,
                        std::vector<mask::Key> keys = {});

    // From the next request of each connection on. Any thread.
    void publish(std::shared_ptr<const policy::PolicySet> set);

    [[nodiscard]] std::shared_ptr<const policy::PolicySet> set() const;
    [[nodiscard]] std::uint64_t generation() const override {
        return generation_.load(std::memory_order_acquire);
    }
    [[nodiscard]] session::Caller caller(const policy::Evidence& evidence) const override;

  private:
    const std::shared_ptr<const std::vector<mask::Key>> keys_;
    mutable std::mutex mutex_;
    std::shared_ptr<const policy::PolicySet> set_;     // guarded by mutex_
    std::shared_ptr<const session::MaskPlans> masks_;  // of set_; guarded by mutex_
    std::atomic<std::uint64_t> generation_{1};
};

}  // namespace sluice::app
