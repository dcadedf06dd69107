#include "capture/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

namespace sluice::capture {
namespace {

// linux/bpf.h of Debian 12 is older than tcx (Linux 6.6).
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);
constexpr __u32 kBefore = 1u << 3;  // BPF_F_BEFORE; before nobody in particular: first

// cls_bpf: a handle and priority nobody else is known to use. Low, since a filter that says OK ends
// the line.
constexpr __u32 kTcHandle = 0x534c;
constexpr __u32 kTcPriority = 3;

constexpr std::size_t kTcxProgramsMax = 64;  // the kernel's own limit

Result<LinkLayer> link_layer(const std::string& interface) {
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return errno_error("open a socket", errno);
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) < 0)
        return errno_error("ask for the kind of `" + interface + "`", errno);
    switch (request.ifr_hwaddr.sa_family) {
        case ARPHRD_ETHER:
        case ARPHRD_LOOPBACK:
            return LinkLayer::ethernet;
        case ARPHRD_NONE:
        case ARPHRD_RAWIP:
        case ARPHRD_PPP:
        case ARPHRD_TUNNEL:
        case ARPHRD_SIT:
        case ARPHRD_IPGRE:
            return LinkLayer::none;
        default:
            return Error{Errc::unsupported, "interface `" + interface +
                                                "` is of a kind that capture does not know (" +
                                                std::to_string(request.ifr_hwaddr.sa_family) + ")"};
    }
}

struct TcxState {
    bool supported = true;
    bool attached = false;
    bool first = false;
    std::uint64_t tag = 0;
};

// The first program of the run on the interface.
Result<TcxState> tcx_state(int index, std::uint32_t map_id) {
    std::array<__u32, kTcxProgramsMax> ids{};
    __u32 count = ids.size();
    if (::bpf_prog_query(index, kTcxIngress, 0, nullptr, ids.data(), &count) < 0) {
        if (errno == EINVAL) return TcxState{.supported = false};
        if (errno == ENOENT) return TcxState{};
        return errno_error("list the tcx programs", errno);
    }
    for (__u32 at = 0; at < count && at < ids.size(); ++at) {
        auto identity = identify_by_id(ids[at], map_id);
        if (!identity) return std::move(identity).error();
        if (identity->ours) return TcxState{true, true, at == 0, identity->tag};
    }
    return TcxState{};
}

// Takes the program off now: removing the last pin of a link does so at some later time.
Status end_link(const std::string& pin) {
    const Fd link(::bpf_obj_get(pin.c_str()));
    if (!link && errno == ENOENT) return ok();
    if (!link) return errno_error("open the link " + pin, errno);
    if (::bpf_link_detach(link.get()) < 0) return errno_error("detach the link " + pin, errno);
    if (::unlink(pin.c_str()) < 0) return errno_error("remove the link " + pin, errno);
    return ok();
}

// A new link in front of all others, pinned over the one that was there, which then ends.
Status link_first(const std::string& interface, int index, int program, const Pins& pins) {
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.flags = kBefore;
    const Fd link(::bpf_link_create(program, index, kTcxIngress, &options));
    if (!link) return errno_error("attach to `" + interface + "` by tcx", errno);
    const std::string pin = pins.link(interface);
    const std::string fresh = pin + ":new";
    ::unlink(fresh.c_str());
    const Fd before(::bpf_obj_get(pin.c_str()));
    if (::bpf_obj_pin(link.get(), fresh.c_str()) < 0)
        return errno_error("pin the link " + fresh, errno);
    if (::rename(fresh.c_str(), pin.c_str()) < 0)
        return errno_error("put the link in its place at " + pin, errno);
    if (before && ::bpf_link_detach(before.get()) < 0)
        return errno_error("detach the former link of `" + interface + "`", errno);
    return ok();
}

Status attach_tcx(const std::string& interface, int index, int program, const Pins& pins,
                  std::uint32_t map_id) {
    auto state = tcx_state(index, map_id);
    if (!state) return std::move(state).error();
    auto wanted = identify(program, map_id);
    if (!wanted) return std::move(wanted).error();
    const Fd link(::bpf_obj_get(pins.link(interface).c_str()));
    if (link && state->attached && state->first) {
        if (state->tag == wanted->tag) return ok();
        if (::bpf_link_update(link.get(), program, nullptr) == 0) return ok();
    }
    return link_first(interface, index, program, pins);
}

bpf_tc_hook ingress_of(int index) {
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = index;
    hook.attach_point = BPF_TC_INGRESS;
    return hook;
}

bpf_tc_opts our_filter() {
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = kTcHandle;
    options.priority = kTcPriority;
    return options;
}

