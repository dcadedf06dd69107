// Input: an entry.
#include "audit/encode.h"
#include "fuzz/fuzz.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Buffer entry = fuzz::exact({data, size});
    const auto event = audit::decode(entry);
    audit::Head head;
    const bool has_head = audit::read_head(entry, head);
    if (!event) return 0;
    SLUICE_CHECK(has_head && head.topic == event->topic && head.offsets == event->offsets);
    SLUICE_CHECK(head.session == event->session && head.partition == event->partition);
    // Canonical: one event has one form. Only fields of a later version are left behind.
    Buffer again;
    SLUICE_CHECK(audit::encode(*event, again) == again.size());
    SLUICE_CHECK(again.size() <= size && (again.size() < size || again == entry));
    const auto event_again = audit::decode(again);
    SLUICE_CHECK(event_again && *event_again == *event);
    return 0;
}
