// session.h: one client's connection to one broker, as a state machine. No socket, no clock, no
// thread.
//
// The shell (net) gives it bytes as they arrive on either side and does what it says: send these
// bytes there, record these events, hold this until that event is durable, stop, close. Everything
// Sluice decides, it decides here.
//
// Windows: a window is the bytes of one direction that arrived and were not released yet. The
// session returns how many of its leading bytes it is done with; the shell keeps the rest and
// appends to it. Pieces borrow from the window and are valid until the shell calls the session
// again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "approval/request.h"
#include "audit/event.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/types.h"
#include "identity/claims.h"
#include "policy/decide.h"
#include "policy/evidence.h"

namespace sluice::session {

// Why a connection was closed. The name is the metric label, the audit reason and the log word.
enum class CloseReason : std::uint8_t {
    client_closed,
    broker_closed,
    client_reset,
    broker_reset,
    idle,
    first_frame_deadline,
    write_stalled,
    half_close_timeout,
    drained,
    drain_deadline,
    gateway_stopping,
    broker_unreachable,
    not_a_broker,
    self_connection,
    too_many_connections,
    too_many_connections_per_source,
    frame_negative_size,
    frame_too_large,
    frame_too_small,
    buffers_full,
    header_malformed,
    api_unknown,
    api_not_advertised,
    body_negative_length,
    body_count_too_large,
    body_past_end,
    body_trailing_bytes,
    body_bad_varint,
    body_bad_tags,
    body_too_deep,
    tls_not_supported,
    sasl_unexpected,
    login_failed,
    login_deadline,
    token_expired,
    upstream_login_failed,   // the broker does not take the gateway's credential
    credential_not_granted,  // and nothing else says who the caller is to the broker
    in_flight_full,
    response_unexpected,
    response_correlation,
    response_malformed,
    response_too_large,
    fetch_unasked_partition,
    audit_failed_no_answer,
    not_allowed,      // and the API has no answer that says so
    replica_claimed,  // a client that says it is a broker
    internal_error,
    count_
};
const char* name(CloseReason reason) noexcept;
// RST instead of FIN: the peer reset, or what we would cut short is not a whole answer.
bool closes_with_reset(CloseReason reason) noexcept;

enum class Durability : std::uint8_t { strict, durable, async };

// Bytes to send, in order. `after`: how many events of this session must be durable before they
// leave (0: none).
struct Piece {
    Bytes bytes;  // borrowed from the window, or from `owned`
    std::uint64_t after = 0;
};

// A question for humans, and the end of one. `number` is this session's.
struct HoldAsk {
    std::uint64_t number = 0;
    approval::Ask ask;
};
struct HoldLeft {
    std::uint64_t number = 0;
    bool gone = false;  // the client left: the wish goes with it
};

// What one call wants done, in this order: record the events, send the pieces, then close. Reused
// between calls.
struct Output {
    std::vector<audit::Event> events;
    std::vector<Piece> to_broker;
    std::vector<Piece> to_client;
    std::vector<std::pair<TopicId, std::string>> learned;  // for the shared catalogue
    std::vector<HoldAsk> asks;
    std::vector<HoldLeft> left;
    std::optional<CloseReason> close;  // after what was said before has been sent
    // Set by on_client: more client bytes do not help now. Call on_client again (with the same
    // window) after the next on_broker or on_tick.
    bool client_paused = false;
    std::vector<Buffer> owned;  // what pieces borrow from that is in no window (a Buffer's bytes
                                // stay put when it moves)

