// support.h: people, a request and a port that remembers what it was asked, for tests.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "control/people.h"
#include "control/ports.h"

namespace sluice::control::fake {

inline constexpr std::int64_t kSecond = 1'000'000'000;

inline std::vector<Person> people() {
    return {{"ann", "ann@example.org", "user:ann", {"owners", "team"}, {Role::approver}},
            {"vic", "vic@example.org", "user:vic", {}, {Role::viewer}},
            {"aud", "aud@example.org", "user:aud", {}, {Role::auditor}},
            {"adm", "adm@example.org", "user:adm", {}, {Role::admin}},
            {"non", "non@example.org", "user:non", {}, {}}};
}
// ann is 1000, and so on; 0 is root, 2000 has no entry, others do not exist.
inline std::string name_of(std::uint32_t uid) {
    if (uid == 0) return "root";
    if (uid == 2000) return "bob";
    const auto list = people();
    return uid >= 1000 && uid - 1000 < list.size() ? list[uid - 1000].unix_user : "";
}

inline approval::Request request(const std::string& id = "R-7F3KQ2AV") {
    approval::Request request;
    request.id = id;
    request.ask.digest.bytes = {0x01, 0xab};
    request.ask.session = 7;
    request.ask.cluster = "main";
    request.ask.principal = "user:eve";
    request.ask.human = "eve@example.org";
    request.ask.client = "10.8.1.2:4711";
    request.ask.client_id = "console";
    request.ask.operation = "topic.create";
    request.ask.resources = "orders,orders.eu";
    request.ask.details = "partitions 3\nreplicas 2";
    request.ask.requirements = {{"lifecycle", {"owners"}, {"user:boss"}, 2}, {"eu", {"eu"}, {}, 1}};
    request.ask.ticket_life = std::chrono::minutes(30);
    request.votes = {{"ann@example.org", "user:ann", true, {0}, "fine", 86'461 * kSecond}};
    request.created_ns = 86'400 * kSecond;
    request.expires_ns = 88'200 * kSecond;
    return request;
}

// Answers with `says`, or with `refusal` where that is set.
class Port final : public ApprovalsPort {
  public:
    Outcome<std::vector<approval::Request>> list(const ListFilter& filter) override {
        const std::lock_guard lock(mutex);
        filters.push_back(filter);
        if (!refusal.sentence.empty()) return refusal;
        return std::vector<approval::Request>{says};
    }
    Outcome<approval::Request> show(const std::string& id) override { return said("show " + id); }
    Outcome<approval::Request> vote(const std::string& id, const approval::Voter& voter,
                                    approval::Ballot ballot, const std::string& comment) override {
        return said(
            (ballot == approval::Ballot::approve ? "approve " : "deny ") + id + " " + comment,
            voter);
    }
    Outcome<approval::Request> revoke(const std::string& id, const approval::Voter& voter,
                                      const std::string& comment) override {
        return said("revoke " + id + " " + comment, voter);
    }

    std::mutex mutex;
    approval::Request says = request();
    Refusal refusal;
    std::vector<ListFilter> filters;
    std::vector<std::string> asked;
    std::vector<approval::Voter> voters;

  private:
    Outcome<approval::Request> said(std::string what, const approval::Voter& voter = {}) {
        const std::lock_guard lock(mutex);
        asked.push_back(std::move(what));
        voters.push_back(voter);
        if (!refusal.sentence.empty()) return refusal;
        return says;
    }
};

// Says what it was asked.
class Log final : public LogPort {
  public:
    Outcome<std::string> who(const Query& query, const Person& reader) override {
        return said("who", query, reader);
    }
    Outcome<std::string> search(const Query& query, const Person& reader) override {
        return said("search", query, reader);
    }
    Outcome<std::string> show(const Query& query, const Person& reader) override {
        return said("show", query, reader);
    }
    Outcome<std::string> erase(const std::string& person, const std::string& comment,
                               const Person& by) override {
        return said("erase " + person + " " + comment, {}, by);
    }
    std::vector<std::string> asked;

  private:
    Outcome<std::string> said(std::string what, const Query& query, const Person& by) {
        for (const auto& [name, value] : query) what += " " + name + "=" + value;
        asked.push_back(what + " by " + by.human);
        return std::string("{}");
    }
};

}  // namespace sluice::control::fake
