// config_audit.h: the part of the configuration that is about the audit log's signatures, and the
// keys it names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/config.h"
#include "audit/note.h"
#include "policy/strict_yaml.h"

namespace sluice::app {

AuditSigning read_audit(policy::StrictYaml& yaml, const YAML::Node& node);

// Reads the keys; makes the first one where its file is missing: for a new log, or beside an older
// key that is being replaced. Errors: those of read_secret_file, malformed (no key in it, or that
// of another log), unavailable (the key of a log that was signed is missing), io, permission.
Result<std::vector<audit::NoteSigner>> open_log_keys(
    const std::vector<std::filesystem::path>& files, const std::filesystem::path& directory,
    const std::string& origin);
// The public half, beside the segments: for those who have it from nowhere else. Errors: io,
// permission.
Status publish_log_key(const std::filesystem::path& directory, const audit::NoteVerifier& key);
inline constexpr const char* kPublicKeyFile = "log.vkey";

}  // namespace sluice::app
