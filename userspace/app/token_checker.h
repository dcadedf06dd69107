// token_checker.h: whose a token is, by the keys of the configured identity providers; and the
// thread that keeps those keys fresh.
//
// Checking never waits for a fetch: while one is wanted the caller is told to ask again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/config.h"
#include "identity/key_cache.h"
#include "net/ports.h"

namespace sluice::app {

struct ProviderNumbers {
    std::string name;
    std::uint64_t fetches = 0, failures = 0;  // failures are fetches too
    std::uint64_t keys = 0;                   // usable ones of the last good fetch
    bool operator==(const ProviderNumbers&) const = default;
};

class TokenChecker final : public net::IdentityPort {
  public:
    struct World {
        // The provider's JWKS document.
        std::function<Result<std::string>(const IdentityProvider&)> fetch;
        std::function<Instant()> now;
    };
    // With `world` as it is: files and HTTP, and the machine's clocks.
    static World real_world();

    TokenChecker(const std::vector<IdentityProvider>& providers, World world);
    ~TokenChecker() override;
    TokenChecker(const TokenChecker&) = delete;
    TokenChecker& operator=(const TokenChecker&) = delete;

    // Begins to keep keys fresh, on a thread of its own.
    void start();
    // What start()'s thread does, once: fetches what is due. Returns when the next is (mono).
    std::int64_t refresh();

    [[nodiscard]] std::optional<session::TokenVerdict> check_token(std::string_view token,
                                                                   Instant now) const override;
    [[nodiscard]] std::vector<ProviderNumbers> numbers() const;

  private:
    struct Provider {
        IdentityProvider config;
        identity::Expectations expected;
        identity::KeyCache cache{identity::KeyCache::Options{}};  // the refresher's alone
        mutable std::atomic<bool> wanted{false};
        identity::KeySnapshot snapshot;  // guarded by mutex_
        ProviderNumbers numbers;         // guarded by mutex_
    };
    void fetch(Provider& provider);
    void run();
    [[nodiscard]] identity::KeySnapshot snapshot_of(const Provider& provider) const;

    const World world_;
    std::vector<std::unique_ptr<Provider>> providers_;
    mutable std::mutex mutex_;
    mutable std::condition_variable woken_;
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace sluice::app
