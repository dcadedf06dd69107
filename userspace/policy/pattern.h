// pattern.h: one pattern of a policy file over a whole name.
//
// A glob (`*`: any run of characters, none included; `?`: one character), or after `re:` an RE2
// expression that must match from the first character to the last. Immutable; copies share what is
// compiled, and threads may share them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace sluice::policy {

class Pattern {
  public:
    // How it can be looked up without trying it: `exact` is the name itself, `prefix` any name that
    // begins with literal() (of `*` it is empty).
    enum class Kind : std::uint8_t { exact, prefix, glob, regex };

    // Errors of code config: empty, too long, not an expression, an expression that takes too much.
    static Result<Pattern> compile(std::string text);

    [[nodiscard]] bool matches(std::string_view name) const;
    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    // As it stands in the file.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    // The characters before the first wildcard; empty for an expression.
    [[nodiscard]] std::string_view literal() const noexcept {
        return std::string_view(text_).substr(0, literal_);
    }
    // The characters behind the last wildcard of a glob.
    [[nodiscard]] std::string_view ending() const noexcept {
        return kind_ == Kind::glob ? std::string_view(text_).substr(text_.find_last_of("*?") + 1)
                                   : std::string_view();
    }
    // "*.dlq": every name that ends so.
    [[nodiscard]] bool is_ending() const noexcept {
        return kind_ == Kind::glob && text_.front() == '*' && ending().size() + 1 == text_.size();
    }
    [[nodiscard]] bool is_everything() const noexcept {
        return kind_ == Kind::prefix && literal_ == 0;
    }

  private:
    explicit Pattern(std::string text) : text_(std::move(text)) {}
    std::string text_;
    std::size_t literal_ = 0;
    Kind kind_ = Kind::exact;
    std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace sluice::policy
