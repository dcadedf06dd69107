#include "session/request.h"

#include <gtest/gtest.h>

namespace sluice::session {
namespace {

TEST(Request, AClearedRequestRemembersNothing) {
    Request request;
    request.mode = SlotMode::local;
    request.key = 1;
    request.subject.bytes[0] = 1;
    request.acks = 0;
    request.fetch_kind = FetchKind::incremental;
    request.topics = {{"t", {}}};
    request.parts = {{}};
    request.resource = "r";
    request.unrecorded = true;
    request.answer = {1};
    request.clear();
    EXPECT_EQ(request.mode, SlotMode::forwarded);
    EXPECT_EQ(request.key, 0);
    EXPECT_EQ(request.acks, -1);
    EXPECT_EQ(request.fetch_kind, FetchKind::sessionless);
    EXPECT_TRUE(request.subject.is_zero() && request.topics.empty() && request.parts.empty() &&
                request.resource.empty() && request.answer.empty());
    EXPECT_FALSE(request.unrecorded);
}

}  // namespace
}  // namespace sluice::session
