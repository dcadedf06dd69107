#include "app/token_checker.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "app/config_files.h"
#include "base/log.h"
#include "http/get.h"
#include "identity/jwt.h"

namespace sluice::app {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

Result<std::string> fetch_document(const IdentityProvider& provider) {
    if (provider.jwks.front() == '/') return read_text_file(provider.jwks);
    http::GetOptions options;
    options.ca_file = provider.ca_file.string();
    return http::get(provider.jwks, options);
}

Instant real_now() {
    const auto ns = [](auto since) {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
    };
    return {ns(std::chrono::steady_clock::now().time_since_epoch()),
            ns(std::chrono::system_clock::now().time_since_epoch())};
}

// Of two refusals of one token, the one of the provider that came further with it: others only say
// that it is none of theirs.
bool says_more(identity::Refusal later, identity::Refusal sooner) {
    const auto foreign = [](identity::Refusal refusal) {
        return refusal == identity::Refusal::keys_unavailable ||
               refusal == identity::Refusal::token_unknown_key ||
               refusal == identity::Refusal::token_without_kid;
    };
    return foreign(sooner) && !foreign(later);
}

}  // namespace

TokenChecker::World TokenChecker::real_world() {
    return {fetch_document, real_now};
}

TokenChecker::TokenChecker(const std::vector<IdentityProvider>& providers, World world)
    : world_(std::move(world)) {
    for (const IdentityProvider& config : providers) {
        auto provider = std::make_unique<Provider>();
        provider->config = config;
        provider->expected.issuer = config.issuer;
        provider->expected.audiences = config.audiences;
        provider->expected.age_max = config.age_max;
        if (config.access_tokens_only) provider->expected.type = identity::TokenType::access_token;
        provider->numbers.name = config.name;
        providers_.push_back(std::move(provider));
    }
}

TokenChecker::~TokenChecker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void TokenChecker::start() {
    if (!providers_.empty()) thread_ = std::thread([this] { run(); });
}

void TokenChecker::run() {
    for (;;) {
        const std::int64_t next = refresh();
        const auto wait = std::chrono::nanoseconds(
            std::max<std::int64_t>(next - world_.now().mono, kNsPerSecond / 10));
        std::unique_lock lock(mutex_);
        const auto wanted = [this] {
            return stopping_ || std::any_of(providers_.begin(), providers_.end(),
                                            [](const auto& p) { return p->wanted.load(); });
        };
        woken_.wait_for(lock, wait, wanted);
        if (stopping_) return;
    }
}

std::int64_t TokenChecker::refresh() {
    std::int64_t next = INT64_MAX;
    for (const auto& provider : providers_) {
        if (provider->wanted.exchange(false)) provider->cache.on_wanted();
        if (provider->cache.due(world_.now())) fetch(*provider);
        next = std::min(next, provider->cache.due_at());
    }
    return next;
}

void TokenChecker::fetch(Provider& provider) {
    auto document = world_.fetch(provider.config);
    std::string problem;
    std::shared_ptr<const identity::Keys> keys;
    if (!document) {
        problem = document.error().context;
    } else {
        auto parsed = identity::Keys::parse(*document);
        if (parsed)
            keys = std::make_shared<const identity::Keys>(*std::move(parsed));
        else
            problem = parsed.error().context;
    }
    const Instant now = world_.now();
    if (keys)
        provider.cache.on_fetched(keys, now);
    else
        provider.cache.on_failed(now);
    const std::lock_guard lock(mutex_);
    if (!problem.empty())
        log::warn("identity provider {}: keys not fetched: {}", provider.config.name, problem);
    provider.snapshot = provider.cache.snapshot();
    ++provider.numbers.fetches;
    if (!keys) ++provider.numbers.failures;
    if (keys) provider.numbers.keys = keys->all().size();
}

identity::KeySnapshot TokenChecker::snapshot_of(const Provider& provider) const {
    const std::lock_guard lock(mutex_);
    return provider.snapshot;
}

std::optional<session::TokenVerdict> TokenChecker::check_token(std::string_view token,
                                                               Instant now) const {
    using identity::KeyDecision;
    using identity::KeyNeed;
    using identity::Refusal;
    session::TokenVerdict best{{}, Refusal::keys_unavailable};
    std::vector<const Provider*> may_help;  // keys of theirs that are not here yet
    for (const auto& provider : providers_) {
        const identity::KeySnapshot snapshot = snapshot_of(*provider);
        KeyDecision decision = identity::decide(snapshot, KeyNeed::any, now);
        identity::Verdict verdict = Refusal::keys_unavailable;
        if (decision == KeyDecision::use)
            verdict = identity::verify(token, *snapshot.keys, provider->expected,
                                       now.wall / kNsPerSecond);
        if (std::holds_alternative<identity::Claims>(verdict))
            return session::TokenVerdict{provider->config.name, std::move(verdict)};
        const Refusal refusal = std::get<Refusal>(verdict);
        if (refusal == Refusal::token_unknown_key)
            decision = identity::decide(snapshot, KeyNeed::other, now);
        if (decision == KeyDecision::refresh_wanted) may_help.push_back(provider.get());
        if (says_more(refusal, std::get<Refusal>(best.verdict))) best.verdict = refusal;
        if (refusal == Refusal::token_unknown_key &&
            std::get<Refusal>(best.verdict) == Refusal::keys_unavailable)
            best.verdict = refusal;
    }
    if (may_help.empty()) return best;
    {
        // The lock: the refresher has either not looked yet, or is waiting already.
        const std::lock_guard lock(mutex_);
        for (const Provider* provider : may_help) provider->wanted = true;
    }
    woken_.notify_all();
    return std::nullopt;
}

std::vector<ProviderNumbers> TokenChecker::numbers() const {
    const std::lock_guard lock(mutex_);
    std::vector<ProviderNumbers> numbers;
    for (const auto& provider : providers_) numbers.push_back(provider->numbers);
    return numbers;
}

}  // namespace sluice::app
