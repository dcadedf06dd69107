// support.h: plans for tests, by the path.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mask/plan.h"

namespace sluice::mask::tests {

inline std::vector<Key> keys() {
    const std::string_view secret = "0123456789abcdef0123456789abcdef";
    const Buffer bytes(as_bytes(secret).begin(), as_bytes(secret).end());
    return {{"pii", "k1", bytes}, {"other", "k2", Buffer(16, Byte{7})}};
}

inline Treatment partial(std::uint32_t first, std::uint32_t last) {
    return {Action::partial, "", first, last};
}
inline Treatment hmac(std::string key = "pii") {
    return {Action::hmac, std::move(key)};
}

inline Plan plan_of(const std::vector<Rule>& rules) {
    auto plan = Plan::compile(rules, keys());
    EXPECT_TRUE(plan) << plan.error().context;
    return *plan;
}
// One rule with one path.
inline Plan plan_of(std::string path, Treatment treatment) {
    return plan_of({Rule{"r", {{std::move(path), std::move(treatment)}}}});
}
inline Rule detect_rule(std::string id, std::vector<Detector> types, Treatment treatment) {
    return {std::move(id), {}, DetectRule{std::move(types), std::move(treatment)}};
}
inline std::vector<Detector> all_types() {
    return {Detector::email, Detector::pan, Detector::iban};
}

}  // namespace sluice::mask::tests
