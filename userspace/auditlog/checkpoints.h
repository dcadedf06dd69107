// checkpoints.h: the signed checkpoint of a log on disk: written beside its segments and, where the
// operator names one, in a place elsewhere (the anchor); and held against a log that is opened.
//
// Not thread-safe; the sequencer owns the writing half. A checkpoint that cannot be written harms
// nothing but the checkpoint: entries go on becoming durable, and it is tried again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "auditlog/file.h"
#include "auditlog/segment_writer.h"
#include "base/time.h"

namespace sluice::auditlog {

// Beside the segments.
inline constexpr const char* kCheckpointFile = "checkpoint";

struct CheckpointOptions {
    // The first one signs as the log; during a rotation the old key signs as well. None: this log
    // has no checkpoints.
    std::vector<audit::NoteSigner> signers;
    // A file outside of the log's directory, so that the whole directory cannot be put back to an
    // older state without notice. Empty: none.
    std::filesystem::path anchor;
};

class Checkpoints {
  public:
    Checkpoints(FileSystem& files, std::filesystem::path directory, std::string origin,
                CheckpointOptions options, std::uint64_t signed_size);

    // When the tree of `size` entries should be signed, on the monotonic clock; nothing where it
    // is, or where nobody signs. Now, where limits::audit_checkpoint_entries wait and the last
    // one could be written.
    [[nodiscard]] std::optional<std::int64_t> due(std::uint64_t size, std::int64_t now) const;
    [[nodiscard]] std::uint64_t signed_size() const { return signed_size_; }
    // Signs and writes both files. All entries of the tree are durable.
    Status write(const audit::Frontier& tree, std::int64_t now);

  private:
    Status replace(const std::filesystem::path& path, const std::string& note);

    FileSystem& files_;
    const std::filesystem::path directory_;
    const std::string origin_;
    const CheckpointOptions options_;
    std::uint64_t signed_size_;
    std::int64_t last_try_ = 0;
    bool failed_ = false;  // the last try
};

// A file with a note, whoever signed it; empty where there is no such file. Errors: io, permission.
Result<std::string> read_note(const std::filesystem::path& file);
// The checkpoint in `file`, signed by one of `keys`; nothing where there is no such file. Errors:
// io, permission, those of open_checkpoint, with the file's name.
Result<std::optional<audit::Checkpoint>> read_checkpoint(const std::filesystem::path& file,
                                                         std::string_view origin,
                                                         std::span<const audit::NoteVerifier> keys);

// The root of the tree of the first `size` entries, from the segments. Errors: those of LogWalk;
// truncated where the log has fewer.
Result<Digest> root_of_first(const std::filesystem::path& directory, std::uint64_t size);

// What was signed of a log, and where that stands.
struct SignedHead {
    std::filesystem::path file;
    audit::TreeHead head;
    bool operator==(const SignedHead&) const = default;
};
// Its own checkpoint and the anchor, as far as they are there. Errors: those of read_checkpoint.
Result<std::vector<SignedHead>> read_signed_heads(const std::filesystem::path& directory,
                                                  std::string_view origin,
                                                  const CheckpointOptions& options);

// Roots of a log at sizes that somebody will ask for, noted while it is read anyway.
class KnownRoots {
  public:
    explicit KnownRoots(const std::vector<SignedHead>& heads);
    // The next size after `size` that is asked for; UINT64_MAX where there is none.
    [[nodiscard]] std::uint64_t next_after(std::uint64_t size) const;
    void note(const audit::Frontier& tree);
    [[nodiscard]] std::optional<Digest> at(std::uint64_t size) const;

  private:
    std::map<std::uint64_t, std::optional<Digest>> roots_;
};

// Holds a log that was recovered against what was signed of it: it may have grown, and nothing
// else. A head that it is too short for is passed over where it has `accept_size` entries: the
// largest of those is returned. Errors: corrupt, for a log that is shorter or another one; those of
// root_of_first.
Result<std::optional<audit::TreeHead>> check_signed(const std::filesystem::path& directory,
                                                    const LogEnd& end,
                                                    const std::vector<SignedHead>& heads,
                                                    const KnownRoots& roots,
                                                    std::optional<std::uint64_t> accept_size);

}  // namespace sluice::auditlog
