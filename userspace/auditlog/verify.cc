#include <algorithm>

#include "audit/damage.h"
#include "audit/encode.h"
#include "audit/tree_proof.h"
#include "auditlog/checkpoints.h"
#include "auditlog/pruned.h"
#include "auditlog/reader.h"
#include "auditlog/segment_bytes.h"
#include "auditlog/tiles.h"
#include "auditlog/walk.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

constexpr std::size_t kBlockBytesMax = audit::kBlockHeaderBytes + limits::audit_commit_bytes_max;
constexpr std::uint64_t kReportEvery = 16ull * 1024 * 1024;

using Damage = VerifyReport::Damage;

std::string in_words(const audit::WrongByte& wrong) {
    char text[64];
    std::snprintf(text, sizeof text, "this byte is 0x%02x and was 0x%02x", wrong.is, wrong.was);
    return text;
}

// Which entry of the block, once mended, the byte at `at` belongs to.
std::uint64_t entry_at(Buffer block, const audit::WrongByte& wrong, std::uint64_t first_index) {
    block[wrong.at] = wrong.was;
    std::uint64_t index = first_index;
    std::size_t end = audit::kBlockHeaderBytes;
    const auto header =
        audit::decode_block_header(std::span(block).first<audit::kBlockHeaderBytes>());
    const Bytes body = Bytes(block).subspan(audit::kBlockHeaderBytes, header.body_bytes);
    audit::for_each_entry(body, [&](Bytes entry) {
        end += 2 + entry.size();
        if (end > wrong.at) return false;
        ++index;
        return true;
    });
    return index;
}

// The log, segment by segment; stops at the first thing that is wrong.
class Verification {
  public:
    Verification(std::filesystem::path directory, std::vector<SegmentFile> files,
                 const VerifyOptions& options, const Progress& progress)
        : directory_(std::move(directory)),
          files_(std::move(files)),
          options_(options),
          progress_(progress) {}

    Result<VerifyReport> run();

  private:
    struct Signed {
        std::filesystem::path file;
        audit::TreeHead head;
        std::optional<Digest> root = {};  // of the log, where it had this size
    };
    // Errors are those of reading; what is wrong with the log goes to report_.damage.
    Status read_signed();
    void note_root();
    void check_signed_heads();
    Status check_headers();
    // Where the log begins, if entries were dropped.
    void check_beginning();
    // A checkpoint of entries that are all gone: by the tiles, which must lead to the kept part.
    Status check_dropped_head(const Signed& one);
    Status check_segment(std::size_t at);
    Status check_blocks(std::size_t at, SegmentScan& scan);
    Status check_end(std::size_t at, SegmentScan& scan, SegmentScan::Step step);
    Status check_newest_end(std::size_t at, SegmentScan& scan, SegmentScan::Step step);
    void check_block(std::size_t at, std::uint64_t position, const audit::Block& block);
    void check_placed(std::size_t at);
    // True where one wrong byte explains what the scan stumbled over.
    Result<bool> name_wrong_byte(std::size_t at, SegmentScan& scan);
    void damage(std::size_t at, std::uint64_t byte, const std::string& what, bool missing = false) {
        report_.damage = Damage{files_[at].path, byte, index_, what, missing};
    }
    // A compressed segment that cannot be read as what it was is damage, as a bad block is.
    Status unreadable(std::size_t at, const Error& error, std::uint64_t byte) {
        if (error.code == Errc::io || error.code == Errc::permission)
            return Error(error).in(files_[at].path.string());
        damage(at, byte, error.context);
        return ok();
    }
    [[nodiscard]] const audit::SegmentHeader* after(std::size_t at) const {
        return at + 1 < headers_.size() ? &headers_[at + 1] : nullptr;
    }
    void report_progress(std::uint64_t position);

