#include "app/cli_suggest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "store/subjects_store.h"
#include "unit/auditlog/support.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;
using auditlog::testing::LogBuilder;
using auditlog::testing::TempDirectory;

Buffer encoded(const std::string& principal) {
    audit::Subject subject;
    subject.principal = principal;
    return audit::encode_subject(subject, {1});
}

audit::Event event(audit::EventType type, const std::string& principal, const std::string& topic,
                   std::int64_t wall_ns) {
    audit::Event event;
    event.type = type;
    event.subject = audit::subject_id(encoded(principal));
    event.topic = topic;
    event.wall_ns = wall_ns;
    return event;
}

SuggestQuestion between(std::int64_t since_ns, std::int64_t until_ns) {
    SuggestQuestion question;
    question.options.since_ns = since_ns;
    question.options.until_ns = until_ns;
    return question;
}

std::string text_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

class SuggestFromLog : public testing::Test {
  protected:
    SuggestFromLog() {
        using enum audit::EventType;
        LogBuilder(folder_.path())
            .block({event(fetch, "net:a", "old", 10), event(fetch, "net:a", "orders", 20)})
            .block({event(produce, "net:b", "orders", 30), event(fetch, "net:a", "new", 40)});
        const Buffer names[] = {encoded("net:a"), encoded("net:b")};
        auto store = store::SubjectsStore::open(people_file());
        EXPECT_TRUE(store && (*store)->put(names, 1));
    }
    [[nodiscard]] fs::path people_file() const { return folder_.path() / "people.db"; }
    [[nodiscard]] SuggestAnswer asked(const SuggestQuestion& question) const {
        People known = people();
        return suggest_from_log(folder_.path(), question, known);
    }
    [[nodiscard]] People people() const {
        auto known = People::open(people_file());
        EXPECT_TRUE(known);
        return *std::move(known);
    }
    TempDirectory folder_;
};

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(SuggestFromLog, TakesWhatWasRecordedInThatTime) {
    const SuggestAnswer answer = asked(between(20, 40));
    EXPECT_EQ(answer.code, kSuggestWhole) << answer.err;
    EXPECT_EQ(answer.err, "");
    EXPECT_EQ(answer.suggestion.grants, 2u);
    EXPECT_TRUE(says(answer.suggestion.policy, "to: [\"net:b\"]\n    allow: [topic.write]"));
    EXPECT_FALSE(says(answer.suggestion.policy, "old"));
    EXPECT_FALSE(says(answer.suggestion.policy, "\"new\""));
}

TEST_F(SuggestFromLog, TakesWhoWasAskedFor) {
    SuggestQuestion question = between(0, 100);
    question.principal = "net:b*";
    const SuggestAnswer answer = asked(question);
    EXPECT_EQ(answer.suggestion.grants, 1u);
    EXPECT_FALSE(says(answer.suggestion.policy, "net:a"));
}

TEST_F(SuggestFromLog, SaysThatNothingWasSeen) {
    const SuggestAnswer answer = asked(between(100, 200));
    EXPECT_EQ(answer.code, kSuggestPartly);
    EXPECT_EQ(answer.err,
              "sluice policy suggest: nothing was recorded in that time that could be granted\n");
    EXPECT_EQ(answer.suggestion.policy, "");
}

TEST_F(SuggestFromLog, SaysWhatItLeftOut) {
    using enum audit::EventType;
    audit::Event unnamed = event(fetch, "net:a", "", 50);
    unnamed.topic_id = TopicId{{1}};
    TempDirectory other;
    LogBuilder(other.path())
        .block(
            {event(fetch, "net:a", "orders", 20), event(fetch, "net:a", "bad\nname", 21), unnamed});
    People known = people();
    const SuggestAnswer answer = suggest_from_log(other.path(), between(0, 100), known);
    EXPECT_EQ(answer.code, kSuggestPartly);
    EXPECT_TRUE(says(answer.err, "left out: 1 use by \"net:a\" of names that no pattern"))
        << answer.err;
    EXPECT_TRUE(says(answer.err, "left out: 1 event about something that the log does not name"))
        << answer.err;
    EXPECT_EQ(answer.suggestion.grants, 1u);
}

TEST_F(SuggestFromLog, WhatFitsIntoNoFileIsNoSuggestion) {
    TempDirectory other;
    LogBuilder log(other.path());
    const std::string end(240, 'x');
    for (int block = 0; block < 50; ++block) {
        std::vector<audit::Event> events;
        for (int n = 0; n < 100; ++n)
            events.push_back(event(audit::EventType::fetch, "net:a",
                                   std::to_string(100 * block + n) + "-" + end, 20));
        log.block(events);
    }
    SuggestQuestion question = between(0, 100);
    People known = people();
    const SuggestAnswer answer = suggest_from_log(other.path(), question, known);
    EXPECT_EQ(answer.code, kSuggestFailed);
    EXPECT_TRUE(says(answer.err, "does not fit into one file")) << answer.err;
    EXPECT_EQ(answer.suggestion.policy, "");
}

TEST_F(SuggestFromLog, ThatIsMissingIsNamed) {
    People known = people();
    const SuggestAnswer answer = suggest_from_log(folder_.path() / "none", between(0, 100), known);
    EXPECT_EQ(answer.code, kSuggestFailed);
    EXPECT_TRUE(says(answer.err, "no audit log in")) << answer.err;
}

TEST(WriteSuggestion, WritesBothFilesAndNeverOverOne) {
    TempDirectory folder;
    policy::Suggestion suggestion;
    suggestion.policy = "one\n";
    suggestion.expect = "two\n";
    ASSERT_TRUE(write_suggestion(folder.path(), suggestion));
    EXPECT_EQ(text_of(folder.path() / "suggested.yaml"), "one\n");
    EXPECT_EQ(text_of(folder.path() / "suggested.expect.yaml"), "two\n");

    suggestion.policy = "three\n";
    const Status again = write_suggestion(folder.path(), suggestion);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::denied);
    EXPECT_EQ(text_of(folder.path() / "suggested.yaml"), "one\n");
}

TEST(WriteSuggestion, WritesNoneWhereOneIsThere) {
    TempDirectory folder;
    std::ofstream(folder.path() / "suggested.expect.yaml") << "mine\n";
    EXPECT_FALSE(write_suggestion(folder.path(), {}));
    EXPECT_FALSE(fs::exists(folder.path() / "suggested.yaml"));
    EXPECT_EQ(text_of(folder.path() / "suggested.expect.yaml"), "mine\n");
}

TEST(WriteSuggestion, WritesNotWhereALinkPoints) {
    TempDirectory folder;
    fs::create_symlink(folder.path() / "elsewhere", folder.path() / "link");
    EXPECT_FALSE(write_new_file(folder.path() / "link", "x"));
    EXPECT_FALSE(fs::exists(folder.path() / "elsewhere"));
}

}  // namespace
}  // namespace sluice::app
