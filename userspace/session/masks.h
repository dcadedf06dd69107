// masks.h: from the masks of a policy to the plans that edit records.
//
// A plan is for one topic as one reader sees it. Who shares plans, and how long they are kept, is
// the shell's; which rules bear is policy's, what a plan does to a value is mask's. Reads no key's
// file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mask/plan.h"
#include "policy/decide.h"
#include "policy/policy.h"

namespace sluice::session {

using MaskRules = std::vector<const policy::MaskRule*>;

// What masks make of one topic's records for one reader. Immutable, and shared between threads.
struct TopicMasks {
    // Of the rules in force; empty where there are none, and where they do not fit into one plan:
    // then nothing of the topic may be read.
    std::optional<mask::Plan> plan;
    std::string rules;         // ids of the rules in force, joined by ','
    std::string shadow_rules;  // of those that are only recorded

    [[nodiscard]] bool in_force() const noexcept { return !rules.empty(); }
};
TopicMasks make_masks(const MaskRules& enforced, const MaskRules& shadow,
                      std::span<const mask::Key> keys);

// The plans of one policy set. Any thread.
class MaskPlans {
  public:
    virtual ~MaskPlans() = default;
    // nullptr where no mask, not even a shadow, bears on what this principal reads of the topic.
    // `rules` is of the plans' own set.
    [[nodiscard]] virtual std::shared_ptr<const TopicMasks> of(const policy::Binding& rules,
                                                               std::string_view topic) const = 0;
};

// Every mask of the set that cannot be carried out with these keys, at the place of its rule, in
// the order of the files.
std::vector<policy::Mistake> check_masks(const policy::Compiled& policies,
                                         std::span<const mask::Key> keys);
// Keys with the names that the set asks for and no secret: to check everything else.
std::vector<mask::Key> keys_wanted(const policy::PolicySet& set);

// What one connection knows of the masks on what its caller reads. A topic is asked for once.
class ReaderMasks {
  public:
    struct Topic {
        std::shared_ptr<const TopicMasks> masks;  // of those that of() returns never null
        bool told = false;  // it was recorded what the masks that are not in force would do
    };

    // `number`: unique among those of a connection, not 0.
    ReaderMasks(policy::Binding rules, std::shared_ptr<const MaskPlans> plans, std::uint64_t number)
        : rules_(std::move(rules)), plans_(std::move(plans)), number_(number) {}

    [[nodiscard]] bool is_of(const policy::Binding& rules, const MaskPlans* plans) const noexcept {
        return rules_.bound() == rules.bound() && plans_.get() == plans;
    }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    // nullptr where no mask bears. Good until the next call.
    Topic* of(std::string_view topic);

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    policy::Binding rules_;
    std::shared_ptr<const MaskPlans> plans_;
    std::uint64_t number_;
    std::unordered_map<std::string, Topic, Hash, std::equal_to<>> topics_;
};

}  // namespace sluice::session
