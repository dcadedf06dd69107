// tiny_program.h: BPF programs of two instructions, which play the others on an interface.
#pragma once

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <vector>

namespace sluice::capture {

inline bpf_insn move(__u8 to, __s32 value) {
    return {BPF_ALU64 | BPF_MOV | BPF_K, static_cast<__u8>(to & 0xf), 0, 0, value};
}

// A tc program that says `action` to every packet. With a map it counts as a program of the map's
// owner.
inline int load_tiny(const char* name, __s32 action, int map = -1) {
    std::vector<bpf_insn> code;
    if (map >= 0) {
        code.push_back({BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map});
        code.push_back({0, 0, 0, 0, 0});
    }
    code.push_back(move(0, action));
    code.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
    return ::bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", code.data(), code.size(), nullptr);
}

constexpr auto kTcxIngressType = static_cast<bpf_attach_type>(46);
constexpr __u32 kFirstInLine = 1u << 3;

// A tcx link in front of all others.
inline int link_tiny(int program, int interface) {
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.flags = kFirstInLine;
    return ::bpf_link_create(program, interface, kTcxIngressType, &options);
}

}  // namespace sluice::capture
