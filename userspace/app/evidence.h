// evidence.h: what an investigator takes along of an answer: for each entry the proof that it is in
// the log, and the names behind its id, as files.
//
// INDEX.tlog-proof is C2SP's; INDEX.subject is one line of base64, the encoded Subject whose hash
// the entry holds. Neither needs the log any more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "app/people.h"
#include "auditlog/reader.h"
#include "base/result.h"

namespace sluice::app {

struct Evidence {
    std::size_t proofs = 0, names = 0;
};
// Into a folder, which is created; waits a little for what is not signed yet. Errors: those of
// prove_entry, io, permission.
Result<Evidence> write_evidence(const std::filesystem::path& log,
                                std::span<const auditlog::WhoAnswer> answers, People& people,
                                const std::filesystem::path& folder);

// The names in a file of the second kind, if one of the ids that the event holds is theirs. Errors:
// corrupt (no such file's content, or it is nobody in this entry), io.
Result<audit::Subject> read_subject(const std::filesystem::path& file, const audit::Event& event);

}  // namespace sluice::app
