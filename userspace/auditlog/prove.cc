#include "auditlog/prove.h"

#include <string>
#include <utility>

#include "auditlog/checkpoints.h"
#include "auditlog/tiles.h"

namespace sluice::auditlog {

Result<audit::EntryProof> prove_entry(const std::filesystem::path& directory, std::uint64_t index) {
    auto entry = read_entry(directory, index);
    if (!entry) return std::move(entry).error();
    auto note = read_note(directory / kCheckpointFile);
    if (!note) return std::move(note).error();
    if (note->empty())
        return Error{Errc::unavailable, "audit log " + directory.string() + " has no checkpoint"};
    const auto checkpoint = audit::parse_checkpoint(audit::text_of(*note));
    if (!checkpoint) return checkpoint.error();
    if (checkpoint->head.size <= index)
        return Error{Errc::unavailable, "entry " + std::to_string(index) +
                                            " is not signed yet: the checkpoint is that of " +
                                            std::to_string(checkpoint->head.size) + " entries"};
    TreeReader reader(directory);
    auto path = audit::prove_inclusion(index, checkpoint->head.size, reader.reader());
    if (!path) return std::move(path).error();
    return audit::EntryProof{index, *std::move(entry), *std::move(path), *std::move(note)};
}

}  // namespace sluice::auditlog
