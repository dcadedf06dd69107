#include "app/cli_status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "app/config_files.h"
#include "app/http_get.h"

namespace sluice::app {

namespace {

struct Row {
    const char* title;
    const char* sample;  // a name; where it ends in `{`, the sum over its labels
    enum class Unit { count, bytes, seconds, yes_no } unit;
};
using Unit = Row::Unit;

constexpr std::array kRows{
    Row{"connections", "sluice_connections", Unit::count},
    Row{"accepted", "sluice_accepted_total", Unit::count},
    Row{"requests", "sluice_requests_total{", Unit::count},
    Row{"records produced", "sluice_produced_records_total", Unit::count},
    Row{"records fetched", "sluice_fetched_records_total", Unit::count},
    Row{"from clients", "sluice_client_bytes_total", Unit::bytes},
    Row{"from brokers", "sluice_broker_bytes_total", Unit::bytes},
    Row{"audit entries", "sluice_audit_entries_total", Unit::count},
    Row{"audit waiting", "sluice_audit_pending_bytes", Unit::bytes},
    Row{"audit failures", "sluice_audit_failures_total", Unit::count},
    Row{"program attached", "sluice_capture_attached", Unit::yes_no},
    Row{"guard", "sluice_capture_guard", Unit::yes_no},
    Row{"rule and route", "sluice_capture_route", Unit::yes_no},
    Row{"listener", "sluice_capture_listener", Unit::yes_no},
    Row{"guard rejected", "sluice_guard_rejected_total", Unit::count},
    Row{"cpu", "process_cpu_seconds_total", Unit::seconds},
    Row{"memory", "process_resident_memory_bytes", Unit::bytes},
};

std::optional<double> value_of(const std::map<std::string, double>& samples,
                               const std::string& sample) {
    if (sample.back() != '{') {
        const auto found = samples.find(sample);
        return found == samples.end() ? std::nullopt : std::optional(found->second);
    }
    double sum = 0;
    auto at = samples.lower_bound(sample);
    const bool any = at != samples.end() && at->first.rfind(sample, 0) == 0;
    for (; at != samples.end() && at->first.rfind(sample, 0) == 0; ++at) sum += at->second;
    return any ? std::optional(sum) : std::nullopt;
}

std::string decimal(double value, int places, const char* unit) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f%s", places, value, unit);
    return text.data();
}

std::string in_unit(double value, Unit unit) {
    switch (unit) {
        case Unit::count:
            return decimal(value, 0, "");
        case Unit::seconds:
            return decimal(value, 2, " s");
        case Unit::yes_no:
            return value != 0 ? "yes" : "no";
        case Unit::bytes:
            break;
    }
    constexpr std::array units{" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
    std::size_t step = 0;
    for (; value >= 1024 && step + 1 < units.size(); ++step) value /= 1024;
    return decimal(value, step == 0 ? 0 : 1, units[step]);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

std::string table(const StatusReport& report) {
    std::string text = report.ready ? "" : "not ready\n";
    for (const std::string& line : lines_of(report.readiness))
        text += (report.ready ? "" : "  ") + line + "\n";
    for (const Row& row : kRows) {
        const auto value = value_of(report.samples, row.sample);
        std::string title = row.title;
        title.resize(20, ' ');
        text += title + (value ? in_unit(*value, row.unit) : "-") + "\n";
    }
    return text;
}

std::string json(const StatusReport& report) {
    nlohmann::ordered_json out;
    out["ready"] = report.ready;
    out["readiness"] = lines_of(report.readiness);
    auto& metrics = out["metrics"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : report.samples) {
        if (std::trunc(value) == value && std::fabs(value) < 9e15)
            metrics[name] = static_cast<std::int64_t>(value);
        else if (std::isfinite(value))
            metrics[name] = value;
    }
    return out.dump(2) + "\n";
}

int fail(const Error& error, int code) {
    std::fprintf(stderr, "sluice status: %s\n", error.context.c_str());
    return code;
}

int run_status(const std::string& config_path, StatusForm form) {
    const auto config = load_config(config_path);
    if (!config) return fail(config.error(), kStatusConfigWrong);
    auto ready = http_get(config->metrics, "/readyz");
    if (!ready) return fail(ready.error(), kUnreachable);
    auto metrics = http_get(config->metrics, "/metrics");
    if (!metrics) return fail(metrics.error(), kUnreachable);
    const StatusReport report{ready->status == 200, ready->body, parse_samples(metrics->body)};
    std::fputs(to_text(report, form).c_str(), stdout);
    return report.ready ? kReady : kNotReady;
}

}  // namespace

std::map<std::string, double> parse_samples(std::string_view text) {
    std::map<std::string, double> samples;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t space = line.rfind(' ');
        if (line.empty() || line.front() == '#' || space == std::string_view::npos) continue;
        const std::string_view number = line.substr(space + 1);
        double value = 0;
        const auto [stopped, failure] =
            std::from_chars(number.data(), number.data() + number.size(), value);
        if (failure == std::errc() && stopped == number.data() + number.size())
            samples[std::string(line.substr(0, space))] = value;
    }
    return samples;
}

std::string to_text(const StatusReport& report, StatusForm form) {
    return form == StatusForm::json ? json(report) : table(report);
}

void add_status_command(CLI::App& app) {
    auto* command = app.add_subcommand("status", "Is the gateway ready, and what has it done?");
    auto config = std::make_shared<std::string>("/etc/sluice/sluice.yaml");
    auto output = std::make_shared<std::string>("table");
    command->add_option("--config", *config, "the daemon's configuration file")
        ->capture_default_str();
    command->add_option("-o,--output", *output, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->footer(
        "Asks /readyz and /metrics of the daemon that this configuration describes.\n\n"
        "Exit codes: 0 ready, 1 not ready, 2 the configuration is wrong, 3 no answer.\n\n"
        "Example: sluice status -o json");
    command->callback([config, output] {
        const int code =
            run_status(*config, *output == "json" ? StatusForm::json : StatusForm::table);
        std::exit(code);
    });
}

}  // namespace sluice::app
