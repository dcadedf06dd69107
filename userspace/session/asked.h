// asked.h: what a request names, as its fields pass: elements, topics and partitions. Decides
// nothing. Private to this folder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "kafka/walker.h"
#include "session/request.h"

namespace sluice::session {

// Which topic and partition of a body the walker is in.
struct Place {
    TopicRef topic;
    bool topic_listed = false;  // `topic` stands in Request::topics as its last entry
    std::int32_t partition = -1;
    std::size_t partition_at = 0;         // where its index stands in the body
    bool index_pending = false;           // and its records are still to come
    std::optional<std::int16_t> refusal;  // produce: of the topic, once it was decided; 0: none
    void begin_topic() { *this = {}; }
    // Of the arrays `topics` and `partitions`, whatever the API, in either direction.
    void on(const kafka::Item& item);
};

// What a request names, for the checks of its API: see checks.h.
struct AskedElement {
    std::string name;
    TopicId id;
    std::int64_t type = 0;  // of a config resource
};
struct Asked {
    std::array<std::string, 2> whole;  // the names of Checks::whole
    std::array<bool, 2> given{};       // they were not null
    std::vector<AskedElement> elements;
    std::int64_t key_type = 0;  // FindCoordinator
    std::int64_t timeout_ms = 0;
    std::size_t timeout_at = 0;           // in the body; 0: it has none
    std::int64_t max_wait_ms = 0;         // Fetch
    bool commits = true;                  // EndTxn
    bool no_generation = false;           // OffsetCommit outside of any generation: a reset
    bool replica = false;                 // it claims to be a broker
    bool everything = false;              // it names no element to ask for all of them
    bool inside = false, passed = false;  // of the array of elements
    void clear();
};
// A partition that one of our own questions is about.
struct PlaceAsk {
    const std::string* topic;
    std::int32_t partition;
};
void append_partitions(Buffer& frame, const std::vector<PlaceAsk>& places,
                       void (*each)(Buffer&, const PlaceAsk&));

}  // namespace sluice::session
