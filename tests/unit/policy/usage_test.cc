#include "policy/usage.h"

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;
using How = Use::How;

TEST(Usage, CountsEachUseAndKeepsTheFirstAndTheLastTime) {
    Usage usage;
    for (const std::int64_t at : {20, 10, 30})
        usage.add({"net:a", Operation::topic_read, topic("orders"), How::done, at});
    usage.add({"net:a", Operation::topic_read, topic("orders"), How::refused, 40});
    const PrincipalUsage& a = usage.principals().at("net:a");
    EXPECT_EQ(a.of(How::done),
              (Deeds{{topic("orders"), {{Operation::topic_read, Sightings{3, 10, 30}}}}}));
    EXPECT_EQ(a.of(How::refused),
              (Deeds{{topic("orders"), {{Operation::topic_read, Sightings{1, 40, 40}}}}}));
    EXPECT_EQ(a.of(How::withheld), Deeds{});
}

TEST(Usage, KeepsABoundAndGoesOnCountingWhatItKnows) {
    Usage usage(3);  // one principal and two uses
    const auto read = [&](const std::string& who, const std::string& name) {
        usage.add({who, Operation::topic_read, topic(name), How::done, 1});
    };
    read("net:a", "t1");
    read("net:a", "t2");
    read("net:a", "t3");
    read("net:b", "t1");
    read("net:a", "t1");
    EXPECT_EQ(usage.dropped(), 2u);
    ASSERT_EQ(usage.principals().size(), 1u);
    const Deeds& done = usage.principals().at("net:a").of(How::done);
    EXPECT_EQ(done.size(), 2u);
    EXPECT_EQ(done.at(topic("t1")).at(Operation::topic_read).events, 2u);
}

TEST(Usage, SetsAsideNamesThatNoPatternCanName) {
    Usage usage;
    const std::string longest(limits::policy_pattern_bytes_max, 'x');
    for (const std::string& name : {std::string(), std::string("a\nb"), std::string("\xff"),
                                    longest + "x", longest, std::string("fine")})
        usage.add({"net:a", Operation::group_join, group(name), How::done, 7});
    const PrincipalUsage& a = usage.principals().at("net:a");
    EXPECT_EQ(a.of(How::done).size(), 2u);
    EXPECT_EQ(a.unnameable, (Sightings{4, 7, 7}));
    EXPECT_EQ(a.example, "");
}

TEST(Usage, SetsAsidePrincipalsThatAreNoneOrMoreThanOne) {
    Usage usage;
    for (const char* name : {"", "group:team", "user:*", "user:?", "re:x", "user:a\x01"})
        usage.add({name, Operation::topic_read, topic("t"), How::done, 7});
    EXPECT_TRUE(usage.principals().empty());
    EXPECT_EQ(usage.unnameable().events, 6u);
}

TEST(Usage, LeavesOutWhatDoesNotFitTheResource) {
    Usage usage;
    usage.add({"net:a", Operation::topic_read, group("g"), How::done, 7});
    usage.add({"net:a", Operation::count_, topic("t"), How::done, 7});
    EXPECT_TRUE(usage.principals().empty());
}

}  // namespace
}  // namespace sluice::policy
