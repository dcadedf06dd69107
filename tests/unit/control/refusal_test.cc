#include "control/refusal.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::control {
namespace {

TEST(RefusalCode, HasANameOfItsOwnThatLeadsBackToIt) {
    std::set<std::string_view> names;
    for (std::size_t at = 0; at < kCodes; ++at) {
        const auto code = static_cast<Code>(at);
        EXPECT_TRUE(names.insert(name(code)).second) << name(code);
        EXPECT_EQ(code_of(name(code)), code);
    }
    EXPECT_EQ(code_of("no such code"), std::nullopt);
}

TEST(RefusalCode, HasTheStatusOfItsKind) {
    EXPECT_EQ(status_of(Code::bad_request), 400u);
    EXPECT_EQ(status_of(Code::comment_missing), 400u);
    EXPECT_EQ(status_of(Code::unknown_caller), 403u);
    EXPECT_EQ(status_of(Code::self_approval), 403u);
    EXPECT_EQ(status_of(Code::not_an_approver), 403u);
    EXPECT_EQ(status_of(Code::unknown_request), 404u);
    EXPECT_EQ(status_of(Code::method_not_allowed), 405u);
    EXPECT_EQ(status_of(Code::not_pending), 409u);
    EXPECT_EQ(status_of(Code::too_many_votes), 409u);
    EXPECT_EQ(status_of(Code::too_large), 413u);
    EXPECT_EQ(status_of(Code::internal), 500u);
    EXPECT_EQ(status_of(Code::unavailable), 503u);
}

TEST(RefusalCode, NamesAreThoseProgramsRead) {
    EXPECT_EQ(name(Code::self_approval), "self_approval");
    EXPECT_EQ(name(Code::no_human), "no_human");
    EXPECT_EQ(name(Code::asker_unknown), "asker_unknown");
    EXPECT_EQ(name(Code::voted_already), "voted_already");
    EXPECT_EQ(name(Code::not_pending), "not_pending");
    EXPECT_EQ(name(Code::role_missing), "role_missing");
    EXPECT_EQ(name(Code::no_route), "no_route");
}

}  // namespace
}  // namespace sluice::control
