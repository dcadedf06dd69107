#include "policy/suggest.h"

#include <algorithm>
#include <random>
#include <set>

#include "policy/expect.h"
#include "policy/lint.h"
#include "policy/text.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;
using enum Operation;
using How = Use::How;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'795'511'553 * kSecond;

struct Seen {
    std::string principal;
    Operation operation;
    Resource resource;
    How how = How::done;
};

Usage usage_of(const std::vector<Seen>& list) {
    Usage usage;
    std::int64_t at = kStart;
    for (const Seen& seen : list) {
        usage.add({seen.principal, seen.operation, seen.resource, seen.how, at});
        at += kSecond;
    }
    return usage;
}

SuggestOptions options(std::size_t collapse = 0) {
    SuggestOptions options;
    options.collapse = collapse;
    options.since_ns = kStart - 3600 * kSecond;
    options.until_ns = kStart + 3600 * kSecond;
    return options;
}

// The set of the suggested file, which has no mistakes, no warnings, and does what it is expected
// to.
std::shared_ptr<const PolicySet> checked(const Suggestion& suggestion) {
    const Compiled compiled = compile({{"suggested.yaml", suggestion.policy}});
    for (const Mistake& mistake : compiled.mistakes) ADD_FAILURE() << to_text(mistake);
    for (const Mistake& warning : lint(compiled)) ADD_FAILURE() << to_text(warning);
    if (!compiled.set) return std::make_shared<const PolicySet>();
    EXPECT_EQ(compiled.set->grants.size(), suggestion.grants);
    if (suggestion.cases == 0) return compiled.set;
    const ReadExpect read = read_expect({"suggested.expect.yaml", suggestion.expect});
    for (const Mistake& mistake : read.mistakes) ADD_FAILURE() << to_text(mistake);
    for (const Mistake& failure : run_expect(compiled.set, read.cases))
        ADD_FAILURE() << to_text(failure);
    EXPECT_EQ(read.cases.size(), suggestion.cases);
    return compiled.set;
}

bool allowed(const std::shared_ptr<const PolicySet>& set, const std::string& who,
             Operation operation, const Resource& resource) {
    return decide(policy::bind(set, principal(who)), operation, resource, {}, Ticket::none)
               .effect == Effect::allow;
}

TEST(Suggest, WritesWhatWasDoneAsGrantsWithTheirGround) {
    const Usage usage = usage_of({{"net:10.8.1.2", topic_describe, topic("orders")},
                                  {"net:10.8.1.2", topic_read, topic("orders")},
                                  {"net:10.8.1.2", group_join, group("billing")},
                                  {"user:ann@example.org", topic_write, topic("orders")},
                                  {"user:ann@example.org", producer_idempotent, cluster()},
                                  {"user:ann@example.org", cluster_describe, cluster()}});
    const Suggestion suggestion = suggest(usage, options());
    EXPECT_EQ(
        suggestion.policy,
        R"(# Suggested from what was recorded from 2026-11-24 08:12:33 to 2026-11-24 10:12:33 (UTC).
# What was done in that time is granted, needed or not; what was not done is not.
# Read it before it is put in force.
version: 1

grants:
  # 2 events, 2026-11-24 09:12:33 to 2026-11-24 09:12:34
  - id: seen-net-10.8.1.2-topics
    to: ["net:10.8.1.2"]
    allow: [topic.read]
    topics: ["orders"]
  # 1 event, 2026-11-24 09:12:35
  - id: seen-net-10.8.1.2-groups
    to: ["net:10.8.1.2"]
    allow: [group.join]
    groups: ["billing"]
  # 1 event, 2026-11-24 09:12:38
  - id: seen-user-ann-example.org-cluster
    to: ["user:ann@example.org"]
    allow: [cluster.describe]
  # 1 event, 2026-11-24 09:12:36
  - id: seen-user-ann-example.org-topics
    to: ["user:ann@example.org"]
    allow: [topic.write]
    topics: ["orders"]
)");
    checked(suggestion);
}

