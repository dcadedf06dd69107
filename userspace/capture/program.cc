#include "capture/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <capture.skel.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/log.h"

namespace sluice::capture {
namespace {

int print(libbpf_print_level level, const char* format, va_list arguments) {
    if (level == LIBBPF_DEBUG) return 0;
    char line[512];
    std::vsnprintf(line, sizeof line, format, arguments);
    line[std::strcspn(line, "\n")] = '\0';
    log::debug("{}", static_cast<const char*>(line));
    return 0;
}

Error load_error(int failure) {
    switch (failure) {
        case EPERM:
        case EACCES:
            return {Errc::permission,
                    "the kernel does not load the capture program: CAP_BPF and CAP_NET_ADMIN "
                    "(or root) are needed"};
        case EINVAL:
            return {Errc::unsupported,
                    "the kernel does not load the capture program: Linux 5.8 or newer with "
                    "CONFIG_BPF_SYSCALL, CONFIG_NET_CLS_BPF and CONFIG_INET is needed"};
        default:
            return errno_error("load the capture program", failure);
    }
}

}  // namespace

void log_libbpf() {
    ::libbpf_set_print(print);
}

void Program::Destroy::operator()(capture_bpf* skeleton) const {
    capture_bpf__destroy(skeleton);
}

Result<Program> Program::load(const Pins& pins) {
    Program out;
    out.skeleton_.reset(capture_bpf__open());
    if (out.skeleton_ == nullptr) return errno_error("read the capture program", errno);
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, out.skeleton_->obj) {
        const std::string path = pins.map(::bpf_map__name(map));
        if (const int failure = ::bpf_map__set_pin_path(map, path.c_str()); failure < 0)
            return errno_error("name the pin " + path, -failure);
    }
    if (const int failure = capture_bpf__load(out.skeleton_.get()); failure < 0)
        return load_error(-failure);
    return out;
}

int Program::fd(LinkLayer layer) const {
    const auto& programs = skeleton_->progs;
    return ::bpf_program__fd(layer == LinkLayer::ethernet ? programs.sluice_l2
                                                          : programs.sluice_l3);
}

Status Program::pin_maps(const Pins& pins) const {
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, skeleton_->obj) {
        const std::string path = pins.map(::bpf_map__name(map));
        if (::bpf_obj_pin(::bpf_map__fd(map), path.c_str()) < 0 && errno != EEXIST)
            return errno_error("pin the map " + path, errno);
    }
    return ok();
}

Result<ProgramIdentity> identify(int program, std::uint32_t map_id) {
    std::array<__u32, 16> maps{};
    bpf_prog_info info{};
    info.nr_map_ids = maps.size();
    info.map_ids = reinterpret_cast<__u64>(maps.data());
    __u32 bytes = sizeof info;
    if (::bpf_obj_get_info_by_fd(program, &info, &bytes) < 0)
        return errno_error("ask about a program", errno);
    ProgramIdentity out;
    std::memcpy(&out.tag, info.tag, sizeof out.tag);
    const std::size_t shown = std::min<std::size_t>(info.nr_map_ids, maps.size());
    out.ours = std::find(maps.begin(), maps.begin() + shown, map_id) != maps.begin() + shown;
    return out;
}

Result<ProgramIdentity> identify_by_id(std::uint32_t program_id, std::uint32_t map_id) {
    const Fd program(::bpf_prog_get_fd_by_id(program_id));
    if (!program) {
        if (errno == ENOENT) return ProgramIdentity{};
        return errno_error("open a loaded program (needs CAP_SYS_ADMIN)", errno);
    }
    return identify(program.get(), map_id);
}

}  // namespace sluice::capture
