#include "approval/encode.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/crc32c.h"
#include "base/limits.h"
#include "unit/approval/support.h"

namespace sluice::approval {
namespace {

using namespace support;

Buffer form_of(const Request& request) {
    Buffer form;
    encode(request, form);
    return form;
}

// The same fields with a checksum that fits them.
Buffer sealed(Buffer form) {
    store_be<std::uint32_t>(form.data() + form.size() - 4,
                            crc32c(Bytes(form).first(form.size() - 4)));
    return form;
}

Request replay() {
    Approvals approvals;
    ask_now(approvals, ask_for_unit("partition 3"), kNow, 1);
    vote(approvals, id(1), owner("bob"));
    ask_now(approvals, ask_for_unit("partition 3"), kNow, 2);
    ask_now(approvals, ask_for_unit("partition 5"), kNow, 2);
    return *approvals.find(id(1));
}

TEST(Encode, EveryStateComesBackAsItWas) {
    for (std::size_t i = 0; i < kStates; ++i) {
        const Request request = request_in(static_cast<State>(i));
        ASSERT_EQ(request.state, static_cast<State>(i));
        const auto again = decode(form_of(request));
        ASSERT_TRUE(again) << again.error().context;
        EXPECT_EQ(*again, request);
    }
    EXPECT_EQ(*decode(form_of(replay())), replay());
    EXPECT_EQ(replay().used_units, (std::vector<std::string>{"partition 3", "partition 5"}));
}

TEST(Encode, AppendsToWhatIsThere) {
    Buffer form{1, 2, 3};
    encode(replay(), form);
    EXPECT_EQ(*decode(Bytes(form).subspan(3)), replay());
}

TEST(Encode, EveryFlippedByteIsNoticed) {
    const Buffer form = form_of(replay());
    for (std::size_t at = 0; at < form.size(); ++at) {
        Buffer damaged = form;
        damaged[at] ^= 0x20;
        const auto read = decode(damaged);
        ASSERT_FALSE(read) << at;
        EXPECT_EQ(read.error(), (Error{Errc::corrupt, "its checksum is wrong"}));
    }
}

TEST(Encode, EveryCutIsNoticedEvenWithAChecksumThatFits) {
    const Buffer form = form_of(replay());
    for (std::size_t bytes = 0; bytes < form.size(); ++bytes) {
        Buffer cut(form.begin(), form.begin() + static_cast<std::ptrdiff_t>(bytes));
        EXPECT_FALSE(decode(cut)) << bytes;
        if (bytes >= 5) {
            EXPECT_FALSE(decode(sealed(cut))) << bytes;
        }
    }
    Buffer longer = form;
    longer.push_back(0);
    EXPECT_EQ(decode(sealed(longer)).error(), (Error{Errc::corrupt, "its fields do not fill it"}));
}

TEST(Encode, AnotherVersionIsRefused) {
    Buffer form = form_of(replay());
    form[0] = 2;
    EXPECT_EQ(decode(sealed(form)).error(), (Error{Errc::unsupported, "it has form 2"}));
}

TEST(Encode, ALengthBeyondTheEndIsNoMemory) {
    Buffer form = form_of(request_in(State::pending));
    const std::size_t at = 1 + 4 + 10 + 1 + 32 + 8;  // the length of the unit
    store_be<std::uint32_t>(form.data() + at, 0xffff'ffff);
    EXPECT_EQ(decode(sealed(form)).error().code, Errc::corrupt);
    EXPECT_EQ(decode(Buffer(limits::approval_request_bytes_max + 1)).error(),
              (Error{Errc::corrupt, "too long"}));
}

TEST(Encode, ARequestThatCannotBeIsRefused) {
    struct Case {
        State state;
        std::function<void(Request&)> change;
        std::string_view why;
    };
    const std::vector<Case> cases{
        {State::pending, [](Request& r) { r.id = "R-1"; }, "its id is none"},
        {State::pending, [](Request& r) { r.ask.requirements.clear(); }, "its ask is incomplete"},
        {State::pending, [](Request& r) { r.ask.ticket_life = 0s; }, "its ask is incomplete"},
        {State::pending, [](Request& r) { r.ended_ns = 1; }, "its end contradicts its state"},
        {State::used, [](Request& r) { r.ended_ns = 0; }, "its end contradicts its state"},
        {State::pending, [](Request& r) { r.state = State::approved; },
         "its votes contradict its state"},
        {State::approved, [](Request& r) { r.state = State::pending; },
         "its votes contradict its state"},
        {State::approved, [](Request& r) { r.ask.requirements[0].count = 2; },
         "its votes contradict its state"},
        {State::approved, [](Request& r) { r.votes.clear(); }, "its votes contradict its state"},
        {State::used, [](Request& r) { r.votes[0].approve = false; },
         "its votes contradict its state"},
        {State::denied, [](Request& r) { r.votes[0].approve = true; },
         "its votes contradict its state"},
        {State::approved, [](Request& r) { r.votes[0].human = "ALICE@example.org"; },
         "it has a vote that nobody could give"},
        {State::approved, [](Request& r) { r.votes[0].human.clear(); },
         "it has a vote that nobody could give"},
        {State::approved, [](Request& r) { r.votes[0].meets = {1}; },
         "it has a vote that nobody could give"},
        {State::approved,
         [](Request& r) {
             r.votes[0].meets = {0, 0};
         },
         "it has a vote that nobody could give"},
        {State::approved, [](Request& r) { r.votes[0].meets = {}; },
         "it has a vote that nobody could give"},
        {State::approved, [](Request& r) { r.votes.push_back(r.votes[0]); }, "a human voted twice"},
        {State::approved, [](Request& r) { r.used_units = {"x"}; },
         "its used units contradict its state"},
        {State::used, [](Request& r) { r.ask.unit = "x"; }, "its unit contradicts its state"},
    };
    for (const Case& one : cases) {
        Request request = request_in(one.state);
        one.change(request);
        const auto read = decode(form_of(request));
        ASSERT_FALSE(read) << one.why;
        EXPECT_EQ(read.error(), (Error{Errc::corrupt, std::string(one.why)}));
    }
}

TEST(Encode, AStateOrAVoteThatIsNoneIsRefused) {
    Buffer form = form_of(request_in(State::pending));
    form[1 + 4 + 10] = kStates;
    EXPECT_EQ(decode(sealed(form)).error(), (Error{Errc::corrupt, "its state is none"}));

    const Request request = request_in(State::approved);
    form = form_of(request);
    Buffer other = form;
    Request denied = request;
    denied.votes[0].approve = false;
    const Buffer beside = form_of(denied);
    for (std::size_t i = 0; i + 4 < form.size(); ++i)
        if (form[i] != beside[i]) other[i] = 2;
    EXPECT_EQ(decode(sealed(other)).error().code, Errc::corrupt);
}

TEST(Encode, TheLargestRequestThereCanBeFits) {
    Approvals approvals;
    Ask large = ask_for_unit(std::string(limits::approval_unit_bytes_max, 'u'));
    large.requirements = {{"all", {"owners"}, {}, limits::approval_votes_max}};
    large.resources = std::string(limits::approval_ask_bytes_max - 2 * 1024, 'r');
    ASSERT_EQ(ask_now(approvals, large, kNow, 1).what, Answer::What::waiting);
    const std::string comment(limits::approval_comment_bytes_max, 'c');
    for (std::size_t i = 0; i < limits::approval_votes_max; ++i) {
        std::string human = std::to_string(i);
        human.resize(limits::identity_name_bytes_max, 'h');
        Voter voter = owner(human);
        voter.principal = human;
        const Verdict verdict = approvals.vote(id(1), voter, Ballot::approve, comment, kNow);
        ASSERT_EQ(refusal(apply(approvals, verdict)), std::nullopt);
    }
    for (std::size_t i = 0; i < limits::approval_units_max; ++i) {
        large.unit = std::to_string(i);
        large.unit.resize(limits::approval_unit_bytes_max, 'u');
        ASSERT_EQ(ask_now(approvals, large, kNow, 2).what, Answer::What::passed) << i;
    }
    const Buffer form = form_of(*approvals.find(id(1)));
    EXPECT_LE(form.size(), limits::approval_request_bytes_max);
    EXPECT_EQ(*decode(form), *approvals.find(id(1)));
    large.unit = "one more";
    EXPECT_EQ(ask_now(approvals, large, kNow, 3).what, Answer::What::waiting);
}

}  // namespace
}  // namespace sluice::approval
