#include "auditlog/access_kind.h"

#include <gtest/gtest.h>

namespace sluice::auditlog {
namespace {

using audit::Event;
using audit::EventType;
using audit::Outcome;

FoundAccess found(const Event& event) {
    Buffer entry;
    audit::encode(event, entry);
    audit::Head head;
    EXPECT_TRUE(audit::read_head(entry, head));
    return find_access(head, entry);
}
Event an(EventType type, Outcome outcome, OffsetRange offsets, std::int64_t fetch_offset = -1) {
    Event event;
    event.type = type;
    event.outcome = outcome;
    event.offsets = offsets;
    event.fetch_offset = fetch_offset;
    return event;
}

TEST(AccessKind, OffsetsThatAreKnownAreDefinite) {
    EXPECT_EQ(found(an(EventType::produce, Outcome::unknown, {3, 9})),
              (FoundAccess{AccessKind::wrote, {3, 9}, 0}));
    EXPECT_EQ(found(an(EventType::fetch, Outcome::ok, {3, 9}, 5)),
              (FoundAccess{AccessKind::read, {3, 9}, 0}));
    EXPECT_EQ(found(an(EventType::fetch, Outcome::error, {-1, -1}, 5)), FoundAccess{});
    EXPECT_EQ(found(an(EventType::produce, Outcome::ok, {3, 2})), FoundAccess{});
}

TEST(AccessKind, AFetchCutShortIsOpenFromItsLowestOffsetOn) {
    EXPECT_EQ(found(an(EventType::fetch, Outcome::unknown, {3, 9}, 5)),
              (FoundAccess{AccessKind::read_outcome, {}, 3}));
    EXPECT_EQ(found(an(EventType::fetch, Outcome::unknown, {-1, -1}, 5)),
              (FoundAccess{AccessKind::read_outcome, {}, 5}));
    EXPECT_EQ(found(an(EventType::fetch, Outcome::unknown, {-1, -1})),
              (FoundAccess{AccessKind::read_outcome, {}, 0}));
}

TEST(AccessKind, AProduceWithoutOffsetsIsOpenWhereTheErrorLeavesItOpen) {
    Event event = an(EventType::produce, Outcome::error, {-1, -1});
    for (const int code : {-1, 7, 20, 56}) {
        event.error_code = static_cast<std::int16_t>(code);
        EXPECT_EQ(found(event).kind, AccessKind::write_outcome) << code;
    }
    event.error_code = 29;
    EXPECT_EQ(found(event), FoundAccess{});
    EXPECT_EQ(found(an(EventType::produce, Outcome::refused, {-1, -1})), FoundAccess{});
    EXPECT_EQ(found(an(EventType::produce, Outcome::unknown, {-1, -1})).kind,
              AccessKind::write_outcome);
}

TEST(AccessKind, LeasesAreOpenAndTheRestIsNothing) {
    EXPECT_EQ(found(an(EventType::read_lease, Outcome::unset, {-1, -1}, 8)),
              (FoundAccess{AccessKind::read_lease, {}, 8}));
    EXPECT_EQ(found(an(EventType::write_lease, Outcome::unset, {-1, -1})),
              (FoundAccess{AccessKind::write_lease, {}, 0}));
    for (const auto type : {EventType::request, EventType::session_close, EventType::refused}) {
        EXPECT_EQ(found(an(type, Outcome::ok, {3, 9}, 8)), FoundAccess{});
        EXPECT_FALSE(counts_for_who(type));
    }
    for (const auto type :
         {EventType::read_lease, EventType::write_lease, EventType::produce, EventType::fetch})
        EXPECT_TRUE(counts_for_who(type));
}

}  // namespace
}  // namespace sluice::auditlog
