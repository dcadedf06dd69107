#include "policy/explain.h"

#include <algorithm>

#include "policy/binding.h"
#include "policy/strict_yaml.h"

namespace sluice::policy {

namespace {

std::string described(const Resource& resource) {
    if (resource.kind == ResourceKind::cluster) return "the cluster";
    return std::string(name(resource.kind)) + " " + in_backticks(resource.name);
}

class Explanation {
  public:
    Explanation(const std::shared_ptr<const PolicySet>& set, const Principal& principal,
                Operation operation, const Resource& resource)
        : set_(set), principal_(principal), operation_(operation), resource_(resource) {}

    std::string text(const Facts& facts, Ticket ticket) {
        const Binding binding = policy::bind(set_, principal_);
        add_decision(decide(binding, operation_, resource_, facts, ticket));
        for (const DenialRule& rule : set_->denials)
            add_rule("denial", rule, RuleClass::denial, {});
        for (const HoldRule& rule : set_->holds)
            add_rule("hold", rule, RuleClass::hold, conditions(rule));
        for (const GrantRule& rule : set_->grants)
            add_rule("grant", rule, RuleClass::grant, rule.upstream_gateway ? "gateway" : "");
        if (others_ > 0)
            text_ += "  " + std::to_string(others_) +
                     (others_ == 1 ? " other rule is" : " other rules are") +
                     " not about this principal or this operation\n";
        const FactsNeeded needed = needs(binding, operation_, resource_);
        if (needed.records) text_ += "depends on how many records a reset rewinds over\n";
        if (needed.lag) text_ += "depends on how many records the reader is behind\n";
        if (operation_ == Operation::topic_read && resource_.kind == ResourceKind::topic)
            add_masks(binding);
        return std::move(text_);
    }

  private:
    void add_decision(const Decision& decision) {
        text_ += std::string(name(decision.effect)) + ": " + std::string(decision.reason);
        for (const std::string_view rule : decision.rules)
            text_ += (rule == *decision.rules.begin() ? " (" : ", ") + std::string(rule);
        text_ += decision.rules.empty() ? "\n" : ")\n";
        if (decision.shadow) {
            text_ += "with the shadow rules in force: " + std::string(name(*decision.shadow));
            for (const std::string_view rule : decision.shadow_rules)
                text_ += (rule == *decision.shadow_rules.begin() ? " (" : ", ") + std::string(rule);
            text_ += decision.shadow_rules.empty() ? "\n" : ")\n";
        }
        text_ += principal_.name + ", " + std::string(name(operation_)) + ", " +
                 described(resource_) + ":\n";
    }

    template <class Rule>
    void add_rule(const char* kind, const Rule& rule, RuleClass rule_class,
                  const std::string& more) {
        if (!is_about(rule.to, principal_) || !rule.scope.operations.contains(operation_)) {
            ++others_;
            return;
        }
        text_ += "  " + std::string(kind) + " " + rule.id;
        if (rule.mode == Mode::shadow) text_ += " (shadow)";
        text_ += ": " + reach(rule.scope, rule_class);
        text_ += more.empty() ? "\n" : "; " + more + "\n";
    }

    // By which pattern the rule reaches the resource, or why not.
    [[nodiscard]] std::string reach(const Scope& scope, RuleClass rule_class) const {
        if (operations_without_pattern(scope, rule_class, resource_.kind).contains(operation_))
            return "matches, whatever the resource";
        const auto patterns = patterns_of(scope, resource_.kind);
        bool only_unspelled = false;
        for (const Pattern& pattern : patterns) {
            if (!pattern.matches(resource_.name)) continue;
            const bool internal = rule_class == RuleClass::grant &&
                                  resource_.kind == ResourceKind::topic &&
                                  resource_.name.compare(0, 2, "__") == 0;
            if (!internal || pattern.literal().size() >= 2)
                return "matches by " + in_backticks(pattern.text());
            only_unspelled = true;
        }
        if (only_unspelled) return "an internal topic needs a pattern that begins with `__`";
        if (patterns.empty())
            return "names no " + std::string(name(resource_.kind)) +
                   (resource_.kind == ResourceKind::cluster ? ", but other resources" : "");
        return "no pattern matches";
    }

    static std::string conditions(const HoldRule& hold) {
        std::string text = hold.applies == HoldRule::Applies::granted     ? "where a grant matches"
                           : hold.applies == HoldRule::Applies::ungranted ? "where no grant matches"
                                                                          : "";
        const auto add = [&text](const std::string& more) {
            text += (text.empty() ? "" : ", ") + more;
        };
        if (hold.records_over) add("records over " + std::to_string(*hold.records_over));
        if (hold.lag_over) add("lag over " + std::to_string(*hold.lag_over));
        add(std::to_string(hold.count) + (hold.count == 1 ? " approval" : " approvals"));
        return text;
    }

    void add_masks(const Binding& binding) {
        for (const MaskRule* mask : masks(binding, resource_.name))
            text_ += "masked by " + mask->id + "\n";
        for (const MaskRule* mask : masks(binding, resource_.name, Mode::shadow))
            text_ += "masked by " + mask->id + " (shadow)\n";
    }

    const std::shared_ptr<const PolicySet>& set_;
    const Principal& principal_;
    Operation operation_;
    const Resource& resource_;
    std::size_t others_ = 0;
    std::string text_;
};

}  // namespace

std::string explain(const std::shared_ptr<const PolicySet>& set, const Principal& principal,
                    Operation operation, const Resource& resource, const Facts& facts,
                    Ticket ticket) {
    return Explanation(set, principal, operation, resource).text(facts, ticket);
}

}  // namespace sluice::policy
