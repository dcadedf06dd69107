#include "app/daemon.h"

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "app/config_audit.h"
#include "app/config_files.h"
#include "app/config_keys.h"
#include "app/control_port.h"
#include "app/gateway.h"
#include "app/log_port.h"
#include "app/metrics_server.h"
#include "app/policy_watch.h"
#include "app/process.h"
#include "app/version.h"
#include "audit/encode.h"
#include "auditlog/indexer.h"
#include "auditlog/keeper.h"
#include "base/limits.h"
#include "base/log.h"
#include "control/server.h"
#include "store/approvals_store.h"
#include "store/subjects_store.h"
#include "telemetry/metrics.h"

namespace sluice::app {

namespace {

std::int64_t wall_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

int refuse(const Error& error) {
    std::fprintf(stderr, "sluiced: %s\n", error.context.c_str());
    return error.code == Errc::config ? kConfigWrong : kFailed;
}

struct Files {
    Config config;
    std::vector<mask::Key> keys;
    std::shared_ptr<const policy::PolicySet> policies;
};

Result<Files> read_files(const DaemonOptions& options) {
    auto config = load_config(options.config);
    if (!config) {
        // Whatever keeps the configuration from being read is the operator's to mend.
        Error error = std::move(config).error();
        error.code = Errc::config;
        return error;
    }
    auto keys = load_keys(config->keys);
    if (!keys) {
        Error error = std::move(keys).error();
        error.code = Errc::config;
        return error;
    }
    auto policies = load_policies(config->policies, *keys, config->identity_providers);
    if (!policies) {
        Error error = std::move(policies).error();
        error.code = Errc::config;
        return error;
    }
    return Files{*std::move(config), *std::move(keys), *policies};
}

// The first entry after some that were signed and are lost.
Buffer gap_entry(const auditlog::LostTail& lost) {
    audit::Event event;
    event.type = audit::EventType::gap;
    event.outcome = audit::Outcome::ok;
    event.wall_ns = wall_ns();
    event.records = lost.had - lost.has;
    // What was signed: how many entries, and the root of their tree.
    for (const Byte byte : lost.root.bytes) {
        constexpr char kHex[] = "0123456789abcdef";
        event.resource += {kHex[byte >> 4], kHex[byte & 15]};
    }
    event.resource.insert(0, std::to_string(lost.had) + ":");
    event.reason = "accepted_by_operator";
    Buffer entry;
    audit::encode(event, entry);
    return entry;
}

Result<std::unique_ptr<auditlog::Log>> open_signed_log(
    const Config& config, store::SubjectsStore& people,
    std::optional<std::uint64_t> accept_lost_tail) {
    auditlog::LogOptions options;
    options.reserve_bytes = limits::audit_reserve_bytes;
    options.accept_size = accept_lost_tail;
    options.gap_entry = gap_entry;
    options.keep_subjects = [&people](std::span<const Buffer> subjects) {
        return people.put(subjects, wall_ns());
    };
    options.directory = config.audit_directory();
    options.origin = config.origin;
    auto signers = open_log_keys(config.audit_keys(), options.directory, options.origin);
    if (!signers) return std::move(signers).error();
    const audit::NoteVerifier key = signers->front().verifier();
    options.checkpoints = {*std::move(signers), config.audit.anchor};
    auto log = auditlog::open_log(options);
    if (!log) return log;
    auto published = publish_log_key(options.directory, key);
    if (!published) return std::move(published).error();
    return log;
}

// INVARIANT: the stores outlive the gateway.
Result<std::unique_ptr<Gateway>> start_gateway(const Files& files, store::ApprovalsStore& store,
                                               store::SubjectsStore& people,
                                               std::optional<std::uint64_t> accept_lost_tail) {
    auto log = open_signed_log(files.config, people, accept_lost_tail);
    if (!log) return std::move(log).error().in("open the audit log");
    GatewayParts parts;
    parts.log = *std::move(log);
    parts.steering = capture::make_steering(steering_options(files.config));
    parts.wall_ns = wall_ns;
    auto kept = store.load();
    if (!kept) return std::move(kept).error().in("load the requests for approval");
    parts.requests = *std::move(kept);
    parts.keep = [&store](std::span<const approval::Request> requests,
                          const std::function<Status()>& recorded) {
        return store.put(requests, recorded);
    };
    parts.drop = [&store](std::span<const std::string> ids) { return store.drop(ids); };
    auto eraser = store::SubjectsStore::open(files.config.people_file());
    if (!eraser) return std::move(eraser).error().in("open the names of people");
    parts.erase = [names = std::shared_ptr<store::SubjectsStore>(*std::move(eraser))](
                      std::string_view person, std::int64_t now_ns) {
        return names->erase(person, now_ns);
    };
    parts.tokens =
        std::make_unique<TokenChecker>(files.config.identity_providers, TokenChecker::real_world());
    parts.keys = files.keys;
    return Gateway::start(files.config, files.policies, std::move(parts));
}

std::unique_ptr<auditlog::Keeper> start_keeper(const Config& config, Gateway& gateway) {
    auditlog::KeepOptions options;
    options.directory = config.audit_directory();
    options.compress_after = config.audit.compress_after;
    options.retention = {config.audit.keep, config.audit.keep_bytes};
    options.dropped = [&gateway](const auditlog::DroppedEntries& entries) {
        return gateway.record_dropped(entries);
    };
    log::info("audit log: {}", retention_in_words(config.audit));
    return std::make_unique<auditlog::Keeper>(auditlog::real_file_system(), std::move(options),
                                              wall_ns);
}

Result<std::unique_ptr<control::ControlServer>> start_control(const Config& config,
                                                              Gateway& gateway, ControlPort& port,
                                                              LogPort& log) {
    control::ControlOptions options;
    options.socket = config.control;
    options.group = config.control_group;
    options.people = config.people;
    return control::ControlServer::start(
        std::move(options), port, log,
        [&gateway](const control::RefusedCall& call) { gateway.record_refused_call(call); });
}

MetricsHandlers handlers_of(const Gateway& gateway) {
    return {[&gateway] {
                telemetry::Snapshot snapshot = gateway.snapshot();
                snapshot.process = process_numbers();
                return telemetry::metrics_text(snapshot);
            },
            [&gateway] { return gateway.readiness(); }};
}

// Until a signal says to stop; returns its name for the audit log.
std::string serve(Gateway& gateway, const Files& files) {
    PolicyWatch watch(files.config.policies);
    for (;;) {
        const std::optional<int> signal = wait_signal(limits::steering_check_interval);
        if (signal == SIGTERM) return "sigterm";
        if (signal == SIGINT) return "sigint";
        const bool changed = watch.changed();
        if (signal == SIGHUP || changed)
            gateway.take_policies(
                load_policies(files.config.policies, files.keys, files.config.identity_providers));
        gateway.check_capture();
    }
}

}  // namespace

int check_files(const DaemonOptions& options) {
    const auto files = read_files(options);
    if (!files) return refuse(files.error());
    std::printf("%s: no mistake found\n", options.config.c_str());
    return kStopped;
}

int run_daemon(const DaemonOptions& options) {
    const auto files = read_files(options);
    if (!files) return refuse(files.error());
    const auto logging = log::init(files->config.log_level);
    if (!logging) return refuse(logging.error());
    block_signals();
    forbid_core_dumps();
    keep_large_blocks();
    const auto descriptors = raise_fd_limit(files->config.connections_max);
    if (!descriptors) log::warn("{}", descriptors.error().context);

    std::error_code failure;
    std::filesystem::create_directories(files->config.data, failure);  // opening says what failed
    auto store = store::ApprovalsStore::open(files->config.approvals_file());
    if (!store) return refuse(std::move(store).error().in("open the requests for approval"));
    auto people = store::SubjectsStore::open(files->config.people_file());
    if (!people) return refuse(std::move(people).error().in("open the names of people"));
    auto gateway = start_gateway(*files, **store, **people, options.accept_lost_audit_tail);
    if (!gateway) return refuse(gateway.error());
    ControlPort port((*gateway)->approvals());
    LogPort log_port(**gateway, files->config.audit_directory(), files->config.people_file());
    auto control = start_control(files->config, **gateway, port, log_port);
    if (!control) {
        (*gateway)->stop("start_failed");
        return refuse(control.error());
    }
    auto server = MetricsServer::start(files->config.metrics, handlers_of(**gateway));
    if (!server) {
        (*gateway)->stop("start_failed");
        return refuse(server.error());
    }
    auto keeper = start_keeper(files->config, **gateway);
    const auditlog::Indexer indexer(files->config.audit_directory());
    log::info("sluiced {} runs, metrics on {}", kVersion, to_text(files->config.metrics));
    notify_systemd("READY=1");

    const std::string reason = serve(**gateway, *files);
    log::info("{}: connections end in order; a second signal ends at once", reason);
    notify_systemd("STOPPING=1");
    let_signals_end_us();
    keeper.reset();
    (*gateway)->stop(reason);
    server->reset();  // before the gateway they ask
    control->reset();
    gateway->reset();
    log::info("stopped; the capture stays in place and refuses, `sluice uninstall` removes it");
    return kStopped;
}

}  // namespace sluice::app
