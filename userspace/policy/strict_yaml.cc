#include "policy/strict_yaml.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

namespace sluice::policy {

namespace {

constexpr std::size_t kQuotedMax = 64;

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// Length of the UTF-8 character at `at`, 0 where there is none. Overlong forms and surrogates pass:
// the aim is to refuse other encodings, which the parser would read as something else.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    if (lead >= 0xf5 || (lead >= 0x80 && lead < 0xc2)) return 0;
    if (lead >= 0xc2) length = 2;
    if (lead >= 0xe0) length = 3;
    if (lead >= 0xf0) length = 4;
    if (text.size() - at < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_continuation(text[at + i])) return 0;
    return length;
}

bool is_control(char byte) {
    return (static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\r' &&
            byte != '\t') ||
           byte == 0x7f;
}

}  // namespace

std::string in_backticks(std::string_view word) {
    std::string text = "`";
    std::size_t at = 0;
    while (at < word.size() && at < kQuotedMax) {
        const std::size_t length = std::max<std::size_t>(1, character_length(word, at));
        if (word[at] == '\n' || word[at] == '\r' || word[at] == '\t')
            text += ' ';
        else
            text += word.substr(at, length);
        at += length;
    }
    return text + (at < word.size() ? "...`" : "`");
}

StrictYaml::StrictYaml(const PolicyFile& file) : file_(file.name) {
    if (check_text(file.text)) parse(file.text);
}

bool StrictYaml::check_text(const std::string& text) {
    YAML::Mark at;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = character_length(text, i);
        if (length == 0 || is_control(text[i])) {
            mistake(at, length == 0 ? "not utf-8" : "a control character");
            return false;
        }
        at.line += text[i] == '\n' ? 1 : 0;
        at.column = text[i] == '\n' ? 0 : at.column + 1;
        i += length;
    }
    return true;
}

void StrictYaml::parse(const std::string& text) {
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(text);
        if (documents.empty() || documents.front().IsNull()) {
            mistake(YAML::Mark(), "the file is empty");
        } else if (documents.size() > 1) {
            mistake(documents[1], "a second document in the file");
        } else if (!documents.front().IsMap()) {
            mistake(documents.front(), "the file must be a mapping of keys to values");
        } else {
            root_ = documents.front();
        }
    } catch (const YAML::Exception& failure) {
        mistake(failure.mark, "not yaml: " + failure.msg);
    }
}

void StrictYaml::mapping(const YAML::Node& node, std::string_view what,
                         const std::vector<Key>& keys) {
    if (!node.IsMap())
        return mistake(node, std::string(what) + " must be a mapping of keys to values");
    std::set<std::string> seen;
    for (const auto& entry : node) {
        if (!entry.first.IsScalar()) {
            mistake(entry.first, "a key must be a word");
            continue;
        }
        const std::string& name = entry.first.Scalar();
        const auto key = std::find_if(keys.begin(), keys.end(),
                                      [&](const Key& known) { return known.name == name; });
        if (key == keys.end()) {
            mistake(entry.first, "unknown key " + in_backticks(name));
        } else if (!seen.insert(name).second) {
            mistake(entry.first, "key " + in_backticks(name) + " is there twice");
        } else if (key->presence == Presence::not_built) {
            mistake(entry.first, in_backticks(name) + " is not built yet");
        } else if (entry.second.IsNull()) {
            mistake(entry.first, in_backticks(name) + " has no value");
        } else {
            key->read(entry.second);
        }
    }
    for (const Key& key : keys) {
        if (key.presence != Presence::required || seen.count(std::string(key.name)) > 0) continue;
        mistake(node, "missing key " + in_backticks(key.name) +
                          (what.empty() ? std::string() : " in " + std::string(what)));
    }
}

std::optional<std::string> StrictYaml::text(const YAML::Node& node, std::string_view what) {
    if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
    mistake(node, std::string(what) + " must be text");
    return std::nullopt;
}

std::optional<std::uint64_t> StrictYaml::number(const YAML::Node& node, std::string_view what,
                                                std::uint64_t min, std::uint64_t max) {
    // yaml-cpp tags a plain scalar `?` and a quoted one `!`: "9092" in quotes is text.
    if (node.IsScalar() && node.Tag() == "?") {
        const std::string& word = node.Scalar();
        std::uint64_t value = 0;
        const auto end = word.data() + word.size();
        const auto [stopped, failure] = std::from_chars(word.data(), end, value);
        if (failure == std::errc() && stopped == end && value >= min && value <= max) return value;
    }
    mistake(node, std::string(what) + " must be a whole number from " + std::to_string(min) +
                      " to " + std::to_string(max) +
                      (node.IsScalar() ? ", not " + in_backticks(node.Scalar()) : ""));
    return std::nullopt;
}

std::vector<YAML::Node> StrictYaml::list(const YAML::Node& node, std::string_view what) {
    if (!node.IsSequence()) {
        mistake(node, std::string(what) + " must be a list");
        return {};
    }
    if (node.size() == 0) mistake(node, std::string(what) + " must not be empty");
    return {node.begin(), node.end()};
}

void StrictYaml::version(const YAML::Node& node) {
    if (node.IsScalar() && node.Scalar() == "1") return;
    mistake(node, "`version` must be 1, the only one this build reads");
}

void StrictYaml::mistake(const YAML::Node& at, std::string text) {
    mistake(at.Mark(), std::move(text));
}

void StrictYaml::mistake(const YAML::Mark& at, std::string text) {
    // A mark is null where yaml-cpp does not know the place; lines and columns count from 1 for
    // people.
    mistakes_.push_back(
        {file_, std::max(at.line, 0) + 1, std::max(at.column, 0) + 1, std::move(text)});
}

std::vector<Mistake> StrictYaml::take_mistakes() {
    std::stable_sort(mistakes_.begin(), mistakes_.end(), [](const Mistake& a, const Mistake& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(mistakes_);
}

}  // namespace sluice::policy
