#include "app/token_checker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "unit/identity/fake_issuer.h"

namespace sluice::app {
namespace {

using identity::Refusal;
using identity::fake::key_set;
using identity::fake::SigningKey;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'700'000'000;  // wall clock, seconds
constexpr std::int64_t kCooldown = nanoseconds(limits::key_refresh_cooldown) / kNsPerSecond;
constexpr std::int64_t kInterval = nanoseconds(limits::key_refresh_interval) / kNsPerSecond;
constexpr std::int64_t kCeiling = nanoseconds(limits::key_age_max) / kNsPerSecond;

IdentityProvider provider(const std::string& name) {
    IdentityProvider provider;
    provider.name = name;
    provider.issuer = "https://" + name;
    provider.audiences = {"sluice"};
    provider.jwks = "/" + name;
    return provider;
}

// A good token of `provider(issuer)`, until a year from the start.
std::string token(const SigningKey& key, const std::string& issuer,
                  const std::string& more = "\"aud\":\"sluice\"") {
    return key.token(R"({"iss":"https://)" + issuer + R"(","sub":"alice","exp":)" +
                     std::to_string(kStart + 365 * 86'400) + "," + more + "}");
}

// "accepted PROVIDER SUBJECT", the refusal's name, or "later".
std::string words(const std::optional<session::TokenVerdict>& verdict) {
    if (!verdict) return "later";
    if (const auto* refusal = std::get_if<Refusal>(&verdict->verdict))
        return verdict->provider + identity::name(*refusal);
    return "accepted " + verdict->provider + " " +
           std::get<identity::Claims>(verdict->verdict).subject;
}

// Key generation of ES256 is quick; every test has keys of its own.
class TokenCheckerTest : public testing::Test {
  protected:
    TokenChecker checker_of(const std::vector<std::string>& names) {
        std::vector<IdentityProvider> providers;
        for (const std::string& name : names) providers.push_back(provider(name));
        const auto fetch = [this](const IdentityProvider& asked) -> Result<std::string> {
            fetched.push_back(asked.name);
            const auto found = documents.find(asked.name);
            if (found == documents.end()) return Error{Errc::unavailable, "nobody answers"};
            return found->second;
        };
        return TokenChecker(providers, {fetch, [this] { return now; }});
    }
    void pass(std::int64_t seconds) {
        now.mono += seconds * kNsPerSecond;
        now.wall += seconds * kNsPerSecond;
    }
    // What a client is told that asks now, and again once the keys were fetched.
    std::string told(TokenChecker& checker, const std::string& shown) {
        const std::string at_once = words(checker.check_token(shown, now));
        if (at_once != "later") return at_once;
        checker.refresh();
        return "later, " + words(checker.check_token(shown, now));
    }

    std::map<std::string, std::string> documents;  // by provider; without one it is down
    std::vector<std::string> fetched;
    Instant now{5 * kNsPerSecond, kStart* kNsPerSecond};
    SigningKey first = SigningKey::ec("first"), second = SigningKey::ec("second");
};

using Names = std::vector<std::string>;

TEST_F(TokenCheckerTest, ATokenWaitsForTheFirstKeys) {
    documents["corp"] = key_set(first.jwk(), second.jwk());
    TokenChecker checker = checker_of({"corp"});
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "later");
    EXPECT_EQ(fetched, Names{});  // checking never fetches
    EXPECT_EQ(checker.refresh(), now.mono + kInterval * kNsPerSecond);
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "accepted corp alice");
    EXPECT_EQ(words(checker.check_token(token(second, "corp"), now)), "accepted corp alice");
    EXPECT_EQ(checker.numbers(), (std::vector{ProviderNumbers{"corp", 1, 0, 2}}));
}

TEST_F(TokenCheckerTest, KeysAreFetchedAgainEveryInterval) {
    documents["corp"] = key_set(first.jwk());
    TokenChecker checker = checker_of({"corp"});
    checker.refresh();
    pass(kInterval - 1);
    checker.refresh();
    EXPECT_EQ(fetched.size(), 1u);
    documents["corp"] = key_set(second.jwk());  // the first key was taken back
    pass(1);
    checker.refresh();
    EXPECT_EQ(fetched.size(), 2u);
    EXPECT_EQ(words(checker.check_token(token(second, "corp"), now)), "accepted corp alice");
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "token_unknown_key");
}

TEST_F(TokenCheckerTest, AfterARotationOneFetchLetsTheNewTokensIn) {
    documents["corp"] = key_set(first.jwk());
    TokenChecker checker = checker_of({"corp"});
    checker.refresh();
    documents["corp"] = key_set(second.jwk());
    EXPECT_EQ(told(checker, token(second, "corp")), "token_unknown_key");
    pass(kCooldown - 1);
    EXPECT_EQ(told(checker, token(second, "corp")), "token_unknown_key");
    EXPECT_EQ(fetched.size(), 1u);
    pass(1);
    EXPECT_EQ(told(checker, token(second, "corp")), "later, accepted corp alice");
    EXPECT_EQ(fetched.size(), 2u);
}

TEST_F(TokenCheckerTest, AStormOfUnknownKeysIsOneFetchInACooldown) {
    documents["corp"] = key_set(first.jwk());
    TokenChecker checker = checker_of({"corp"});
    checker.refresh();
    pass(kCooldown);
    std::map<std::string, int> answers;
    for (int i = 0; i < 300; ++i) {
        SigningKey stranger = second;
        stranger.kid = "stranger-" + std::to_string(i);
        ++answers[told(checker, token(stranger, "corp"))];
        checker.refresh();
    }
    EXPECT_EQ(answers, (std::map<std::string, int>{{"later, token_unknown_key", 1},
                                                   {"token_unknown_key", 299}}));
    EXPECT_EQ(fetched.size(), 2u);
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "accepted corp alice");
}

