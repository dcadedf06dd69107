#include "auditlog/indexer.h"

#include <sys/resource.h>

#include <set>

#include "auditlog/index_file.h"
#include "base/log.h"

namespace sluice::auditlog {
namespace {

Status index_one(FileSystem& files, const IndexableSegment& segment, IndexingReport& report) {
    const auto made = make_index(segment);
    if (!made) return made.error();
    auto written = write_index(files, segment.file, made->pages);
    if (!written) return written;
    ++report.made;
    report.entries += made->entries;
    return ok();
}

// Sidecars, whole or not, of segments that are not there any more.
void remove_orphans(const std::filesystem::path& directory,
                    const std::vector<IndexableSegment>& segments) {
    std::set<std::filesystem::path> wanted;
    for (const IndexableSegment& segment : segments) wanted.insert(index_path(segment.file));
    std::error_code failure;
    std::vector<std::filesystem::path> orphans;
    std::filesystem::directory_iterator entry(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        auto path = entry->path();
        if (path.extension() == ".tmp" && path.stem().extension() == ".idx")
            path.replace_extension();
        if (path.extension() == ".idx" && !wanted.contains(path)) orphans.push_back(entry->path());
    }
    for (const auto& path : orphans) std::filesystem::remove(path, failure);
}

}  // namespace

Result<IndexingReport> index_segments(FileSystem& files, const std::filesystem::path& directory,
                                      const IndexingOptions& options) {
    const auto segments = indexable_segments(directory, options.from_number);
    if (!segments) return segments.error();
    if (options.from_number == 0) remove_orphans(directory, *segments);
    IndexingReport report;
    report.next_number = segments->empty() ? options.from_number : segments->back().file.number;
    for (std::size_t i = 0; i < segments->size() && (*segments)[i].sealed; ++i) {
        const IndexableSegment& segment = (*segments)[i];
        if (options.stopped && options.stopped()) {
            report.next_number = segment.file.number;
            break;
        }
        if (options.which == IndexingOptions::Which::missing && open_index(segment)) {
            ++report.kept;
        } else {
            const auto done = index_one(files, segment, report);
            if (!done) ++report.failed;
            if (!done && options.failed) options.failed(done.error());
        }
        if (options.progress) options.progress(i + 1, segments->size() - 1);
    }
    return report;
}

Indexer::Indexer(std::filesystem::path directory, std::chrono::nanoseconds interval)
    : directory_(std::move(directory)), interval_(interval), thread_([this] { run(); }) {}

Indexer::~Indexer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Indexer::wait_until_made(std::uint64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return made() >= count; });
}

void Indexer::run() {
    // Of this thread alone, on Linux.
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, 19));
    while (!stopping_) {
        look();
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, interval_, [this] { return stopping_.load(); });
    }
}

void Indexer::look() {
    const auto listed = list_segments(directory_);
    if (!listed || listed->empty()) return;
    // Once everything there was is looked after, only the end of the list can bring something new.
    if (next_number_ > 0 && listed->back().number == next_number_) return;
    IndexingOptions options;
    options.from_number = next_number_;
    options.stopped = [this] { return stopping_.load(); };
    options.failed = [](const Error& why) {
        log::warn("audit log: a segment is left without an index: {}", why.context);
    };
    const auto files = real_file_system();
    const auto report = index_segments(*files, directory_, options);
    if (!report) return log::warn("audit log: no indexes are made: {}", report.error().context);
    {
        const std::lock_guard lock(mutex_);
        next_number_ = report->next_number;
        made_.fetch_add(report->made, std::memory_order_relaxed);
    }
    changed_.notify_all();
}

}  // namespace sluice::auditlog
