#include "capture/steering.h"

#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/log.h"
#include "capture/attachment.h"
#include "capture/coverage.h"
#include "capture/guard.h"
#include "capture/listener.h"
#include "capture/maps.h"
#include "capture/pins.h"
#include "capture/program.h"
#include "capture/routing.h"

namespace sluice::capture {
namespace {

static_assert(static_cast<int>(Verdict::count_) == SLUICE_VERDICT_COUNT);
static_assert(static_cast<int>(Verdict::delivered_icmp) == SLUICE_DELIVERED_ICMP);
static_assert(static_cast<int>(Verdict::refused_no_listener_guarded) ==
              SLUICE_REFUSED_NO_LISTENER_GUARDED);

RoutingPlan routing_of(const SteeringOptions& options) {
    return {options.mark, options.mark_mask, options.table, options.preference,
            options.client_interfaces};
}

// What a predecessor of this run left in the map.
RoutingPlan routing_of(const sluice_settings& settings) {
    RoutingPlan out{settings.mark, settings.mark_mask, settings.table, settings.preference, {}};
    for (std::uint32_t i = 0;
         i < std::min<std::uint32_t>(settings.interface_count, SLUICE_INTERFACES_MAX); ++i) {
        const char* name = settings.interfaces[i];
        out.interfaces.emplace_back(name, ::strnlen(name, SLUICE_INTERFACE_NAME_BYTES));
    }
    return out;
}

bool same_rules(const RoutingPlan& left, const RoutingPlan& right) {
    return left.mark == right.mark && left.mark_mask == right.mark_mask &&
           left.table == right.table && left.preference == right.preference;
}

std::vector<std::string> missing_in(const std::vector<std::string>& kept,
                                    const std::vector<std::string>& names) {
    std::vector<std::string> out;
    for (const std::string& name : names)
        if (std::find(kept.begin(), kept.end(), name) == kept.end()) out.push_back(name);
    return out;
}

std::uint64_t network_namespace() {
    struct stat about {};
    return ::stat("/proc/thread-self/ns/net", &about) == 0 ? about.st_ino : 0;
}

sluice_settings settings_of(const SteeringOptions& options) {
    sluice_settings out{};
    out.mark = options.mark;
    out.mark_mask = options.mark_mask;
    out.table = options.table;
    out.preference = options.preference;
    out.network_namespace = network_namespace();
    for (const std::string& name : options.client_interfaces)
        name.copy(out.interfaces[out.interface_count++], SLUICE_INTERFACE_NAME_BYTES - 1);
    return out;
}

Status check_interfaces_exist(const std::vector<std::string>& interfaces) {
    for (const std::string& name : interfaces)
        if (::if_nametoindex(name.c_str()) == 0)
            return Error{Errc::config, "client interface `" + name +
                                           "` does not exist in this network namespace"};
    return ok();
}

bool forwarding() {
    std::ifstream file("/proc/sys/net/ipv4/ip_forward");
    char flag = '0';
    return file.get(flag) && flag == '1';
}

class KernelSteering final : public Steering {
  public:
    explicit KernelSteering(const SteeringOptions& options)
        : options_(options), pins_(options.bpffs, options.run_id) {}

    Result<int> start() override;
    Status cover(const Endpoint& broker) override;
    Status uncover(const Endpoint& broker) override;
    Status repair() override;
    Result<SteeringStatus> status() override;

  private:
    Status prepare();
    Status install_guard_and_route(sluice_settings settings);
    Status attach_all(const Program& program);
    Status remove_leftovers(const sluice_settings& before);
    Status apply(const Coverage& wanted);

