#include <gtest/gtest.h>

#include "auditlog/reader.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::Event;
using audit::EventType;
using audit::Outcome;
using Op = WhoQuestion::Op;

constexpr TopicId kOrdersId{{1, 2, 3}};

Event event_of(EventType type, std::uint64_t session) {
    Event event;
    event.type = type;
    event.session = session;
    event.topic = "orders";
    event.partition = 3;
    return event;
}
Event read_lease(std::uint64_t session, std::int64_t fetch_offset) {
    Event event = event_of(EventType::read_lease, session);
    event.fetch_offset = fetch_offset;
    return event;
}
Event write_lease(std::uint64_t session) {
    return event_of(EventType::write_lease, session);
}
Event fetch(std::uint64_t session, std::int64_t first, std::int64_t last) {
    Event event = event_of(EventType::fetch, session);
    event.outcome = Outcome::ok;
    event.fetch_offset = first;
    event.offsets = {first, last};
    return event;
}
Event produce(std::uint64_t session, std::int64_t first, std::int64_t last) {
    Event event = event_of(EventType::produce, session);
    event.outcome = Outcome::ok;
    event.acks = -1;
    event.offsets = {first, last};
    return event;
}
Event unknown(Event event) {
    event.outcome = Outcome::unknown;
    return event;
}
Event unknown_produce(std::uint64_t session) {
    return unknown(produce(session, -1, -1));
}
Event failed_produce(std::uint64_t session, std::int16_t error_code) {
    Event event = produce(session, -1, -1);
    event.outcome = Outcome::error;
    event.error_code = error_code;
    return event;
}
Event close_of(std::uint64_t session) {
    Event event;
    event.type = EventType::session_close;
    event.session = session;
    return event;
}
Event by_id(Event event) {
    event.topic.clear();
    event.topic_id = kOrdersId;
    return event;
}
Event with_id(Event event) {
    event.topic_id = kOrdersId;
    return event;
}

class Who : public ::testing::Test {
  protected:
    void write(std::vector<Event> events) {
        events_ = std::move(events);
        LogBuilder(directory_.path()).block(events_).close();
    }
    // The answers by index; a possible one as its index plus `kPossible`.
    static constexpr std::uint64_t kPossible = 1000;
    std::vector<std::uint64_t> ask(const WhoQuestion& question) {
        const auto answers = who(directory_.path(), question);
        EXPECT_TRUE(answers) << (answers ? "" : answers.error().context);
        std::vector<std::uint64_t> found;
        for (const WhoAnswer& answer : *answers) {
            EXPECT_EQ(answer.entry.event, events_[answer.entry.index]);
            found.push_back(answer.entry.index + (answer.possible ? kPossible : 0));
        }
        return found;
    }
    std::vector<std::uint64_t> ask(std::int64_t offset, Op op = Op::any) {
        return ask(WhoQuestion{"orders", {}, 3, offset, op});
    }
    using Answers = std::vector<std::uint64_t>;

    TempDirectory directory_;
    std::vector<Event> events_;
};

TEST_F(Who, NamesWhoReadAndWhoWroteAnOffset) {
    write({produce(1, 0, 9), produce(2, 10, 19), fetch(3, 5, 14), fetch(4, 10, 10)});
    EXPECT_EQ(ask(4), (Answers{0}));
    EXPECT_EQ(ask(5), (Answers{0, 2}));
    EXPECT_EQ(ask(10), (Answers{1, 2, 3}));
    EXPECT_EQ(ask(19), (Answers{1}));
    EXPECT_EQ(ask(20), (Answers{}));
    EXPECT_EQ(ask(10, Op::read), (Answers{2, 3}));
    EXPECT_EQ(ask(10, Op::write), (Answers{1}));
}

TEST_F(Who, KeepsTopicsAndPartitionsApart) {
    Event elsewhere = produce(1, 0, 9);
    elsewhere.partition = 4;
    Event other = produce(1, 0, 9);
    other.topic = "orders.eu";
    write({elsewhere, other});
    EXPECT_EQ(ask(5), (Answers{}));
    EXPECT_EQ(ask(WhoQuestion{"orders", {}, 4, 5, Op::any}), (Answers{0}));
    EXPECT_EQ(ask(WhoQuestion{"orders.eu", {}, 3, 5, Op::any}), (Answers{1}));
}

TEST_F(Who, AnOpenReadLeaseIsPossibleFromItsOffsetOn) {
    write({read_lease(1, 100)});
    EXPECT_EQ(ask(99), (Answers{}));
    EXPECT_EQ(ask(100), (Answers{kPossible + 0}));
    EXPECT_EQ(ask(1'000'000, Op::read), (Answers{kPossible + 0}));
    EXPECT_EQ(ask(100, Op::write), (Answers{}));
}

TEST_F(Who, AReadLeaseIsClosedByTheSessionsEnd) {
    write({read_lease(1, 100), read_lease(2, 100), close_of(1)});
    EXPECT_EQ(ask(100), (Answers{kPossible + 1}));
}

TEST_F(Who, AnOutcomeOfTheSessionStandsForItsLease) {
    write({read_lease(1, 100), fetch(1, 100, 199)});
    EXPECT_EQ(ask(150), (Answers{1}));
    EXPECT_EQ(ask(200), (Answers{kPossible + 0}));
}

TEST_F(Who, TheNewestLeaseThatReachesTheOffsetStandsForTheSession) {
    write({read_lease(1, 100), read_lease(1, 300), read_lease(1, 200), read_lease(1, 400)});
    EXPECT_EQ(ask(150), (Answers{kPossible + 0}));
    EXPECT_EQ(ask(350), (Answers{kPossible + 2}));
    EXPECT_EQ(ask(400), (Answers{kPossible + 3}));
}

