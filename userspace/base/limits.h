// limits.h: every size, count, queue and wait of Sluice that has a bound, in one place.
//
// Bytes unless the name says otherwise; durations are std::chrono. A limit that an operator may
// change is the default of a configuration key of the same name. The source of a number stands
// beside it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::limits {

using namespace std::chrono_literals;

// -- Kafka frames
// What a broker itself accepts: socket.request.max.bytes.
inline constexpr std::int32_t frame_bytes_max = 100 * 1024 * 1024;
// A Fetch response may exceed fetch.max.bytes by one batch (KIP-74); clients stop at about 100 MB
// (librdkafka receive.message.max.bytes, franz-go BrokerMaxReadBytes).
inline constexpr std::int32_t response_bytes_max = 256 * 1024 * 1024;
// Before the first valid request header of a connection.
inline constexpr std::int32_t pre_auth_frame_bytes_max = 64 * 1024;
// A request that is not Produce is held whole. The largest there are: a Fetch of 200,000 partitions
// (some 12 MiB), the assignments of a group of thousands.
inline constexpr std::size_t held_frame_bytes_max = 16 * 1024 * 1024;
// How much of a Produce request may wait for its last partition header (design 4.2).
inline constexpr std::size_t held_request_bytes_max = 1024 * 1024;
// The end of a response that waits for its outcome event (design 4.3, durability `durable`).
inline constexpr std::size_t held_tail_bytes_max = 64 * 1024;
// Responses that are rewritten are buffered whole (ApiVersions is some 1-2 KiB).
inline constexpr std::size_t rewritten_response_bytes_max = 256 * 1024;
// A Fetch response that masks may edit is held whole, up to this many bytes: what the broker is
// asked for, the headers of 100,000 partitions (some 70 bytes each), and one batch of an unusual
// size (KIP-74: the first one comes whatever was asked). Records beyond it are not delivered.
inline constexpr std::size_t masked_response_bytes_max = 16 * 1024 * 1024;
// Masking makes values longer.
inline constexpr std::size_t masked_response_grown_bytes_max = 2 * masked_response_bytes_max;
// What the broker is asked for where masks bear on the answer, in all and of a partition, whose
// records are opened in one go. Clients ask for 1 MiB of a partition by default; compressed to a
// fifth, it takes a worker some 30 ms with zstd, and 100 with gzip.
inline constexpr std::int32_t masked_fetch_bytes_max = 4 * 1024 * 1024;
inline constexpr std::int32_t masked_partition_bytes_max = 1024 * 1024;
// Responses from which names are taken out are held whole (Metadata of 100,000 topics is some 30
// MiB).
inline constexpr std::size_t filtered_response_bytes_max = 64 * 1024 * 1024;
// Decisions not in force that a session remembers, to record each once.
inline constexpr std::size_t observed_decisions_max = 1024;
// Kafka's own: int16 lengths, and topic names of 249 characters.
inline constexpr std::size_t string_bytes_max = 32767;
inline constexpr std::size_t walk_depth_max = 12;
// Elements of one array; a frame of 100 MiB cannot hold more sensible ones.
inline constexpr std::int32_t array_elements_max = 10'000'000;
inline constexpr std::uint32_t tagged_fields_max = 1024;
inline constexpr std::uint32_t varint_bytes_max = 5;

// -- Record batches that are opened, and masking
// A batch is at most max.message.bytes on the wire (1 MiB by default); text shrinks five- to
// twentyfold in it.
inline constexpr std::size_t opened_batch_bytes_max = 64 * 1024 * 1024;
// All batches of one partition's answer.
inline constexpr std::size_t opened_records_bytes_max = 256 * 1024 * 1024;
// Working memory a thread keeps between batches; an ordinary batch and its new form fit.
inline constexpr std::size_t opening_kept_bytes_max = 4 * 1024 * 1024;
// A JSON value is not followed deeper (Jackson stops at 1,000; what people design ends at some 10).
inline constexpr std::size_t mask_depth_max = 128;
// A masked value may be this much longer than the original, and this many times as long: a
// pseudonym takes 36 bytes and the key's id, in the place of as little as one digit.
inline constexpr std::size_t mask_growth_bytes_max = 64 * 1024;
inline constexpr std::size_t mask_growth_times_max = 8;
inline constexpr std::size_t mask_rules_max = 64;
// Steps of all paths of a plan, and one more for each path.
inline constexpr std::size_t mask_path_states_max = 512;
inline constexpr std::size_t mask_path_bytes_max = 1024;
inline constexpr std::size_t mask_key_id_bytes_max = 32;
// 128 bits, as much as a pseudonym keeps of the HMAC.
inline constexpr std::size_t mask_secret_bytes_min = 16;
// Of a key's file: 256 bits, what HMAC-SHA256 can make use of.
inline constexpr std::size_t mask_key_file_bytes_min = 32;
inline constexpr std::size_t mask_keys_max = 64;
// Plans kept of one policy set, one for each list of rules that bears on somebody's topic; a plan
// takes some 10 KiB. More are made for each connection anew.
inline constexpr std::size_t mask_plans_max = 1024;
// Topics of which a connection remembers its masks.
inline constexpr std::size_t masked_topics_max = 4096;

