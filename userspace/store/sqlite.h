// sqlite.h: a SQLite database of ours, and one prepared statement of it. Private to this folder.
//
// A commit is on disk when it returns (write-ahead log, synced in full), and what it deletes is
// overwritten. For one thread; whether others may have the file open as well is a matter of
// Sharing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::store {

class Statement {
  public:
    // Places count from 1. What is bound outlives the run.
    void bind(int place, std::string_view text);
    void bind(int place, std::int64_t number);
    void bind(int place, Bytes blob);
    // True: there is a row; its columns, from 0, are good until the next step or rewind.
    Result<bool> step();
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] Bytes blob(int column) const;
    void rewind();
    // Runs it to its end, where no rows are expected.
    Status run();

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

struct Schema {
    std::int64_t version;  // from 1; in the file's user_version
    const char* statements;
};

enum class Sharing : std::uint8_t {
    alone,   // locked for all others while it is open
    shared,  // readers at any time, one writer at a time; each waits limits::subjects_lock_wait
};

class Database {
  public:
    // Creates the file (0600) where there is none. Errors: unsupported (another schema),
    // unavailable (another process has it), corrupt, permission, io.
    static Result<Database> open(const std::filesystem::path& path, const Schema& schema,
                                 std::int64_t bytes_max, Sharing sharing = Sharing::alone);
    // To look into; also into a copy in a folder that cannot be written. Nothing is created.
    // Errors: as above, and unavailable where there is no such file.
    static Result<Database> open_to_read(const std::filesystem::path& path, const Schema& schema);

    Result<Statement> prepare(std::string_view statement);
    Status run(const char* statements);
    // How many rows the last statement that ran to its end changed.
    [[nodiscard]] std::uint64_t changed() const;
    // Nothing of what was deleted is in the write-ahead log any more: it is emptied. Errors:
    // unavailable (somebody reads for longer than limits::subjects_lock_wait).
    Status empty_log();
    // Writes what the open transaction changed, so that a full disk shows before its commit.
    Status flush();
    // Whatever stands open is undone.
    void roll_back();

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    explicit Database(sqlite3* handle) : handle_(handle) {}
    Result<std::int64_t> number_of(const char* statement);
    Result<std::string> text_of(const char* statement);
    Status set_up(const Schema& schema, std::int64_t bytes_max, Sharing sharing);
    Status check_version(const Schema& schema, bool may_be_new);
    void harden();
    Status take_schema(const Schema& schema);

    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace sluice::store
