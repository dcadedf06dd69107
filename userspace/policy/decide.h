// decide.h: may this principal do this to that resource?
//
// decide() is total and pure, in the order of docs/policy.md ("How it is decided"): a denial
// denies; else a hold holds, unless there is a ticket, which allows; else a grant allows; else
// nobody may. It does not know requests: session asks once for each element of one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/operation.h"
#include "base/types.h"
#include "policy/policy.h"

namespace sluice::policy {

struct Bound;  // binding.h

// The rules of one set that are about one principal, ready for lookup. Copies share everything; it
// keeps its set alive. Without a set nothing is allowed.
class Binding {
  public:
    Binding() = default;
    explicit Binding(std::shared_ptr<const Bound> bound) : bound_(std::move(bound)) {}
    [[nodiscard]] const Bound* bound() const noexcept { return bound_.get(); }
    // To see whether it is still of the running set.
    [[nodiscard]] const PolicySet* set() const noexcept;
    // Some hold could bear on this operation of the principal, or on any. False: none does.
    [[nodiscard]] bool may_hold(Operation operation) const noexcept;
    [[nodiscard]] bool may_hold() const noexcept;
    // Some grant lets this principal use the gateway's credential, though nobody vouched for it.
    [[nodiscard]] bool gateway_credential() const noexcept;

  private:
    std::shared_ptr<const Bound> bound_;
};
// Looks at every rule: for a connection's start and a new set, not for each request. A caller with
// many connections of one principal keeps the binding.
Binding bind(std::shared_ptr<const PolicySet> set, const Principal& principal);

// What only the cluster knows of a request. One that is not known counts as over every threshold.
struct Facts {
    std::optional<std::uint64_t> records = {};  // that a reset rewinds over
    std::optional<std::uint64_t> lag = {};      // that a read is behind the high watermark
};
// Which of them could change the decision (its shadow included): only these are worth asking for.
struct FactsNeeded {
    bool records = false;
    bool lag = false;
    [[nodiscard]] bool any() const { return records || lag; }
    bool operator==(const FactsNeeded&) const = default;
};
FactsNeeded needs(const Binding& binding, Operation operation, const Resource& resource);

// The ids of the rules that made a decision: none, one, or a hold and the grant under it.
class RuleIds {
  public:
    void add(std::string_view id) {
        if (count_ < ids_.size()) ids_[count_++] = id;
    }
    [[nodiscard]] const std::string_view* begin() const { return ids_.data(); }
    [[nodiscard]] const std::string_view* end() const { return ids_.data() + count_; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    bool operator==(const RuleIds&) const = default;

  private:
    std::array<std::string_view, 2> ids_{};
    std::size_t count_ = 0;
};

// Of the rule that is built in: internal topics need a grant that spells `__` out.
inline constexpr std::string_view kInternalTopics = "builtin:internal-topics";

// Texts and rules live as long as the binding's set.
struct Decision {
    Effect effect = Effect::deny;
    // Of all rules that match, the one the order of PolicySet's lists prefers; empty where nobody
    // granted.
    RuleIds rules;
    std::string_view reason;  // one sentence for people; of a denial its own, where it has one
    // The hold that matched. With Effect::allow: a ticket answered it, and is used up by this.
    const HoldRule* hold = nullptr;
    // A matching grant carries `upstream: gateway`; never for what only a ticket allows.
    bool upstream_gateway = false;
    // What it were with the shadow rules in force, where that is another effect; and their ids.
    std::optional<Effect> shadow;
    RuleIds shadow_rules;
};

// Whether there is an unused ticket for this very request, of the hold that decide() names without
// one.
enum class Ticket : std::uint8_t { none, valid };

Decision decide(const Binding& binding, Operation operation, const Resource& resource,
                const Facts& facts, Ticket ticket);

// The masks that bear on what this principal reads of a topic: those in force, or those that are
// only recorded. Which handling wins is mask's to say.
std::vector<const MaskRule*> masks(const Binding& binding, std::string_view topic,
                                   Mode mode = Mode::enforced);
// Whether a mask of either mode could ever bear on what this principal reads.
bool has_masks(const Binding& binding);

}  // namespace sluice::policy
