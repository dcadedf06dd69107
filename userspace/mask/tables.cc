#include "mask/tables.h"

#include <algorithm>
#include <tuple>

namespace sluice::mask {

Verdict stricter(const Verdict& first, const Verdict& second) noexcept {
    if (first.action != second.action) return first.action > second.action ? first : second;
    Verdict both = first;
    both.keep_first = std::min(first.keep_first, second.keep_first);
    both.keep_last = std::min(first.keep_last, second.keep_last);
    return both;
}

Verdict Detection::verdict(Types found) const noexcept {
    Verdict result;
    for (std::size_t type = 0; type < kDetectors; ++type)
        if ((found & types & (1u << type)) != 0) result = stricter(result, verdicts[type]);
    return result;
}

RuleSet Detection::ruled(Types found) const noexcept {
    RuleSet result = 0;
    for (std::size_t type = 0; type < kDetectors; ++type)
        if ((found & types & (1u << type)) != 0) result |= rules[type];
    return result;
}

const Tables::Name* Tables::find_name(Bytes text) const noexcept {
    const std::size_t length = std::min<std::size_t>(text.size(), 63);
    if ((name_lengths >> length & 1) == 0) return nullptr;
    if (!text.empty() && !name_starts[text[0]]) return nullptr;
    const std::string_view wanted = as_text(text);
    const auto at =
        std::lower_bound(names.begin(), names.end(), wanted, [](const Name& name, auto other) {
            return std::tuple(name.text.size(), std::string_view(name.text)) <
                   std::tuple(other.size(), other);
        });
    return at != names.end() && at->text == wanted ? &*at : nullptr;
}

Detection Tables::detection_without(RuleSet rules) const noexcept {
    Detection result;
    for (const DetectorRule& rule : detectors) {
        if ((rules >> rule.rule & 1) != 0) continue;
        for (std::size_t type = 0; type < kDetectors; ++type) {
            if ((rule.types >> type & 1) == 0) continue;
            result.types = static_cast<Types>(result.types | 1u << type);
            result.verdicts[type] = stricter(result.verdicts[type], rule.verdict);
            result.rules[type] |= RuleSet{1} << rule.rule;
        }
    }
    return result;
}

}  // namespace sluice::mask
