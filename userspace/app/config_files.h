// config_files.h: the configuration and the policy files as they are on disk.
//
// What they mean is in config.h and policy/policy.h.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/result.h"
#include "mask/plan.h"
#include "policy/policy.h"

namespace sluice::app {

// The file's text. Errors: io, permission, too_large.
Result<std::string> read_text_file(const std::filesystem::path& path);

// Reads and checks the file. The context of an Errc::config is every mistake, one a line.
Result<Config> load_config(const std::filesystem::path& path);

// Reads *.yaml of the directory, in the order of their names, but *.expect.yaml, and compiles them.
// Every mask must be one that can be carried out with `keys`, and tokens those of `providers`.
// Errors: io and permission for the directory or a file; config with every mistake, one a line.
Result<std::shared_ptr<const policy::PolicySet>> load_policies(
    const std::filesystem::path& directory, std::span<const mask::Key> keys,
    std::span<const IdentityProvider> providers);

std::vector<std::string> names_of(std::span<const IdentityProvider> providers);

}  // namespace sluice::app
