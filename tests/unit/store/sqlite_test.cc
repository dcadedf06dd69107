#include "store/sqlite.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "unit/store/support.h"

namespace sluice::store {
namespace {

using testing::meddle;
using testing::TempDirectory;

constexpr Schema kSchema{3, "CREATE TABLE t (n INTEGER, s TEXT, b BLOB)"};
constexpr std::int64_t kRoom = 1024 * 1024;

mode_t mode_of(const std::filesystem::path& file) {
    struct stat found {};
    EXPECT_EQ(::stat(file.c_str(), &found), 0);
    return found.st_mode & 07777;
}

TEST(Sqlite, KeepsWhatWasCommitted) {
    const TempDirectory directory;
    const std::string text = "a\0b", blob = "\0\xff";
    {
        auto database = Database::open(directory.file(), kSchema, kRoom);
        ASSERT_TRUE(database) << database.error().context;
        auto insert = database->prepare("INSERT INTO t VALUES (?1, ?2, ?3)");
        ASSERT_TRUE(insert);
        for (const std::int64_t n : {std::int64_t{1}, std::int64_t{-5'000'000'000}}) {
            insert->bind(1, n);
            insert->bind(2, text);
            insert->bind(3, as_bytes(blob));
            ASSERT_TRUE(insert->run());
        }
    }
    auto database = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_TRUE(database) << database.error().context;
    auto select = database->prepare("SELECT n, s, b, NULL FROM t ORDER BY n");
    ASSERT_TRUE(select);
    ASSERT_TRUE(*select->step());
    EXPECT_EQ(select->number(0), -5'000'000'000);
    EXPECT_EQ(select->text(1), text);
    EXPECT_EQ(as_text(select->blob(2)), blob);
    EXPECT_TRUE(select->blob(3).empty());
    ASSERT_TRUE(*select->step());
    EXPECT_EQ(select->number(0), 1);
    EXPECT_FALSE(*select->step());
    select->rewind();
    EXPECT_TRUE(*select->step());
}

TEST(Sqlite, OnlyTheOwnerMayReadIt) {
    const TempDirectory directory;
    const mode_t before = ::umask(0);
    {
        auto database = Database::open(directory.file(), kSchema, kRoom);
        ASSERT_TRUE(database);
        EXPECT_EQ(mode_of(directory.file()), 0600u);
        EXPECT_EQ(mode_of(directory.path() / "approvals.db-wal"), 0600u);
    }
    ::umask(before);
    ASSERT_EQ(::chmod(directory.file().c_str(), 0664), 0);
    ASSERT_TRUE(Database::open(directory.file(), kSchema, kRoom));
    EXPECT_EQ(mode_of(directory.file()), 0600u);
}

TEST(Sqlite, SyncsEveryCommitInFull) {
    const TempDirectory directory;
    auto database = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_TRUE(database);
    auto synchronous = database->prepare("PRAGMA synchronous");
    ASSERT_TRUE(*synchronous->step());
    EXPECT_EQ(synchronous->number(0), 2);
    auto mode = database->prepare("PRAGMA journal_mode");
    ASSERT_TRUE(*mode->step());
    EXPECT_EQ(mode->text(0), "wal");
}

TEST(Sqlite, IsLockedWhileItIsOpen) {
    const TempDirectory directory;
    auto first = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_TRUE(first);
    const auto second = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), (Error{Errc::unavailable,
                                     directory.file().string() + ": another process has it open"}));
}

TEST(Sqlite, AnotherSchemaIsRefusedAndLeftAsItIs) {
    const TempDirectory directory;
    meddle(directory.file(), "CREATE TABLE other (n); PRAGMA user_version=0");
    const auto foreign = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error(),
              (Error{Errc::unsupported, directory.file().string() + ": not a database of sluice"}));
    for (const std::string version : {"2", "4"}) {
        meddle(directory.file(), ("PRAGMA user_version=" + version).c_str());
        const auto other = Database::open(directory.file(), kSchema, kRoom);
        ASSERT_FALSE(other);
        EXPECT_EQ(other.error(),
                  (Error{Errc::unsupported, directory.file().string() + ": it has schema " +
                                                version + ", this version knows 3"}));
    }
    // Not even its journal changed.
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "approvals.db-wal"));
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(directory.file().c_str(), &handle), SQLITE_OK);
    sqlite3_stmt* mode = nullptr;
    sqlite3_prepare_v2(handle, "PRAGMA journal_mode", -1, &mode, nullptr);
    ASSERT_EQ(sqlite3_step(mode), SQLITE_ROW);
    EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(mode, 0)), "delete");
    sqlite3_finalize(mode);
    sqlite3_close(handle);
}

