#include "app/config_keys.h"

#include <algorithm>
#include <string>
#include <utility>

#include "app/secret_file.h"
#include "base/bytes.h"
#include "base/limits.h"

namespace sluice::app {

namespace {

using policy::in_backticks;
using policy::StrictYaml;
using Presence = StrictYaml::Presence;

constexpr std::size_t kNameMax = 64;

bool is_word(std::string_view text, std::size_t length_max) {
    return text.size() <= length_max && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

StrictYaml::Key word_key(StrictYaml& yaml, const char* name, std::size_t length_max,
                         std::string& word) {
    return {name, Presence::required, [&yaml, name, length_max, &word](const YAML::Node& node) {
                const auto text = yaml.text(node, in_backticks(name));
                if (!text) return;
                if (!is_word(*text, length_max))
                    yaml.mistake(node, in_backticks(name) + " must be at most " +
                                           std::to_string(length_max) +
                                           " letters, digits, `.`, `_` and `-`, not " +
                                           in_backticks(*text));
                word = *text;
            }};
}

MaskKey read_key(StrictYaml& yaml, const YAML::Node& node) {
    MaskKey key;
    const auto file = [&](const YAML::Node& value) {
        key.file = yaml.absolute_path(value, "`file`").value_or("");
    };
    yaml.mapping(node, "a key",
                 {word_key(yaml, "name", kNameMax, key.name),
                  word_key(yaml, "id", limits::mask_key_id_bytes_max, key.id),
                  {"file", Presence::required, file}});
    return key;
}

}  // namespace

std::vector<MaskKey> read_keys(StrictYaml& yaml, const YAML::Node& node) {
    std::vector<MaskKey> keys;
    const std::vector<YAML::Node> elements = yaml.list(node, "`keys`");
    if (elements.size() > limits::mask_keys_max) {
        yaml.mistake(node, "more than " + std::to_string(limits::mask_keys_max) + " keys");
        return keys;
    }
    for (const YAML::Node& element : elements) {
        MaskKey key = read_key(yaml, element);
        for (const MaskKey& other : keys) {
            if (!key.name.empty() && key.name == other.name)
                yaml.mistake(element, "key " + in_backticks(key.name) + " is there twice");
            // Whoever reads a pseudonym must be able to tell whose it is.
            else if (!key.id.empty() && key.id == other.id)
                yaml.mistake(element, "key " + in_backticks(other.name) + " has the id " +
                                          in_backticks(key.id) + " already");
        }
        keys.push_back(std::move(key));
    }
    return keys;
}

Result<std::vector<mask::Key>> load_keys(std::span<const MaskKey> keys) {
    std::vector<mask::Key> loaded;
    for (const MaskKey& key : keys) {
        auto secret = read_secret_file(key.file);
        if (!secret) return std::move(secret).error().in("key " + in_backticks(key.name));
        if (secret->size() < limits::mask_key_file_bytes_min)
            return Error{Errc::config, "key " + in_backticks(key.name) + ": " + key.file.string() +
                                           " has fewer than " +
                                           std::to_string(limits::mask_key_file_bytes_min) +
                                           " bytes"};
        const Bytes bytes = as_bytes(*secret);
        loaded.push_back({key.name, key.id, Buffer(bytes.begin(), bytes.end())});
    }
    return loaded;
}

}  // namespace sluice::app
