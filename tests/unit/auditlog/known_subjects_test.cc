#include "auditlog/known_subjects.h"

#include <gtest/gtest.h>

#include <set>

#include "base/limits.h"

namespace sluice::auditlog {
namespace {

audit::Subject named(const std::string& principal) {
    audit::Subject subject;
    subject.principal = principal;
    return subject;
}

TEST(KnownSubjects, TheSameNamesHaveTheSameIdAndAreKeptOnce) {
    KnownSubjects known;
    const auto first = known.name(named("user:alice"), 1);
    EXPECT_EQ(first.id, audit::subject_id(first.encoded));
    ASSERT_TRUE(audit::decode_subject(first.encoded));
    EXPECT_EQ(*audit::decode_subject(first.encoded), named("user:alice"));
    const auto again = known.name(named("user:alice"), 1);
    EXPECT_EQ(again.id, first.id);
    EXPECT_TRUE(again.encoded.empty());
}

TEST(KnownSubjects, OneFieldMoreIsSomebodyElse) {
    KnownSubjects known;
    audit::Subject from_there = named("user:alice");
    from_there.address = 0x0a5b0102;
    EXPECT_NE(known.name(from_there, 1).id, known.name(named("user:alice"), 1).id);
}

// Nobody can try names against an id.
TEST(KnownSubjects, AnotherProducerDrawsAnotherSalt) {
    KnownSubjects one, other;
    EXPECT_NE(one.name(named("user:alice"), 1).id, other.name(named("user:alice"), 1).id);
}

TEST(KnownSubjects, AnotherEpochForgetsAll) {
    KnownSubjects known;
    const auto before = known.name(named("user:alice"), 1);
    const auto after = known.name(named("user:alice"), 2);
    EXPECT_NE(after.id, before.id);
    EXPECT_FALSE(after.encoded.empty());
}

TEST(KnownSubjects, RemembersOnlySoMany) {
    KnownSubjects known;
    for (std::size_t i = 0; i <= limits::known_subjects_max; ++i)
        known.name(named("user:" + std::to_string(i)), 1);
    EXPECT_LE(known.size(), limits::known_subjects_max);
}

}  // namespace
}  // namespace sluice::auditlog
