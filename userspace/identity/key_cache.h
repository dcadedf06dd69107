// key_cache.h: when one provider's keys are used, fetched again, or no longer trusted.
//
// Pure: whoever fetches (app's refresher thread) owns the KeyCache and tells it what happened; it
// publishes the snapshot() to all who check tokens, and they ask decide(). Unknown kids, however
// many, cause one fetch in `cooldown` and leave nothing behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/limits.h"
#include "base/time.h"
#include "identity/jwks.h"

namespace sluice::identity {

// Moments are of Instant::mono.
struct KeySnapshot {
    std::shared_ptr<const Keys> keys;   // null until the first good fetch
    std::int64_t usable_until = 0;      // the ceiling after the last good fetch
    std::int64_t refreshable_from = 0;  // before it nobody needs to ask for a fetch
};

enum class KeyNeed : std::uint8_t {
    any,    // a token is to be checked
    other,  // it was, and `keys` do not know its kid (Refusal::token_unknown_key)
};
enum class KeyDecision : std::uint8_t {
    use,             // verify with `keys` (never for `other`)
    refresh_wanted,  // have the keys fetched, wait for the next snapshot, and decide again
    deny,            // refuse: keys_unavailable for `any`, token_unknown_key for `other`
};
KeyDecision decide(const KeySnapshot& snapshot, KeyNeed need, Instant now);

class KeyCache {
  public:
    struct Options {
        // How soon a key that the provider took back is forgotten here.
        std::chrono::nanoseconds refresh_interval = limits::key_refresh_interval;
        // Between two fetches, whoever wants them and however the last one ended.
        std::chrono::nanoseconds cooldown = limits::key_refresh_cooldown;
        // After the last good fetch; then all tokens are refused.
        std::chrono::nanoseconds ceiling = limits::key_age_max;
    };
    explicit KeyCache(Options options) : options_(options) {}

    // Some decide() said refresh_wanted. Any number of times.
    void on_wanted() { wanted_ = true; }
    // Is it time to fetch? Once true, fetch and report. One fetch at a time is the owner's to see
    // to.
    [[nodiscard]] bool due(Instant now) const;
    // The earliest moment (mono) at which due() turns true without on_wanted().
    [[nodiscard]] std::int64_t due_at() const;

    void on_fetched(std::shared_ptr<const Keys> keys, Instant now);
    // Unreachable, refused or no JWKS: the last good keys stay, up to the ceiling.
    void on_failed(Instant now);

    [[nodiscard]] const KeySnapshot& snapshot() const { return snapshot_; }

  private:
    Options options_;
    KeySnapshot snapshot_;
    std::int64_t next_refresh_ = 0;
    bool wanted_ = false;
};

}  // namespace sluice::identity
