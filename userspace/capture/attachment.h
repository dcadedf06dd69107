// attachment.h: hangs the capture program on the ingress of an interface, looks whether it hangs
// there, and takes it off again.
//
// tcx, first in line, where the kernel has it (a foreign tcx program that says OK would hide a
// classic filter); else cls_bpf under a handle and priority of our own. Never creates or removes
// what others use: the clsact qdisc stays. Works in the network namespace of the calling thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "capture/pins.h"
#include "capture/program.h"
#include "capture/steering.h"

namespace sluice::capture {

enum class Attachment : std::uint8_t { none, tcx, cls_bpf };
// "tcx", "cls_bpf"; empty for none.
const char* name(Attachment attachment) noexcept;

// INVARIANT: at no moment does an attached interface go without a program. A program of the same
// tag on the same maps stays as it is.
Result<Attachment> attach(const std::string& interface, const Program& program, const Pins& pins,
                          std::uint32_t map_id, Attach how);

// How a program of the run that owns `map_id` hangs on the interface; none also for an interface
// that is gone.
Result<Attachment> attached(const std::string& interface, std::uint32_t map_id);

Status detach(const std::string& interface, const Pins& pins, std::uint32_t map_id);

// Ends every tcx link of the run, in whatever network namespace its interface is.
Status detach_links(const Pins& pins);

}  // namespace sluice::capture
