// sqlite.h: a SQLite database of ours, and one prepared statement of it. Private to this folder.
//
// One process and one thread have it: it is locked while it is open. A commit is on disk when it
// returns (write-ahead log, synced in full).
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

class Database {
  public:
    // Creates the file (0600) where there is none. Errors: unsupported (another schema),
    // unavailable (another process has it), corrupt, permission, io.
    static Result<Database> open(const std::filesystem::path& path, const Schema& schema,
                                 std::int64_t bytes_max);

    Result<Statement> prepare(std::string_view statement);
    Status run(const char* statements);
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
    Status set_up(const Schema& schema, std::int64_t bytes_max);
    Status take_schema(const Schema& schema);

    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace sluice::store
