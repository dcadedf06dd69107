// hold.h: what of a session waits for a human: the request at its front, and partitions whose
// replay is parked.
//
// Values only; what moves them is in hold.cc, rewind.cc and park.cc. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "approval/request.h"
#include "base/types.h"
#include "kafka/split.h"
#include "policy/operations.h"
#include "policy/rules.h"
#include "session/request.h"

namespace sluice::session {

// Whether a hold on this operation keeps the request waiting: reading is parked partition by
// partition instead (Replay), and what does not wait at all is refused.
constexpr bool holds_request(Operation operation) {
    return operation != Operation::topic_read && policy::operations_that_wait().contains(operation);
}

enum class HoldStage : std::uint8_t {
    asked,    // nobody said yet that the request arrived where humans see it
    waiting,  // they see it
    passed,   // a ticket was used up for it
    refused,
};

// The request being read. Nothing of it goes, and nothing behind it is read.
struct Held {
    std::uint64_t number = 0;  // Output::asks
    HoldStage stage = HoldStage::asked;
    Digest digest;
    std::int64_t asked = 0;  // monotonic
    std::int64_t until = 0;
    std::string ticket;       // its id among humans
    const char* reason = "";  // why it was refused, for the log
    std::string message;      // the same for people
};

// A partition of a topic whose reading some hold bears on, as far as this connection read it.
struct Replay {
    enum class Stage : std::uint8_t { open, asked, waiting, refused };
    Stage stage = Stage::open;
    bool told = false;                   // refused: the log knows
    std::optional<std::int64_t> offset;  // last asked for, and decided
    std::optional<std::int64_t> high_watermark;
    std::uint64_t number = 0;  // Output::asks
    std::string ticket;
    [[nodiscard]] bool parked() const { return stage == Stage::asked || stage == Stage::waiting; }
    // Forward from where it was let in.
    [[nodiscard]] bool goes_on(std::int64_t fetch_offset) const {
        return stage == Stage::open && offset && fetch_offset >= *offset;
    }
};

// One partition of an OffsetCommit that nobody's generation and member sends.
struct CommitAsk {
    TopicRef topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<std::int64_t> committed;  // -1: nothing was
};

approval::Requirement requirement_of(const policy::HoldRule& rule);

// Timeout and the like left out, so that a retry is the same wish: the request's body as it was,
// with the four bytes at `timeout_at` zero (0: it has none).
Buffer canonical_body(const kafka::WholeRequest& request, std::size_t timeout_at);

// What an approver must see of a request, a few lines of text without control characters, at most
// limits::ask_details_bytes_max. Values of settings that hold secrets are left out.
std::string details_of(const kafka::WholeRequest& request, const std::vector<CommitAsk>& commits);

}  // namespace sluice::session
