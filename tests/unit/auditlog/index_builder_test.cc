#include "auditlog/index_builder.h"

#include <gtest/gtest.h>

#include "auditlog/index_file.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::Event;
using audit::EventType;

Event lease(EventType type, std::uint64_t session, std::int64_t from = -1) {
    Event event;
    event.type = type;
    event.topic = "orders";
    event.partition = 0;
    event.session = session;
    event.fetch_offset = from;
    return event;
}
Event close_of(std::uint64_t session) {
    Event event;
    event.type = EventType::session_close;
    event.session = session;
    return event;
}

std::vector<IndexAccess> kept(const std::vector<Event>& events, IndexBuilder::Wanted wanted = {}) {
    IndexBuilder builder(0, std::move(wanted));
    Buffer body;
    for (const Event& event : events) append_entry(body, event);
    builder.add({0, static_cast<std::uint32_t>(events.size()), {}, body}, 4096);
    auto view = IndexView::open(reader_of(builder.finish({})));
    EXPECT_TRUE(view);
    const auto topics = view->topics_named("orders");
    EXPECT_TRUE(topics && topics->size() == 1 && topics->front().called.accessed);
    const auto stream = view->stream(topics->front(), 0);
    EXPECT_TRUE(stream);
    if (!*stream) return {};
    return *view->accesses(**stream);
}

TEST(IndexBuilder, KeepsLeasesThatStayOpenBySession) {
    EXPECT_EQ(kept({lease(EventType::read_lease, 9, 5), lease(EventType::read_lease, 7, 6),
                    lease(EventType::write_lease, 9), lease(EventType::read_lease, 9, 3)}),
              (std::vector<IndexAccess>{{AccessKind::read_lease, 0, 1, 6},
                                        {AccessKind::read_lease, 1, 0, 5},
                                        {AccessKind::write_lease, 1, 2, 0},
                                        {AccessKind::read_lease, 1, 3, 3}}));
}

TEST(IndexBuilder, OfASessionThatEndsOnlyTheFirstWriteLeaseIsLeft) {
    EXPECT_EQ(
        kept({lease(EventType::read_lease, 9, 5), lease(EventType::write_lease, 9),
              lease(EventType::write_lease, 9), close_of(9), lease(EventType::read_lease, 9, 8)}),
        (std::vector<IndexAccess>{{AccessKind::write_lease, 0, 1, 0},
                                  {AccessKind::read_lease, 0, 4, 8}}));
}

TEST(IndexBuilder, LeavesOutWhatIsNotWanted) {
    const std::vector<Event> events = {lease(EventType::read_lease, 9, 5)};
    EXPECT_EQ(kept(events, [](const audit::Head& head) { return head.session == 1; }).size(), 0u);
    EXPECT_EQ(kept(events, [](const audit::Head& head) { return head.session == 9; }).size(), 1u);
}

}  // namespace
}  // namespace sluice::auditlog
