#include "approval/request.h"

#include <algorithm>

namespace sluice::approval {
namespace {

// Crockford's base 32: no I, L, O or U, so that nothing reads as something else.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kPrefix = "R-";
constexpr std::size_t kIdDigits = 8;

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool has_approvals(const Request& request, std::uint32_t requirement, std::uint32_t count) {
    std::vector<std::string_view> humans;
    for (const Vote& vote : request.votes) {
        const auto met = std::find(vote.meets.begin(), vote.meets.end(), requirement);
        if (!vote.approve || met == vote.meets.end()) continue;
        const bool known = std::any_of(humans.begin(), humans.end(), [&](std::string_view human) {
            return same_human(human, vote.human);
        });
        if (!known) humans.push_back(vote.human);
    }
    return humans.size() >= count;
}

}  // namespace

std::string_view name(State state) noexcept {
    switch (state) {
        case State::pending:
            return "pending";
        case State::approved:
            return "approved";
        case State::used:
            return "used";
        case State::denied:
            return "denied";
        case State::cancelled:
            return "cancelled";
        case State::revoked:
            return "revoked";
        case State::expired:
            return "expired";
    }
    return "unknown";
}

std::optional<State> state_of(std::string_view text) noexcept {
    for (std::size_t i = 0; i < kStates; ++i)
        if (name(static_cast<State>(i)) == text) return static_cast<State>(i);
    return std::nullopt;
}

std::string id_of(const std::array<std::uint8_t, 5>& random) {
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : random) bits = bits << 8 | byte;
    std::string id(kPrefix);
    for (std::size_t i = kIdDigits; i-- > 0;) id += kDigits[bits >> (5 * i) & 31];
    return id;
}

bool is_id(std::string_view text) noexcept {
    return text.size() == kPrefix.size() + kIdDigits && text.starts_with(kPrefix) &&
           text.find_first_not_of(kDigits, kPrefix.size()) == std::string_view::npos;
}

std::optional<std::string> typed_id(std::string_view text) {
    if (text.size() >= kPrefix.size() && upper(text[0]) == 'R' && text[1] == '-')
        text.remove_prefix(kPrefix.size());
    std::string id(kPrefix);
    for (const char typed : text) {
        const char c = upper(typed);
        id += c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    }
    if (!is_id(id)) return std::nullopt;
    return id;
}

bool same_human(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool is_satisfied(const Request& request) {
    const Ask& ask = request.ask;
    if (ask.human.empty() || ask.requirements.empty()) return false;
    for (const Vote& vote : request.votes)
        if (!vote.approve || vote.human.empty() || same_human(vote.human, ask.human)) return false;
    for (std::uint32_t i = 0; i < ask.requirements.size(); ++i)
        if (!has_approvals(request, i, std::max(ask.requirements[i].count, 1u))) return false;
    return true;
}

}  // namespace sluice::approval
