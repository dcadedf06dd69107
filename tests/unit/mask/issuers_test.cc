#include "mask/issuers.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::mask {
namespace {

bool known(std::string prefix, std::size_t digits) {
    prefix.resize(digits, '0');
    return known_issuer(prefix);
}

TEST(KnownIssuer, KnowsPrefixesWithTheirLengths) {
    EXPECT_TRUE(known("4", 13));
    EXPECT_TRUE(known("4", 16));
    EXPECT_FALSE(known("4", 15));
    EXPECT_TRUE(known("34", 15));
    EXPECT_FALSE(known("34", 16));
    EXPECT_TRUE(known("51", 16));
    EXPECT_FALSE(known("56", 16));
    EXPECT_FALSE(known("2220", 16));
    EXPECT_TRUE(known("2221", 16));
    EXPECT_TRUE(known("2720", 16));
    EXPECT_FALSE(known("2721", 16));
    EXPECT_TRUE(known("6759", 12));
    EXPECT_TRUE(known("3528", 16));
    EXPECT_FALSE(known("3527", 16));
    EXPECT_TRUE(known("62", 19));
}

TEST(KnownIssuer, TimesAndCountersAreNobodysCards) {
    EXPECT_FALSE(known("17", 13));  // milliseconds since 1970
    EXPECT_FALSE(known("17", 16));
    EXPECT_FALSE(known("17", 19));
    EXPECT_FALSE(known("2026", 14));  // a date and a time
    EXPECT_FALSE(known("0", 16));
    EXPECT_FALSE(known("9", 16));
}

TEST(IbanLength, IsTheRegistrys) {
    EXPECT_EQ(iban_length('D', 'E'), 22u);
    EXPECT_EQ(iban_length('N', 'O'), 15u);
    EXPECT_EQ(iban_length('R', 'U'), 33u);
    EXPECT_EQ(iban_length('U', 'S'), 0u);
    EXPECT_EQ(iban_length('A', 'A'), 0u);
    EXPECT_EQ(iban_length('Z', 'Z'), 0u);
    for (char first = 'A'; first <= 'Z'; ++first)
        for (char second = 'A'; second <= 'Z'; ++second)
            EXPECT_LE(iban_length(first, second), kIbanBytesMax);
}

}  // namespace
}  // namespace sluice::mask