// -- One connection
// Requests forwarded and not yet answered; a full table stops client reads.
inline constexpr std::size_t in_flight_max = 1024;
// Partitions of all fetch sessions of a connection that are still kept sessionless (order 1).
inline constexpr std::size_t sessionless_partitions_max = 32;
inline constexpr std::size_t mirrored_sessions_max = 4;
inline constexpr std::size_t mirrored_partitions_max = 200'000;
// Partitions one request may name (a Fetch of a mirror maker names thousands).
inline constexpr std::size_t request_partitions_max = 200'000;
// Bytes that the peer's socket would not take, before reading from the other side stops.
inline constexpr std::size_t pending_bytes_max = 1024 * 1024;
// What all connections together may hold; above it, those that hold more than
// held_request_bytes_max are closed.
inline constexpr std::uint64_t buffered_bytes_max = 512ull * 1024 * 1024;
// The scratch buffer a worker reads into (256 KiB measured best on the relay sketch).
inline constexpr std::size_t scratch_bytes = 256 * 1024;

// -- Memory of the process: what the allocator keeps for the next window instead of giving it back
// (process.h). A block up to this size comes from kept memory; so much is taken and kept at a time
// by each worker's arena.
inline constexpr std::size_t allocator_block_bytes_max = 8 * 1024 * 1024;
inline constexpr std::size_t allocator_pad_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t allocator_kept_bytes_max = 64 * 1024 * 1024;

// -- Leases (design 4.3)
inline constexpr std::chrono::nanoseconds lease_span_max = 5s;
inline constexpr std::uint64_t lease_bytes_max = 64ull * 1024 * 1024;
// Empty Fetch answers are counted and recorded once in this time (and at the session's end).
inline constexpr std::chrono::nanoseconds empty_fetch_report_interval = 60s;

// -- Connections
inline constexpr std::size_t connections_max = 20'000;
inline constexpr std::size_t connections_per_source_max = 4'096;
// Before the first valid header.
inline constexpr std::size_t pre_auth_connections_max = 2'048;
inline constexpr std::size_t pre_auth_connections_per_source_max = 256;
inline constexpr std::chrono::nanoseconds first_frame_deadline = 10s;
inline constexpr std::chrono::nanoseconds upstream_connect_deadline = 10s;
// Brokers close after 10 minutes (connections.max.idle.ms); ours is a little longer, so that theirs
// shows.
inline constexpr std::chrono::nanoseconds idle_timeout = 11min;
// A peer that takes no byte of a waiting answer for this long is gone.
inline constexpr std::chrono::nanoseconds write_stall_max = 60s;
// After one side ended, the other may finish for this long.
inline constexpr std::chrono::nanoseconds half_close_timeout = 30s;
// Stop: in-flight requests finish within this (request.timeout.ms is 30 s).
inline constexpr std::chrono::nanoseconds drain_deadline = 35s;
inline constexpr int listen_backlog = 4096;

