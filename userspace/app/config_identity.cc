#include "app/config_identity.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::app {

namespace {

using control::Person;
using control::Role;
using policy::in_backticks;
using policy::StrictYaml;
using Presence = StrictYaml::Presence;

constexpr std::size_t kProvidersMax = 16;
constexpr std::size_t kAudiencesMax = 16;
constexpr std::size_t kPeopleMax = 1000;
constexpr std::size_t kGroupsMax = 100;
constexpr std::chrono::hours kAgeMax{24 * 30};

using Read = std::function<void(const YAML::Node&)>;

Read text_into(StrictYaml& yaml, std::string what, std::string& out) {
    return [&yaml, what = std::move(what), &out](const YAML::Node& node) {
        out = yaml.text(node, what).value_or("");
    };
}

Read path_into(StrictYaml& yaml, std::string what, std::filesystem::path& out) {
    return [&yaml, what = std::move(what), &out](const YAML::Node& node) {
        const auto text = yaml.text(node, what);
        if (!text) return;
        if (text->front() != '/') yaml.mistake(node, what + " must be an absolute path");
        out = *text;
    };
}

Read texts_into(StrictYaml& yaml, std::string what, std::size_t max,
                std::vector<std::string>& out) {
    return [&yaml, what = std::move(what), max, &out](const YAML::Node& node) {
        const auto elements = yaml.list(node, what);
        if (elements.size() > max)
            return yaml.mistake(node, what + " has more than " + std::to_string(max) + " entries");
        for (const YAML::Node& element : elements) {
            auto text = yaml.text(element, "an entry of " + what);
            if (text) out.push_back(*std::move(text));
        }
    };
}

bool is_url(const std::string& text) {
    return text.rfind("https://", 0) == 0 || text.rfind("http://", 0) == 0;
}

IdentityProvider read_provider(StrictYaml& yaml, const YAML::Node& node) {
    IdentityProvider provider;
    const auto jwks = [&](const YAML::Node& value) {
        const auto text = yaml.text(value, "`jwks`");
        if (!text) return;
        if (text->front() != '/' && !is_url(*text))
            yaml.mistake(value,
                         "`jwks` must be an absolute path or a URL, not " + in_backticks(*text));
        provider.jwks = *text;
    };
    const auto age = [&](const YAML::Node& value) {
        const auto most = yaml.duration(value, "`age_max`", kAgeMax);
        if (most) provider.age_max = std::chrono::duration_cast<std::chrono::seconds>(*most);
    };
    const auto only = [&](const YAML::Node& value) {
        provider.access_tokens_only = yaml.flag(value, "`access_tokens_only`").value_or(false);
    };
    yaml.mapping(node, "an identity provider",
                 {{"name", Presence::required, text_into(yaml, "`name`", provider.name)},
                  {"issuer", Presence::required, text_into(yaml, "`issuer`", provider.issuer)},
                  {"audiences", Presence::required,
                   texts_into(yaml, "`audiences`", kAudiencesMax, provider.audiences)},
                  {"jwks", Presence::required, jwks},
                  {"ca_file", Presence::optional, path_into(yaml, "`ca_file`", provider.ca_file)},
                  {"access_tokens_only", Presence::optional, only},
                  {"age_max", Presence::optional, age}});
    return provider;
}

void read_role(StrictYaml& yaml, const YAML::Node& node, std::vector<Role>& roles) {
    const auto word = yaml.text(node, "a role");
    if (!word) return;
    const auto role = control::role_of(*word);
    if (!role)
        yaml.mistake(
            node, "a role must be viewer, auditor, approver or admin, not " + in_backticks(*word));
    else
        roles.push_back(*role);
}

Person read_person(StrictYaml& yaml, const YAML::Node& node) {
    Person person;
    const auto roles = [&](const YAML::Node& value) {
        for (const YAML::Node& element : yaml.list(value, "`roles`"))
            read_role(yaml, element, person.roles);
    };
    yaml.mapping(
        node, "a person",
        {{"user", Presence::required, text_into(yaml, "`user`", person.unix_user)},
         {"human", Presence::required, text_into(yaml, "`human`", person.human)},
         {"principal", Presence::optional, text_into(yaml, "`principal`", person.principal)},
         {"groups", Presence::optional, texts_into(yaml, "`groups`", kGroupsMax, person.groups)},
         {"roles", Presence::required, roles}});
    if (person.principal.empty()) person.principal = "user:" + person.human;
    return person;
}

// Notes every second one of a name.
template <class Entry>
void check_twice(StrictYaml& yaml, const std::vector<YAML::Node>& places,
                 const std::vector<Entry>& entries, std::string Entry::*name, const char* what) {
    for (std::size_t later = 0; later < entries.size(); ++later)
        for (std::size_t first = 0; first < later; ++first)
            if (!(entries[later].*name).empty() && entries[later].*name == entries[first].*name) {
                yaml.mistake(places[later], std::string(what) + " " +
                                                in_backticks(entries[later].*name) +
                                                " is there twice");
                break;
            }
}

}  // namespace

std::vector<IdentityProvider> read_identity_providers(StrictYaml& yaml, const YAML::Node& node) {
    std::vector<IdentityProvider> providers;
    const auto elements = yaml.list(node, "`identity_providers`");
    if (elements.size() > kProvidersMax) {
        yaml.mistake(node, "more than " + std::to_string(kProvidersMax) + " identity providers");
        return providers;
    }
    for (const YAML::Node& element : elements) providers.push_back(read_provider(yaml, element));
    check_twice(yaml, elements, providers, &IdentityProvider::name, "identity provider");
    return providers;
}

std::vector<control::Person> read_people(StrictYaml& yaml, const YAML::Node& node) {
    std::vector<Person> people;
    const auto elements = yaml.list(node, "`people`");
    if (elements.size() > kPeopleMax) {
        yaml.mistake(node, "more than " + std::to_string(kPeopleMax) + " people");
        return people;
    }
    for (const YAML::Node& element : elements) people.push_back(read_person(yaml, element));
    check_twice(yaml, elements, people, &Person::unix_user, "user");
    return people;
}

std::optional<Credential> read_credential(StrictYaml& yaml, const YAML::Node& node) {
    Credential credential;
    const auto mechanism = [&](const YAML::Node& value) {
        const auto word = yaml.text(value, "`mechanism`");
        if (word && *word != "PLAIN")
            yaml.mistake(value, "`mechanism` must be PLAIN, not " + in_backticks(*word));
    };
    yaml.mapping(node, "`credential`",
                 {{"mechanism", Presence::required, mechanism},
                  {"user", Presence::required, text_into(yaml, "`user`", credential.user)},
                  {"password_file", Presence::required,
                   path_into(yaml, "`password_file`", credential.password_file)}});
    return node.IsMap() ? std::optional(std::move(credential)) : std::nullopt;
}

bool read_accepted(StrictYaml& yaml, const YAML::Node& node) {
    const auto word = yaml.text(node, "`plaintext_tokens`");
    if (word && *word != "accepted")
        yaml.mistake(node, "`plaintext_tokens` must be accepted, not " + in_backticks(*word));
    return word && *word == "accepted";
}

}  // namespace sluice::app
