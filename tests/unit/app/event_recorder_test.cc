#include "app/event_recorder.h"

#include <gtest/gtest.h>

#include "unit/app/fakes.h"

namespace sluice::app {
namespace {

using namespace std::chrono_literals;

NamedEvent started() {
    NamedEvent named;
    named.event.type = audit::EventType::gateway_start;
    named.event.reason = "version_1";
    return named;
}

TEST(EventRecorder, ReturnsOnceTheEventIsOnDisk) {
    fakes::Log::Written written;
    fakes::Log log(written);
    EventRecorder recorder(log);
    EXPECT_TRUE(recorder.record_and_wait(started(), 1h));
    EXPECT_TRUE(recorder.record(started()));
    EXPECT_EQ(written.events, (std::vector<audit::Event>{started().event, started().event}));
}

TEST(EventRecorder, NamesWhoAnEventIsAbout) {
    fakes::Log::Written written;
    fakes::Log log(written);
    EventRecorder recorder(log);
    NamedEvent vote;
    vote.event.type = audit::EventType::approval;
    vote.subject.emplace();
    vote.subject->principal = "user:alice";
    vote.actor.emplace();
    vote.actor->human = "carol";
    vote.actor->comment = "as alice asked";
    EXPECT_TRUE(recorder.record_and_wait(vote, 1h));
    ASSERT_EQ(written.events.size(), 1U);
    EXPECT_EQ(written.subjects.at(written.events[0].subject), *vote.subject);
    EXPECT_EQ(written.subjects.at(written.events[0].comment), *vote.actor);
    vote.actor->comment.clear();
    EXPECT_EQ(written.subjects.at(written.events[0].actor), *vote.actor);
}

TEST(EventRecorder, SaysThatTheLogCannotBeWritten) {
    fakes::Log::Written written;
    written.failed = true;
    fakes::Log log(written);
    EventRecorder recorder(log);
    EXPECT_EQ(recorder.record_and_wait(started(), 1h).error(),
              (Error{Errc::unavailable, "the audit log cannot be written"}));
    EXPECT_TRUE(recorder.record(started()));  // waits in the queue for better times
}

TEST(EventRecorder, SaysThatTheQueueIsFull) {
    fakes::Log::Written written;
    written.full = true;
    fakes::Log log(written);
    EventRecorder recorder(log);
    const Error full{Errc::unavailable, "the audit queue is full"};
    EXPECT_EQ(recorder.record_and_wait(started(), 1h).error(), full);
    EXPECT_EQ(recorder.record(started()).error(), full);
}

// A log that neither writes nor fails.
class SilentLog final : public auditlog::Log {
    class Producer final : public auditlog::Producer {
        auditlog::Ticket submit(Bytes) override { return 1; }
        void hurry() override {}
        [[nodiscard]] auditlog::Ticket durable() const override { return 0; }
        audit::SubjectId subject(const audit::Subject&) override { return {}; }
        [[nodiscard]] std::uint64_t subject_epoch() const override { return 1; }
    };
    std::unique_ptr<auditlog::Producer> producer(std::function<void()>) override {
        return std::make_unique<Producer>();
    }
    [[nodiscard]] bool failed() const override { return false; }
    [[nodiscard]] const auditlog::LogCounters& counters() const override { return counters_; }
    [[nodiscard]] std::uint64_t size() const override { return 0; }
    void forget_subjects() override {}
    auditlog::LogCounters counters_;
};

TEST(EventRecorder, DoesNotWaitForEver) {
    SilentLog log;
    EventRecorder recorder(log);
    EXPECT_EQ(recorder.record_and_wait(started(), 0s).error(),
              (Error{Errc::unavailable, "the audit log did not answer in time"}));
}

}  // namespace
}  // namespace sluice::app
