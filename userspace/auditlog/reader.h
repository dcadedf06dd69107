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
// Answers are in the order of the log.
Result<std::vector<WhoAnswer>> who(const std::filesystem::path& directory,
                                   const WhoQuestion& question, const Progress& progress = {});
// Many questions in one pass; answers in the order of the questions.
Result<std::vector<std::vector<WhoAnswer>>> who_batch(const std::filesystem::path& directory,
                                                      std::span<const WhoQuestion> questions,
                                                      const Progress& progress = {});

struct SearchQuestion {
    std::optional<std::int64_t> since_ns, until_ns;  // since <= time < until
    // Empty: any. Globs over the whole text: `*` any run of characters, `?` any one.
    std::string topic, type;
    // Whom it is about; empty: anybody. The names are not in the log (audit/subject.h).
    std::function<bool(const audit::SubjectId&)> subject;
    std::optional<std::uint16_t> client_port;
    std::vector<std::int16_t> api_keys;  // empty: any
    std::optional<std::int32_t> partition;
    std::optional<std::uint64_t> session;
    std::optional<std::int16_t> error_code;
    std::uint64_t limit = 100;  // the newest ones, at least 1
};
// Oldest first.
Result<std::vector<Entry>> search(const std::filesystem::path& directory,
                                  const SearchQuestion& question, const Progress& progress = {});

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
