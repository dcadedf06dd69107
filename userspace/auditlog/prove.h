// prove.h: the proof of one entry, from the files of a log: what an investigator keeps, and anybody
// can check with nothing but the log's public key (audit/checkpoint.h).
#pragma once

#include <cstdint>
#include <filesystem>

#include "audit/checkpoint.h"
#include "base/result.h"

namespace sluice::auditlog {

// Under the log's newest checkpoint. The checkpoint's signature is not checked: whoever reads the
// proof does. Errors: truncated (there is no such entry), unavailable (it is not signed yet, or the
// log has no checkpoint), those of TreeReader and parse_checkpoint.
Result<audit::EntryProof> prove_entry(const std::filesystem::path& directory, std::uint64_t index);

}  // namespace sluice::auditlog
