// Input: which plan; for plan 0: length of a path, and the path; a record value.
#include <string>

#include "fuzz/fuzz.h"
#include "mask/value.h"

using namespace sluice;
using namespace sluice::mask;

static Plan compiled(const std::vector<Rule>& rules) {
    const std::vector<Key> keys = {{"pii", "k1", Buffer(32, Byte{7})}};
    auto plan = Plan::compile(rules, keys);
    SLUICE_CHECK(plan.has_value());
    return *plan;
}

static const std::vector<Plan>& plans() {
    const std::vector<Detector> all = {Detector::email, Detector::pan, Detector::iban};
    const Rule fields{"fields",
                      {{"$.a", {Action::redact}},
                       {"..b", {Action::null}},
                       {"$.c[*].d", {Action::redact}},
                       {"$[0]", {Action::redact}}}};
    static const std::vector<Plan> plans = {
        compiled({fields}),
        compiled({Rule{"mixed",
                       {{"$.a", {Action::hmac, "pii"}},
                        {"$..*", {Action::keep}},
                        {"..b", {Action::partial, "", 1, 2}}},
                       DetectRule{all, {Action::partial, "", 1, 4}}},
                  Rule{"other", {}, DetectRule{all, {Action::hmac, "pii"}}}}),
        compiled({Rule{"detect", {}, DetectRule{all, {Action::redact}}}}),
        compiled({Rule{"null", {}, DetectRule{all, {Action::null}}}, fields}),
    };
    return plans;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t number = input.byte() % (plans().size() + 1);
    std::vector<Plan> own;
    if (number == 0) {
        const Bytes path = input.bytes(input.byte());
        const Rule rule{"own", {{std::string(as_text(path)), {Action::redact}}}};
        auto plan = Plan::compile(std::vector{rule}, {});
        if (!plan) return 0;
        own.push_back(*plan);
    }
    const Plan& plan = number == 0 ? own[0] : plans()[number - 1];
    const Buffer value = fuzz::exact(input.rest());
    Buffer out;
    Counts counts;
    const Outcome outcome = mask_value(plan, value, out, counts);
    SLUICE_CHECK((outcome == Outcome::masked) == (counts.values > 0));
    SLUICE_CHECK((outcome == Outcome::unmaskable) == (counts.unmaskable > 0));
    SLUICE_CHECK(outcome == Outcome::masked || out.empty());
    if (outcome != Outcome::masked || !plan.has_fields()) return 0;
    // Still JSON; and where the values are gone altogether, masking it again changes nothing.
    Buffer again;
    const Outcome second = mask_value(plan, out, again, counts);
    SLUICE_CHECK(second != Outcome::unmaskable);
    if (number <= 1) SLUICE_CHECK(second == Outcome::unchanged || again == out);
    return 0;
}
