#include "capture/maps.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <set>

namespace sluice::capture {
namespace {

constexpr std::uint32_t kFirst = 0;

Result<Fd> open_map(const Pins& pins, std::string_view name) {
    const std::string path = pins.map(name);
    Fd map(::bpf_obj_get(path.c_str()));
    if (map) return map;
    if (errno == ENOENT)
        return Error{Errc::unavailable, "capture is not set up: " + path + " does not exist"};
    return errno_error("open the map " + path, errno);
}

}  // namespace

Result<Maps> Maps::open(const Pins& pins) {
    Maps out;
    const std::pair<std::string_view, Fd*> all[] = {{"settings", &out.settings_},
                                                    {"brokers", &out.brokers_},
                                                    {"listeners", &out.listeners_},
                                                    {"verdicts", &out.verdicts_}};
    for (const auto& [name, into] : all) {
        auto map = open_map(pins, name);
        if (!map) return std::move(map).error();
        *into = *std::move(map);
    }
    bpf_map_info info{};
    __u32 bytes = sizeof info;
    if (::bpf_obj_get_info_by_fd(out.brokers_.get(), &info, &bytes) < 0)
        return errno_error("ask for the id of the map brokers", errno);
    out.brokers_id_ = info.id;
    return out;
}

Result<sluice_settings> Maps::settings() const {
    sluice_settings out{};
    if (::bpf_map_lookup_elem(settings_.get(), &kFirst, &out) < 0)
        return errno_error("read the map settings", errno);
    return out;
}

Status Maps::write(const sluice_settings& settings) {
    if (::bpf_map_update_elem(settings_.get(), &kFirst, &settings, BPF_ANY) < 0)
        return errno_error("write the map settings", errno);
    return ok();
}

Result<std::vector<BrokerEntry>> Maps::entries() const {
    std::vector<BrokerEntry> out;
    BrokerEntry entry{};
    const sluice_broker_key* previous = nullptr;
    while (::bpf_map_get_next_key(brokers_.get(), previous, &entry.key) == 0) {
        if (::bpf_map_lookup_elem(brokers_.get(), &entry.key, &entry.value) < 0)
            return errno_error("read the map brokers", errno);
        out.push_back(entry);
        previous = &out.back().key;
    }
    if (errno != ENOENT) return errno_error("list the map brokers", errno);
    return out;
}

Result<std::vector<Endpoint>> Maps::learned() const {
    auto all = entries();
    if (!all) return std::move(all).error();
    std::vector<Endpoint> out;
    for (const BrokerEntry& entry : *all)
        if (entry.value.origin == SLUICE_ORIGIN_LEARNED && entry.key.scope == SLUICE_SCOPE_ENDPOINT)
            out.push_back({ntohl(entry.key.address), ntohs(entry.key.port)});
    return out;
}

Status Maps::sync(const std::vector<BrokerEntry>& wanted) {
    std::set<sluice_broker_key, KeyLess> keys;
    for (const BrokerEntry& entry : wanted) {
        keys.insert(entry.key);
        if (::bpf_map_update_elem(brokers_.get(), &entry.key, &entry.value, BPF_ANY) == 0) continue;
        if (errno == ENOSPC)
            return Error{Errc::too_large,
                         "more than " + std::to_string(SLUICE_BROKERS_MAX) + " broker entries"};
        return errno_error("write the map brokers", errno);
    }
    auto present = entries();
    if (!present) return std::move(present).error();
    for (const BrokerEntry& entry : *present)
        if (!keys.contains(entry.key) && ::bpf_map_delete_elem(brokers_.get(), &entry.key) < 0 &&
            errno != ENOENT)
            return errno_error("delete from the map brokers", errno);
    return ok();
}

Status Maps::put_listener(int listener) {
    const auto value = static_cast<std::uint64_t>(listener);
    if (::bpf_map_update_elem(listeners_.get(), &kFirst, &value, BPF_ANY) < 0)
        return errno_error("put the listener into its slot", errno);
    return ok();
}

Result<bool> Maps::has_listener() const {
    std::uint64_t cookie = 0;
    if (::bpf_map_lookup_elem(listeners_.get(), &kFirst, &cookie) == 0) return true;
    if (errno == ENOENT) return false;
    return errno_error("look into the listener's slot", errno);
}

Result<std::array<std::uint64_t, SLUICE_VERDICT_COUNT>> Maps::verdicts() const {
    std::array<std::uint64_t, SLUICE_VERDICT_COUNT> out{};
    const int cpus = ::libbpf_num_possible_cpus();
    if (cpus < 0) return errno_error("count the possible processors", -cpus);
    std::vector<std::uint64_t> values(static_cast<std::size_t>(cpus));
    for (std::uint32_t key = 0; key < SLUICE_VERDICT_COUNT; ++key) {
        if (::bpf_map_lookup_elem(verdicts_.get(), &key, values.data()) < 0)
            return errno_error("read the map verdicts", errno);
        for (const std::uint64_t value : values) out[key] += value;
    }
    return out;
}

}  // namespace sluice::capture
