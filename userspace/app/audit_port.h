// audit_port.h: the audit log as the port through which net writes to it.
#pragma once

#include <functional>
#include <memory>

#include "auditlog/log.h"
#include "net/ports.h"

namespace sluice::app {

// INVARIANT: the log outlives the port and every producer it gave.
class AuditPort final : public net::AuditPort {
  public:
    explicit AuditPort(auditlog::Log& log) : log_(log) {}

    std::unique_ptr<net::AuditProducer> producer(std::function<void()> wake) override;
    [[nodiscard]] bool failed() const override { return log_.failed(); }

  private:
    auditlog::Log& log_;
};

}  // namespace sluice::app
