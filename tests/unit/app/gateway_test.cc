#include "app/gateway.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "app/version.h"
#include "unit/app/fakes.h"

namespace sluice::app {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'123'456'789;

Config config_of_two_clusters() {
    Config config;
    config.run_id = "t1";
    config.client_interfaces = {"g0"};
    config.clusters = {{"a", {{0x0a010000, 16}}, {"fd00:1::/64"}, {9092, 9093}},
                       {"b", {{0x0a020000, 16}}, {}, {9092}}};
    config.workers = 3;
    config.connections_max = 10;
    config.connections_per_source_max = 5;
    return config;
}

class GatewayTest : public testing::Test {
  protected:
    GatewayTest() { policies_.grants.emplace_back(); }  // some rule is in force
    GatewayParts parts() {
        GatewayParts parts;
        parts.log = std::make_unique<fakes::Log>(written_);
        parts.steering = std::make_unique<fakes::Steering>(kernel_, written_);
        parts.start_relay = [this](net::RelayOptions options,
                                   const net::Ports&) -> Result<std::unique_ptr<net::Relay>> {
            relay_options_ = std::move(options);
            written_.order.emplace_back("relay");
            if (relay_error_) return *relay_error_;
            return std::unique_ptr<net::Relay>(std::make_unique<fakes::Relay>(written_));
        };
        parts.wall_ns = [] { return kNow; };
        parts.keep = [](std::span<const approval::Request>,
                        const std::function<Status()>& recorded) { return recorded(); };
        parts.tokens = std::make_unique<TokenChecker>(std::vector<IdentityProvider>{},
                                                      TokenChecker::real_world());
        return parts;
    }
    std::unique_ptr<Gateway> started() {
        auto gateway = Gateway::start(config_of_two_clusters(), policies(), parts());
        return gateway ? *std::move(gateway) : nullptr;
    }
    // Type, outcome and reason of each event.
    [[nodiscard]] std::vector<std::string> recorded() const {
        std::vector<std::string> lines;
        for (const audit::Event& event : written_.events)
            lines.push_back(std::string(audit::name(event.type)) + " " +
                            std::string(audit::name(event.outcome)) + " " + event.reason);
        return lines;
    }

    [[nodiscard]] std::shared_ptr<const policy::PolicySet> policies() const {
        return std::make_shared<const policy::PolicySet>(policies_);
    }

    fakes::Log::Written written_;
    fakes::Steering::Kernel kernel_;
    policy::PolicySet policies_;
    std::optional<Error> relay_error_;
    net::RelayOptions relay_options_;
};

using Lines = std::vector<std::string>;
const std::string kStarted = std::string("gateway_start ok version_") + kVersion;

TEST_F(GatewayTest, RecordsItsStartBeforeAnythingIsCaptured) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    EXPECT_EQ(written_.order, (Lines{"entry", "capture", "relay", "entry"}));
    EXPECT_EQ(recorded(), (Lines{kStarted, "capture ok in_place"}));
    EXPECT_EQ(written_.events.front().wall_ns, kNow);
    EXPECT_EQ(gateway->readiness(), Readiness{});
}

TEST_F(GatewayTest, RefusesToStartWhereTheLogCannotBeWritten) {
    written_.failed = true;
    const auto gateway = Gateway::start(config_of_two_clusters(), policies(), parts());
    ASSERT_FALSE(gateway);
    EXPECT_EQ(gateway.error(),
              (Error{Errc::unavailable, "record the start: the audit log cannot be written"}));
    EXPECT_EQ(written_.order, Lines{});
}

TEST_F(GatewayTest, RefusesToStartWhereTheKernelCannotCapture) {
    kernel_.listener = Error{Errc::permission, "load the program: needs CAP_BPF"};
    const auto gateway = Gateway::start(config_of_two_clusters(), policies(), parts());
    ASSERT_FALSE(gateway);
    EXPECT_EQ(gateway.error(),
              (Error{Errc::permission, "set up the capture: load the program: needs CAP_BPF"}));
    EXPECT_EQ(written_.order, (Lines{"entry", "capture"}));
}

TEST_F(GatewayTest, RefusesToStartWithoutARelay) {
    relay_error_ = Error{Errc::io, "start the relay: no thread"};
    const auto gateway = Gateway::start(config_of_two_clusters(), policies(), parts());
    ASSERT_FALSE(gateway);
    EXPECT_EQ(gateway.error(), *relay_error_);
}