TEST(Suggest, ExpectsWhatWasDoneAndNotWhatWasNot) {
    const Suggestion suggestion =
        suggest(usage_of({{"net:a", topic_read, topic("orders")}}), options());
    EXPECT_EQ(suggestion.expect,
              R"(# What was seen is allowed, and some of what was not seen is not.
# Written beside the suggested policy; run by: sluice policy test
version: 1
cases:
  - {principal: "net:a", operation: topic.read, topic: "orders", expect: allow}
  - {principal: "net:a", operation: topic.write, topic: "orders", expect: deny}
  - {principal: "net:a", operation: topic.delete, topic: "orders", expect: deny}
  - {principal: "net:a", operation: topic.read, topic: "never-seen", expect: deny}
  - {principal: "net:a", operation: topic.write, topic: "never-seen", expect: deny}
  - {principal: "net:a", operation: group.join, group: "never-seen", expect: deny}
  - {principal: "net:a", operation: config.alter, expect: deny}
)");
    const auto set = checked(suggestion);
    EXPECT_TRUE(allowed(set, "net:a", topic_describe, topic("orders")));
    EXPECT_FALSE(allowed(set, "net:a", topic_delete, topic("orders")));
    EXPECT_FALSE(allowed(set, "net:b", topic_read, topic("orders")));
    EXPECT_FALSE(allowed(set, "net:a", topic_read, topic("orders2")));
}

TEST(Suggest, RefusalsAreListedAndGrantedOnlyWhereAsked) {
    const Usage usage = usage_of({{"net:a", topic_read, topic("orders")},
                                  {"net:a", topic_read, topic("orders"), How::refused},
                                  {"net:a", topic_delete, topic("orders"), How::refused}});
    const Suggestion listed = suggest(usage, options());
    EXPECT_NE(listed.policy.find(
                  "\n# Refused, and not granted (--include-refused grants it):\n#   \"net:a\" "
                  "topic.delete topic \"orders\": 1 event, 2026-11-24 09:12:35\n"),
              std::string::npos)
        << listed.policy;
    EXPECT_EQ(listed.policy.find("#   \"net:a\" topic.read"), std::string::npos);
    EXPECT_FALSE(allowed(checked(listed), "net:a", topic_delete, topic("orders")));
    SuggestOptions all = options();
    all.refused = SuggestOptions::Refused::granted;
    const Suggestion granted = suggest(usage, all);
    EXPECT_TRUE(allowed(checked(granted), "net:a", topic_delete, topic("orders")));
    EXPECT_EQ(granted.policy.find("Refused"), std::string::npos);
}

TEST(Suggest, WhatARuleDeniesOrHoldsIsNotGrantedThoughItWasDone) {
    const Suggestion suggestion =
        suggest(usage_of({{"net:a", topic_read, topic("orders")},
                          {"net:a", topic_create, topic("new")},
                          {"net:a", topic_create, topic("new"), How::withheld}}),
                options());
    EXPECT_FALSE(allowed(checked(suggestion), "net:a", topic_create, topic("new")));
    EXPECT_NE(suggestion.policy.find("# Denied or held by a rule that is there, and not granted:\n"
                                     "#   \"net:a\" topic.create topic \"new\": 1 event"),
              std::string::npos)
        << suggestion.policy;
}

TEST(Suggest, NoPatternGrantsWhatWasRefusedOrIsWithheld) {
    for (const How how : {How::refused, How::withheld}) {
        std::vector<Seen> list{{"net:a", topic_create, topic("a.1")},
                               {"net:a", topic_create, topic("a.2")},
                               {"net:b", topic_create, topic("a.1")},
                               {"net:b", topic_create, topic("a.2")}};
        EXPECT_TRUE(allowed(checked(suggest(usage_of(list), options(2))), "net:a", topic_create,
                            topic("a.3")));
        list.push_back({"net:a", topic_create, topic("a.3"), how});
        const Suggestion suggestion = suggest(usage_of(list), options(2));
        const auto set = checked(suggestion);
        EXPECT_TRUE(allowed(set, "net:a", topic_create, topic("a.2")));
        EXPECT_FALSE(allowed(set, "net:a", topic_create, topic("a.3")));
        EXPECT_TRUE(allowed(set, "net:b", topic_create, topic("a.3")));
        EXPECT_NE(suggestion.policy.find("# Not collapsed, since that would grant what was "
                                         "refused, denied or held:\n#   \"net:a\"\n"),
                  std::string::npos)
            << suggestion.policy;
    }
}

