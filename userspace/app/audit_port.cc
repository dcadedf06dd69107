#include "app/audit_port.h"

#include <utility>

namespace sluice::app {

namespace {

class PortProducer final : public net::AuditProducer {
  public:
    explicit PortProducer(std::unique_ptr<auditlog::Producer> producer)
        : producer_(std::move(producer)) {}

    std::uint64_t submit(Bytes entry) override { return producer_->submit(entry); }
    void hurry() override { producer_->hurry(); }
    [[nodiscard]] std::uint64_t durable() const override { return producer_->durable(); }
    audit::SubjectId subject(const audit::Subject& subject) override {
        return producer_->subject(subject);
    }
    [[nodiscard]] std::uint64_t subject_epoch() const override {
        return producer_->subject_epoch();
    }

  private:
    std::unique_ptr<auditlog::Producer> producer_;
};

}  // namespace

std::unique_ptr<net::AuditProducer> AuditPort::producer(std::function<void()> wake) {
    return std::make_unique<PortProducer>(log_.producer(std::move(wake)));
}

}  // namespace sluice::app