TEST_F(GatewayTest, GivesTheRelayWhatTheConfigurationSays) {
    policies_.durability = policy::Durability::async;
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    EXPECT_EQ(relay_options_.listener, 77);
    EXPECT_EQ(relay_options_.workers, 3u);
    EXPECT_EQ(relay_options_.durability, session::Durability::async);
    EXPECT_EQ(relay_options_.connections_max, 10u);
    EXPECT_EQ(relay_options_.connections_per_source_max, 5u);
    EXPECT_EQ(relay_options_.first_session, 1'700'000'000'123'456u);
    ASSERT_EQ(relay_options_.clusters.size(), 2u);
    const net::Cluster& cluster = relay_options_.clusters.front();
    EXPECT_EQ(cluster.name, "a");
    EXPECT_EQ(cluster.ports, (std::vector<std::uint16_t>{9092, 9093}));
    ASSERT_EQ(cluster.networks.size(), 1u);
    EXPECT_EQ(cluster.networks[0].address, 0x0a010000u);
    EXPECT_EQ(cluster.networks[0].prefix, 16);
}

TEST_F(GatewayTest, TakesTokensWhereBothClusterAndProviderAreThere) {
    const std::string note = "identity: tokens are accepted on connections without encryption";
    Config config = config_of_two_clusters();
    config.clusters[1].plaintext_tokens = true;
    auto gateway = *Gateway::start(config, policies(), parts());
    EXPECT_FALSE(relay_options_.clusters[1].tokens);
    EXPECT_EQ(gateway->readiness(), Readiness{});
    config.identity_providers.push_back({"corp", "i", {"sluice"}, "/k", "", false, {}});
    gateway = *Gateway::start(config, policies(), parts());
    EXPECT_FALSE(relay_options_.clusters[0].tokens);
    EXPECT_TRUE(relay_options_.clusters[1].tokens);
    EXPECT_EQ(gateway->readiness(), (Readiness{{}, {note}}));
}

TEST(RelayOptions, HoldTheCredentialOfACluster) {
    const std::string path = testing::TempDir() + "sluice-gateway-password";
    Config config = config_of_two_clusters();
    config.clusters[1].credential = Credential{"gateway", path};
    std::ofstream(path) << "hush\n\n";
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    const auto options = relay_options(config, {});
    ASSERT_TRUE(options) << options.error().context;
    EXPECT_EQ(options->clusters[0].credential, nullptr);
    EXPECT_EQ(options->clusters[1].credential->user, "gateway");
    EXPECT_EQ(options->clusters[1].credential->password, "hush");
    std::filesystem::permissions(path, std::filesystem::perms(0640));
    const auto refused = relay_options(config, {});
    std::filesystem::remove(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              (Error{Errc::permission,
                     "cluster b: read " + path + ": others may read or write it; chmod 600"}));
}

TEST(SteeringOptions, JoinTheNetworksAndPortsOfAllClusters) {
    const capture::SteeringOptions options = steering_options(config_of_two_clusters());
    EXPECT_EQ(options.run_id, "t1");
    EXPECT_EQ(options.client_interfaces, Lines{"g0"});
    ASSERT_EQ(options.networks.size(), 2u);
    EXPECT_EQ(options.networks[1].address, 0x0a020000u);
    EXPECT_EQ(options.ports, (std::vector<std::uint16_t>{9092, 9093}));
    EXPECT_EQ(options.ipv6_networks, Lines{"fd00:1::/64"});
}

TEST_F(GatewayTest, NoticesAndRecordsEachChangeOfTheCaptureOnce) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    gateway->check_capture();
    kernel_.status->guard = false;
    kernel_.status->route = false;
    gateway->check_capture();
    gateway->check_capture();
    EXPECT_EQ(gateway->readiness().reasons,
              (Lines{"capture: the nft guard is missing",
                     "capture: the rule or the local route is missing"}));
    kernel_.status = Error{Errc::io, "read the map: gone"};
    gateway->check_capture();
    EXPECT_EQ(gateway->readiness().reasons,
              Lines{"capture: the kernel was not asked: read the map: gone"});
    kernel_.status = fakes::Steering::in_place();
    gateway->check_capture();
    EXPECT_EQ(gateway->readiness(), Readiness{});
    EXPECT_EQ(recorded(),
              (Lines{kStarted, "capture ok in_place", "capture error missing_guard_route",
                     "capture error unknown", "capture ok in_place"}));
}

