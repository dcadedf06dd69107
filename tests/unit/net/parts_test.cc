// The parts of the relay that need no socket.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/admission.h"
#include "net/clusters.h"
#include "net/outbox.h"
#include "net/tally.h"
#include "net/topic_names.h"
#include "net/trail.h"
#include "net/window.h"

namespace sluice::net {

using session::CloseReason;

std::string text_of(const Window& window) {
    return std::string(as_text(window.bytes()));
}

void put(Window& window, std::string_view text, std::size_t size_hint = 0) {
    const std::span<Byte> room = window.room(text.size(), size_hint);
    ASSERT_GE(room.size(), text.size());
    std::memcpy(room.data(), text.data(), text.size());
    window.grew(text.size());
}

TEST(Window, GrowsAndReleasesFromTheFront) {
    Window window;
    put(window, "abcdef");
    window.release(2);
    put(window, "gh");
    EXPECT_EQ(text_of(window), "cdefgh");
    window.release(6);
    EXPECT_EQ(window.capacity(), 0U);
}

TEST(Window, MovesItsBytesBeforeItTakesMoreMemory) {
    Window window;
    put(window, std::string(1000, 'a'));
    window.release(999);
    put(window, std::string(999, 'b'));
    EXPECT_EQ(text_of(window), "a" + std::string(999, 'b'));
    EXPECT_EQ(window.capacity(), 1000U);
}

TEST(Window, BelievesAnAnnouncedSizeOnlyUpToALimit) {
    Window window;
    put(window, "x", 300'000);
    EXPECT_EQ(window.capacity(), 300'000U);
    put(window, "x", 200'000'000);
    EXPECT_EQ(window.capacity(), limits::held_request_bytes_max);
}

TEST(Window, GivesBackMemoryThatIsMuchTooLarge) {
    Window window;
    put(window, "x", 1'000'000);
    window.assign(as_bytes("short"));
    EXPECT_EQ(text_of(window), "short");
    EXPECT_LE(window.capacity(), 512U);
    window.assign({});
    EXPECT_EQ(window.capacity(), 0U);
}

std::string sendable(const Outbox& outbox) {
    iovec pieces[64];
    std::string text;
    const std::size_t count = outbox.gather(pieces);
    for (std::size_t i = 0; i < count; ++i)
        text.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    return text;
}

TEST(Outbox, HoldsWhatIsBehindAGate) {
    Outbox outbox;
    outbox.append(as_bytes("free "), 0, 1);
    outbox.append(as_bytes("three "), 3, 2);
    outbox.append(as_bytes("free again "), 0, 3);
    outbox.append(as_bytes("five"), 5, 4);
    EXPECT_EQ(sendable(outbox), "free ");
    std::vector<std::int64_t> held;
    const auto note = [&](std::int64_t queued_at) { held.push_back(queued_at); };
    outbox.open_gates(2, note);
    EXPECT_EQ(sendable(outbox), "free ");
    outbox.open_gates(4, note);
    EXPECT_EQ(sendable(outbox), "free three free again ");
    outbox.sent(7);
    EXPECT_EQ(sendable(outbox), "ree free again ");
    EXPECT_TRUE(outbox.gated());
    outbox.open_gates(5, note);
    EXPECT_EQ(held, (std::vector<std::int64_t>{2, 4}));
    EXPECT_EQ(sendable(outbox), "ree free again five");
    outbox.sent(outbox.bytes());
    EXPECT_TRUE(outbox.empty());
    EXPECT_EQ(outbox.capacity(), 0U);
}

TEST(Outbox, LargeBytesAreGivenBackAsTheyLeave) {
    Outbox outbox;
    const Buffer large(1'000'000, 'x');
    outbox.append(large, 0, 0);
    const std::size_t before = outbox.capacity();
    outbox.sent(600'000);
    EXPECT_EQ(outbox.bytes(), 400'000U);
    EXPECT_LT(outbox.capacity(), before / 2 + limits::scratch_bytes);
    outbox.clear();
    EXPECT_EQ(outbox.bytes(), 0U);
    EXPECT_EQ(outbox.capacity(), 0U);
}

struct Queue final : AuditProducer {
    std::uint64_t submit(Bytes) override { return room == 0 ? 0 : (--room, ++ticket); }
    void hurry() override {}
    [[nodiscard]] std::uint64_t durable() const override { return durable_ticket; }
    audit::SubjectId subject(const audit::Subject&) override { return {}; }
    [[nodiscard]] std::uint64_t subject_epoch() const override { return 1; }
    std::size_t room = 1000;
    std::uint64_t ticket = 40;  // other connections came first
    std::uint64_t durable_ticket = 40;
};

TEST(Trail, CountsItsOwnEventsAmongThoseOfOthers) {
    Queue queue;
    Buffer entry;
    Trail trail;
    const std::vector<audit::Event> two(2);
    trail.record(two, queue, entry);
    queue.ticket = 50;
    trail.record(two, queue, entry);
    EXPECT_EQ(trail.durable(queue), 0U);
    queue.durable_ticket = 42;
    EXPECT_EQ(trail.durable(queue), 2U);
    queue.durable_ticket = 51;
    EXPECT_EQ(trail.durable(queue), 2U);
    queue.durable_ticket = 52;
    EXPECT_EQ(trail.durable(queue), 4U);
}

TEST(Trail, NeverCallsAnEventDurableTooEarly) {
    Queue queue;
    Buffer entry;
    Trail trail;
    const std::vector<audit::Event> one(1);
    for (int i = 0; i < 100; ++i) trail.record(one, queue, entry);
    for (std::uint64_t durable = 0; durable < 100; ++durable) {
        queue.durable_ticket = 40 + durable;
        EXPECT_LE(trail.durable(queue), durable);
    }
    queue.durable_ticket = 140;
    EXPECT_EQ(trail.durable(queue), 100U);
}

TEST(Trail, KeepsWhatAFullQueueRefuses) {
    Queue queue;
    Buffer entry;
    Trail trail;
    queue.room = 1;
    const std::vector<audit::Event> three(3);
    trail.record(three, queue, entry);
    EXPECT_TRUE(trail.waiting());
    queue.durable_ticket = 41;
    EXPECT_EQ(trail.durable(queue), 1U);
    queue.room = 1;
    EXPECT_FALSE(trail.resubmit(queue));
    // Room alone lets nothing overtake: a later event goes behind those that wait.
    queue.room = 5;
    trail.record(three, queue, entry);
    EXPECT_EQ(queue.ticket, 42U);
    EXPECT_TRUE(trail.resubmit(queue));
    EXPECT_FALSE(trail.waiting());
    EXPECT_EQ(trail.capacity(), 0U);
    queue.durable_ticket = queue.ticket;
    EXPECT_EQ(trail.durable(queue), 6U);
}

TEST(Admission, LimitsAllAndEachSource) {
    Admission admission({.connections_max = 4, .connections_per_source_max = 2});
    std::vector<Admission::Permit> permits;
    const auto admit = [&](std::uint32_t source) -> std::optional<CloseReason> {
        auto admitted = admission.admit(source);
        if (const auto* reason = std::get_if<CloseReason>(&admitted)) return *reason;
        permits.push_back(std::get<Admission::Permit>(std::move(admitted)));
        return std::nullopt;
    };
    EXPECT_EQ(admit(1), std::nullopt);
    EXPECT_EQ(admit(1), std::nullopt);
    EXPECT_EQ(admit(1), CloseReason::too_many_connections_per_source);
    EXPECT_EQ(admit(2), std::nullopt);
    EXPECT_EQ(admit(3), std::nullopt);
    EXPECT_EQ(admit(4), CloseReason::too_many_connections);
    permits.pop_back();
    EXPECT_EQ(admit(4), std::nullopt);
    permits.clear();
    EXPECT_EQ(admission.connections(), 0U);
    EXPECT_EQ(admission.pre_auth_connections(), 0U);
}

TEST(Admission, SilentConnectionsHaveSmallerLimits) {
    Admission admission({.pre_auth_max = 2, .pre_auth_per_source_max = 1});
    auto first = std::get<Admission::Permit>(admission.admit(1));
    EXPECT_EQ(std::get<CloseReason>(admission.admit(1)),
              CloseReason::too_many_connections_per_source);
    auto other = std::get<Admission::Permit>(admission.admit(2));
    EXPECT_EQ(std::get<CloseReason>(admission.admit(3)), CloseReason::too_many_connections);
    first.authenticated();
    first.authenticated();
    EXPECT_TRUE(std::holds_alternative<Admission::Permit>(admission.admit(1)));
    EXPECT_EQ(admission.pre_auth_connections(), 1U);
    EXPECT_EQ(admission.connections(), 2U);
}

TEST(Admission, ForgetsSourcesThatLeft) {
    Admission admission({});
    auto stays = std::get<Admission::Permit>(admission.admit(7));
    for (std::uint32_t source = 100; source < 100'000; ++source) (void)admission.admit(source);
    EXPECT_LE(admission.sources(), 1024U);
    EXPECT_EQ(admission.connections(), 1U);
}

TEST(Clusters, KnowsABrokerByNetworkAndPort) {
    const std::vector<Cluster> clusters = {
        {.name = "one", .networks = {{0x0a000000, 8}, {0xc0a80105, 32}}, .ports = {9092, 9093}},
        {.name = "two", .networks = {{0xac100000, 12}}, .ports = {9092}},
        {.name = "any", .networks = {{0, 0}}, .ports = {19092}}};
    const auto name = [&](std::uint32_t address, std::uint16_t port) -> std::string {
        const Cluster* found = find_cluster(clusters, {address, port});
        return found == nullptr ? "none" : found->name;
    };
    EXPECT_EQ(name(0x0affffff, 9093), "one");
    EXPECT_EQ(name(0x0b000000, 9092), "none");
    EXPECT_EQ(name(0xc0a80105, 9092), "one");
    EXPECT_EQ(name(0xc0a80104, 9092), "none");
    EXPECT_EQ(name(0xac1fffff, 9092), "two");
    EXPECT_EQ(name(0xac1fffff, 9093), "none");
    EXPECT_EQ(name(0x01020304, 19092), "any");
}

TEST(Clusters, NeverDialsTheListener) {
    using Judged = std::variant<const Cluster*, CloseReason>;
    const std::vector<Cluster> clusters = {
        {.name = "any", .networks = {{0, 0}}, .ports = {9092, 9093}}};
    const Judged itself = CloseReason::self_connection;
    EXPECT_EQ(judge(clusters, {1, 9092}, {1, 9092}), itself);
    EXPECT_EQ(judge(clusters, {0, 9092}, {2, 9092}), itself);
    EXPECT_EQ(judge(clusters, {1, 9092}, {2, 9092}), Judged(&clusters[0]));
    EXPECT_EQ(judge(clusters, {0, 9092}, {2, 9093}), Judged(&clusters[0]));
    EXPECT_EQ(judge(clusters, {0, 9092}, {2, 9094}), Judged(CloseReason::not_a_broker));
}

TEST(TopicNames, RemembersABoundedNumber) {
    const auto id = [](std::uint8_t number) { return TopicId{.bytes = {number}}; };
    TopicNames names(2);
    EXPECT_TRUE(names.learn(id(1), "one"));
    EXPECT_FALSE(names.learn(id(1), "one"));
    EXPECT_TRUE(names.learn(id(1), "uno"));
    EXPECT_EQ(names.name(id(1)), "uno");
    EXPECT_TRUE(names.learn(id(2), "two"));
    EXPECT_TRUE(names.learn(id(3), "three"));
    EXPECT_EQ(names.size(), 2U);
    EXPECT_EQ(names.name(id(3)), "three");
    EXPECT_EQ(names.name(id(9)), "");
}

TEST(Tally, PutsHoldingTimesInTheirBuckets) {
    Tally tally;
    RelayCounters counters;
    for (const std::int64_t ns : {0L, 16'000L, 16'001L, 32'000L, 32'001L, 64'000L, -5L})
        tally.count_held(ns);
    tally.count_held(1'000'000'000'000);
    tally.publish(counters);
    const std::vector<std::uint64_t> first(counters.held_buckets.begin(),
                                           counters.held_buckets.begin() + 4);
    EXPECT_EQ(first, (std::vector<std::uint64_t>{3, 2, 2, 0}));
    EXPECT_EQ(counters.held_buckets.back(), 1U);
    EXPECT_EQ(counters.held_count, 8U);
    EXPECT_EQ(counters.held_ns, 1'000'000'160'002U);
}

TEST(Tally, TellsEachNumberOnce) {
    Tally tally;
    RelayCounters counters;
    session::SessionCounters before, now;
    now.produced_records = 5;
    tally.count_session(now, before);
    now.produced_records = 7;
    tally.count_session(now, before);
    tally.buffered_bytes = 100;
    tally.publish(counters);
    tally.buffered_bytes = -40;
    tally.publish(counters);
    EXPECT_EQ(counters.produced_records, 7U);
    EXPECT_EQ(counters.buffered_bytes, 60U);
}

}  // namespace sluice::net
