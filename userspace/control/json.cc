#include "control/json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

namespace sluice::control {
namespace {

using Json = nlohmann::ordered_json;
using approval::Requirement;
using approval::Vote;

std::string text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json time_or_null(std::int64_t wall_ns) {
    return wall_ns == 0 ? Json(nullptr) : Json(to_rfc3339(wall_ns));
}
Json text_or_null(const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
}

std::string hex(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : digest.bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

Json lines_of(std::string_view rest) {
    Json lines = Json::array();
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        lines.push_back(std::string(line));
    }
    return lines;
}

Json requirement_json(const approval::Request& request, std::uint32_t place) {
    const Requirement& requirement = request.ask.requirements[place];
    const auto approvals =
        std::count_if(request.votes.begin(), request.votes.end(), [&](const Vote& vote) {
            return vote.approve &&
                   std::find(vote.meets.begin(), vote.meets.end(), place) != vote.meets.end();
        });
    const auto have = static_cast<std::uint32_t>(approvals);
    return {{"rule", requirement.rule},
            {"groups", requirement.groups},
            {"principals", requirement.principals},
            {"count", requirement.count},
            {"approvals", have},
            {"missing", requirement.count > have ? requirement.count - have : 0}};
}

Json vote_json(const Vote& vote) {
    return {{"time", to_rfc3339(vote.wall_ns)},
            {"human", vote.human},
            {"principal", vote.principal},
            {"vote", vote.approve ? "approve" : "deny"},
            {"comment", vote.comment}};
}

Json json_of(const approval::Request& request) {
    const approval::Ask& ask = request.ask;
    Json requirements = Json::array();
    for (std::uint32_t place = 0; place < ask.requirements.size(); ++place)
        requirements.push_back(requirement_json(request, place));
    Json votes = Json::array();
    for (const Vote& vote : request.votes) votes.push_back(vote_json(vote));
    return {{"id", request.id},
            {"state", std::string(name(request.state))},
            {"created", time_or_null(request.created_ns)},
            {"expires", time_or_null(request.expires_ns)},
            {"ended", time_or_null(request.ended_ns)},
            {"cluster", ask.cluster},
            {"principal", ask.principal},
            {"human", text_or_null(ask.human)},
            {"client", ask.client},
            {"client_id", ask.client_id},
            {"session", ask.session},
            {"operation", ask.operation},
            {"resources", ask.resources},
            {"details", lines_of(ask.details)},
            {"requirements", std::move(requirements)},
            {"votes", std::move(votes)},
            {"unit", text_or_null(ask.unit)},
            {"used_units", request.used_units},
            {"ticket_seconds",
             std::chrono::duration_cast<std::chrono::seconds>(ask.ticket_life).count()},
            {"digest", hex(ask.digest)}};
}

}  // namespace

std::string to_rfc3339(std::int64_t wall_ns) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::time_t seconds = wall_ns / second;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> out{};
    std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
    const std::string thousandths = std::to_string(1'000 + wall_ns % second / 1'000'000);
    return out.data() + thousandths.substr(1) + "Z";
}

std::string to_json(const approval::Request& request) {
    return text(json_of(request));
}

std::string to_json(const std::vector<approval::Request>& requests, std::size_t bytes_max) {
    std::string list;
    std::size_t shown = 0;
    for (const approval::Request& request : requests) {
        const std::string next = to_json(request);
        if (list.size() + next.size() > bytes_max) break;
        list += (shown++ == 0 ? "" : ",") + next;
    }
    return "{\"approvals\":[" + list + "],\"left_out\":" + std::to_string(requests.size() - shown) +
           "}\n";
}

std::string to_json(const People::Caller& caller) {
    const Person nobody;
    const Person& person = caller.person != nullptr ? *caller.person : nobody;
    Json roles = Json::array();
    for (std::size_t at = 0; at < kRoles; ++at)
        if (person.has(static_cast<Role>(at)))
            roles.push_back(std::string(name(static_cast<Role>(at))));
    return text({{"uid", caller.uid},
                 {"unix_user", text_or_null(caller.unix_user)},
                 {"human", text_or_null(person.human)},
                 {"principal", text_or_null(person.principal)},
                 {"groups", person.groups},
                 {"roles", std::move(roles)}});
}

std::string to_json(const Refusal& refusal) {
    return text(
        {{"error", {{"code", std::string(name(refusal.code))}, {"message", refusal.sentence}}}});
}

}  // namespace sluice::control
