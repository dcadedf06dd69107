#include "app/audit_port.h"

#include <gtest/gtest.h>

#include "unit/app/fakes.h"

namespace sluice::app {
namespace {

TEST(AuditPort, PassesEntriesTicketsAndFailureOn) {
    fakes::Log::Written written;
    fakes::Log log(written);
    AuditPort port(log);
    int wakes = 0;
    const auto producer = port.producer([&] { ++wakes; });
    Buffer entry;
    audit::Event event;
    event.topic = "orders";
    audit::encode(event, entry);

    EXPECT_EQ(producer->submit(entry), 1u);
    EXPECT_EQ(producer->durable(), 1u);
    EXPECT_EQ(wakes, 1);
    EXPECT_FALSE(port.failed());
    written.failed = true;
    EXPECT_EQ(producer->submit(entry), 2u);
    EXPECT_EQ(producer->durable(), 1u);
    EXPECT_TRUE(port.failed());
    written.full = true;
    EXPECT_EQ(producer->submit(entry), 0u);
    EXPECT_EQ(written.events, std::vector<audit::Event>{event});
}

}  // namespace
}  // namespace sluice::app
