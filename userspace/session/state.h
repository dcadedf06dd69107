// state.h: the inside of a Session: what its two directions share. Private to this folder.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kafka/answer.h"
#include "kafka/batch.h"
#include "kafka/frame.h"
#include "kafka/split.h"
#include "session/asked.h"
#include "session/checks.h"
#include "session/element_filter.h"
#include "session/fetch_sessions.h"
#include "session/frame_cursor.h"
#include "session/hold.h"
#include "session/leases.h"
#include "session/login.h"
#include "session/mask_answer.h"
#include "session/request.h"
#include "session/session.h"

namespace sluice::session {

// For the log: names of groups and the like, joined; a request may name thousands.
void add_name(std::string& list, std::string_view name);

// Elements that are refused alike.
struct Refused {
    kafka::ErrorCode code = kafka::ErrorCode::none;
    Operation operation = Operation::count_;
    policy::Decision decision;
    kafka::Which which;
    std::string names;
    std::uint64_t count = 0;
};

using RulesByTopic = std::unordered_map<std::string, std::string>;

struct Session::State {
    State(SessionOptions session_options, const Facts& session_facts);

    // -- client's direction (client_side.cc)
    std::size_t on_client(Bytes window, Instant now, Output& out);
    bool begin_client_frame(Bytes rest, Instant now, Output& out);
    bool read_client_header(Instant now, Output& out);
    void refuse_unknown_api(const kafka::RequestHeader& header, Output& out);
    // Walks what has arrived. False: something else must happen first.
    bool walk_client_body(Instant now, Output& out);
    void release_client(Output& out);
    void end_client_frame(Instant now, Output& out);

    // -- logging in (login.cc)
    [[nodiscard]] bool authenticated() const { return login.expires_ns != 0; }
    bool login_allows(kafka::ApiKey key, Instant now, Output& out);
    [[nodiscard]] bool login_expired(Instant now) const;
    void check_login(Instant now, Output& out);
    void answer_handshake(Instant now, Output& out);
    bool answer_sasl_request(Instant now, Output& out);
    bool answer_raw_token(Instant now, Output& out);
    bool take_sasl_message(std::string_view message, Instant now, Output& out);
    std::optional<identity::OauthBearer::Turn> check_client_token(Instant now);
    void answer_login(kafka::ErrorCode code, std::string_view token, Instant now);
    void record_login_failure(std::string_view reason, Instant now, Output& out);
    bool upstream_ready(Instant now, Output& out);
    void ask_upstream_login(kafka::ApiKey key, Buffer frame, Instant now, Output& out);
    void finish_upstream_login(kafka::ApiKey key, Instant now, Output& out);

    // -- requests (client_items.cc)
    void client_item(const kafka::Item& item, Instant now, Output& out);
    void produce_item(const kafka::Item& item, Instant now, Output& out);
    void fetch_item(const kafka::Item& item);
    void other_item(const kafka::Item& item);
    void add_partition();

    // -- what happens before a request may go (commit.cc)
    // Every check passed: intents and leases are recorded, the bytes may go. False: not yet.
    bool commit_request(Instant now, Output& out);
    bool look_up_topics(Instant now, Output& out);
    // A question of ours takes a slot. `lookup`: 0 where none of `lookups` is answered by it.
    void ask_broker(kafka::ApiKey key, kafka::ApiVersion version, std::int32_t correlation_id,
                    std::uint32_t lookup, Buffer frame, Instant now, Output& out);
    void look_up(kafka::ApiKey key, kafka::ApiVersion version, std::int32_t correlation_id,
                 Buffer frame, Instant now, Output& out);
    void plan_fetch(Instant now, Output& out);
    void put_int32(std::size_t at, std::int32_t value);
    std::uint64_t write_lease(const PartitionAsk& part, Instant now, Output& out);
    void read_leases(Instant now, Output& out);