    const std::filesystem::path directory_;
    const std::vector<SegmentFile> files_;
    const VerifyOptions& options_;
    const Progress& progress_;
    std::vector<Signed> signed_;
    Pruned pruned_;
    std::optional<std::uint64_t> gap_;  // the first entry that says entries before it were lost
    std::vector<audit::SegmentHeader> headers_;
    std::uint64_t bytes_all_ = 0, reported_ = 0;
    std::uint64_t index_ = 0;  // of the next entry
    audit::Frontier tree_;     // of the entries before it
    VerifyReport report_;
};

Result<VerifyReport> Verification::run() {
    auto pruned = read_pruned(directory_);
    if (!pruned) return std::move(pruned).error();
    pruned_ = *std::move(pruned);
    auto status = check_headers();
    if (status && !report_.damage) check_beginning();
    // Before the entries: a log that is being written grows behind its checkpoint.
    if (status && !report_.damage) status = read_signed();
    for (std::size_t at = 0; status && !report_.damage && at < files_.size(); ++at)
        status = check_segment(at);
    if (status && !report_.damage) check_signed_heads();
    if (!status) return std::move(status).error();
    if (progress_)
        progress_(std::max(bytes_all_, report_.bytes), std::max(bytes_all_, report_.bytes));
    return report_;
}

Status Verification::read_signed() {
    if (options_.keys.empty()) return ok();
    for (const auto& file : {directory_ / kCheckpointFile, options_.checkpoint}) {
        if (file.empty()) continue;
        const auto checkpoint = read_checkpoint(file, headers_.front().origin, options_.keys);
        if (!checkpoint) {
            Error error = checkpoint.error();
            if (error.code != Errc::io && error.code != Errc::permission) error.code = Errc::denied;
            return error;
        }
        if (!*checkpoint)
            return Error{Errc::denied, file.string() + ": there is no such checkpoint"};
        if (!report_.signed_entries) report_.signed_entries = (*checkpoint)->head.size;
        signed_.push_back({file, (*checkpoint)->head});
        auto held = check_dropped_head(signed_.back());
        if (!held) return held;
    }
    note_root();
    return ok();
}

void Verification::check_beginning() {
    report_.first_entry = pruned_.first_index;
    if (pruned_.first_index == 0) return;
    index_ = pruned_.first_index;
    if (!leads_to(pruned_, headers_.front().tree))
        return damage(0, 0,
                      "the hashes in `" + std::string(kPrunedFile) +
                          "` do not lead to the tree that this segment goes on with");
    tree_ = headers_.front().tree;
}

Status Verification::check_dropped_head(const Signed& one) {
    if (one.head.size >= pruned_.first_index || one.head.size == 0) return ok();
    TreeReader reader(directory_);
    const auto proof =
        audit::prove_consistency(one.head.size, pruned_.first_index, reader.reader());
    if (!proof)
        return Error{Errc::unavailable,
                     one.file.string() + " was signed for " + std::to_string(one.head.size) +
                         " entries, and the first " + std::to_string(pruned_.first_index) +
                         " were dropped by retention: " + proof.error().context};
    if (audit::is_consistent(one.head, {tree_.size(), tree_.root()}, *proof)) {
        signed_.back().root = one.head.root;
        return ok();
    }
    damage(0, 0,
           "the " + std::to_string(one.head.size) + " entries that " + one.file.string() +
               " was signed for are not the beginning of those before this segment");
    return ok();
}

// Called at every size that the tree comes to.
void Verification::note_root() {
    for (Signed& one : signed_)
        if (one.head.size == tree_.size()) one.root = tree_.root();
}

void Verification::check_signed_heads() {
    const std::string owns_up =
        gap_ ? "; the log itself owns up to a gap at entry " + std::to_string(*gap_) : "";
    for (const Signed& one : signed_) {
        const std::string size = std::to_string(one.head.size);
        if (!one.root)
            return damage(files_.size() - 1, report_.bytes,
                          "the log ends here, and " + one.file.string() + " was signed for " +
                              size + " entries" + owns_up,
                          true);
        if (*one.root == one.head.root) continue;
        index_ = 0;
        return damage(0, 0,
                      "the first " + size + " entries are not those that " + one.file.string() +
                          " was signed for" + owns_up);
    }
}

