#include "control/refusal.h"

#include <array>

namespace sluice::control {
namespace {

struct Row {
    std::string_view name;
    unsigned status;
};

// In the order of Code.
constexpr std::array<Row, kCodes> kRows{{
    {"bad_request", 400},     {"bad_comment", 400},        {"comment_missing", 400},
    {"unknown_caller", 403},  {"role_missing", 403},       {"no_human", 403},
    {"self_approval", 403},   {"not_an_approver", 403},    {"no_route", 404},
    {"unknown_request", 404}, {"method_not_allowed", 405}, {"not_pending", 409},
    {"not_approved", 409},    {"asker_unknown", 409},      {"voted_already", 409},
    {"still_live", 409},      {"too_many_votes", 409},     {"too_large", 413},
    {"internal", 500},        {"unavailable", 503},
}};

const Row& row(Code code) noexcept {
    return kRows[static_cast<std::size_t>(code)];
}

}  // namespace

std::string_view name(Code code) noexcept {
    return row(code).name;
}

std::optional<Code> code_of(std::string_view name) noexcept {
    for (std::size_t at = 0; at < kCodes; ++at)
        if (kRows[at].name == name) return static_cast<Code>(at);
    return std::nullopt;
}

unsigned status_of(Code code) noexcept {
    return row(code).status;
}

}  // namespace sluice::control
