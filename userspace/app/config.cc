#include "app/config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "app/config_audit.h"
#include "app/config_identity.h"
#include "app/config_keys.h"
#include "policy/strict_yaml.h"

namespace sluice::app {

namespace {

using policy::in_backticks;
using policy::StrictYaml;
using Presence = StrictYaml::Presence;

constexpr std::size_t kRunIdMax = 32;  // it is part of pin names and of an nft table's name
constexpr std::size_t kNameMax = 64;   // of a cluster: a metric label and an audit field
constexpr std::size_t kOriginMax = 200;
constexpr std::size_t kInterfaceMax = 15;  // IFNAMSIZ - 1
constexpr std::size_t kClustersMax = 64;
constexpr std::uint64_t kConnectionsMax = 1'000'000;
constexpr std::array kLevels{"debug", "info", "warn", "error"};

bool made_of(std::string_view text, std::string_view others, std::size_t length_max) {
    return text.size() <= length_max && std::all_of(text.begin(), text.end(), [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      others.find(c) != std::string_view::npos;
           });
}

constexpr std::string_view kUpperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// A value of a list and where it stood, to compare it with others once all are read.
template <class T>
struct Placed {
    T value;
    YAML::Node at;
};

class ConfigReader {
  public:
    explicit ConfigReader(const policy::PolicyFile& file) : yaml_(file) {}

    ReadConfig read(const std::string& hostname) {
        if (yaml_.root()) read_top(*yaml_.root());
        if (config_.origin.empty()) config_.origin = hostname + "/" + config_.run_id;
        return {std::move(config_), yaml_.take_mistakes()};
    }

  private:
    void read_top(const YAML::Node& root);
    void read_deploy(const YAML::Node& node);
    void read_interfaces(const YAML::Node& node);
    void read_clusters(const YAML::Node& node);
    std::optional<Cluster> read_cluster(const YAML::Node& node);
    std::vector<Network4> read_networks(const YAML::Node& node);
    std::vector<std::string> read_ipv6_networks(const YAML::Node& node);
    std::vector<std::uint16_t> read_ports(const YAML::Node& node);
    void read_limits(const YAML::Node& node);
    void read_level(const YAML::Node& node);
    void read_shadow(const YAML::Node& node);
    void read_audit_part(const YAML::Node& node) { config_.audit = read_audit(yaml_, node); }
    void read_metrics(const YAML::Node& node);
    void read_path(const YAML::Node& node, const char* key, std::filesystem::path& path);
    void read_name(const YAML::Node& node, const char* key, std::string_view others,
                   std::size_t length_max, std::string& name);
    void check_clusters();

