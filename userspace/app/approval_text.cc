#include "app/approval_text.h"

#include <cstdint>
#include <utility>

#include "approval/text.h"

namespace sluice::app {

using Json = nlohmann::ordered_json;

namespace {

// Of a cell: `show` has the rest.
constexpr std::size_t kCellBytes = 60;
constexpr std::size_t kTitleColumns = 11;

const Json& field(const Json& object, const char* key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::int64_t number(const Json& object, const char* key) {
    const Json& value = field(object, key);
    return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::vector<std::string> texts(const Json& object, const char* key) {
    std::vector<std::string> list;
    const Json& array = field(object, key);
    if (!array.is_array()) return list;
    for (const Json& value : array)
        if (value.is_string())
            list.push_back(approval::printable(value.get_ref<const std::string&>()));
    return list;
}

std::string joined(const std::vector<std::string>& list, std::string_view between) {
    std::string text;
    for (const std::string& part : list) text += (text.empty() ? "" : std::string(between)) + part;
    return text;
}

// "2026-11-24 09:12:33 UTC" of "2026-11-24T09:12:33.123Z".
std::string moment(const Json& object, const char* key) {
    std::string text = shown(object, key).substr(0, 19);
    if (text.size() == 19 && text[10] == 'T') text[10] = ' ';
    return text;
}

std::string cut(std::string text) {
    if (text.size() <= kCellBytes) return text;
    text.resize(kCellBytes);
    // Not in the middle of a character.
    while ((static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
    if (static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
    return text + "...";
}

std::string line(std::string title, const std::string& text) {
    title.resize(kTitleColumns, ' ');
    return title + " " + (text.empty() ? "-" : text) + "\n";
}

std::string voters(const Json& requirement) {
    std::vector<std::string> names = texts(requirement, "groups");
    for (std::string& name : names) name.insert(0, "group ");
    for (std::string& name : texts(requirement, "principals")) names.push_back(std::move(name));
    return joined(names, " or ");
}

std::string requirement_line(const Json& requirement) {
    const std::int64_t count = number(requirement, "count");
    const std::int64_t missing = number(requirement, "missing");
    return line("rule", shown(requirement, "rule") + ": " + std::to_string(count) +
                            (count == 1 ? " approval of " : " approvals of ") +
                            voters(requirement) + ", " + std::to_string(missing) + " missing");
}

std::string vote_line(const Json& vote) {
    std::string text = moment(vote, "time") + " " + shown(vote, "human") + " (" +
                       shown(vote, "principal") + "): " + shown(vote, "vote");
    const Json& comment = field(vote, "comment");
    if (!comment.is_string() || comment.get_ref<const std::string&>().empty())
        return line("vote", text);
    return line("vote", text + ", \"" + shown(vote, "comment") + "\"");
}

std::string who(const Json& request) {
    const std::string human = shown(request, "human");
    return shown(request, "principal") +
           (human.empty() ? " (no human is known: can only be denied)" : " (" + human + ")");
}

std::string span(std::int64_t seconds) {
    if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + " h";
    if (seconds % 60 == 0) return std::to_string(seconds / 60) + " min";
    return std::to_string(seconds) + " s";
}

}  // namespace

std::string shown(const Json& object, const char* key) {
    const Json& value = field(object, key);
    return value.is_string() ? approval::printable(value.get_ref<const std::string&>())
                             : std::string();
}

std::string still_needed(const Json& request) {
    std::vector<std::string> needs;
    const Json& requirements = field(request, "requirements");
    if (shown(request, "state") != "pending" || !requirements.is_array()) return "";
    for (const Json& requirement : requirements)
        if (const std::int64_t missing = number(requirement, "missing"); missing > 0)
            needs.push_back(std::to_string(missing) + " of " + voters(requirement));
    return joined(needs, "; ");
}

std::string approval_text(const Json& request) {
    std::string text = line("request", shown(request, "id") + ", " + shown(request, "state"));
    text += line("who", who(request));
    text +=
        line("client", shown(request, "client") + ", client id \"" + shown(request, "client_id") +
                           "\", session " + std::to_string(number(request, "session")));
    text += line("cluster", shown(request, "cluster"));
    text += line("operation", shown(request, "operation"));
    text += line("resources", shown(request, "resources"));
    std::string title = "details";
    for (const std::string& detail : texts(request, "details"))
        text += line(std::exchange(title, ""), detail);
    if (const std::string unit = shown(request, "unit"); !unit.empty()) text += line("unit", unit);
    for (const std::string& used : texts(request, "used_units")) text += line("used", used);
    text += line("asked", moment(request, "created") + " UTC");
    text += line("expires", moment(request, "expires") + " UTC");
    if (const std::string ended = moment(request, "ended"); !ended.empty())
        text += line("ended", ended + " UTC");
    text += line("ticket",
                 "good for " + span(number(request, "ticket_seconds")) + " once it is approved");
    if (const Json& list = field(request, "requirements"); list.is_array())
        for (const Json& requirement : list) text += requirement_line(requirement);
    if (const Json& list = field(request, "votes"); list.is_array())
        for (const Json& vote : list) text += vote_line(vote);
    const std::string needed = still_needed(request);
    if (!needed.empty()) text += line("needs", needed);
    return text + line("digest", shown(request, "digest"));
}

std::vector<std::string> approval_columns() {
    return {"id", "state", "expires (UTC)", "who", "operation", "resources", "still needs"};
}

std::vector<std::string> approval_row(const Json& request) {
    const std::string human = shown(request, "human");
    return {shown(request, "id"),        shown(request, "state"),
            moment(request, "expires"),  cut(human.empty() ? shown(request, "principal") : human),
            shown(request, "operation"), cut(shown(request, "resources")),
            cut(still_needed(request))};
}

std::string outcome_text(const Json& request) {
    const std::string needed = still_needed(request);
    return shown(request, "id") + " is " + shown(request, "state") +
           (needed.empty() ? "" : ", still needs " + needed);
}

std::string caller_text(const Json& caller) {
    const std::vector<std::string> roles = texts(caller, "roles");
    std::string text = line("unix user", shown(caller, "unix_user") + " (uid " +
                                             std::to_string(number(caller, "uid")) + ")");
    text += line("human", shown(caller, "human"));
    text += line("principal", shown(caller, "principal"));
    text += line("groups", joined(texts(caller, "groups"), ", "));
    text += line("roles", joined(roles, ", "));
    if (roles.empty())
        text +=
            "\nThe daemon answers you nothing else: you have no role in `people` of its "
            "configuration.\n";
    return text;
}

}  // namespace sluice::app
