#include "control/route.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/limits.h"

namespace sluice::control {
namespace {

using nlohmann::json;

// Takes what stands before `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
    const std::string_view taken = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
}

Refusal bad(std::string sentence) {
    return {Code::bad_request, std::move(sentence)};
}

// -- Path

constexpr std::string_view kWhoami = "/v1/whoami";
constexpr std::string_view kList = "/v1/approvals";
constexpr std::string_view kErase = "/v1/people/erase";
constexpr std::pair<std::string_view, Action> kLogRoutes[] = {
    {"/v1/audit/who", Action::who},
    {"/v1/audit/search", Action::search},
    {"/v1/audit/show", Action::show_entry},
};

bool asks_log(Action action) {
    return action == Action::who || action == Action::search || action == Action::show_entry;
}

std::optional<Action> vote_of(std::string_view word) {
    if (word == "approve") return Action::approve;
    if (word == "deny") return Action::deny;
    if (word == "revoke") return Action::revoke;
    return std::nullopt;
}

Outcome<Call> read_path(std::string_view path) {
    Call call;
    if (path == kWhoami) return call;
    for (const auto& [route, action] : kLogRoutes) {
        call.action = action;
        if (path == route) return call;
    }
    call.action = Action::erase;
    if (path == kErase) return call;
    call.action = Action::list;
    if (path == kList) return call;
    const Refusal unknown{Code::no_route, "there is no such route"};
    if (!path.starts_with(kList) || path[kList.size()] != '/') return unknown;
    path.remove_prefix(kList.size() + 1);
    const std::string_view id = path.substr(0, path.find('/'));
    path.remove_prefix(id.size());
    call.action = Action::show;
    if (!path.empty()) {
        const auto vote = vote_of(path.substr(1));
        if (!vote) return unknown;
        call.action = *vote;
    }
    if (id.empty()) return unknown;
    auto canonical = approval::typed_id(id);
    if (!canonical) return Refusal{Code::unknown_request, "there is no such request"};
    call.id = *std::move(canonical);
    return call;
}

// -- Query

std::optional<Refusal> read_state(std::string_view value, ListFilter& filter) {
    if (value != "pending" && value != "all") return bad("`state` is pending or all");
    filter.which = value == "all" ? ListFilter::Which::all : ListFilter::Which::pending;
    return std::nullopt;
}

std::optional<Refusal> read_limit(std::string_view value, ListFilter& filter) {
    const char* end = value.data() + value.size();
    const auto [stopped, failure] = std::from_chars(value.data(), end, filter.limit);
    if (failure != std::errc{} || stopped != end || filter.limit == 0 ||
        filter.limit > limits::control_list_max)
        return bad("`limit` is a number from 1 to " + std::to_string(limits::control_list_max));
    return std::nullopt;
}

std::optional<Refusal> read_query(std::string_view query, Call& call) {
    bool has_state = false;
    bool has_limit = false;
    while (!query.empty()) {
        std::string_view value = take(query, '&');
        const std::string_view key = take(value, '=');
        std::optional<Refusal> wrong = bad("only `state` and `limit` may be asked, once each");
        if (key == "state" && !std::exchange(has_state, true))
            wrong = read_state(value, call.filter);
        if (key == "limit" && !std::exchange(has_limit, true))
            wrong = read_limit(value, call.filter);
        if (wrong) return wrong;
    }
    return std::nullopt;
}

// "a%20b+c" is "a b c". None where a `%` is not followed by two digits.
std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+') {
            plain += ' ';
        } else if (text[at] != '%') {
            plain += text[at];
        } else {
            unsigned value = 0;
            const char* digits = text.data() + at + 1;
            if (text.size() - at < 3 ||
                std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2)
                return std::nullopt;
            plain += static_cast<char>(value);
            at += 2;
        }
    }
    return plain;
}

std::optional<Refusal> read_log_query(std::string_view query, Query& asked) {
    while (!query.empty()) {
        std::string_view value = take(query, '&');
        const std::string_view key = take(value, '=');
        auto plain = decoded(value);
        if (!plain) return bad("a `%` in the query needs two hexadecimal digits");
        if (asked.size() >= limits::control_query_fields_max ||
            !asked.emplace(key, *std::move(plain)).second)
            return bad("each field of the query may come once");
    }
    return std::nullopt;
}

// -- Body: {"comment": "..."}, and of an erasure {"person": "...", "comment": "..."}

