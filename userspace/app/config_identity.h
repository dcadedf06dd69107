// config_identity.h: the parts of sluice.yaml that say who people are: identity providers, Unix
// users, and the gateway's own credential. Reads no other file: not the keys, not the password.
#pragma once

#include <optional>
#include <vector>

#include "app/config.h"
#include "policy/strict_yaml.h"

namespace sluice::app {

std::vector<IdentityProvider> read_identity_providers(policy::StrictYaml& yaml,
                                                      const YAML::Node& node);
std::vector<control::Person> read_people(policy::StrictYaml& yaml, const YAML::Node& node);
std::optional<Credential> read_credential(policy::StrictYaml& yaml, const YAML::Node& node);
// `plaintext_tokens: accepted`, the only word there is.
bool read_accepted(policy::StrictYaml& yaml, const YAML::Node& node);

}  // namespace sluice::app
