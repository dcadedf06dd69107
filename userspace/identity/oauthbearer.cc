#include "identity/oauthbearer.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/limits.h"

namespace sluice::identity {
namespace {

constexpr char kSeparator = '\x01';
constexpr std::string_view kChallenge = R"({"status":"invalid_token"})";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_visible(char c) {
    return c > 0x20 && c < 0x7f;
}
bool is_value(char c) {
    return is_visible(c) || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Takes `prefix` off the front.
bool skip(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// Takes what is before the next `end`, and that end, off the front.
std::optional<std::string_view> until(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at + 1);
    return taken;
}

// RFC 5801's saslname: a comma is =2C, an equals sign =3D.
std::optional<std::string> decode_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        if (skip(text, "=2C")) {
            name.push_back(',');
        } else if (skip(text, "=3D")) {
            name.push_back('=');
        } else {
            const auto byte = static_cast<unsigned char>(text.front());
            if (byte < 0x20 || byte == 0x7f || byte == '=') return std::nullopt;
            name.push_back(text.front());
            text.remove_prefix(1);
        }
    }
    return name.empty() ? std::nullopt : std::optional(std::move(name));
}

// "n," [ "a=" authzid ] ",": no channel binding, which we do not do. An empty name: none was given.
std::optional<std::string> read_authzid(std::string_view& text) {
    if (!skip(text, "n,")) return std::nullopt;
    const auto field = until(text, ',');
    if (!field) return std::nullopt;
    if (field->empty()) return std::string();
    std::string_view name = *field;
    return skip(name, "a=") ? decode_name(name) : std::nullopt;
}

// "Bearer" 1*SP token
std::optional<std::string_view> read_bearer(std::string_view value) {
    constexpr std::string_view scheme = "bearer";
    if (value.size() < scheme.size()) return std::nullopt;
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if ((value[i] | 0x20) != scheme[i]) return std::nullopt;
    value.remove_prefix(scheme.size());
    if (!skip(value, " ")) return std::nullopt;
    while (skip(value, " ")) continue;
    const bool is_token = !value.empty() && std::all_of(value.begin(), value.end(), is_visible);
    return is_token ? std::optional(value) : std::nullopt;
}

struct ClientFirst {
    std::string authzid;
    std::string_view token;
};

// *( key "=" value separator ) separator, with one `auth` among them. The other pairs are the
// client's own words, signed by nobody: read for their form alone.
std::optional<std::string_view> read_pairs(std::string_view text) {
    std::optional<std::string_view> token;
    std::set<std::string_view> seen;
    while (text.size() > 1) {
        auto pair = until(text, kSeparator);
        if (!pair) return std::nullopt;
        const auto key = until(*pair, '=');
        if (!key || key->empty() || !std::all_of(key->begin(), key->end(), is_letter) ||
            !std::all_of(pair->begin(), pair->end(), is_value))
            return std::nullopt;
        if (!seen.insert(*key).second || seen.size() > limits::sasl_extensions_max + 1)
            return std::nullopt;
        if (*key != "auth") continue;
        token = read_bearer(*pair);
        if (!token) return std::nullopt;
    }
    return text == std::string_view(&kSeparator, 1) ? token : std::nullopt;
}

std::variant<ClientFirst, Refusal> read_client_first(std::string_view text) {
    if (text.size() > limits::sasl_message_bytes_max) return Refusal::token_too_large;
    auto authzid = read_authzid(text);
    if (!authzid || !skip(text, std::string_view(&kSeparator, 1))) return Refusal::sasl_malformed;
    const auto token = read_pairs(text);
    if (!token) return Refusal::sasl_malformed;
    return ClientFirst{std::move(*authzid), *token};
}

void wipe(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace

OauthBearer::~OauthBearer() {
    wipe(token_);
}

OauthBearer::Turn OauthBearer::refuse(Refusal why) {
    wipe(token_);
    if (!refusal_) refusal_ = why;  // after a challenge, what it was for
    state_ = State::failed;
    return {Next::fail, {}};
}

OauthBearer::Turn OauthBearer::on_message(std::string_view message) {
    // Behind a challenge only 0x01 is allowed, and whatever comes is the end.
    if (state_ != State::first) return refuse(Refusal::sasl_malformed);
    auto read = read_client_first(message);
    if (const auto* refused = std::get_if<Refusal>(&read)) return refuse(*refused);
    ClientFirst& first = std::get<ClientFirst>(read);
    authzid_ = std::move(first.authzid);
    token_ = first.token;
    state_ = State::checking;
    return {Next::check_token, {}};
}

OauthBearer::Turn OauthBearer::on_verdict(Verdict verdict) {
    if (state_ != State::checking) return refuse(Refusal::sasl_malformed);
    wipe(token_);
    if (const auto* refused = std::get_if<Refusal>(&verdict)) {
        refusal_ = *refused;
        state_ = State::challenged;
        return {Next::challenge, kChallenge};
    }
    Claims& claims = std::get<Claims>(verdict);
    if (!authzid_.empty() && authzid_ != claims.subject)
        return refuse(Refusal::sasl_authzid_mismatch);
    claims_ = std::move(claims);
    state_ = State::succeeded;
    return {Next::succeed, {}};
}

const Claims& OauthBearer::claims() const {
    SLUICE_CHECK(state_ == State::succeeded);
    return claims_;
}

}  // namespace sluice::identity
