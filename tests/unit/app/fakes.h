// fakes.h: an audit log and a kernel in memory, whose every answer a test decides.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/encode.h"
#include "auditlog/log.h"
#include "capture/steering.h"
#include "net/relay.h"

namespace sluice::app::fakes {

// Entries are durable when they are submitted, or never while `failed`.
class Log final : public auditlog::Log {
  public:
    // Outlives the log: what was written stays readable after a gateway is gone.
    struct Written {
        std::vector<audit::Event> events;
        std::map<audit::SubjectId, audit::Subject> subjects;
        std::uint64_t epoch = 1;
        std::vector<std::string> order;  // "entry", and what others note
        bool failed = false;
        bool full = false;
    };
    explicit Log(Written& written) : written_(written) {}

    std::unique_ptr<auditlog::Producer> producer(std::function<void()> wake) override {
        return std::make_unique<Producer>(*this, std::move(wake));
    }
    [[nodiscard]] bool failed() const override { return written_.failed; }
    [[nodiscard]] const auditlog::LogCounters& counters() const override { return counters_; }
    [[nodiscard]] std::uint64_t size() const override { return written_.events.size(); }
    void forget_subjects() override { ++written_.epoch; }

  private:
    class Producer final : public auditlog::Producer {
      public:
        Producer(Log& log, std::function<void()> wake) : log_(log), wake_(std::move(wake)) {}
        void hurry() override {}
        auditlog::Ticket submit(Bytes entry) override {
            if (log_.written_.full) return 0;
            ++submitted_;
            if (!log_.written_.failed) {
                durable_ = submitted_;
                log_.written_.events.push_back(*audit::decode(entry));
                log_.written_.order.emplace_back("entry");
            }
            wake_();
            return submitted_;
        }
        [[nodiscard]] auditlog::Ticket durable() const override { return durable_; }
        audit::SubjectId subject(const audit::Subject& subject) override {
            const auto id = audit::subject_id(audit::encode_subject(subject, {1}));
            log_.written_.subjects[id] = subject;
            return id;
        }
        [[nodiscard]] std::uint64_t subject_epoch() const override { return log_.written_.epoch; }

      private:
        Log& log_;
        std::function<void()> wake_;
        auditlog::Ticket submitted_ = 0, durable_ = 0;
    };
    Written& written_;
    auditlog::LogCounters counters_;
};

class Steering final : public capture::Steering {
  public:
    struct Kernel {
        Result<int> listener = 77;
        Result<capture::SteeringStatus> status = in_place();
        std::function<Status()> repair = [] { return ok(); };
    };
    static capture::SteeringStatus in_place() {
        capture::SteeringStatus status;
        status.attached = status.guard = status.route = status.listener = status.forwarding = true;
        return status;
    }
    Steering(Kernel& kernel, Log::Written& written) : kernel_(kernel), written_(written) {}

    Result<int> start() override {
        written_.order.emplace_back("capture");
        return kernel_.listener;
    }
    Status cover(const Endpoint&) override { return ok(); }
    Status uncover(const Endpoint&) override { return ok(); }
    Status repair() override {
        written_.order.emplace_back("repair");
        return kernel_.repair();
    }
    [[nodiscard]] Result<capture::SteeringStatus> status() override { return kernel_.status; }

  private:
    Kernel& kernel_;
    Log::Written& written_;
};

class Relay final : public net::Relay {
  public:
    explicit Relay(Log::Written& written) : written_(written) { counters_.accepted = 5; }
    ~Relay() override { written_.order.emplace_back("relay ended"); }
    [[nodiscard]] const net::RelayCounters& counters() const override { return counters_; }
    void drain() override { written_.order.emplace_back("drain"); }

  private:
    Log::Written& written_;
    net::RelayCounters counters_;
};

}  // namespace sluice::app::fakes
