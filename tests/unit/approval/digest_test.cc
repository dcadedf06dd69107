#include "approval/digest.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sluice::approval {
namespace {

struct Fields {
    std::string principal = "user:alice", human = "alice", cluster = "east", body = "orders";
    std::int16_t api_key = 20, api_version = 6;
    std::vector<Requirement> requirements{{"a", {"g", "h"}, {"p", "q"}, 1}, {"b", {}, {"p"}, 2}};
};

Digest of(const Fields& fields) {
    return digest_of({fields.principal, fields.human, fields.cluster, fields.api_key,
                      fields.api_version, as_bytes(fields.body), fields.requirements});
}

TEST(Digest, ChangesWithEveryField) {
    const std::vector<std::function<void(Fields&)>> changes{
        [](Fields&) {},
        [](Fields& f) { f.principal += "x"; },
        [](Fields& f) { f.human.clear(); },
        [](Fields& f) { f.cluster = "west"; },
        [](Fields& f) { f.api_key = 19; },
        [](Fields& f) { f.api_version = 5; },
        [](Fields& f) { f.body += '\0'; },
        [](Fields& f) { f.requirements[0].rule = "c"; },
        [](Fields& f) { f.requirements[0].groups.pop_back(); },
        [](Fields& f) { f.requirements[0].principals[1] = "r"; },
        [](Fields& f) { f.requirements[1].count = 1; },
        [](Fields& f) { f.requirements.pop_back(); },
        [](Fields& f) { f.requirements.push_back(f.requirements[0]); },
        // The same bytes in a row, cut elsewhere.
        [](Fields& f) { f.principal = "user:alicea", f.human = "lice"; },
        [](Fields& f) { f.human = "aliceeast", f.cluster = ""; },
        [](Fields& f) { f.requirements[0].groups = {"gh"}; },
        [](Fields& f) {
            f.requirements[0] = {"a", {"g", "h", "p", "q"}, {}, 1};
        },
        [](Fields& f) {
            f.requirements[0] = {"a", {"g"}, {"h", "p", "q"}, 1};
        },
    };
    std::set<Digest> digests;
    for (const auto& change : changes) {
        Fields fields;
        change(fields);
        digests.insert(of(fields));
    }
    EXPECT_EQ(digests.size(), changes.size());
}

TEST(Digest, DoesNotChangeWithTheOrderOfRequirements) {
    Fields other;
    std::swap(other.requirements[0], other.requirements[1]);
    other.requirements[1].groups = {"h", "g"};
    other.requirements[1].principals = {"q", "p"};
    EXPECT_EQ(of(other), of(Fields{}));
}

// Tickets in stores are bound to it: another form is another number in the form's name. The value
// was computed by another program.
TEST(Digest, StaysTheSameFromVersionToVersion) {
    std::string hex;
    for (const auto byte : of(Fields{}).bytes) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    EXPECT_EQ(hex, "30039effe21777df08e6ecc5683e4837b26a2ee3f3edda25aee5a68e3ab1bf9c");
}

}  // namespace
}  // namespace sluice::approval