TEST(Sqlite, WhatIsNoDatabaseIsRefused) {
    const TempDirectory directory;
    std::ofstream(directory.file()) << std::string(5000, 'x');
    const auto garbage = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_FALSE(garbage);
    EXPECT_EQ(garbage.error().code, Errc::corrupt);

    const auto nowhere = Database::open(directory.path() / "no" / "where.db", kSchema, kRoom);
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, Errc::io);
    const auto folder = Database::open(directory.path(), kSchema, kRoom);
    ASSERT_FALSE(folder);
    std::filesystem::create_symlink(directory.path() / "elsewhere", directory.path() / "link");
    EXPECT_FALSE(Database::open(directory.path() / "link", kSchema, kRoom));
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "elsewhere"));
    ASSERT_EQ(::mkfifo((directory.path() / "pipe").c_str(), 0600), 0);
    const auto pipe = Database::open(directory.path() / "pipe", kSchema, kRoom);
    ASSERT_FALSE(pipe);
    EXPECT_EQ(pipe.error().context, (directory.path() / "pipe").string() + ": not a regular file");
}

TEST(Sqlite, ABrokenPageIsNoticedAtTheStart) {
    const TempDirectory directory;
    {
        auto database = Database::open(directory.file(), kSchema, kRoom);
        ASSERT_TRUE(database);
        ASSERT_TRUE(
            database->run("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c "
                          "WHERE i < 2000) INSERT INTO t SELECT i, 'text', NULL FROM c"));
    }
    std::fstream file(directory.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(2 * 4096);
    file << std::string(64, '\x55');
    file.close();
    const auto damaged = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Errc::corrupt);
}

TEST(Sqlite, RollingBackUndoesAndMayBeNeedless) {
    const TempDirectory directory;
    auto database = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_TRUE(database);
    database->roll_back();
    ASSERT_TRUE(database->run("BEGIN IMMEDIATE; INSERT INTO t VALUES (1, NULL, NULL)"));
    ASSERT_TRUE(database->flush());
    database->roll_back();
    auto count = database->prepare("SELECT count(*) FROM t");
    ASSERT_TRUE(*count->step());
    EXPECT_EQ(count->number(0), 0);
}

TEST(Sqlite, AStatementThatIsWrongIsAnError) {
    const TempDirectory directory;
    auto database = Database::open(directory.file(), kSchema, kRoom);
    ASSERT_TRUE(database);
    EXPECT_FALSE(database->prepare("SELECT nothing FROM nowhere"));
    EXPECT_FALSE(database->run("DELETE FROM nowhere"));
}

TEST(Sqlite, GrowsNoLargerThanItMay) {
    const TempDirectory directory;
    auto database = Database::open(directory.file(), kSchema, 16 * 4096);
    ASSERT_TRUE(database);
    const Buffer blob(10'000);
    auto insert = database->prepare("INSERT INTO t VALUES (1, NULL, ?1)");
    insert->bind(1, Bytes(blob));
    int kept = 0;
    auto done = insert->run();
    for (; done && kept < 100; ++kept) done = insert->run();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), (Error{Errc::io, "database or disk is full"}));
    EXPECT_GT(kept, 1);
}

}  // namespace
}  // namespace sluice::store
