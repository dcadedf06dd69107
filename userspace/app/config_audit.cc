#include "app/config_audit.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>
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

AuditSigning read_audit(StrictYaml& yaml, const YAML::Node& node) {
    AuditSigning audit;
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
    yaml.mapping(node, "`audit`",
                 {{"keys", Presence::optional, keys}, {"anchor", Presence::optional, anchor}});
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
