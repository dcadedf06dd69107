// program.h: the capture program, loaded into the kernel on the run's pinned maps.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "capture/pins.h"

struct capture_bpf;

namespace sluice::capture {

// Sends what libbpf would print to the debug log; the Error says what to do. Before any other use
// of libbpf.
void log_libbpf();

enum class LinkLayer : std::uint8_t { ethernet, none };

class Program {
  public:
    // Makes the maps where they do not exist yet, and pins them; else uses those that are pinned.
    static Result<Program> load(const Pins& pins);

    [[nodiscard]] int fd(LinkLayer layer) const;
    // Pins the maps anew where a pin is gone.
    [[nodiscard]] Status pin_maps(const Pins& pins) const;

  private:
    struct Destroy {
        void operator()(capture_bpf* skeleton) const;
    };
    std::unique_ptr<capture_bpf, Destroy> skeleton_;
};

// What the kernel says about a loaded program.
struct ProgramIdentity {
    std::uint64_t tag = 0;  // of its instructions
    bool ours = false;      // it uses the map with the id given
    bool operator==(const ProgramIdentity&) const = default;
};
Result<ProgramIdentity> identify(int program, std::uint32_t map_id);
// The same by the kernel's id of a program; neither tag nor ours where it is gone.
Result<ProgramIdentity> identify_by_id(std::uint32_t program_id, std::uint32_t map_id);

}  // namespace sluice::capture
