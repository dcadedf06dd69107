#include "app/config_audit.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "app/secret_file.h"
#include "auditlog/checkpoints.h"
#include "auditlog/file.h"
#include "base/limits.h"
#include "base/log.h"

namespace sluice::app {

namespace {

namespace fs = std::filesystem;
using policy::StrictYaml;
using Presence = StrictYaml::Presence;

constexpr std::chrono::nanoseconds kAgeMax = std::chrono::hours(24 * 36'500);
constexpr std::uint64_t kKeepBytesMax = 1ull << 50;

template <class Number>
std::optional<Number> parse_with_unit(
    std::string_view text, std::initializer_list<std::pair<std::string_view, Number>> units,
    Number max) {
    Number number = 0;
    const auto [at, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || number <= 0) return std::nullopt;
    const std::string_view unit(at, static_cast<std::size_t>(text.data() + text.size() - at));
    for (const auto& [name, factor] : units)
        if (unit == name && number <= max / factor) return number * factor;
    return std::nullopt;
}

// Readable for its owner alone.
Status write_file(const fs::path& path, std::string_view text) {
    fs::path unfinished = path;
    unfinished += ".tmp";
    const auto files = auditlog::real_file_system();
    const auto put = auditlog::put_file(*files, unfinished, path, as_bytes(text));
    return put ? ok() : Status(put.error());
}

Result<audit::NoteSigner> make_key(const fs::path& file, const std::string& origin) {
    std::array<Byte, 32> seed{};
    if (::getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size()))
        return errno_error("random bytes for a key of the audit log", errno);
    auto signer = audit::NoteSigner::make(origin, seed);
    ::explicit_bzero(seed.data(), seed.size());
    if (!signer) return signer;
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    std::string secret = signer->to_secret_text() + "\n";
    const auto written = write_file(file, secret);
    ::explicit_bzero(secret.data(), secret.size());
    if (!written) return written.error();
    log::info("audit log: made its signing key, {}; public: {}", file.string(),
              signer->verifier().to_text());
    return signer;
}

Result<audit::NoteSigner> read_key(const fs::path& file, const std::string& origin) {
    auto secret = read_secret_file(file);
    if (!secret) return std::move(secret).error();
    std::string_view text = *secret;
    if (text.ends_with('\n')) text.remove_suffix(1);
    auto signer = audit::NoteSigner::parse(text);
    ::explicit_bzero(secret->data(), secret->size());
    if (!signer) return std::move(signer).error().in("read " + file.string());
    if (signer->verifier().name() != origin)
        return Error{Errc::malformed, "read " + file.string() + ": the key of log `" +
                                          signer->verifier().name() + "`, not of `" + origin + "`"};
    return signer;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_age(std::string_view text) {
    using namespace std::chrono_literals;
    const auto number = parse_with_unit<std::int64_t>(
        text, {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 24 * 3600}}, kAgeMax / 1s);
    return number ? std::optional<std::chrono::nanoseconds>(std::chrono::seconds(*number))
                  : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_with_unit<std::uint64_t>(
        text, {{"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}},
        kKeepBytesMax);
}

std::string retention_in_words(const AuditConfig& audit) {
    if (!audit.keep && !audit.keep_bytes) return "every entry is kept for ever";
    std::string words = "entries are dropped";
    if (audit.keep)
        words +=
            " once they are older than " +
            std::to_string(std::chrono::duration_cast<std::chrono::hours>(*audit.keep).count()) +
            " hours";
    if (audit.keep && audit.keep_bytes) words += ", and";
    if (audit.keep_bytes)
        words += " while the log has more than " +
                 std::to_string(*audit.keep_bytes / (1024 * 1024)) + " MiB";
    return words;
}

AuditConfig read_audit(StrictYaml& yaml, const YAML::Node& node) {
    AuditConfig audit;
    const auto keys = [&](const YAML::Node& list) {
        const auto elements = yaml.list(list, "`keys`");
        if (elements.size() > limits::audit_keys_max)
            return yaml.mistake(list, "more than " + std::to_string(limits::audit_keys_max) +
                                          " keys of the audit log");
        for (const YAML::Node& element : elements)
            if (auto file = yaml.absolute_path(element, "a key of the audit log"))
                audit.keys.push_back(*std::move(file));
    };
    const auto anchor = [&](const YAML::Node& value) {
        audit.anchor = yaml.absolute_path(value, "`anchor`").value_or("");
    };
    const auto age = [&](const YAML::Node& value, const char* what) {
        const auto parsed = value.IsScalar() ? parse_age(value.Scalar()) : std::nullopt;
        if (!parsed)
            yaml.mistake(value, std::string(what) + " must be a time from 1s to 36500d, as `400d`");
        return parsed;
    };
    const auto compress_after = [&](const YAML::Node& value) {
        audit.compress_after = age(value, "`compress_after`").value_or(audit.compress_after);
    };
    const auto keep = [&](const YAML::Node& value) { audit.keep = age(value, "`keep`"); };
    const auto keep_bytes = [&](const YAML::Node& value) {
        audit.keep_bytes = value.IsScalar() ? parse_size(value.Scalar()) : std::nullopt;
        if (!audit.keep_bytes)
            yaml.mistake(value, "`keep_bytes` must be a size up to 1024TiB, as `500GiB`");
    };
    yaml.mapping(node, "`audit`",
                 {{"keys", Presence::optional, keys},
                  {"anchor", Presence::optional, anchor},
                  {"compress_after", Presence::optional, compress_after},
                  {"keep", Presence::optional, keep},
                  {"keep_bytes", Presence::optional, keep_bytes}});
    return audit;
}

Result<std::vector<audit::NoteSigner>> open_log_keys(const std::vector<fs::path>& files,
                                                     const fs::path& directory,
                                                     const std::string& origin) {
    std::vector<audit::NoteSigner> signers;
    for (const fs::path& file : files) {
        std::error_code failure;
        const bool missing = !fs::exists(file, failure) && !failure;
        const bool was_signed = fs::exists(directory / auditlog::kCheckpointFile, failure);
        // A new key beside an old one is how a key is replaced.
        if (missing && was_signed && files.size() == 1)
            return Error{Errc::unavailable,
                         file.string() +
                             " is missing, and this audit log is signed: put the key "
                             "back"};
        auto signer = missing && signers.empty() ? make_key(file, origin) : read_key(file, origin);
        if (!signer) return std::move(signer).error();
        signers.push_back(*std::move(signer));
    }
    return signers;
}

Status publish_log_key(const fs::path& directory, const audit::NoteVerifier& key) {
    const fs::path file = directory / kPublicKeyFile;
    auto written = write_file(file, key.to_text() + "\n");
    std::error_code failure;
    if (written) fs::permissions(file, fs::perms(0644), failure);
    return failure ? Status(errno_error("chmod " + file.string(), failure.value())) : written;
}

}  // namespace sluice::app
