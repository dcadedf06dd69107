#include <gtest/gtest.h>

#include "auditlog/reader.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::EventType;

constexpr audit::SubjectId kAlice{{0xa1, 0x1c, 0xe0}};

class Search : public ::testing::Test {
  protected:
    // Six events that differ in one field each from the first.
    void SetUp() override {
        events_.assign(6, audit::examples::fetch());
        events_[1].subject = kAlice;
        events_[2].topic = "payments";
        events_[3].type = EventType::produce;
        events_[3].api_key = 0;
        events_[4].client_port = 1234;
        events_[4].error_code = 29;
        events_[5].session = 99;
        events_[5].partition = 8;
        events_[5].wall_ns += 1000;
        LogBuilder(directory_.path()).block(events_).close();
    }
    template <class Set>
    std::vector<std::uint64_t> find(Set set) {
        SearchQuestion question;
        set(question);
        const auto entries = search(directory_.path(), question);
        EXPECT_TRUE(entries);
        std::vector<std::uint64_t> found;
        for (const Entry& entry : *entries) {
            EXPECT_EQ(entry.event, events_[entry.index]);
            found.push_back(entry.index);
        }
        return found;
    }
    using Found = std::vector<std::uint64_t>;

    TempDirectory directory_;
    std::vector<audit::Event> events_;
};

TEST_F(Search, WithoutACriterionFindsEverything) {
    EXPECT_EQ(find([](auto&) {}), (Found{0, 1, 2, 3, 4, 5}));
}

TEST_F(Search, EachCriterionNarrows) {
    EXPECT_EQ(find([&](auto& q) { q.subject = [](const auto& id) { return id == kAlice; }; }),
              (Found{1}));
    EXPECT_EQ(find([&](auto& q) { q.client_port = 1234; }), (Found{4}));
    EXPECT_EQ(find([&](auto& q) { q.topic = "pay*"; }), (Found{2}));
    EXPECT_EQ(find([&](auto& q) { q.type = "produce"; }), (Found{3}));
    EXPECT_EQ(find([&](auto& q) { q.api_keys = {0, 7}; }), (Found{3}));
    EXPECT_EQ(find([&](auto& q) { q.error_code = 29; }), (Found{4}));
    EXPECT_EQ(find([&](auto& q) { q.session = 99; }), (Found{5}));
    EXPECT_EQ(find([&](auto& q) { q.partition = 8; }), (Found{5}));
}

TEST_F(Search, TimesAreFromAndUpTo) {
    const std::int64_t wall = events_[0].wall_ns;
    EXPECT_EQ(find([&](auto& q) { q.since_ns = wall + 1; }), (Found{5}));
    EXPECT_EQ(find([&](auto& q) { q.since_ns = wall + 1000; }), (Found{5}));
    EXPECT_EQ(find([&](auto& q) { q.until_ns = wall + 1000; }), (Found{0, 1, 2, 3, 4}));
    EXPECT_EQ(find([&](auto& q) {
                  q.since_ns = wall + 1;
                  q.until_ns = wall + 1000;
              }),
              (Found{}));
}

TEST_F(Search, AllCriteriaHoldTogether) {
    EXPECT_EQ(find([&](auto& q) {
                  q.subject = [](const auto& id) { return id == kAlice; };
                  q.topic = "payments";
              }),
              (Found{}));
    EXPECT_EQ(find([&](auto& q) {
                  q.subject = [](const auto& id) { return id != kAlice; };
                  q.topic = "payments";
              }),
              (Found{2}));
}

TEST_F(Search, TheLimitKeepsTheNewest) {
    EXPECT_EQ(find([&](auto& q) { q.limit = 2; }), (Found{4, 5}));
    EXPECT_EQ(find([&](auto& q) { q.limit = 0; }), (Found{5}));
}

}  // namespace
}  // namespace sluice::auditlog