TEST_F(Who, AFetchCutShortIsPossibleFromWhereItBegan) {
    Event cut = unknown(fetch(1, 100, 149));
    cut.fetch_offset = 120;
    write({read_lease(1, 120), cut, close_of(1)});
    EXPECT_EQ(ask(99), (Answers{}));
    EXPECT_EQ(ask(100), (Answers{kPossible + 1}));
    EXPECT_EQ(ask(5000), (Answers{kPossible + 1}));
}

TEST_F(Who, AReadLeaseReachesTheWholeRequestThatItsOffsetWasWrittenWith) {
    // Brokers answer with whole batches: who asks for 105 gets 100 to 109 where they are one.
    write({produce(1, 100, 109), read_lease(2, 105)});
    EXPECT_EQ(ask(100, Op::read), (Answers{kPossible + 1}));
    EXPECT_EQ(ask(99, Op::read), (Answers{}));
}

TEST_F(Who, AnOpenWriteLeaseIsPossibleForWhatWasNotYetWritten) {
    write({produce(1, 0, 99), write_lease(2)});
    EXPECT_EQ(ask(50), (Answers{0}));
    EXPECT_EQ(ask(100), (Answers{kPossible + 1}));
    EXPECT_EQ(ask(100, Op::read), (Answers{}));
}

TEST_F(Who, AnOffsetIsWrittenOnce) {
    write({write_lease(2), produce(1, 100, 199)});
    EXPECT_EQ(ask(150), (Answers{1}));
    EXPECT_EQ(ask(99), (Answers{kPossible + 0}));
}

TEST_F(Who, AWriteLeaseIsClosedByTheSessionsEnd) {
    write({write_lease(1), close_of(1)});
    EXPECT_EQ(ask(0), (Answers{}));
}

TEST_F(Who, AProduceWithoutAnAnswerIsPossibleEvenAfterTheSessionsEnd) {
    write({produce(9, 0, 9), write_lease(1), unknown_produce(1), close_of(1)});
    EXPECT_EQ(ask(10), (Answers{kPossible + 2}));
    EXPECT_EQ(ask(9), (Answers{0}));
}

TEST_F(Who, AProduceThatWantsNoAnswerIsPossible) {
    Event unacknowledged = produce(1, -1, -1);
    unacknowledged.acks = 0;
    write({write_lease(1), unacknowledged, unacknowledged, close_of(1)});
    EXPECT_EQ(ask(0), (Answers{kPossible + 2}));
}

TEST_F(Who, AFailedProduceIsPossibleOnlyWhereTheErrorLeavesItOpen) {
    write({failed_produce(1, 29), failed_produce(2, 7), failed_produce(3, 20)});
    EXPECT_EQ(ask(0), (Answers{kPossible + 1, kPossible + 2}));
}

TEST_F(Who, FindsEntriesThatGiveOnlyTheTopicsId) {
    write({with_id(produce(1, 0, 9)), by_id(fetch(2, 0, 9)), by_id(read_lease(3, 0))});
    EXPECT_EQ(ask(5), (Answers{0, 1, kPossible + 2}));
    EXPECT_EQ(ask(WhoQuestion{"", kOrdersId, 3, 5, Op::any}), (Answers{0, 1, kPossible + 2}));
}

TEST_F(Who, FindsThemAlsoWhereTheNameIsLearnedLater) {
    write({by_id(fetch(2, 0, 9)), by_id(read_lease(3, 0)), with_id(produce(1, 0, 9))});
    EXPECT_EQ(ask(5), (Answers{0, kPossible + 1, 2}));
}

TEST_F(Who, AQuestionByIdFindsEntriesThatGiveOnlyTheName) {
    write({produce(1, 0, 9), with_id(fetch(2, 0, 9))});
    EXPECT_EQ(ask(WhoQuestion{"", kOrdersId, 3, 5, Op::any}), (Answers{0, 1}));
}

TEST_F(Who, AQuestionByIdKeepsAnotherTopicOfThatNameApart) {
    Event earlier = produce(1, 0, 9);
    earlier.topic_id = TopicId{{9}};
    write({earlier, with_id(fetch(2, 0, 9))});
    EXPECT_EQ(ask(WhoQuestion{"", kOrdersId, 3, 5, Op::any}), (Answers{1}));
    EXPECT_EQ(ask(5), (Answers{0, 1}));
}

TEST_F(Who, OtherRequestsAreNoAnswer) {
    Event refused = fetch(1, 0, 9);
    refused.type = EventType::refused;
    Event empty = fetch(1, -1, -1);
    write({refused, empty, event_of(EventType::request, 1)});
    EXPECT_EQ(ask(5), (Answers{}));
}

TEST_F(Who, ABatchIsAnsweredInTheOrderOfItsQuestions) {
    write({produce(1, 0, 9), fetch(2, 5, 14), read_lease(3, 12)});
    const std::vector<WhoQuestion> questions = {
        {"orders", {}, 3, 13, Op::any}, {"orders", {}, 3, 5, Op::read},
        {"nothing", {}, 3, 5, Op::any}, {"orders", {}, 3, 5, Op::any},
        {"orders", {}, 3, 13, Op::any},
    };
    const auto answers = who_batch(directory_.path(), questions);
    ASSERT_TRUE(answers);
    const WhoAnswer produced{{0, events_[0]}, false}, read{{1, events_[1]}, false},
        lease{{2, events_[2]}, true};
    const std::vector<std::vector<WhoAnswer>> expected = {
        {read, lease}, {read}, {}, {produced, read}, {read, lease}};
    EXPECT_EQ(*answers, expected);
}

}  // namespace
}  // namespace sluice::auditlog
