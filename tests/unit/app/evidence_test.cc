#include "app/evidence.h"

#include <gtest/gtest.h>

#include <fstream>

#include "audit/base64.h"
#include "unit/auditlog/support.h"

namespace sluice::app {
namespace {

using auditlog::testing::TempDirectory;

audit::Subject alice() {
    audit::Subject subject;
    subject.principal = "user:alice";
    subject.address = 0x0a5b0102;
    return subject;
}

class SubjectFile : public ::testing::Test {
  protected:
    std::filesystem::path file(const std::string& text) {
        const auto path = folder_.path() / "7.subject";
        std::ofstream(path) << text;
        return path;
    }
    TempDirectory folder_;
    const Buffer encoded_ = audit::encode_subject(alice(), {4, 2});
};

TEST_F(SubjectFile, NamesWhoTheEntryMeans) {
    audit::Event event;
    event.subject = audit::subject_id(encoded_);
    const auto read = read_subject(file(audit::encode_base64(encoded_) + "\n"), event);
    ASSERT_TRUE(read) << read.error().context;
    EXPECT_EQ(*read, alice());
    event.actor = event.subject;
    event.subject = {};
    EXPECT_TRUE(read_subject(file(audit::encode_base64(encoded_)), event));
}

TEST_F(SubjectFile, OfSomebodyElseProvesNothing) {
    audit::Event event;
    event.subject.bytes = {1};
    const auto read = read_subject(file(audit::encode_base64(encoded_)), event);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::corrupt);
}

TEST_F(SubjectFile, WithOneByteChangedIsSomebodyElse) {
    audit::Event event;
    event.subject = audit::subject_id(encoded_);
    for (std::size_t at = 0; at < encoded_.size(); ++at) {
        Buffer changed = encoded_;
        changed[at] ^= 1;
        EXPECT_FALSE(read_subject(file(audit::encode_base64(changed)), event)) << at;
    }
}

TEST_F(SubjectFile, ThatIsNoneOrIsGoneIsSaid) {
    for (const char* text : {"", "!", "AAAA"})
        EXPECT_EQ(read_subject(file(text), {}).error().code, Errc::corrupt) << text;
    EXPECT_EQ(read_subject(folder_.path() / "none", {}).error().code, Errc::io);
}

TEST(Evidence, OfALogWithoutACheckpointThereIsNone) {
    const TempDirectory folder;
    People nobody;
    const auditlog::WhoAnswer answer{{0, {}}, false};
    const auto written =
        write_evidence(folder.path() / "none", {&answer, 1}, nobody, folder.path() / "out");
    EXPECT_FALSE(written);
}

}  // namespace
}  // namespace sluice::app
