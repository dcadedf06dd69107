#include "unit/session/script.h"

#include <algorithm>

namespace sluice::session::test {

Buffer framed(Bytes payload) {
    Buffer frame;
    append_be<std::int32_t>(frame, static_cast<std::int32_t>(payload.size()));
    append(frame, payload);
    return frame;
}

Buffer request(int key, int version, int correlation, const Wire& body, bool flexible,
               std::string_view client_id) {
    Wire wire;
    wire.i16(key).i16(version).i32(correlation).text(client_id);
    if (flexible) wire.tags();
    return framed(wire.raw(body.bytes()).bytes());
}

Buffer response(int correlation, const Wire& body, bool flexible) {
    Wire wire;
    wire.i32(correlation);
    if (flexible) wire.tags();
    return framed(wire.raw(body.bytes()).bytes());
}

Buffer batch(std::int64_t base_offset, std::int32_t records, std::size_t payload_bytes) {
    payload_bytes = std::max(payload_bytes, static_cast<std::size_t>(records) * 10);
    Wire wire;
    wire.i64(base_offset)
        .i32(static_cast<std::int64_t>(49 + payload_bytes))
        .i32(0)
        .i8(2)
        .i32(0)
        .i16(0);
    wire.i32(records - 1).i64(0).i64(0).i64(-1).i16(-1).i32(-1).i32(records);
    return wire.raw(Buffer(payload_bytes, 'x')).bytes();
}

Buffer produce_v7(int correlation, std::string_view topic, const std::vector<Part>& parts,
                  int acks) {
    Wire body;
    body.null_text().i16(acks).i32(30000).i32(1).text(topic).i32(
        static_cast<std::int64_t>(parts.size()));
    for (const Part& part : parts)
        body.i32(part.partition)
            .i32(static_cast<std::int64_t>(part.records.size()))
            .raw(part.records);
    return request(0, 7, correlation, body);
}

Buffer produced_v7(int correlation, std::string_view topic, const std::vector<Stored>& parts) {
    Wire body;
    body.i32(1).text(topic).i32(static_cast<std::int64_t>(parts.size()));
    for (const Stored& part : parts)
        body.i32(part.partition).i16(part.error).i64(part.base_offset).i64(-1).i64(-1);
    return response(correlation, body.i32(0));
}

Buffer fetch_v11(int correlation, std::string_view topic, const std::vector<Wanted>& parts,
                 int session, int epoch, const std::vector<int>& forgotten) {
    Wire body;
    body.i32(-1).i32(500).i32(1).i32(1 << 20).i8(0).i32(session).i32(epoch);
    body.i32(parts.empty() ? 0 : 1);
    if (!parts.empty()) {
        body.text(topic).i32(static_cast<std::int64_t>(parts.size()));
        for (const Wanted& part : parts)
            body.i32(part.partition).i32(-1).i64(part.offset).i64(-1).i32(1 << 20);
    }
    body.i32(forgotten.empty() ? 0 : 1);
    if (!forgotten.empty()) {
        body.text(topic).i32(static_cast<std::int64_t>(forgotten.size()));
        for (const int partition : forgotten) body.i32(partition);
    }
    return request(1, 11, correlation, body.text(""));
}

Buffer fetched_v11(int correlation, std::string_view topic, const std::vector<Served>& parts,
                   int session, int error) {
    Wire body;
    body.i32(0).i16(error).i32(session).i32(parts.empty() ? 0 : 1);
    if (!parts.empty()) {
        body.text(topic).i32(static_cast<std::int64_t>(parts.size()));
        for (const Served& part : parts) {
            body.i32(part.partition).i16(part.error).i64(900).i64(900).i64(0).i32(-1).i32(-1);
            body.i32(static_cast<std::int64_t>(part.records.size())).raw(part.records);
        }
    }
    return response(correlation, body);
}

Buffer fetch_v13(int correlation, const TopicId& topic, const std::vector<Wanted>& parts) {
    Wire body;
    body.i32(-1).i32(500).i32(1).i32(1 << 20).i8(0).i32(0).i32(-1).varint(2).id(topic);
    body.varint(static_cast<std::uint32_t>(parts.size() + 1));
    for (const Wanted& part : parts)
        body.i32(part.partition).i32(-1).i64(part.offset).i32(-1).i64(-1).i32(1 << 20).tags();
    body.tags().varint(1).compact("").tags();
    return request(1, 13, correlation, body, true);
}

Buffer fetched_v13(int correlation, const TopicId& topic, const std::vector<Served>& parts) {
    Wire body;
    body.i32(0).i16(0).i32(0).varint(2).id(topic).varint(
        static_cast<std::uint32_t>(parts.size() + 1));
    for (const Served& part : parts) {
        body.i32(part.partition).i16(part.error).i64(900).i64(900).i64(0).varint(0).i32(-1);
        body.varint(static_cast<std::uint32_t>(part.records.size() + 1)).raw(part.records).tags();
    }
    return response(correlation, body.tags().tags(), true);
}

Buffer metadata_v4(int correlation, const std::vector<std::string>& topics, bool create) {
    Wire body;
    body.i32(static_cast<std::int64_t>(topics.size()));
    for (const std::string& topic : topics) body.text(topic);
    return request(3, 4, correlation, body.i8(create ? 1 : 0));
}

Buffer all_metadata_v4(int correlation) {
    return request(3, 4, correlation, Wire().i32(-1).i8(0));
}

Buffer described_v4(int correlation, const std::vector<Described>& topics) {
    Wire body;
    body.i32(0).i32(1).i32(1).text("broker").i32(9092).null_text().text("cluster").i32(1);
    body.i32(static_cast<std::int64_t>(topics.size()));
    for (const Described& topic : topics) {
        body.i16(topic.error).text(topic.topic).i8(0);
        if (topic.error != 0)
            body.i32(0);
        else
            body.i32(1).i16(0).i32(0).i32(1).i32(1).i32(1).i32(1).i32(1);
    }
    return response(correlation, body);
}

namespace {
// As app's, without a cache.
class Plans final : public MaskPlans {
  public:
    explicit Plans(const std::vector<mask::Key>& keys) : keys_(keys) {}
    std::shared_ptr<const TopicMasks> of(const policy::Binding& rules,
                                         std::string_view topic) const override {
        const auto enforced = policy::masks(rules, topic, policy::Mode::enforced);
        const auto shadow = policy::masks(rules, topic, policy::Mode::shadow);
        if (enforced.empty() && shadow.empty()) return nullptr;
        return std::make_shared<const TopicMasks>(make_masks(enforced, shadow, keys_));
    }

