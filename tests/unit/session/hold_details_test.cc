#include <gtest/gtest.h>

#include "base/limits.h"
#include "kafka/frame.h"
#include "session/hold.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

kafka::WholeRequest whole(const Buffer& frame, int key, int version, bool flexible = false) {
    const std::size_t header = 10 + 6 + (flexible ? 1 : 0);  // the client id is "tester"
    return {static_cast<kafka::ApiKey>(key), static_cast<kafka::ApiVersion>(version), 1, frame,
            kafka::kSizePrefix + header};
}

TEST(HoldDetails, NameSettingsAndHideThoseThatAreSecrets) {
    Wire body;  // IncrementalAlterConfigs version 0
    body.i32(1).i8(2).text("orders").i32(3);
    body.text("retention.ms").i8(0).text("1000");
    body.text("cleanup.policy").i8(1).null_text();
    body.text("sasl.jaas.config").i8(0).text("password=hush").i8(0);
    const Buffer frame = request(44, 0, 1, body);
    EXPECT_EQ(details_of(whole(frame, 44, 0), {}),
              "settings of orders\n  set retention.ms: 1000\n  delete cleanup.policy: (null)\n"
              "  set sasl.jaas.config: (not shown)\n");
}

TEST(HoldDetails, SayWhichRecordsAreDeleted) {
    const Buffer frame = request(
        21, 1, 1, Wire().i32(1).text("orders").i32(2).i32(0).i64(500).i32(1).i64(-1).i32(30'000));
    EXPECT_EQ(details_of(whole(frame, 21, 1), {}),
              "topic orders\n  partition 0: what is before offset 500\n"
              "  partition 1: what is before its end\n");
}

TEST(HoldDetails, SayFromWhereToWhereAGroupIsReset) {
    Wire body;
    body.text("g").i32(-1).text("").i64(-1).i32(1).text("orders").i32(1).i32(0).i64(5).null_text();
    const Buffer frame = request(8, 2, 1, body);
    const std::vector<CommitAsk> commits{{{"orders", {}}, 0, 5, 900},
                                         {{"orders", {}}, 1, 7, std::nullopt},
                                         {{"orders", {}}, 2, 9, -1}};
    EXPECT_EQ(details_of(whole(frame, 8, 2), commits),
              "group g\n  orders partition 0: to offset 5, from 900\n"
              "  orders partition 1: to offset 7, from an unknown one\n"
              "  orders partition 2: to offset 9, where nothing was committed\n");
}

TEST(HoldDetails, AreShortAndFreeOfControlCharacters) {
    Wire body;
    body.i32(200);
    for (int n = 0; n < 200; ++n)
        body.text(std::string(100, 'x') + "\x1b[2J").i32(1).i16(1).i32(0).i32(0);
    const Buffer frame = request(19, 4, 1, body.i32(1000).i8(0));
    const std::string details = details_of(whole(frame, 19, 4), {});
    EXPECT_LE(details.size(), limits::ask_details_bytes_max);
    EXPECT_EQ(details.find('\x1b'), std::string::npos);
    EXPECT_EQ(details.substr(details.size() - 4), "...\n");
}

TEST(HoldDetails, TheTimeoutIsNoPartOfTheWish) {
    const auto body_of = [](int timeout) {
        const Buffer frame = request(20, 1, 1, Wire().i32(1).text("orders").i32(timeout));
        return canonical_body(whole(frame, 20, 1), 4 + 2 + 6);
    };
    EXPECT_EQ(body_of(1000), body_of(2000));
    EXPECT_EQ(body_of(0), body_of(2000));
}

}  // namespace
}  // namespace sluice::session::test
