#include "auditlog/prove.h"

#include <gtest/gtest.h>

#include <array>

#include "auditlog/checkpoints.h"
#include "auditlog/log.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

audit::NoteSigner signer(Byte seed = 1) {
    std::array<Byte, 32> bytes{};
    bytes.fill(seed);
    return *audit::NoteSigner::make(kOrigin, bytes);
}

class Proving : public ::testing::Test {
  protected:
    void log_of(std::uint64_t entries, bool with_key = true) {
        LogOptions options;
        options.directory = directory_.path();
        options.origin = kOrigin;
        if (with_key) options.checkpoints.signers = {signer()};
        auto log = open_log(options);
        ASSERT_TRUE(log) << log.error().context;
        auto producer = (*log)->producer([] {});
        for (std::uint64_t n = 0; n < entries; ++n) {
            Buffer entry;
            audit::encode(numbered(n), entry);
            ASSERT_NE(producer->submit(entry), 0u);
        }
    }
    [[nodiscard]] VerifyOptions keys(Byte seed = 1) const {
        return {{signer(seed).verifier()}, {}};
    }

    const TempDirectory directory_, elsewhere_;
};

TEST_F(Proving, EveryEntryOfASignedLogIsProved) {
    log_of(300);
    const std::array trusted{signer().verifier()};
    for (const std::uint64_t index : {0u, 1u, 255u, 256u, 299u}) {
        const auto proof = prove_entry(directory_.path(), index);
        ASSERT_TRUE(proof) << proof.error().context;
        const auto checked = audit::check_proof(*proof, kOrigin, trusted);
        ASSERT_TRUE(checked) << checked.error().context;
        EXPECT_EQ(checked->head.size, 300u);
        EXPECT_EQ(audit::decode(proof->entry)->correlation_id, static_cast<std::int32_t>(index));
    }
}

TEST_F(Proving, AProofStaysGoodWhenTheLogGrows) {
    log_of(10);
    const auto proof = prove_entry(directory_.path(), 3);
    log_of(500);
    EXPECT_TRUE(audit::check_proof(*proof, kOrigin, std::array{signer().verifier()}));
}

TEST_F(Proving, WhatIsNotThereOrNotSignedIsSaid) {
    log_of(5, false);
    EXPECT_EQ(prove_entry(directory_.path(), 1).error().code, Errc::unavailable);
    log_of(0);
    EXPECT_EQ(prove_entry(directory_.path(), 5).error().code, Errc::truncated);
    log_of(2, false);
    const auto unsigned_entry = prove_entry(directory_.path(), 6);
    ASSERT_FALSE(unsigned_entry);
    EXPECT_EQ(unsigned_entry.error().context,
              "entry 6 is not signed yet: the checkpoint is that of 5 entries");
}

// -- The same, as a whole: verify() with keys.

TEST_F(Proving, ASignedLogIsVerifiedWithItsKeyAndNoOther) {
    log_of(20);
    const auto report = verify(directory_.path(), keys());
    ASSERT_TRUE(report) << report.error().context;
    EXPECT_EQ(report->damage, std::nullopt);
    EXPECT_EQ(report->signed_entries, 20u);
    const auto stranger = verify(directory_.path(), keys(2));
    ASSERT_FALSE(stranger);
    EXPECT_EQ(stranger.error().code, Errc::denied);
    EXPECT_EQ(verify(directory_.path())->signed_entries, std::nullopt);
}

TEST_F(Proving, ALogWithoutACheckpointIsNotSigned) {
    log_of(20, false);
    EXPECT_EQ(verify(directory_.path(), keys()).error().code, Errc::denied);
}

TEST_F(Proving, EntriesThatAreGoneAreMissedThoughTheRestIsSound) {
    log_of(20);
    const auto segment = segments_in(directory_.path()).front();
    std::filesystem::resize_file(segment, audit::kSegmentHeaderBytes);
    EXPECT_EQ(verify(directory_.path())->damage, std::nullopt);
    const auto report = verify(directory_.path(), keys());
    ASSERT_TRUE(report && report->damage);
    EXPECT_TRUE(report->damage->missing);
    EXPECT_EQ(report->damage->what, "the log ends here, and " +
                                        (directory_.path() / kCheckpointFile).string() +
                                        " was signed for 20 entries");
}

TEST_F(Proving, AnotherLogOfTheSameSizeIsNotTheOneThatWasSigned) {
    log_of(20);
    const Buffer note = contents(directory_.path() / kCheckpointFile);
    std::filesystem::remove(segments_in(directory_.path()).front());
    std::filesystem::remove(directory_.path() / kCheckpointFile);
    LogBuilder forged(directory_.path());
    audit::Event event = numbered(0);
    event.subject.bytes[3] ^= 1;
    forged.block({event}).block_of(19).close();
    replace_contents(directory_.path() / kCheckpointFile, note);
    EXPECT_EQ(verify(directory_.path())->damage, std::nullopt);
    const auto report = verify(directory_.path(), keys());
    ASSERT_TRUE(report && report->damage);
    EXPECT_FALSE(report->damage->missing);
}

TEST_F(Proving, ADirectoryThatWasPutBackIsFoundByANewerCheckpoint) {
    log_of(20);
    const auto kept = elsewhere_.path() / "copy";
    std::filesystem::copy(directory_.path(), kept);
    log_of(10);
    VerifyOptions options = keys();
    options.checkpoint = directory_.path() / kCheckpointFile;
    EXPECT_EQ(verify(kept, keys())->damage, std::nullopt);
    const auto report = verify(kept, options);
    ASSERT_TRUE(report && report->damage);
    EXPECT_TRUE(report->damage->missing);
    // And the other way round: a checkpoint of the past is held.
    options.checkpoint = kept / kCheckpointFile;
    EXPECT_EQ(verify(directory_.path(), options)->damage, std::nullopt);
}

}  // namespace
}  // namespace sluice::auditlog
