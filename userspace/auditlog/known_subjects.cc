#include "auditlog/known_subjects.h"

#include <sys/random.h>

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

audit::SubjectSalt random_salt() {
    audit::SubjectSalt salt{};
    // A message has no salt of zeros; and up to 256 bytes come whole once the kernel has any.
    while (std::all_of(salt.begin(), salt.end(), [](std::uint8_t byte) { return byte == 0; }))
        SLUICE_CHECK(::getrandom(salt.data(), salt.size(), 0) == static_cast<ssize_t>(salt.size()));
    return salt;
}

}  // namespace

KnownSubjects::Named KnownSubjects::name(const audit::Subject& subject, std::uint64_t epoch) {
    // Full: those who come often are soon back.
    if (epoch != epoch_ || ids_.size() >= limits::known_subjects_max) ids_.clear();
    epoch_ = epoch;
    std::string key(as_text(audit::encode_subject(subject, {1})));
    const auto known = ids_.find(key);
    if (known != ids_.end()) return {known->second, {}};
    Named named;
    named.encoded = audit::encode_subject(subject, random_salt());
    named.id = audit::subject_id(named.encoded);
    ids_.emplace(std::move(key), named.id);
    return named;
}

}  // namespace sluice::auditlog
