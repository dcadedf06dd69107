// The capture program in the kernel, packet by packet (BPF_PROG_TEST_RUN): rows of a packet, the
// settings, and the expected verdict with its English description. Assigning a socket works on a
// real ingress only: see steering_test.py.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <verdict.h>

#include <cstring>
#include <optional>
#include <vector>

#include "base/types.h"
#include "capture/coverage.h"
#include "capture/listener.h"
#include "capture/maps.h"
#include "capture/program.h"
#include "root_main.h"

namespace sluice::capture {
namespace {

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

struct Packet {
    std::uint32_t to = ip(10, 91, 2, 2);
    std::uint16_t port = 9092;
    std::uint16_t ethertype = ETH_P_IP;
    std::uint8_t protocol = IPPROTO_TCP;
    std::uint8_t header_words = 5;    // as the header says
    std::uint16_t fragment_bits = 0;  // flags and offset
    std::size_t option_bytes = 0;     // as they really are
    std::size_t cut = 0;              // bytes missing at the end
    bool for_another_host = false;    // the Ethernet address
};

std::vector<std::uint8_t> bytes_of(const Packet& packet) {
    ethhdr ethernet{};  // the address of lo: all zero
    if (packet.for_another_host) ethernet.h_dest[0] = 2;
    ethernet.h_proto = htons(packet.ethertype);
    iphdr header{};
    header.version = 4;
    header.ihl = packet.header_words & 0xf;
    header.frag_off = htons(packet.fragment_bits);
    header.protocol = packet.protocol;
    header.ttl = 64;
    header.saddr = htonl(ip(10, 91, 1, 2));
    header.daddr = htonl(packet.to);
    tcphdr tcp{};
    tcp.source = htons(40000);
    tcp.dest = htons(packet.port);
    tcp.doff = 5;
    tcp.syn = 1;
    header.tot_len =
        htons(static_cast<std::uint16_t>(sizeof header + packet.option_bytes + sizeof tcp));
    std::vector<std::uint8_t> out;
    const auto append = [&out](const void* part, std::size_t size) {
        const auto* bytes = static_cast<const std::uint8_t*>(part);
        out.insert(out.end(), bytes, bytes + size);
    };
    append(&ethernet, sizeof ethernet);
    append(&header, sizeof header);
    out.insert(out.end(), packet.option_bytes, 1);  // "no operation"
    append(&tcp, sizeof tcp);
    out.resize(out.size() - packet.cut);
    return out;
}

struct Seen {
    int action = 0;
    std::uint32_t mark = 0;
    std::uint32_t priority = 0;
    std::vector<std::uint64_t> counted;  // what each verdict's counter gained
    bool operator==(const Seen&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    out << "action " << seen.action << std::hex << " mark " << seen.mark << " priority "
        << seen.priority << std::dec << " counted";
    for (std::size_t i = 0; i < seen.counted.size(); ++i)
        if (seen.counted[i] != 0)
            out << " " << name(static_cast<Verdict>(i)) << "=" << seen.counted[i];
    return out;
}

constexpr std::uint32_t kMarkBefore = 0x21000001;

Seen seen_with(int action, sluice_verdict verdict) {
    Seen out{action, kMarkBefore, 0, std::vector<std::uint64_t>(SLUICE_VERDICT_COUNT)};
    out.counted[verdict] = 1;
    return out;
}

class ProgramTest : public ::testing::Test {
  protected:
    ProgramTest() : pins_("/sys/fs/bpf", "program-test-" + std::to_string(::getpid())) {}
    ~ProgramTest() override { EXPECT_TRUE(remove_pins(pins_)); }

    void SetUp() override {
        ASSERT_TRUE(ensure_bpffs(pins_.bpffs));
        ASSERT_TRUE(create_pins(pins_));
        auto program = Program::load(pins_);
        ASSERT_TRUE(program) << program.error().context;
        program_.emplace(*std::move(program));
        auto maps = Maps::open(pins_);
        ASSERT_TRUE(maps) << maps.error().context;
        maps_.emplace(*std::move(maps));
        cover({{ip(10, 91, 2, 0), 24}}, {9092, 9093});
        settle(false);
    }

    void cover(std::vector<Network> networks, std::vector<std::uint16_t> ports) {
        SteeringOptions options;
        options.client_interfaces = {"lo"};
        options.networks = std::move(networks);
        options.ports = std::move(ports);
        auto coverage = Coverage::from(options);
        ASSERT_TRUE(coverage);
        ASSERT_TRUE(maps_->sync(coverage->entries()));
    }

