// config_audit.h: the part of the configuration that is about the audit log: its signatures with
// the keys it names, and how long it is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "audit/note.h"
#include "policy/strict_yaml.h"

namespace sluice::app {

AuditConfig read_audit(policy::StrictYaml& yaml, const YAML::Node& node);

// "400d", "12h", "30m", "90s": a whole number of them. Nothing for what is no such time.
std::optional<std::chrono::nanoseconds> parse_age(std::string_view text);
// "500GiB", and KiB, MiB, TiB.
std::optional<std::uint64_t> parse_size(std::string_view text);
// One line for the operator: what becomes of old entries.
std::string retention_in_words(const AuditConfig& audit);

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
