// approval_fakes.h: a store and an audit log for approvals, whose every answer a test decides, and
// people who ask.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/approval_clerk.h"
#include "unit/approval/support.h"

namespace sluice::app::fakes {

// What is kept counts only if the whole put succeeds, as in the real store.
struct ApprovalWorld {
    enum class Failing { nothing, write, audit, commit };

    std::int64_t now = approval::support::kNow;
    std::uint8_t next_id = 1;
    Failing failing = Failing::nothing;
    int audit_events_left = 1'000'000;  // then the audit log fails
    std::map<std::string, approval::Request> kept;
    std::vector<NamedEvent> events;
    std::vector<std::string> order;  // "write", "event REASON", "commit", "told WHAT"

    ApprovalOptions options(approval::Limits limits = {}) {
        ApprovalOptions options;
        options.wall_now = [this] { return now; };
        options.fresh_id = [this] { return approval::support::id(next_id++); };
        options.keep = [this](auto requests, const auto& recorded) {
            return keep(requests, recorded);
        };
        options.record = [this](const NamedEvent& named) { return record(named); };
        options.limits = limits;
        return options;
    }

    Status keep(std::span<const approval::Request> requests,
                const std::function<Status()>& recorded) {
        if (failing == Failing::write) return Error{Errc::io, "disk full"};
        order.emplace_back("write");
        auto done = recorded();
        if (!done) return done;
        if (failing == Failing::commit) return Error{Errc::io, "disk gone"};
        order.emplace_back("commit");
        for (const auto& request : requests) kept[request.id] = request;
        return ok();
    }
    Status record(const NamedEvent& named) {
        if (failing == Failing::audit || audit_events_left == 0)
            return Error{Errc::unavailable, "the audit log cannot be written"};
        --audit_events_left;
        events.push_back(named);
        order.push_back("event " + named.event.reason);
        return ok();
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        std::vector<std::string> found;
        for (const auto& named : events) {
            const bool taken_back = named.event.outcome == audit::Outcome::error;
            found.push_back((taken_back ? "no " : "") + named.event.reason);
        }
        return found;
    }
};

// One held request of a session, and all it was told.
struct Asker {
    std::vector<approval::Answer> answers;

    [[nodiscard]] std::vector<std::pair<approval::Answer::What, std::string>> told() const {
        std::vector<std::pair<approval::Answer::What, std::string>> found;
        for (const auto& answer : answers) found.emplace_back(answer.what, answer.id);
        return found;
    }
};

}  // namespace sluice::app::fakes
