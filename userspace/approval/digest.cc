#include "approval/digest.h"

#include <openssl/sha.h>

#include <algorithm>

namespace sluice::approval {
namespace {

// Says which fields follow. Another list of fields is another number.
constexpr std::string_view kForm = "sluice approval 1";

void add(Buffer& out, Bytes field) {
    append_be<std::uint64_t>(out, field.size());
    append(out, field);
}

void add(Buffer& out, std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    append_be<std::uint64_t>(out, names.size());
    for (const std::string& name : names) add(out, as_bytes(name));
}

Buffer form_of(const Requirement& requirement) {
    Buffer out;
    add(out, as_bytes(requirement.rule));
    add(out, requirement.groups);
    add(out, requirement.principals);
    append_be<std::uint32_t>(out, requirement.count);
    return out;
}

}  // namespace

Digest digest_of(const Binding& binding) {
    Buffer form;
    add(form, as_bytes(kForm));
    add(form, as_bytes(binding.principal));
    add(form, as_bytes(binding.human));
    add(form, as_bytes(binding.cluster));
    append_be<std::int16_t>(form, binding.api_key);
    append_be<std::int16_t>(form, binding.api_version);
    add(form, binding.body);
    std::vector<Buffer> requirements;
    for (const Requirement& requirement : binding.requirements)
        requirements.push_back(form_of(requirement));
    std::sort(requirements.begin(), requirements.end());
    append_be<std::uint64_t>(form, requirements.size());
    for (const Buffer& requirement : requirements) add(form, requirement);
    Digest digest;
    SHA256(form.data(), form.size(), digest.bytes.data());
    return digest;
}

}  // namespace sluice::approval
