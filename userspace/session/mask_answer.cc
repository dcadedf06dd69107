#include "session/mask_answer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "kafka/records.h"
#include "kafka/split.h"
#include "mask/value.h"
#include "session/state.h"
#include "session/workbench.h"

namespace sluice::session {
namespace {

using Denial = MaskedPart::Denial;
using Handling = MaskedAnswer::Handling;

// Stands in for a value that could not be masked.
constexpr std::string_view kMarker = R"({"sluice":"withheld"})";

std::string_view reason_of(Denial denial) {
    switch (denial) {
        case Denial::none:
            break;
        case Denial::failed:
            return "mask_failed";
        case Denial::too_large:
            return "mask_too_large";
    }
    return {};
}

kafka::ValueAction action_of(mask::Outcome outcome) {
    switch (outcome) {
        case mask::Outcome::unchanged:
            return kafka::ValueAction::keep;
        case mask::Outcome::masked:
            return kafka::ValueAction::replace;
        case mask::Outcome::unmaskable:
            break;
    }
    return kafka::ValueAction::unmaskable;
}

struct Masking {
    const mask::Plan& plan;
    mask::Counts counts;
};

}  // namespace

void Session::State::begin_masked_answer() {
    masked = {};
    masked.masks = slots.front().masks;
    if (masked.active())
        masked.built.reserve(std::min(broker.bytes, limits::held_request_bytes_max));
}

// Copies what the walker has passed, with the changes that others made.
void Session::State::absorb(std::size_t upto) {
    const auto copy = [this](std::size_t to) {
        if (to <= broker.sent) return;
        append(masked.built, broker.slice.subspan(broker.sent - broker.released, to - broker.sent));
        broker.sent = to;
    };
    while (broker.patched < broker.patches.size()) {
        const Patch& patch = broker.patches[broker.patched];
        if (patch.at + patch.length > upto) {
            upto = std::min(upto, patch.at);
            break;
        }
        copy(patch.at);
        broker.sent += patch.length;
        append(masked.built, patch.bytes);
        ++broker.patched;
    }
    copy(upto);
}

void Session::State::mark_error_code(const kafka::Item& item) {
    absorb(broker.body_at + item.offset);
    masked.error_at = masked.built.size();
}

void Session::State::begin_masked_records(const kafka::Item& item) {
    masked.part = {};
    masked.handling = Handling::copy;
    if (part_bytes == 0) return;
    masked.records_at = broker.body_at + item.offset;
    masked.blob_at = masked.records_at + item.length - part_bytes;
    absorb(masked.records_at);
    const std::string& topic = answer_place.topic.name;
    const ReaderMasks::Topic* known = topic.empty() ? nullptr : masked.masks->of(topic);
    if (known != nullptr && known->masks->in_force()) {
        masked.part.masks = known->masks;
        masked.handling = Handling::open;
    }
    // No name, no plan: nobody can say what of it may be seen.
    if (topic.empty() || (masked.part.masks != nullptr && !masked.part.masks->plan))
        masked.part.denial = Denial::failed;
    else if (masked.built.size() + part_bytes > limits::masked_response_bytes_max)
        masked.part.denial = Denial::too_large;
    if (masked.part.denied()) masked.handling = Handling::skip;
}

void Session::State::end_masked_records(const kafka::Item& item) {
    const Handling handling = std::exchange(masked.handling, Handling::copy);
    if (handling == Handling::copy) return;
    const Request& request = slots.front();
    const bool compact = kafka::response_layout(request.key, request.version)->flexible;
    if (handling == Handling::open)
        mask_part(broker.slice.subspan(masked.blob_at - broker.released, part_bytes), compact);
    broker.sent = broker.body_at + item.offset;
    if (!masked.part.denied()) return;
    ++(masked.part.denial == Denial::failed ? counters.mask_failed : counters.mask_too_large);
    append(masked.built, kafka::count_prefix(compact, 0));
    store_be(masked.built.data() + masked.error_at,
             static_cast<std::int16_t>(kafka::ErrorCode::topic_authorization_failed));
}

// Appends the records as this reader may see them, with their length; or says why not.
void Session::State::mask_part(Bytes records, bool compact) {
    MaskedPart& part = masked.part;
    Masking masking{*part.masks->plan, {}};
    const kafka::ValueEdit edit = [&masking](const kafka::Record& record, Buffer& replacement) {
        return action_of(
            mask::mask_value(masking.plan, *record.value, replacement, masking.counts));
    };
    const auto edited = facts.workbench().records.rewrite(records, edit, as_bytes(kMarker));
    if (!edited) {
        part.denial = edited.error().code == Errc::too_large ? Denial::too_large : Denial::failed;
        return;
    }
    counters.opened_bytes += edited->opened_bytes;
    if (masked.built.size() + edited->bytes > limits::masked_response_grown_bytes_max) {
        part.denial = Denial::too_large;
        return;
    }
    part.values = masking.counts.values;
    part.withheld = edited->unmaskable;
    counters.masked_values += part.values;
    counters.withheld_records += part.withheld;
    append(masked.built, kafka::count_prefix(compact, static_cast<std::uint32_t>(edited->bytes)));
    for (const auto& piece : edited->pieces) append(masked.built, edited->view(piece, records));
}

void Session::State::release_masked(bool whole, Output& out) {
    if (masked.handling == Handling::copy) absorb(broker.walked());
    if (masked.handling == Handling::skip) broker.sent = broker.walked();
    // Beside records there is little in an answer.
    if (masked.built.size() > limits::filtered_response_bytes_max)
        return close(CloseReason::response_too_large, out);
    if (!whole) return;
    SLUICE_CHECK(broker.sent == broker.bytes && masked.built.size() >= kafka::kSizePrefix);
    store_be(masked.built.data(),
             static_cast<std::int32_t>(masked.built.size() - kafka::kSizePrefix));
    if (answer_waits && options.durability != Durability::async) broker.gate = events_total;
    emit_owned(std::move(masked.built), out.to_client, broker.gate, out);
    masked = {};
}

// Until the records that must be opened are there.
std::size_t Session::State::masked_wants() const {
    if (masked.handling != Handling::open) return 0;
    return masked.blob_at + static_cast<std::size_t>(part_bytes) - broker.released;
}

void Session::State::note_masks(audit::Event& event) const {
    const MaskedPart& part = masked.part;
    if (part.masks != nullptr) add_name(event.rules, part.masks->rules);
    event.masked_values = part.values;
    event.withheld_records = part.withheld;
    if (!part.denied()) return;
    event.error_code = static_cast<std::int16_t>(kafka::ErrorCode::topic_authorization_failed);
    event.outcome = audit::Outcome::refused;
    event.reason = reason_of(part.denial);
    event.offsets = {};
    event.records = event.bytes = 0;
    event.truncated_tail = false;
}

}  // namespace sluice::session