  private:
    std::vector<mask::Key> keys_;
};
}  // namespace

audit::SubjectId FakeFacts::subject(const audit::Subject& subject) const {
    const audit::SubjectId id =
        audit::subject_id(audit::encode_subject(subject, {static_cast<std::uint8_t>(epoch)}));
    subjects[id] = subject;
    return id;
}

Caller FakeFacts::who(const policy::Evidence& evidence) const {
    static const auto everything =
        *policy::compile({{"all.yaml",
                           "version: 1\ngrants:\n  - {id: all, to: ['*'], allow: ['*'], "
                           "topics: ['*', '__*'], groups: ['*'], transactional_ids: ['*']}\n"}})
             .set;
    Caller caller;
    const auto rules = set ? set : std::make_shared<const policy::PolicySet>(everything);
    caller.principal = policy::identify(*rules, evidence);
    caller.rules = policy::bind(rules, caller.principal);
    if (policy::has_masks(caller.rules)) caller.masks = std::make_shared<Plans>(keys);
    return caller;
}

std::optional<TokenVerdict> FakeFacts::check_token(std::string_view token, Instant) const {
    const auto found = tokens.find(token);
    if (found != tokens.end()) return found->second;
    if (token == "later") return std::nullopt;
    return TokenVerdict{{}, identity::Refusal::token_bad_signature};
}

SessionOptions Script::options_of(Durability durability, bool observe) {
    SessionOptions options;
    options.id = 7;
    options.cluster = "lab";
    options.evidence.source = 0x0a000009;
    options.client = {0x0a000009, 40000};
    options.broker = {0x0a5b0202, 9092};
    options.durability = durability;
    options.observe = observe;
    return options;
}

void FakeFacts::policy(const std::string& text) {
    const policy::Compiled compiled = policy::compile({{"test.yaml", "version: 1\n" + text}});
    for (const policy::Mistake& mistake : compiled.mistakes)
        ADD_FAILURE() << policy::to_text(mistake);
    set = compiled.set;
    ++generation;
}

Buffer heartbeat_v0(int correlation) {
    return request(12, 0, correlation, Wire().text("g").i32(1).text("m"));
}
Buffer heartbeat_answer_v0(int correlation, int error) {
    return response(correlation, Wire().i16(error));
}

TopicId topic_id(int seed) {
    TopicId id;
    id.bytes.fill(static_cast<std::uint8_t>(seed));
    return id;
}

Script& Script::play(Bytes bytes, std::size_t chunk, bool from_client) {
    Buffer& window = from_client ? client_window : broker_window;
    if (chunk == 0) chunk = bytes.size();
    for (std::size_t at = 0; at < bytes.size() && !closed; at += chunk) {
        append(window, bytes.subspan(at, std::min(chunk, bytes.size() - at)));
        step(from_client);
        // A paused client's bytes are offered again after anything else happened.
        if (!from_client && paused && !client_window.empty() && !closed) step(true);
    }
    return *this;
}

void Script::step(bool from_client) {
    Buffer& window = from_client ? client_window : broker_window;
    out_.clear();
    const std::size_t released =
        from_client ? session.on_client(window, now, out_) : session.on_broker(window, now, out_);
    ASSERT_LE(released, window.size());
    if (from_client) paused = out_.client_paused;
    take();
    window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(released));
}

