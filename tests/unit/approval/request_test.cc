#include "approval/request.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::approval {
namespace {

TEST(Request, EveryStateHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (int state = 0; state <= static_cast<int>(State::expired); ++state)
        names.insert(name(static_cast<State>(state)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(State::expired) + 1);
    EXPECT_EQ(names.count("unknown"), 0u);
}

}  // namespace
}  // namespace sluice::approval
