#include "audit/event.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::audit {
namespace {

TEST(EventNames, EveryTypeHasOneOfItsOwn) {
    std::set<std::string_view> names;
    for (int type = 1; type <= 13; ++type) names.insert(name(static_cast<EventType>(type)));
    EXPECT_EQ(names.size(), 13u);
    EXPECT_EQ(names.count("unknown"), 0u);
    EXPECT_EQ(name(static_cast<EventType>(200)), "unknown");
}

TEST(EventNames, EveryOutcomeHasOneOfItsOwn) {
    EXPECT_EQ(name(Outcome::unset), "unset");
    EXPECT_EQ(name(Outcome::ok), "ok");
    EXPECT_EQ(name(Outcome::error), "error");
    EXPECT_EQ(name(Outcome::refused), "refused");
    EXPECT_EQ(name(Outcome::unknown), "unknown");
}

}  // namespace
}  // namespace sluice::audit
