#include "kafka/layout.h"

#include <gtest/gtest.h>

#include "kafka/api.h"

namespace sluice::kafka {
namespace {

TEST(Layout, ExistsForEveryUnderstoodVersionAndForNoOther) {
    for (int key = -2; key < 200; ++key) {
        const ApiRange* range = find_api(static_cast<ApiKey>(key));
        for (int version = -2; version < 40; ++version) {
            const bool understood =
                range != nullptr && version >= range->min && version <= range->max;
            const auto k = static_cast<ApiKey>(key);
            const auto v = static_cast<ApiVersion>(version);
            EXPECT_EQ(request_layout(k, v) != nullptr, understood) << key << ' ' << version;
            EXPECT_EQ(response_layout(k, v) != nullptr, understood) << key << ' ' << version;
        }
    }
}

bool has_records(const Layout& layout) {
    int depth = 0;
    for (const Op* op = layout.ops;; ++op) {
        if (op->code == OpCode::records || op->code == OpCode::compact_records) return true;
        if (op->code == OpCode::end && depth-- == 0) return false;
        depth += op->code == OpCode::array || op->code == OpCode::compact_array ||
                 op->code == OpCode::nullable_struct;
    }
}

// Masks look at no other answer.
TEST(Layout, OnlyAFetchIsAnsweredWithRecords) {
    for (ApiKey key = 0; key < 200; ++key) {
        const ApiRange* range = find_api(key);
        if (range == nullptr) continue;
        for (ApiVersion version = range->min; version <= range->max; ++version) {
            EXPECT_EQ(has_records(*response_layout(key, version)), key == api::fetch) << key;
            EXPECT_EQ(has_records(*request_layout(key, version)), key == api::produce) << key;
        }
    }
}

TEST(Layout, IsSharedByVersionsWithTheSameForm) {
    EXPECT_EQ(request_layout(api::produce, 3), request_layout(api::produce, 8));
    EXPECT_NE(request_layout(api::produce, 8), request_layout(api::produce, 9));
    EXPECT_EQ(request_layout(api::produce, 9), request_layout(api::produce, 12));
    EXPECT_NE(request_layout(api::produce, 12), request_layout(api::produce, 13));
}

TEST(Layout, IsFlexibleFromTheVersionThatKafkaSays) {
    struct Row {
        ApiKey key;
        ApiVersion classic, flexible;
    };
    for (const Row& row :
         {Row{api::produce, 8, 9}, Row{api::fetch, 11, 12}, Row{api::metadata, 8, 9},
          Row{api::offset_commit, 7, 8}, Row{api::api_versions, 2, 3}}) {
        EXPECT_FALSE(request_layout(row.key, row.classic)->flexible) << row.key;
        EXPECT_TRUE(request_layout(row.key, row.flexible)->flexible) << row.key;
    }
    EXPECT_FALSE(request_layout(api::sasl_handshake, 1)->flexible);
    EXPECT_FALSE(request_layout(api::offset_delete, 0)->flexible);
    EXPECT_TRUE(request_layout(api::describe_cluster, 0)->flexible);
}

}  // namespace
}  // namespace sluice::kafka
