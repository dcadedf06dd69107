// Input: the three parts of a request to the control socket with NUL bytes between them: method,
// target, body. What is read is canonical: written down again it reads the same.
#include <nlohmann/json.hpp>

#include "control/route.h"
#include "fuzz/fuzz.h"

using namespace sluice;

namespace {

std::string take_text(Bytes& rest) {
    const auto end = std::find(rest.begin(), rest.end(), Byte{0});
    const auto size = static_cast<std::size_t>(end - rest.begin());
    std::string text(rest.begin(), end);
    rest = rest.subspan(std::min(size + 1, rest.size()));
    text.shrink_to_fit();
    return text;
}

std::string query_of(const control::Query& query) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto& [name, value] : query) {
        text += (text.empty() ? "" : "&") + name + "=";
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            text += std::string{'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return text;
}

std::string target_of(const control::Call& call) {
    switch (call.action) {
        case control::Action::whoami:
            return "/v1/whoami";
        case control::Action::list:
            return "/v1/approvals?limit=" + std::to_string(call.filter.limit) + "&state=" +
                   (call.filter.which == control::ListFilter::Which::all ? "all" : "pending");
        case control::Action::show:
            return "/v1/approvals/" + call.id;
        case control::Action::approve:
            return "/v1/approvals/" + call.id + "/approve";
        case control::Action::deny:
            return "/v1/approvals/" + call.id + "/deny";
        case control::Action::revoke:
            return "/v1/approvals/" + call.id + "/revoke";
        case control::Action::erase:
            return "/v1/people/erase";
        case control::Action::who:
            return "/v1/audit/who?" + query_of(call.query);
        case control::Action::search:
            return "/v1/audit/search?" + query_of(call.query);
        case control::Action::show_entry:
            return "/v1/audit/show?" + query_of(call.query);
    }
    return "";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes rest(data, size);
    const std::string method = take_text(rest);
    const std::string target = take_text(rest);
    const Buffer body = fuzz::exact(rest);
    const auto outcome = control::read_call(method, target, as_text(body));
    if (const auto* refusal = std::get_if<control::Refusal>(&outcome)) {
        const unsigned status = control::status_of(refusal->code);
        SLUICE_CHECK(status >= 400 && status < 500 && !refusal->sentence.empty());
        return 0;
    }
    const auto& call = std::get<control::Call>(outcome);
    using enum control::Action;
    const bool erases = call.action == erase;
    const bool is_vote = call.action >= approve;
    SLUICE_CHECK(method == (is_vote ? "POST" : "GET"));
    SLUICE_CHECK(call.id.empty() != (call.action == show || (is_vote && !erases)));
    SLUICE_CHECK(call.person.empty() != erases);
    SLUICE_CHECK(call.query.size() <= limits::control_query_fields_max);
    SLUICE_CHECK(call.id.empty() || approval::is_id(call.id));
    SLUICE_CHECK(call.filter.limit >= 1 && call.filter.limit <= limits::control_list_max);
    SLUICE_CHECK(is_vote || call.comment.empty());
    // Throws where the comment is no UTF-8.
    const std::string again =
        erases    ? nlohmann::json{{"comment", call.comment}, {"person", call.person}}.dump()
        : is_vote ? nlohmann::json{{"comment", call.comment}}.dump()
                  : std::string();
    SLUICE_CHECK(std::get<control::Call>(control::read_call(method, target_of(call), again)) ==
                 call);
    return 0;
}