// -- Audit
// Encoded events one worker may have waiting for the sequencer.
inline constexpr std::size_t audit_ring_bytes_max = 4 * 1024 * 1024;
// The same of essential ones, which are few: room for some, each of the largest size.
inline constexpr std::size_t audit_essential_ring_bytes_max = 256 * 1024;
// Entries nobody waits for share a commit with what comes within this time.
inline constexpr std::chrono::nanoseconds audit_linger = 5ms;
// C2SP entry bundles carry uint16 lengths; our entries keep to it from the first form on.
inline constexpr std::size_t audit_entry_bytes_max = 65'535;
// Each string of an event; longer ones are cut, so that an entry keeps to audit_entry_bytes_max
// whatever a client sends.
inline constexpr std::size_t audit_string_bytes_max = 4 * 1024;
// A client's name for itself, as far as it is kept; Kafka's own clients use a few dozen bytes.
inline constexpr std::size_t client_id_bytes_max = 256;
// Names that one connection may give itself before the last of them stays; clients use one.
inline constexpr std::uint32_t client_ids_per_session_max = 16;
// Topics of one connection whose rules are remembered for its events.
inline constexpr std::size_t noted_topics_max = 1024;
// Subjects whose ids one worker remembers, so that a connection of somebody known needs no new one.
inline constexpr std::size_t known_subjects_max = 16'384;
inline constexpr std::int64_t subjects_bytes_max = 4LL * 1024 * 1024 * 1024;  // of their file
// In one transaction, so that the sequencer waits for milliseconds.
inline constexpr std::size_t subjects_erased_at_once = 256;
// A statement that finds the file locked by another (a query, an erasure) waits that long.
inline constexpr std::chrono::milliseconds subjects_lock_wait = 5s;
inline constexpr std::size_t audit_origin_bytes_max = 1024;
// The body of one commit block.
inline constexpr std::size_t audit_commit_bytes_max = 1024 * 1024;
// Disk space taken ahead, so that a commit changes no file size.
inline constexpr std::size_t audit_preallocation_bytes = 16 * 1024 * 1024;
// After a failed write or sync: how long until the next attempt, on a new segment.
inline constexpr std::chrono::nanoseconds audit_retry_interval = 1s;
inline constexpr std::size_t audit_segment_bytes_max = 256 * 1024 * 1024;
inline constexpr std::chrono::nanoseconds audit_segment_age_max = 1h;
// Lines under a note. C2SP asks for at least 16; a rotation has two keys, witnesses are a handful.
inline constexpr std::size_t audit_note_signatures_max = 64;
// How often the tree is signed at most, and how many entries may wait for it. A signature takes
// 30 us, the file a sync.
inline constexpr std::chrono::nanoseconds audit_checkpoint_interval = 1s;
inline constexpr std::uint64_t audit_checkpoint_entries = 65'536;
inline constexpr std::size_t audit_keys_max = 4;
// The longest entry, 64 hashes and a note, in base64.
inline constexpr std::size_t audit_proof_bytes_max = 256 * 1024;
// A sealed segment is compressed in pieces of this size, each read alone: one costs about 1 ms.
inline constexpr std::size_t audit_frame_bytes = 1024 * 1024;
inline constexpr std::size_t audit_frames_max = 65'536;
// Who asks about the last minutes reads segments as they were written.
inline constexpr std::chrono::nanoseconds audit_compress_after = 10min;
// How often sealed segments are looked at, to compress or to drop them.
inline constexpr std::chrono::nanoseconds audit_keep_interval = 30s;
// Disk space kept for what is recorded while there is no other.
inline constexpr std::size_t audit_reserve_bytes = 64 * 1024 * 1024;
// Legal holds of one log, and the words that say why.
inline constexpr std::size_t audit_holds_max = 256;
inline constexpr std::size_t audit_hold_text_bytes_max = 1024;
// A file of the log that is no segment and read whole: holds at their longest, leaves of a tile.
inline constexpr std::size_t audit_side_file_bytes_max = 1024 * 1024;
// Indexes of segments (auditlog/index_format.h) that one question keeps open; others are opened
// again.
inline constexpr std::size_t audit_indexes_open_max = 64;
// Those of segments without a sidecar are made for the question, in memory up to here, then in an
// unnamed file. The whole index of a full segment has 10 to 20 MiB.
inline constexpr std::size_t audit_index_memory_max = 64 * 1024 * 1024;
// The daemon looks so often for a segment that was sealed.
inline constexpr std::chrono::nanoseconds audit_index_interval = 2s;
// Sessions with an open lease that one question may have to remember, 64 bytes each.
inline constexpr std::size_t audit_who_sessions_max = 1'000'000;
// Answers on one page, and entries; the entries of a page also keep to so many bytes.
inline constexpr std::uint64_t audit_page_entries_max = 100'000;
inline constexpr std::size_t audit_page_bytes_max = 64 * 1024 * 1024;

// -- Facts
// Topic names and ids remembered (the largest clusters have some 100,000 topics).
inline constexpr std::size_t topic_names_max = 1'000'000;
inline constexpr std::chrono::nanoseconds fact_deadline = 5s;

