#include "auditlog/who_index.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "auditlog/index_file.h"
#include "auditlog/pruned.h"
#include "auditlog/who.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::Event;
using audit::EventType;
using audit::Outcome;

// Logs as gateways write them, small and dense: every kind of access, sessions that end or not,
// topics that are deleted and made again, entries with a name, an id, or both.
class RandomLog {
  public:
    RandomLog(const std::filesystem::path& directory, std::uint32_t seed)
        : directory_(directory), random_(seed) {
        LogBuilder log(directory, audit::kSegmentHeaderBytes + below(3000) + 300);
        for (std::uint64_t blocks = 5 + below(60); blocks > 0; --blocks) {
            std::vector<Event> events;
            for (std::uint64_t count = 1 + below(5); count > 0; --count) events.push_back(next());
            log.block(events);
        }
        log.close();
        index_some();
    }

    WhoQuestion question() {
        WhoQuestion question;
        if (below(2) == 0)
            question.topic = below(4) == 0 ? "payments" : "orders";
        else
            question.topic_id = TopicId{{static_cast<Byte>(1 + below(4))}};
        if (question.topic_id && below(4) == 0) question.topic = "orders";
        question.partition = static_cast<std::int32_t>(below(2));
        question.offset = static_cast<std::int64_t>(below(70));
        question.op = static_cast<WhoQuestion::Op>(below(3));
        return question;
    }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  private:
    struct Topic {
        const char* name;
        Byte id;
        std::int64_t written[2];
    };

    Event next() {
        Event event;
        event.wall_ns = wall_ += static_cast<std::int64_t>(below(1000));
        if (below(25) == 0) {  // deleted, and made again
            orders_.id = static_cast<Byte>(1 + below(3));
            orders_.written[0] = orders_.written[1] = 0;
        }
        Topic& topic = below(4) == 0 ? payments_ : orders_;
        event.partition = static_cast<std::int32_t>(below(2));
        const auto called = below(4);
        if (called != 0) event.topic = topic.name;
        if (called != 1) event.topic_id = TopicId{{topic.id}};
        std::uint64_t& session = sessions_[below(std::size(sessions_))];
        event.session = session;
        if (below(12) == 0) {
            event = Event{};
            event.type = EventType::session_close;
            event.session = session;
            session = below(1'000'000);
            return event;
        }
        access(event, topic.written[event.partition]);
        return event;
    }
    void access(Event& event, std::int64_t& written) {
        const auto some = [this](std::uint64_t bound) {
            return static_cast<std::int64_t>(below(bound));
        };
        event.outcome = Outcome::ok;
        switch (below(10)) {
            case 0:
            case 1:
                event.type = EventType::read_lease;
                event.fetch_offset = some(60) - 1;
                return;
            case 2:
                event.type = EventType::write_lease;
                return;
            case 3:
            case 4:
                event.type = EventType::produce;
                event.offsets.first = written + (below(5) == 0 ? some(5) : 0);
                event.offsets.last = event.offsets.first + some(6);
                written = event.offsets.last + 1;
                return;
            case 5:
                event.type = EventType::produce;
                event.outcome = static_cast<Outcome>(below(5));
                event.error_code = below(2) == 0 ? std::int16_t{7} : std::int16_t{29};
                return;
            case 6:
                event.type = EventType::fetch;
                event.outcome = Outcome::unknown;
                event.fetch_offset = some(60);
                if (below(2) == 0) event.offsets = {event.fetch_offset - 1, event.fetch_offset + 5};
                return;
            case 7:
                event.type = EventType::request;
                return;
            default:
                event.type = EventType::fetch;
                event.offsets.first = below(8) == 0 ? -1 : some(60);
                if (event.offsets.first >= 0) event.offsets.last = event.offsets.first + some(12);
        }
    }
    // Of some segments the sidecar is sound, of others it is torn, or that of another, or missing.
    void index_some() {
        const auto files = real_file_system();
        const auto segments = indexable_segments(directory_);
        ASSERT_TRUE(segments);
        Buffer before;
        for (const IndexableSegment& segment : *segments) {
            if (!segment.sealed) break;
            auto made = make_index(segment);
            ASSERT_TRUE(made) << made.error().context;
            const auto fate = below(8);
            if (fate == 0) continue;
            if (fate == 1) made->pages.resize(below(made->pages.size()));
            if (fate == 2) made->pages[below(made->pages.size())] ^= 0x40;
            if (fate == 3 && !before.empty()) made->pages = before;
            ASSERT_TRUE(write_index(*files, segment.file, made->pages));
            before = made->pages;
        }
        if (segments->size() < 2 || below(4) != 0) return;
        // Dropped by retention; whoever asks needs no leaves.
        const SegmentFile& first = (*segments)[1].file;
        ASSERT_TRUE(write_pruned(
            *files, directory_,
            {first.number, first.first_index, std::vector<Digest>(first.first_index % 256)}));
        std::filesystem::remove(segments->front().file.path);
    }

