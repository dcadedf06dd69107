// Masks on the way to the broker: may the answer to this Fetch be edited, and how much of it is
// asked for.
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "kafka/walker.h"
#include "session/masks.h"
#include "session/state.h"

namespace sluice::session {

void Session::State::plan_masks(Instant now, Output& out) {
    if (caller.masks == nullptr) {
        SLUICE_CHECK(!policy::has_masks(caller.rules));
        return reader_masks.reset();
    }
    if (reader_masks == nullptr || !reader_masks->is_of(caller.rules, caller.masks.get()))
        reader_masks =
            std::make_shared<ReaderMasks>(caller.rules, caller.masks, ++reader_masks_made);
    bool edited = false;
    const TopicRef* last = nullptr;
    for (const PartitionAsk& part : reading.parts) {
        const TopicRef& topic = reading.topics[part.topic];
        if (&topic == last) continue;
        last = &topic;
        edited = is_masked(topic, now, out) || edited;
    }
    // What the session asked for before comes without being named again.
    if (reading.fetch_kind == FetchKind::incremental)
        edited = fetch_sessions.any_topic(
                     reading.fetch_session, reader_masks->number(),
                     [&](const TopicRef& topic) { return is_masked(topic, now, out); }) ||
                 edited;
    if (!edited) return;
    reading.masks = reader_masks;
    lower_fetch_bytes();
}

bool Session::State::is_masked(const TopicRef& topic, Instant now, Output& out) {
    const std::string_view name = topic.name.empty() ? facts.topic_name(topic.id) : topic.name;
    // Without a name nobody can say; its records will not be delivered.
    if (name.empty()) return !options.observe;
    ReaderMasks::Topic* known = reader_masks->of(name);
    if (known == nullptr) return false;
    const TopicMasks& masks = *known->masks;
    if (!std::exchange(known->told, true)) {
        std::string would = masks.shadow_rules;
        if (options.observe && masks.in_force())
            would = masks.rules + (would.empty() ? "" : ",") + would;
        if (!would.empty()) record_would_mask(name, std::move(would), now, out);
    }
    return masks.in_force() && !options.observe;
}

void Session::State::record_would_mask(std::string_view topic, std::string rules, Instant now,
                                       Output& out) {
    if (reading.unrecorded) return;
    audit::Event event = event_of(audit::EventType::observed, reading, now);
    set_resource(event, {ResourceKind::topic, std::string(topic)});
    event.operation = name(Operation::topic_read);
    event.reason = "would_mask";
    event.rules = std::move(rules);
    record(std::move(event), out);
}

// In the frame that goes to the broker, which may be without what was refused.
void Session::State::lower_fetch_bytes() {
    if (rewritten.empty()) {
        const Bytes frame = whole_request().frame;
        rewritten.assign(frame.begin(), frame.end());
    }
    const Bytes body = Bytes(rewritten).subspan(client.body_at);
    kafka::Walker walker(*kafka::request_layout(reading.key, reading.version), body.size());
    bool lowered = false;
    for (kafka::Item item = walker.next(body, 0); item.kind != kafka::Item::Kind::done;
         item = walker.next(body, 0)) {
        SLUICE_CHECK(item.kind != kafka::Item::Kind::error &&
                     item.kind != kafka::Item::Kind::need_more);  // it was walked before
        const bool of_all = item.slot == kafka::Slot::max_bytes;
        if (!of_all && item.slot != kafka::Slot::partition_max_bytes) continue;
        const std::int32_t most =
            of_all ? limits::masked_fetch_bytes_max : limits::masked_partition_bytes_max;
        if (item.number <= most) continue;
        store_be(rewritten.data() + client.body_at + item.offset, most);
        lowered = true;
    }
    if (lowered) ++counters.edits_fetch_bytes;
}

}  // namespace sluice::session
