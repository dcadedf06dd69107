// usage.h: what was done, by whom, to what: counted, as the ground that suggested rules stand on.
//
// Not which recorded event means which operation (app/event_uses.h), and not what becomes of it
// (suggest.h).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/operation.h"

namespace sluice::policy {

// One thing that was seen.
struct Use {
    enum class How : std::uint8_t {
        done,
        refused,  // a rule, or the lack of one, kept it from being done
        // A rule that is there already denies it, or has a human let it pass each time. No grant is
        // to go around that, also where it was done.
        withheld,
    };
    std::string_view principal;
    Operation operation = Operation::count_;
    Resource resource;
    How how = How::done;
    std::int64_t wall_ns = 0;
};

// How often something was seen, and when.
struct Sightings {
    std::uint64_t events = 0;
    std::int64_t first_ns = 0, last_ns = 0;

    void add(const Sightings& more);
    bool operator==(const Sightings&) const = default;
};

// Sorted by resource, then operation.
using Deeds = std::map<Resource, std::map<Operation, Sightings>>;

struct PrincipalUsage {
    std::array<Deeds, 3> deeds;  // by Use::How
    // What no pattern can name: no plain text, too long, empty; and one of the names.
    Sightings unnameable;
    std::string example;

    [[nodiscard]] const Deeds& of(Use::How how) const {
        return deeds[static_cast<std::size_t>(how)];
    }
};

// Clients choose the names and how many there are: what is kept has a bound. Uses that are known
// are counted also above it.
class Usage {
  public:
    explicit Usage(std::size_t uses_max = limits::suggest_uses_max) : uses_max_(uses_max) {}

    void add(const Use& use) { add(use, {1, use.wall_ns, use.wall_ns}); }
    void add(const Use& use, const Sightings& seen);

    // By name.
    [[nodiscard]] const std::map<std::string, PrincipalUsage, std::less<>>& principals() const {
        return principals_;
    }
    // Of principals that no rule can name.
    [[nodiscard]] const Sightings& unnameable() const { return unnameable_; }
    // Uses that were not kept, because there were too many.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    // Null where there is no room for one more.
    PrincipalUsage* of(std::string_view principal);

    std::size_t uses_max_;
    std::size_t uses_ = 0;  // different ones, and principals
    std::map<std::string, PrincipalUsage, std::less<>> principals_;
    Sightings unnameable_;
    std::uint64_t dropped_ = 0;
};

}  // namespace sluice::policy
