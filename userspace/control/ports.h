// ports.h: what the control API asks of the rest of Sluice, and what it tells it.
//
// Declared here, plugged by `app`. All of it is called on the server's threads, several at once,
// and may wait for a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "approval/approvals.h"
#include "base/limits.h"
#include "control/people.h"
#include "control/refusal.h"

namespace sluice::control {

struct ListFilter {
    enum class Which : std::uint8_t { pending, all };
    Which which = Which::pending;
    std::size_t limit = limits::control_list_default;  // the newest
    bool operator==(const ListFilter&) const = default;
};

// Ids are in their canonical form. A vote or revocation that is returned is durable and in force.
class ApprovalsPort {
  public:
    virtual ~ApprovalsPort() = default;
    virtual Outcome<std::vector<approval::Request>> list(const ListFilter& filter) = 0;
    virtual Outcome<approval::Request> show(const std::string& id) = 0;
    virtual Outcome<approval::Request> vote(const std::string& id, const approval::Voter& voter,
                                            approval::Ballot ballot,
                                            const std::string& comment) = 0;
    virtual Outcome<approval::Request> revoke(const std::string& id, const approval::Voter& voter,
                                              const std::string& comment) = 0;
};

// What somebody asks of the audit log: names and values, decoded; each name once.
using Query = std::map<std::string, std::string, std::less<>>;

// The audit log, and what is known of people. Who may ask was decided; whatever is done is recorded
// before it is answered. The answers are JSON.
class LogPort {
  public:
    virtual ~LogPort() = default;
    // Refusals: bad_request, unavailable.
    virtual Outcome<std::string> who(const Query& query, const Person& reader) = 0;
    virtual Outcome<std::string> search(const Query& query, const Person& reader) = 0;
    virtual Outcome<std::string> show(const Query& query, const Person& reader) = 0;
    // Deletes what is known of a person. Refusals: still_live, unavailable.
    virtual Outcome<std::string> erase(const std::string& person, const std::string& comment,
                                       const Person& by) = 0;
};

// Somebody asked for what they did not get. For the audit log: no word of it is the caller's own.
struct RefusedCall {
    std::uint32_t uid = 0;
    std::string unix_user;  // empty: unknown to this machine
    std::string human;      // empty: not in `people`
    std::string principal;
    std::string what;  // name(Action), or "unknown" where it was none
    std::string id;    // of the request for approval; empty where none was named
    Code code = Code::internal;
    bool operator==(const RefusedCall&) const = default;
};
using OnRefused = std::function<void(const RefusedCall&)>;

}  // namespace sluice::control