TEST_F(GatewayTest, PutsBackWhatIsMissingOfTheCapture) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    kernel_.status->guard = false;
    kernel_.repair = [this] {
        kernel_.status->guard = true;
        return ok();
    };
    written_.order.clear();
    gateway->check_capture();
    EXPECT_EQ(written_.order, (Lines{"entry", "repair", "entry"}));
    EXPECT_EQ(gateway->readiness(), Readiness{});
    EXPECT_EQ(gateway->snapshot().capture->repairs, 1u);
    EXPECT_EQ(recorded(), (Lines{kStarted, "capture ok in_place", "capture error missing_guard",
                                 "capture ok in_place"}));
    gateway->check_capture();
    EXPECT_EQ(written_.order.size(), 3u);
}

TEST_F(GatewayTest, TriesAgainWhereTheCaptureCannotBePutBack) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    kernel_.status->attached = false;
    kernel_.repair = [] { return Error{Errc::config, "client interface `g0` does not exist"}; };
    written_.order.clear();
    gateway->check_capture();
    gateway->check_capture();
    EXPECT_EQ(written_.order, (Lines{"entry", "repair", "repair"}));
    EXPECT_FALSE(gateway->readiness().ready());
    EXPECT_EQ(gateway->snapshot().capture->repairs, 0u);
}

TEST_F(GatewayTest, LeavesAnEmptySlotOfTheListenerAlone) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    kernel_.status->listener = false;
    written_.order.clear();
    gateway->check_capture();
    EXPECT_EQ(written_.order, Lines{"entry"});
}

TEST(CaptureState, NamesEachPart) {
    capture::SteeringStatus nothing;
    EXPECT_EQ(capture_state(nothing), "missing_program_guard_route_listener");
    EXPECT_EQ(capture_state(fakes::Steering::in_place()), "in_place");
    EXPECT_EQ(capture_state(Error{Errc::io, "x"}), "unknown");
}

TEST_F(GatewayTest, IsNotReadyWhileTheAuditLogFails) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    written_.failed = true;
    EXPECT_EQ(gateway->readiness().reasons, Lines{"audit: the log cannot be written"});
    written_.failed = false;
    EXPECT_EQ(gateway->readiness(), Readiness{});
}

TEST_F(GatewayTest, KeepsTheRunningPoliciesWhereTheFilesAreRefused) {
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    gateway->take_policies(Error{Errc::config, "p.yaml:1:1: unknown key `x`"});
    EXPECT_EQ(gateway->readiness(),
              (Readiness{{},
                         {"policy: the files on disk are refused, the running set stays: "
                          "p.yaml:1:1: unknown key `x`"}}));
    EXPECT_TRUE(gateway->snapshot().policy_broken);
    EXPECT_EQ(recorded().back(), "policy refused refused");
    gateway->take_policies(policies());
    EXPECT_EQ(recorded().back(), "policy ok loaded");
    EXPECT_EQ(gateway->readiness(), Readiness{});
    EXPECT_FALSE(gateway->snapshot().policy_broken);
}

TEST_F(GatewayTest, StopsInOrderAndRecordsWhy) {
    auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    written_.order.clear();
    gateway->stop("sigterm");
    EXPECT_EQ(written_.order, (Lines{"drain", "relay ended", "entry"}));
    EXPECT_EQ(recorded().back(), "gateway_stop ok sigterm");
    EXPECT_EQ(gateway->readiness().reasons, Lines{"relay: no new connections are taken"});
    EXPECT_FALSE(gateway->snapshot().relay.has_value());
    gateway.reset();
    EXPECT_EQ(written_.order.size(), 3u);
}

TEST_F(GatewayTest, ShowsTheNumbersOfItsParts) {
    kernel_.status->guard_rejected = 9;
    const auto gateway = started();
    ASSERT_NE(gateway, nullptr);
    const telemetry::Snapshot snapshot = gateway->snapshot();
    EXPECT_TRUE(snapshot.ready);
    ASSERT_TRUE(snapshot.relay.has_value());
    EXPECT_EQ(snapshot.relay->accepted, 5u);
    ASSERT_TRUE(snapshot.capture.has_value());
    EXPECT_EQ(snapshot.capture->guard_rejected, 9u);
    EXPECT_TRUE(snapshot.audit.has_value());
    EXPECT_EQ(snapshot.approvals->pending, 0u);
    approval::Ask ask;
    ask.operation = "topic.delete";
    ask.requirements = {{"held", {"owners"}, {}, 1}};
    ask.ticket_life = std::chrono::minutes(1);
    gateway->approvals().ask(ask, 1, [](const approval::Answer&) {});
    ASSERT_EQ(gateway->approvals().list({})->size(), 1u);  // behind it on the desk's thread
    EXPECT_EQ(gateway->snapshot().approvals->pending, 1u);
}

}  // namespace
}  // namespace sluice::app
