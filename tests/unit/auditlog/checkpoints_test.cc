#include "auditlog/checkpoints.h"

#include <gtest/gtest.h>

#include <array>

#include "auditlog/log.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

audit::NoteSigner signer(Byte seed = 1, std::string_view name = kOrigin) {
    std::array<Byte, 32> bytes{};
    bytes.fill(seed);
    return *audit::NoteSigner::make(name, bytes);
}

constexpr std::int64_t kSecond = 1'000'000'000;

class SignedLog : public ::testing::Test {
  protected:
    // A log of `entries` numbered events, four to a segment, whose end was signed at `signed_size`.
    void make(std::uint64_t entries, std::uint64_t signed_size, Byte kind = 0) {
        LogBuilder builder(directory_.path());
        audit::Frontier tree;
        for (std::uint64_t n = 0; n < entries; ++n) {
            audit::Event event = numbered(n);
            event.records = kind;
            if (n > 0 && n % 4 == 0) builder.roll();
            builder.block({event});
            Buffer entry;
            audit::encode(event, entry);
            tree.add(audit::leaf_hash(entry));
            if (tree.size() == signed_size) sign(tree, directory_.path() / kCheckpointFile);
        }
        end_ = builder.close();
    }
    static void sign(const audit::Frontier& tree, const std::filesystem::path& file,
                     const audit::NoteSigner& by = signer()) {
        const audit::Checkpoint checkpoint{kOrigin, {tree.size(), tree.root()}};
        std::ofstream(file) << audit::sign_note(audit::to_text(checkpoint), {&by, 1});
    }
    // As a daemon does that opens the log.
    [[nodiscard]] Result<std::optional<audit::TreeHead>> check_with(
        const CheckpointOptions& options, std::optional<std::uint64_t> accept = {}) const {
        const auto heads = read_signed_heads(directory_.path(), kOrigin, options);
        if (!heads) return heads.error();
        return check_signed(directory_.path(), end_, *heads, KnownRoots(*heads), accept);
    }
    [[nodiscard]] Result<std::optional<audit::TreeHead>> check(
        std::filesystem::path anchor = {}) const {
        return check_with({{signer()}, std::move(anchor)});
    }

    const TempDirectory directory_, elsewhere_;
    LogEnd end_;
};

TEST_F(SignedLog, MayHaveGrownSinceItWasSigned) {
    for (const std::uint64_t size : {1u, 3u, 4u, 5u, 8u, 9u, 10u}) {
        for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
        make(10, size);
        const auto checked = check();
        ASSERT_TRUE(checked) << size << ": " << checked.error().context;
        EXPECT_EQ(*checked, std::nullopt);
    }
}

TEST_F(SignedLog, WithoutACheckpointNothingWasSigned) {
    make(5, 0);
    EXPECT_EQ(*check(), std::nullopt);
    EXPECT_EQ(*read_signed_heads(directory_.path(), kOrigin, {{signer()}, {}}),
              std::vector<SignedHead>());
}

TEST_F(SignedLog, ThatIsShorterThanWhatWasSignedIsRefused) {
    make(10, 10);
    const auto segments = segments_in(directory_.path());
    std::filesystem::remove(segments.back());
    LogEnd shorter;
    audit::Frontier tree;
    for (std::uint64_t n = 0; n < 8; ++n) {
        Buffer entry;
        audit::encode(numbered(n), entry);
        tree.add(audit::leaf_hash(entry));
    }
    shorter.tree = tree;
    end_ = shorter;
    const auto checked = check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::corrupt);
    EXPECT_EQ(checked.error().context, "audit log " + directory_.path().string() +
                                           " ends after 8 entries, and " +
                                           (directory_.path() / kCheckpointFile).string() +
                                           " was signed for 10: entries are gone");
}

TEST_F(SignedLog, WithOtherEntriesIsRefusedHoweverSoundItLooks) {
    for (const std::uint64_t size : {3u, 6u, 10u}) {
        for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
        make(10, size, 1);
        for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
        make(10, 0, 2);
        const auto checked = check();
        ASSERT_FALSE(checked) << size;
        EXPECT_EQ(checked.error().code, Errc::corrupt);
    }
}

TEST_F(SignedLog, PutBackAsAWholeIsFoundByTheAnchor) {
    make(10, 10);
    const auto anchor = elsewhere_.path() / "anchor";
    std::filesystem::copy_file(directory_.path() / kCheckpointFile, anchor);
    for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
    make(6, 6);
    EXPECT_TRUE(check());
    const auto checked = check(anchor);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().context.find(anchor.string() + " was signed for 10"),
              std::string::npos);
}

