// pruned.h: what a log keeps of the entries that retention dropped (the file `pruned`): where it
// begins now, and the leaf hashes without which its first tile, and with it proofs of kept entries,
// would be gone.
//
// Not signed and not trusted: the kept part must lead to the signed root all the same, and these
// hashes to the tree that its first segment states.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "audit/merkle.h"
#include "auditlog/file.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"

namespace sluice::auditlog {

inline constexpr const char* kPrunedFile = "pruned";

struct Pruned {
    std::uint64_t first_segment = 0;  // number of the first one that is kept
    std::uint64_t first_index = 0;    // of the first entry that is kept; 0: nothing was dropped
    // Of the entries before it that are in the same tile: first_index mod 256 of them.
    std::vector<Digest> leaves;
    bool operator==(const Pruned&) const = default;
};

Buffer encode_pruned(const Pruned& pruned);
// Errors: malformed, corrupt (checksum), unsupported (of a later version).
Result<Pruned> decode_pruned(Bytes bytes);
// That of a log; empty where it has dropped nothing. Errors: those of decode_pruned with the file's
// name; io, permission.
Result<Pruned> read_pruned(const std::filesystem::path& directory);
Status write_pruned(FileSystem& files, const std::filesystem::path& directory,
                    const Pruned& pruned);

// Do the leaves lead to this tree, which is that of all entries that were dropped?
bool leads_to(const Pruned& pruned, const audit::Frontier& tree);

}  // namespace sluice::auditlog