// Builds nothing but the texts there may be; whatever else comes ends the parse.
class TextsReader final : public nlohmann::json_sax<json> {
  public:
    explicit TextsReader(std::map<std::string, std::string*, std::less<>> texts)
        : texts_(std::move(texts)) {}
    bool null() override { return false; }
    bool boolean(bool) override { return false; }
    bool number_integer(number_integer_t) override { return false; }
    bool number_unsigned(number_unsigned_t) override { return false; }
    bool number_float(number_float_t, const string_t&) override { return false; }
    bool binary(binary_t&) override { return false; }
    bool start_array(std::size_t) override { return false; }
    bool end_array() override { return false; }
    bool end_object() override { return true; }
    // The second time is the one inside the first, in the place of the text.
    bool start_object(std::size_t) override { return !std::exchange(is_open_, true); }
    bool key(string_t& name) override {
        const auto text = texts_.find(name);
        if (text == texts_.end()) return false;
        at_ = text->second;
        texts_.erase(text);  // not twice
        return true;
    }
    // At the top there is no key before it.
    bool string(string_t& value) override {
        if (at_ == nullptr) return false;
        *std::exchange(at_, nullptr) = std::move(value);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

  private:
    std::map<std::string, std::string*, std::less<>> texts_;  // that may still come
    std::string* at_ = nullptr;
    bool is_open_ = false;
};

std::optional<Refusal> read_body(std::string_view body, Call& call) {
    if (!body.empty()) {
        TextsReader reader(
            call.action == Action::erase
                ? std::map<std::string, std::string*, std::less<>>{{"comment", &call.comment},
                                                                   {"person", &call.person}}
                : std::map<std::string, std::string*, std::less<>>{{"comment", &call.comment}});
        // A byte order mark would be skipped, and a NUL taken for the end.
        const bool is_odd = body.front() == '\xef' || body.find('\0') != std::string_view::npos;
        if (is_odd || !json::sax_parse(body, &reader))
            return bad(call.action == Action::erase
                           ? "the body is {\"person\": \"...\", \"comment\": \"...\"}"
                           : "the body is {\"comment\": \"...\"} and nothing else");
    }
    if (call.action == Action::erase && call.person.empty())
        return bad("say who, in `person`: a principal or a human");
    const bool says_nothing = call.comment.find_first_not_of(" \t\r\n") == std::string::npos;
    if (says_nothing && call.action != Action::approve)
        return Refusal{Code::comment_missing, "say why, in `comment`"};
    return std::nullopt;
}

}  // namespace

std::string_view name(Action action) noexcept {
    switch (action) {
        case Action::whoami:
            return "whoami";
        case Action::list:
            return "approvals.list";
        case Action::show:
            return "approvals.show";
        case Action::approve:
            return "approvals.approve";
        case Action::deny:
            return "approvals.deny";
        case Action::revoke:
            return "approvals.revoke";
        case Action::who:
            return "audit.who";
        case Action::search:
            return "audit.search";
        case Action::show_entry:
            return "audit.show";
        case Action::erase:
            return "people.erase";
    }
    return "unknown";
}

Role role_for(Action action) noexcept {
    if (asks_log(action)) return Role::auditor;
    if (action == Action::erase) return Role::admin;
    return action >= Action::approve ? Role::approver : Role::viewer;
}

Outcome<Call> read_call(std::string_view method, std::string_view target, std::string_view body) {
    const std::string_view path = take(target, '?');
    Outcome<Call> outcome = read_path(path);
    auto* call = std::get_if<Call>(&outcome);
    if (call == nullptr) return outcome;
    const bool is_post = call->action >= Action::approve;
    if (method != (is_post ? "POST" : "GET"))
        return Refusal{Code::method_not_allowed,
                       std::string("this route takes ") + (is_post ? "POST" : "GET") + " only"};
    if (asks_log(call->action)) {
        if (auto wrong = read_log_query(target, call->query)) return *std::move(wrong);
    } else {
        if (!target.empty() && call->action != Action::list)
            return bad("this route takes no query");
        if (auto wrong = read_query(target, *call)) return *std::move(wrong);
    }
    if (!is_post && !body.empty()) return bad("this route takes no body");
    if (is_post)
        if (auto wrong = read_body(body, *call)) return *std::move(wrong);
    return outcome;
}

}  // namespace sluice::control
