// index_log.h: a whole log through the indexes of its segments: those beside it where they are
// sound, others made for the moment. What questions about the log are asked of.
//
// Of the log as it was when it was opened. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "auditlog/index_file.h"
#include "auditlog/scan.h"

namespace sluice::auditlog {

class IndexedLog {
  public:
    // `wanted`: which accesses the questions can be about, for indexes that have to be made.
    static Result<IndexedLog> open(const std::filesystem::path& directory,
                                   IndexBuilder::Wanted wanted = {}, const Progress& progress = {});

    [[nodiscard]] const std::vector<IndexableSegment>& segments() const { return segments_; }
    // What is there, and what is not. Errors: those of make_index.
    Result<Known> known();
    // Which segment holds this entry, if any does.
    [[nodiscard]] std::size_t segment_of(std::uint64_t index) const;

    // ask(IndexView&) of one segment. May be called again, with another view, where the sidecar
    // turns out not to be sound: so it must not keep anything before it is through.
    template <class Ask>
    Status with(std::size_t segment, Ask&& ask) {
        auto opened = view(segment);
        if (!opened) return std::move(opened).error();
        Status status = ask((*opened)->view);
        if (status || (*opened)->made || !may_be_the_index(status.error())) return status;
        opened = make(segment);
        if (!opened) return std::move(opened).error();
        return ask((*opened)->view);
    }
    // The sidecar of a segment, where there is a sound one. Good until another one is asked for.
    IndexView* sidecar(std::size_t segment);
    // An entry of a segment, counted from its first one. Cheap in ascending order. Good until the
    // next call. Errors: corrupt, io.
    Result<Bytes> entry(std::size_t segment, std::uint32_t number, IndexView& index);

  private:
    struct Opened {
        IndexView view;
        bool made;
    };
    IndexedLog() = default;
    Result<Opened*> view(std::size_t segment);
    Result<Opened*> make(std::size_t segment);
    Result<ReadAt> keep(Buffer pages);
    static bool may_be_the_index(const Error& error);
    void make_room();

    std::vector<IndexableSegment> segments_;
    IndexBuilder::Wanted wanted_;
    Progress progress_;
    std::map<std::size_t, std::unique_ptr<Opened>> opened_;
    std::size_t memory_used_ = 0;
    // The block that was read last.
    std::optional<SegmentScan> scan_;
    std::size_t scanned_ = 0;
    audit::Block block_;
};

}  // namespace sluice::auditlog
