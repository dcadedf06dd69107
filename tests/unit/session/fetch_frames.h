// fetch_frames.h: Fetch requests and answers of any version, field by field.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "unit/session/script.h"

namespace sluice::session::test {

inline constexpr int kFetch = 1;
inline constexpr std::int32_t kLots = 50 * 1024 * 1024;

struct FetchTopic {
    std::string name;
    TopicId id = {};  // from version 13 on in the name's place
    std::vector<Wanted> parts;
};
struct FetchAsk {
    int version = 11;
    int correlation = 1;
    std::vector<FetchTopic> topics;
    int session = 0;
    int epoch = -1;
    std::int32_t max_bytes = kLots;
    std::int32_t partition_max_bytes = kLots;
};

struct AnsweredPart {
    int partition = 0;
    int error = 0;
    Buffer records = {};
    std::vector<std::int64_t> aborted = {};  // producer ids
    bool null_records = false;
};
struct AnsweredTopic {
    std::string name;
    TopicId id = {};
    std::vector<AnsweredPart> parts;
};
struct FetchAnswer {
    int version = 11;
    int correlation = 1;
    std::vector<AnsweredTopic> topics;
    int session = 0;
};

// Lengths and counts, as a version writes them.
class VersionWire : public Wire {
  public:
    explicit VersionWire(int version) : version_(version) {}
    [[nodiscard]] bool flexible() const { return version_ >= 12; }
    void count(std::size_t n) {
        if (flexible())
            varint(static_cast<std::uint32_t>(n + 1));
        else
            i32(static_cast<std::int64_t>(n));
    }
    void topic(const std::string& name, const TopicId& topic_id) {
        if (version_ >= 13)
            id(topic_id);
        else if (flexible())
            compact(name);
        else
            text(name);
    }
    void end() {
        if (flexible()) tags();
    }

  private:
    int version_;
};

inline Buffer fetch_request(const FetchAsk& ask) {
    VersionWire wire(ask.version);
    if (ask.version <= 14) wire.i32(-1);
    wire.i32(500).i32(1).i32(ask.max_bytes).i8(0);
    if (ask.version >= 7) wire.i32(ask.session).i32(ask.epoch);
    wire.count(ask.topics.size());
    for (const FetchTopic& topic : ask.topics) {
        wire.topic(topic.name, topic.id);
        wire.count(topic.parts.size());
        for (const Wanted& part : topic.parts) {
            wire.i32(part.partition);
            if (ask.version >= 9) wire.i32(-1);
            wire.i64(part.offset);
            if (ask.version >= 12) wire.i32(-1);
            if (ask.version >= 5) wire.i64(-1);
            wire.i32(ask.partition_max_bytes);
            wire.end();
        }
        wire.end();
    }
    if (ask.version >= 7) wire.count(0);
    if (ask.version >= 12)
        wire.compact("");
    else if (ask.version == 11)
        wire.text("");
    wire.end();
    return request(kFetch, ask.version, ask.correlation, wire, wire.flexible());
}

inline Buffer fetch_answer(const FetchAnswer& answer) {
    VersionWire wire(answer.version);
    wire.i32(0);
    if (answer.version >= 7) wire.i16(0).i32(answer.session);
    wire.count(answer.topics.size());
    for (const AnsweredTopic& topic : answer.topics) {
        wire.topic(topic.name, topic.id);
        wire.count(topic.parts.size());
        for (const AnsweredPart& part : topic.parts) {
            wire.i32(part.partition).i16(part.error).i64(900).i64(899);
            if (answer.version >= 5) wire.i64(3);
            wire.count(part.aborted.size());
            for (const std::int64_t producer : part.aborted) {
                wire.i64(producer).i64(17);
                wire.end();
            }
            if (answer.version >= 11) wire.i32(-1);
            if (part.null_records && wire.flexible()) {
                wire.varint(0);
            } else if (part.null_records) {
                wire.i32(-1);
            } else {
                wire.count(part.records.size());
            }
            wire.raw(part.records);
            wire.end();
        }
        wire.end();
    }
    wire.end();
    return response(answer.correlation, wire, wire.flexible());
}

}  // namespace sluice::session::test
