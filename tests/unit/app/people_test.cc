#include "app/people.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::app {
namespace {

using auditlog::testing::TempDirectory;

audit::Subject alice() {
    audit::Subject subject;
    subject.principal = "user:alice";
    subject.address = 0x0a5b0102;
    return subject;
}
Buffer encoded(const audit::Subject& subject) {
    return audit::encode_subject(subject, {9});
}

class PeopleOfALog : public ::testing::Test {
  protected:
    void SetUp() override {
        auto store = store::SubjectsStore::open(directory_.path() / kPeopleFile);
        ASSERT_TRUE(store);
        const Buffer bodies[] = {encoded(alice()), encoded(carol_)};
        ASSERT_TRUE((*store)->put(bodies, 1));
        ASSERT_TRUE((*store)->erase("carol", 2));
    }
    PeopleOfALog() { carol_.human = "carol"; }
    People open(const std::filesystem::path& log) {
        Result<People> people = open_people(log, {});
        if (people) return std::move(*people);
        ADD_FAILURE() << people.error().context;
        return {};
    }
    TempDirectory directory_;
    audit::Subject carol_;
    const audit::SubjectId alice_id_ = audit::subject_id(encoded(alice()));
    const audit::SubjectId unknown_{{0xab, 0xcd, 0xef, 0x01, 0x02}};
};

TEST_F(PeopleOfALog, AreFoundBesideItsFolder) {
    for (const char* log : {"audit", "audit/", "./audit/../audit"}) {
        People people = open(directory_.path() / log);
        EXPECT_EQ(people.name_of(alice_id_), "user:alice") << log;
    }
}

TEST_F(PeopleOfALog, WhoIsErasedOrUnknownIsShownAsThat) {
    People people = open(directory_.path() / "audit");
    EXPECT_EQ(people.name_of(audit::subject_id(encoded(carol_))), "(erased)");
    EXPECT_TRUE(people.of(audit::subject_id(encoded(carol_))).erased);
    EXPECT_EQ(people.name_of(unknown_), "subject:abcdef01");
    EXPECT_EQ(people.name_of({}), "");
    EXPECT_EQ(people.opening_of(alice_id_), encoded(alice()));
    EXPECT_TRUE(people.opening_of(unknown_).empty());
}

TEST_F(PeopleOfALog, AClientIsItsAddressAndPort) {
    People people = open(directory_.path() / "audit");
    audit::Event event;
    EXPECT_EQ(people.client_of(event), "");
    event.client_port = 40000;
    EXPECT_EQ(people.client_of(event), ":40000");
    event.subject = alice_id_;
    EXPECT_EQ(people.client_of(event), "10.91.1.2:40000");
}

TEST_F(PeopleOfALog, AreFoundByWhatTheyAre) {
    People people = open(directory_.path() / "audit");
    const auto found =
        people.all([](const audit::Subject& subject) { return subject.principal == "user:alice"; });
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (People::Ids{alice_id_}));
}

TEST(People, WithoutAFileKnowsNobody) {
    const TempDirectory directory;
    auto people = open_people(directory.path() / "audit", {});
    ASSERT_TRUE(people);
    EXPECT_EQ(people->name_of(audit::SubjectId{{1}}), "subject:01000000");
    EXPECT_EQ(people->all([](const audit::Subject&) { return true; })->size(), 0U);
}

}  // namespace
}  // namespace sluice::app
