#include "app/log_port.h"

#include <charconv>
#include <optional>

#include "app/audit_form.h"
#include "app/cli_output.h"
#include "auditlog/reader.h"

namespace sluice::app {
namespace {

using control::Code;
using control::Outcome;
using control::Query;
using control::Refusal;
using Json = nlohmann::ordered_json;

Refusal bad(std::string sentence) {
    return {Code::bad_request, std::move(sentence)};
}
Refusal failed(const Error& error) {
    return {error.code == Errc::config ? Code::bad_request : Code::unavailable, error.context};
}

// The first field that is none of these; empty: there is none.
std::string stranger_in(const Query& query, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : query)
        if (std::find(known.begin(), known.end(), name) == known.end()) return name;
    return {};
}

// Absent: true, and `number` stays.
template <class T>
bool read_number(const Query& query, std::string_view name, T& number) {
    const auto field = query.find(name);
    if (field == query.end()) return true;
    const std::string& text = field->second;
    const char* end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc{} && stopped == end && !text.empty();
}

std::string text_of(const Query& query, std::string_view name) {
    const auto field = query.find(name);
    return field == query.end() ? std::string() : field->second;
}

Outcome<auditlog::WhoQuestion> read_who(const Query& query) {
    const std::string stranger = stranger_in(query, {"topic", "partition", "offset", "op"});
    if (!stranger.empty()) return bad("`topic`, `partition`, `offset` and `op` may be asked");
    auditlog::WhoQuestion question;
    question.topic = text_of(query, "topic");
    question.partition = -1;
    question.offset = -1;
    const std::string op = text_of(query, "op");
    if (op == "read")
        question.op = auditlog::WhoQuestion::Op::read;
    else if (op == "write")
        question.op = auditlog::WhoQuestion::Op::write;
    else if (!op.empty() && op != "any")
        return bad("`op` is read, write or any");
    if (!read_number(query, "partition", question.partition) ||
        !read_number(query, "offset", question.offset) || question.topic.empty() ||
        question.partition < 0 || question.offset < 0)
        return bad("`topic`, `partition` and `offset` are needed");
    return question;
}

struct Search {
    auditlog::SearchQuestion question;
    PersonFilter person;
};

template <class T>
bool read_optional(const Query& query, std::string_view name, std::optional<T>& number) {
    if (query.find(name) == query.end()) return true;
    return read_number(query, name, number.emplace());
}

Outcome<Search> read_search(const Query& query) {
    const std::string stranger =
        stranger_in(query, {"topic", "type", "operation", "rule", "partition", "offset", "session",
                            "error", "since", "until", "after", "before", "limit", "principal",
                            "human", "group", "client"});
    if (!stranger.empty()) return bad("one of the fields is none that a search has");
    Search search;
    auditlog::SearchQuestion& question = search.question;
    question.topic = text_of(query, "topic");
    question.type = text_of(query, "type");
    question.operation = text_of(query, "operation");
    question.rule = text_of(query, "rule");
    search.person = {text_of(query, "principal"), text_of(query, "human"), text_of(query, "group"),
                     text_of(query, "client")};
    std::optional<std::int64_t> offset;
    if (!read_optional(query, "partition", question.partition) ||
        !read_optional(query, "offset", offset) ||
        !read_optional(query, "session", question.session) ||
        !read_optional(query, "error", question.error_code) ||
        !read_optional(query, "since", question.since_ns) ||
        !read_optional(query, "until", question.until_ns) ||
        !read_optional(query, "after", question.after) ||
        !read_optional(query, "before", question.before) ||
        !read_number(query, "limit", question.limit) || question.limit < 1 ||
        question.limit > limits::audit_page_entries_max)
        return bad("one of the numbers is none, or over its limit");
    if (offset) question.offsets = OffsetRange{*offset, *offset};
    return search;
}

audit::Subject subject_of(const control::Person& person, std::string comment = {}) {
    audit::Subject subject;
    subject.principal = person.principal;
    subject.human = person.human;
    subject.comment = std::move(comment);
    return subject;
}

}  // namespace

Status LogPort::record_read(const char* what, const Query& query, const control::Person& reader) {
    NamedEvent named;
    named.event.type = audit::EventType::log_read;
    named.event.outcome = audit::Outcome::ok;
    named.event.operation = what;
    named.event.topic = text_of(query, "topic");
    // Nothing but numbers goes into those two; what is none was refused.
    static_cast<void>(read_number(query, "partition", named.event.partition));
    static_cast<void>(read_number(query, "offset", named.event.fetch_offset));
    for (const auto& [name, value] : query)
        if (name != "topic" && name != "partition" && name != "offset")
            named.event.resource += (named.event.resource.empty() ? "" : ",") + name;
    named.actor = subject_of(reader);
    return gateway_.record_call(std::move(named));
}

Outcome<std::string> LogPort::who(const Query& query, const control::Person& reader) {
    const auto question = read_who(query);
    if (const auto* wrong = std::get_if<Refusal>(&question)) return *wrong;
    const auto recorded = record_read("audit.who", query, reader);
    if (!recorded) return failed(recorded.error());
    const auto answers = auditlog::who(log_, std::get<auditlog::WhoQuestion>(question));
    if (!answers) return failed(answers.error());
    auto people = People::open(people_);
    if (!people) return failed(people.error());
    Json list = Json::array();
    for (const auto& answer : *answers) {
        Json one = to_json(answer.entry, *people);
        one["possible"] = answer.possible;
        list.push_back(std::move(one));
    }
    return Json{{"answers", std::move(list)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Outcome<std::string> LogPort::search(const Query& query, const control::Person& reader) {
    auto question = read_search(query);
    if (const auto* wrong = std::get_if<Refusal>(&question)) return *wrong;
    auto& asked = std::get<Search>(question);
    auto people = People::open(people_);
    if (!people) return failed(people.error());
    const auto filtered = asked.person.apply(*people, asked.question);
    if (!filtered) return failed(filtered.error());
    const auto recorded = record_read("audit.search", query, reader);
    if (!recorded) return failed(recorded.error());
    const auto page = auditlog::search(log_, asked.question);
    if (!page) return failed(page.error());
    Json list = Json::array();
    for (const auditlog::Entry& entry : page->entries) list.push_back(to_json(entry, *people));
    return Json{{"entries", std::move(list)}, {"older", page->older}, {"newer", page->newer}}.dump(
        -1, ' ', false, Json::error_handler_t::replace);
}

Outcome<std::string> LogPort::show(const Query& query, const control::Person& reader) {
    std::uint64_t index = 0;
    if (!stranger_in(query, {"index"}).empty() || query.empty() ||
        !read_number(query, "index", index))
        return bad("`index` is needed, the number of an entry");
    const auto recorded = record_read("audit.show", query, reader);
    if (!recorded) return failed(recorded.error());
    auto people = People::open(people_);
    if (!people) return failed(people.error());
    std::optional<Json> found;
    const auto read = auditlog::read_log(log_, index, [&](const auditlog::Entry& entry) {
        found = to_json(entry, *people);
        return false;
    });
    if (!read) return failed(read.error());
    if (!found) return bad("the log has no such entry yet");
    return found->dump(-1, ' ', false, Json::error_handler_t::replace);
}

Outcome<std::string> LogPort::erase(const std::string& person, const std::string& comment,
                                    const control::Person& by) {
    const auto erased = gateway_.erase_person(person, subject_of(by, comment));
    if (erased) return Json{{"erased", *erased}}.dump();
    if (erased.error().code == Errc::denied)
        return Refusal{Code::still_live, erased.error().context};
    return failed(erased.error());
}

}  // namespace sluice::app
