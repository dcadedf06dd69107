#include "app/audit_form.h"

#include <charconv>
#include <chrono>
#include <iostream>

#include "auditlog/glob.h"
#include "kafka/api.h"

namespace sluice::app {
namespace {

using auditlog::Entry;
using auditlog::WhoAnswer;

constexpr const char* kColumns[] = {"index",        "time",          "type",
                                    "outcome",      "possible",      "session",
                                    "principal",    "human",         "client",
                                    "client_id",    "api",           "topic",
                                    "topic_id",     "partition",     "fetch_offset",
                                    "first_offset", "last_offset",   "records",
                                    "bytes",        "error_code",    "resource",
                                    "operation",    "rules",         "ticket",
                                    "reason",       "masked_values", "withheld_records"};

// As RFC 4180 has it.
std::string csv_cell(const nlohmann::ordered_json& json, const char* column) {
    const auto found = json.find(column);
    if (found == json.end()) return {};
    const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char letter : text) {
        if (letter == '"') quoted += '"';
        quoted += letter;
    }
    return quoted + '"';
}

Table table_of(Shape shape) {
    if (shape == Shape::answers)
        return Table({"time (UTC)", "who", "did", "offsets", "records", "from", "client id",
                      "outcome", "entry"});
    return Table({"entry", "time (UTC)", "who", "what", "where", "offsets", "records", "from",
                  "client id", "outcome"});
}

const char* did(const audit::Event& event) {
    const bool wrote =
        event.type == audit::EventType::produce || event.type == audit::EventType::write_lease;
    return wrote ? "wrote" : "read";
}

bool fits(const std::string& pattern, std::string_view text) {
    return pattern.empty() || auditlog::glob_matches(pattern, text);
}

// `groups` are names joined by ','.
bool has_group(const std::string& pattern, std::string_view groups) {
    while (!groups.empty()) {
        const std::size_t comma = std::min(groups.find(','), groups.size());
        if (fits(pattern, groups.substr(0, comma))) return true;
        groups.remove_prefix(std::min(comma + 1, groups.size()));
    }
    return pattern.empty();
}

// "10.91.1.7:1234" in its two parts; what has no port stays whole.
std::optional<std::pair<std::string, std::uint16_t>> with_port(const std::string& client) {
    const std::size_t colon = client.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    std::uint16_t port = 0;
    const char* end = client.data() + client.size();
    const auto [at, failure] = std::from_chars(client.data() + colon + 1, end, port);
    if (failure != std::errc{} || at != end || port == 0) return std::nullopt;
    return std::pair(client.substr(0, colon), port);
}

}  // namespace

void PersonFilter::add_to(CLI::App& command) {
    command.add_option("--principal", principal, "who, a glob: `net:10.8.*`");
    command.add_option("--human", human, "who answers for it, a glob");
    command.add_option("--group", group, "a group of theirs, a glob");
    command.add_option("--client", client, "ADDRESS, ADDRESS:PORT or client id; a glob");
}

Status PersonFilter::apply(People& people, auditlog::SearchQuestion& question) const {
    if (principal.empty() && human.empty() && group.empty() && client.empty()) return ok();
    const auto endpoint = with_port(client);
    if (endpoint) question.client_port = endpoint->second;
    auto ids = people.all([&](const audit::Subject& subject) {
        const std::string address = to_text_address(subject.address);
        const bool from = endpoint ? fits(endpoint->first, address)
                                   : fits(client, address) || fits(client, subject.client_id);
        return from && fits(principal, subject.principal) && fits(human, subject.human) &&
               has_group(group, subject.groups);
    });
    if (!ids) return std::move(ids).error();
    question.subject = [found = *std::move(ids)](const audit::SubjectId& id) {
        return found.contains(id);
    };
    return ok();
}

std::string place_of(const audit::Event& event) {
    std::string text = !event.topic.empty() ? event.topic : to_text(event.topic_id);
    if (event.partition >= 0) text += "-" + std::to_string(event.partition);
    return text.empty() ? event.resource : text;
}

