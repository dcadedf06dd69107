#include "session/fetch_sessions.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace sluice::session {
namespace {

Request asking(int partitions) {
    Request request;
    request.topics = {{"t", {}}};
    for (int n = 0; n < partitions; ++n) request.parts.push_back({0, n, n * 100, -1, 0, 0});
    return request;
}

TEST(FetchSessions, FewPartitionsStaySessionless) {
    FetchSessions sessions;
    const auto plan = sessions.plan({0, 0, true}, asking(32), {});
    EXPECT_EQ(plan.kind, FetchKind::sessionless);
    EXPECT_EQ(plan.epoch, -1);
    EXPECT_FALSE(plan.session);
}

TEST(FetchSessions, ARequestWithoutSessionsIsLeftAlone) {
    FetchSessions sessions;
    const auto old = sessions.plan({}, asking(100), {});
    EXPECT_FALSE(old.epoch || old.session || old.answer_70);
    const auto sessionless = sessions.plan({0, -1, true}, asking(100), {});
    EXPECT_FALSE(sessionless.epoch || sessionless.session || sessionless.answer_70);
}

TEST(FetchSessions, ManyPartitionsAreMirrored) {
    FetchSessions sessions;
    const Request first = asking(33);
    EXPECT_EQ(sessions.plan({0, 0, true}, first, {}).kind, FetchKind::creates_session);
    sessions.opened(9, first);
    EXPECT_EQ(sessions.asked(9, {"t", {}}, 32), 3200);
    Request change;
    change.topics = {{"t", {}}, {"u", {}}};
    change.parts = {{0, 1, 777, -1, 0, 0}, {1, 5, 1, -1, 0, 0}};
    EXPECT_EQ(sessions.plan({9, 1, true}, change, {{{"t", {}}, 2}}).kind, FetchKind::incremental);
    EXPECT_EQ(sessions.asked(9, {"t", {}}, 1), 777);
    EXPECT_EQ(sessions.asked(9, {"u", {}}, 5), 1);
    EXPECT_EQ(sessions.asked(9, {"t", {}}, 2), std::nullopt);
}

TEST(FetchSessions, DoubtIsAnswered70) {
    FetchSessions sessions;
    EXPECT_TRUE(sessions.plan({9, 1, true}, {}, {}).answer_70);  // never opened here
    const Request first = asking(33);
    sessions.opened(9, first);
    EXPECT_TRUE(sessions.plan({9, 5, true}, {}, {}).answer_70);  // an epoch was missed
    EXPECT_TRUE(sessions.plan({9, 1, true}, {}, {}).answer_70);  // and the mirror is gone
    sessions.opened(9, first);
    sessions.closed(9);
    EXPECT_EQ(sessions.asked(9, {"t", {}}, 1), std::nullopt);
}

TEST(FetchSessions, TooManyMirrorsMakeTheNextSessionless) {
    FetchSessions sessions;
    for (int n = 1; n <= static_cast<int>(limits::mirrored_sessions_max); ++n)
        sessions.opened(n, asking(33));
    EXPECT_EQ(sessions.plan({0, 0, true}, asking(33), {}).epoch, -1);
}

TEST(FetchSessions, AFullFetchOfAnotherConnectionsSessionDoesNotNameIt) {
    FetchSessions sessions;
    const auto plan = sessions.plan({77, 0, true}, asking(2), {});
    EXPECT_EQ(plan.session, 0);
    EXPECT_EQ(plan.epoch, -1);
}

TEST(FetchSessions, AreAskedForAKindOfTopicOnlyWhereTheAnswerMayBeAnother) {
    FetchSessions sessions;
    int asked = 0;
    const auto named = [&](const std::string& name) {
        return [&asked, name](const TopicRef& topic) {
            ++asked;
            return topic.name == name;
        };
    };
    EXPECT_FALSE(sessions.any_topic(7, 1, named("t")));
    sessions.opened(7, asking(40));
    EXPECT_TRUE(sessions.any_topic(7, 1, named("t")));
    EXPECT_TRUE(sessions.any_topic(7, 1, named("t")));
    EXPECT_EQ(asked, 1);
    EXPECT_FALSE(sessions.any_topic(7, 2, named("u")));
    EXPECT_EQ(asked, 2);
    Request more = asking(1);
    more.topics[0].name = "u";
    sessions.plan({7, 1, true}, more, {});
    EXPECT_TRUE(sessions.any_topic(7, 2, named("u")));
    EXPECT_EQ(asked, 4);  // of both topics
    sessions.plan({7, 2, true}, {}, {{{"u", {}}, 0}});
    EXPECT_FALSE(sessions.any_topic(7, 2, named("u")));
    EXPECT_EQ(asked, 5);
}

}  // namespace
}  // namespace sluice::session