TEST_F(SignedLog, ThatIsShorterMayBeAcceptedAtJustItsSize) {
    make(10, 10);
    const audit::TreeHead lost{10, end_.tree.root()};
    const auto checkpoint = contents(directory_.path() / kCheckpointFile);
    for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
    make(6, 0);
    replace_contents(directory_.path() / kCheckpointFile, checkpoint);
    const CheckpointOptions options{{signer()}, {}};
    EXPECT_EQ(*check_with(options, 6), lost);
    EXPECT_EQ(check_with(options, 5).error().code, Errc::corrupt);
    EXPECT_EQ(check_with(options).error().code, Errc::corrupt);
}

TEST(RootsOnTheWay, AreNotedWhereSomebodyAsks) {
    KnownRoots roots({{"a", {3, {}}}, {"b", {5, {}}}});
    EXPECT_EQ(roots.next_after(0), 3u);
    EXPECT_EQ(roots.next_after(3), 5u);
    EXPECT_EQ(roots.next_after(5), UINT64_MAX);
    audit::Frontier tree;
    for (int i = 0; i < 3; ++i) tree.add(Digest());
    roots.note(tree);
    EXPECT_EQ(roots.at(3), tree.root());
    tree.add(Digest());
    roots.note(tree);
    EXPECT_EQ(roots.at(4), std::nullopt);
    EXPECT_EQ(roots.at(5), std::nullopt);
}

TEST_F(SignedLog, SignedByAStrangerIsRefused) {
    make(3, 0);
    sign(end_.tree, directory_.path() / kCheckpointFile, signer(2));
    const auto checked = check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::denied);
}

TEST_F(SignedLog, EitherKeyOfARotationWillDo) {
    make(3, 0);
    sign(end_.tree, directory_.path() / kCheckpointFile, signer(2));
    EXPECT_TRUE(check_with({{signer(), signer(2)}, {}}));
}

TEST_F(SignedLog, TheRootOfItsBeginningIsRead) {
    make(10, 0);
    audit::Frontier tree;
    EXPECT_EQ(*root_of_first(directory_.path(), 0), tree.root());
    for (std::uint64_t n = 0; n < 10; ++n) {
        Buffer entry;
        audit::Event event = numbered(n);
        event.records = 0;
        audit::encode(event, entry);
        tree.add(audit::leaf_hash(entry));
        EXPECT_EQ(*root_of_first(directory_.path(), n + 1), tree.root()) << n;
    }
    EXPECT_EQ(root_of_first(directory_.path(), 11).error().code, Errc::truncated);
}

class Signing : public ::testing::Test {
  protected:
    Checkpoints checkpoints(std::uint64_t signed_size = 0) {
        return {files_,
                directory_.path(),
                kOrigin,
                {{signer()}, elsewhere_.path() / "anchor"},
                signed_size};
    }
    static audit::Frontier tree(std::uint64_t size) {
        audit::Frontier tree;
        for (std::uint64_t n = 0; n < size; ++n) tree.add(Digest{});
        return tree;
    }
    [[nodiscard]] std::uint64_t read(const std::filesystem::path& file) const {
        const std::array keys{signer().verifier()};
        const auto checkpoint = read_checkpoint(file, kOrigin, keys);
        EXPECT_TRUE(checkpoint) << checkpoint.error().context;
        return *checkpoint ? (*checkpoint)->head.size : 0;
    }
    [[nodiscard]] std::uint64_t own() const { return read(directory_.path() / kCheckpointFile); }
    [[nodiscard]] std::uint64_t anchor() const { return read(elsewhere_.path() / "anchor"); }

    const TempDirectory directory_, elsewhere_;
    FaultPlan plan_;
    FaultyFileSystem files_{plan_};
};

TEST_F(Signing, IsDueOnceASecondAndOnlyWhereSomethingIsNew) {
    Checkpoints signing = checkpoints(5);
    EXPECT_EQ(signing.due(5, 0), std::nullopt);
    EXPECT_EQ(signing.due(6, 0), kSecond);
    ASSERT_TRUE(signing.write(tree(6), 4 * kSecond));
    EXPECT_EQ(signing.due(6, 9 * kSecond), std::nullopt);
    EXPECT_EQ(signing.due(7, 4 * kSecond + 1), 5 * kSecond);
    EXPECT_EQ(signing.due(6 + limits::audit_checkpoint_entries, 4 * kSecond + 1), 4 * kSecond + 1);
}

