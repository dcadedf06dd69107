#include "session/masks.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.h"

namespace sluice::session {
namespace {

mask::Action action_of(policy::MaskAction action) {
    switch (action) {
        case policy::MaskAction::partial:
            return mask::Action::partial;
        case policy::MaskAction::hmac:
            return mask::Action::hmac;
        case policy::MaskAction::redact:
            return mask::Action::redact;
        case policy::MaskAction::null:
            return mask::Action::null;
    }
    return mask::Action::redact;
}

mask::Detector detector_of(policy::MaskType type) {
    switch (type) {
        case policy::MaskType::email:
            return mask::Detector::email;
        case policy::MaskType::pan:
            return mask::Detector::pan;
        case policy::MaskType::iban:
            return mask::Detector::iban;
    }
    return mask::Detector::email;
}

mask::Treatment treatment_of(const policy::MaskTreatment& treatment) {
    return {action_of(treatment.action), treatment.key, treatment.keep_first, treatment.keep_last};
}

mask::Rule rule_of(const policy::MaskRule& mask) {
    mask::Rule rule{mask.id};
    for (const policy::MaskField& field : mask.fields)
        rule.fields.push_back({field.path, treatment_of(field.treatment)});
    if (mask.detect) {
        mask::DetectRule& detect = rule.detect.emplace();
        for (const policy::MaskType type : mask.detect->types)
            detect.types.push_back(detector_of(type));
        detect.treatment = treatment_of(mask.detect->treatment);
    }
    return rule;
}

std::string ids_of(const MaskRules& masks) {
    std::string ids;
    for (const policy::MaskRule* mask : masks) ids += (ids.empty() ? "" : ",") + mask->id;
    return ids;
}

}  // namespace

TopicMasks make_masks(const MaskRules& enforced, const MaskRules& shadow,
                      std::span<const mask::Key> keys) {
    TopicMasks masks;
    masks.rules = ids_of(enforced);
    masks.shadow_rules = ids_of(shadow);
    if (enforced.empty()) return masks;
    std::vector<mask::Rule> rules;
    for (const policy::MaskRule* mask : enforced) rules.push_back(rule_of(*mask));
    auto plan = mask::Plan::compile(rules, keys);
    if (plan) masks.plan = *std::move(plan);
    return masks;
}

std::vector<policy::Mistake> check_masks(const policy::Compiled& policies,
                                         std::span<const mask::Key> keys) {
    std::vector<policy::Mistake> mistakes;
    if (policies.set == nullptr) return mistakes;
    for (const policy::MaskRule& mask : policies.set->masks) {
        const mask::Rule rule = rule_of(mask);
        const auto plan = mask::Plan::compile({&rule, 1}, keys);
        if (plan) continue;
        const auto place = policies.places.find(mask.id);
        policy::Mistake mistake =
            place == policies.places.end() ? policy::Mistake{} : place->second;
        mistake.text = plan.error().context;
        mistakes.push_back(std::move(mistake));
    }
    std::stable_sort(mistakes.begin(), mistakes.end(),
                     [](const policy::Mistake& a, const policy::Mistake& b) {
                         return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                     });
    return mistakes;
}

std::vector<mask::Key> keys_wanted(const policy::PolicySet& set) {
    std::vector<mask::Key> keys;
    const auto add = [&](const policy::MaskTreatment& treatment) {
        const auto known = std::any_of(keys.begin(), keys.end(), [&](const mask::Key& key) {
            return key.name == treatment.key;
        });
        if (!treatment.key.empty() && !known)
            keys.push_back({treatment.key, "none", Buffer(limits::mask_key_file_bytes_min)});
    };
    for (const policy::MaskRule& mask : set.masks) {
        for (const policy::MaskField& field : mask.fields) add(field.treatment);
        if (mask.detect) add(mask.detect->treatment);
    }
    return keys;
}

ReaderMasks::Topic* ReaderMasks::of(std::string_view topic) {
    auto found = topics_.find(topic);
    if (found == topics_.end()) {
        if (topics_.size() >= limits::masked_topics_max) topics_.clear();
        found = topics_.emplace(topic, Topic{plans_->of(rules_, topic)}).first;
    }
    return found->second.masks == nullptr ? nullptr : &found->second;
}

}  // namespace sluice::session
