#include "mask/tracker.h"

#include <algorithm>
#include <bit>

namespace sluice::mask {

void Tracker::member(Bytes name) noexcept {
    if (tables_.words == 0) return;
    const Tables::Name* known = tables_.find_name(name);
    if (known == nullptr) return enter(tables_.any);
    States matching = tables_.any;
    for (std::size_t word = 0; word < tables_.words; ++word) matching[word] |= known->steps[word];
    enter(matching);
}

void Tracker::element() noexcept {
    if (depth_ == 0 || levels_[depth_].object) return;  // the document itself, or a member
    const std::uint32_t index = levels_[depth_].index++;
    if (tables_.words == 0) return;
    if (tables_.indexes.empty()) return enter(tables_.any);
    States matching = tables_.any;
    for (const Tables::Index& step : tables_.indexes)
        if (step.index == index) matching[step.state / 64] |= std::uint64_t{1} << step.state % 64;
    enter(matching);
}

// A step that is satisfied leads to the one behind it: one state further, in all paths at once.
void Tracker::enter(const States& matching) noexcept {
    const States& steps = levels_[depth_].steps;
    std::uint64_t carry = 0;
    for (std::size_t word = 0; word < tables_.words; ++word) {
        const std::uint64_t satisfied = steps[word] & matching[word];
        here_[word] = satisfied << 1 | carry | (steps[word] & tables_.descend[word]);
        carry = satisfied >> 63;
    }
}

void Tracker::open(bool object) noexcept {
    SLUICE_CHECK(depth_ < limits::mask_depth_max);
    Level& level = levels_[++depth_];
    level.object = object;
    level.index = 0;
    std::copy_n(here_.begin(), tables_.words, level.steps.begin());
}

Named Tracker::named() const noexcept {
    Named named;
    for (std::size_t word = 0; word < tables_.words; ++word) {
        for (auto bits = here_[word] & tables_.accepted[word]; bits != 0; bits &= bits - 1) {
            const std::size_t state = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
            const Tables::Field& field = tables_.fields[tables_.field_of_state[state]];
            const RuleSet rule = RuleSet{1} << field.rule;
            named.verdict = stricter(named.verdict, field.verdict);
            named.rules |= rule;
            if (field.verdict.action != Action::keep) named.masking |= rule;
        }
    }
    return named;
}

}  // namespace sluice::mask
