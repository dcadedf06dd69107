#include "auditlog/index_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "auditlog/index_builder.h"
#include "auditlog/index_file.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::Event;
using audit::EventType;

// An index of these events, five a block.
class IndexOf {
  public:
    explicit IndexOf(const std::vector<Event>& events) {
        IndexBuilder builder(1000);
        std::uint64_t at = audit::kSegmentHeaderBytes;
        for (std::size_t i = 0; i < events.size(); i += 5) {
            Buffer body;
            const std::size_t end = std::min(i + 5, events.size());
            for (std::size_t j = i; j < end; ++j) append_entry(body, events[j]);
            builder.add({1000 + i, static_cast<std::uint32_t>(end - i), {}, body}, at);
            places.push_back(at);
            at += audit::kBlockHeaderBytes + body.size();
        }
        pages = builder.finish({3, 0, 0, at, 77, {}});
    }
    IndexView view() const {
        auto view = IndexView::open(reader_of(pages));
        EXPECT_TRUE(view) << (view ? "" : view.error().context);
        return *std::move(view);
    }
    Buffer pages;
    std::vector<std::uint64_t> places;  // of blocks
};

Event access(EventType type, std::int64_t first, std::int64_t last, std::uint64_t session = 5) {
    Event event;
    event.type = type;
    event.outcome = audit::Outcome::ok;
    event.topic = "orders";
    event.partition = 3;
    event.offsets = {first, last};
    event.session = session;
    return event;
}

IndexStream stream_of(IndexView& view, std::string_view topic, std::int32_t partition) {
    const auto topics = view.topics_named(topic);
    EXPECT_TRUE(topics);
    EXPECT_EQ(topics->size(), 1u);
    const auto stream = view.stream(topics->front(), partition);
    EXPECT_TRUE(stream && *stream);
    return **stream;
}

TEST(IndexView, FindsExactlyTheIntervalsThatCoverAnOffset) {
    std::mt19937 random(7);
    for (const std::uint64_t count : {1, 64, 65, 5000, 300'000 / 40}) {
        std::vector<Event> events;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto first = static_cast<std::int64_t>(random() % (3 * count));
            const auto length = static_cast<std::int64_t>(
                random() % 100 == 0 ? random() % (2 * count) : random() % 20);
            const auto type = random() % 2 == 0 ? EventType::fetch : EventType::produce;
            events.push_back(access(type, first, first + length, random() % 50));
        }
        const IndexOf index(events);
        IndexView view = index.view();
        const IndexStream stream = stream_of(view, "orders", 3);
        for (int question = 0; question < 100; ++question) {
            const auto offset = static_cast<std::int64_t>(random() % (4 * count + 2)) - 1;
            for (const bool fetches : {false, true}) {
                std::vector<std::pair<std::uint32_t, std::uint64_t>> found, expected;
                std::optional<std::uint32_t> above;
                for (std::uint32_t i = 0; i < events.size(); ++i) {
                    if ((events[i].type == EventType::fetch) != fetches) continue;
                    if (events[i].offsets.first > offset && !above) above = i;
                    if (events[i].offsets.first <= offset && offset <= events[i].offsets.last)
                        expected.emplace_back(i, fetches ? events[i].session : 0);
                }
                const auto& list = fetches ? stream.fetches : stream.produces;
                ASSERT_TRUE(view.covering(list, offset, fetches, [&](const IndexInterval& one) {
                    found.emplace_back(one.entry,
                                       fetches ? view.session_at(one.session)->session : 0);
                }));
                std::ranges::sort(found);
                ASSERT_EQ(found, expected) << offset;
                const auto first = view.first_entry_above(list, offset, fetches);
                ASSERT_TRUE(first);
                ASSERT_EQ(*first, above) << offset;
            }
        }
    }
}