    // -- policy (asked.cc, enforce.cc)
    void look_up_caller();
    void use_caller(Caller found);
    void begin_checks();
    void check_item(const kafka::Item& item);
    void element_item(const kafka::Item& item);
    [[nodiscard]] bool asked_by_id() const;
    // What the rules say, without a word about it.
    policy::Decision ruling(Operation operation, ResourceKind kind, std::string_view resource,
                            policy::Ticket ticket = policy::Ticket::none);
    policy::Decision decide(Operation operation, ResourceKind kind, std::string_view resource,
                            Instant now, Output& out);
    void note_rules(Operation operation, const policy::RuleIds& rules);
    void record_would(Operation operation, Effect effect, std::string rules, Instant now,
                      Output& out);
    static void set_resource(audit::Event& event, const Resource& resource);
    void record_refusal(Operation operation, std::string_view resource, std::uint64_t count,
                        const policy::Decision& decision, kafka::ErrorCode code, Instant now,
                        Output& out);
    [[nodiscard]] WholeCheck whole_check(std::size_t n) const;
    [[nodiscard]] EachCheck each_check(const AskedElement& element) const;
    [[nodiscard]] Operation told_operation() const;
    // Decides a request that is held whole: it goes on, goes on without what is refused, or is
    // answered here.
    // False: something else must happen first.
    bool authorize(Instant now, Output& out);
    [[nodiscard]] kafka::ErrorCode wait_code(kafka::ErrorCode refusal_code) const;
    void authorize_elements(Instant now, Output& out);
    [[nodiscard]] bool passes_as_read(const EachCheck& check,
                                      const policy::Decision& decision) const;
    static Refused& group_of(std::vector<Refused>& refused, kafka::ErrorCode code,
                             Operation operation, const policy::Decision& decision);
    [[nodiscard]] kafka::WholeRequest whole_request() const;
    void refuse_whole(kafka::ErrorCode code, std::string_view message, Output& out);
    void answer_here(Buffer answer);
    void refuse_elements(std::vector<Refused> refused, std::size_t count, Output& out);
    void drop_parts(const kafka::Which& elements);
    void neutralise_auto_creation();

    // -- waiting for a human (hold.cc, rewind.cc, park.cc)
    bool holds_resolved(Instant now, Output& out);
    std::vector<const policy::HoldRule*> holds_on_request();
    [[nodiscard]] approval::Ask ask_about(const std::vector<const policy::HoldRule*>& rules) const;
    [[nodiscard]] approval::Ask new_ask() const;
    [[nodiscard]] std::int64_t hold_time(const std::vector<const policy::HoldRule*>& rules) const;
    void on_approval(std::uint64_t number, const approval::Answer& answer, Instant now,
                     Output& out);
    void refuse_held(const char* reason, std::string message);
    [[nodiscard]] bool wait_refused() const { return held && held->stage == HoldStage::refused; }
    void check_held(Instant now, Output& out);
    void leave_holds(Output& out);
    [[nodiscard]] bool is_reset() const;
    void commit_item(const kafka::Item& item);
    bool rewind_known(Instant now, Output& out);
    void committed_item(const kafka::Item& item);
    [[nodiscard]] std::optional<std::uint64_t> rewound() const;
    bool replays_known(Instant now, Output& out);
    bool reads_held(const std::string& topic);
    void watermark_item(const kafka::Item& item);
    void park(Instant now, Output& out);
    void decide_replay(Replay& replay, const std::string& topic, const PartitionAsk& part,
                       Instant now, Output& out);
    [[nodiscard]] approval::Ask ask_replay(const policy::HoldRule& rule, const std::string& topic,
                                           const PartitionAsk& part,
                                           std::optional<std::uint64_t> lag) const;
    void on_replay_answer(std::uint64_t number, const approval::Answer& answer);
    void cut_fetch();
    void join_nothing(const kafka::Which& which, kafka::ErrorCode code,
                      std::span<const std::int64_t> high_watermarks, Output& out);
    void record_replay_refusal(const Replay& replay, const std::string& topic, Instant now,
                               Output& out);
    void answer_parked(Output& out);