TEST(Suggest, SettingsOfTheClusterAreGrantedApartFromThoseOfTopics) {
    const auto set = checked(suggest(usage_of({{"net:a", config_describe, cluster()},
                                               {"net:b", config_describe, topic("orders")},
                                               {"net:b", config_alter, group("g")}}),
                                     options()));
    EXPECT_TRUE(allowed(set, "net:a", config_describe, cluster()));
    EXPECT_FALSE(allowed(set, "net:a", config_describe, topic("orders")));
    EXPECT_TRUE(allowed(set, "net:b", config_describe, topic("orders")));
    EXPECT_FALSE(allowed(set, "net:b", config_describe, cluster()));
    EXPECT_FALSE(allowed(set, "net:b", config_alter, topic("orders")));
    EXPECT_TRUE(allowed(set, "net:b", config_alter, group("g")));
}

TEST(Suggest, TheGatewaysCredentialIsGrantedWhereAsked) {
    SuggestOptions with = options();
    with.upstream_gateway = true;
    const auto set = checked(suggest(usage_of({{"net:a", topic_read, topic("orders")}}), with));
    EXPECT_TRUE(policy::bind(set, principal("net:a")).gateway_credential());
}

TEST(Suggest, InternalTopicsAreReachedByTheirOwnName) {
    const auto set = checked(
        suggest(usage_of({{"net:a", topic_read, topic("__consumer_offsets")}}), options(2)));
    EXPECT_TRUE(allowed(set, "net:a", topic_read, topic("__consumer_offsets")));
    EXPECT_FALSE(allowed(set, "net:a", topic_read, topic("__transaction_state")));
}

TEST(Suggest, NothingDoneIsNothingGranted) {
    const Suggestion none = suggest(Usage(), options());
    EXPECT_EQ(none.grants, 0u);
    EXPECT_EQ(none.cases, 0u);
    checked(none);
}

TEST(Suggest, SaysWhatItHasNoNameOrRoomFor) {
    Usage usage(4);
    usage.add({"net:a", topic_read, topic("t"), How::done, kStart});
    usage.add({"net:a", group_join, group("bad\nname"), How::done, kStart});
    usage.add({"group:x", topic_read, topic("t"), How::done, kStart});
    for (const char* name : {"u", "v", "w"})
        usage.add({"net:a", topic_read, topic(name), How::done, kStart});
    const Suggestion suggestion = suggest(usage, options());
    EXPECT_EQ(suggestion.left_out,
              (std::vector<std::string>{
                  "1 use of more than 100000 different ones: ask for fewer with --principal or "
                  "--since",
                  "1 use by principals that no rule can name",
                  "1 use by \"net:a\" of names that no pattern can name, such as "
                  "\"bad\\x0aname\""}));
    EXPECT_NE(suggestion.policy.find("# Left out:\n#   1 use of more"), std::string::npos);
    checked(suggestion);
}

