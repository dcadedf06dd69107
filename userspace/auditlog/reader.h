// reader.h: the audit log on disk, being read: in order, by question, and checked.
//
// Works on a copy, offline, and beside a running sequencer (a torn last block of the newest segment is "not yet
// written", anywhere else it is damage).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.h"
#include "base/result.h"

namespace sluice::auditlog {

struct Entry {
    std::uint64_t index = 0;
    audit::Event event;
};
// Return false to stop.
using Visit = std::function<bool(const Entry&)>;

// All entries from index `from` on, oldest first. Returns the index after the last one seen.
Result<std::uint64_t> read_log(const std::filesystem::path& directory, std::uint64_t from, const Visit& visit);

struct WhoQuestion {
    std::string topic;                     // name; or empty and topic_id set
    std::optional<TopicId> topic_id;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    enum class Op : std::uint8_t { any, read, write } op = Op::any;
};
struct WhoAnswer {
    Entry entry;                           // the produce or fetch event, or an open lease
    // A lease no outcome closed: the bytes may have gone, nobody can say up to which offset.
    bool possible = false;
};
Result<std::vector<WhoAnswer>> who(const std::filesystem::path& directory, const WhoQuestion& question);

struct SearchQuestion {
    std::optional<std::int64_t> since_ns, until_ns;
    std::string principal, topic, type, api, client;   // empty: any; globs (`*`)
    std::optional<std::int32_t> partition;
    std::optional<std::uint64_t> session;
    std::optional<std::int16_t> error_code;
    std::uint64_t limit = 100;
};
Result<std::vector<Entry>> search(const std::filesystem::path& directory, const SearchQuestion& question);

struct VerifyReport {
    std::uint64_t segments = 0, entries = 0, bytes = 0;
    // Where the first damage is: file, byte offset, entry index, and what is wrong in words. Empty: all is well.
    struct Damage { std::filesystem::path file; std::uint64_t byte = 0; std::uint64_t index = 0; std::string what; };
    std::optional<Damage> damage;
};
// `progress` is called with bytes done and bytes in all.
Result<VerifyReport> verify(const std::filesystem::path& directory,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace sluice::auditlog
