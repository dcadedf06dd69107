// who_index.h: one question "who read or wrote offset X", asked of the indexes of a log. Private to
// this folder.
//
// Goes over the segments three times, for each needs what the time before found over all: which
// names and ids are the topic's; whether and when X was written; who may have touched it; who did.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auditlog/index_log.h"
#include "auditlog/reader.h"

namespace sluice::auditlog {

class WhoIndex {
  public:
    WhoIndex(IndexedLog& log, const WhoQuestion& question, const WhoPage& page)
        : log_(log), question_(question), page_(page), reach_(question.offset) {}
    // Once. Errors: those of the log; too_large.
    Result<WhoReport> answer();

  private:
    // What a session may have done, by the log so far: indexes of entries.
    struct Session {
        std::optional<std::uint64_t> read_lease, write_lease, read_outcome, write_outcome;
        std::optional<std::uint64_t> first_write_lease;
        bool open = false, has_outcomes = false;
    };
    struct Event {
        std::uint64_t session = 0;
        std::optional<std::uint32_t> close;  // of the session, in the same segment
        IndexAccess access;
    };

    Status learn_topic();
    Status find_writers();
    Status find_open();
    Status find_answers();
    Result<std::vector<IndexStream>> streams(IndexView& index) const;
    Result<std::vector<Event>> events(IndexView& index) const;
    Status take_events(IndexView& index, std::uint64_t first_index);
    void take(Session& session, const IndexAccess& access, std::uint64_t first_index) const;
    Status close_others(IndexView& index, const std::set<std::uint64_t>& seen);
    void close(std::uint64_t number);
    [[nodiscard]] bool before_it_was_written(std::uint64_t index) const;
    Status answers_of(std::size_t segment, IndexView& index, std::vector<WhoAnswer>& found,
                      std::set<std::uint64_t>& readers);
    Result<std::optional<WhoAnswer>> definite(std::size_t segment, std::uint32_t entry,
                                              IndexView& index);
    Status add_possible();
    [[nodiscard]] bool on_page(const Entry& entry) const;
    [[nodiscard]] bool full() const { return report_.answers.size() > page_.limit; }
    [[nodiscard]] bool asks_for_reads() const { return question_.op != WhoQuestion::Op::write; }
    [[nodiscard]] bool asks_for_writes() const { return question_.op != WhoQuestion::Op::read; }

    IndexedLog& log_;
    const WhoQuestion& question_;
    const WhoPage& page_;
    std::set<TopicId> ids_;        // a question by name: the ids it had
    std::set<std::string> names_;  // a question by id: the names it had
    bool written_ = false;         // by whom, the log knows
    std::int64_t reach_;           // the offset, or the last one of the request that wrote it
    std::optional<std::uint64_t> first_above_;  // the first entry that wrote beyond the offset
    std::map<std::uint64_t, Session> sessions_;
    std::set<std::uint64_t> readers_;  // of sessions_, those that did read it
    WhoReport report_;
};

}  // namespace sluice::auditlog
