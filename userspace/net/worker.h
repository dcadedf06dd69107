// worker.h: one thread with its connections and what they share: a context, a scratch buffer, an
// audit producer.
//
// Not a queue of work: a connection lives and dies on the worker it was given to. Only adopt(),
// learn(), drain(), stop() and the audit log's wake come from other threads, and they only post.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/asio.h"
#include "net/connection.h"
#include "net/ports.h"
#include "net/relay.h"
#include "net/tally.h"
#include "net/topic_names.h"
#include "session/session.h"
#include "session/workbench.h"

namespace sluice::net {

class Worker;

// What the workers of one relay have in common. Outlives them.
struct Crew {
    Crew(const Ports& the_ports, RelayCounters& relay_counters, const RelayOptions& options)
        : ports(the_ports),
          counters(relay_counters),
          deadlines(options.deadlines),
          durability(options.durability),
          observe(options.observe) {}
    const Ports ports;
    RelayCounters& counters;
    const Deadlines deadlines;
    const session::Durability durability;
    const bool observe;
    std::vector<Worker*> workers;             // complete before the first thread starts
    std::atomic<std::size_t> connections{0};  // not yet destroyed
    std::mutex mutex;                         // for `none_left` only
    std::condition_variable none_left;        // notified when `connections` falls to 0
};

class Worker final : public session::Facts {
  public:
    Worker(Crew& crew, unsigned index);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() override;  // after stop_now()

    // -- from any thread
    void start();
    // Throws std::bad_alloc; the arrival is closed then.
    void adopt(Arrival arrival);
    void learn(std::shared_ptr<const TopicList> names);
    void drain();
    // Ends every connection, with this reason where it has none yet.
    void end_all(session::CloseReason reason);
    // Joins the thread. Connections that are left are dropped.
    void stop_now();
    [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }

    // -- for its connections, on its thread
    asio::io_context& context() { return context_; }
    std::span<Byte> scratch() { return {scratch_.get(), limits::scratch_bytes}; }
    session::Output& output() { return output_; }
    Buffer& entry() { return entry_; }
    AuditProducer& audit() { return *audit_; }
    Tally& tally() { return tally_; }
    RelayCounters& counters() { return crew_.counters; }
    [[nodiscard]] const Deadlines& deadlines() const { return crew_.deadlines; }
    // When the kernel gives a peer up: later than we do ourselves, so that the reason is ours.
    [[nodiscard]] std::chrono::nanoseconds unacknowledged_max() const {
        return 2 * crew_.deadlines.write_stall;
    }
    [[nodiscard]] session::Durability durability() const { return crew_.durability; }
    [[nodiscard]] bool observe() const { return crew_.observe; }
    // Keeps what is news and tells the other workers.
    void learned(const TopicList& names);
    void wait_for_audit(Connection& connection, bool waits);
    // Logs it, unless there was something to complain about just before: a broker that is down is
    // dialled hundreds of times a second.
    void complain(const Error& error, Instant now);
    // Sends a connection's ask to where humans see it; the answer reaches its on_approval().
    void ask(Connection& connection, session::HoldAsk ask);
    void leave(std::uint64_t session, const session::HoldLeft& left);
    // Destroys it.
    void remove(Connection& connection);

    // -- session::Facts
    [[nodiscard]] std::string_view topic_name(const TopicId& id) const override;
    [[nodiscard]] bool audit_failed() const override;
    [[nodiscard]] std::uint64_t policy_generation() const override;
    [[nodiscard]] session::Caller who(const policy::Evidence& evidence) const override;
    [[nodiscard]] std::optional<session::TokenVerdict> check_token(std::string_view token,
                                                                   Instant now) const override;
    [[nodiscard]] audit::SubjectId subject(const audit::Subject& subject) const override {
        return audit_->subject(subject);
    }
    [[nodiscard]] std::uint64_t subject_epoch() const override { return audit_->subject_epoch(); }
    [[nodiscard]] session::Workbench& workbench() const override { return *workbench_; }

  private:
    // Connections are looked at spoke by spoke, so that thousands of them do not delay the others.
    static constexpr std::size_t kSpokes = 8;
    // How answers find this worker from another thread, for as long as it lives.
    struct Inbox {
        std::mutex mutex;
        Worker* worker = nullptr;  // guarded by mutex
    };

    void run();
    void wake();
    void on_wake();
    void on_approval(std::uint64_t session, std::uint64_t number, const approval::Answer& answer);
    void welcome(Arrival arrival);
    void left_one();
    void arm_timer();
    void on_timer();
    template <class Visit>
    void for_each(std::size_t spoke, Visit visit);
    [[nodiscard]] bool empty() const;

    Crew& crew_;
    const unsigned index_;
    asio::io_context context_{kOneThread};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::steady_timer timer_;
    std::unique_ptr<Byte[]> scratch_;
    session::Output output_;
    std::unique_ptr<session::Workbench> workbench_;
    Buffer entry_;
    Tally tally_;
    TopicNames names_;
    std::unique_ptr<AuditProducer> audit_;
    std::atomic<bool> wake_posted_{false};
    std::atomic<std::size_t> load_{0};
    std::array<std::vector<std::unique_ptr<Connection>>, kSpokes> spokes_;
    std::size_t next_spoke_ = 0;  // for the next arrival
    std::size_t ticking_spoke_ = 0;
    std::vector<Connection*> waiting_;                       // for the audit
    std::unordered_map<std::uint64_t, Connection*> asking_;  // humans, by session
    std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
    std::vector<Connection*> woken_;
    std::int64_t last_complaint_ = 0;
    bool timer_armed_ = false;
    bool draining_ = false;
    std::thread thread_;
};

}  // namespace sluice::net
