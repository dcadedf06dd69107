#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "audit/encode.h"
#include "audit/segment.h"
#include "base/crc32c.h"

namespace sluice::audit {
namespace {

// The bytes in FORMAT.md that stand in a block fenced by ```hex NAME.
Buffer documented(const std::string& name) {
    std::ifstream file(SLUICE_SOURCE_DIR "/userspace/audit/FORMAT.md");
    Buffer bytes;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line == "```hex " + name) {
            inside = true;
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            std::istringstream words(line);
            for (std::string word; words >> word;)
                for (std::size_t i = 0; i + 1 < word.size(); i += 2)
                    bytes.push_back(static_cast<Byte>(std::stoi(word.substr(i, 2), nullptr, 16)));
        }
    }
    return bytes;
}

std::string hex(Bytes bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", bytes[i]);
        text += two;
        text += i % 32 == 31 ? '\n' : ' ';
    }
    return text;
}

Buffer encoded_subject() {
    Subject subject;
    subject.principal = "net:10.91.1.2";
    subject.address = 0x0a5b0102;
    SubjectSalt salt;
    for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::uint8_t>(i + 1);
    return encode_subject(subject, salt);
}
Event first_event() {
    Event event;
    event.type = EventType::fetch;
    event.wall_ns = 1'700'000'000'000'000'000;
    event.session = 7;
    event.topic = "orders";
    event.partition = 0;
    event.fetch_offset = 40;
    event.offsets = {40, 42};
    event.records = 3;
    event.bytes = 210;
    event.outcome = Outcome::ok;
    event.subject = subject_id(encoded_subject());
    event.api_key = 1;
    event.latency_ns = 1'500'000;
    return event;
}
Event second_event() {
    Event event;
    event.type = EventType::gateway_stop;
    event.wall_ns = 1'700'000'001'000'000'000;
    return event;
}

TEST(Format, TheExampleIsWhatIsWritten) {
    Buffer first, second, digests, body, block(kBlockHeaderBytes);
    encode(first_event(), first);
    encode(second_event(), second);
    Frontier tree;
    for (const Bytes entry : {Bytes(first), Bytes(second)}) {
        tree.add(leaf_hash(entry));
        append(digests, leaf_hash(entry).bytes);
        append_be(body, static_cast<std::uint16_t>(entry.size()));
        append(body, entry);
    }
    append(digests, tree.root().bytes);
    BlockHeader header{0x51a1ce01, static_cast<std::uint32_t>(body.size()), 0, 2, 0, tree.root()};
    header.crc = crc32c(body, block_header_crc(header));
    encode_block_header(header, std::span(block).first<kBlockHeaderBytes>());
    append(block, body);
    EXPECT_EQ(hex(documented("subject")), hex(encoded_subject()));
    EXPECT_EQ(hex(documented("entry 0")), hex(first));
    EXPECT_EQ(hex(documented("entry 1")), hex(second));
    EXPECT_EQ(hex(documented("tree")), hex(digests));
    EXPECT_EQ(hex(documented("block")), hex(block));
}

TEST(Format, TheExampleReadsAsItIsDescribed) {
    const auto first = decode(documented("entry 0"));
    const auto second = decode(documented("entry 1"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first, first_event());
    EXPECT_EQ(*second, second_event());
    const Buffer bytes = documented("block");
    const auto block = decode_block(bytes, 0x51a1ce01);
    ASSERT_TRUE(block);
    Frontier tree;
    add_block(tree, block->body);
    EXPECT_EQ(tree.root(), block->root);
}

}  // namespace
}  // namespace sluice::audit