    // -- produce (enforce_produce.cc)
    void authorize_produce(Instant now, Output& out);
    std::int16_t produce_refusal(TopicRef& topic, Instant now, Output& out);
    void decide_place(std::int16_t of_last, Instant now, Output& out);
    void late_partition(const kafka::Item& item, Instant now, Output& out);
    void decide_late_partition(const kafka::Item& item, Instant now, Output& out);
    static void neutralised(PartitionAsk& part, std::size_t ordinal);
    void refuse_produce(Output& out);
    void restore_neutralised(const kafka::Item& item);

    // -- broker's direction (broker_side.cc)
    std::size_t on_broker(Bytes window, Instant now, Output& out);
    bool begin_broker_frame(Bytes rest, Output& out);
    bool read_broker_header(Output& out);
    void walk_broker_body(Instant now, Output& out);
    void release_broker(bool whole, Output& out);
    void finish_answer(Instant now, Output& out);
    void finish_api_versions(Output& out);
    void join_item(const kafka::Item& item);
    void patch_answer_size();
    void apply_filter();
    void send_local_answers(Instant now, Output& out);
    void pop_slot();

    // -- answers (broker_items.cc)
    void broker_item(const kafka::Item& item, Instant now, Output& out);
    void produce_answer_item(const kafka::Item& item, Instant now, Output& out);
    void fetch_answer_item(const kafka::Item& item, Instant now, Output& out);
    void begin_records(const kafka::Item& item, Instant now, Output& out);
    void end_records(Instant now, Output& out);
    void learn_item(const kafka::Item& item, Output& out);
    bool may_see(std::string_view name);
    // The partition of the request that the answer is at; nullptr where it was not asked.
    const PartitionAsk* find_ask(const Request& request);
    TopicRef named(const TopicRef& topic) const;

    // -- masks (mask_request.cc, mask_answer.cc)
    // Decides whether the answer to this Fetch may be edited, and asks for less where it may.
    void plan_masks(Instant now, Output& out);
    bool is_masked(const TopicRef& topic, Instant now, Output& out);
    void record_would_mask(std::string_view topic, std::string rules, Instant now, Output& out);
    void lower_fetch_bytes();
    void begin_masked_answer();
    void mark_error_code(const kafka::Item& item);
    void begin_masked_records(const kafka::Item& item);
    void end_masked_records(const kafka::Item& item);
    void mask_part(Bytes records, bool compact);
    void absorb(std::size_t upto);
    void release_masked(bool whole, Output& out);
    void note_masks(audit::Event& event) const;
    [[nodiscard]] std::size_t masked_wants() const;

    // -- events (events.cc)
    void take_client_id(std::string_view claimed);
    const audit::SubjectId& current_subject();
    audit::Event event(audit::EventType type, Instant now);
    audit::Event event_of(audit::EventType type, const Request& request, Instant now);
    // Returns the event's number in this session, for Piece::after.
    std::uint64_t record(audit::Event event, Output& out);
    static void set_rules(audit::Event& event, const RulesByTopic& by_topic);
    void set_produce(audit::Event& event, const Request& request, const PartitionAsk& part) const;
    std::uint64_t lease(const LeaseView& view, const Request& request, std::int64_t fetch_offset,
                        std::uint64_t bytes, Instant now, Output& out);
    void record_silent_produce(Instant now, Output& out);
    void record_unanswered(Instant now, Output& out);
    void report_due(Instant now, bool last, Output& out);

    void close(CloseReason reason, Output& out);
    // Puts the frame's bytes from `sent` to `upto` into pieces, under the cursor's gate.
    static void emit(FrameCursor& cursor, std::vector<Piece>& pieces, std::size_t upto);
    // The same, with the cursor's patches; stops before one that reaches beyond `upto`.
    static void emit_patched(FrameCursor& cursor, std::vector<Piece>& pieces, std::size_t upto,
                             Output& out);
    static void emit_owned(Buffer bytes, std::vector<Piece>& pieces, std::uint64_t after,
                           Output& out);
    Request take_request();
    void recycle(Request request);

