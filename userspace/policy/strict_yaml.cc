#include "policy/strict_yaml.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "policy/text.h"
#include "policy/yaml_screen.h"

namespace sluice::policy {

namespace {

constexpr std::size_t kQuotedMax = 64;

// "10m" as nanoseconds; empty where it is no duration, or too long for the type.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view word) {
    std::chrono::seconds unit(0);
    if (word.empty()) return std::nullopt;
    if (word.back() == 's') unit = std::chrono::seconds(1);
    if (word.back() == 'm') unit = std::chrono::minutes(1);
    if (word.back() == 'h') unit = std::chrono::hours(1);
    word.remove_suffix(1);
    std::uint32_t count = 0;
    const auto [stopped, failure] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (unit.count() == 0 || failure != std::errc() || stopped != word.data() + word.size() ||
        count > 1'000'000)
        return std::nullopt;
    return count * unit;
}

std::string in_words(std::chrono::nanoseconds duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + "h";
    if (seconds % 60 == 0) return std::to_string(seconds / 60) + "m";
    return std::to_string(seconds) + "s";
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
        const std::size_t length = character_length(word.substr(at));
        const std::string_view character = word.substr(at, length);
        if (is_plain(character))
            text += character;
        else
            text += ' ';
        at += length;
    }
    return text + (at < word.size() ? "...`" : "`");
}

std::string meant(std::string_view word) {
    return word.empty() ? "" : ", did you mean " + in_backticks(word) + "?";
}

StrictYaml::StrictYaml(const PolicyFile& file) : file_(file.name), source_(file.text) {
    if (check_text(source_)) parse(source_);
}

bool StrictYaml::check_text(const std::string& text) {
    YAML::Mark at;
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view rest = std::string_view(text).substr(i);
        const std::size_t length = character_length(rest);
        const bool plain = is_plain(rest.substr(0, length));
        if (is_control(text[i]) || (!plain && static_cast<unsigned char>(text[i]) >= 0x80)) {
            mistake(at, is_control(text[i]) || length > 1 ? "a control character" : "not utf-8");
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
        std::vector<ScreenMistake> refused = screen(text);
        for (ScreenMistake& refusal : refused) mistake(refusal.at, std::move(refusal.text));
        if (!refused.empty()) return;
        const YAML::Node document = YAML::Load(text);
        if (document.IsNull())
            mistake(YAML::Mark(), "the file is empty");
        else if (!document.IsMap())
            mistake(document, "the file must be a mapping of keys to values");
        else
            root_ = document;
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
            unknown_key(entry.first, keys);
        } else if (!seen.insert(name).second) {
            mistake(entry.first, "key " + in_backticks(name) + " is there twice");
        } else if (key->presence == Presence::not_built) {
            mistake(entry.first, in_backticks(name) + " is not built yet");
        } else if (entry.second.IsNull() && !(key->takes_null && is_spelled_null(entry.second))) {
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

bool StrictYaml::is_spelled_null(const YAML::Node& node) const {
    constexpr std::string_view word = "null";
    const auto at = static_cast<std::size_t>(std::max(node.Mark().pos, 0));
    return at < source_.size() && source_.compare(at, word.size(), word) == 0;
}

void StrictYaml::unknown_key(const YAML::Node& at, const std::vector<Key>& keys) {
    std::vector<std::string_view> names;
    for (const Key& key : keys) names.push_back(key.name);
    mistake(at, "unknown key " + in_backticks(at.Scalar()) + meant(nearest(at.Scalar(), names)));
}

std::optional<std::string> StrictYaml::text(const YAML::Node& node, std::string_view what) {
    const bool is_text = node.IsScalar() && !node.Scalar().empty();
    if (is_text && is_plain(node.Scalar())) return node.Scalar();
    mistake(node,
            std::string(what) + (is_text ? " has a control character in it" : " must be text"));
    return std::nullopt;
}

std::optional<std::string> StrictYaml::absolute_path(const YAML::Node& node,
                                                     std::string_view what) {
    auto value = text(node, what);
    if (!value || value->front() == '/') return value;
    mistake(node, std::string(what) + " must be an absolute path, not " + in_backticks(*value));
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

std::optional<bool> StrictYaml::flag(const YAML::Node& node, std::string_view what) {
    if (node.IsScalar() && node.Tag() == "?" && node.Scalar() == "true") return true;
    if (node.IsScalar() && node.Tag() == "?" && node.Scalar() == "false") return false;
    mistake(node, std::string(what) + " must be true or false");
    return std::nullopt;
}

std::optional<std::chrono::nanoseconds> StrictYaml::duration(const YAML::Node& node,
                                                             std::string_view what,
                                                             std::chrono::nanoseconds max) {
    const auto value = node.IsScalar() ? parse_duration(node.Scalar()) : std::nullopt;
    if (value && *value >= std::chrono::seconds(1) && *value <= max) return value;
    mistake(node, std::string(what) + " must be a time from 1s to " + in_words(max) +
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
