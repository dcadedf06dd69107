// How the program hangs on an interface: restarts, upgrades, neighbours, interfaces that come and
// go.
#include "capture/attachment.h"

#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "capture/maps.h"
#include "capture/program.h"
#include "root_main.h"
#include "tiny_program.h"

namespace sluice::capture {
namespace {

void shell(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// A veth pair t0-t1, and a run's maps and program.
class AttachmentTest : public ::testing::Test {
  protected:
    AttachmentTest() : pins_("/sys/fs/bpf", "attachment-test-" + std::to_string(::getpid())) {}
    ~AttachmentTest() override { EXPECT_TRUE(remove_pins(pins_)); }

    void SetUp() override {
        log_libbpf();
        shell("ip link add t0 type veth peer name t1");
        ASSERT_TRUE(ensure_bpffs(pins_.bpffs));
        ASSERT_TRUE(create_pins(pins_));
        load();
    }
    void TearDown() override { shell("ip link del t0"); }

    // As a daemon that starts: a new program on the maps that are pinned.
    void load() {
        auto program = Program::load(pins_);
        ASSERT_TRUE(program) << program.error().context;
        program_.emplace(*std::move(program));
        auto maps = Maps::open(pins_);
        ASSERT_TRUE(maps) << maps.error().context;
        map_id_ = maps->brokers_id();
    }

    std::string attach_now(Attach how = Attach::automatic) {
        auto done = attach("t0", *program_, pins_, map_id_, how);
        return done ? name(*done) : done.error().context;
    }
    std::string attached_now() {
        auto done = attached("t0", map_id_);
        return done ? name(*done) : done.error().context;
    }

    static int index() { return static_cast<int>(::if_nametoindex("t0")); }

    // The ids of the tcx programs, in the order in which they run.
    static std::vector<__u32> in_line() {
        std::array<__u32, 16> ids{};
        __u32 count = ids.size();
        if (::bpf_prog_query(index(), kTcxIngressType, 0, nullptr, ids.data(), &count) < 0)
            count = 0;
        return {ids.begin(), ids.begin() + count};
    }

    static __u32 id_of(int program) {
        bpf_prog_info info{};
        __u32 bytes = sizeof info;
        ::bpf_obj_get_info_by_fd(program, &info, &bytes);
        return info.id;
    }

    [[nodiscard]] __u32 link_id() const {
        const Fd link(::bpf_obj_get(pins_.link("t0").c_str()));
        bpf_link_info info{};
        __u32 bytes = sizeof info;
        ::bpf_obj_get_info_by_fd(link.get(), &info, &bytes);
        return info.id;
    }

    // The program of the classic filter under the handle and priority; 0 where there is none.
    static __u32 classic(__u32 handle, __u32 priority) {
        bpf_tc_hook hook{};
        hook.sz = sizeof hook;
        hook.ifindex = index();
        hook.attach_point = BPF_TC_INGRESS;
        bpf_tc_opts options{};
        options.sz = sizeof options;
        options.handle = handle;
        options.priority = priority;
        return ::bpf_tc_query(&hook, &options) == 0 ? options.prog_id : 0;
    }

    static void add_classic(int program, __u32 handle, __u32 priority) {
        bpf_tc_hook hook{};
        hook.sz = sizeof hook;
        hook.ifindex = index();
        hook.attach_point = BPF_TC_INGRESS;
        ::bpf_tc_hook_create(&hook);
        bpf_tc_opts options{};
        options.sz = sizeof options;
        options.handle = handle;
        options.priority = priority;
        options.prog_fd = program;
        ASSERT_EQ(::bpf_tc_attach(&hook, &options), 0);
    }

    Pins pins_;
    std::optional<Program> program_;
    std::uint32_t map_id_ = 0;
};

using Ids = std::vector<__u32>;

TEST_F(AttachmentTest, HangsOnAndComesOff) {
    EXPECT_EQ(attached_now(), "");
    EXPECT_EQ(attach_now(), "tcx");
    EXPECT_EQ(attached_now(), "tcx");
    EXPECT_EQ(in_line(), Ids{id_of(program_->fd(LinkLayer::ethernet))});
    ASSERT_TRUE(detach("t0", pins_, map_id_));
    EXPECT_EQ(attached_now(), "");
    EXPECT_EQ(in_line(), Ids{});
    EXPECT_TRUE(detach("t0", pins_, map_id_));
}

TEST_F(AttachmentTest, KeepsTheProgramOfAPredecessorOfTheSameVersion) {
    attach_now();
    const Ids before = in_line();
    const __u32 link = link_id();
    load();
    EXPECT_EQ(attach_now(), "tcx");
    EXPECT_EQ(in_line(), before);
    EXPECT_EQ(link_id(), link);
}

TEST_F(AttachmentTest, SwapsAProgramOfAnotherVersionUnderTheSameLink) {
    attach_now();
    const __u32 link = link_id();
    const Fd pinned(::bpf_obj_get(pins_.link("t0").c_str()));
    const Fd brokers(::bpf_obj_get(pins_.map("brokers").c_str()));
    const Fd old(load_tiny("older", -1, brokers.get()));
    ASSERT_EQ(::bpf_link_update(pinned.get(), old.get(), nullptr), 0);
    EXPECT_EQ(attached_now(), "tcx");
    load();
    EXPECT_EQ(attach_now(), "tcx");
    EXPECT_EQ(in_line(), Ids{id_of(program_->fd(LinkLayer::ethernet))});
    EXPECT_EQ(link_id(), link);
}

// A new layout has maps of its own: the old link uses others and is followed, not left beside.
TEST_F(AttachmentTest, TakesThePlaceOfAProgramOnOtherMaps) {
    attach_now();
    ASSERT_TRUE(remove_pins({pins_.bpffs, "other"}));
    for (const char* map : {"brokers", "settings", "listeners", "verdicts"})
        ASSERT_EQ(::unlink(pins_.map(map).c_str()), 0);
    load();
    EXPECT_EQ(attached_now(), "");
    EXPECT_EQ(attach_now(), "tcx");
    EXPECT_EQ(in_line(), Ids{id_of(program_->fd(LinkLayer::ethernet))});
}

TEST_F(AttachmentTest, ComesBackAfterTheInterfaceWasMadeAnew) {
    attach_now();
    shell("ip link del t0 && ip link add t0 type veth peer name t1");
    EXPECT_EQ(attached_now(), "");
    load();
    EXPECT_EQ(attach_now(), "tcx");
    EXPECT_EQ(in_line(), Ids{id_of(program_->fd(LinkLayer::ethernet))});
}

TEST_F(AttachmentTest, StandsBeforeAForeignProgram) {
    const Fd foreign(load_tiny("foreign", TC_ACT_OK));
    const Fd link(link_tiny(foreign.get(), index()));
    ASSERT_TRUE(static_cast<bool>(link));
    attach_now();
    EXPECT_EQ(in_line(), (Ids{id_of(program_->fd(LinkLayer::ethernet)), id_of(foreign.get())}));
}

TEST_F(AttachmentTest, MovesBeforeAForeignProgramThatCutTheLine) {
    attach_now();
    const Fd foreign(load_tiny("foreign", TC_ACT_OK));
    const Fd link(link_tiny(foreign.get(), index()));
    load();
    EXPECT_EQ(attach_now(), "tcx");
    EXPECT_EQ(in_line(), (Ids{id_of(program_->fd(LinkLayer::ethernet)), id_of(foreign.get())}));
}

TEST_F(AttachmentTest, LeavesForeignProgramsWhereTheyAre) {
    const Fd foreign(load_tiny("foreign", TC_ACT_UNSPEC));
    const Fd link(link_tiny(foreign.get(), index()));
    add_classic(foreign.get(), 1, 1);
    for (const Attach how : {Attach::automatic, Attach::cls_bpf}) {
        attach_now(how);
        ASSERT_TRUE(detach("t0", pins_, map_id_));
        EXPECT_EQ(in_line(), Ids{id_of(foreign.get())});
        EXPECT_EQ(classic(1, 1), id_of(foreign.get()));
    }
}

constexpr __u32 kOurHandle = 0x534c, kOurPriority = 3;

TEST_F(AttachmentTest, HangsOnClassicallyAndComesOff) {
    EXPECT_EQ(attach_now(Attach::cls_bpf), "cls_bpf");
    EXPECT_EQ(attached_now(), "cls_bpf");
    const __u32 first = id_of(program_->fd(LinkLayer::ethernet));
    EXPECT_EQ(classic(kOurHandle, kOurPriority), first);
    load();
    EXPECT_EQ(attach_now(Attach::cls_bpf), "cls_bpf");
    EXPECT_EQ(classic(kOurHandle, kOurPriority), first);  // the same version stays
    ASSERT_TRUE(detach("t0", pins_, map_id_));
    EXPECT_EQ(attached_now(), "");
    EXPECT_EQ(classic(kOurHandle, kOurPriority), 0u);
}

TEST_F(AttachmentTest, ReplacesAnotherVersionClassically) {
    const Fd brokers(::bpf_obj_get(pins_.map("brokers").c_str()));
    const Fd old(load_tiny("older", -1, brokers.get()));
    add_classic(old.get(), kOurHandle, kOurPriority);
    EXPECT_EQ(attached_now(), "cls_bpf");
    EXPECT_EQ(attach_now(Attach::cls_bpf), "cls_bpf");
    EXPECT_EQ(classic(kOurHandle, kOurPriority), id_of(program_->fd(LinkLayer::ethernet)));
}

TEST_F(AttachmentTest, LeavesOneAttachmentWhenTheKindChanges) {
    attach_now(Attach::cls_bpf);
    EXPECT_EQ(attach_now(Attach::automatic), "tcx");
    EXPECT_EQ(classic(kOurHandle, kOurPriority), 0u);
    EXPECT_EQ(attach_now(Attach::cls_bpf), "cls_bpf");
    EXPECT_EQ(in_line(), Ids{});
}

TEST_F(AttachmentTest, DoesNotDetachWhatIsNotOfTheRun) {
    const Fd foreign(load_tiny("foreign", TC_ACT_UNSPEC));
    add_classic(foreign.get(), kOurHandle, kOurPriority);
    ASSERT_TRUE(detach("t0", pins_, map_id_));
    EXPECT_EQ(classic(kOurHandle, kOurPriority), id_of(foreign.get()));
}

TEST_F(AttachmentTest, SaysWhichInterfaceIsMissing) {
    auto done = attach("nowhere", *program_, pins_, map_id_, Attach::automatic);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(),
              (Error{Errc::config,
                     "client interface `nowhere` does not exist in this network namespace"}));
    EXPECT_EQ(*attached("nowhere", map_id_), Attachment::none);
    EXPECT_TRUE(detach("nowhere", pins_, map_id_));
}

}  // namespace
}  // namespace sluice::capture

int main(int count, char** words) {
    return sluice::capture::run_as_root_in_a_namespace(count, words);
}
