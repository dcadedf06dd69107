#include "net/relay.h"

#include <exception>
#include <utility>

#include "net/acceptor.h"
#include "net/admission.h"
#include "net/pool.h"
#include "net/socket.h"

namespace sluice::net {

namespace {

class TcpRelay final : public Relay {
  public:
    TcpRelay(UniqueFd listener, const Endpoint& address, RelayOptions options, const Ports& ports)
        : options_(std::move(options)),
          admission_({.connections_max = options_.connections_max,
                      .connections_per_source_max = options_.connections_per_source_max}),
          pool_(options_, ports, counters_),
          acceptor_(std::move(listener), address, options_, pool_, admission_, counters_) {}

    const RelayCounters& counters() const override { return counters_; }

    void drain() override {
        acceptor_.stop();
        pool_.drain(options_.drain_deadline);
    }

  private:
    // Each is used by those below it, and outlives them.
    const RelayOptions options_;
    RelayCounters counters_;
    Admission admission_;
    WorkerPool pool_;
    Acceptor acceptor_;
};

}  // namespace

Result<std::unique_ptr<Relay>> start_relay(RelayOptions options, const Ports& ports) {
    UniqueFd listener(std::exchange(options.listener, -1));
    const auto address = local_endpoint(listener.get());
    if (!address) return Error(address.error()).in("start the relay");
    try {
        return std::unique_ptr<Relay>(
            std::make_unique<TcpRelay>(std::move(listener), *address, std::move(options), ports));
    } catch (const std::exception& exception) {
        return Error{Errc::unavailable, std::string("start the relay: ") + exception.what()};
    }
}

}  // namespace sluice::net
