#include "kafka/split_fetch.h"

#include <gtest/gtest.h>

#include "kafka/api.h"
#include "kafka/frame.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

// A Fetch of `version` (7, or 13 with ids) that asks for these partitions of each topic.
struct Asked {
    std::string topic;  // of one letter
    std::vector<int> partitions;
};

void put_count(Buffer& out, bool flexible, std::size_t count) {
    append(out, count_prefix(flexible, static_cast<std::uint32_t>(count)));
}

Buffer fetch(ApiVersion version, const std::vector<Asked>& topics) {
    const bool flexible = version >= 12;
    Buffer frame(kSizePrefix);
    append_be<std::int16_t>(frame, api::fetch);
    append_be(frame, version);
    append_be<std::int32_t>(frame, 9);
    append_be<std::int16_t>(frame, -1);
    if (flexible) frame.push_back(0);
    append_be<std::int32_t>(frame, -1);
    append_be<std::int32_t>(frame, 500);
    append_be<std::int32_t>(frame, 1);
    append_be<std::int32_t>(frame, 1 << 20);
    frame.push_back(0);
    append_be<std::int32_t>(frame, 0);
    append_be<std::int32_t>(frame, 0);
    put_count(frame, flexible, topics.size());
    for (const Asked& topic : topics) {
        if (version >= 13) {
            frame.insert(frame.end(), 16, static_cast<Byte>(topic.topic[0]));
        } else {
            append_be<std::int16_t>(frame, 1);
            frame.push_back(static_cast<Byte>(topic.topic[0]));
        }
        put_count(frame, flexible, topic.partitions.size());
        for (const int partition : topic.partitions) {
            append_be<std::int32_t>(frame, partition);
            if (version >= 9) append_be<std::int32_t>(frame, -1);
            append_be<std::int64_t>(frame, 100 + partition);
            if (version >= 12) append_be<std::int32_t>(frame, -1);
            append_be<std::int64_t>(frame, -1);
            append_be<std::int32_t>(frame, 4096);
            if (flexible) frame.push_back(0);
        }
        if (flexible) frame.push_back(0);
    }
    put_count(frame, flexible, 0);
    if (version >= 11) {
        if (flexible)
            frame.push_back(1);
        else
            append_be<std::int16_t>(frame, 0);
    }
    if (flexible) frame.push_back(0);
    store_be(frame.data(), static_cast<std::int32_t>(frame.size() - kSizePrefix));
    return frame;
}

WholeRequest whole(const Buffer& frame, ApiVersion version) {
    const std::size_t header = version >= 12 ? 11 : 10;
    return {api::fetch, version, 9, frame, kSizePrefix + header};
}

const std::vector<ApiVersion> kVersions{7, 11, 13};
const std::vector<Asked> kTopics{{"a", {0, 1, 2}}, {"b", {5}}, {"c", {}}, {"d", {1, 3}}};

TEST(SplitFetch, CutsSinglePartitions) {
    for (const ApiVersion version : kVersions) {
        const Buffer frame = fetch(version, kTopics);
        EXPECT_EQ(
            fetch_without(whole(frame, version), {}, {false, true, false, false, false, true}),
            fetch(version, {{"a", {0, 2}}, {"b", {5}}, {"c", {}}, {"d", {1}}}));
        EXPECT_EQ(fetch_without(whole(frame, version), {}, {true, false, true}),
                  fetch(version, {{"a", {1}}, {"b", {5}}, {"c", {}}, {"d", {1, 3}}}));
    }
}

TEST(SplitFetch, ATopicWithoutPartitionsLeftGoesWithThem) {
    for (const ApiVersion version : kVersions) {
        const Buffer frame = fetch(version, kTopics);
        EXPECT_EQ(fetch_without(whole(frame, version), {}, {true, true, true, false, true}),
                  fetch(version, {{"b", {5}}, {"c", {}}, {"d", {3}}}));
    }
}

TEST(SplitFetch, CutsTopicsAndPartitionsAtOnce) {
    for (const ApiVersion version : kVersions) {
        const Buffer frame = fetch(version, kTopics);
        EXPECT_EQ(fetch_without(whole(frame, version), {true, false, true},
                                {false, true, false, false, true}),
                  fetch(version, {{"b", {5}}, {"d", {3}}}));
        EXPECT_EQ(fetch_without(whole(frame, version), {}, {}), frame);
    }
}

// Topic, partition, error and high watermark of each partition of an answer's elements.
struct Told {
    char topic;
    int partition;
    std::int64_t error;
    std::int64_t high_watermark;
    bool operator==(const Told&) const = default;
};

std::vector<Told> told(const Elements& elements, ApiVersion version, std::uint32_t& topics) {
    const Buffer request = fetch(version, {});
    const auto empty = refusal_of(whole(request, version), Slot::topics, {}, ErrorCode::none, {});
    const Buffer frame = joined(*empty, api::fetch, version, Slot::topics, elements);
    const Layout* layout = response_layout(api::fetch, version);
    const Bytes body = Bytes(frame).subspan(kSizePrefix + (layout->flexible ? 5u : 4u));
    Walker walker(*layout, body.size());
    std::vector<Told> list;
    char topic = '?';
    topics = 0;
    for (Item item = walker.next(body, 0); item.kind != Item::Kind::done;
         item = walker.next(body, 0)) {
        if (item.kind == Item::Kind::error || item.kind == Item::Kind::need_more) {
            ADD_FAILURE() << "the answer does not parse";
            break;
        }
        if (item.slot == Slot::topics && item.kind == Item::Kind::element) ++topics;
        if (item.slot == Slot::topic_name || item.slot == Slot::topic_id)
            topic = static_cast<char>(item.bytes[0]);
        if (item.slot == Slot::partition)
            list.push_back({topic, static_cast<int>(item.number), 0, 0});
        if (item.slot == Slot::error_code) list.back().error = item.number;
        if (item.slot == Slot::high_watermark) list.back().high_watermark = item.number;
        if (item.slot == Slot::records) {
            EXPECT_LE(item.number, 0);
        }
    }
    return list;
}

TEST(SplitFetch, AnswersForThePartitionsThatWereCut) {
    for (const ApiVersion version : kVersions) {
        const Buffer frame = fetch(version, kTopics);
        const std::int64_t marks[] = {70, -1, 90};
        const auto answer =
            nothing_fetched(whole(frame, version), {true, false, true, false, false, true},
                                            ErrorCode::none, marks);
        ASSERT_TRUE(answer) << answer.error().context;
        std::uint32_t topics = 0;
        EXPECT_EQ(told(*answer, version, topics),
                  (std::vector<Told>{{'a', 0, 0, 70}, {'a', 2, 0, -1}, {'d', 3, 0, 90}}));
        EXPECT_EQ(topics, 2u);
        EXPECT_EQ(answer->count, 2u);
        const auto refused = nothing_fetched(whole(frame, version), {false, true},
                                             ErrorCode::topic_authorization_failed, {});
        ASSERT_TRUE(refused);
        EXPECT_EQ(told(*refused, version, topics), (std::vector<Told>{{'a', 1, 29, -1}}));
    }
}

}  // namespace
}  // namespace sluice::kafka
