// script.h: plays both ends of a session in a test, byte for byte, and keeps what the session said.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "session/masks.h"
#include "session/session.h"
#include "session/workbench.h"

namespace sluice::session::test {

// Kafka bytes by hand, classic encodings unless the name says compact.
class Wire {
  public:
    Wire& i8(int v) { return put<std::int8_t>(static_cast<std::int8_t>(v)); }
    Wire& i16(int v) { return put<std::int16_t>(static_cast<std::int16_t>(v)); }
    Wire& i32(std::int64_t v) { return put<std::int32_t>(static_cast<std::int32_t>(v)); }
    Wire& i64(std::int64_t v) { return put<std::int64_t>(v); }
    Wire& text(std::string_view s) { return i16(static_cast<int>(s.size())).raw(as_bytes(s)); }
    Wire& null_text() { return i16(-1); }
    Wire& varint(std::uint32_t v) {
        while (v > 0x7f) {
            bytes_.push_back(static_cast<Byte>(v | 0x80));
            v >>= 7;
        }
        bytes_.push_back(static_cast<Byte>(v));
        return *this;
    }
    Wire& compact(std::string_view s) {
        return varint(static_cast<std::uint32_t>(s.size() + 1)).raw(as_bytes(s));
    }
    Wire& id(const TopicId& topic) { return raw(topic.bytes); }
    Wire& raw(Bytes bytes) {
        append(bytes_, bytes);
        return *this;
    }
    Wire& tags() { return varint(0); }
    [[nodiscard]] const Buffer& bytes() const { return bytes_; }

  private:
    template <class T>
    Wire& put(T v) {
        append_be<T>(bytes_, v);
        return *this;
    }
    Buffer bytes_;
};

Buffer framed(Bytes payload);
// Request frame; header version 2 (a tag section) where `flexible`.
Buffer request(int key, int version, int correlation, const Wire& body, bool flexible = false,
               std::string_view client_id = "tester");
Buffer response(int correlation, const Wire& body, bool flexible = false);

// A v2 record batch with a header that holds, and `payload_bytes` of nothing in particular (at
// least ten a record).
Buffer batch(std::int64_t base_offset, std::int32_t records, std::size_t payload_bytes = 0);

struct Part {
    int partition;
    Buffer records;
};
Buffer produce_v7(int correlation, std::string_view topic, const std::vector<Part>& parts,
                  int acks = -1);
struct Stored {
    int partition;
    int error;
    std::int64_t base_offset;
};
Buffer produced_v7(int correlation, std::string_view topic, const std::vector<Stored>& parts);
struct Wanted {
    int partition;
    std::int64_t offset;
};
Buffer fetch_v11(int correlation, std::string_view topic, const std::vector<Wanted>& parts,
                 int session = 0, int epoch = 0, const std::vector<int>& forgotten = {});
struct Served {
    int partition;
    int error;
    Buffer records;
};
Buffer fetched_v11(int correlation, std::string_view topic, const std::vector<Served>& parts,
                   int session = 0, int error = 0);
Buffer fetch_v13(int correlation, const TopicId& topic, const std::vector<Wanted>& parts);
Buffer fetched_v13(int correlation, const TopicId& topic, const std::vector<Served>& parts);
// Metadata version 4, and its answer with one partition a topic.
Buffer metadata_v4(int correlation, const std::vector<std::string>& topics, bool create = false);
Buffer all_metadata_v4(int correlation);
struct Described {
    std::string topic;
    int error;
};
Buffer described_v4(int correlation, const std::vector<Described>& topics);
Buffer heartbeat_v0(int correlation);
Buffer heartbeat_answer_v0(int correlation, int error = 0);
TopicId topic_id(int seed);

class FakeFacts : public Facts {
  public:
    std::string_view topic_name(const TopicId& id) const override {
        const auto found = names.find(id);
        return found == names.end() ? std::string_view{} : std::string_view(found->second);
    }
    bool audit_failed() const override { return failed; }
    std::uint64_t policy_generation() const override { return generation; }
    Caller who(const policy::Evidence& evidence) const override;
    std::optional<TokenVerdict> check_token(std::string_view token, Instant now) const override;
    Workbench& workbench() const override { return *bench; }
    audit::SubjectId subject(const audit::Subject& subject) const override;
    std::uint64_t subject_epoch() const override { return epoch; }
    // Puts a policy in force; its text without `version`. Everybody may do everything before.
    void policy(const std::string& text);

    std::map<TopicId, std::string> names;
    // By token; all others are refused as token_bad_signature. "later": keys are being fetched.
    std::map<std::string, TokenVerdict, std::less<>> tokens;
    bool failed = false;
    mutable std::map<audit::SubjectId, audit::Subject> subjects;  // all that were named
    std::uint64_t epoch = 1;
    std::uint64_t generation = 1;
    std::shared_ptr<const policy::PolicySet> set;  // empty: all is allowed
    // Of the masks: one, `pii`.
    std::vector<mask::Key> keys{{"pii", "k1", Buffer(32, 7)}};
    std::shared_ptr<Workbench> bench = std::make_shared<Workbench>();
};

// What went one way: bytes, and which event each byte had to wait for.
struct Sent {
    Buffer bytes;
    std::vector<std::uint64_t> after;  // one per byte
    bool operator==(const Sent&) const = default;
};

class Script {
  public:
    explicit Script(Durability durability = Durability::durable, bool observe = false)
        : Script(options_of(durability, observe)) {}
    explicit Script(SessionOptions options) : session(std::move(options), facts) {}
    static SessionOptions options_of(Durability durability = Durability::durable,
                                     bool observe = false);

    // `chunk`: bytes per call; 0: all at once.
    Script& client(Bytes bytes, std::size_t chunk = 0) { return play(bytes, chunk, true); }
    Script& broker(Bytes bytes, std::size_t chunk = 0) { return play(bytes, chunk, false); }
    Script& tick(std::int64_t seconds);
    Script& end(CloseReason reason);
    // What humans say to the ask with this number.
    Script& answer(std::uint64_t number, approval::Answer::What what, const std::string& id = "R-1",
                   const std::string& message = "a human said so");
    // Whom an event is about.
    [[nodiscard]] const audit::Subject& who(const audit::Event& event) const {
        return facts.subjects.at(event.subject);
    }
    [[nodiscard]] std::vector<audit::Event> of(audit::EventType type) const;
    [[nodiscard]] std::uint64_t number_of(
        audit::EventType type) const;  // of the last such event; 0: none

    FakeFacts facts;
    Session session;
    Sent to_client, to_broker;
    std::vector<audit::Event> events;
    std::vector<HoldAsk> asks;
    std::vector<HoldLeft> left;
    std::optional<CloseReason> closed;
    bool paused = false;
    Instant now{1'000'000'000, 1'700'000'000'000'000'000};
    Buffer client_window, broker_window;

  private:
    Script& play(Bytes bytes, std::size_t chunk, bool from_client);
    void step(bool from_client);
    void take();
    Output out_;
};

}  // namespace sluice::session::test
