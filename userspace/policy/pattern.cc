#include "policy/pattern.h"

#include <re2/re2.h>

#include <utility>

#include "base/limits.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

constexpr std::string_view kExpression = "re:";

// A run of characters without `*` against the front of `name`.
bool begins_with(std::string_view& name, std::string_view piece) {
    while (!piece.empty()) {
        if (name.empty()) return false;
        if (piece.front() == '?') {
            name.remove_prefix(character_length(name));
        } else if (piece.front() == name.front()) {
            name.remove_prefix(1);
        } else {
            return false;
        }
        piece.remove_prefix(1);
    }
    return true;
}

// The pieces between the stars are found one after the other, each at its first place: if any
// assignment fits, this one does. INVARIANT: name.size() * glob.size() steps at most.
bool glob_matches(std::string_view glob, std::string_view name) {
    std::size_t star = glob.find('*');
    if (!begins_with(name, glob.substr(0, star))) return false;
    if (star == std::string_view::npos) return name.empty();
    while (true) {
        glob.remove_prefix(star + 1);
        star = glob.find('*');
        const std::string_view piece = glob.substr(0, star);
        if (star == std::string_view::npos && piece.empty()) return true;
        while (true) {
            std::string_view rest = name;
            if (begins_with(rest, piece) && (star != std::string_view::npos || rest.empty())) {
                name = rest;
                break;
            }
            if (name.empty()) return false;
            name.remove_prefix(character_length(name));
        }
        if (star == std::string_view::npos) return true;
    }
}

Result<std::shared_ptr<const re2::RE2>> compile_expression(std::string_view text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_dot_nl(true);
    options.set_max_mem(limits::policy_expression_bytes_max);
    auto expression =
        std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!expression->ok()) return Error{Errc::config, "is no expression: " + expression->error()};
    if (expression->ProgramSize() > limits::policy_expression_program_max)
        return Error{Errc::config, "is an expression that takes too much work"};
    return expression;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string text) {
    if (text.empty()) return Error{Errc::config, "is empty"};
    if (text.size() > limits::policy_pattern_bytes_max)
        return Error{Errc::config, "is longer than " +
                                       std::to_string(limits::policy_pattern_bytes_max) + " bytes"};
    Pattern pattern(std::move(text));
    const std::string_view all = pattern.text_;
    if (all.substr(0, kExpression.size()) == kExpression) {
        auto expression = compile_expression(all.substr(kExpression.size()));
        if (!expression) return std::move(expression).error();
        pattern.expression_ = *std::move(expression);
        pattern.kind_ = Kind::regex;
        return pattern;
    }
    const std::size_t wildcard = all.find_first_of("*?");
    pattern.literal_ = std::min(wildcard, all.size());
    if (wildcard == std::string_view::npos)
        pattern.kind_ = Kind::exact;
    else if (all.find_first_not_of('*', wildcard) == std::string_view::npos)
        pattern.kind_ = Kind::prefix;
    else
        pattern.kind_ = Kind::glob;
    return pattern;
}

bool Pattern::matches(std::string_view name) const {
    switch (kind_) {
        case Kind::exact:
            return name == text_;
        case Kind::prefix:
            return name.substr(0, literal_) == literal();
        case Kind::glob:
            return glob_matches(text_, name);
        case Kind::regex:
            return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), *expression_);
    }
    return false;
}

}  // namespace sluice::policy