Status Verification::check_headers() {
    for (std::size_t at = 0; at < files_.size(); ++at) {
        index_ = files_[at].first_index;
        auto file = open_segment_bytes(files_[at].path);
        if (!file) return unreadable(at, file.error(), 0);
        Buffer bytes(audit::kSegmentHeaderBytes);
        const auto got = (*file)->read(0, bytes);
        if (!got) return unreadable(at, got.error(), (*file)->failed_at());
        bytes.resize(*got);
        auto header = audit::decode_segment_header(bytes);
        if (!header) {
            const auto wrong = audit::find_wrong_header_byte(bytes);
            damage(at, wrong ? wrong->at : 0, wrong ? in_words(*wrong) : header.error().context);
            return ok();
        }
        headers_.push_back(*std::move(header));
        check_placed(at);
        if (report_.damage) return ok();
        const auto size = (*file)->size();
        bytes_all_ += size ? *size : 0;
    }
    index_ = 0;
    return ok();
}

void Verification::check_placed(std::size_t at) {
    const audit::SegmentHeader& header = headers_[at];
    if (header.number != files_[at].number || header.first_index() != files_[at].first_index)
        return damage(at, 0,
                      "the file is named as segment " + std::to_string(files_[at].number) +
                          " and holds segment " + std::to_string(header.number));
    if (header.origin != headers_.front().origin)
        return damage(at, 0, "a segment of another log, `" + header.origin + "`");
    const std::uint64_t expected = at == 0 ? pruned_.first_segment : headers_[at - 1].number + 1;
    if (header.number == expected) return;
    const std::string last = std::to_string(header.number - 1);
    damage(at, 0,
           header.number - 1 == expected
               ? "segment " + last + " before it is missing"
               : "segments " + std::to_string(expected) + " to " + last + " before it are missing",
           true);
}

Status Verification::check_segment(std::size_t at) {
    const audit::SegmentHeader& header = headers_[at];
    if (header.first_index() != index_) {
        damage(at, 0,
               "it begins with entry " + std::to_string(header.first_index()) +
                   ", the log has come to " + std::to_string(index_));
        return ok();
    }
    if (header.tree != tree_) {
        damage(at, 0, "the hash tree of the segments before does not lead to this one");
        return ok();
    }
    auto scan = SegmentScan::open(files_[at]);
    if (!scan) return std::move(scan).error();
    auto status = check_blocks(at, *scan);
    ++report_.segments;
    report_.bytes += scan->position();
    return status;
}

Status Verification::check_blocks(std::size_t at, SegmentScan& scan) {
    audit::Block block;
    const audit::SegmentHeader* next = after(at);
    while (!report_.damage) {
        const std::uint64_t position = scan.position();
        if (next != nullptr && position >= next->previous_bytes)
            return check_end(at, scan, SegmentScan::Step::end);
        const auto step = scan.next(block);
        if (step == SegmentScan::Step::failed)
            return unreadable(at, scan.error(), scan.failed_at());
        if (step != SegmentScan::Step::block) return check_end(at, scan, step);
        check_block(at, position, block);
        report_progress(scan.position());
    }
    return ok();
}