// The identity of what hangs under our handle; nothing where nothing does.
Result<std::optional<ProgramIdentity>> classic_state(int index, std::uint32_t map_id) {
    const bpf_tc_hook hook = ingress_of(index);
    bpf_tc_opts filter = our_filter();
    if (const int failure = ::bpf_tc_query(&hook, &filter); failure < 0) {
        // EINVAL: no clsact qdisc, or another kind of filter under the priority.
        if (failure == -ENOENT || failure == -EINVAL || failure == -EOPNOTSUPP)
            return std::optional<ProgramIdentity>();
        return errno_error("look for the tc filter", -failure);
    }
    auto identity = identify_by_id(filter.prog_id, map_id);
    if (!identity) return std::move(identity).error();
    return std::optional<ProgramIdentity>(*identity);
}

Status attach_classic(const std::string& interface, int index, int program, std::uint32_t map_id) {
    auto state = classic_state(index, map_id);
    if (!state) return std::move(state).error();
    auto wanted = identify(program, map_id);
    if (!wanted) return std::move(wanted).error();
    if (*state && **state == *wanted) return ok();
    bpf_tc_hook hook = ingress_of(index);
    if (const int failure = ::bpf_tc_hook_create(&hook); failure < 0 && failure != -EEXIST)
        return errno_error(
            "create the clsact qdisc of `" + interface + "` (CONFIG_NET_SCH_INGRESS)", -failure);
    bpf_tc_opts filter = our_filter();
    filter.prog_fd = program;
    filter.flags = BPF_TC_F_REPLACE;
    if (const int failure = ::bpf_tc_attach(&hook, &filter); failure < 0)
        return errno_error("attach to `" + interface + "` by cls_bpf (CONFIG_NET_CLS_BPF)",
                           -failure);
    return ok();
}

Status detach_classic(const std::string& interface, int index, std::uint32_t map_id) {
    auto state = classic_state(index, map_id);
    if (!state) return std::move(state).error();
    if (!*state || !(*state)->ours) return ok();
    const bpf_tc_hook hook = ingress_of(index);
    const bpf_tc_opts filter = our_filter();
    if (const int failure = ::bpf_tc_detach(&hook, &filter); failure < 0 && failure != -ENOENT)
        return errno_error("take the filter off `" + interface + "`", -failure);
    return ok();
}

}  // namespace

const char* name(Attachment attachment) noexcept {
    switch (attachment) {
        case Attachment::none:
            return "";
        case Attachment::tcx:
            return "tcx";
        case Attachment::cls_bpf:
            return "cls_bpf";
    }
    return "";
}

Result<Attachment> attach(const std::string& interface, const Program& program, const Pins& pins,
                          std::uint32_t map_id, Attach how) {
    const int index = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (index == 0)
        return Error{Errc::config, "client interface `" + interface +
                                       "` does not exist in this network namespace"};
    auto layer = link_layer(interface);
    if (!layer) return std::move(layer).error();
    auto state = tcx_state(index, map_id);
    if (!state) return std::move(state).error();
    const bool tcx = state->supported && how == Attach::automatic;
    auto done = tcx ? attach_tcx(interface, index, program.fd(*layer), pins, map_id)
                    : attach_classic(interface, index, program.fd(*layer), map_id);
    if (!done) return std::move(done).error();
    // A predecessor may have chosen the other kind.
    done = tcx ? detach_classic(interface, index, map_id) : end_link(pins.link(interface));
    if (!done) return std::move(done).error();
    return tcx ? Attachment::tcx : Attachment::cls_bpf;
}

Result<Attachment> attached(const std::string& interface, std::uint32_t map_id) {
    const int index = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (index == 0) return Attachment::none;
    auto state = tcx_state(index, map_id);
    if (!state) return std::move(state).error();
    if (state->attached) return Attachment::tcx;
    auto classic = classic_state(index, map_id);
    if (!classic) return std::move(classic).error();
    return *classic && (*classic)->ours ? Attachment::cls_bpf : Attachment::none;
}

Status detach(const std::string& interface, const Pins& pins, std::uint32_t map_id) {
    auto done = end_link(pins.link(interface));
    if (!done) return done;
    const int index = static_cast<int>(::if_nametoindex(interface.c_str()));
    return index == 0 ? ok() : detach_classic(interface, index, map_id);
}

Status detach_links(const Pins& pins) {
    std::error_code failure;
    std::vector<std::string> links;
    for (const auto& entry : std::filesystem::directory_iterator(pins.root, failure))
        if (entry.path().filename().string().starts_with("link-")) links.push_back(entry.path());
    if (failure && failure != std::errc::no_such_file_or_directory)
        return errno_error("list " + pins.root, failure.value());
    for (const std::string& link : links) {
        auto done = end_link(link);
        if (!done) return done;
    }
    return ok();
}

}  // namespace sluice::capture
