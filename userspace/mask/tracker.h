// tracker.h: which paths of a plan lead to the JSON value a scanner stands at. Private to this
// folder.
//
// Follows the scanner token by token; asks of each member's name once which steps it satisfies,
// whatever the number of paths.
#pragma once

#include <array>
#include <cstddef>

#include "mask/tables.h"

namespace sluice::mask {

// The rules whose paths lead to a value, and what they make of it together.
struct Named {
    RuleSet rules = 0;
    RuleSet masking = 0;  // those that do not keep it
    Verdict verdict;
};

class Tracker {
  public:
    explicit Tracker(const Tables& tables) : tables_(tables), here_(tables.start) {}

    // In an object, before each value: its name, without escapes.
    void member(Bytes name) noexcept;
    // Before any other value.
    void element() noexcept;
    // The value is an object or an array, whose members come now; and their end.
    void open(bool object) noexcept;
    void close() noexcept { --depth_; }

    // Does any path lead to the value?
    [[nodiscard]] bool accepted() const noexcept {
        for (std::size_t word = 0; word < tables_.words; ++word)
            if ((here_[word] & tables_.accepted[word]) != 0) return true;
        return false;
    }
    [[nodiscard]] Named named() const noexcept;

  private:
    // The steps that the members of an open object or array may satisfy. Of both sets only the
    // words in use are ever written or read.
    struct Level {
        States steps;
        bool object;
        std::uint32_t index;  // of the element that comes next
    };
    void enter(const States& matching) noexcept;

    const Tables& tables_;
    States here_;  // what the value satisfies
    std::size_t depth_ = 0;
    std::array<Level, limits::mask_depth_max + 1> levels_;
};

}  // namespace sluice::mask
