#include "control/people.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/control/support.h"

namespace sluice::control {
namespace {

People all() {
    return People(fake::people(), fake::name_of);
}

TEST(Roles, HaveNamesThatLeadBackToThem) {
    for (std::size_t at = 0; at < kRoles; ++at)
        EXPECT_EQ(role_of(name(static_cast<Role>(at))), static_cast<Role>(at));
    EXPECT_EQ(role_of("root"), std::nullopt);
    EXPECT_EQ(name(Role::approver), "approver");
}

TEST(Roles, IncludeWhatTheyNeedAndNoMore) {
    const auto has = [](Role mine) {
        const Person person{"a", "a", "a", {}, {mine}};
        std::string text;
        for (std::size_t at = 0; at < kRoles; ++at)
            text += person.has(static_cast<Role>(at)) ? '1' : '0';
        return text;  // viewer, auditor, approver, admin
    };
    EXPECT_EQ(has(Role::viewer), "1000");
    EXPECT_EQ(has(Role::auditor), "1100");
    EXPECT_EQ(has(Role::approver), "1010");
    EXPECT_EQ(has(Role::admin), "1111");
    EXPECT_FALSE((Person{"a", "a", "a", {}, {}}.has(Role::viewer)));
}

TEST(People, AreKnownByTheirUnixUser) {
    const People people = all();
    const auto ann = people.resolve(1000);
    ASSERT_NE(ann.person, nullptr);
    EXPECT_EQ(*ann.person, fake::people()[0]);
    EXPECT_EQ(ann.uid, 1000u);
    EXPECT_EQ(ann.unix_user, "ann");
}

TEST(People, NobodyIsInTheListByThemselves) {
    const People people = all();
    EXPECT_EQ(people.resolve(0).person, nullptr);
    EXPECT_EQ(people.resolve(0).unix_user, "root");
    EXPECT_EQ(people.resolve(2000).person, nullptr);
    EXPECT_EQ(people.resolve(9999).person, nullptr);
    EXPECT_EQ(people.resolve(9999).unix_user, "");
}

TEST(People, AnEntryWithoutANameIsNotForUsersTheMachineDoesNotKnow) {
    const People people({{"", "ghost", "ghost", {}, {Role::admin}}}, fake::name_of);
    EXPECT_EQ(people.resolve(9999).person, nullptr);
}

TEST(People, TheMachineKnowsItsRootAndNotEveryNumber) {
    EXPECT_EQ(user_name(0), "root");
    EXPECT_EQ(user_name(4'294'000'000u), "");
}

}  // namespace
}  // namespace sluice::control