void Verification::check_block(std::size_t at, std::uint64_t position, const audit::Block& block) {
    if (block.first_index > index_)
        return damage(at, position,
                      "entries " + std::to_string(index_) + " to " +
                          std::to_string(block.first_index - 1) + " are missing before this block");
    if (block.first_index < index_)
        return damage(
            at, position,
            "the block of entry " + std::to_string(block.first_index) + " stands here again");
    audit::for_each_entry(block.body, [this](Bytes entry) {
        tree_.add(audit::leaf_hash(entry));
        note_root();
        return true;
    });
    if (tree_.root() != block.root)
        return damage(at, position,
                      "the hash tree breaks in this block of " + std::to_string(block.count) +
                          " entries: somebody changed, swapped or took out an entry");
    std::uint64_t byte = position + audit::kBlockHeaderBytes;
    audit::for_each_entry(block.body, [&](Bytes entry) {
        const auto event = audit::decode(entry);
        if (!event) {
            damage(at, byte, event.error().context);
            return false;
        }
        if (event->type == audit::EventType::gap && !gap_) gap_ = index_;
        ++index_;
        ++report_.entries;
        byte += 2 + entry.size();
        return true;
    });
}

Result<bool> Verification::name_wrong_byte(std::size_t at, SegmentScan& scan) {
    auto rest = scan.rest(2 * kBlockBytesMax);
    if (!rest) return Error(rest.error()).in(files_[at].path.string());
    const auto wrong = audit::find_wrong_byte(*rest, headers_[at].mark, tree_);
    if (!wrong) return false;
    const bool newest = after(at) == nullptr;
    if (newest && audit::in_unwritten_sector(*rest, scan.position(), *wrong)) return false;
    index_ = entry_at(*std::move(rest), *wrong, index_);
    damage(at, scan.position() + wrong->at, in_words(*wrong));
    return true;
}

Status Verification::check_end(std::size_t at, SegmentScan& scan, SegmentScan::Step step) {
    const audit::SegmentHeader* next = after(at);
    if (next == nullptr) return check_newest_end(at, scan, step);
    const std::uint64_t position = scan.position();
    if (position < next->previous_bytes) {
        const auto named = name_wrong_byte(at, scan);
        if (!named) return named.error();
        if (!*named)
            damage(at, position,
                   step == SegmentScan::Step::broken
                       ? scan.why()
                       : "the segment is cut short: it had " +
                             std::to_string(next->previous_bytes) + " bytes");
        return ok();
    }
    if (position > next->previous_bytes)
        damage(at, next->previous_bytes, "a block crosses the end that the next segment states");
    const auto size = scan.size();
    if (!size) return Error(size.error()).in(files_[at].path.string());
    if (*size > position && !next->previous_abandoned)
        damage(at, position,
               std::to_string(*size - position) + " bytes follow the end of the segment");
    return ok();
}

// What follows the last whole block was never reported durable, unless it shows that it was whole
// once.
Status Verification::check_newest_end(std::size_t at, SegmentScan& scan, SegmentScan::Step step) {
    if (step == SegmentScan::Step::end) return ok();
    const auto rest = scan.rest(2 * kBlockBytesMax);
    if (!rest) return Error(rest.error()).in(files_[at].path.string());
    if (audit::decode_block(*rest, headers_[at].mark)) return ok();  // written while we looked
    const auto named = name_wrong_byte(at, scan);
    if (!named) return named.error();
    if (*named) return ok();
    const auto end = scan.content_end();
    if (!end) return Error(end.error()).in(files_[at].path.string());
    if (audit::good_block_follows(*rest, headers_[at].mark, index_))
        damage(at, scan.position(), scan.why() + ", and good blocks follow");
    else
        report_.unfinished_bytes = *end - scan.position();
    return ok();
}

void Verification::report_progress(std::uint64_t position) {
    const std::uint64_t done = report_.bytes + position;
    if (!progress_ || done - reported_ < kReportEvery) return;
    reported_ = done;
    progress_(done, std::max(done, bytes_all_));
}

}  // namespace

Result<VerifyReport> verify(const std::filesystem::path& directory, const VerifyOptions& options,
                            const Progress& progress) {
    auto files = segments_of_log(directory);
    if (!files) return std::move(files).error();
    return Verification(directory, *std::move(files), options, progress).run();
}

}  // namespace sluice::auditlog
