// Input: one policy file. Whatever it is, its mistakes have places and print on one line each; and
// a set without mistakes answers every question, with a ticket never better than a hold allows.
#include <string>

#include "fuzz/fuzz.h"
#include "policy/decide.h"
#include "policy/evidence.h"
#include "policy/expect.h"
#include "policy/explain.h"
#include "policy/lint.h"
#include "policy/operations.h"
#include "policy/text.h"

using namespace sluice;

namespace {

const char* const kNames[] = {"", "orders", "orders.eu", "__x", "a-b", "\xc3\xa4"};

void check_mistakes(const std::vector<policy::Mistake>& mistakes) {
    for (const policy::Mistake& mistake : mistakes) {
        SLUICE_CHECK(mistake.line >= 1 && mistake.column >= 1);
        SLUICE_CHECK(policy::is_plain(policy::to_text(mistake)));
    }
}

void ask(const std::shared_ptr<const policy::PolicySet>& set, const Principal& who,
         Operation operation, const Resource& resource) {
    const policy::Binding binding = policy::bind(set, who);
    const auto answer = [&](const policy::Facts& facts, policy::Ticket ticket) {
        return policy::decide(binding, operation, resource, facts, ticket);
    };
    const policy::Decision without = answer({}, policy::Ticket::none);
    const policy::Decision with = answer({}, policy::Ticket::valid);
    SLUICE_CHECK((without.effect == Effect::hold) == (without.hold != nullptr));
    SLUICE_CHECK(with.effect == (without.hold != nullptr ? Effect::allow : without.effect));
    SLUICE_CHECK(policy::fits(operation, resource.kind) || without.effect == Effect::deny);
    if (!policy::needs(binding, operation, resource).any())
        SLUICE_CHECK(answer({0, 0}, policy::Ticket::none).effect == without.effect);
}

}  // namespace

// A parsed file is thousands of small blocks: AddressSanitizer would keep a quarter of a GiB of
// them.
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=16";
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const policy::PolicyFile file{"p.yaml", std::string(reinterpret_cast<const char*>(data), size)};
    check_mistakes(policy::read_expect(file).mistakes);
    const policy::Compiled compiled = policy::compile({file});
    check_mistakes(compiled.mistakes);
    SLUICE_CHECK((compiled.set == nullptr) == !compiled.mistakes.empty());
    if (!compiled.set) return 0;
    check_mistakes(policy::lint(compiled));
    policy::Evidence evidence{0x0a080101, "corp", {{"email", {"ann"}}, {"groups", {"team"}}}};
    Principal who = policy::identify(*compiled.set, evidence);
    SLUICE_CHECK(!who.name.empty());
    who.groups.emplace_back("orders-team");
    for (std::size_t at = 0; at < kOperations; ++at)
        for (std::size_t kind = 0; kind < 4; ++kind)
            for (const char* name : kNames)
                ask(compiled.set, who, static_cast<Operation>(at),
                    {static_cast<ResourceKind>(kind), kind == 0 ? "" : name});
    const Resource orders{ResourceKind::topic, "orders"};
    SLUICE_CHECK(
        !policy::explain(compiled.set, who, Operation::topic_read, orders, {}, policy::Ticket::none)
             .empty());
    return 0;
}