    const SteeringOptions options_;
    const Pins pins_;
    Fd lock_;
    std::optional<Program> program_;  // since start()
    std::optional<Maps> maps_;        // since start()
    std::optional<Coverage> coverage_;
};

// The checks and everything that has no effect on traffic.
Status KernelSteering::prepare() {
    auto coverage = Coverage::from(options_);
    if (!coverage) return std::move(coverage).error();
    coverage_ = *std::move(coverage);
    auto done = check_interfaces_exist(options_.client_interfaces);
    if (done) done = ensure_bpffs(pins_.bpffs);
    if (done) done = create_pins(pins_);
    if (!done) return done;
    auto lock = lock_pins(pins_);
    if (!lock) return std::move(lock).error();
    lock_ = *std::move(lock);
    return ok();
}

// The guard comes first: while the rest is not in place, what goes to a broker meets it.
Status KernelSteering::install_guard_and_route(sluice_settings settings) {
    auto done = install_guard(options_.run_id, options_.client_interfaces, *coverage_);
    if (done) done = install_routing(routing_of(options_));
    if (!done) return done;
    settings.guard_verified = 1;  // install_guard() has read it back
    return maps_->write(settings);
}

Status KernelSteering::attach_all(const Program& program) {
    for (const std::string& interface : options_.client_interfaces) {
        auto before = attached(interface, maps_->brokers_id());
        if (!before) return std::move(before).error();
        auto now = attach(interface, program, pins_, maps_->brokers_id(), options_.attach);
        if (!now) return std::move(now).error();
        if (*now != *before) log::info("capture attached to {} by {}", interface, name(*now));
    }
    return ok();
}

// What a predecessor with another configuration set up and this one does not use.
Status KernelSteering::remove_leftovers(const sluice_settings& before) {
    RoutingPlan old = routing_of(before);
    const std::vector<std::string> unused = missing_in(options_.client_interfaces, old.interfaces);
    for (const std::string& interface : unused) {
        auto done = detach(interface, pins_, maps_->brokers_id());
        if (!done) return done;
    }
    auto done = remove_old_layouts(pins_);
    if (!done) return done;
    if (before.network_namespace != network_namespace() || old.table == 0) return ok();
    if (same_rules(old, routing_of(options_))) old.interfaces = unused;
    return old.interfaces.empty() ? ok() : remove_routing(old);
}

Result<int> KernelSteering::start() {
    auto done = prepare();
    if (!done) return std::move(done).error();
    auto program = Program::load(pins_);
    if (!program) return std::move(program).error();
    program_ = *std::move(program);
    auto maps = Maps::open(pins_);
    if (!maps) return std::move(maps).error();
    maps_ = *std::move(maps);
    auto before = maps_->settings();
    if (!before) return std::move(before).error();
    auto learned = maps_->learned();
    if (!learned) return std::move(learned).error();
    for (const Endpoint& broker : *learned) coverage_->learn(broker);

    done = install_guard_and_route(settings_of(options_));
    if (done) done = maps_->sync(coverage_->entries());
    if (!done) return std::move(done).error();
    auto listener = open_listener();
    if (!listener) return listener;
    Fd owned(*listener);
    done = maps_->put_listener(owned.get());
    if (done) done = attach_all(*program_);
    if (done) done = remove_leftovers(*before);
    if (!done) return std::move(done).error();
    if (!forwarding())
        log::warn(
            "net.ipv4.ip_forward is 0: this host routes nothing but the captured connections");
    return owned.release();
}

// Guard before capture where coverage grows; the caller gives the order for a shrinking one.
Status KernelSteering::apply(const Coverage& wanted) {
    auto done = install_guard(options_.run_id, options_.client_interfaces, wanted);
    if (done) done = maps_->sync(wanted.entries());
    if (done) coverage_ = wanted;
    return done;
}

Status KernelSteering::cover(const Endpoint& broker) {
    if (!maps_) return Error{Errc::unavailable, "capture is not started"};
    Coverage wanted = *coverage_;
    wanted.learn(broker);
    if (wanted.learned() == coverage_->learned()) return ok();
    return apply(wanted);
}

Status KernelSteering::uncover(const Endpoint& broker) {
    if (!maps_) return Error{Errc::unavailable, "capture is not started"};
    Coverage wanted = *coverage_;
    wanted.forget(broker);
    if (wanted.learned() == coverage_->learned()) return ok();
    return apply(wanted);
}

// In the order of start(). The maps live on while we do, whatever became of their pins; so do what
// they hold and the program that uses them.
Status KernelSteering::repair() {
    if (!maps_) return Error{Errc::unavailable, "capture is not started"};
    auto done = ensure_bpffs(pins_.bpffs);
    if (done) done = create_pins(pins_);
    if (!done) return done;
    if (!locks(lock_, pins_)) {
        auto lock = lock_pins(pins_);
        if (!lock) return std::move(lock).error();
        lock_ = *std::move(lock);
    }
    done = program_->pin_maps(pins_);
    if (done) done = install_guard_and_route(settings_of(options_));
    if (done) done = maps_->sync(coverage_->entries());
    if (done) done = attach_all(*program_);
    return done;
}

Result<SteeringStatus> KernelSteering::status() {
    auto coverage = Coverage::from(options_);
    if (!coverage) return std::move(coverage).error();
    SteeringStatus out;
    out.forwarding = forwarding();
    auto routed = routing_present(routing_of(options_));
    if (!routed) return std::move(routed).error();
    out.route = *routed;
    auto maps = Maps::open(pins_);
    if (!maps && maps.error().code != Errc::unavailable) return std::move(maps).error();
    if (maps) {
        auto learned = maps->learned();
        if (!learned) return std::move(learned).error();
        for (const Endpoint& broker : *learned) coverage->learn(broker);
        auto filled = maps->has_listener();
        if (!filled) return std::move(filled).error();
        out.listener = *filled;
        auto verdicts = maps->verdicts();
        if (!verdicts) return std::move(verdicts).error();
        std::copy(verdicts->begin(), verdicts->end(), out.verdicts);
        out.attached = true;
        for (const std::string& interface : options_.client_interfaces) {
            auto kind = attached(interface, maps->brokers_id());
            if (!kind) return std::move(kind).error();
            out.attached = out.attached && *kind != Attachment::none;
            if (*kind != Attachment::none) out.attach_kind = capture::name(*kind);
        }
    }
    auto listing = list_guard(options_.run_id);
    if (!listing) return std::move(listing).error();
    if (*listing) {
        out.guard = guard_complete(**listing, options_.client_interfaces, *coverage);
        out.guard_rejected = guard_count(**listing).packets;
    }
    return out;
}

}  // namespace

const char* name(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::not_ours:
            return "not_ours";
        case Verdict::assigned_established:
            return "assigned_established";
        case Verdict::assigned_listener:
            return "assigned_listener";
        case Verdict::refused_no_listener_guarded:
            return "refused_no_listener_guarded";
        case Verdict::dropped_no_listener:
            return "dropped_no_listener";
        case Verdict::dropped_fragment:
            return "dropped_fragment";
        case Verdict::dropped_options:
            return "dropped_options";
        case Verdict::dropped_unparsable:
            return "dropped_unparsable";
        case Verdict::dropped_assign_failed:
            return "dropped_assign_failed";
        case Verdict::delivered_icmp:
            return "delivered_icmp";
        case Verdict::count_:
            break;
    }
    return "unknown";
}

