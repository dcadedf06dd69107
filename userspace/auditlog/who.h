// who.h: answers "who read or wrote offset X" from the entries of the log, seen once in order: the
// plain way, which needs no index and which the quick one (reader.h, Who) is tested against.
//
// What counts as an answer, and as a possible one, is written down in audit/FORMAT.md, section
// "who".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "audit/encode.h"
#include "auditlog/accesses.h"
#include "auditlog/reader.h"

namespace sluice::auditlog {

class WhoScan {
  public:
    // `questions` outlive the scan.
    explicit WhoScan(std::span<const WhoQuestion> questions);

    void add(std::uint64_t index, Bytes entry);
    // Entries went by before it was known that they are of a topic asked for: all must be seen
    // again.
    [[nodiscard]] bool learned_late() const { return learned_late_; }
    void start_again();
    // Once, after the last entry; in the order of the questions.
    std::vector<std::vector<WhoAnswer>> answers();

  private:
    struct OpenEnded {
        Accesses leases;    // of a session that has not closed
        Accesses outcomes;  // whose offsets nobody learned
    };
    struct SessionAccess {
        OpenEnded read, write;
        std::optional<std::int64_t> first_write_from;  // of its first write lease
    };
    struct Asked;
    struct Partition {
        std::vector<Asked*> asked;  // by offset
        std::map<std::uint64_t, SessionAccess> sessions;
        std::int64_t written_up_to = -1;
    };
    struct Asked {
        const WhoQuestion* question;
        const Partition* partition;
        std::vector<WhoAnswer> answers;
        bool written;        // by whom, the log knows
        std::int64_t reach;  // the offset, or the last one of the request that wrote it: they may
                             // be one batch
    };
    struct Topic {
        std::string name;
        std::optional<TopicId> id;
        std::map<std::int32_t, Partition> partitions;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    Topic& topic_of(const WhoQuestion& question);
    void find_topics(const audit::Head& head, std::vector<Topic*>& found);
    void learn(const audit::Head& head, bool id_known, bool name_known);
    void add_to(Partition& partition, std::uint64_t index, Bytes entry);
    void add_produce(Partition& partition, std::uint64_t index, Bytes entry);
    void add_fetch(Partition& partition, std::uint64_t index, Bytes entry);
    void add_definite(Partition& partition, WhoQuestion::Op op, std::uint64_t index, Bytes entry);
    void close_session(std::uint64_t session);
    void add_possible(Asked& asked) const;

    std::vector<std::unique_ptr<Topic>> topics_;
    std::vector<std::unique_ptr<Asked>> asked_;
    std::unordered_map<std::string, std::vector<Topic*>, TextHash, std::equal_to<>> by_name_;
    std::unordered_map<TopicId, std::vector<Topic*>> by_id_;
    std::unordered_map<std::uint64_t, std::set<Partition*>>
        open_;  // sessions with a lease on what is asked for
    std::unordered_set<TopicId> passed_over_ids_;
    std::unordered_set<std::string, TextHash, std::equal_to<>> passed_over_names_;
    bool learns_names_ = false;  // a question names its topic by id
    bool learned_late_ = false;
    audit::Head head_;
    std::vector<Topic*> found_;
};

// The answers to all questions, from all entries. In a batch with questions by name and by id an
// entry that teaches a name late may be missed; one question alone misses none.
Result<std::vector<std::vector<WhoAnswer>>> scan_for_who(const std::filesystem::path& directory,
                                                         std::span<const WhoQuestion> questions);

}  // namespace sluice::auditlog
