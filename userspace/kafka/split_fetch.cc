#include "kafka/split_fetch.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "kafka/answer.h"
#include "kafka/api.h"
#include "kafka/edit.h"
#include "kafka/frame.h"
#include "kafka/walker.h"

namespace sluice::kafka {
namespace {

bool has(const Which& which, std::size_t at) {
    return at < which.size() && which[at];
}

// Where a topic of the request and its partitions stand in the body.
struct TopicPlace {
    std::size_t at = 0;
    std::size_t end = 0;
    Item count{};                         // array_begin of the partitions
    std::size_t first = 0;                // how many partitions come before, in all
    std::vector<std::size_t> partitions;  // where each begins
    std::size_t partitions_end = 0;

    [[nodiscard]] std::size_t chosen(const Which& which) const {
        std::size_t count_of = 0;
        for (std::size_t n = 0; n < partitions.size(); ++n) count_of += has(which, first + n);
        return count_of;
    }
};

struct FetchPlaces {
    Item count{};  // array_begin of the topics
    std::vector<TopicPlace> topics;
};

// Calls on(item, places so far) for each item up to the end of the topics.
template <class OnItem>
FetchPlaces walk_topics(const WholeRequest& request, OnItem on) {
    const Layout* layout = request_layout(request.key, request.version);
    SLUICE_CHECK(layout != nullptr);
    const Bytes body = request.frame.subspan(request.body_at);
    Walker walker(*layout, body.size());
    FetchPlaces places;
    std::size_t partitions = 0;
    for (bool passed = false; !passed;) {
        const Item item = walker.next(body, 0);
        SLUICE_CHECK(item.kind != Item::Kind::need_more && item.kind != Item::Kind::error &&
                     item.kind != Item::Kind::done);
        if (item.slot == Slot::topics) {
            if (item.kind == Item::Kind::array_begin) places.count = item;
            if (item.kind != Item::Kind::array_begin && !places.topics.empty())
                places.topics.back().end = item.offset;
            if (item.kind == Item::Kind::element) {
                places.topics.emplace_back().at = item.offset;
                places.topics.back().first = partitions;
            }
            passed = item.kind == Item::Kind::array_end;
        } else if (item.slot == Slot::partitions && !places.topics.empty()) {
            TopicPlace& topic = places.topics.back();
            if (item.kind == Item::Kind::array_begin) topic.count = item;
            if (item.kind == Item::Kind::array_end) topic.partitions_end = item.offset;
            if (item.kind == Item::Kind::element) {
                topic.partitions.push_back(item.offset);
                ++partitions;
            }
        }
        on(item, places);
    }
    return places;
}

}  // namespace

Buffer fetch_without(const WholeRequest& request, const Which& topics, const Which& partitions) {
    const bool compact = request_layout(request.key, request.version)->flexible;
    const FetchPlaces places = walk_topics(request, [](const Item&, const FetchPlaces&) {});
    std::vector<Edit> edits(1);  // of the topics' count, known at the end
    std::uint32_t left = 0;
    for (std::size_t n = 0; n < places.topics.size(); ++n) {
        const TopicPlace& topic = places.topics[n];
        const std::size_t gone = topic.chosen(partitions);
        if (has(topics, n) || (gone > 0 && gone == topic.partitions.size())) {
            edits.push_back({topic.at, topic.end - topic.at, {}});
            continue;
        }
        ++left;
        if (gone == 0) continue;
        edits.push_back(
            {topic.count.offset, topic.count.length,
             count_prefix(compact, static_cast<std::uint32_t>(topic.partitions.size() - gone))});
        for (std::size_t part = 0; part < topic.partitions.size(); ++part) {
            if (!has(partitions, topic.first + part)) continue;
            const bool last = part + 1 == topic.partitions.size();
            const std::size_t end = last ? topic.partitions_end : topic.partitions[part + 1];
            edits.push_back({topic.partitions[part], end - topic.partitions[part], {}});
        }
    }
    edits.front() = {places.count.offset, places.count.length, count_prefix(compact, left)};
    return apply_edits(request.frame, request.body_at, edits);
}

Result<Elements> nothing_fetched(const WholeRequest& request, const Which& partitions,
                                 ErrorCode code, std::span<const std::int64_t> high_watermarks) {
    const FetchPlaces all = walk_topics(request, [](const Item&, const FetchPlaces&) {});
    const auto chosen = [&](const TopicPlace& topic) { return topic.chosen(partitions); };
    const auto topics = std::count_if(all.topics.begin(), all.topics.end(),
                                      [&](const TopicPlace& topic) { return chosen(topic) > 0; });
    AnswerBuilder builder(request.key, request.version);
    walk_topics(request, [&](Item item, const FetchPlaces& places) {
        const bool of_topics = item.slot == Slot::topics;
        if (of_topics && item.kind != Item::Kind::element) {
            if (item.kind == Item::Kind::array_begin) item.number = topics;
            return builder.on(item);
        }
        if (places.topics.empty()) return builder.on(item);
        const std::size_t at = places.topics.size() - 1;
        if (chosen(all.topics[at]) == 0) return;
        const TopicPlace& topic = places.topics[at];
        const bool of_partitions = item.slot == Slot::partitions;
        if (of_partitions && item.kind == Item::Kind::array_begin)
            item.number = static_cast<std::int64_t>(chosen(all.topics[at]));
        const bool inside = !topic.partitions.empty() &&
                            !(of_partitions && item.kind == Item::Kind::array_end) &&
                            topic.partitions_end == 0;
        if (inside && !has(partitions, topic.first + topic.partitions.size() - 1)) return;
        builder.on(item);
    });
    auto frame = builder.finish(request.correlation_id, code, {});
    if (!frame) return std::move(frame).error();
    const Layout* layout = response_layout(request.key, request.version);
    const std::size_t body_at = kSizePrefix + (layout->flexible ? 5 : 4);
    const std::span<Byte> body = std::span<Byte>(*frame).subspan(body_at);
    Walker walker(*layout, body.size());
    std::size_t next = 0;
    for (Item item = walker.next(body, 0); item.kind != Item::Kind::done;
         item = walker.next(body, 0)) {
        SLUICE_CHECK(item.kind != Item::Kind::need_more && item.kind != Item::Kind::error);
        if (item.slot == Slot::high_watermark && next < high_watermarks.size())
            store_be(body.data() + item.offset, high_watermarks[next++]);
    }
    return elements_of(*frame, request.key, request.version, Slot::topics);
}

}  // namespace sluice::kafka
