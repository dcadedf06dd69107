#include "identity/jwt.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <variant>

#include "base/limits.h"
#include "identity/base64url.h"
#include "identity/signature.h"
#include "identity/strict_json.h"

namespace sluice::identity {
namespace {

using nlohmann::json;

struct Parts {
    std::string_view header, payload, signature;
    std::string_view signed_text;  // header, dot and payload, as they came
};

std::variant<Parts, Refusal> split(std::string_view token) {
    const auto dots = std::count(token.begin(), token.end(), '.');
    if (dots == 4) return Refusal::token_nested;  // five parts: JWE
    if (dots != 2) return Refusal::token_malformed;
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', first + 1);
    return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                 token.substr(second + 1), token.substr(0, second)};
}

struct Header {
    Algorithm algorithm;
    std::optional<std::string> kid;
};

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::optional<Refusal> check_type(const json& header, TokenType wanted) {
    const json* typ = member(header, "typ");
    if (typ == nullptr)
        return wanted == TokenType::any_jwt ? std::optional<Refusal>() : Refusal::token_wrong_type;
    if (as_string(*typ) == nullptr) return Refusal::token_malformed;
    std::string type = lower(*as_string(*typ));
    if (type.starts_with("application/")) type.erase(0, sizeof "application/" - 1);
    if (type == "at+jwt" || (type == "jwt" && wanted == TokenType::any_jwt)) return std::nullopt;
    return Refusal::token_wrong_type;
}

// What would change how the token is to be read. Members that offer a key (jwk, jku, x5u, x5c, x5t)
// are passed over: keys are ours alone to choose.
std::optional<Refusal> check_reading(const json& header) {
    for (const char* name : {"crit", "b64"})
        if (member(header, name) != nullptr) return Refusal::token_critical_header;
    for (const char* name : {"cty", "enc", "zip"})
        if (member(header, name) != nullptr) return Refusal::token_nested;
    return std::nullopt;
}

std::variant<Header, Refusal> read_header(std::string_view encoded, TokenType type) {
    const auto text = decode_base64url(encoded);
    const auto parsed = text ? parse_strict(*text) : std::nullopt;
    if (!parsed || !parsed->is_object()) return Refusal::token_malformed;
    if (const auto refused = check_reading(*parsed)) return *refused;
    const json* alg = member(*parsed, "alg");
    if (alg == nullptr || as_string(*alg) == nullptr) return Refusal::token_malformed;
    Header header{Algorithm::rs256, std::nullopt};
    if (*as_string(*alg) == name(Algorithm::es256))
        header.algorithm = Algorithm::es256;
    else if (*as_string(*alg) != name(Algorithm::rs256))
        return Refusal::token_unsupported_algorithm;
    if (const auto refused = check_type(*parsed, type)) return *refused;
    if (const json* kid = member(*parsed, "kid")) {
        const std::string* name = as_string(*kid);
        if (name == nullptr || name->empty()) return Refusal::token_malformed;
        header.kid = *name;
    }
    return header;
}

std::variant<const Key*, Refusal> choose(const Header& header, const Keys& keys) {
    const Key* key = header.kid ? keys.find(*header.kid) : keys.only(header.algorithm);
    if (key == nullptr) return header.kid ? Refusal::token_unknown_key : Refusal::token_without_kid;
    if (key->algorithm != header.algorithm) return Refusal::token_key_mismatch;
    return key;
}

}  // namespace

Verdict verify(std::string_view token, const Keys& keys, const Expectations& expected,
               std::int64_t now_seconds) {
    if (token.size() > limits::token_bytes_max) return Refusal::token_too_large;
    const auto parts = split(token);
    if (const auto* refused = std::get_if<Refusal>(&parts)) return *refused;
    const Parts& part = std::get<Parts>(parts);
    const auto header = read_header(part.header, expected.type);
    if (const auto* refused = std::get_if<Refusal>(&header)) return *refused;
    const auto payload = decode_base64url(part.payload);
    const auto signature = decode_base64url(part.signature);
    if (!payload || !signature) return Refusal::token_malformed;
    const auto key = choose(std::get<Header>(header), keys);
    if (const auto* refused = std::get_if<Refusal>(&key)) return *refused;
    if (!signature_is_good(*std::get<const Key*>(key), part.signed_text, *signature))
        return Refusal::token_bad_signature;
    return read_claims(*payload, expected, now_seconds);
}

}  // namespace sluice::identity
