#include "session/request.h"

namespace sluice::session {

void Request::clear() {
    // Keeps the capacity of its vectors and strings: a connection reuses its requests.
    mode = SlotMode::forwarded;
    key = 0;
    version = 0;
    correlation_id = 0;
    subject = {};
    policy = 0;
    begun = {};
    acks = -1;
    fetch_kind = FetchKind::sessionless;
    fetch_session = 0;
    topics.clear();
    parts.clear();
    resource.clear();
    operation = Operation::count_;
    bytes = 0;
    unrecorded = false;
    answer = {};
    not_before = 0;
    read_committed = false;
    generation = -1;
    ticket.clear();
    ticket_rules.clear();
    rules.clear();
    lookup = 0;
    last = false;
    joins = {};
    joins_array = kafka::Slot::none;
    filter = {};
    masks = {};
}

}  // namespace sluice::session