    void clear();
};

// What became of a client's token. `provider`: whose it is; empty where it was refused.
struct TokenVerdict {
    std::string provider;
    identity::Verdict verdict;
};

// How the gateway itself logs in at a broker: SASL/PLAIN.
struct UpstreamCredential {
    std::string user;
    std::string password;
};

class MaskPlans;
struct Workbench;

// Who calls, and the rules about them, of one policy set.
struct Caller {
    Principal principal;
    policy::Binding rules;
    std::shared_ptr<const MaskPlans> masks = {};  // of the same set; null: nothing is masked
    std::uint64_t policy = 0;                     // as events name the set (audit::Event::policy)
};

// What the session asks of the rest of the world, answered at once and without waiting.
class Facts {
  public:
    virtual ~Facts() = default;
    // Empty where nobody saw this id yet.
    [[nodiscard]] virtual std::string_view topic_name(const TopicId& id) const = 0;
    [[nodiscard]] virtual bool audit_failed() const = 0;
    // Another number than before: who() may say something else. Never 0.
    [[nodiscard]] virtual std::uint64_t policy_generation() const = 0;
    [[nodiscard]] virtual Caller who(const policy::Evidence& evidence) const = 0;
    // Empty while the keys to check it with are being fetched: ask again a little later. `token` is
    // a credential: it is checked, and goes nowhere else.
    [[nodiscard]] virtual std::optional<TokenVerdict> check_token(std::string_view token,
                                                                  Instant now) const = 0;
    // Whom events are about from now on: their id, once it is on its way to where names are kept.
    [[nodiscard]] virtual audit::SubjectId subject(const audit::Subject& subject) const = 0;
    // Another number than before: some people were erased, ids are to be asked for again. Never 0.
    [[nodiscard]] virtual std::uint64_t subject_epoch() const = 0;
    // For the length of one call of a session.
    [[nodiscard]] virtual Workbench& workbench() const = 0;
};

struct SessionOptions {
    std::uint64_t id = 0;  // unique in the audit log
    std::string cluster;
    policy::Evidence evidence;
    Endpoint client;
    Endpoint broker;
    Durability durability = Durability::durable;
    bool observe = false;  // decisions are recorded, and nothing is refused for them
    bool tokens = false;   // clients of this cluster may log in by SASL/OAUTHBEARER
    // Null: the brokers ask for no credential.
    std::shared_ptr<const UpstreamCredential> upstream;
};

// Read by telemetry after each call (plain numbers of this session; net adds them to its own
// counters).
struct SessionCounters {
    std::uint64_t requests = 0, answered_here = 0, produced_records = 0, fetched_records = 0,
                  produced_bytes = 0, fetched_bytes = 0, edits_api_versions = 0,
                  edits_fetch_session = 0, hidden_apis = 0, lookups = 0, refused = 0, filtered = 0,
                  logins = 0, held = 0, parked = 0;
    std::array<std::uint32_t, static_cast<std::size_t>(identity::Refusal::count_)> logins_refused{};
    // Masking: values that left in another form; records replaced whole; partitions that were not
    // delivered; bytes of opened batches; Fetch requests of which less was asked.
    std::uint64_t masked_values = 0, withheld_records = 0, mask_failed = 0, mask_too_large = 0,
                  opened_bytes = 0, edits_fetch_bytes = 0;
};

class Session {
  public:
    Session(SessionOptions options, const Facts& facts);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // `window`: the client's bytes not yet released. Returns how many of them are released.
    std::size_t on_client(Bytes window, Instant now, Output& out);
    // The same for the broker's bytes.
    std::size_t on_broker(Bytes window, Instant now, Output& out);
    // What humans said to an ask, or that they see it now.
    void on_approval(std::uint64_t number, const approval::Answer& answer, Instant now,
                     Output& out);
    // Regularly (about once a second while connected): reports that are due.
    void on_tick(Instant now, Output& out);
    // The connection is ending, whatever the reason: the last events (unknown outcomes,
    // session_close).
    void on_end(CloseReason reason, Instant now, Output& out);

    // True before the first valid request header: the small limits apply, and no upstream is
    // opened.
    [[nodiscard]] bool before_first_request() const;
    // A request, or a partition, waits for a human: somebody must see when the client leaves.
    [[nodiscard]] bool waits_for_human() const;
    // Requests forwarded and not yet answered; 0 is a good moment to drain.
    [[nodiscard]] std::size_t in_flight() const;
    // Stop taking frames: on_client consumes nothing that does not belong to a frame already begun.
    void drain();
    [[nodiscard]] bool drained() const;
    // How many bytes in all the window should hold before calling again helps (hint for buffer
    // sizes; 0: any).
    [[nodiscard]] std::size_t client_wants() const;
    [[nodiscard]] std::size_t broker_wants() const;
    // What the session itself keeps of an answer that is not whole yet.
    [[nodiscard]] std::size_t held_bytes() const;
    [[nodiscard]] const SessionCounters& counters() const;

  private:
    struct State;
    State* state_;  // owned; never null
};

}  // namespace sluice::session