TEST(IndexView, FindsTopicsByNameAndById) {
    std::vector<Event> events;
    for (int i = 0; i < 300; ++i) {
        events.push_back(access(EventType::fetch, 0, 9));
        events.back().topic = "topic-" + std::to_string(i % 150);
        events.back().topic_id = TopicId{{static_cast<Byte>(1 + i % 100)}};
        events.back().partition = i;
    }
    events.push_back(access(EventType::request, -1, -1));
    events.back().topic = "created";
    const IndexOf index(events);
    IndexView view = index.view();
    const auto by_name = view.topics_named("topic-7");
    ASSERT_TRUE(by_name);
    ASSERT_EQ(by_name->size(), 2u);
    EXPECT_EQ((*by_name)[0].called, (TopicName{"topic-7", TopicId{{8}}, true}));
    EXPECT_EQ((*by_name)[1].called, (TopicName{"topic-7", TopicId{{58}}, true}));
    EXPECT_TRUE(*view.stream((*by_name)[0], 7));
    EXPECT_FALSE(*view.stream((*by_name)[0], 8));
    const auto by_id = view.topics_with(TopicId{{8}});
    ASSERT_TRUE(by_id);
    EXPECT_EQ(by_id->size(), 3u);
    EXPECT_TRUE(view.topics_named("topic-")->empty());
    EXPECT_TRUE(view.topics_with(TopicId{{200}})->empty());
    EXPECT_EQ(view.topics_named("created")->front().called, (TopicName{"created", {}, false}));
    int all = 0;
    ASSERT_TRUE(view.each_topic([&all](const TopicName&) { return ++all > 0; }));
    EXPECT_EQ(all, 301);
}

TEST(IndexView, KnowsTheEntriesOfASessionAndItsEnd) {
    std::vector<Event> events;
    for (int i = 0; i < 1000; ++i)
        events.push_back(access(EventType::fetch, 0, 9, static_cast<std::uint64_t>(i % 333)));
    events[998].type = EventType::session_close;  // of session 332
    const IndexOf index(events);
    IndexView view = index.view();
    EXPECT_EQ(*view.session(1), (IndexSession{1, 1, 667, {}}));
    EXPECT_EQ(*view.session(332), (IndexSession{332, 332, 998, 998}));
    EXPECT_EQ(*view.session(333), std::nullopt);
    EXPECT_EQ(*view.session_at(332), (IndexSession{332, 332, 998, 998}));
    EXPECT_FALSE(view.session_at(333));
}

TEST(IndexView, FindsABlockNotFarBeforeAnEntry) {
    std::vector<Event> events(5000, access(EventType::fetch, 0, 9));
    const IndexOf index(events);
    IndexView view = index.view();
    for (std::uint32_t entry = 0; entry < 5000; entry += 7) {
        const auto block = view.block_before(entry);
        ASSERT_TRUE(block);
        ASSERT_LE(block->first, entry);
        ASSERT_EQ(block->at, index.places[block->first / 5]);
        ASSERT_LT(index.places[entry / 5] - block->at, 17'000u);
    }
}

TEST(IndexView, SaysWhatItIsOf) {
    Event early = access(EventType::fetch, 0, 9), late = access(EventType::produce, 0, 9);
    early.wall_ns = 100;
    late.wall_ns = 200;
    const IndexView view = IndexOf({late, early}).view();
    EXPECT_EQ(view.header().segment,
              (IndexedSegment{3, 1000, 2, view.header().segment.bytes, 77, {}}));
    EXPECT_EQ(view.header().min_wall_ns, 100);
    EXPECT_EQ(view.header().max_wall_ns, 200);
    EXPECT_EQ(view.header().types, 1u << 7 | 1u << 8);
}

TEST(IndexView, WhatIsNoIndexIsSaidToBeNone) {
    EXPECT_FALSE(IndexView::open(reader_of({})));
    EXPECT_FALSE(IndexView::open(reader_of(Buffer(kPageBytes))));
    EXPECT_FALSE(IndexView::open(reader_of(PageWriter().finish(Buffer(300)))));
}

}  // namespace
}  // namespace sluice::auditlog
