#include "app/gateway.h"

#include <algorithm>
#include <utility>

#include "app/control_port.h"
#include "app/secret_file.h"
#include "app/snapshot.h"
#include "app/version.h"
#include "base/limits.h"
#include "base/log.h"

namespace sluice::app {

namespace {

session::Durability durability_of(policy::Durability durability) {
    switch (durability) {
        case policy::Durability::strict:
            return session::Durability::strict;
        case policy::Durability::durable:
            return session::Durability::durable;
        case policy::Durability::async:
            return session::Durability::async;
    }
    return session::Durability::strict;
}

NamedEvent event_of(audit::EventType type, std::int64_t wall_ns, std::string reason) {
    NamedEvent named;
    named.event.type = type;
    named.event.outcome = audit::Outcome::ok;
    named.event.wall_ns = wall_ns;
    named.event.reason = std::move(reason);
    return named;
}

}  // namespace

capture::SteeringOptions steering_options(const Config& config) {
    capture::SteeringOptions options;
    options.run_id = config.run_id;
    options.client_interfaces = config.client_interfaces;
    // The kernel captures every port on every network; the relay knows which pairs are a cluster's.
    for (const Cluster& cluster : config.clusters) {
        for (const Network4& network : cluster.networks)
            options.networks.push_back({network.address, network.prefix});
        for (const std::string& network : cluster.ipv6_networks)
            options.ipv6_networks.push_back(network);
        for (const std::uint16_t port : cluster.ports)
            if (std::find(options.ports.begin(), options.ports.end(), port) == options.ports.end())
                options.ports.push_back(port);
    }
    return options;
}

Result<net::RelayOptions> relay_options(const Config& config, const policy::PolicySet& policies) {
    net::RelayOptions options;
    options.workers = config.workers;
    options.durability = durability_of(policies.durability);
    options.observe = config.shadow;
    options.connections_max = config.connections_max;
    options.connections_per_source_max = config.connections_per_source_max;
    for (const Cluster& cluster : config.clusters) {
        net::Cluster& out = options.clusters.emplace_back();
        out.name = cluster.name;
        out.ports = cluster.ports;
        for (const Network4& network : cluster.networks)
            out.networks.push_back({network.address, network.prefix});
        out.tokens = cluster.plaintext_tokens && !config.identity_providers.empty();
        if (!cluster.credential) continue;
        auto password = read_secret_file(cluster.credential->password_file);
        if (!password) return std::move(password).error().in("cluster " + cluster.name);
        while (!password->empty() && password->back() == '\n') password->pop_back();
        out.credential = std::make_shared<const session::UpstreamCredential>(
            session::UpstreamCredential{cluster.credential->user, *std::move(password)});
    }
    return options;
}

std::string capture_state(const Result<capture::SteeringStatus>& status) {
    if (!status) return "unknown";
    std::string missing;
    if (!status->attached) missing += "_program";
    if (!status->guard) missing += "_guard";
    if (!status->route) missing += "_route";
    if (!status->listener) missing += "_listener";
    return missing.empty() ? "in_place" : "missing" + missing;
}

Gateway::Gateway(std::shared_ptr<const policy::PolicySet> policies, GatewayParts parts)
    : parts_(std::move(parts)),
      audit_port_(*parts_.log),
      events_(*parts_.log),
      policies_(policies, std::move(parts_.keys)),
      desk_events_(*parts_.log),
      approvals_(std::move(parts_.requests), {parts_.wall_ns,
                                              random_request_id,
                                              parts_.keep,
                                              [this](const NamedEvent& named) {
                                                  return desk_events_.record_and_wait(
                                                      named, limits::gateway_event_deadline);
                                              },
                                              parts_.drop,
                                              {}}),
      control_events_(*parts_.log),
      keeper_events_(*parts_.log),
      durability_(policies->durability) {}

Result<std::unique_ptr<Gateway>> Gateway::start(const Config& config,
                                                std::shared_ptr<const policy::PolicySet> policies,
                                                GatewayParts parts) {
    std::unique_ptr<Gateway> gateway(new Gateway(std::move(policies), std::move(parts)));
    auto begun = gateway->begin(config);
    if (!begun) return std::move(begun).error();
    return gateway;
}

Status Gateway::begin(const Config& config) {
    auto options = relay_options(config, *policies_.set());
    if (!options) return std::move(options).error();
    const std::int64_t now = parts_.wall_ns();
    auto recorded = events_.record_and_wait(
        event_of(audit::EventType::gateway_start, now, std::string("version_") + kVersion),
        limits::gateway_event_deadline);
    if (!recorded) return std::move(recorded).error().in("record the start");
    auto listener = parts_.steering->start();
    if (!listener) return std::move(listener).error().in("set up the capture");
    options->listener = *listener;
    // Microseconds since 1970 leave room for a million connections in each second that passes, and
    // stay whole numbers where a program reads them as doubles.
    options->first_session = static_cast<std::uint64_t>(now / 1000);
    parts_.tokens->start();
    const bool takes_tokens = std::any_of(options->clusters.begin(), options->clusters.end(),
                                          [](const net::Cluster& each) { return each.tokens; });
    auto relay = parts_.start_relay(*std::move(options),
                                    {audit_port_, policies_, *parts_.tokens, approvals_});
    if (!relay) return std::move(relay).error();
    relay_ = *std::move(relay);
    {
        const std::lock_guard lock(mutex_);
        facts_.accepting = true;
        facts_.shadow = config.shadow;
        facts_.has_rules = policies_.set()->has_rules();
        facts_.plaintext_tokens = takes_tokens;
    }
    check_capture();
    return ok();
}

void Gateway::check_capture() {
    if (!look_at_capture()) return;
    const Status repaired = parts_.steering->repair();
    const std::string problem = repaired ? "" : repaired.error().context;
    if (problem != repair_problem_ && !repaired)
        log::error("capture: not repaired, tried again every few seconds: {}", problem);
    repair_problem_ = problem;
    if (!repaired) return;
    {
        const std::lock_guard lock(mutex_);
        ++repairs_;
    }
    static_cast<void>(look_at_capture());  // what is missing still is tried at the next check
}

bool Gateway::look_at_capture() {
    const Result<capture::SteeringStatus> status = parts_.steering->status();
    {
        const std::lock_guard lock(mutex_);
        facts_.capture = status ? std::optional(*status) : std::nullopt;
        facts_.capture_problem = status ? std::string() : status.error().context;
    }
    const std::string state = capture_state(status);
    // An emptied slot of the listener is not repaired, an unanswered question says nothing.
    const bool repairable = status && !(status->attached && status->guard && status->route);
    if (state == capture_state_) return repairable;
    if (state == "in_place")
        log::info("capture: everything is in place");
    else if (!status)
        log::error("capture: the kernel could not be asked: {}", status.error().context);
    else
        log::error("capture: {}; until it is back, broker connections are refused", state);
    record_capture(state);
    capture_state_ = state;
    return repairable;
}

void Gateway::record_capture(const std::string& reason) {
    NamedEvent named = event_of(audit::EventType::capture, parts_.wall_ns(), reason);
    if (reason != "in_place") named.event.outcome = audit::Outcome::error;
    const auto recorded = events_.record(named);
    if (!recorded) log::error("capture: the change is not recorded: {}", recorded.error().context);
}

void Gateway::take_policies(const Result<std::shared_ptr<const policy::PolicySet>>& policies) {
    NamedEvent named = event_of(audit::EventType::policy, parts_.wall_ns(), "loaded");
    if (!policies) {
        named.event.reason = "refused";
        named.event.outcome = audit::Outcome::refused;
    } else {
        named.event.policy = (*policies)->fingerprint;
    }
    const auto recorded = events_.record(named);
    if (!recorded) log::error("policy: the change is not recorded: {}", recorded.error().context);
    const std::lock_guard lock(mutex_);
    if (!policies) {
        facts_.policy_problem = policies.error().context;
        log::error("policy: refused, the running set stays: {}", policies.error().context);
        return;
    }
    policies_.publish(*policies);
    facts_.policy_problem.clear();
    facts_.policy_waiting.clear();
    facts_.has_rules = (*policies)->has_rules();
    // Connections got their durability when the relay started.
    const policy::Durability durability = (*policies)->durability;
    if (durability != durability_)
        facts_.policy_waiting =
            "durability " + std::string(policy::name(durability)) + " waits for a restart";
    log::info("policy: reloaded {}", facts_.policy_waiting);
}

void Gateway::record_refused_call(const control::RefusedCall& call) {
    const std::lock_guard lock(control_mutex_);
    const auto recorded = control_events_.record(app::event_of(call, parts_.wall_ns()));
    if (!recorded) log::error("control: a refusal is not recorded: {}", recorded.error().context);
}

Status Gateway::record_call(NamedEvent named) {
    named.event.wall_ns = parts_.wall_ns();
    const std::lock_guard lock(control_mutex_);
    return control_events_.record_and_wait(named, limits::gateway_event_deadline);
}

Result<std::uint64_t> Gateway::erase_person(const std::string& person, audit::Subject by) {
    const auto requests = approvals_.forget(person);
    if (!requests) return requests.error();
    const std::lock_guard lock(control_mutex_);
    const std::int64_t now = parts_.wall_ns();
    const auto names = parts_.erase(person, now);
    if (!names) return names.error();
    // Who is connected gets another id with the next event.
    parts_.log->forget_subjects();
    NamedEvent named = event_of(audit::EventType::erased, now, {});
    named.event.records = *names + *requests;
    named.actor = std::move(by);
    auto recorded = control_events_.record_and_wait(named, limits::gateway_event_deadline);
    if (!recorded) return std::move(recorded).error();
    // What was named before and waited for the commit is kept by now.
    const auto late = parts_.erase(person, now);
    if (!late) return late.error();
    return named.event.records + *late;
}

Status Gateway::record_dropped(const auditlog::DroppedEntries& entries) {
    NamedEvent named = event_of(
        audit::EventType::pruned, parts_.wall_ns(),
        "entries_" + std::to_string(entries.from) + "_to_" + std::to_string(entries.to - 1));
    named.event.records = entries.to - entries.from;
    return keeper_events_.record_and_wait(named, limits::gateway_event_deadline);
}

void Gateway::stop(const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        facts_.accepting = false;
    }
    relay_->drain();
    std::unique_ptr<net::Relay> ended;
    {
        const std::lock_guard lock(mutex_);
        ended = std::move(relay_);
    }
    ended.reset();  // what did not end in time ends now: its last events come before ours
    auto recorded =
        events_.record_and_wait(event_of(audit::EventType::gateway_stop, parts_.wall_ns(), reason),
                                limits::gateway_event_deadline);
    if (!recorded) log::error("the stop is not recorded: {}", recorded.error().context);
}

Readiness Gateway::readiness() const {
    const std::lock_guard lock(mutex_);
    ReadinessFacts facts = facts_;
    facts.audit_failed = parts_.log->failed();
    return judge(facts);
}

telemetry::Snapshot Gateway::snapshot() const {
    telemetry::Snapshot snapshot;
    snapshot.ready = readiness().ready();
    snapshot.audit = audit_numbers(parts_.log->counters(), parts_.log->size());
    snapshot.approvals = approval_numbers(approvals_.counters());
    snapshot.keys = key_numbers(parts_.tokens->numbers());
    const std::lock_guard lock(mutex_);
    snapshot.policy_broken = !facts_.policy_problem.empty();
    if (facts_.capture) {
        snapshot.capture = capture_numbers(*facts_.capture);
        snapshot.capture->repairs = repairs_;
    }
    if (relay_) snapshot.relay = relay_numbers(relay_->counters());
    return snapshot;
}

}  // namespace sluice::app
