#include "net/acceptor.h"

#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>

#include "base/log.h"
#include "net/clusters.h"

namespace sluice::net {

using session::CloseReason;

namespace {

constexpr int kAcceptsPerWakeMax = 64;
constexpr std::chrono::milliseconds kPause{100};

// The connection was lost before we took it; the next one may be fine (accept(2)).
bool concerns_one_connection(int error) {
    switch (error) {
        case EINTR:
        case ECONNABORTED:
        case EPROTO:
        case EPERM:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENOPROTOOPT:
        case ENONET:
        case EOPNOTSUPP:
            return true;
        default:
            return false;
    }
}

}  // namespace

Acceptor::Acceptor(UniqueFd listener, const Endpoint& address, const RelayOptions& options,
                   WorkerPool& pool, Admission& admission, RelayCounters& counters)
    : address_(address),
      options_(options),
      pool_(pool),
      admission_(admission),
      counters_(counters),
      next_session_(options.first_session),
      listener_(context_, listener.get()),
      timer_(context_) {
    (void)listener.release();
    wait();
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "net-accept");
        context_.run();
    });
}

Acceptor::~Acceptor() {
    stop();
}

void Acceptor::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    ErrorCode ignored;
    listener_.close(ignored);
}

void Acceptor::wait() {
    listener_.async_wait(asio::posix::descriptor_base::wait_read, [this](const ErrorCode& error) {
        if (error) return pause();
        accept_some();
    });
}

void Acceptor::pause() {
    if (!std::exchange(paused_, true)) log::warn("accepting pauses: out of descriptors or memory");
    timer_.expires_after(kPause);
    timer_.async_wait([this](const ErrorCode&) { accept_some(); });
}

void Acceptor::accept_some() {
    try {
        for (int taken = 0; taken < kAcceptsPerWakeMax; ++taken) {
            UniqueFd socket(::accept4(listener_.native_handle(), nullptr, nullptr,
                                      SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (socket) {
                paused_ = false;
                take(std::move(socket));
                continue;
            }
            if (errno == EAGAIN || errno == EWOULDBLOCK) break;
            if (!concerns_one_connection(errno)) return pause();
        }
    } catch (const std::exception& exception) {
        log::error("a new connection is refused: {}", exception.what());
        return pause();
    }
    wait();
}

void Acceptor::take(UniqueFd socket) {
    counters_.accepted.fetch_add(1, std::memory_order_relaxed);
    const auto dialled = local_endpoint(socket.get());
    const auto client = peer_endpoint(socket.get());
    // The peer reset it already.
    if (!dialled || !client) return refuse(std::move(socket), CloseReason::client_reset);
    const auto judged = judge(options_.clusters, address_, *dialled);
    if (const auto* reason = std::get_if<CloseReason>(&judged))
        return refuse(std::move(socket), *reason);
    auto admitted = admission_.admit(client->address);
    if (const auto* reason = std::get_if<CloseReason>(&admitted))
        return refuse(std::move(socket), *reason);
    pool_.adopt(Arrival{.socket = std::move(socket),
                        .client = *client,
                        .broker = *dialled,
                        .cluster = std::get<const Cluster*>(judged),
                        .session = next_session_++,
                        .permit = std::get<Admission::Permit>(std::move(admitted))});
}

// Reset, so that no end of it waits: a flood of refused connections leaves nothing behind.
void Acceptor::refuse(UniqueFd socket, CloseReason reason) {
    counters_.closed[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
    log::debug("connection refused: {}", session::name(reason));
    reset_on_close(socket.get());
}

}  // namespace sluice::net
