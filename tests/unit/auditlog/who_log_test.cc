#include <gtest/gtest.h>

#include "auditlog/reader.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::Event;
using audit::EventType;

using Answers = std::vector<std::pair<std::uint64_t, bool>>;
Answers in_short(const std::vector<WhoAnswer>& answers) {
    Answers all;
    for (const WhoAnswer& answer : answers) all.emplace_back(answer.entry.index, answer.possible);
    return all;
}

Event produced(std::int64_t first, std::int64_t last) {
    Event event;
    event.type = EventType::produce;
    event.outcome = audit::Outcome::ok;
    event.topic = "orders";
    event.partition = 0;
    event.offsets = {first, last};
    return event;
}

class WhoOverSegments : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder log(directory_.path());
        for (int i = 0; i < 4; ++i) log.block({produced(10 * i, 10 * i + 9)}).roll();
        log.block({produced(40, 49)}).close();
    }
    Result<WhoReport> ask(std::int64_t offset) {
        const WhoQuestion question{"orders", {}, 0, offset, WhoQuestion::Op::any};
        auto log = Who::open(directory_.path(), {&question, 1});
        if (!log) return std::move(log).error();
        return log->ask(question);
    }
    TempDirectory directory_;
};

TEST_F(WhoOverSegments, TellsWhatIsMissing) {
    const auto whole = ask(15);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->known, (Known{0, 1'700'000'000'000'000'000, {}}));
    const auto segments = segments_in(directory_.path());
    std::filesystem::remove(segments[0]);
    std::filesystem::remove(segments[2]);
    const auto rest = ask(15);
    ASSERT_TRUE(rest);
    EXPECT_EQ(in_short(rest->answers), (Answers{{1, false}}));
    EXPECT_EQ(rest->known, (Known{1, 1'700'000'000'000'000'000 + 2 * kHour, {{0, 1}, {2, 3}}}));
    const auto lost = ask(25);
    ASSERT_TRUE(lost);
    EXPECT_EQ(in_short(lost->answers), (Answers{}));
}

TEST_F(WhoOverSegments, DamageInASealedSegmentIsToldWhereItIsReached) {
    flip(segments_in(directory_.path())[1], audit::kSegmentHeaderBytes + 60);
    const auto answers = ask(15);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Errc::corrupt);
}

TEST_F(WhoOverSegments, SaysWhereNobodyCanHave) {
    const auto nobody = ask(-1);
    ASSERT_TRUE(nobody);
    EXPECT_EQ(in_short(nobody->answers), (Answers{}));
}

}  // namespace
}  // namespace sluice::auditlog
