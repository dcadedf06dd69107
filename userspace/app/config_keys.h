// config_keys.h: `keys` of sluice.yaml, and the secrets in the files it names.
//
// Secrets are read once, when the daemon starts; no message holds a byte of one.
#pragma once

#include <span>
#include <vector>

#include "app/config.h"
#include "base/result.h"
#include "mask/plan.h"
#include "policy/strict_yaml.h"

namespace sluice::app {

// No file is opened.
std::vector<MaskKey> read_keys(policy::StrictYaml& yaml, const YAML::Node& node);

// The bytes of each file as they are. Errors: as of read_secret_file(); config where a file is
// shorter than limits::mask_key_file_bytes_min.
Result<std::vector<mask::Key>> load_keys(std::span<const MaskKey> keys);

}  // namespace sluice::app