Script& Script::tick(std::int64_t seconds) {
    now.mono += seconds * 1'000'000'000;
    now.wall += seconds * 1'000'000'000;
    out_.clear();
    session.on_tick(now, out_);
    take();
    if (paused && !closed) step(true);
    return *this;
}

Script& Script::answer(std::uint64_t number, approval::Answer::What what, const std::string& id,
                       const std::string& message) {
    out_.clear();
    session.on_approval(number, {what, id, message}, now, out_);
    take();
    if (paused && !closed) step(true);
    return *this;
}

Script& Script::end(CloseReason reason) {
    out_.clear();
    session.on_end(reason, now, out_);
    take();
    return *this;
}

void Script::take() {
    events.insert(events.end(), out_.events.begin(), out_.events.end());
    for (const Piece& piece : out_.to_client) {
        append(to_client.bytes, piece.bytes);
        to_client.after.insert(to_client.after.end(), piece.bytes.size(), piece.after);
    }
    for (const Piece& piece : out_.to_broker) {
        append(to_broker.bytes, piece.bytes);
        to_broker.after.insert(to_broker.after.end(), piece.bytes.size(), piece.after);
    }
    for (const auto& [id, name] : out_.learned) facts.names[id] = name;
    asks.insert(asks.end(), out_.asks.begin(), out_.asks.end());
    left.insert(left.end(), out_.left.begin(), out_.left.end());
    if (out_.close) closed = out_.close;
}

std::vector<audit::Event> Script::of(audit::EventType type) const {
    std::vector<audit::Event> found;
    for (const audit::Event& event : events)
        if (event.type == type) found.push_back(event);
    return found;
}

std::uint64_t Script::number_of(audit::EventType type) const {
    std::uint64_t number = 0;
    for (std::size_t at = 0; at < events.size(); ++at)
        if (events[at].type == type) number = at + 1;
    return number;
}

}  // namespace sluice::session::test
