#include "mask/path.h"

#include <charconv>

#include "base/limits.h"
#include "mask/text.h"

namespace sluice::mask {
namespace {

// What has a meaning in JSONPath, ours or a larger one, is written in quotes.
bool plain_in_name(char c) noexcept {
    constexpr std::string_view kSpecial = "[]()*?,'\"\\";
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f' &&
           kSpecial.find(c) == std::string_view::npos;
}

class Parser {
  public:
    explicit Parser(std::string_view path) : path_(path) {}

    Result<std::vector<Step>> parse() {
        if (path_.size() > limits::mask_path_bytes_max) return error("the path is too long");
        if (!valid_utf8(as_bytes(path_))) return error("the path is not UTF-8");
        if (path_.starts_with("$")) {
            ++at_;
        } else if (!path_.starts_with("..")) {
            return error("a path begins with `$` or `..`");
        }
        std::vector<Step> steps;
        while (at_ < path_.size()) {
            auto step = parse_step();
            if (!step) return std::move(step).error();
            steps.push_back(std::move(*step));
        }
        return steps;
    }

  private:
    Error error(std::string_view what) const {
        return {Errc::config, "path `" + std::string(path_) + "`, position " +
                                  std::to_string(at_ + 1) + ": " + std::string(what)};
    }
    bool skip(char c) {
        if (at_ == path_.size() || path_[at_] != c) return false;
        ++at_;
        return true;
    }

    Result<Step> parse_step() {
        const bool dot = skip('.');
        const bool descend = dot && skip('.');
        if (at_ < path_.size() && path_[at_] == '[') {
            if (dot && !descend) return error("a name is missing after `.`");
            ++at_;
            return parse_bracket(descend);
        }
        if (!dot) return error("a step begins with `.` or `[`");
        if (skip('*')) return Step{Step::Kind::any, descend};
        const std::size_t begin = at_;
        while (at_ < path_.size() && path_[at_] != '.' && path_[at_] != '[') {
            if (!plain_in_name(path_[at_]))
                return error("this character must stand in quotes: ['name']");
            ++at_;
        }
        if (at_ == begin) return error("a name is missing");
        return Step{Step::Kind::name, descend, std::string(path_.substr(begin, at_ - begin))};
    }

    // Behind the opening bracket.
    Result<Step> parse_bracket(bool descend) {
        Step step{Step::Kind::any, descend};
        if (skip('\'')) {
            if (auto name = parse_quoted('\''); !name) return name.error();
            step.kind = Step::Kind::name;
        } else if (skip('"')) {
            if (auto name = parse_quoted('"'); !name) return name.error();
            step.kind = Step::Kind::name;
        } else if (!skip('*')) {
            if (auto index = parse_index(step.index); !index) return index.error();
            step.kind = Step::Kind::index;
        }
        if (step.kind == Step::Kind::name) step.name = std::move(name_);
        if (!skip(']')) return error("`]` is missing");
        return step;
    }

    Status parse_quoted(char quote) {
        name_.clear();
        while (!skip(quote)) {
            if (skip('\\') && (at_ == path_.size() || (path_[at_] != quote && path_[at_] != '\\')))
                return error("a backslash stands only before a quote or another backslash");
            if (at_ == path_.size()) return error("the quote does not end");
            name_ += path_[at_++];
        }
        return ok();
    }

    Status parse_index(std::uint32_t& index) {
        const char* begin = path_.data() + at_;
        const auto [end, failed] = std::from_chars(begin, path_.data() + path_.size(), index);
        if (failed == std::errc::result_out_of_range) return error("this index is too large");
        if (failed != std::errc{}) return error("expected `*`, an index or a name in quotes");
        at_ += static_cast<std::size_t>(end - begin);
        return ok();
    }

    std::string_view path_;
    std::size_t at_ = 0;
    std::string name_;  // the last one in quotes
};

}  // namespace

Result<std::vector<Step>> parse_path(std::string_view path) {
    return Parser(path).parse();
}

}  // namespace sluice::mask
