#include "auditlog/checkpoints.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "auditlog/walk.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// A note is some hundred bytes a signature.
constexpr std::size_t kNoteBytesMax = 64 * 1024;

std::vector<audit::NoteVerifier> keys_of(const CheckpointOptions& options) {
    std::vector<audit::NoteVerifier> keys;
    for (const audit::NoteSigner& signer : options.signers) keys.push_back(signer.verifier());
    return keys;
}

Error too_short(const std::filesystem::path& directory, std::uint64_t has, const SignedHead& one) {
    return {Errc::corrupt, "audit log " + directory.string() + " ends after " +
                               std::to_string(has) + " entries, and " + one.file.string() +
                               " was signed for " + std::to_string(one.head.size) +
                               ": entries are gone"};
}

Status check_one(const std::filesystem::path& directory, const LogEnd& end, const SignedHead& one,
                 const KnownRoots& roots) {
    const std::uint64_t size = one.head.size;
    if (size == 0) return ok();
    const auto known = size == end.next_index() ? std::optional(end.tree.root()) : roots.at(size);
    const auto root = known ? Result(*known) : root_of_first(directory, size);
    if (!root) return root.error();
    if (*root == one.head.root) return ok();
    return Error{Errc::corrupt, "the first " + std::to_string(size) + " entries of audit log " +
                                    directory.string() + " are not those that " +
                                    one.file.string() + " was signed for"};
}

}  // namespace

Checkpoints::Checkpoints(FileSystem& files, std::filesystem::path directory, std::string origin,
                         CheckpointOptions options, std::uint64_t signed_size)
    : files_(files),
      directory_(std::move(directory)),
      origin_(std::move(origin)),
      options_(std::move(options)),
      signed_size_(signed_size) {}

std::optional<std::int64_t> Checkpoints::due(std::uint64_t size, std::int64_t now) const {
    if (options_.signers.empty() || size == signed_size_) return std::nullopt;
    const std::int64_t next = last_try_ + nanoseconds(limits::audit_checkpoint_interval);
    const bool many = size - signed_size_ >= limits::audit_checkpoint_entries;
    return many && !failed_ ? std::min(now, next) : next;
}

Status Checkpoints::write(const audit::Frontier& tree, std::int64_t now) {
    last_try_ = now;
    const audit::Checkpoint checkpoint{origin_, {tree.size(), tree.root()}};
    const std::string note = audit::sign_note(audit::to_text(checkpoint), options_.signers);
    auto status = replace(directory_ / kCheckpointFile, note);
    // After the log's own: an anchor is never ahead of what recovery finds.
    if (status && !options_.anchor.empty()) status = replace(options_.anchor, note);
    failed_ = !status;
    if (status) signed_size_ = tree.size();
    return status;
}

Status Checkpoints::replace(const std::filesystem::path& path, const std::string& note) {
    std::filesystem::path unfinished = path;
    unfinished += ".tmp";
    const auto put = put_file(files_, unfinished, path, as_bytes(note));
    return put ? ok() : Status(put.error());
}

Result<std::string> read_note(const std::filesystem::path& file) {
    std::error_code failure;
    if (!std::filesystem::exists(file, failure) && !failure) return std::string();
    std::ifstream stream(file, std::ios::binary);
    std::string note(kNoteBytesMax + 1, '\0');
    stream.read(note.data(), static_cast<std::streamsize>(note.size()));
    if (!stream.is_open() || stream.bad()) return Error{Errc::io, "read " + file.string()};
    note.resize(static_cast<std::size_t>(stream.gcount()));
    // An empty file is no missing one.
    if (note.empty()) return Error{Errc::malformed, file.string() + ": no signed note"};
    return note;
}

Result<std::optional<audit::Checkpoint>> read_checkpoint(
    const std::filesystem::path& file, std::string_view origin,
    std::span<const audit::NoteVerifier> keys) {
    const auto note = read_note(file);
    if (!note) return note.error();
    if (note->empty()) return std::optional<audit::Checkpoint>();
    auto checkpoint = audit::open_checkpoint(*note, origin, keys);
    if (!checkpoint) return std::move(checkpoint).error().in(file.string());
    return std::optional(*std::move(checkpoint));
}

Result<Digest> root_of_first(const std::filesystem::path& directory, std::uint64_t size) {
    if (size == 0) return audit::Frontier().root();
    auto walk = LogWalk::open(directory, size - 1);
    if (!walk) return std::move(walk).error();
    audit::Frontier tree = walk->segment_tree();
    if (tree.size() > size)
        return Error{Errc::unavailable, "the first " + std::to_string(tree.size()) +
                                            " entries of audit log " + directory.string() +
                                            " were dropped by retention"};
    auto read = walk->each_entry([&](std::uint64_t, Bytes entry) {
        tree.add(audit::leaf_hash(entry));
        return tree.size() < size;
    });
    if (!read) return std::move(read).error();
    if (tree.size() < size)
        return Error{Errc::truncated, "audit log " + directory.string() + " has fewer than " +
                                          std::to_string(size) + " entries"};
    return tree.root();
}

Result<std::vector<SignedHead>> read_signed_heads(const std::filesystem::path& directory,
                                                  std::string_view origin,
                                                  const CheckpointOptions& options) {
    std::vector<SignedHead> heads;
    if (options.signers.empty()) return heads;
    const auto keys = keys_of(options);
    for (const auto& file : {directory / kCheckpointFile, options.anchor}) {
        if (file.empty()) continue;
        const auto checkpoint = read_checkpoint(file, origin, keys);
        if (!checkpoint) return checkpoint.error();
        if (*checkpoint) heads.push_back({file, (*checkpoint)->head});
    }
    return heads;
}

KnownRoots::KnownRoots(const std::vector<SignedHead>& heads) {
    for (const SignedHead& one : heads) roots_[one.head.size];
}

std::uint64_t KnownRoots::next_after(std::uint64_t size) const {
    const auto next = roots_.upper_bound(size);
    return next == roots_.end() ? UINT64_MAX : next->first;
}

void KnownRoots::note(const audit::Frontier& tree) {
    const auto asked = roots_.find(tree.size());
    if (asked != roots_.end()) asked->second = tree.root();
}

std::optional<Digest> KnownRoots::at(std::uint64_t size) const {
    const auto known = roots_.find(size);
    return known == roots_.end() ? std::nullopt : known->second;
}

Result<std::optional<audit::TreeHead>> check_signed(const std::filesystem::path& directory,
                                                    const LogEnd& end,
                                                    const std::vector<SignedHead>& heads,
                                                    const KnownRoots& roots,
                                                    std::optional<std::uint64_t> accept_size) {
    std::optional<audit::TreeHead> lost;
    const std::uint64_t has = end.next_index();
    for (const SignedHead& one : heads) {
        if (one.head.size > has) {
            if (accept_size != has) return too_short(directory, has, one);
            if (!lost || one.head.size > lost->size) lost = one.head;
            continue;
        }
        auto held = check_one(directory, end, one, roots);
        if (!held) return std::move(held).error();
    }
    return lost;
}

}  // namespace sluice::auditlog
