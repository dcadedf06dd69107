// checkpoint.h: what a log says of its size and root (C2SP tlog-checkpoint), and the proof of one
// entry that can be kept in a file of its own (C2SP tlog-proof).
//
// Both are text. A checkpoint counts only inside a note that somebody signed (note.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "audit/note.h"
#include "audit/tree_proof.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::audit {

struct Checkpoint {
    std::string origin;
    TreeHead head;
    bool operator==(const Checkpoint&) const = default;
};
// Three lines: origin, size, root.
std::string to_text(const Checkpoint& checkpoint);
// Further lines are passed over, as C2SP asks. Errors: malformed.
Result<Checkpoint> parse_checkpoint(std::string_view text);
// A note whose text is a checkpoint of this log. Errors: those of open_note and parse_checkpoint,
// denied where it is another log's.
Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view origin,
                                   std::span<const NoteVerifier> verifiers);

// "This entry has this index in the log with that checkpoint."
struct EntryProof {
    std::uint64_t index = 0;
    Buffer entry;
    TreeProof path;
    std::string checkpoint;  // the signed note
    bool operator==(const EntryProof&) const = default;
};
// The entry stands in the line `extra`.
std::string to_text(const EntryProof& proof);
// Errors: malformed, too_large (over limits::audit_proof_bytes_max).
Result<EntryProof> parse_proof(std::string_view text);
// Errors: those of open_checkpoint; corrupt: the entry is not in that tree.
Result<Checkpoint> check_proof(const EntryProof& proof, std::string_view origin,
                               std::span<const NoteVerifier> verifiers);

}  // namespace sluice::audit
