// control_port.h: the approvals' desk as the control API knows it, and what it refused as an audit
// event. Words are translated here and nothing is decided.
#pragma once

#include <cstdint>

#include "app/approval_desk.h"
#include "app/event_recorder.h"
#include "control/ports.h"

namespace sluice::app {

class ControlPort final : public control::ApprovalsPort {
  public:
    // INVARIANT: the desk outlives this.
    explicit ControlPort(ApprovalDesk& desk) : desk_(desk) {}

    control::Outcome<std::vector<approval::Request>> list(
        const control::ListFilter& filter) override;
    control::Outcome<approval::Request> show(const std::string& id) override;
    control::Outcome<approval::Request> vote(const std::string& id, const approval::Voter& voter,
                                             approval::Ballot ballot,
                                             const std::string& comment) override;
    control::Outcome<approval::Request> revoke(const std::string& id, const approval::Voter& voter,
                                               const std::string& comment) override;

  private:
    ApprovalDesk& desk_;
};

NamedEvent event_of(const control::RefusedCall& call, std::int64_t wall_ns);

}  // namespace sluice::app
