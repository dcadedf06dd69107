#include "store/subjects_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "unit/store/support.h"

namespace sluice::store {
namespace {

using audit::Subject;
using audit::SubjectId;
using testing::meddle;
using testing::TempDirectory;

Subject person(const std::string& principal, const std::string& human, std::uint32_t address) {
    Subject subject;
    subject.principal = principal;
    subject.human = human;
    subject.address = address;
    subject.client_id = "console of " + principal;
    return subject;
}

Buffer encoded(const Subject& subject) {
    return audit::encode_subject(subject, {1, 2, 3});
}
SubjectId id_of(const Subject& subject) {
    return audit::subject_id(encoded(subject));
}

const Subject kAlice = person("user:alice", "alice@example.org", 0x0a5b0102);
const Subject kAliceToo = person("svc:etl", "alice@example.org", 0x0a5b0103);
const Subject kBeforeLogin = person("net:10.91.1.2", "", 0x0a5b0102);
const Subject kBob = person("user:bob", "bob@example.org", 0x0a5b0107);
const Subject kNetBob = person("net:10.91.1.7", "", 0x0a5b0107);

std::unique_ptr<SubjectsStore> open(const TempDirectory& directory) {
    auto store = SubjectsStore::open(directory.file());
    EXPECT_TRUE(store) << store.error().context;
    return *std::move(store);
}
void put(SubjectsStore& store, std::initializer_list<Subject> subjects, std::int64_t now_ns = 5) {
    std::vector<Buffer> bodies;
    for (const Subject& subject : subjects) bodies.push_back(encoded(subject));
    ASSERT_TRUE(store.put(bodies, now_ns));
}
std::unique_ptr<SubjectsReader> reader(const TempDirectory& directory) {
    auto opened = SubjectsReader::open(directory.file());
    EXPECT_TRUE(opened) << opened.error().context;
    return *std::move(opened);
}
// What all files of the store hold, free pages and log included.
std::string all_bytes(const TempDirectory& directory) {
    std::ostringstream all;
    for (const auto& file : std::filesystem::directory_iterator(directory.path()))
        if (file.file_size() > 0) all << std::ifstream(file.path(), std::ios::binary).rdbuf();
    EXPECT_TRUE(all.good());
    return all.str();
}

TEST(SubjectsStore, GivesBackWhoAnIdStandsFor) {
    const TempDirectory directory;
    auto store = open(directory);
    put(*store, {kAlice, kBob});
    put(*store, {kAlice});           // twice is once
    auto names = reader(directory);  // beside the writer
    const auto found = names->find(id_of(kAlice));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->subject, kAlice);
    EXPECT_EQ((*found)->encoded, encoded(kAlice));
    const auto unknown = names->find(id_of(kNetBob));
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(*unknown);
    std::map<SubjectId, Subject> all;
    ASSERT_TRUE(names->each([&](const SubjectId& id, const Subject& subject) {
        all[id] = subject;
        return true;
    }));
    EXPECT_EQ(all, (std::map<SubjectId, Subject>{{id_of(kAlice), kAlice}, {id_of(kBob), kBob}}));
}

TEST(SubjectsStore, AnErasedPersonIsInNoByteOfItsFiles) {
    const TempDirectory directory;
    auto store = open(directory);
    put(*store, {kAlice, kBob});
    put(*store, {kAliceToo, kBeforeLogin, kNetBob});
    Subject words = person("", "carol", 0), other_words = words;
    words.comment = "as user:alice asked";
    other_words.comment = "as bob asked";
    put(*store, {words, other_words});
    ASSERT_NE(all_bytes(directory).find("alice"), std::string::npos);
    const auto erased = store->erase("alice@example.org", 9);
    ASSERT_TRUE(erased) << erased.error().context;
    EXPECT_EQ(*erased, 4U);  // both identities, the address before the login, a comment
    const std::string left = all_bytes(directory);
    EXPECT_EQ(left.find("alice"), std::string::npos);
    EXPECT_EQ(left.find("10.91.1.2"), std::string::npos);
    EXPECT_EQ(left.find(std::string("\x02\x01\x5b\x0a", 4)), std::string::npos);
    EXPECT_NE(left.find("bob"), std::string::npos);
    auto names = reader(directory);
    const auto gone = names->find(id_of(kAlice));
    ASSERT_TRUE(gone && *gone);
    EXPECT_FALSE((*gone)->subject);
    EXPECT_EQ(*names->find(id_of(other_words))->value().subject, other_words);
    EXPECT_EQ(*names->find(id_of(kBob))->value().subject, kBob);
    EXPECT_EQ(*names->find(id_of(kNetBob))->value().subject, kNetBob);
    EXPECT_EQ(*store->erase("alice@example.org", 9), 0U);
}

TEST(SubjectsStore, ManyRowsOfOnePersonGoInPortions) {
    const TempDirectory directory;
    auto store = open(directory);
    std::vector<Buffer> bodies;
    for (std::uint32_t i = 1; i <= 1000; ++i)
        bodies.push_back(encoded(person("user:alice", "", i)));
    ASSERT_TRUE(store->put(bodies, 1));
    auto other = open(directory);  // the control thread's
    const auto erased = other->erase("user:alice", 9);
    ASSERT_TRUE(erased) << erased.error().context;
    EXPECT_EQ(*erased, 1000U);
    put(*store, {kBob});
    EXPECT_EQ(all_bytes(directory).find("alice"), std::string::npos);
}

TEST(SubjectsStore, DropsWhatIsOlderThanTheLog) {
    const TempDirectory directory;
    auto store = open(directory);
    put(*store, {kAlice}, 10);
    put(*store, {kBob}, 20);
    EXPECT_EQ(*store->drop_before(20), 1U);
    EXPECT_EQ(all_bytes(directory).find("alice"), std::string::npos);
    EXPECT_NE(all_bytes(directory).find("bob"), std::string::npos);
}

TEST(SubjectsReader, ARowThatIsNotWhatItsIdSaysIsCorrupt) {
    const TempDirectory directory;
    put(*open(directory), {kAlice});
    meddle(directory.file(),
           "UPDATE subject SET body = CAST(replace(CAST(body AS TEXT), 'alice', "
           "'mallo') AS BLOB)");
    const auto found = reader(directory)->find(id_of(kAlice));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::corrupt);
}

TEST(SubjectsReader, NoFileIsNotAnEmptyOne) {
    const TempDirectory directory;
    const auto opened = SubjectsReader::open(directory.file());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::unavailable);
    EXPECT_FALSE(std::filesystem::exists(directory.file()));
}

TEST(SubjectsReader, ReadsACopyInAFolderThatCannotBeWritten) {
    const TempDirectory directory;
    put(*open(directory), {kAlice});
    const auto folder = directory.file().parent_path();
    std::filesystem::permissions(
        folder, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    {
        auto names = reader(directory);
        const auto found = names->find(id_of(kAlice));
        EXPECT_TRUE(found && *found && (*found)->subject == kAlice);
    }
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace sluice::store
