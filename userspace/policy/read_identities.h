// read_identities.h: the list `identities` of a policy file.
#pragma once

#include "policy/reader.h"

namespace sluice::policy {

// Adds them to the reader's draft, behind those of earlier files.
void read_identities(Reader& reader, const YAML::Node& node);

}  // namespace sluice::policy