    StrictYaml yaml_;
    Config config_;
    std::vector<Placed<std::size_t>> cluster_places_;  // index in config_.clusters
    std::optional<YAML::Node> per_source_;
};

void ConfigReader::read_shadow(const YAML::Node& node) {
    const std::string word = node.IsScalar() ? node.Scalar() : std::string();
    if (word != "true" && word != "false")
        return yaml_.mistake(node, "`shadow` must be true or false");
    config_.shadow = word == "true";
}

void ConfigReader::read_top(const YAML::Node& root) {
    const auto of = [this](auto member) {
        return [this, member](const YAML::Node& node) { (this->*member)(node); };
    };
    const auto log = [this](const YAML::Node& node) {
        yaml_.mapping(node, "`log`",
                      {{"level", Presence::required, [this](const auto& v) { read_level(v); }}});
    };
    const auto listen = [this](const YAML::Node& node) {
        yaml_.mapping(node, "`listen`",
                      {{"metrics", Presence::optional, [this](const auto& v) { read_metrics(v); }},
                       {"control", Presence::optional,
                        [this](const auto& v) { read_path(v, "control", config_.control); }},
                       {"control_group", Presence::optional, [this](const auto& v) {
                            read_name(v, "control_group", "-_", kNameMax, config_.control_group);
                        }}});
    };
    const auto workers = [this](const YAML::Node& node) {
        const auto count = yaml_.number(node, "`workers`", 0, limits::workers_max);
        config_.workers = static_cast<unsigned>(count.value_or(0));
    };
    const auto run_id = [this](const YAML::Node& node) {
        read_name(node, "run_id", "-", kRunIdMax, config_.run_id);
    };
    const auto origin = [this](const YAML::Node& node) {
        read_name(node, "origin", std::string(kUpperCase) + "-._/", kOriginMax, config_.origin);
    };
    const auto data = [this](const YAML::Node& node) { read_path(node, "data", config_.data); };
    const auto policies = [this](const YAML::Node& node) {
        read_path(node, "policies", config_.policies);
    };
    const auto shadow = [this](const YAML::Node& node) { read_shadow(node); };
    const auto providers = [this](const YAML::Node& node) {
        config_.identity_providers = read_identity_providers(yaml_, node);
    };
    const auto people = [this](const YAML::Node& node) {
        config_.people = read_people(yaml_, node);
    };
    const auto keys = [this](const YAML::Node& node) { config_.keys = read_keys(yaml_, node); };
    yaml_.mapping(root, "",
                  {{"version", Presence::required, [this](const auto& v) { yaml_.version(v); }},
                   {"deploy", Presence::required, of(&ConfigReader::read_deploy)},
                   {"run_id", Presence::optional, run_id},
                   {"origin", Presence::optional, origin},
                   {"interfaces", Presence::required, of(&ConfigReader::read_interfaces)},
                   {"clusters", Presence::required, of(&ConfigReader::read_clusters)},
                   {"data", Presence::optional, data},
                   {"policies", Presence::optional, policies},
                   {"shadow", Presence::optional, shadow},
                   {"listen", Presence::optional, listen},
                   {"log", Presence::optional, log},
                   {"workers", Presence::optional, workers},
                   {"limits", Presence::optional, of(&ConfigReader::read_limits)},
                   {"identity_providers", Presence::optional, providers},
                   {"people", Presence::optional, people},
                   {"keys", Presence::optional, keys},
                   {"audit", Presence::optional, of(&ConfigReader::read_audit_part)},
                   {"notify", Presence::not_built, nullptr}});
    check_clusters();
}

void ConfigReader::read_deploy(const YAML::Node& node) {
    const auto word = yaml_.text(node, "`deploy`");
    if (!word || *word == "router") return;
    if (*word == "broker-host" || *word == "client-host")
        return yaml_.mistake(node, "`deploy: " + *word + "` is not built yet");
    yaml_.mistake(node, "`deploy` must be router, not " + in_backticks(*word));
}

void ConfigReader::read_interfaces(const YAML::Node& node) {
    const auto clients = [this](const YAML::Node& list) {
        for (const YAML::Node& element : yaml_.list(list, "`clients`")) {
            const auto name = yaml_.text(element, "an interface");
            if (!name) continue;
            auto& names = config_.client_interfaces;
            const bool possible = name->size() <= kInterfaceMax && *name != "." && *name != ".." &&
                                  name->find_first_of("/: \t\n\r") == std::string::npos;
            if (!possible)
                yaml_.mistake(element, in_backticks(*name) + " cannot be an interface's name");
            else if (std::find(names.begin(), names.end(), *name) != names.end())
                yaml_.mistake(element, "interface " + in_backticks(*name) + " is there twice");
            else
                names.push_back(*name);
        }
    };
    yaml_.mapping(node, "`interfaces`", {{"clients", Presence::required, clients}});
}

void ConfigReader::read_clusters(const YAML::Node& node) {
    const std::vector<YAML::Node> clusters = yaml_.list(node, "`clusters`");
    if (clusters.size() > kClustersMax)
        return yaml_.mistake(node, "more than " + std::to_string(kClustersMax) + " clusters");
    for (const YAML::Node& element : clusters) {
        auto cluster = read_cluster(element);
        if (!cluster) continue;
        cluster_places_.push_back({config_.clusters.size(), element});
        config_.clusters.push_back(std::move(*cluster));
    }
}

std::optional<Cluster> ConfigReader::read_cluster(const YAML::Node& node) {
    Cluster cluster;
    yaml_.mapping(
        node, "a cluster",
        {{"name", Presence::required,
          [&](const auto& v) { read_name(v, "name", "-._", kNameMax, cluster.name); }},
         {"networks", Presence::required,
          [&](const auto& v) { cluster.networks = read_networks(v); }},
         {"ipv6_networks", Presence::optional,
          [&](const auto& v) { cluster.ipv6_networks = read_ipv6_networks(v); }},
         {"ports", Presence::required, [&](const auto& v) { cluster.ports = read_ports(v); }},
         {"credential", Presence::optional,
          [&](const auto& v) { cluster.credential = read_credential(yaml_, v); }},
         {"plaintext_tokens", Presence::optional,
          [&](const auto& v) { cluster.plaintext_tokens = read_accepted(yaml_, v); }}});
    if (!node.IsMap()) return std::nullopt;
    return cluster;
}

std::vector<Network4> ConfigReader::read_networks(const YAML::Node& node) {
    std::vector<Network4> networks;
    for (const YAML::Node& element : yaml_.list(node, "`networks`")) {
        const auto text = yaml_.text(element, "a network");
        if (!text) continue;
        const auto network = parse_network4(*text);
        if (!network) {
            yaml_.mistake(element, in_backticks(*text) + " " + network.error().context);
            continue;
        }
        const auto other = std::find_if(networks.begin(), networks.end(),
                                        [&](const auto& n) { return overlap(n, *network); });
        if (other != networks.end())
            yaml_.mistake(element, in_backticks(*text) + " overlaps `" + to_text(*other) + "`");
        else
            networks.push_back(*network);
    }
    return networks;
}

std::vector<std::string> ConfigReader::read_ipv6_networks(const YAML::Node& node) {
    std::vector<std::string> networks;
    for (const YAML::Node& element : yaml_.list(node, "`ipv6_networks`")) {
        const auto text = yaml_.text(element, "a network");
        if (!text) continue;
        auto network = parse_network6(*text);
        if (!network)
            yaml_.mistake(element, in_backticks(*text) + " " + network.error().context);
        else if (std::find(networks.begin(), networks.end(), *network) != networks.end())
            yaml_.mistake(element, in_backticks(*text) + " is there twice");
        else
            networks.push_back(std::move(*network));
    }
    return networks;
}

std::vector<std::uint16_t> ConfigReader::read_ports(const YAML::Node& node) {
    std::vector<std::uint16_t> ports;
    for (const YAML::Node& element : yaml_.list(node, "`ports`")) {
        const auto number = yaml_.number(element, "a port", 1, 65535);
        if (!number) continue;
        const auto port = static_cast<std::uint16_t>(*number);
        if (std::find(ports.begin(), ports.end(), port) != ports.end())
            yaml_.mistake(element, "port " + std::to_string(port) + " is there twice");
        else
            ports.push_back(port);
    }
    return ports;
}

void ConfigReader::read_limits(const YAML::Node& node) {
    bool in_range = true;
    const auto limit = [&](std::size_t Config::*member, const char* what) {
        return [&, member, what](const YAML::Node& value) {
            const auto number = yaml_.number(value, what, 1, kConnectionsMax);
            in_range = in_range && number.has_value();
            config_.*member = static_cast<std::size_t>(number.value_or(1));
            if (member == &Config::connections_per_source_max) per_source_ = value;
        };
    };
    yaml_.mapping(node, "`limits`",
                  {{"connections_max", Presence::optional,
                    limit(&Config::connections_max, "`connections_max`")},
                   {"connections_per_source_max", Presence::optional,
                    limit(&Config::connections_per_source_max, "`connections_per_source_max`")}});
    if (config_.connections_per_source_max <= config_.connections_max) return;
    // A lowered total lowers the default per source with it.
    if (!per_source_)
        config_.connections_per_source_max = config_.connections_max;
    else if (in_range)
        yaml_.mistake(*per_source_, "`connections_per_source_max` is above `connections_max`");
}

void ConfigReader::read_level(const YAML::Node& node) {
    const auto word = yaml_.text(node, "`level`");
    if (!word) return;
    if (std::find(kLevels.begin(), kLevels.end(), *word) == kLevels.end())
        yaml_.mistake(node,
                      "`level` must be debug, info, warn or error, not " + in_backticks(*word));
    config_.log_level = *word;
}

void ConfigReader::read_metrics(const YAML::Node& node) {
    const auto text = yaml_.text(node, "`metrics`");
    if (!text) return;
    const auto address = parse_listen_address(*text);
    if (address)
        config_.metrics = *address;
    else
        yaml_.mistake(node, in_backticks(*text) + " " + address.error().context);
}

void ConfigReader::read_path(const YAML::Node& node, const char* key, std::filesystem::path& path) {
    const auto text = yaml_.absolute_path(node, in_backticks(key));
    if (text) path = *text;
}

void ConfigReader::read_name(const YAML::Node& node, const char* key, std::string_view others,
                             std::size_t length_max, std::string& name) {
    const auto text = yaml_.text(node, "`" + std::string(key) + "`");
    if (!text) return;
    if (!made_of(*text, others, length_max)) {
        const bool upper = others.substr(0, kUpperCase.size()) == kUpperCase;
        yaml_.mistake(node, "`" + std::string(key) + "` must be at most " +
                                std::to_string(length_max) + " characters of " +
                                (upper ? "A-Z a-z 0-9 " : "a-z 0-9 ") +
                                std::string(others.substr(upper ? kUpperCase.size() : 0)) +
                                ", not " + in_backticks(*text));
    }
    name = *text;
}

// Two clusters may share a network only where no port of theirs meets: an address and a port name
// one cluster.
void ConfigReader::check_clusters() {
    for (const auto& later : cluster_places_) {
        const Cluster& cluster = config_.clusters[later.value];
        for (std::size_t i = 0; i < later.value; ++i) {
            const Cluster& other = config_.clusters[i];
            if (cluster.name == other.name && !cluster.name.empty())
                yaml_.mistake(later.at,
                              "cluster " + in_backticks(cluster.name) + " is there twice");
            const bool same_port =
                std::find_first_of(cluster.ports.begin(), cluster.ports.end(), other.ports.begin(),
                                   other.ports.end()) != cluster.ports.end();
            const auto shared =
                std::find_first_of(cluster.networks.begin(), cluster.networks.end(),
                                   other.networks.begin(), other.networks.end(), overlap);
            if (same_port && shared != cluster.networks.end())
                yaml_.mistake(later.at, "network `" + to_text(*shared) +
                                            "` overlaps one of cluster " +
                                            in_backticks(other.name) + " on the same port");
        }
    }
}

}  // namespace

std::string to_text(const std::vector<policy::Mistake>& mistakes) {
    std::string text;
    for (const policy::Mistake& mistake : mistakes)
        text += (text.empty() ? "" : "\n") + policy::to_text(mistake);
    return text;
}

ReadConfig read_config(const policy::PolicyFile& file, const std::string& hostname) {
    return ConfigReader(file).read(hostname);
}

}  // namespace sluice::app
