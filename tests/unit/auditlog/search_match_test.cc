#include "auditlog/search_match.h"

#include <gtest/gtest.h>

#include "auditlog/index_builder.h"
#include "auditlog/index_file.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

bool matches(const audit::Event& event, const SearchQuestion& question) {
    Buffer entry;
    audit::encode(event, entry);
    const auto found = matching_event(entry, question);
    EXPECT_TRUE(!found || *found == event);
    return found.has_value();
}

TEST(SearchMatch, DecisionsAreFoundByWhatTheyWereAboutAndByRule) {
    audit::Event event = audit::examples::everything();
    event.operation = "topic.read";
    event.rules = "orders-readers,rewind";
    event.outcome = audit::Outcome::refused;
    SearchQuestion question;
    question.operation = "topic.*";
    question.outcome = audit::Outcome::refused;
    for (const char* rule : {"", "orders-readers", "rewind"}) {
        question.rule = rule;
        EXPECT_TRUE(matches(event, question)) << rule;
    }
    for (const char* rule : {"orders", "readers", "orders-readers,rewind", "rewind,"}) {
        question.rule = rule;
        EXPECT_FALSE(matches(event, question)) << rule;
    }
    question.rule.clear();
    question.outcome = audit::Outcome::ok;
    EXPECT_FALSE(matches(event, question));
}

TEST(SearchMatch, OffsetsOverlap) {
    audit::Event event = audit::examples::fetch();
    event.offsets = {10, 19};
    SearchQuestion question;
    for (const OffsetRange range : {OffsetRange{19, 19}, {0, 10}, {12, 13}, {0, 100}}) {
        question.offsets = range;
        EXPECT_TRUE(matches(event, question)) << range.first;
    }
    for (const OffsetRange range : {OffsetRange{20, 30}, {0, 9}}) {
        question.offsets = range;
        EXPECT_FALSE(matches(event, question)) << range.first;
    }
    event.offsets = {-1, -1};
    question.offsets = OffsetRange{0, 100};
    EXPECT_FALSE(matches(event, question));
}

class CandidatesOf : public ::testing::Test {
  protected:
    CandidatesOf() {
        IndexBuilder builder(0);
        Buffer body;
        for (std::uint64_t i = 0; i < 10; ++i) {
            audit::Event event = audit::examples::fetch();
            event.wall_ns = 1000 + static_cast<std::int64_t>(i);
            event.session = i % 5;
            event.subject = {{static_cast<Byte>(1 + i % 3)}};
            append_entry(body, event);
        }
        builder.add({0, 10, {}, body}, 4096);
        view_.emplace(*IndexView::open(reader_of(builder.finish({}))));
    }
    std::optional<IndexView> view_;
    SearchQuestion question_;
    const std::optional<Candidates> all_{Candidates{}};
};

TEST_F(CandidatesOf, ASegmentByTime) {
    question_.since_ns = 1009;
    EXPECT_EQ(candidates(*view_, question_), all_);
    question_.since_ns = 1010;
    EXPECT_EQ(candidates(*view_, question_), std::nullopt);
    question_.since_ns.reset();
    question_.until_ns = 1001;
    EXPECT_EQ(candidates(*view_, question_), all_);
    question_.until_ns = 1000;
    EXPECT_EQ(candidates(*view_, question_), std::nullopt);
}

TEST_F(CandidatesOf, ASegmentByTypeAndTopic) {
    for (const char* type : {"fetch", "f*", "*"}) {
        question_.type = type;
        EXPECT_EQ(candidates(*view_, question_), all_) << type;
    }
    question_.type = "produce";
    EXPECT_EQ(candidates(*view_, question_), std::nullopt);
    question_.type.clear();
    for (const char* topic : {"orders", "ord*", "*"}) {
        question_.topic = topic;
        EXPECT_EQ(candidates(*view_, question_), all_) << topic;
    }
    for (const char* topic : {"order", "pay*"}) {
        question_.topic = topic;
        EXPECT_EQ(candidates(*view_, question_), std::nullopt) << topic;
    }
}

TEST_F(CandidatesOf, ASegmentBySession) {
    question_.session = 3;
    EXPECT_EQ(candidates(*view_, question_), (Candidates{3, 8}));
    question_.session = 5;
    EXPECT_EQ(candidates(*view_, question_), std::nullopt);
}

TEST_F(CandidatesOf, ASegmentBySubject) {
    question_.subject = [](const audit::SubjectId& id) { return id.bytes[0] == 3; };
    EXPECT_EQ(candidates(*view_, question_), all_);
    question_.subject = [](const audit::SubjectId& id) { return id.bytes[0] == 4; };
    EXPECT_EQ(candidates(*view_, question_), std::nullopt);
}

}  // namespace
}  // namespace sluice::auditlog