    const std::filesystem::path& directory_;
    std::mt19937 random_;
    std::int64_t wall_ = 1'700'000'000'000'000'000;
    Topic orders_{"orders", 1, {0, 0}}, payments_{"payments", 4, {0, 0}};
    std::uint64_t sessions_[5] = {11, 12, 13, 14, 15};
};

std::string text(const WhoQuestion& question) {
    return question.topic + "/" +
           (question.topic_id ? std::to_string(question.topic_id->bytes[0]) : "-") + "-" +
           std::to_string(question.partition) + " at " + std::to_string(question.offset) + " op " +
           std::to_string(static_cast<int>(question.op));
}

using Answers = std::vector<std::pair<std::uint64_t, bool>>;
Answers in_short(const std::vector<WhoAnswer>& answers) {
    Answers all;
    for (const WhoAnswer& answer : answers) all.emplace_back(answer.entry.index, answer.possible);
    return all;
}

std::vector<WhoAnswer> page_by_page(Who& log, const WhoQuestion& question, WhoPage page) {
    std::vector<WhoAnswer> all;
    while (true) {
        const auto report = log.ask(question, page);
        EXPECT_TRUE(report);
        if (!report) return all;
        EXPECT_TRUE(!report->more || report->answers.size() == page.limit);
        all.insert(all.end(), report->answers.begin(), report->answers.end());
        if (!report->more) return all;
        page.after = all.back().entry.index;
    }
}

void compare(RandomLog& random, const std::filesystem::path& directory) {
    std::vector<WhoQuestion> questions;
    for (int i = 0; i < 24; ++i) questions.push_back(random.question());
    auto log = Who::open(directory, questions);
    ASSERT_TRUE(log) << log.error().context;
    for (const WhoQuestion& question : questions) {
        const auto expected = scan_for_who(directory, {&question, 1});
        ASSERT_TRUE(expected) << expected.error().context;
        const auto report = log->ask(question);
        ASSERT_TRUE(report) << report.error().context;
        ASSERT_EQ(in_short(report->answers), in_short(expected->front())) << text(question);
        ASSERT_EQ(report->answers, expected->front());
        ASSERT_FALSE(report->more);
        WhoPage page;
        page.limit = 1 + random.below(4);
        ASSERT_EQ(in_short(page_by_page(*log, question, page)), in_short(report->answers));
        if (report->answers.empty()) continue;
        page.since_ns = report->answers[random.below(report->answers.size())].entry.event.wall_ns;
        page.until_ns = *page.since_ns + 500;
        std::vector<WhoAnswer> within = expected->front();
        std::erase_if(within, [&page](const WhoAnswer& answer) {
            const auto wall = answer.entry.event.wall_ns;
            return wall < *page.since_ns || wall >= *page.until_ns;
        });
        ASSERT_EQ(in_short(page_by_page(*log, question, page)), in_short(within));
    }
}

TEST(WhoByIndex, AnswersWhatTheScanOfAllEntriesAnswers) {
    const char* more = std::getenv("SLUICE_WHO_LOGS");
    const std::uint32_t logs = more == nullptr ? 300 : static_cast<std::uint32_t>(std::atoi(more));
    for (std::uint32_t seed = 0; seed < logs && !::testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        TempDirectory directory;
        RandomLog random(directory.path(), seed);
        compare(random, directory.path());
    }
}

}  // namespace
}  // namespace sluice::auditlog
