// subjects_store.h: who the ids in the audit log stand for, in a SQLite file beside the log, until
// a person is erased.
//
// The log's entries hold ids that say nothing by themselves (audit/subject.h). What is deleted here
// is gone: pages and the write-ahead log are overwritten. Not the log, and no proof of anything by
// itself: a row proves itself by its id, which is its hash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "audit/subject.h"
#include "store/sqlite.h"

namespace sluice::store {

// The daemon's sequencer puts, its control thread erases: each has its own, of one file.
class SubjectsStore {
  public:
    // Creates the file (0600) where there is none. Errors: unsupported (another schema),
    // corrupt, permission, io.
    static Result<std::unique_ptr<SubjectsStore>> open(const std::filesystem::path& path);

    // Encoded Subjects: on disk when it returns, all of them or, with an error, none.
    Status put(std::span<const Buffer> subjects, std::int64_t now_ns);
    // Deletes all that is known of a person: subjects whose principal or human has this name, and
    // those of nobody in particular with an address that one of these had; and comments that
    // mention one of the names. Only that they were erased, and when, stays. Returns how many.
    // Until it returns, some may be left.
    Result<std::uint64_t> erase(std::string_view person, std::int64_t now_ns);
    // Deletes what was put before this moment: no entry that is kept names it.
    Result<std::uint64_t> drop_before(std::int64_t made_ns);

  private:
    SubjectsStore(Database database, Statement keep)
        : database_(std::move(database)), keep_(std::move(keep)) {}
    Result<std::uint64_t> erase_ids(std::span<const audit::SubjectId> ids, std::int64_t now_ns);

    Database database_;
    Statement keep_;  // after the database: it goes first
};

// For the commands that show the log, beside the daemon or on a copy.
class SubjectsReader {
  public:
    // Errors: unavailable (no such file), unsupported, corrupt, permission, io.
    static Result<std::unique_ptr<SubjectsReader>> open(const std::filesystem::path& path);

    struct Found {
        std::optional<audit::Subject> subject;  // none: erased
        Buffer encoded;                         // what the id is the hash of
    };
    // Empty where it is not known. A row that is not what its id says is corrupt.
    Result<std::optional<Found>> find(const audit::SubjectId& id);
    // All that are not erased, in no order. Return false to stop.
    Status each(const std::function<bool(const audit::SubjectId&, const audit::Subject&)>& visit);

  private:
    SubjectsReader(Database database, Statement find, Statement erased)
        : database_(std::move(database)), find_(std::move(find)), erased_(std::move(erased)) {}
    Database database_;
    Statement find_, erased_;
};

}  // namespace sluice::store
