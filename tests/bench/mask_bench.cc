// mask_bench: what masking costs, per byte of clear records. One thread.
//
// Records of about 1 KiB as an order service would write them, all different. The share of records
// with personal data in their text stands in the row's name. Of many rounds the best counts: what
// else the machine did is not the question.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "kafka/records.h"
#include "mask/value.h"
#include "support/record_batches.h"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kRecords = 2'000;

class Words {
  public:
    explicit Words(unsigned seed) : random_(seed) {}
    std::string number(std::size_t digits) {
        std::string text(1, static_cast<char>('1' + random_() % 9));
        while (text.size() < digits) text += static_cast<char>('0' + random_() % 10);
        return text;
    }
    std::string word() {
        std::string text;
        for (auto length = 3 + random_() % 8; length > 0; --length)
            text += static_cast<char>('a' + random_() % 26);
        return text;
    }
    std::string sentence(std::size_t bytes) {
        std::string text = word();
        while (text.size() < bytes) text += ' ' + word();
        return text;
    }
    bool one_in(unsigned count) { return random_() % count == 0; }

  private:
    std::minstd_rand random_;
};

std::string order(Words& words, bool personal) {
    std::string json = R"({"id":"ord-)" + words.number(12) + R"(","created":17)" + words.number(11);
    json += R"(,"customer":{"name":")" + words.word() + ' ' + words.word() + R"(","email":")" +
            words.word() + "@" + words.word() + R"(.example","vip":false},"lines":[)";
    for (int line = 0; line < 6; ++line) {
        if (line > 0) json += ',';
        json += R"({"sku":"SKU-)" + words.number(6) + R"(","quantity":)" + words.number(1) +
                R"(,"price":)" + words.number(2) + "." + words.number(2) + R"(,"gift":null})";
    }
    json += R"(],"payment":{"card":"4111111111111111","method":"card"},"note":")";
    json += words.sentence(1'000 - json.size());
    if (personal) json += " write to " + words.word() + "@mail.example or 4111 1111 1111 1111";
    return json + R"("})";
}

struct Load {
    std::vector<std::string> values;
    std::size_t bytes = 0;
};
Load orders(unsigned personal_one_in) {
    Words words(7);
    Load load;
    for (std::size_t n = 0; n < kRecords; ++n) {
        load.values.push_back(order(words, personal_one_in > 0 && words.one_in(personal_one_in)));
        load.bytes += load.values.back().size();
    }
    return load;
}
Load texts(unsigned personal_one_in) {
    Words words(8);
    Load load;
    for (std::size_t n = 0; n < kRecords; ++n) {
        load.values.push_back(words.sentence(1'000) + " at 2026-11-24 12:00:00, order " +
                              words.number(10));
        if (words.one_in(personal_one_in)) load.values.back() += " of a@mail.example";
        load.bytes += load.values.back().size();
    }
    return load;
}

// `work` goes over all records of `bytes` once.
template <class Work>
void row(const char* what, std::size_t bytes, Work work) {
    constexpr int kRounds = 100;
    double best = 1e9;
    work();
    for (int round = 0; round < kRounds; ++round) {
        const auto start = Clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::printf("%-56s %8.0f MB/s\n", what, static_cast<double>(bytes) / best / 1e6);
}

mask::Plan plan_of(const std::vector<mask::Rule>& rules) {
    const std::vector<mask::Key> keys = {{"pii", "k1", Buffer(32, Byte{7})}};
    auto plan = mask::Plan::compile(rules, keys);
    if (!plan) std::abort();
    return *plan;
}

void bench_values(const char* what, const mask::Plan& plan, const Load& load) {
    Buffer out;
    mask::Counts counts;
    row(what, load.bytes, [&] {
        for (const auto& value : load.values) mask::mask_value(plan, as_bytes(value), out, counts);
    });
    if (counts.unmaskable > 0) std::abort();
}

// Batches of 100 records: opened, masked, compressed again.
void bench_batches(const char* what, kafka::Codec codec, const mask::Plan& plan, const Load& load) {
    std::vector<Buffer> blobs;
    kafka::Compression compression;
    for (std::size_t n = 0; n < load.values.size(); n += 100) {
        Buffer payload;
        for (std::size_t i = 0; i < 100; ++i)
            append(payload, tests::make_record(
                                {"key", load.values[n + i], {}, static_cast<std::int32_t>(i)}));
        Buffer compressed;
        if (!compression.compress(codec, kafka::SnappyFraming::xerial, payload, compressed))
            std::abort();
        blobs.push_back(tests::make_payload_batch({.codec = codec}, compressed, 100));
    }
    kafka::RecordsRewriter rewriter;
    mask::Counts counts;
    const kafka::ValueEdit edit = [&](const kafka::Record& record, Buffer& out) {
        switch (mask::mask_value(plan, *record.value, out, counts)) {
            case mask::Outcome::unchanged:
                return kafka::ValueAction::keep;
            case mask::Outcome::masked:
                return kafka::ValueAction::replace;
            case mask::Outcome::unmaskable:
                break;
        }
        return kafka::ValueAction::unmaskable;
    };
    row(what, load.bytes, [&] {
        for (const Buffer& blob : blobs)
            if (!rewriter.rewrite(blob, edit, as_bytes("{}"))) std::abort();
    });
}

void run() {
    const Load clean = orders(0);
    const Load personal = orders(10);
    std::printf("%zu records of %zu bytes each\n", kRecords, clean.bytes / kRecords);
    const mask::Rule three{"fields",
                           {{"$.customer.email", {mask::Action::hmac, "pii"}},
                            {"$.payment.card", {mask::Action::partial, "", 0, 4}},
                            {"$.lines[*].price", {mask::Action::redact}}}};
    const mask::Rule absent{"absent", {{"$.a", {}}, {"$.b.c", {}}, {"$.d[*].e", {}}}};
    const mask::Rule detect{
        "detect",
        {},
        mask::DetectRule{{mask::Detector::email, mask::Detector::pan, mask::Detector::iban},
                         {mask::Action::redact}}};
    const mask::Plan fields = plan_of({three});
    const mask::Plan both = plan_of({three, detect});
    bench_values("three paths, none of them there", plan_of({absent}), clean);
    bench_values("three paths, eight values masked", fields, clean);
    bench_values("..email", plan_of({mask::Rule{"d", {{"..email", {}}}}}), clean);
    bench_values("detectors in JSON, text of 1 in 10 has something", plan_of({detect}), personal);
    bench_values("three paths and detectors", both, personal);
    bench_values("detectors in text, 1 in 10 has something", plan_of({detect}), texts(10));
    bench_batches("batches of 100, no codec, three paths", kafka::Codec::none, fields, clean);
    bench_batches("batches of 100, lz4, three paths", kafka::Codec::lz4, fields, clean);
    bench_batches("batches of 100, snappy, three paths", kafka::Codec::snappy, fields, clean);
    bench_batches("batches of 100, zstd, three paths", kafka::Codec::zstd, fields, clean);
    bench_batches("batches of 100, gzip, three paths", kafka::Codec::gzip, fields, clean);
    bench_batches("batches of 100, lz4, nothing to mask", kafka::Codec::lz4, plan_of({absent}),
                  clean);
}

}  // namespace
}  // namespace sluice

int main() {
    sluice::run();
}