// -- Approval
// A request waits this long at most: what Java, kafka-python and sarama's clients all bear
// (kafka.md 2.9), and this much less than a client says it waits for the answer.
inline constexpr std::chrono::nanoseconds hold_wait_max = 25s;
inline constexpr std::chrono::nanoseconds hold_wait_margin = 2s;
// Until the desk says that it has the request.
inline constexpr std::chrono::nanoseconds ask_deadline = 5s;
// What an approver reads of a request.
inline constexpr std::size_t ask_details_bytes_max = 4 * 1024;
// Partitions of one connection whose replay waits for a human.
inline constexpr std::size_t parked_partitions_max = 1024;

// -- Identity (before authentication: everything small)
// A JWT; Entra's largest, with 200 groups, is some 10 KiB.
inline constexpr std::size_t token_bytes_max = 16 * 1024;
// From the handshake to the verdict: a fetch of keys, and a slow client.
inline constexpr std::chrono::nanoseconds authentication_deadline = 15s;
// A password or a key in a file.
inline constexpr std::size_t secret_bytes_max = 4096;
// A client's SASL message: the token and its extensions.
inline constexpr std::size_t sasl_message_bytes_max = 20 * 1024;
inline constexpr std::size_t sasl_extensions_max = 16;
// What a claim may nest (Keycloak's resource_access.CLIENT.roles is 4 deep), and what JSON may.
inline constexpr std::size_t json_depth_max = 8;
inline constexpr std::size_t json_values_max = 20'000;
inline constexpr std::size_t claims_max = 256;
// Values of all claims together; a Kerberos ticket knows 1,015 groups.
inline constexpr std::size_t claim_values_max = 1024;
// A path through nested objects.
inline constexpr std::size_t claim_name_bytes_max = 512;
// What OpenID Connect allows a subject; more than every issuer's URL and Kafka's longest kid.
inline constexpr std::size_t subject_bytes_max = 255;
inline constexpr std::size_t kid_bytes_max = 1000;
inline constexpr std::size_t jwks_bytes_max = 1024 * 1024;
inline constexpr std::size_t jwks_keys_max = 128;
inline constexpr int rsa_bits_min = 2048;
// Checking a signature of 8192 bits costs some 0.3 ms.
inline constexpr int rsa_bits_max = 8192;
// A key that was taken back is good for so long; unknown kids cause a fetch this often (the library
// jose: 10 min, 30 s); without a good fetch for so long, nobody is let in.
inline constexpr std::chrono::nanoseconds key_refresh_interval = 10min;
inline constexpr std::chrono::nanoseconds key_refresh_cooldown = 30s;
inline constexpr std::chrono::nanoseconds key_age_max = 24h;
inline constexpr std::chrono::milliseconds jwks_fetch_deadline = 5s;
// Of an answer to us; gateways before identity providers send some KiB.
inline constexpr std::size_t http_answer_header_bytes_max = 64 * 1024;

// -- Configuration and policy files
inline constexpr std::size_t config_bytes_max = 1024 * 1024;
inline constexpr std::size_t policy_files_max = 1'000;
inline constexpr std::size_t workers_max = 256;
// YAML: the deepest policy has 7 levels; a node takes some 300 bytes while a file is read.
inline constexpr std::size_t yaml_depth_max = 16;
inline constexpr std::size_t yaml_nodes_max = 100'000;
// Of all files together.
inline constexpr std::size_t policy_rules_max = 10'000;
// Of one list of one rule.
inline constexpr std::size_t policy_patterns_max = 1'000;
// Kafka's topic names have at most 249 characters.
inline constexpr std::size_t policy_pattern_bytes_max = 256;
// RE2's memory for one expression, its caches included, and how many there may be: 50 MiB at most.
// A whole topic name of character classes takes some 300 instructions.
inline constexpr std::int64_t policy_expression_bytes_max = 256 * 1024;
inline constexpr int policy_expression_program_max = 1'000;
inline constexpr std::size_t policy_expressions_max = 200;
// Longer names of groups and transactional ids are denied: each byte is work for each pattern.
inline constexpr std::size_t resource_name_bytes_max = 1'024;
// Names made of claims; RFC 5321 ends an address at 254.
inline constexpr std::size_t identity_name_bytes_max = 256;
// Active Directory puts at most 1,015 groups into a token.
inline constexpr std::size_t identity_groups_max = 1'024;
// Different (principal, operation, resource) that a suggestion is made of, at most; some 40 MiB
// where all names are long. Ten times what fits into one file of expectations.
inline constexpr std::size_t suggest_uses_max = 100'000;
// Cases of an expectation file: each is some 9 nodes of YAML (yaml_nodes_max) and 110 bytes.
inline constexpr std::size_t suggest_cases_max = 8'000;
// Of what is not granted, so many are listed.
inline constexpr std::size_t suggest_remarks_max = 500;
// What clients wait for an answer without giving up is some 30 s (request.timeout.ms).
inline constexpr std::chrono::nanoseconds hold_max = 25s;
inline constexpr std::chrono::nanoseconds ticket_max = 24h;
inline constexpr std::uint32_t approvals_max = 10;

