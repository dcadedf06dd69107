// support.h: what the tests of policy share: sets and mistakes from text, and short questions.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace sluice::policy::testing_support {

using Lines = std::vector<std::string>;

inline Lines mistakes_of(const std::vector<PolicyFile>& files) {
    Lines lines;
    for (const Mistake& mistake : compile(files).mistakes) lines.push_back(to_text(mistake));
    return lines;
}
// Of one file p.yaml, whose first line is `version: 1`.
inline Lines mistakes_of(const std::string& text) {
    return mistakes_of({{"p.yaml", "version: 1\n" + text}});
}

// The set of one such file without mistakes.
inline std::shared_ptr<const PolicySet> set_of(const std::string& text) {
    Compiled compiled = compile({{"p.yaml", "version: 1\n" + text}});
    for (const Mistake& mistake : compiled.mistakes) ADD_FAILURE() << to_text(mistake);
    return compiled.set ? compiled.set : std::make_shared<const PolicySet>();
}

inline Principal principal(std::string name, std::vector<std::string> groups = {}) {
    return {std::move(name), {}, std::move(groups), "test"};
}
inline Resource topic(std::string name) {
    return {ResourceKind::topic, std::move(name)};
}
inline Resource group(std::string name) {
    return {ResourceKind::group, std::move(name)};
}
inline Resource transaction(std::string name) {
    return {ResourceKind::transactional_id, std::move(name)};
}
inline Resource cluster() {
    return {};
}

// "deny no-internal: internal topics", "hold rewind orders-readers: waits for approval"
inline std::string to_text(const Decision& decision) {
    std::string text(name(decision.effect));
    for (const std::string_view rule : decision.rules) text += " " + std::string(rule);
    text += ": " + std::string(decision.reason);
    if (decision.upstream_gateway) text += " (gateway)";
    if (decision.shadow) {
        text += "; shadow " + std::string(name(*decision.shadow));
        for (const std::string_view rule : decision.shadow_rules) text += " " + std::string(rule);
    }
    return text;
}

}  // namespace sluice::policy::testing_support
