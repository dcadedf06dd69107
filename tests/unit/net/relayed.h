// relayed.h: a worker pool between loopback peers, with a scripted session and a scripted audit
// log.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/pool.h"
#include "unit/net/peers.h"
#include "unit/net/scripted_session.h"

namespace sluice::net::testing {

// Sessions are scripted here: nobody asks.
class NobodysPolicy final : public PolicyPort {
  public:
    [[nodiscard]] std::uint64_t generation() const override { return 1; }
    [[nodiscard]] session::Caller caller(const policy::Evidence&) const override { return {}; }
};

class NobodysTokens final : public IdentityPort {
  public:
    [[nodiscard]] std::optional<session::TokenVerdict> check_token(std::string_view,
                                                                   Instant) const override {
        return session::TokenVerdict{{}, identity::Refusal::keys_unavailable};
    }
};
// Nobody is asked anything; who leaves is counted.
class NobodysApprovals final : public ApprovalPort {
  public:
    void ask(approval::Ask, std::uint64_t, std::function<void(approval::Answer)>) override {}
    void leave(std::uint64_t, std::uint64_t, bool gone) override { wishes_gone += gone ? 1 : 0; }
    std::atomic<int> wishes_gone{0};
};

// Entries are durable at once, unless held; taken, unless full.
class ScriptedAudit final : public AuditPort {
  public:
    std::unique_ptr<AuditProducer> producer(std::function<void()> wake) override {
        wakes_.push_back(std::move(wake));
        return std::make_unique<Producer>(*this);
    }
    [[nodiscard]] bool failed() const override { return false; }

    // From here on nothing becomes durable but by make_durable().
    void hold() { held_ = true; }
    // Every producer's entries up to this ticket.
    void make_durable(std::uint64_t ticket) {
        durable_ = ticket;
        wake();
    }
    void fill() { full_ = true; }
    void make_room() {
        full_ = false;
        wake();
    }
    void wake() {
        for (auto& each : wakes_) each();
    }
    [[nodiscard]] std::size_t entries() const { return entries_; }
    // How often a worker said that somebody waits.
    [[nodiscard]] std::size_t hurries() const { return hurries_; }
    // Called on the worker's thread for each entry offered; set before the first connection.
    std::function<void()> on_offer;

  private:
    struct Producer final : AuditProducer {
        explicit Producer(ScriptedAudit& its_log) : log(its_log) {}
        std::uint64_t submit(Bytes) override {
            if (log.on_offer) log.on_offer();
            if (log.full_) return 0;
            ++log.entries_;
            return ++ticket;
        }
        audit::SubjectId subject(const audit::Subject&) override { return {}; }
        [[nodiscard]] std::uint64_t subject_epoch() const override { return 1; }
        void hurry() override { ++log.hurries_; }
        [[nodiscard]] std::uint64_t durable() const override {
            return log.held_ ? log.durable_.load() : ticket;
        }
        ScriptedAudit& log;
        std::uint64_t ticket = 0;
    };
    std::vector<std::function<void()>> wakes_;
    std::atomic<bool> held_{false}, full_{false};
    std::atomic<std::uint64_t> durable_{0};
    std::atomic<std::size_t> entries_{0}, hurries_{0};
};

// Waits for another thread's deed.
class Signal {
  public:
    void raise() {
        const std::lock_guard lock(mutex_);
        ++raised_;
        changed_.notify_all();
    }
    // Until it was raised `times` in all.
    [[nodiscard]] bool wait(int times = 1) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::milliseconds(kPatienceMs),
                                 [&] { return raised_ >= times; });
    }
    int raised() {
        const std::lock_guard lock(mutex_);
        return raised_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int raised_ = 0;
};

class Relayed : public ::testing::Test {
  protected:
    Relayed() {
        options.workers = 1;
        options.deadlines.tick = std::chrono::milliseconds(40);
        script = {};
    }
    ~Relayed() override {
        pool.reset();  // its sessions run the script
        script = {};
    }

    struct Pair {
        Peer client;
        Peer broker;
    };
    // A client whose connection a worker just got.
    Peer connect() {
        if (!pool) pool = std::make_unique<WorkerPool>(options, ports, counters);
        Listener door;
        Peer client(dial(door.endpoint()));
        UniqueFd accepted = door.accept_fd(SOCK_NONBLOCK | SOCK_CLOEXEC);
        auto permit = admission.admit(kLoopback);
        pool->adopt(Arrival{.socket = std::move(accepted),
                            .client = *local_endpoint(client.fd()),
                            .broker = broker.endpoint(),
                            .cluster = &cluster,
                            .session = ++sessions,
                            .permit = std::get<Admission::Permit>(std::move(permit))});
        return client;
    }
    // The same with its upstream connection open.
    Pair connect_both() {
        Peer client = connect();
        return {std::move(client), broker.accept()};
    }
    // Everything ended by itself; counters are complete after it.
    [[nodiscard]] bool all_gone() {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
        while (counters.connections != 0)
            if (std::chrono::steady_clock::now() > until)
                return false;
            else
                std::this_thread::yield();
        return true;
    }
    [[nodiscard]] std::uint64_t closed(session::CloseReason reason) const {
        return counters.closed[static_cast<std::size_t>(reason)];
    }
    template <class Predicate>
    [[nodiscard]] static bool eventually(Predicate predicate) {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
        while (!predicate()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::yield();
        }
        return true;
    }

    Script& script = Script::current();
    RelayOptions options;
    RelayCounters counters;
    Cluster cluster{.name = "lab", .networks = {}, .ports = {}};
    ScriptedAudit audit;
    NobodysPolicy nobody;
    NobodysTokens no_tokens;
    NobodysApprovals no_approvals;
    Ports ports{audit, nobody, no_tokens, no_approvals};
    Admission admission{Admission::Limits{}};
    Listener broker;
    std::uint64_t sessions = 0;
    std::unique_ptr<WorkerPool> pool;
};

}  // namespace sluice::net::testing
