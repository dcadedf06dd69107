#include "policy/read_identities.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "policy/network.h"

namespace sluice::policy {

namespace {

using Presence = StrictYaml::Presence;

constexpr std::string_view kClaim = "claim.";
constexpr std::string_view kCertificate = "cert.";

// What stands between the braces of a template, or why it may not.
std::optional<std::string> read_claim(Reader& reader, const YAML::Node& node,
                                      std::string_view name) {
    if (name.substr(0, kCertificate.size()) == kCertificate)
        reader.yaml.mistake(node, "`{cert.*}` is not built yet");
    else if (name.substr(0, kClaim.size()) != kClaim || name.size() == kClaim.size() ||
             name.find('{') != std::string_view::npos)
        reader.yaml.mistake(node, "a template takes `{claim.NAME}`, not " +
                                      in_backticks("{" + std::string(name) + "}"));
    else
        return std::string(name.substr(kClaim.size()));
    return std::nullopt;
}

ClaimTemplate read_template(Reader& reader, const YAML::Node& node, std::string_view what) {
    ClaimTemplate read;
    const auto text = reader.yaml.text(node, what);
    if (!text) return read;
    if (text->size() > limits::identity_name_bytes_max)
        reader.yaml.mistake(node, std::string(what) + " is too long");
    std::string_view rest = *text;
    while (true) {
        const std::size_t open = std::min(rest.find('{'), rest.size());
        const std::size_t close = rest.find('}');
        if (open == rest.size() && close == std::string_view::npos) break;
        if (close == std::string_view::npos || close < open) {
            reader.yaml.mistake(node, std::string(what) + " has a brace without its other half");
            return read;
        }
        auto claim = read_claim(reader, node, rest.substr(open + 1, close - open - 1));
        if (claim) read.parts.push_back({std::string(rest.substr(0, open)), *std::move(claim)});
        rest.remove_prefix(close + 1);
    }
    if (!rest.empty()) read.parts.push_back({std::string(rest), {}});
    return read;
}

bool takes_claims(const ClaimTemplate& text) {
    return std::any_of(text.parts.begin(), text.parts.end(),
                       [](const ClaimTemplate::Part& part) { return !part.claim.empty(); });
}

// "user:", "svc:": a claim must not choose which kind of principal somebody is.
void check_principal(Reader& reader, const YAML::Node& node, const ClaimTemplate& text) {
    if (text.parts.empty()) return;
    const std::string& begin = text.parts.front().literal;
    const std::string kind = begin.substr(0, begin.find(':'));
    const bool is_kind = kind.size() < begin.size() && !kind.empty() &&
                         std::all_of(kind.begin(), kind.end(), [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                         });
    if (!is_kind)
        reader.yaml.mistake(node,
                            "`principal` must begin with a kind of principal, such as "
                            "`user:`");
    else if (kind == "group")
        reader.yaml.mistake(node, "`principal` may not be a group");
    else if (kind == "net" && takes_claims(text))
        reader.yaml.mistake(node, "a `net:` principal takes no claim: it could be an address");
}

void read_groups(Reader& reader, const YAML::Node& node, IdentityRule& rule) {
    const auto add = [&](const YAML::Node& entry, std::string_view what) {
        const ClaimTemplate text = read_template(reader, entry, what);
        if (text.parts.empty()) return;
        if (text.parts.size() > 1 ||
            (!text.parts[0].claim.empty() && !text.parts[0].literal.empty()))
            return reader.yaml.mistake(
                entry, std::string(what) + " must be a name or all of `{claim.NAME}`");
        rule.groups.push_back({text.parts[0].literal, text.parts[0].claim});
    };
    if (node.IsScalar()) return add(node, "`groups`");
    for (const YAML::Node& entry : reader.entries(node, "`groups`"))
        add(entry, "an entry of `groups`");
}

void read_source(Reader& reader, const YAML::Node& node, IdentityRule& rule) {
    const auto add = [&](const YAML::Node& entry, std::string_view what) {
        const auto text = reader.yaml.text(entry, what);
        if (!text) return;
        const auto network = parse_network(*text);
        if (!network)
            return reader.yaml.mistake(entry, std::string(what) +
                                                  " must be an IPv4 network such as 10.8.0.0/16, "
                                                  "not " +
                                                  in_backticks(*text));
        rule.sources.push_back(*network);
    };
    if (node.IsScalar()) return add(node, "`source`");
    for (const YAML::Node& entry : reader.entries(node, "`source`"))
        add(entry, "an entry of `source`");
}

// A rule for tokens of nobody would match nobody, and say nothing of it.
void check_provider(Reader& reader, const YAML::Node& node, const std::string& name) {
    const ProviderNames& known = reader.draft.providers;
    if (!known || std::find(known->begin(), known->end(), name) != known->end()) return;
    std::string names;
    for (const std::string& one : *known)
        names += (names.empty() ? ", only " : ", ") + in_backticks(one);
    reader.yaml.mistake(node,
                        "the configuration has no identity provider " + in_backticks(name) + names);
}

void read_from(Reader& reader, const YAML::Node& node, IdentityRule& rule) {
    reader.yaml.mapping(node, "`from`",
                        {{"oidc", Presence::optional,
                          [&](const YAML::Node& value) {
                              const auto provider = reader.yaml.text(value, "`oidc`");
                              if (!provider) return;
                              check_provider(reader, value, *provider);
                              rule.provider = *provider;
                          }},
                         {"source", Presence::optional,
                          [&](const YAML::Node& value) { read_source(reader, value, rule); }},
                         {"mtls", Presence::not_built, nullptr},
                         {"process", Presence::not_built, nullptr}});
    if (node.IsMap() && node.size() == 0)
        reader.yaml.mistake(node, "`from` must say what shows who it is: `oidc`, `source`");
}

void read_identity(Reader& reader, const YAML::Node& node) {
    IdentityRule rule;
    reader.yaml.mapping(
        node, "an identity",
        {{"principal", Presence::required,
          [&](const YAML::Node& value) {
              rule.principal = read_template(reader, value, "`principal`");
              check_principal(reader, value, rule.principal);
          }},
         {"human", Presence::optional,
          [&](const YAML::Node& value) { rule.human = read_template(reader, value, "`human`"); }},
         {"groups", Presence::optional,
          [&](const YAML::Node& value) { read_groups(reader, value, rule); }},
         {"from", Presence::required,
          [&](const YAML::Node& value) { read_from(reader, value, rule); }}});
    const bool claims = takes_claims(rule.principal) || takes_claims(rule.human) ||
                        std::any_of(rule.groups.begin(), rule.groups.end(),
                                    [](const auto& group) { return !group.claim.empty(); });
    if (claims && node.IsMap() && node["from"] && node["from"].IsMap() && !node["from"]["oidc"])
        reader.yaml.mistake(node, "claims come with a token: `from` must name `oidc`");
    reader.draft.set.identities.push_back(std::move(rule));
}

}  // namespace

void read_identities(Reader& reader, const YAML::Node& node) {
    for (const YAML::Node& rule : reader.rules(node, "`identities`")) read_identity(reader, rule);
}

}  // namespace sluice::policy
