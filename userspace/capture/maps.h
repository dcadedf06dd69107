// maps.h: the maps of the capture program, as the daemon uses them. See bpf/contract.h.
//
// Opened by their pins, so that they outlive the process that made them. Not the program: see
// program.h.
#pragma once

#include <contract.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "capture/coverage.h"
#include "capture/pins.h"

namespace sluice::capture {

class Maps {
  public:
    // An error of code unavailable where the run has no maps.
    static Result<Maps> open(const Pins& pins);

    [[nodiscard]] Result<sluice_settings> settings() const;
    Status write(const sluice_settings& settings);

    // What a predecessor learned and nobody uncovered.
    [[nodiscard]] Result<std::vector<Endpoint>> learned() const;
    // Makes the kernel's table equal to `wanted`: what is missing goes in before the rest goes out.
    Status sync(const std::vector<BrokerEntry>& wanted);

    Status put_listener(int listener);
    [[nodiscard]] Result<bool> has_listener() const;

    [[nodiscard]] Result<std::array<std::uint64_t, SLUICE_VERDICT_COUNT>> verdicts() const;

    // The kernel's id of the map `brokers`: a program that uses it is this run's.
    [[nodiscard]] std::uint32_t brokers_id() const { return brokers_id_; }

  private:
    [[nodiscard]] Result<std::vector<BrokerEntry>> entries() const;

    Fd settings_, brokers_, listeners_, verdicts_;
    std::uint32_t brokers_id_ = 0;
};

}  // namespace sluice::capture