// -- Approvals
// A comment is a paragraph; a unit is a partition and its topic (249 characters).
inline constexpr std::size_t approval_comment_bytes_max = 1024;
inline constexpr std::size_t approval_unit_bytes_max = 512;
// What is kept of one wish: 250 of the longest topic names fit.
inline constexpr std::size_t approval_ask_bytes_max = 64 * 1024;
// Of one request: partitions of a bulk replay, and people who may vote before it is decided.
inline constexpr std::size_t approval_units_max = 1'024;
inline constexpr std::size_t approval_votes_max = 100;
// All of these together, as stored.
inline constexpr std::size_t approval_request_bytes_max = 1024 * 1024;
// Pending and approved: more than anybody looks through. Pending of one principal: a program that
// asks in a loop leaves room for the others.
inline constexpr std::size_t approval_requests_max = 1'024;
inline constexpr std::size_t approval_requests_per_principal_max = 32;
// Ended ones that can still be looked at; the audit log has all of them.
inline constexpr std::size_t approval_ended_kept_max = 1'000;
// Held requests of all sessions, and what is queued for the one thread that serves them.
inline constexpr std::size_t approval_waiters_max = 4'096;
inline constexpr std::size_t approval_jobs_max = 1'024;
// Requests that run out together are ended so many at a time: each waits for the audit log.
inline constexpr std::size_t approval_expired_at_once_max = 16;
// Where the store failed, expiries are tried again after this.
inline constexpr std::chrono::nanoseconds approval_retry_interval = 1s;
// A wall clock that was set forward is noticed after this.
inline constexpr std::chrono::nanoseconds approval_check_interval = 10s;
// The database file; some 2,000 requests of ordinary size take 2 MiB.
inline constexpr std::int64_t approval_store_bytes_max = 256ll * 1024 * 1024;

// -- The daemon's own loop and its /metrics listener
// How often the kernel is asked whether it still captures (design 5: noticed in seconds).
inline constexpr std::chrono::nanoseconds steering_check_interval = 2s;
// The events gateway_start and gateway_stop are on disk within this, or the log counts as failed.
inline constexpr std::chrono::nanoseconds gateway_event_deadline = 5s;
inline constexpr std::size_t http_header_bytes_max = 8 * 1024;
inline constexpr std::size_t http_connections_max = 32;
inline constexpr std::chrono::nanoseconds http_deadline = 5s;
// What `sluice status` reads.
inline constexpr std::size_t http_answer_bytes_max = 4 * 1024 * 1024;

// -- The control socket (people at a shell: some requests a minute)
inline constexpr std::size_t control_connections_max = 32;
// So that no user keeps the others out; a thread for each of them and some for everybody else.
inline constexpr std::size_t control_connections_per_user_max = 8;
inline constexpr std::size_t control_threads = 12;
inline constexpr std::size_t control_body_bytes_max = 64 * 1024;
inline constexpr std::size_t control_requests_per_connection_max = 1'000;
// For a request to arrive and, once more, for its answer to leave.
inline constexpr std::chrono::milliseconds control_deadline = 10s;
// What the command line waits for: a vote is on disk before it is answered.
inline constexpr std::chrono::milliseconds control_answer_deadline = 60s;
// 1,000 requests of some KiB. What is shown of them, and what the command line reads at most.
inline constexpr std::size_t control_list_bytes_max = 8 * 1024 * 1024;
inline constexpr std::size_t control_answer_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t control_list_default = 100;
inline constexpr std::size_t control_list_max = 1'000;
inline constexpr std::size_t control_query_fields_max = 32;

}  // namespace sluice::limits
