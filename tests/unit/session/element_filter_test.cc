#include "session/element_filter.h"

#include <gtest/gtest.h>

namespace sluice::session {
namespace {

using kafka::Item;
using kafka::Slot;

Item item(Item::Kind kind, Slot slot, std::int64_t number, std::size_t offset, std::size_t length,
          std::string_view text = {}) {
    Item out;
    out.kind = kind;
    out.slot = slot;
    out.number = number;
    out.offset = offset;
    out.length = length;
    out.bytes = as_bytes(text);
    return out;
}

// Two arrays of two elements each, "a" and "b", at 10 and 50; a count takes 4 bytes, an element 8.
std::vector<kafka::Edit> edits_without(std::string_view hidden) {
    ElementFilter filter(
        {Slot::topics, Slot::topic_name, ResourceKind::topic, Operation::topic_describe}, false);
    const auto keep = [&](std::string_view name, const TopicId&) {
        return hidden.find(name) == std::string_view::npos;
    };
    for (const std::size_t at : {10u, 50u}) {
        filter.on(item(Item::Kind::array_begin, Slot::topics, 2, at, 4), keep);
        filter.on(item(Item::Kind::element, Slot::topics, 0, at + 4, 0), keep);
        filter.on(item(Item::Kind::text, Slot::topic_name, 1, at + 4, 3, "a"), keep);
        filter.on(item(Item::Kind::element, Slot::topics, 1, at + 12, 0), keep);
        filter.on(item(Item::Kind::text, Slot::topic_name, 1, at + 12, 3, "b"), keep);
        filter.on(item(Item::Kind::array_end, Slot::topics, 0, at + 20, 0), keep);
    }
    return filter.take_edits();
}

TEST(ElementFilter, ChangesNothingWhereAllIsSeen) {
    EXPECT_TRUE(edits_without("").empty());
}

TEST(ElementFilter, TakesElementsOutAndCountsTheRestOfEachArray) {
    const auto edits = edits_without("b");
    ASSERT_EQ(edits.size(), 4u);
    EXPECT_EQ(edits[0].offset, 10u);
    EXPECT_EQ(load_be<std::int32_t>(edits[0].replacement.data()), 1);
    EXPECT_EQ(edits[1].offset, 22u);
    EXPECT_EQ(edits[1].length, 8u);
    EXPECT_EQ(edits[2].offset, 50u);
    EXPECT_EQ(edits[3].offset, 62u);
}

TEST(ElementFilter, MayTakeAllOut) {
    const auto edits = edits_without("ab");
    ASSERT_EQ(edits.size(), 6u);
    EXPECT_EQ(load_be<std::int32_t>(edits[0].replacement.data()), 0);
}

}  // namespace
}  // namespace sluice::session