TEST(Suggest, ExpectsNoMoreThanOneFileHolds) {
    Usage usage;
    for (int n = 0; n < 12'000; ++n)
        usage.add({"net:" + std::to_string(n % 12), topic_read, topic("t" + std::to_string(n)),
                   How::done, kStart});
    const Suggestion suggestion = suggest(usage, options());
    EXPECT_EQ(suggestion.cases, limits::suggest_cases_max);
    EXPECT_LE(suggestion.expect.size(), limits::config_bytes_max);
    ASSERT_EQ(suggestion.left_out.size(), 1u);
    EXPECT_NE(suggestion.left_out[0].find("expectations for which there is no room"),
              std::string::npos);
    const auto set = checked(suggestion);
    EXPECT_TRUE(allowed(set, "net:11", topic_read, topic("t11999")));
}

// -- Any names at all

class AnyNames {
  public:
    explicit AnyNames(std::uint32_t seed) : random_(seed) {}

    std::string name() {
        static const std::vector<std::string> pieces{"a",
                                                     "b",
                                                     "orders",
                                                     ".",
                                                     "-",
                                                     "_",
                                                     "__",
                                                     "*",
                                                     "?",
                                                     "re:",
                                                     "\"",
                                                     "\\",
                                                     "{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     ",",
                                                     ":",
                                                     ": ",
                                                     " #",
                                                     "#",
                                                     "&",
                                                     "!",
                                                     "|",
                                                     ">",
                                                     "%",
                                                     "@",
                                                     "`",
                                                     "'",
                                                     " ",
                                                     "~",
                                                     "\n",
                                                     "\t",
                                                     std::string(1, '\0'),
                                                     "\x7f",
                                                     "\xff",
                                                     "\xc3\xb6",
                                                     "\xe2\x80\xa8",
                                                     "\xe2\x80\xae",
                                                     "\xf0\x9f\x90\x98",
                                                     "null",
                                                     "$",
                                                     "^",
                                                     "(",
                                                     ")",
                                                     "+"};
        std::string text;
        for (std::size_t n = below(4) + 1; n > 0; --n) text += pieces[below(pieces.size())];
        return text;
    }
    Seen seen() {
        static const std::vector<std::string> who{"net:10.8.1.2", "user:ann@example.org", "svc:x"};
        const auto kind = static_cast<ResourceKind>(below(4));
        Operation operation = count_;
        while (!fits(operation, kind)) operation = static_cast<Operation>(below(kOperations));
        const std::string principal = below(20) == 0 ? name() : who[below(who.size())];
        return {
            principal, operation, {kind, kind == ResourceKind::cluster ? std::string() : name()}};
    }
    std::size_t below(std::size_t end) { return random_() % end; }

  private:
    std::mt19937 random_;
};

// Of a usage without names that have to be left out.
bool can_be_named(const Seen& seen) {
    const std::string& name = seen.resource.name;
    const bool expression =
        name.find_first_of("*?") != std::string::npos || name.substr(0, 3) == "re:";
    return is_plain(name) && is_plain(seen.principal) &&
           seen.principal.find_first_of("*?") == std::string::npos &&
           seen.principal.substr(0, 3) != "re:" &&
           !(seen.resource.kind == ResourceKind::topic && name.substr(0, 2) == "__" && expression);
}

using Triples = std::set<std::tuple<std::string, Resource, Operation>>;

// What the grants must come to where nothing is collapsed, told from what was seen alone.
bool is_due(const Triples& done, const Seen& asked) {
    return std::any_of(done.begin(), done.end(), [&](const auto& triple) {
        const auto& [principal, resource, operation] = triple;
        if (principal != asked.principal || !with_implied({operation}).contains(asked.operation))
            return false;
        return resource == asked.resource || asked.operation == producer_idempotent;
    });
}

TEST(Suggest, GrantsOfAnyNamesJustWhatWasDone) {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        AnyNames any(seed);
        std::vector<Seen> all;
        Triples done;
        for (int n = 0; n < 60; ++n) {
            const Seen seen = any.seen();
            all.push_back(seen);
            if (can_be_named(seen)) done.emplace(seen.principal, seen.resource, seen.operation);
        }
        const Suggestion suggestion = suggest(usage_of(all), options());
        const auto set = checked(suggestion);
        for (const auto& [principal, resource, operation] : done)
            EXPECT_TRUE(allowed(set, principal, operation, resource))
                << principal << " " << name(operation) << " " << resource.name;
        // Whoever, whatever, to whichever of all the resources.
        for (int n = 0; n < 2'000; ++n) {
            Seen asked = all[any.below(all.size())];
            asked.principal = all[any.below(all.size())].principal;
            asked.operation = static_cast<Operation>(any.below(kOperations));
            if (!fits(asked.operation, asked.resource.kind)) continue;
            EXPECT_EQ(allowed(set, asked.principal, asked.operation, asked.resource),
                      is_due(done, asked))
                << asked.principal << " " << name(asked.operation) << " " << asked.resource.name
                << "\n"
                << suggestion.policy;
        }
        if (HasFailure()) return;
    }
}

TEST(Suggest, CollapsedItGrantsAllThatWasDoneAndSaysTheSameEveryTime) {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        AnyNames any(seed + 1'000);
        std::vector<Seen> all;
        for (int n = 0; n < 150; ++n) all.push_back(any.seen());
        const Suggestion suggestion = suggest(usage_of(all), options(2));
        const auto set = checked(suggestion);
        for (const Seen& seen : all) {
            if (!can_be_named(seen)) continue;
            EXPECT_TRUE(allowed(set, seen.principal, seen.operation, seen.resource))
                << seen.principal << " " << name(seen.operation) << " " << seen.resource.name;
        }
        EXPECT_EQ(suggest(usage_of(all), options(2)).policy, suggestion.policy);
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace sluice::policy