std::string outcome_of(const audit::Event& event) {
    std::string text(name(event.outcome));
    if (event.error_code != 0) text += " " + std::to_string(event.error_code);
    if (!event.reason.empty()) text += (text == "unset" ? "" : " ") + event.reason;
    if (text.rfind("unset", 0) == 0) text.erase(0, 5);
    if (event.masked_values + event.withheld_records > 0) text += ", masked";
    return text;
}

EntryPrinter::EntryPrinter(const AuditCommand& command, Shape shape, People& people)
    : form_(command.form), shape_(shape), people_(people), table_(table_of(shape)) {
    if (form_ != "csv") return;
    const char* before = "";
    for (const char* column : kColumns) std::cout << std::exchange(before, ",") << column;
    std::cout << "\r\n";
}

void EntryPrinter::print_json(nlohmann::ordered_json json) {
    if (form_ == "json") {
        std::cout << json.dump() << '\n';
        return;
    }
    const char* before = "";
    for (const char* column : kColumns)
        std::cout << std::exchange(before, ",") << csv_cell(json, column);
    std::cout << "\r\n";
}

void EntryPrinter::print(const Entry& entry) {
    if (form_ != "table") return print_json(to_json(entry, people_));
    const audit::Event& event = entry.event;
    const std::string what = event.type == audit::EventType::request && event.api_key >= 0
                                 ? std::string(kafka::api_name(event.api_key))
                                 : std::string(name(event.type));
    table_.add({std::to_string(entry.index), to_text_time(event.wall_ns),
                people_.name_of(event.subject), what, place_of(event), to_text(event.offsets),
                std::to_string(event.records), people_.client_of(event),
                people_.of(event.subject).subject.client_id, outcome_of(event)});
}

void EntryPrinter::print(const WhoAnswer& answer) {
    const audit::Event& event = answer.entry.event;
    if (form_ != "table") {
        auto json = to_json(answer.entry, people_);
        json["possible"] = answer.possible;
        return print_json(std::move(json));
    }
    table_.add({to_text_time(event.wall_ns), people_.name_of(event.subject),
                answer.possible ? std::string("possibly ") + did(event) : did(event),
                to_text(event.offsets), std::to_string(event.records), people_.client_of(event),
                people_.of(event.subject).subject.client_id,
                answer.possible ? "unknown" : outcome_of(event),
                std::to_string(answer.entry.index)});
}

void EntryPrinter::finish(const std::string& nothing) {
    if (form_ == "table") std::cout << (table_.empty() ? nothing : table_.text());
    std::cout.flush();
    table_ = table_of(shape_);
}

void add_form(CLI::App& command, AuditCommand& common, std::vector<std::string> forms,
              const char* about) {
    common.form = forms.front();
    command.add_option("-o", common.form, about)
        ->check(CLI::IsMember(std::move(forms)))
        ->capture_default_str();
}

void remark(const AuditCommand& command, const std::string& sentence) {
    (command.form == "table" ? std::cout : std::cerr) << sentence << '\n';
}

void remark_known(const AuditCommand& command, const auditlog::Known& known) {
    if (known.from_index > 0)
        remark(command, "the log is there from entry " + std::to_string(known.from_index) +
                            " on, " + to_text_time(known.from_ns) +
                            " UTC: of what was before it says nothing");
    for (const auditlog::Gap& gap : known.gaps)
        if (gap.first > 0)
            remark(command, "entries " + std::to_string(gap.first) + " to " +
                                std::to_string(gap.end - 1) + " are missing");
}

void TimeSpan::add_to(CLI::App& command) {
    command.add_option("--since", since, "15m, 2h, 30d, or a time in UTC");
    command.add_option("--until", until, "the same");
}

Status TimeSpan::parse(std::optional<std::int64_t>& since_ns,
                       std::optional<std::int64_t>& until_ns) const {
    const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    for (const auto& [text, target] : {std::pair{&since, &since_ns}, {&until, &until_ns}}) {
        if (text->empty()) continue;
        const auto parsed = parse_time(*text, now);
        if (!parsed) return parsed.error();
        *target = *parsed;
    }
    return ok();
}

}  // namespace sluice::app