TEST_F(TokenCheckerTest, AProviderThatWasNeverReachedVouchesForNobody) {
    TokenChecker checker = checker_of({"corp"});
    EXPECT_EQ(told(checker, token(first, "corp")), "later, keys_unavailable");
    pass(kCooldown - 1);
    EXPECT_EQ(told(checker, token(first, "corp")), "keys_unavailable");
    EXPECT_EQ(fetched.size(), 1u);
    documents["corp"] = key_set(first.jwk());
    pass(1);
    EXPECT_EQ(told(checker, token(first, "corp")), "later, accepted corp alice");
    EXPECT_EQ(checker.numbers(), (std::vector{ProviderNumbers{"corp", 2, 1, 1}}));
}

TEST_F(TokenCheckerTest, WhileAProviderIsDownItsLastKeysAreGoodUpToTheCeiling) {
    documents["corp"] = key_set(first.jwk());
    TokenChecker checker = checker_of({"corp"});
    checker.refresh();
    documents.clear();
    pass(kInterval);
    EXPECT_EQ(checker.refresh(), now.mono + kCooldown * kNsPerSecond);
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "accepted corp alice");
    pass(kCeiling - kInterval - 1);
    checker.refresh();
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "accepted corp alice");
    pass(1);
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "keys_unavailable");
    pass(kCooldown);
    EXPECT_EQ(told(checker, token(first, "corp")), "later, keys_unavailable");
    EXPECT_EQ(checker.numbers(), (std::vector{ProviderNumbers{"corp", 4, 3, 1}}));
}

TEST_F(TokenCheckerTest, ADocumentThatIsNoKeySetLeavesTheLastOneInForce) {
    documents["corp"] = key_set(first.jwk());
    TokenChecker checker = checker_of({"corp"});
    checker.refresh();
    documents["corp"] = "<html>login</html>";
    pass(kInterval);
    checker.refresh();
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "accepted corp alice");
    EXPECT_EQ(checker.numbers(), (std::vector{ProviderNumbers{"corp", 2, 1, 1}}));
    documents["corp"] = key_set();  // a set of none: nobody is vouched for any more
    pass(kInterval);
    checker.refresh();
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "token_unknown_key");
    EXPECT_EQ(checker.numbers(), (std::vector{ProviderNumbers{"corp", 3, 1, 0}}));
}

TEST_F(TokenCheckerTest, OfTwoProvidersTheOneThatSignedIsNamed) {
    documents["corp"] = key_set(first.jwk());
    documents["lab"] = key_set(second.jwk());
    TokenChecker checker = checker_of({"corp", "lab"});
    checker.refresh();
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "accepted corp alice");
    EXPECT_EQ(words(checker.check_token(token(second, "lab"), now)), "accepted lab alice");
    // One may not speak for the other.
    EXPECT_EQ(words(checker.check_token(token(second, "corp"), now)), "token_wrong_issuer");
}

