// How far an OffsetCommit of nobody's generation goes back: the committed offsets are asked of the
// coordinator, which is the broker the client dialled.
#include <algorithm>

#include "base/limits.h"
#include "kafka/api.h"
#include "session/state.h"

namespace sluice::session {
namespace {

constexpr std::int32_t kRewindCorrelation = 0x52u << 24;
// OffsetFetch version 5: of one group, by name, without compact encodings; every broker has it.
constexpr kafka::ApiVersion kOffsetFetchVersion = 5;

}  // namespace

// Puts topic names and, below each, its partitions: `each` writes one.
void append_partitions(Buffer& frame, const std::vector<PlaceAsk>& places,
                       void (*each)(Buffer&, const PlaceAsk&)) {
    std::size_t topics = 0;
    for (std::size_t n = 0; n < places.size(); ++n)
        topics += n == 0 || *places[n].topic != *places[n - 1].topic;
    append_be(frame, static_cast<std::int32_t>(topics));
    for (std::size_t n = 0; n < places.size();) {
        std::size_t end = n;
        while (end < places.size() && *places[end].topic == *places[n].topic) ++end;
        kafka::append_string(frame, *places[n].topic);
        append_be(frame, static_cast<std::int32_t>(end - n));
        for (; n < end; ++n) each(frame, places[n]);
    }
}

void Session::State::commit_item(const kafka::Item& item) {
    if (!is_reset()) return;
    if (commits.size() >= limits::request_partitions_max) return;
    commits.push_back({place.topic, place.partition, item.number, std::nullopt});
}

bool Session::State::is_reset() const {
    return reading.key == kafka::api::offset_commit && asked.no_generation;
}

// False: the committed offsets were asked for, or are not there yet.
bool Session::State::rewind_known(Instant now, Output& out) {
    if (!is_reset() || rewind_asked) return true;
    scratch = {ResourceKind::group, asked.whole[0]};
    if (!policy::needs(caller.rules, Operation::group_offset_reset, scratch).records) return true;
    rewind_asked = true;
    std::vector<PlaceAsk> places;
    for (CommitAsk& commit : commits) {
        commit.topic = named(commit.topic);
        if (!commit.topic.name.empty()) places.push_back({&commit.topic.name, commit.partition});
    }
    if (places.empty()) return true;
    Buffer frame =
        kafka::begun_request(kafka::api::offset_fetch, kOffsetFetchVersion, kRewindCorrelation);
    kafka::append_string(frame, asked.whole[0]);
    append_partitions(frame, places, [](Buffer& out_frame, const PlaceAsk& one) {
        append_be(out_frame, one.partition);
    });
    look_up(kafka::api::offset_fetch, kOffsetFetchVersion, kRewindCorrelation, std::move(frame),
            now, out);
    return false;
}

// Of our own OffsetFetch.
void Session::State::committed_item(const kafka::Item& item) {
    answer_place.on(item);
    switch (item.slot) {
        case kafka::Slot::committed_offset:
            part_base_offset = item.number;
            break;
        case kafka::Slot::error_code:
            if (item.number != 0) break;
            // Brokers answer in the order asked: look where the last one stood, then everywhere.
            for (std::size_t step = 0; step < commits.size(); ++step) {
                CommitAsk& commit = commits[(commit_cursor + step) % commits.size()];
                if (commit.partition != answer_place.partition ||
                    commit.topic.name != answer_place.topic.name)
                    continue;
                commit.committed = part_base_offset;
                commit_cursor = (commit_cursor + step) % commits.size() + 1;
                break;
            }
            break;
        default:
            break;
    }
}

// How many records the commit goes back over; empty where that is not known of each partition.
std::optional<std::uint64_t> Session::State::rewound() const {
    if (commits.size() >= limits::request_partitions_max) return std::nullopt;  // and perhaps more
    std::uint64_t sum = 0;
    for (const CommitAsk& commit : commits) {
        if (!commit.committed || commit.offset < 0) return std::nullopt;
        if (*commit.committed > commit.offset)
            sum += static_cast<std::uint64_t>(*commit.committed - commit.offset);
    }
    return sum;
}

}  // namespace sluice::session