TEST_F(Signing, NobodySignsWithoutAKey) {
    const Checkpoints unsigned_log(files_, directory_.path(), kOrigin, {}, 0);
    EXPECT_EQ(unsigned_log.due(100, 0), std::nullopt);
}

TEST_F(Signing, BothFilesSayTheSame) {
    ASSERT_TRUE(checkpoints().write(tree(3), 0));
    EXPECT_EQ(own(), 3u);
    EXPECT_EQ(anchor(), 3u);
    EXPECT_EQ(contents(directory_.path() / kCheckpointFile),
              contents(elsewhere_.path() / "anchor"));
}

TEST_F(Signing, EachStepThatFailsLeavesTheOldCheckpointOrTheNewOneAndIsTriedAgain) {
    Checkpoints signing = checkpoints();
    ASSERT_TRUE(signing.write(tree(3), 0));
    const std::size_t before = plan_.calls().size();
    ASSERT_TRUE(signing.write(tree(4), 0));
    const std::size_t steps = plan_.calls().size() - before;
    ASSERT_GE(steps, 10u);
    std::uint64_t size = 4;
    for (std::size_t step = 0; step < steps; ++step) {
        plan_.fail_once(step, Fault::eio);
        const std::uint64_t next = size + limits::audit_checkpoint_entries;
        const auto written = signing.write(tree(next), 7 * kSecond);
        plan_.fail_nothing();
        EXPECT_FALSE(written) << step;
        EXPECT_TRUE(own() == size || own() == next) << step;
        EXPECT_TRUE(anchor() == size || anchor() == next) << step;
        EXPECT_LE(anchor(), own());
        EXPECT_EQ(signing.due(next, 7 * kSecond), 8 * kSecond) << "not at once again";
        ASSERT_TRUE(signing.write(tree(next), 8 * kSecond));
        EXPECT_EQ(own(), next);
        size = next;
    }
}

TEST_F(Signing, ANoteThatIsNoneIsNamedWithItsFile) {
    const auto file = directory_.path() / kCheckpointFile;
    std::ofstream(file) << "no note";
    const std::array keys{signer().verifier()};
    const auto read = read_checkpoint(file, kOrigin, keys);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().context, file.string() + ": no signed note");
    EXPECT_FALSE(read_checkpoint(directory_.path(), kOrigin, keys));
}

// -- With a log around it

class OpenedLog : public SignedLog {
  protected:
    [[nodiscard]] Result<std::unique_ptr<Log>> open() const {
        LogOptions options;
        options.directory = directory_.path();
        options.origin = kOrigin;
        options.checkpoints = {{signer()}, elsewhere_.path() / "anchor"};
        return open_log(options);
    }
    void add(std::uint64_t count) {
        auto log = open();
        ASSERT_TRUE(log) << log.error().context;
        auto producer = (*log)->producer([] {});
        for (std::uint64_t n = 0; n < count; ++n) {
            Buffer entry;
            audit::encode(numbered(n), entry);
            ASSERT_NE(producer->submit(entry), 0u);
        }
    }
};

TEST_F(OpenedLog, IsSignedToItsEndWhenItIsClosed) {
    add(3);
    add(4);
    const std::array keys{signer().verifier()};
    const auto checkpoint = read_checkpoint(directory_.path() / kCheckpointFile, kOrigin, keys);
    ASSERT_TRUE(checkpoint && *checkpoint);
    EXPECT_EQ((*checkpoint)->head.size, 7u);
    EXPECT_EQ((*checkpoint)->head.root, *root_of_first(directory_.path(), 7));
}

TEST_F(OpenedLog, IsNotOpenedWhereSignedEntriesAreGone) {
    add(3);
    const auto segments = segments_in(directory_.path());
    std::filesystem::resize_file(segments.back(), audit::kSegmentHeaderBytes);
    const auto log = open();
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::corrupt);
}

TEST_F(OpenedLog, IsNotOpenedWhereItIsGoneAsAWhole) {
    add(3);
    for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
    std::filesystem::remove(directory_.path() / kCheckpointFile);
    EXPECT_FALSE(open());
    std::filesystem::remove(elsewhere_.path() / "anchor");
    EXPECT_TRUE(open());
}

}  // namespace
}  // namespace sluice::auditlog
