#include "identity/claims.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "identity/strict_json.h"

namespace sluice::identity {
namespace {

using nlohmann::json;
using Refused = std::optional<Refusal>;

// The end of the year 9999; what is later is a mistake of units.
constexpr std::int64_t kSecondsMax = 253'402'300'799;

enum class Round : std::uint8_t { down, up };

// A NumericDate, rounded to where less is allowed.
std::optional<std::int64_t> seconds(const json& value, Round round) {
    if (!value.is_number()) return std::nullopt;
    const double number = value.get<double>();
    if (!(number >= 0 && number <= static_cast<double>(kSecondsMax))) return std::nullopt;
    return static_cast<std::int64_t>(round == Round::down ? std::floor(number) : std::ceil(number));
}

// `iss` and `sub`: text that is there and fit to be shown.
Refused read_name(const json& payload, const char* claim, std::string& into) {
    const json* value = member(payload, claim);
    if (value == nullptr) return Refusal::token_claims_missing;
    const std::string* text = as_string(*value);
    if (text == nullptr || has_control_characters(*text)) return Refusal::token_malformed;
    if (text->empty()) return Refusal::token_claims_missing;
    into = *text;
    return std::nullopt;
}

Refused check_audience(const json& payload, const Expectations& expected) {
    const json* aud = member(payload, "aud");
    if (aud == nullptr) return Refusal::token_claims_missing;
    const auto wanted = [&](const json& value) {
        return std::find(expected.audiences.begin(), expected.audiences.end(), *as_string(value)) !=
               expected.audiences.end();
    };
    bool found = false;
    if (as_string(*aud) != nullptr) {
        found = wanted(*aud);
    } else if (aud->is_array()) {
        for (const json& one : *aud) {
            if (as_string(one) == nullptr) return Refusal::token_malformed;
            found = found || wanted(one);
        }
    } else {
        return Refusal::token_malformed;
    }
    return found ? Refused() : Refusal::token_wrong_audience;
}

Refused check_times(const json& payload, const Expectations& expected, std::int64_t now,
                    std::int64_t& expires_at) {
    const json* exp = member(payload, "exp");
    if (exp == nullptr) return Refusal::token_claims_missing;
    const auto end = seconds(*exp, Round::down);
    if (!end) return Refusal::token_malformed;
    if (now >= *end) return Refusal::token_expired;
    expires_at = *end;
    for (const char* claim : {"nbf", "iat"}) {
        const json* value = member(payload, claim);
        if (value == nullptr) continue;
        const auto begin = seconds(*value, Round::up);
        if (!begin) return Refusal::token_malformed;
        if (*begin > now + expected.clock_skew.count()) return Refusal::token_not_yet_valid;
    }
    if (expected.age_max.count() <= 0) return std::nullopt;
    const json* iat = member(payload, "iat");
    if (iat == nullptr) return Refusal::token_claims_missing;
    if (now - *seconds(*iat, Round::down) > expected.age_max.count()) return Refusal::token_too_old;
    return std::nullopt;
}

// Nothing for what is no text: null, an object, an array, control characters.
std::optional<std::string> text_of(const json& value) {
    if (const std::string* text = as_string(value))
        return has_control_characters(*text) ? std::optional<std::string>() : *text;
    if (value.is_number() || value.is_boolean()) return value.dump();
    return std::nullopt;
}

// Takes the claims apart, objects by path.
class Flattening {
  public:
    // The depth is the parser's, at most limits::json_depth_max.
    Refused object(const json& from, const std::string& prefix) {
        for (const auto& [name, value] : from.items()) {
            if (has_control_characters(name)) continue;
            const std::string path = prefix + name;
            if (path.size() > limits::claim_name_bytes_max) return Refusal::token_too_large;
            if (const Refused refused =
                    value.is_object() ? object(value, path + '.') : claim(value, path))
                return refused;
        }
        return std::nullopt;
    }

    Refused finish(std::vector<Claim>& into) {
        std::sort(list_.begin(), list_.end(),
                  [](const Claim& a, const Claim& b) { return a.name < b.name; });
        // "a.b" beside {"a":{"b":...}}: which one a rule means is in doubt.
        const auto twice =
            std::adjacent_find(list_.begin(), list_.end(),
                               [](const Claim& a, const Claim& b) { return a.name == b.name; });
        if (twice != list_.end()) return Refusal::token_malformed;
        into = std::move(list_);
        return std::nullopt;
    }

  private:
    Refused claim(const json& value, const std::string& path) {
        Claim claim{path, {}};
        if (value.is_array()) {
            for (const json& element : value)
                if (auto text = text_of(element)) claim.values.push_back(std::move(*text));
        } else {
            auto text = text_of(value);
            if (!text) return std::nullopt;
            claim.values.push_back(std::move(*text));
        }
        values_ += claim.values.size();
        list_.push_back(std::move(claim));
        // Never cut: a group that is missing may be one that is denied.
        const bool fits = list_.size() <= limits::claims_max && values_ <= limits::claim_values_max;
        return fits ? Refused() : Refusal::token_too_large;
    }

    std::vector<Claim> list_;
    std::size_t values_ = 0;
};

}  // namespace

const Claim* Claims::find(std::string_view name) const {
    const auto at = std::lower_bound(
        list.begin(), list.end(), name,
        [](const Claim& claim, std::string_view wanted) { return claim.name < wanted; });
    return at != list.end() && at->name == name ? &*at : nullptr;
}

Verdict read_claims(std::string_view payload, const Expectations& expected,
                    std::int64_t now_seconds) {
    const auto parsed = parse_strict(payload);
    if (!parsed || !parsed->is_object()) return Refusal::token_malformed;
    Claims claims;
    if (const Refused refused = read_name(*parsed, "iss", claims.issuer)) return *refused;
    if (claims.issuer != expected.issuer) return Refusal::token_wrong_issuer;
    if (const Refused refused = check_audience(*parsed, expected)) return *refused;
    if (const Refused refused = check_times(*parsed, expected, now_seconds, claims.expires_at))
        return *refused;
    if (const Refused refused = read_name(*parsed, "sub", claims.subject)) return *refused;
    if (claims.subject.size() > limits::subject_bytes_max) return Refusal::token_too_large;
    Flattening flattening;
    if (const Refused refused = flattening.object(*parsed, "")) return *refused;
    if (const Refused refused = flattening.finish(claims.list)) return *refused;
    return claims;
}

}  // namespace sluice::identity
