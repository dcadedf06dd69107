#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "policy/read_rules.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

using Key = StrictYaml::Key;
using Presence = StrictYaml::Presence;

constexpr std::array kActions{MaskAction::partial, MaskAction::hmac, MaskAction::redact,
                              MaskAction::null};
constexpr std::array kTypes{MaskType::email, MaskType::pan, MaskType::iban};
// More than this of a value is no mask.
constexpr std::uint64_t kKeptMax = 64;

// The one of `all` that the word names; a mistake lists them.
template <class All>
auto one_of(Reader& reader, const YAML::Node& node, std::string_view what, const All& all)
    -> std::optional<typename All::value_type> {
    const auto word = reader.yaml.text(node, what);
    if (!word) return std::nullopt;
    std::string known;
    for (const auto value : all) {
        if (name(value) == *word) return value;
        known += (known.empty() ? "" : ", ") + std::string(name(value));
    }
    reader.yaml.mistake(
        node, std::string(what) + " must be one of " + known + ", not " + in_backticks(*word));
    return std::nullopt;
}

Key kept_key(Reader& reader, std::string_view name, std::uint32_t& value) {
    return {name, Presence::optional, [&reader, name, &value](const YAML::Node& node) {
                const auto kept = reader.yaml.number(node, in_backticks(name), 1, kKeptMax);
                if (kept) value = static_cast<std::uint32_t>(*kept);
            }};
}

void add_treatment_keys(Reader& reader, std::vector<Key>& keys, MaskTreatment& treatment) {
    Key action{"action", Presence::required, [&](const YAML::Node& value) {
                   const auto read = value.IsNull() ? MaskAction::null
                                                    : one_of(reader, value, "`action`", kActions);
                   if (read) treatment.action = *read;
               }};
    action.takes_null = true;  // YAML's word for nothing is one of ours
    keys.push_back(std::move(action));
    keys.push_back({"key", Presence::optional, [&](const YAML::Node& value) {
                        const auto key = reader.yaml.text(value, "`key`");
                        if (key) treatment.key = *key;
                    }});
    keys.push_back(kept_key(reader, "keep_first", treatment.keep_first));
    keys.push_back(kept_key(reader, "keep_last", treatment.keep_last));
}

void check_treatment(Reader& reader, const YAML::Node& node, const MaskTreatment& treatment) {
    const bool hmac = treatment.action == MaskAction::hmac;
    const bool partial = treatment.action == MaskAction::partial;
    const bool keeps = treatment.keep_first + treatment.keep_last > 0;
    if (!node.IsMap() || !node["action"]) return;
    if (hmac && treatment.key.empty() && !node["key"])
        reader.yaml.mistake(node, "`action: hmac` needs a `key`");
    if (!hmac && node["key"]) reader.yaml.mistake(node, "only `action: hmac` has a `key`");
    if (partial && !keeps && !node["keep_first"] && !node["keep_last"])
        reader.yaml.mistake(node, "`action: partial` needs `keep_first` or `keep_last`");
    if (!partial && keeps)
        reader.yaml.mistake(node, "only `action: partial` has `keep_first` and `keep_last`");
}

void read_field(Reader& reader, const YAML::Node& node, MaskRule& mask) {
    MaskField field;
    std::vector<Key> keys{{"path", Presence::required, [&](const YAML::Node& value) {
                               const auto path = reader.yaml.text(value, "`path`");
                               if (!path) return;
                               if (path->front() != '$' && path->compare(0, 2, "..") != 0)
                                   reader.yaml.mistake(value, "`path` must begin with `$` or `..`");
                               if (path->size() > limits::mask_path_bytes_max)
                                   reader.yaml.mistake(value, "`path` is too long");
                               field.path = *path;
                           }}};
    add_treatment_keys(reader, keys, field.treatment);
    reader.yaml.mapping(node, "a field", keys);
    check_treatment(reader, node, field.treatment);
    mask.fields.push_back(std::move(field));
}

void read_detect(Reader& reader, const YAML::Node& node, MaskRule& mask) {
    MaskDetect detect;
    std::vector<Key> keys{{"types", Presence::required, [&](const YAML::Node& value) {
                               for (const YAML::Node& entry : reader.entries(value, "`types`")) {
                                   const auto type =
                                       one_of(reader, entry, "an entry of `types`", kTypes);
                                   if (type) detect.types.push_back(*type);
                               }
                           }}};
    add_treatment_keys(reader, keys, detect.treatment);
    reader.yaml.mapping(node, "`detect`", keys);
    check_treatment(reader, node, detect.treatment);
    mask.detect = std::move(detect);
}

void read_mask(Reader& reader, const YAML::Node& node) {
    MaskRule mask;
    reader.yaml.mapping(node, "a mask",
                        {reader.id_key(mask.id),
                         reader.mode_key(mask.mode),
                         reader.patterns_key("topics", Presence::required, mask.topics),
                         reader.who_key("unless", Presence::optional, mask.unless),
                         {"fields", Presence::optional,
                          [&](const YAML::Node& value) {
                              for (const YAML::Node& field : reader.entries(value, "`fields`"))
                                  read_field(reader, field, mask);
                          }},
                         {"detect", Presence::optional,
                          [&](const YAML::Node& value) { read_detect(reader, value, mask); }}});
    if (node.IsMap() && !node["fields"] && !node["detect"])
        reader.yaml.mistake(node, "a mask must have `fields` or `detect`");
    reader.draft.set.masks.push_back(std::move(mask));
}

}  // namespace

std::string_view name(MaskAction action) noexcept {
    switch (action) {
        case MaskAction::partial:
            return "partial";
        case MaskAction::hmac:
            return "hmac";
        case MaskAction::redact:
            return "redact";
        case MaskAction::null:
            return "null";
    }
    return "unknown";
}

std::string_view name(MaskType type) noexcept {
    switch (type) {
        case MaskType::email:
            return "email";
        case MaskType::pan:
            return "pan";
        case MaskType::iban:
            return "iban";
    }
    return "unknown";
}

void read_masks(Reader& reader, const YAML::Node& node) {
    for (const YAML::Node& rule : reader.rules(node, "`masks`")) read_mask(reader, rule);
}

}  // namespace sluice::policy
