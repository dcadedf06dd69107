#include "identity/key_cache.h"

#include <utility>

namespace sluice::identity {

KeyDecision decide(const KeySnapshot& snapshot, KeyNeed need, Instant now) {
    const bool usable = snapshot.keys && now.mono < snapshot.usable_until;
    if (need == KeyNeed::any && usable) return KeyDecision::use;
    return now.mono >= snapshot.refreshable_from ? KeyDecision::refresh_wanted : KeyDecision::deny;
}

bool KeyCache::due(Instant now) const {
    return now.mono >= next_refresh_ || (wanted_ && now.mono >= snapshot_.refreshable_from);
}

std::int64_t KeyCache::due_at() const {
    return next_refresh_;
}

void KeyCache::on_fetched(std::shared_ptr<const Keys> keys, Instant now) {
    snapshot_.keys = std::move(keys);
    snapshot_.usable_until = now.mono + nanoseconds(options_.ceiling);
    snapshot_.refreshable_from = now.mono + nanoseconds(options_.cooldown);
    next_refresh_ = now.mono + nanoseconds(options_.refresh_interval);
    wanted_ = false;
}

void KeyCache::on_failed(Instant now) {
    snapshot_.refreshable_from = now.mono + nanoseconds(options_.cooldown);
    next_refresh_ = snapshot_.refreshable_from;
    wanted_ = false;
}

}  // namespace sluice::identity
