// admission.h: how many connections there may be, in all and from one source, and how many of them
// may be silent.
//
// Exact: only the acceptor's thread admits, and what workers give back is counted atomically. A
// permit that a worker is just giving back may still count, so a limit can be felt one connection
// early, never late.
#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <variant>

#include "base/limits.h"
#include "session/session.h"

namespace sluice::net {

class Admission {
    struct Count {
        std::atomic<std::uint32_t> connections{0};
        std::atomic<std::uint32_t> pre_auth{0};
    };

  public:
    struct Limits {
        std::size_t connections_max = limits::connections_max;
        std::size_t connections_per_source_max = limits::connections_per_source_max;
        std::size_t pre_auth_max = limits::pre_auth_connections_max;
        std::size_t pre_auth_per_source_max = limits::pre_auth_connections_per_source_max;
    };

    // The right of one connection to exist; given back by its destructor, on any thread. Outlived
    // by its Admission.
    class Permit {
      public:
        Permit(Permit&& other) noexcept;
        Permit& operator=(Permit&&) = delete;
        ~Permit();
        // The first valid request header arrived: the small limits count this connection no more.
        void authenticated() noexcept;

      private:
        friend Admission;
        Permit(Count& all, Count& source);
        Count* all_;
        Count* source_;
        bool pre_auth_ = true;
    };

    explicit Admission(const Limits& limits) : limits_(limits) {}
    // A permit, or too_many_connections or too_many_connections_per_source. Acceptor's thread only.
    std::variant<Permit, session::CloseReason> admit(std::uint32_t source_address);

    [[nodiscard]] std::size_t connections() const { return all_.connections.load(); }
    [[nodiscard]] std::size_t pre_auth_connections() const { return all_.pre_auth.load(); }
    // Sources remembered: those with connections, and some that had.
    [[nodiscard]] std::size_t sources() const { return sources_.size(); }

  private:
    void forget_sources();

    const Limits limits_;
    Count all_;
    std::unordered_map<std::uint32_t, Count> sources_;
    std::size_t forget_at_ = 1024;
};

}  // namespace sluice::net
