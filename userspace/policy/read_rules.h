// read_rules.h: the lists `grants`, `denials`, `holds` and `masks` of a policy file.
#pragma once

#include "policy/reader.h"

namespace sluice::policy {

// Each adds its rules to the reader's draft. A rule with a mistake is added too, with what was read
// of it: the set is not used then.
void read_grants(Reader& reader, const YAML::Node& node);
void read_denials(Reader& reader, const YAML::Node& node);
void read_holds(Reader& reader, const YAML::Node& node);
void read_masks(Reader& reader, const YAML::Node& node);  // read_masks.cc

}  // namespace sluice::policy
