#include "app/cli_status.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sluice::app {
namespace {

using Samples = std::map<std::string, double>;

TEST(Samples, AreReadByNameWithLabels) {
    EXPECT_EQ(parse_samples("# HELP a What.\n"
                            "# TYPE a counter\n"
                            "a 1\n"
                            "b{x=\"y z\"} 2.5\n"
                            "c 1e+06\n"
                            "\n"
                            "nonsense\n"
                            "d x\n"
                            "e 3"),
              (Samples{{"a", 1}, {"b{x=\"y z\"}", 2.5}, {"c", 1e6}, {"e", 3}}));
    EXPECT_EQ(parse_samples(""), Samples{});
}

StatusReport report() {
    return {true,
            "ready\nnote: policy: old\n",
            {{"sluice_connections", 2},
             {"sluice_requests_total{api=\"Fetch\"}", 30},
             {"sluice_requests_total{api=\"Produce\"}", 12},
             {"sluice_requests_total_other", 1000},
             {"sluice_client_bytes_total", 1536},
             {"sluice_broker_bytes_total", 12},
             {"sluice_capture_guard", 1},
             {"sluice_capture_route", 0},
             {"process_cpu_seconds_total", 1.256}}};
}

TEST(Status, IsATableForPeople) {
    EXPECT_EQ(to_text(report(), StatusForm::table),
              "ready\n"
              "note: policy: old\n"
              "connections         2\n"
              "accepted            -\n"
              "requests            42\n"
              "records produced    -\n"
              "records fetched     -\n"
              "from clients        1.5 KiB\n"
              "from brokers        12 B\n"
              "audit entries       -\n"
              "audit waiting       -\n"
              "audit failures      -\n"
              "program attached    -\n"
              "guard               yes\n"
              "rule and route      no\n"
              "listener            -\n"
              "guard rejected      -\n"
              "cpu                 1.26 s\n"
              "memory              -\n");
}

TEST(Status, SaysWhyTheGatewayIsNotReady) {
    StatusReport not_ready = report();
    not_ready.ready = false;
    not_ready.readiness = "audit: broken\nrelay: none\n";
    EXPECT_EQ(to_text(not_ready, StatusForm::table).substr(0, 46),
              "not ready\n  audit: broken\n  relay: none\nconnec");
}

TEST(Status, IsJsonForPrograms) {
    StatusReport few{false, "a: b\nc: d\n", {{"x", 2}, {"y", 2.5}}};
    EXPECT_EQ(to_text(few, StatusForm::json),
              "{\n"
              "  \"ready\": false,\n"
              "  \"readiness\": [\n"
              "    \"a: b\",\n"
              "    \"c: d\"\n"
              "  ],\n"
              "  \"metrics\": {\n"
              "    \"x\": 2,\n"
              "    \"y\": 2.5\n"
              "  }\n"
              "}\n");
}

int parse(std::vector<const char*> arguments) {
    CLI::App app;
    add_status_command(app);
    arguments.insert(arguments.begin(), "sluice");
    try {
        app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::Error& error) {
        return error.get_exit_code();
    }
    return 0;
}

TEST(Status, EndsWithACodeOfItsOwnWhereTheConfigurationIsWrong) {
    EXPECT_EXIT(parse({"status", "--config", "/nonexistent/sluice.yaml"}),
                testing::ExitedWithCode(kStatusConfigWrong),
                "sluice status: read /nonexistent/sluice.yaml: No such file or directory");
}

TEST(Status, TakesNoOtherForm) {
    EXPECT_EQ(parse({"status", "-o", "xml"}), static_cast<int>(CLI::ExitCodes::ValidationError));
}

}  // namespace
}  // namespace sluice::app