TEST_F(TokenCheckerTest, ATokenOfOneProviderCausesNoFetchAtTheOther) {
    documents["corp"] = key_set(first.jwk());
    documents["lab"] = key_set(second.jwk());
    TokenChecker checker = checker_of({"corp", "lab"});
    checker.refresh();
    pass(kCooldown);
    EXPECT_EQ(told(checker, token(second, "lab")), "accepted lab alice");
    checker.refresh();
    EXPECT_EQ(fetched, (Names{"corp", "lab"}));
}

TEST_F(TokenCheckerTest, OneProviderDownDoesNotKeepTheOtherFromVouching) {
    documents["lab"] = key_set(second.jwk());
    TokenChecker checker = checker_of({"corp", "lab"});
    checker.refresh();
    EXPECT_EQ(words(checker.check_token(token(second, "lab"), now)), "accepted lab alice");
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "token_unknown_key");
    EXPECT_EQ(checker.numbers(),
              (std::vector{ProviderNumbers{"corp", 1, 1, 0}, ProviderNumbers{"lab", 1, 0, 1}}));
}

TEST_F(TokenCheckerTest, TheReasonIsThatOfTheProviderThatKnowsTheKey) {
    documents["corp"] = key_set(first.jwk());
    documents["lab"] = key_set(second.jwk());
    for (const Names& order : {Names{"corp", "lab"}, Names{"lab", "corp"}}) {
        TokenChecker checker = checker_of(order);
        checker.refresh();
        const std::string other = token(second, "lab", R"("aud":"elsewhere")");
        EXPECT_EQ(words(checker.check_token(other, now)), "token_wrong_audience");
        EXPECT_EQ(words(checker.check_token("garbage", now)), "token_malformed");
    }
}

TEST_F(TokenCheckerTest, WhatAProviderIsConfiguredToAskIsAsked) {
    documents["corp"] = key_set(first.jwk());
    IdentityProvider strict = provider("corp");
    strict.access_tokens_only = true;
    strict.age_max = std::chrono::seconds(60);
    TokenChecker checker({strict}, {[this](const auto&) { return Result(documents["corp"]); },
                                    [this] { return now; }});
    checker.refresh();
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "token_wrong_type");
    const auto issued = [&](std::int64_t at) {
        const std::string good = token(first, "corp");
        return first.token(R"({"alg":"ES256","kid":"first","typ":"at+jwt"})",
                           R"({"iss":"https://corp","sub":"alice","aud":"sluice","iat":)" +
                               std::to_string(at) + R"(,"exp":)" + std::to_string(kStart + 99) +
                               "}");
    };
    EXPECT_EQ(words(checker.check_token(issued(kStart - 60), now)), "accepted corp alice");
    EXPECT_EQ(words(checker.check_token(issued(kStart - 61), now)), "token_too_old");
}

TEST_F(TokenCheckerTest, WithoutProvidersNoTokenIsGood) {
    TokenChecker checker = checker_of({});
    checker.start();
    EXPECT_EQ(words(checker.check_token(token(first, "corp"), now)), "keys_unavailable");
    EXPECT_EQ(checker.numbers(), std::vector<ProviderNumbers>{});
}

TEST_F(TokenCheckerTest, ItsThreadFetchesWhenItStartsAndWhenAKeyIsWanted) {
    std::promise<void> once, twice;
    std::atomic<int> fetches{0};
    std::atomic<std::int64_t> mono{kNsPerSecond};
    const auto fetch = [&](const IdentityProvider&) -> Result<std::string> {
        const int number = ++fetches;
        if (number == 1) once.set_value();
        if (number == 2) twice.set_value();
        return Error{Errc::unavailable, "nobody answers"};
    };
    TokenChecker checker({provider("corp")}, {fetch, [&] {
                                                  return Instant{mono, kStart * kNsPerSecond};
                                              }});
    checker.start();
    once.get_future().wait();
    // When the first fetch ended, and so when a key may be wanted again, is the thread's affair:
    // time goes on until it is.
    while (fetches < 2) {
        mono += 2 * kCooldown * kNsPerSecond;
        static_cast<void>(checker.check_token("t", {mono, kStart * kNsPerSecond}));
        std::this_thread::yield();
    }
    twice.get_future().wait();
}

}  // namespace
}  // namespace sluice::app
