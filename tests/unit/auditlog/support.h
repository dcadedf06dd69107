// support.h: small logs for the tests of auditlog, built block by block, and ways to damage them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "audit/encode.h"
#include "audit/segment.h"
#include "auditlog/reader.h"
#include "auditlog/segment_name.h"
#include "auditlog/segment_writer.h"
#include "base/limits.h"
#include "support/temp_directory.h"
#include "unit/audit/examples.h"

namespace sluice::auditlog::testing {

using tests::TempDirectory;

// The i-th event of a log: all differ.
inline audit::Event numbered(std::uint64_t i) {
    audit::Event event = audit::examples::fetch();
    event.correlation_id = static_cast<std::int32_t>(i);
    event.offsets = {static_cast<std::int64_t>(100 * i), static_cast<std::int64_t>(100 * i + 99)};
    return event;
}

inline void append_entry(Buffer& body, const audit::Event& event) {
    Buffer entry;
    audit::encode(event, entry);
    append_be(body, static_cast<std::uint16_t>(entry.size()));
    append(body, entry);
}

inline const std::string kOrigin = "gw1.example/main";
constexpr std::int64_t kHour = 3'600'000'000'000;

// Writes a log whose blocks and segments are as the test wants them.
class LogBuilder {
  public:
    explicit LogBuilder(const std::filesystem::path& directory,
                        std::uint64_t segment_bytes_max = 1u << 20)
        : files_(real_file_system()), writer_(*files_, {directory, kOrigin, segment_bytes_max}) {
        EXPECT_TRUE(writer_.start(now_));
    }
    LogBuilder& block(const std::vector<audit::Event>& events) {
        Buffer body;
        for (const audit::Event& event : events) append_entry(body, event);
        const auto written = writer_.append({body}, events.size(), now_);
        EXPECT_TRUE(written);
        return *this;
    }
    // `count` numbered events as one block.
    LogBuilder& block_of(std::uint64_t count) {
        std::vector<audit::Event> events;
        while (count-- > 0) events.push_back(numbered(next_++));
        return block(events);
    }
    // The next block goes to a new segment.
    LogBuilder& roll() {
        now_.wall += 2 * kHour;
        return *this;
    }
    LogEnd close() {
        EXPECT_TRUE(writer_.close());
        return writer_.end();
    }

  private:
    std::unique_ptr<FileSystem> files_;
    SegmentWriter writer_;
    Instant now_{0, 1'700'000'000'000'000'000};
    std::uint64_t next_ = 0;
};

inline std::vector<std::filesystem::path> segments_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> paths;
    const auto files = list_segments(directory);
    EXPECT_TRUE(files);
    for (const SegmentFile& file : *files) paths.push_back(file.path);
    return paths;
}

inline Buffer contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
inline void replace_contents(const std::filesystem::path& path, const Buffer& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}
inline void append_contents(const std::filesystem::path& path, const std::string& text) {
    Buffer bytes = contents(path);
    append(bytes, as_bytes(text));
    replace_contents(path, bytes);
}
inline void flip(const std::filesystem::path& path, std::uint64_t byte, Byte pattern = 0x5a) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(byte));
    const int was = file.get();
    file.seekp(static_cast<std::streamoff>(byte));
    file.put(static_cast<char>(was ^ pattern));
}

// Byte offsets at which the blocks of a segment begin, and where the last one ends.
inline std::vector<std::size_t> block_starts(const Buffer& segment) {
    std::vector<std::size_t> starts{audit::kSegmentHeaderBytes};
    const auto header = audit::decode_segment_header(segment);
    EXPECT_TRUE(header);
    while (true) {
        const auto bytes =
            audit::claimed_block_bytes(Bytes(segment).subspan(starts.back()), header->mark);
        if (bytes == 0) return starts;
        starts.push_back(starts.back() + bytes);
    }
}

inline std::vector<Entry> entries_of(const std::filesystem::path& directory,
                                     std::uint64_t from = 0) {
    std::vector<Entry> entries;
    const auto end = read_log(directory, from, [&entries](const Entry& entry) {
        entries.push_back(entry);
        return true;
    });
    EXPECT_TRUE(end) << (end ? "" : end.error().context);
    return entries;
}
inline std::vector<Entry> numbered_entries(std::uint64_t count, std::uint64_t from = 0) {
    std::vector<Entry> entries;
    for (std::uint64_t i = from; i < count; ++i) entries.push_back({i, numbered(i)});
    return entries;
}

}  // namespace sluice::auditlog::testing
