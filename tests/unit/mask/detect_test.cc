#include "mask/detect.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::mask {
namespace {

constexpr Types kAll =
    type_bit(Detector::email) | type_bit(Detector::pan) | type_bit(Detector::iban);

// What was found, each between brackets with the first letters of its types.
std::string marked(std::string_view text, Types types = kAll) {
    Finder finder;
    std::string out;
    std::size_t at = 0;
    for (const Found& found : finder.find(as_bytes(text), types)) {
        out += text.substr(at, found.begin - at);
        out += '<';
        for (const Detector type : {Detector::email, Detector::pan, Detector::iban})
            if ((found.types & type_bit(type)) != 0) out += name(type)[0];
        out += ':' + std::string(text.substr(found.begin, found.end - found.begin)) + '>';
        at = found.end;
    }
    return out + std::string(text.substr(at));
}

TEST(Finder, FindsMailAddresses) {
    EXPECT_EQ(marked("bob@example.org"), "<e:bob@example.org>");
    EXPECT_EQ(marked("<Bob.O'Hara+tag@mail.Example.CO.uk>, x"),
              "<<e:Bob.O'Hara+tag@mail.Example.CO.uk>>, x");
    EXPECT_EQ(marked("write to 'a_b@x-y.de'."), "write to '<e:a_b@x-y.de>'.");
    EXPECT_EQ(marked("a@b.cd,e@f.gh"), "<e:a@b.cd>,<e:e@f.gh>");
    EXPECT_EQ(marked("mail=a@b.cd&x=1"), "mail=<e:a@b.cd>&x=1");
    EXPECT_EQ(marked("j\u00f6rg@m\u00fcller.de"), "<e:j\u00f6rg@m\u00fcller.de>");
    EXPECT_EQ(marked("\u90ae\u4ef6a@b.cn\u8c22"), "\u90ae\u4ef6<e:a@b.cn>\u8c22");
    EXPECT_EQ(marked("a@b.xn--p1ai"), "<e:a@b.xn--p1ai>");
    EXPECT_EQ(marked("a@b.org.2024-01"), "<e:a@b.org>.2024-01");
}

TEST(Finder, LeavesWhatIsNoMailAddress) {
    for (const char* text :
         {"@", "a@", "@b.cd", "a@b", "root@localhost", "a@b.c", "a@.cd", "a@b..cd", "a@-b.cd",
          "icon@2x.png", "a@1.2.3.4", "a @b.cd", "a@ b.cd", "...@b.cd", "a@b.cd-", "a@b.\u00e9t"})
        EXPECT_EQ(marked(text), std::string(text) == "a@b.cd-" ? "<e:a@b.cd>-" : text);
}

TEST(Finder, FindsCardNumbers) {
    EXPECT_EQ(marked("4111111111111111"), "<p:4111111111111111>");
    EXPECT_EQ(marked("pay 4111 1111 1111 1111 now"), "pay <p:4111 1111 1111 1111> now");
    EXPECT_EQ(marked("4111-1111-1111-1111."), "<p:4111-1111-1111-1111>.");
    EXPECT_EQ(marked("3782 822463 10005"), "<p:3782 822463 10005>");
    EXPECT_EQ(marked("a:5555555555554444;6011111111111117"),
              "a:<p:5555555555554444>;<p:6011111111111117>");
    EXPECT_EQ(marked("2026-11-24 4111 1111 1111 1111"), "2026-11-24 <p:4111 1111 1111 1111>");
    EXPECT_EQ(marked("4222222222222,4012888888881881"), "<p:4222222222222>,<p:4012888888881881>");
    EXPECT_EQ(marked("676770000000000006 676770000000000006"),
              "676770000000000006 676770000000000006");
    EXPECT_EQ(marked("6759649826438453"), "<p:6759649826438453>");
}

TEST(Finder, LeavesNumbersThatAreNoCards) {
    for (const char* text :
         {"4111111111111112", "1700000000000", "41111111111111111111", "0.4111111111111111",
          "4111111111111111.5", "x4111111111111111", "4111111111111111x", "9111111111111111",
          "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "41 11 11 11 11 11 11 11", "4111  1111 1111 1111",
          "550e8400-e29b-41d4-a716-446655440000", "411111111111111"})
        EXPECT_EQ(marked(text), text);
}

TEST(Finder, FindsIbansInAnyCaseAndGrouping) {
    EXPECT_EQ(marked("DE89370400440532013000"), "<i:DE89370400440532013000>");
    EXPECT_EQ(marked("to DE89 3704 0044 0532 0130 00, thanks"),
              "to <i:DE89 3704 0044 0532 0130 00>, thanks");
    EXPECT_EQ(marked("gb82 west 1234 5698 7654 32 now"), "<i:gb82 west 1234 5698 7654 32> now");
    EXPECT_EQ(marked("NO9386011117947"), "<i:NO9386011117947>");
    EXPECT_EQ(marked("MT84MALT011000012345MTLCAST001S"), "<i:MT84MALT011000012345MTLCAST001S>");
}

TEST(Finder, LeavesWhatIsNoIban) {
    for (const char* text :
         {"DE88370400440532013000", "DE8937040044053201300", "DE893704004405320130001",
          "XDE89370400440532013000", "XX89370400440532013000", "DE 89370400440532013000",
          "DE89  3704 0044 0532 0130 00", "AB12", "DE89"})
        EXPECT_EQ(marked(text, type_bit(Detector::iban)), text);
}

TEST(Finder, LooksForWhatItIsAskedFor) {
    const std::string_view text = "a@b.cd 4111111111111111 DE89370400440532013000";
    EXPECT_EQ(marked(text, type_bit(Detector::email)),
              "<e:a@b.cd> 4111111111111111 DE89370400440532013000");
    EXPECT_EQ(marked(text, type_bit(Detector::pan)),
              "a@b.cd <p:4111111111111111> DE89370400440532013000");
    EXPECT_EQ(marked(text, type_bit(Detector::iban)),
              "a@b.cd 4111111111111111 <i:DE89370400440532013000>");
    EXPECT_EQ(marked(text, 0), text);
}

TEST(Finder, MakesOneOfWhatOverlaps) {
    EXPECT_EQ(marked("4111111111111111@b.cd"), "<ep:4111111111111111@b.cd>");
}

TEST(Finder, SeesThroughEscapes) {
    EXPECT_EQ(marked(R"(x bob\u0040example.org y)"), R"(x <e:bob\u0040example.org> y)");
    EXPECT_EQ(marked(R"(\u0034111\u00201111 1111 1111)"), R"(<p:\u0034111\u00201111 1111 1111>)");
    EXPECT_EQ(marked(R"(C:\users\a@b.cd)"), R"(C:\users\<e:a@b.cd>)");
    // Found both ways: the address in clear and the longer one with the escape.
    EXPECT_EQ(marked(R"(\u0061a@b.cd)"), R"(<e:\u0061a@b.cd>)");
}

TEST(Finder, IsLinearInTextMadeToHurtIt) {
    // Each takes minutes where some step looks back to the beginning of the text.
    constexpr std::size_t kBytes = 4 << 20;
    Finder finder;
    for (const std::string_view unit :
         {"a", "a@", "a.", "@b.", "a@b.", "1", "123 ", "4111 ", "12-", "DE89 ", "de89", "\\u0040",
          "a@b.cd ", "4111111111111111 ", "\xc3\xa9"}) {
        std::string text;
        while (text.size() < kBytes) text += unit;
        std::size_t covered = 0;
        for (const Found& found : finder.find(as_bytes(text), kAll))
            covered += found.end - found.begin;
        EXPECT_LE(covered, text.size());
    }
}

TEST(IsCardNumber, NeedsIssuerLengthAndLuhn) {
    EXPECT_TRUE(is_card_number("4111111111111111"));
    EXPECT_TRUE(is_card_number("378282246310005"));
    EXPECT_FALSE(is_card_number("4111111111111110"));
    EXPECT_FALSE(is_card_number("0000000000000000"));
    EXPECT_FALSE(is_card_number(""));
    EXPECT_FALSE(is_card_number("41111111111111111111"));
}

TEST(WholeNumber, ReadsOneNumberHoweverItIsWritten) {
    for (const char* number :
         {"4111111111111111", "4.111111111111111E15", "4111111111111111.0", "4.111111111111111e+15",
          "41111111111111.11e2", "4111111111111111000e-3", "4111111111111111.00e0"})
        EXPECT_EQ(whole_number(number), "4111111111111111") << number;
    EXPECT_EQ(whole_number("4.11111111111E15"), "4111111111110000");
    for (const char* number :
         {"4.1E15", "-4111111111111111", "4111111111111111.5", "411111111111111111111",
          "41111111111", "4.1111111111111111e9", "4.1111111111111111e99999999999999999999",
          "0.000000000000000", "1.00000000000000e-9"})
        EXPECT_EQ(whole_number(number), "") << number;
}

TEST(Normalised, IsTheSameForTheSameThing) {
    EXPECT_EQ(normalised(Detector::email, "Bob@Example.ORG"), "bob@example.org");
    EXPECT_EQ(normalised(Detector::pan, "4111 1111-1111 1111"), "4111111111111111");
    EXPECT_EQ(normalised(Detector::iban, "gb82 west 1234"), "GB82WEST1234");
}

}  // namespace
}  // namespace sluice::mask
