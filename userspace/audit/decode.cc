#include <string>

#include "audit/encode.h"
#include "audit/take.h"
#include "audit/wire.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

using wire::Field;
using wire::take;
using wire::take_address;
using wire::take_enum;
using wire::take_fixed64;
using wire::take_id;

constexpr std::uint32_t kLastOfHead = 13;

bool take_head(const Field& field, Head& head) noexcept {
    std::uint64_t wall = 0;
    switch (field.number) {
        case 1:
            return take_enum(field, head.type);
        case 2:
            if (!take_fixed64(field, wall)) return false;
            head.wall_ns = static_cast<std::int64_t>(wall);
            return true;
        case 3:
            return take_fixed64(field, head.session);
        case 4:
            return take(field, head.topic);
        case 5:
            return take_id(field, head.topic_id);
        case 6:
            return take(field, head.partition);
        case 7:
            return take(field, head.fetch_offset);
        case 8:
            return take(field, head.offsets.first);
        case 9:
            return take(field, head.offsets.last);
        case 10:
            return take(field, head.records);
        case 11:
            return take(field, head.bytes);
        case 12:
            return take_enum(field, head.outcome);
        case 13:
            return take_id(field, head.subject);
    }
    return false;
}

bool take_last(const Field& field, Event& event) {
    switch (field.number) {
        case 38:
            return take(field, event.masked_values);
        case 39:
            return take(field, event.withheld_records);
        case 40:
            return take(field, event.generation);
        case 41:
            return take_id(field, event.comment);
    }
    return true;  // of a later version
}

bool take_rest(const Field& field, Event& event) {
    switch (field.number) {
        case 14:
            return take(field, event.api_key);
        case 15:
            return take(field, event.latency_ns);
        case 16:
            return take_fixed64(field, event.policy);
        case 17:
            return take(field, event.client_port);
        case 18:
            return take_address(field, event.broker);
        case 19:
            return take(field, event.broker.port);
        case 20:
            return take(field, event.cluster);
        case 21:
            return take(field, event.codecs);
        case 22:
            return take(field, event.read_committed);
        case 23:
            return take(field, event.api_version);
        case 24:
            return take(field, event.correlation_id);
        case 25:
            return take(field, event.resource);
        case 26:
            return take(field, event.high_watermark);
        case 27:
            return take(field, event.producer_id);
        case 28:
            return take(field, event.acks);
        case 29:
            return take(field, event.truncated_tail);
        case 30:
            return take(field, event.error_code);
        case 31:
            return take(field, event.reason);
        case 32:
            return take(field, event.producer_epoch);
        case 33:
            return take(field, event.operation);
        case 34:
            return take(field, event.rules);
        case 35:
            return take(field, event.ticket);
        case 36:
            return take_id(field, event.actor);
        case 37:
            return take(field, event.base_sequence);
    }
    return take_last(field, event);
}

void copy_head(const Head& head, Event& event) {
    event.type = head.type;
    event.wall_ns = head.wall_ns;
    event.session = head.session;
    event.topic = head.topic;
    event.topic_id = head.topic_id;
    event.partition = head.partition;
    event.fetch_offset = head.fetch_offset;
    event.offsets = head.offsets;
    event.records = head.records;
    event.bytes = head.bytes;
    event.outcome = head.outcome;
    event.subject = head.subject;
}

Error malformed(const std::string& why) {
    return Error{Errc::malformed, "audit entry: " + why};
}

}  // namespace

bool read_head(Bytes entry, Head& head) noexcept {
    head = Head{};
    wire::Reader reader(entry);
    Field field;
    if (!reader.next(field) || field.number != 1) return false;
    do {
        if (field.number > kLastOfHead) return true;
        if (!take_head(field, head)) return false;
    } while (reader.next(field));
    return reader.failure() == nullptr;
}

Result<Event> decode(Bytes entry) {
    if (entry.size() > limits::audit_entry_bytes_max)
        return malformed("longer than an entry can be");
    wire::Reader reader(entry);
    Field field;
    Head head;
    Event event;
    bool typed = false;
    while (reader.next(field)) {
        const bool taken =
            field.number <= kLastOfHead ? take_head(field, head) : take_rest(field, event);
        if (!taken) return malformed("field " + std::to_string(field.number) + " cannot be that");
        typed = typed || field.number == 1;
    }
    if (reader.failure() != nullptr) return malformed(reader.failure());
    if (!typed) return malformed("no event type");
    copy_head(head, event);
    return event;
}

}  // namespace sluice::audit