    void settle(bool guard_verified) {
        sluice_settings settings{};
        settings.mark = 0x4b000000;
        settings.mark_mask = 0xff000000;
        settings.guard_verified = guard_verified;
        ASSERT_TRUE(maps_->write(settings));
    }

    Seen run(const Packet& packet, LinkLayer layer = LinkLayer::ethernet) {
        const auto before = maps_->verdicts();
        std::vector<std::uint8_t> frame = bytes_of(packet);
        __sk_buff context{};
        context.mark = kMarkBefore;
        bpf_test_run_opts options{};
        options.sz = sizeof options;
        options.data_in = frame.data();
        options.data_size_in = static_cast<__u32>(frame.size());
        options.ctx_in = options.ctx_out = &context;
        options.ctx_size_in = options.ctx_size_out = sizeof context;
        EXPECT_EQ(::bpf_prog_test_run_opts(program_->fd(layer), &options), 0)
            << std::strerror(errno);
        const auto after = maps_->verdicts();
        Seen out{static_cast<int>(options.retval), context.mark, context.priority, {}};
        for (std::size_t i = 0; i < SLUICE_VERDICT_COUNT; ++i)
            out.counted.push_back((*after)[i] - (*before)[i]);
        return out;
    }

    Pins pins_;
    std::optional<Program> program_;
    std::optional<Maps> maps_;
};

struct Row {
    const char* description;
    Packet packet;
    sluice_verdict verdict;
};

constexpr std::uint16_t kMoreFragments = 0x2000, kDontFragment = 0x4000;

TEST_F(ProgramTest, LetsOthersPassUntouched) {
    const Row rows[] = {
        {"ARP", {.ethertype = ETH_P_ARP}, SLUICE_NOT_OURS},
        {"IPv6, which the guard covers", {.ethertype = ETH_P_IPV6}, SLUICE_NOT_OURS},
        {"a frame with a VLAN tag belongs to another network",
         {.ethertype = ETH_P_8021Q},
         SLUICE_NOT_OURS},
        {"a frame for another host's Ethernet address",
         {.for_another_host = true},
         SLUICE_NOT_OURS},
        {"another address", {.to = ip(10, 91, 3, 2)}, SLUICE_NOT_OURS},
        {"another port of a broker", {.port = 22}, SLUICE_NOT_OURS},
        {"port 0", {.port = 0}, SLUICE_NOT_OURS},
        {"UDP to a broker's port", {.protocol = IPPROTO_UDP}, SLUICE_NOT_OURS},
        {"a fragment of UDP to a broker",
         {.protocol = IPPROTO_UDP, .fragment_bits = 5},
         SLUICE_NOT_OURS},
        {"a fragment to another host",
         {.to = ip(10, 91, 3, 2), .fragment_bits = 5},
         SLUICE_NOT_OURS},
        {"IP options to another port of a broker",
         {.port = 22, .header_words = 7, .option_bytes = 8},
         SLUICE_NOT_OURS},
        {"a cut TCP header to another host", {.to = ip(10, 91, 3, 2), .cut = 8}, SLUICE_NOT_OURS},
    };
    for (const Row& row : rows)
        EXPECT_EQ(run(row.packet), seen_with(TC_ACT_UNSPEC, row.verdict)) << row.description;
}

TEST_F(ProgramTest, DropsWhatCouldSlipAroundTheListener) {
    const Row rows[] = {
        {"the first fragment", {.fragment_bits = kMoreFragments}, SLUICE_DROPPED_FRAGMENT},
        {"a later fragment, whose port is the payload's",
         {.port = 22, .fragment_bits = kMoreFragments | 2},
         SLUICE_DROPPED_FRAGMENT},
        {"the last fragment", {.fragment_bits = 2}, SLUICE_DROPPED_FRAGMENT},
        {"IP options", {.header_words = 7, .option_bytes = 8}, SLUICE_DROPPED_OPTIONS},
        {"the most IP options there can be",
         {.header_words = 15, .option_bytes = 40},
         SLUICE_DROPPED_OPTIONS},
        {"a header that says it is shorter than it can be",
         {.header_words = 4},
         SLUICE_DROPPED_UNPARSABLE},
        {"a header length of 0", {.header_words = 0}, SLUICE_DROPPED_UNPARSABLE},
        {"options that are not there", {.header_words = 15}, SLUICE_DROPPED_UNPARSABLE},
        {"a TCP header without its last byte", {.cut = 1}, SLUICE_DROPPED_UNPARSABLE},
        {"no TCP header", {.cut = 20}, SLUICE_DROPPED_UNPARSABLE},
    };
    settle(true);
    for (const Row& row : rows)
        EXPECT_EQ(run(row.packet), seen_with(TC_ACT_SHOT, row.verdict)) << row.description;
}

TEST_F(ProgramTest, DropsWhereNobodyListensAndNoGuardStands) {
    const Row rows[] = {
        {"a broker", {}, SLUICE_DROPPED_NO_LISTENER},
        {"its other port", {.port = 9093}, SLUICE_DROPPED_NO_LISTENER},
        {"the first address of the network", {.to = ip(10, 91, 2, 0)}, SLUICE_DROPPED_NO_LISTENER},
        {"the last address of the network", {.to = ip(10, 91, 2, 255)}, SLUICE_DROPPED_NO_LISTENER},
        {"don't-fragment is no fragment",
         {.fragment_bits = kDontFragment},
         SLUICE_DROPPED_NO_LISTENER},
    };
    for (const Row& row : rows)
        EXPECT_EQ(run(row.packet), seen_with(TC_ACT_SHOT, row.verdict)) << row.description;
}

TEST_F(ProgramTest, LeavesTheRefusalToAVerifiedGuardAndKeepsForeignMarkBits) {
    settle(true);
    Seen expected = seen_with(TC_ACT_UNSPEC, SLUICE_REFUSED_NO_LISTENER_GUARDED);
    expected.mark = 0x4b000001;
    expected.priority = SLUICE_REFUSE_PRIORITY;
    EXPECT_EQ(run({}), expected);
}

TEST_F(ProgramTest, DropsRatherThanReachAnotherListenerOfThisHost) {
    settle(true);
    const Fd other(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(9092);
    ASSERT_EQ(::bind(other.get(), reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    ASSERT_EQ(::listen(other.get(), 1), 0);
    EXPECT_EQ(run({}), seen_with(TC_ACT_SHOT, SLUICE_DROPPED_NO_LISTENER));
}

// Outside a real ingress the kernel assigns no socket: a failure as good as any.
TEST_F(ProgramTest, DropsWhatTheKernelDoesNotAssign) {
    auto opened = open_listener();
    ASSERT_TRUE(opened);
    const Fd listener(*opened);
    ASSERT_TRUE(maps_->put_listener(listener.get()));
    EXPECT_EQ(run({}), seen_with(TC_ACT_SHOT, SLUICE_DROPPED_ASSIGN_FAILED));
}

TEST_F(ProgramTest, SlotEmptiesByItselfWhenTheListenerCloses) {
    auto opened = open_listener();
    ASSERT_TRUE(opened);
    {
        const Fd listener(*opened);
        ASSERT_TRUE(maps_->put_listener(listener.get()));
        EXPECT_TRUE(*maps_->has_listener());
    }
    EXPECT_FALSE(*maps_->has_listener());
    EXPECT_EQ(run({}), seen_with(TC_ACT_SHOT, SLUICE_DROPPED_NO_LISTENER));
}

TEST_F(ProgramTest, CoversEveryPortWhereNoneIsNamed) {
    cover({{ip(10, 91, 2, 2), 32}}, {});
    EXPECT_EQ(run({.port = 1}), seen_with(TC_ACT_SHOT, SLUICE_DROPPED_NO_LISTENER));
    EXPECT_EQ(run({.port = 65535}), seen_with(TC_ACT_SHOT, SLUICE_DROPPED_NO_LISTENER));
    EXPECT_EQ(run({.to = ip(10, 91, 2, 3)}), seen_with(TC_ACT_UNSPEC, SLUICE_NOT_OURS));
}

TEST_F(ProgramTest, FollowsAChangeOfTheBrokers) {
    cover({{ip(10, 91, 7, 7), 32}}, {9094});
    EXPECT_EQ(run({}), seen_with(TC_ACT_UNSPEC, SLUICE_NOT_OURS));
    EXPECT_EQ(run({.to = ip(10, 91, 7, 7), .port = 9094}),
              seen_with(TC_ACT_SHOT, SLUICE_DROPPED_NO_LISTENER));
    EXPECT_EQ(run({.to = ip(10, 91, 7, 7), .fragment_bits = 5}),
              seen_with(TC_ACT_SHOT, SLUICE_DROPPED_FRAGMENT));
    EXPECT_EQ(run({.fragment_bits = 5}), seen_with(TC_ACT_UNSPEC, SLUICE_NOT_OURS));
}

// A test run always starts at an Ethernet header, which the other program takes for the IPv4
// header.
TEST_F(ProgramTest, WithoutALinkLayerReadsTheIpHeaderFirst) {
    EXPECT_EQ(run({}, LinkLayer::none), seen_with(TC_ACT_UNSPEC, SLUICE_NOT_OURS));
}

}  // namespace
}  // namespace sluice::capture

int main(int count, char** words) {
    return sluice::capture::run_as_root_in_a_namespace(count, words);
}