    const SessionOptions options;
    const Facts& facts;
    SessionCounters counters;
    std::deque<Request> slots;  // in request order; the front is answered next
    std::vector<Request> spare;
    Leases leases;
    FetchSessions fetch_sessions;
    std::uint64_t events_total = 0;
    bool opened = false;  // session_open was recorded
    bool closing = false;
    bool draining = false;
    std::string client_id;            // as last claimed
    std::uint32_t client_ids = 0;     // claimed so far
    audit::SubjectId subject;         // caller and client, for the log
    std::uint64_t subject_epoch = 0;  // Facts::subject_epoch() of it; 0: to be asked for
    policy::Evidence evidence;        // of the caller
    Login login;
    UpstreamLogin upstream;
    bool spoke = false;  // it sent more than what comes before a login
    Caller caller;
    std::uint64_t caller_generation = 0;
    std::shared_ptr<ReaderMasks> reader_masks;  // of `caller`; null: nothing was masked yet
    std::uint64_t reader_masks_made = 0;
    Resource scratch;  // of the last decision
    // By topic: the ids of the rules that last allowed to read or write it, joined by ','.
    RulesByTopic read_rules, write_rules;
    std::unordered_set<std::string> observed;  // decisions that were not in force, recorded once

    // What waits for humans.
    std::optional<Held> held;
    std::map<std::pair<std::string, std::int32_t>, Replay> replays;
    std::uint64_t asks_total = 0;
    bool is_member = false;     // of a group, by this connection
    policy::Facts known_facts;  // for the decision being made

    // The request being read.
    FrameCursor client;
    Request reading;
    Place place;
    bool committed = false;     // leases and intents are recorded: bytes may go
    bool headers_seen = false;  // nothing that matters for the commit is still to come
    bool hold_whole = false;    // nothing of it may go before its end
    std::unique_ptr<kafka::AnswerBuilder> refusing;  // it is answered here: its keys are collected
    kafka::ErrorCode refusal = kafka::ErrorCode::none;
    Checks checks;
    Asked asked;
    std::size_t auto_creation_at = 0;  // Metadata: body offset of a flag that is set
    std::vector<CommitAsk> commits;
    std::size_t commit_cursor = 0;  // where to look first
    bool rewind_asked = false, watermarks_asked = false;
    std::vector<bool> held_topics;    // of a Fetch: those whose reading some hold may bear on
    kafka::Which cut_topics, parked;  // of a Fetch: the broker is not asked for them
    Buffer rewritten;                 // goes in the place of the request held whole
    FetchSessions::Ask fetch_ask;
    std::size_t session_at = 0, epoch_at = 0;  // body offsets of the two int32
    std::vector<FetchSessions::Forgotten> forgotten;
    bool in_forgotten = false;
    std::int16_t produce_refused = 0;                   // all of it, for its transactional id
    std::int64_t topics_left = 0, partitions_left = 0;  // produce: to see the last partition header
    kafka::BatchScanner request_scanner;
    bool looking_up = false;    // a question of ours is out
    std::uint32_t lookups = 0;  // of all of them, the number of the last
    bool looked_up = false;     // once a request; a second miss goes on without the name
    std::int64_t lookup_begun = 0;

    // The answer being read.
    FrameCursor broker;
    Place answer_place;
    std::int16_t part_error = 0, answer_error = 0;
    std::int64_t part_base_offset = -1, part_high_watermark = -1;
    std::int32_t answer_session = 0;
    std::uint64_t part_bytes = 0;
    std::int64_t part_fetch_offset = -1;
    bool in_records = false;
    bool answer_waits = false;  // it reports something that must be on disk first
    bool answer_held_whole = false;
    std::uint64_t answer_events = 0;  // of its partitions
    std::size_t part_cursor = 0;      // where to look first in Request::parts
    kafka::BatchScanner answer_scanner;
    ElementFilter filter;
    MaskedAnswer masked;
    std::int64_t answer_grows = 0;          // by its patches; in the size prefix at the end
    bool join_begun = false;                // the count of the joined array is known: bytes may go
    const PartitionAsk* neutral = nullptr;  // produce: the neutralised partition the answer is at

    // Coalesced reports.
    std::uint64_t empty_fetches = 0, unrecorded = 0;
    std::int64_t last_report = 0;
};

}  // namespace sluice::session
