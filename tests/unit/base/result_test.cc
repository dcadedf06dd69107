#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>

namespace sluice {
namespace {

constexpr Errc kCodes[] = {Errc::truncated, Errc::malformed,   Errc::unsupported, Errc::too_large,
                           Errc::denied,    Errc::unavailable, Errc::permission,  Errc::io,
                           Errc::corrupt,   Errc::config};

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> value = 7;
    EXPECT_TRUE(value.has_value());
    EXPECT_TRUE(value);
    EXPECT_EQ(*value, 7);

    const Result<int> failed = Error{Errc::truncated, "read a header"};
    EXPECT_FALSE(failed.has_value());
    EXPECT_FALSE(failed);
    EXPECT_EQ(failed.error(), (Error{Errc::truncated, "read a header"}));
}

TEST(Result, GivesAwayAValueThatCannotBeCopied) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
    EXPECT_EQ(**result, 3);
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 3);
}

TEST(Result, AnErrorGainsOnePhrasePerLayer) {
    Result<int> failed = Error{Errc::io, "no space left on device"};
    const Error error = std::move(failed).error().in("append").in("segment 3");
    EXPECT_EQ(error, (Error{Errc::io, "segment 3: append: no space left on device"}));
}

TEST(Result, OkIsAStatusWithoutError) {
    EXPECT_TRUE(ok().has_value());
}

TEST(ResultDeathTest, RefusesTheHalfThatIsNotThere) {
    Result<int> value = 7;
    Result<int> failed = Error{Errc::io, "x"};
    EXPECT_DEATH(static_cast<void>(*failed), "broken invariant");
    EXPECT_DEATH(static_cast<void>(value.error()), "broken invariant");
}

TEST(Errc, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const Errc code : kCodes) names.insert(name(code));
    EXPECT_EQ(names.size(), std::size(kCodes));
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(name(Errc::too_large), "too_large");
}

TEST(ErrnoError, TellsRefusalsFromFailures) {
    EXPECT_EQ(errno_error("bind", EPERM).code, Errc::permission);
    EXPECT_EQ(errno_error("open log", EACCES),
              (Error{Errc::permission, "open log: Permission denied"}));
    EXPECT_EQ(errno_error("append", ENOSPC), (Error{Errc::io, "append: No space left on device"}));
}

}  // namespace
}  // namespace sluice
