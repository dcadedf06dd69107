// acceptor.h: takes captured connections off the listener, refuses what may not be, hands the rest
// to the workers.
//
// One thread of its own. It never dies of an error: out of descriptors or memory it pauses and goes
// on.
#pragma once

#include <thread>

#include "net/admission.h"
#include "net/asio.h"
#include "net/pool.h"
#include "net/relay.h"

namespace sluice::net {

class Acceptor {
  public:
    // What it refers to outlives it.
    Acceptor(UniqueFd listener, const Endpoint& address, const RelayOptions& options,
             WorkerPool& pool, Admission& admission, RelayCounters& counters);
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;
    ~Acceptor();

    // Closes the listener and ends the thread. Connections nobody accepted are reset, unless
    // another process holds the listener too. May be called again.
    void stop();

  private:
    void wait();
    void pause();
    void accept_some();
    void take(UniqueFd socket);
    void refuse(UniqueFd socket, session::CloseReason reason);

    const Endpoint address_;
    const RelayOptions& options_;
    WorkerPool& pool_;
    Admission& admission_;
    RelayCounters& counters_;
    std::uint64_t next_session_;
    bool paused_ = false;
    asio::io_context context_{kOneThread};
    asio::posix::basic_stream_descriptor<asio::io_context::executor_type> listener_;
    asio::steady_timer timer_;
    std::thread thread_;
};

}  // namespace sluice::net
