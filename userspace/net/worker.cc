#include "net/worker.h"

#include <pthread.h>

#include <exception>

#include "base/log.h"
#include "net/clock.h"

namespace sluice::net {

using session::CloseReason;

Worker::Worker(Crew& crew, unsigned index)
    : crew_(crew),
      index_(index),
      work_(asio::make_work_guard(context_)),
      timer_(context_),
      scratch_(std::make_unique_for_overwrite<Byte[]>(limits::scratch_bytes)),
      workbench_(std::make_unique<session::Workbench>()),
      audit_(crew.ports.audit.producer([this] { wake(); })) {
    inbox_->worker = this;
}

Worker::~Worker() {
    SLUICE_CHECK(!thread_.joinable());
    for (auto& spoke : spokes_) spoke.clear();
    tally_.publish(crew_.counters);
}

void Worker::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), ("net-" + std::to_string(index_)).c_str());
        run();
    });
}

// Connections catch what ends one of them; what gets here (no memory for a post) ends nothing.
void Worker::run() {
    while (!context_.stopped()) {
        try {
            context_.run();
        } catch (const std::exception& exception) {
            log::error("worker {}: {}", index_, exception.what());
        }
    }
}

void Worker::adopt(Arrival arrival) {
    load_.fetch_add(1, std::memory_order_relaxed);
    crew_.connections.fetch_add(1);
    crew_.counters.connections.fetch_add(1, std::memory_order_relaxed);
    try {
        asio::post(context_,
                   [this, moved = std::move(arrival)]() mutable { welcome(std::move(moved)); });
    } catch (...) {
        load_.fetch_sub(1, std::memory_order_relaxed);
        crew_.connections.fetch_sub(1);
        crew_.counters.connections.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
}

void Worker::learn(std::shared_ptr<const TopicList> names) {
    asio::post(context_, [this, names = std::move(names)] {
        for (const auto& [id, name] : *names) names_.learn(id, name);
    });
}

void Worker::drain() {
    asio::post(context_, [this] {
        draining_ = true;
        const Instant now = read_clock();
        for (std::size_t spoke = 0; spoke < kSpokes; ++spoke)
            for_each(spoke, [&](Connection& connection) { connection.drain(now); });
    });
}

void Worker::end_all(CloseReason reason) {
    asio::post(context_, [this, reason] {
        const Instant now = read_clock();
        for (std::size_t spoke = 0; spoke < kSpokes; ++spoke)
            for_each(spoke, [&](Connection& connection) { connection.stop(reason, now); });
    });
}

void Worker::stop_now() {
    {
        const std::lock_guard lock(inbox_->mutex);
        inbox_->worker = nullptr;
    }
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

// From the audit log's thread: one post is under way at a time, however often the log commits.
void Worker::wake() {
    if (wake_posted_.exchange(true)) return;
    asio::post(context_, [this] { on_wake(); });
}

void Worker::on_wake() {
    wake_posted_.store(false);
    if (waiting_.empty()) return;
    const Instant now = read_clock();
    // Those that still wait put themselves on the list again.
    woken_.swap(waiting_);
    for (Connection* connection : woken_) connection->seat.waits_for_audit = false;
    for (Connection* connection : woken_) connection->on_audit_progress(now);
    woken_.clear();
}

void Worker::welcome(Arrival arrival) {
    const Instant now = read_clock();
    auto& spoke = spokes_[next_spoke_];
    try {
        waiting_.reserve(load());
        woken_.reserve(load());
        spoke.push_back(std::make_unique<Connection>(*this, std::move(arrival), now));
    } catch (const std::exception& exception) {
        log::error("a new connection is refused: {}", exception.what());
        ++tally_.closed[static_cast<std::size_t>(CloseReason::internal_error)];
        return left_one();
    }
    Connection& connection = *spoke.back();
    connection.seat.spoke = static_cast<std::uint32_t>(next_spoke_);
    connection.seat.position = static_cast<std::uint32_t>(spoke.size() - 1);
    next_spoke_ = (next_spoke_ + 1) % kSpokes;
    arm_timer();
    if (draining_)
        connection.drain(now);
    else
        connection.start(now);
}

void Worker::remove(Connection& connection) {
    wait_for_audit(connection, false);
    asking_.erase(connection.session_id());
    auto& spoke = spokes_[connection.seat.spoke];
    const std::size_t position = connection.seat.position;
    std::swap(spoke[position], spoke.back());
    spoke[position]->seat.position = static_cast<std::uint32_t>(position);
    spoke.pop_back();
    left_one();
}

void Worker::ask(Connection& connection, session::HoldAsk ask) {
    const std::uint64_t session = connection.session_id();
    asking_[session] = &connection;
    const auto told = [inbox = inbox_, session, number = ask.number](approval::Answer answer) {
        const std::lock_guard lock(inbox->mutex);
        Worker* worker = inbox->worker;
        if (worker == nullptr) return;
        asio::post(worker->context_, [worker, session, number, heard = std::move(answer)] {
            worker->on_approval(session, number, heard);
        });
    };
    crew_.ports.approvals.ask(std::move(ask.ask), ask.number, told);
}

void Worker::leave(std::uint64_t session, const session::HoldLeft& left) {
    crew_.ports.approvals.leave(session, left.number, left.gone);
}

// Of a connection that ended meanwhile nobody waits for it.
void Worker::on_approval(std::uint64_t session, std::uint64_t number,
                         const approval::Answer& answer) {
    const auto found = asking_.find(session);
    if (found != asking_.end()) found->second->on_approval(number, answer, read_clock());
}

void Worker::left_one() {
    tally_.publish(crew_.counters);
    load_.fetch_sub(1, std::memory_order_relaxed);
    crew_.counters.connections.fetch_sub(1, std::memory_order_relaxed);
    if (crew_.connections.fetch_sub(1) > 1) return;
    // The lock: whoever waits has either not looked yet, or is waiting already.
    const std::lock_guard lock(crew_.mutex);
    crew_.none_left.notify_all();
}

void Worker::complain(const Error& error, Instant now) {
    constexpr std::int64_t kInterval = 1'000'000'000;
    if (last_complaint_ != 0 && now.mono - last_complaint_ < kInterval) return;
    last_complaint_ = now.mono;
    log::warn("{}", error.context);
}

void Worker::learned(const TopicList& names) {
    auto news = std::make_shared<TopicList>();
    for (const auto& [id, name] : names)
        if (names_.learn(id, name)) news->emplace_back(id, name);
    if (news->empty()) return;
    for (Worker* worker : crew_.workers)
        if (worker != this) worker->learn(news);
}

void Worker::wait_for_audit(Connection& connection, bool waits) {
    if (connection.seat.waits_for_audit == waits) return;
    connection.seat.waits_for_audit = waits;
    if (waits)
        waiting_.push_back(&connection);
    else
        std::erase(waiting_, &connection);
}

void Worker::arm_timer() {
    if (timer_armed_) return;
    timer_armed_ = true;
    timer_.expires_after(crew_.deadlines.tick / kSpokes);
    timer_.async_wait([this](const ErrorCode& error) {
        timer_armed_ = false;
        if (!error) on_timer();
    });
}

void Worker::on_timer() {
    const Instant now = read_clock();
    for_each(ticking_spoke_, [&](Connection& connection) { connection.on_tick(now); });
    ticking_spoke_ = (ticking_spoke_ + 1) % kSpokes;
    tally_.publish(crew_.counters);
    // Should the log ever forget to wake us, its waiters are late, not lost.
    on_wake();
    if (!empty()) arm_timer();
}

// From the back: `visit` may remove the connection it is shown, which moves the last one to its
// place.
template <class Visit>
void Worker::for_each(std::size_t spoke, Visit visit) {
    auto& connections = spokes_[spoke];
    for (std::size_t i = connections.size(); i-- > 0;) visit(*connections[i]);
}

bool Worker::empty() const {
    for (const auto& spoke : spokes_)
        if (!spoke.empty()) return false;
    return true;
}

std::string_view Worker::topic_name(const TopicId& id) const {
    return names_.name(id);
}

bool Worker::audit_failed() const {
    return crew_.ports.audit.failed();
}

std::uint64_t Worker::policy_generation() const {
    return crew_.ports.policy.generation();
}

session::Caller Worker::who(const policy::Evidence& evidence) const {
    return crew_.ports.policy.caller(evidence);
}

std::optional<session::TokenVerdict> Worker::check_token(std::string_view token,
                                                         Instant now) const {
    return crew_.ports.identity.check_token(token, now);
}

}  // namespace sluice::net
