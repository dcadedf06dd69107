// The decisions of the capture program, compiled for this host: see bpf/verdict.h.
#include <gtest/gtest.h>
#include <linux/pkt_cls.h>
#include <verdict.h>

#include <ostream>
#include <vector>

namespace {

struct HeaderRow {
    const char* description;
    sluice_headers seen;
    bool covered;
    sluice_verdict verdict;
};

constexpr sluice_headers kPlain{
    .readable = 1, .tcp = 1, .header_words = 5, .fragment = 0, .ports_readable = 1};

sluice_headers plain_but(auto change) {
    sluice_headers out = kPlain;
    change(out);
    return out;
}

TEST(Verdict, JudgesHeaders) {
    const auto without_tcp = plain_but([](auto& seen) { seen.tcp = 0; });
    const auto short_header = plain_but([](auto& seen) { seen.header_words = 4; });
    const auto fragment = plain_but([](auto& seen) { seen.fragment = 1; });
    const auto options = plain_but([](auto& seen) { seen.header_words = 15; });
    const auto cut = plain_but([](auto& seen) { seen.ports_readable = 0; });
    const HeaderRow rows[] = {
        {"a plain packet to a broker goes on to the sockets", kPlain, true, SLUICE_VERDICT_COUNT},
        {"a plain packet to another host is not ours", kPlain, false, SLUICE_NOT_OURS},
        {"a cut IPv4 header is nobody's", sluice_headers{}, false, SLUICE_DROPPED_UNPARSABLE},
        {"UDP to a broker's address is not ours", without_tcp, true, SLUICE_NOT_OURS},
        {"an impossible header length to a broker", short_header, true, SLUICE_DROPPED_UNPARSABLE},
        {"an impossible header length to another host", short_header, false, SLUICE_NOT_OURS},
        {"a fragment to a broker's address", fragment, true, SLUICE_DROPPED_FRAGMENT},
        {"a fragment to another host", fragment, false, SLUICE_NOT_OURS},
        {"IP options to a broker", options, true, SLUICE_DROPPED_OPTIONS},
        {"IP options to another host", options, false, SLUICE_NOT_OURS},
        {"a cut TCP header to a broker's address", cut, true, SLUICE_DROPPED_UNPARSABLE},
        {"a cut TCP header to another host", cut, false, SLUICE_NOT_OURS},
    };
    for (const HeaderRow& row : rows)
        EXPECT_EQ(sluice_judge_headers(&row.seen, row.covered), row.verdict) << row.description;
}

TEST(Verdict, AsksForTheAddressAloneWhereThePortCannotBeTrusted) {
    const auto fragment = plain_but([](auto& seen) { seen.fragment = 1; });
    const auto short_header = plain_but([](auto& seen) { seen.header_words = 4; });
    const auto cut = plain_but([](auto& seen) { seen.ports_readable = 0; });
    EXPECT_EQ(sluice_scope_of(&kPlain), SLUICE_SCOPE_ENDPOINT);
    EXPECT_EQ(sluice_scope_of(&fragment), SLUICE_SCOPE_ADDRESS);
    EXPECT_EQ(sluice_scope_of(&short_header), SLUICE_SCOPE_ADDRESS);
    EXPECT_EQ(sluice_scope_of(&cut), SLUICE_SCOPE_ADDRESS);
}

// Every combination of five facts, against the rule in words.
TEST(Verdict, RefusesWhereNobodyListensAndDropsInDoubt) {
    for (unsigned bits = 0; bits < 32; ++bits) {
        const auto bit = [bits](unsigned at) { return static_cast<__u8>(bits >> at & 1); };
        const sluice_sockets seen{.established = bit(0),
                                  .listener = bit(1),
                                  .assign_failed = bit(2),
                                  .guard_verified = bit(3),
                                  .foreign_listener = bit(4)};
        sluice_verdict expected = SLUICE_DROPPED_NO_LISTENER;
        if (seen.guard_verified && !seen.foreign_listener)
            expected = SLUICE_REFUSED_NO_LISTENER_GUARDED;
        if (seen.listener) expected = SLUICE_ASSIGNED_LISTENER;
        if (seen.established) expected = SLUICE_ASSIGNED_ESTABLISHED;
        if ((seen.listener || seen.established) && seen.assign_failed)
            expected = SLUICE_DROPPED_ASSIGN_FAILED;
        EXPECT_EQ(sluice_judge_sockets(&seen), expected) << "facts " << bits;
    }
}

struct Effect {
    int action;
    bool marks;
    bool operator==(const Effect&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Effect& effect) {
    return out << "action " << effect.action << (effect.marks ? ", marked" : "");
}

TEST(Verdict, OnlyWhatIsNotForABrokerGoesOnUnmarked) {
    const Effect expected[SLUICE_VERDICT_COUNT] = {
        {TC_ACT_UNSPEC, false},  // not_ours
        {TC_ACT_OK, true},       // assigned_established
        {TC_ACT_OK, true},       // assigned_listener
        {TC_ACT_UNSPEC, true},   // refused_no_listener_guarded
        {TC_ACT_SHOT, false},    // dropped_no_listener
        {TC_ACT_SHOT, false},    // dropped_fragment
        {TC_ACT_SHOT, false},    // dropped_options
        {TC_ACT_SHOT, false},    // dropped_unparsable
        {TC_ACT_SHOT, false},    // dropped_assign_failed
        {TC_ACT_UNSPEC, true},   // delivered_icmp
    };
    for (int i = 0; i < SLUICE_VERDICT_COUNT; ++i) {
        const auto verdict = static_cast<sluice_verdict>(i);
        EXPECT_EQ((Effect{sluice_action_of(verdict), sluice_marks(verdict) != 0}), expected[i])
            << "verdict " << i;
    }
}

TEST(Verdict, MarksWithinTheMaskOnly) {
    EXPECT_EQ(sluice_marked(0x12345678, 0x4b000000, 0xff000000), 0x4b345678u);
    EXPECT_EQ(sluice_marked(0xffffffff, 0x00000010, 0x000000f0), 0xffffff1fu);
    EXPECT_EQ(sluice_marked(0, 0x4b, 0xffffffff), 0x4bu);
}

}  // namespace
