#include "policy/decide.h"

#include "base/limits.h"
#include "policy/binding.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

using Reach = NameIndex::Reach;

constexpr std::string_view kInternalPrefix = "__";
constexpr std::string_view kNoGrant = "no grant";

// One question, put to one index.
class Question {
  public:
    Question(const PolicySet& set, const RuleIndex& rules, Operation operation,
             const Resource& resource)
        : set_(set),
          index_(rules[static_cast<std::size_t>(resource.kind)]),
          operation_(operation),
          internal_(resource.kind == ResourceKind::topic &&
                    std::string_view(resource.name).substr(0, kInternalPrefix.size()) ==
                        kInternalPrefix),
          found_(index_.find(resource.name)) {}

    [[nodiscard]] const DenialRule* denial() const {
        const Rank rank = first(RuleClass::denial, Reach::any, [](Rank) { return true; });
        return rank == kNoRank ? nullptr : &set_.denials[rank];
    }
    [[nodiscard]] const GrantRule* grant() const {
        const Rank rank = first(RuleClass::grant, internal_ ? Reach::spelled : Reach::any,
                                [](Rank) { return true; });
        return rank == kNoRank ? nullptr : &set_.grants[rank];
    }
    // The first hold, in the set's order, that binds somebody with (or without) a grant and is
    // `wanted`.
    template <class Wanted>
    [[nodiscard]] const HoldRule* hold(bool granted, Wanted wanted) const {
        const Rank rank = hold_rank(granted, [&](const HoldRule& at) { return wanted(at); });
        return rank == kNoRank ? nullptr : &set_.holds[rank];
    }
    // What the holds before the first one without a threshold ask for.
    [[nodiscard]] FactsNeeded facts(bool granted) const {
        const auto unconditional = [](const HoldRule& hold) {
            return !hold.records_over && !hold.lag_over;
        };
        const Rank end = hold_rank(granted, unconditional);
        FactsNeeded needed;
        static_cast<void>(hold_rank(granted, [&](const HoldRule& hold) {
            if (&hold - set_.holds.data() >= static_cast<std::ptrdiff_t>(end)) return false;
            needed.records = needed.records || hold.records_over.has_value();
            needed.lag = needed.lag || hold.lag_over.has_value();
            return false;
        }));
        return needed;
    }
    // Internal topics are denied to whom no grant spells them out: not even a ticket helps.
    [[nodiscard]] bool internal_topic() const { return internal_; }

  private:
    template <class Wanted>
    [[nodiscard]] Rank hold_rank(bool granted, Wanted wanted) const {
        return first(RuleClass::hold, Reach::any, [&](Rank at) {
            return applies(set_.holds[at], granted) && wanted(set_.holds[at]);
        });
    }
    template <class Wanted>
    [[nodiscard]] Rank first(RuleClass rule_class, Reach reach, Wanted wanted) const {
        return index_.first(rule_class, operation_, found_, reach, wanted);
    }
    static bool applies(const HoldRule& hold, bool granted) {
        switch (hold.applies) {
            case HoldRule::Applies::granted:
                return granted;
            case HoldRule::Applies::ungranted:
                return !granted;
            case HoldRule::Applies::all:
                return true;
        }
        return true;
    }
    const PolicySet& set_;
    const NameIndex& index_;
    Operation operation_;
    bool internal_;
    NameIndex::Found found_;
};

bool is_over(const std::optional<std::uint64_t>& threshold,
             const std::optional<std::uint64_t>& fact) {
    return !threshold || !fact || *fact > *threshold;
}

void answer(Decision& decision, Effect effect, std::string_view rule, std::string_view reason) {
    decision.effect = effect;
    if (!rule.empty()) decision.rules.add(rule);
    decision.reason = reason;
}

Decision evaluate(const Question& question, const Facts& facts, Ticket ticket) {
    Decision decision;
    if (const DenialRule* denial = question.denial()) {
        answer(decision, Effect::deny, denial->id, denial->reason);
        return decision;
    }
    const GrantRule* grant = question.grant();
    if (grant == nullptr && question.internal_topic()) {
        answer(decision, Effect::deny, kInternalTopics,
               "internal topics need a grant of their own");
        return decision;
    }
    decision.hold = question.hold(grant != nullptr, [&](const HoldRule& hold) {
        return is_over(hold.records_over, facts.records) && is_over(hold.lag_over, facts.lag);
    });
    if (decision.hold != nullptr) {
        if (ticket == Ticket::valid)
            answer(decision, Effect::allow, decision.hold->id, "approved");
        else
            answer(decision, Effect::hold, decision.hold->id, "waits for approval");
        if (grant != nullptr) decision.rules.add(grant->id);
    } else if (grant != nullptr) {
        answer(decision, Effect::allow, grant->id, "granted");
    } else {
        answer(decision, Effect::deny, {}, kNoGrant);
    }
    decision.upstream_gateway = grant != nullptr && grant->upstream_gateway;
    return decision;
}

FactsNeeded needed(const Question& question) {
    if (question.denial() != nullptr) return {};
    const bool granted = question.grant() != nullptr;
    if (!granted && question.internal_topic()) return {};
    return question.facts(granted);
}

// Why nobody can be allowed this, whatever the rules say; empty where they decide. Names that are
// no text could slip past a denial's pattern, long ones cost too much to look at.
std::string_view refusal(Operation operation, const Resource& resource) {
    if (!fits(operation, resource.kind)) return "the operation does not fit the resource";
    if (resource.name.size() > limits::resource_name_bytes_max) return "the name is too long";
    if (!is_plain(resource.name)) return "the name is not plain text";
    return {};
}

}  // namespace

Decision decide(const Binding& binding, Operation operation, const Resource& resource,
                const Facts& facts, Ticket ticket) {
    Decision decision;
    decision.reason = kNoGrant;
    const Bound* bound = binding.bound();
    if (bound == nullptr) return decision;
    const std::string_view refused = refusal(operation, resource);
    if (!refused.empty()) {
        decision.reason = refused;
        return decision;
    }
    decision = evaluate(Question(*bound->set, bound->enforced, operation, resource), facts, ticket);
    if (!bound->shadowed) return decision;
    const Decision shadow =
        evaluate(Question(*bound->set, *bound->shadowed, operation, resource), facts, ticket);
    if (shadow.effect != decision.effect) {
        decision.shadow = shadow.effect;
        decision.shadow_rules = shadow.rules;
    }
    return decision;
}

FactsNeeded needs(const Binding& binding, Operation operation, const Resource& resource) {
    const Bound* bound = binding.bound();
    if (bound == nullptr || !refusal(operation, resource).empty()) return {};
    FactsNeeded all = needed(Question(*bound->set, bound->enforced, operation, resource));
    if (!bound->shadowed) return all;
    const FactsNeeded shadow = needed(Question(*bound->set, *bound->shadowed, operation, resource));
    return {all.records || shadow.records, all.lag || shadow.lag};
}

bool has_masks(const Binding& binding) {
    return binding.bound() != nullptr && !binding.bound()->masks.empty();
}

std::vector<const MaskRule*> masks(const Binding& binding, std::string_view topic, Mode mode) {
    std::vector<const MaskRule*> found;
    if (binding.bound() == nullptr) return found;
    for (const MaskRule* mask : binding.bound()->masks) {
        if (mask->mode != mode) continue;
        for (const Pattern& pattern : mask->topics) {
            if (!pattern.matches(topic)) continue;
            found.push_back(mask);
            break;
        }
    }
    return found;
}

}  // namespace sluice::policy
