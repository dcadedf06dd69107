// reader.h: the audit log on disk, being read: in order, by question, and checked.
//
// Works on a copy, offline, and beside a running sequencer (a torn last block of the newest segment
// is "not yet written", anywhere else it is damage). Errors of all functions: unavailable (no such
// log, or a segment is missing), corrupt (names file, byte and entry), io, permission.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/event.h"
#include "audit/note.h"
#include "base/limits.h"
#include "base/result.h"

namespace sluice::auditlog {

struct Entry {
    std::uint64_t index = 0;
    audit::Event event;
    bool operator==(const Entry&) const = default;
};
// Return false to stop.
using Visit = std::function<bool(const Entry&)>;
// Called now and then on the way, with bytes done and bytes in all. May be empty.
using Progress = std::function<void(std::uint64_t, std::uint64_t)>;

// All entries from index `from` on, oldest first. Returns the index after the last one seen.
Result<std::uint64_t> read_log(const std::filesystem::path& directory, std::uint64_t from,
                               const Visit& visit);
// How many entries the log has: the index of the next one.
Result<std::uint64_t> log_size(const std::filesystem::path& directory);

// Reads on where it stopped, for following a log that is being written.
class Follower {
  public:
    static Result<Follower> open(const std::filesystem::path& directory, std::uint64_t from);
    ~Follower();
    Follower(Follower&&) noexcept;
    Follower& operator=(Follower&&) noexcept;
    // What came since the last call. Returns the index after the last entry seen. Once `visit`
    // stopped it, it is done.
    Result<std::uint64_t> poll(const Visit& visit);

  private:
    struct State;
    explicit Follower(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Entries first..end - 1.
struct Gap {
    std::uint64_t first = 0, end = 0;
    bool operator==(const Gap&) const = default;
};
// How much of the log there is to ask.
struct Known {
    std::uint64_t from_index = 0;
    std::int64_t from_ns = 0;  // when the segment of that entry was begun
    std::vector<Gap> gaps;     // entries that were there once: their segments are not
    bool operator==(const Known&) const = default;
};

struct WhoQuestion {
    std::string topic;  // name; or empty and topic_id set
    std::optional<TopicId> topic_id;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    enum class Op : std::uint8_t { any, read, write } op = Op::any;
};
struct WhoAnswer {
    Entry entry;  // the produce or fetch event, or an open lease
    // Not known whether it touched this offset: a lease no outcome closed, or an outcome nobody
    // learned (FORMAT.md, "who").
    bool possible = false;
    bool operator==(const WhoAnswer&) const = default;
};
// Which of the answers.
struct WhoPage {
    std::optional<std::int64_t> since_ns, until_ns;  // of the entry: since <= time < until
    std::optional<std::uint64_t> after;              // entries behind this one
    std::uint64_t limit = limits::audit_page_entries_max;
};
struct WhoReport {
    std::vector<WhoAnswer> answers;  // in the order of the log
    bool more = false;               // there are: ask for those after the last one
    Known known;
    bool operator==(const WhoReport&) const = default;
};

// Questions about one log as it was when this was opened. What they cost depends on the number of
// answers and of segments, not on that of entries; segments without an index are read once. All
// questions are known from the beginning, so that those need not be indexed whole.
class Who {
  public:
    static Result<Who> open(const std::filesystem::path& directory,
                            std::span<const WhoQuestion> questions, const Progress& progress = {});
    ~Who();
    Who(Who&&) noexcept;
    Who& operator=(Who&&) noexcept;
    // One of those questions. Errors: also too_large, where more sessions have open leases than
    // are looked at.
    Result<WhoReport> ask(const WhoQuestion& question, const WhoPage& page = {});

  private:
    struct State;
    explicit Who(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};
// One question, all answers.
Result<std::vector<WhoAnswer>> who(const std::filesystem::path& directory,
                                   const WhoQuestion& question, const Progress& progress = {});
// In the order of the questions.
Result<std::vector<std::vector<WhoAnswer>>> who_batch(const std::filesystem::path& directory,
                                                      std::span<const WhoQuestion> questions,
                                                      const Progress& progress = {});

struct SearchQuestion {
    std::optional<std::int64_t> since_ns, until_ns;  // since <= time < until
    // Empty: any. Globs over the whole text: `*` any run of characters, `?` any one.
    std::string topic, type, operation;
    std::string rule;  // empty, or the id of one of the rules that decided; no glob
    // Whom it is about; empty: anybody. The names are not in the log (audit/subject.h). Must be
    // able to tell again and again.
    std::function<bool(const audit::SubjectId&)> subject;
    std::optional<std::uint16_t> client_port;
    std::vector<std::int16_t> api_keys;  // empty: any
    std::optional<std::int32_t> partition;
    std::optional<OffsetRange> offsets;  // with an offset among these, both included
    std::optional<std::uint64_t> session;
    std::optional<std::int16_t> error_code;
    std::optional<audit::Outcome> outcome;
    // Which of those that match: entries behind `after` and before `before`; with `after` the
    // oldest ones, else the newest.
    std::optional<std::uint64_t> after, before;
    std::uint64_t limit = 100;  // 1 to limits::audit_page_entries_max
};
struct EntryPage {
    std::vector<Entry> entries;  // oldest first
    // There may be more on that side: ask for those before the first one, or after the last one.
    bool older = false, newer = false;
    Known known;
    bool operator==(const EntryPage&) const = default;
};
// Segments that by their index cannot have a match are passed over. A page may be shorter than its
// limit where entries are large (limits::audit_page_bytes_max).
Result<EntryPage> search(const std::filesystem::path& directory, const SearchQuestion& question,
                         const Progress& progress = {});
// All that match but for `limit`, oldest first, one at a time.
Result<Known> each_match(const std::filesystem::path& directory, const SearchQuestion& question,
                         const Visit& visit, const Progress& progress = {});

struct VerifyOptions {
    // Any of them may have signed the log. None: its checkpoint is not looked at.
    std::vector<audit::NoteVerifier> keys;
    // A checkpoint from elsewhere, held against the log besides its own. Empty: none.
    std::filesystem::path checkpoint;
};
struct VerifyReport {
    // The log begins with this entry: so many were dropped by retention.
    std::uint64_t first_entry = 0;
    // What was looked at; where there is damage, up to it.
    std::uint64_t segments = 0, entries = 0, bytes = 0;
    // After the last whole block of the newest segment: a commit under way, or one that a crash cut
    // off. No damage.
    std::uint64_t unfinished_bytes = 0;
    // The size that the log's own checkpoint states, where there is one and keys were given.
    std::optional<std::uint64_t> signed_entries;
    // Where the first damage is: file, byte offset, entry index, and what is wrong in words. Empty:
    // all is well.
    struct Damage {
        std::filesystem::path file;
        std::uint64_t byte = 0;
        std::uint64_t index = 0;
        std::string what;
        bool missing = false;  // files are gone; what is there may be sound
        bool operator==(const Damage&) const = default;
    };
    std::optional<Damage> damage;
    bool operator==(const VerifyReport&) const = default;
};
// Checks every byte that is log: headers, blocks, checksums, indexes, the hash tree, and that each
// entry is an event; and that what was signed is there. Further errors: denied, where a checkpoint
// is missing, is none, or is not signed by one of the keys.
Result<VerifyReport> verify(const std::filesystem::path& directory,
                            const VerifyOptions& options = {}, const Progress& progress = {});

}  // namespace sluice::auditlog