std::unique_ptr<Steering> make_steering(const SteeringOptions& options) {
    log_libbpf();
    return std::make_unique<KernelSteering>(options);
}

// Capture goes first and the guard last, so that every moment on the way refuses.
Status uninstall(const SteeringOptions& options) {
    log_libbpf();
    auto done = check(options);
    if (!done) return done;
    const Pins pins(options.bpffs, options.run_id);
    auto lock = lock_pins(pins);
    if (!lock) return std::move(lock).error();
    std::vector<RoutingPlan> plans{routing_of(options)};
    std::uint32_t map_id = 0;  // no map has it
    auto maps = Maps::open(pins);
    if (!maps && maps.error().code != Errc::unavailable) return std::move(maps).error();
    if (maps) {
        map_id = maps->brokers_id();
        auto settings = maps->settings();
        if (!settings) return std::move(settings).error();
        // Set up in another network namespace: what is here under the same names is somebody
        // else's.
        if (settings->network_namespace != network_namespace())
            plans.clear();
        else
            plans.push_back(routing_of(*settings));
    }
    for (const RoutingPlan& plan : plans) {
        for (const std::string& interface : plan.interfaces) {
            done = detach(interface, pins, map_id);
            if (!done) return done;
        }
        if (plan.table != 0) done = remove_routing(plan);
        if (!done) return done;
    }
    done = detach_links(pins);
    if (done) done = remove_pins(pins);
    if (!done) return done;
    return remove_guard(options.run_id);
}

}  // namespace sluice::capture
