// policy_bench: what one decision costs, by the number of rules that are about the principal.
//
// bench_policy: a table. bench_policy --count N RULES: N decisions over RULES rules and nothing
// else worth mention, to be run under callgrind.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/policy.h"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

double ns_since(Clock::time_point start) {
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// Of ten rules six name topics, two beginnings, one an ending, one everything (for something else);
// one in ten is a denial, one in twenty a hold.
std::string policy_text(int rules) {
    std::string grants = "grants:\n";
    std::string denials = "denials:\n";
    std::string holds = "holds:\n";
    const auto patterns = [](int i) -> std::string {
        const std::string n = std::to_string(i);
        if (i % 10 < 6) return "team" + n + ".orders, team" + n + ".payments";
        if (i % 10 < 8) return "team" + n + ".*";
        if (i % 10 < 9) return "\"*.dlq" + n + "\"";
        return "\"*\"";
    };
    for (int i = 0; i < rules; ++i) {
        const std::string n = std::to_string(i);
        const std::string id = "- {id: r" + n + ", to: [\"*\"], ";
        if (i % 10 == 3)
            denials += id + "deny: [topic.delete], topics: [" + patterns(i) + "]}\n";
        else if (i % 20 == 5)
            holds += id + "when: {operations: [topic.read], topics: [" + patterns(i) +
                     "], lag_over: 1000}, approvers: {groups: [owners]}}\n";
        else
            grants += id + "allow: [" +
                      (i % 10 == 9 ? "topic.describe" : "topic.read, topic.write") +
                      "], topics: [" + patterns(i) + "]}\n";
    }
    std::string text = "version: 1\n" + grants;
    if (rules > 3) text += denials;
    if (rules > 5) text += holds;
    return text;
}

std::shared_ptr<const policy::PolicySet> compiled(int rules) {
    const policy::Compiled compiled = policy::compile({{"bench.yaml", policy_text(rules)}});
    for (const policy::Mistake& mistake : compiled.mistakes)
        std::fprintf(stderr, "%s\n", to_text(mistake).c_str());
    if (!compiled.set) std::abort();
    return compiled.set;
}

// What a busy gateway asks: mostly names the rules know, each in turn.
std::vector<Resource> resources(int rules) {
    std::vector<Resource> asked;
    for (int i = 0; i < 1024; ++i) {
        const std::string team = "team" + std::to_string(i * 7 % rules);
        constexpr const char* endings[] = {".orders", ".payments", ".events.v1", ".x"};
        asked.push_back({ResourceKind::topic, team + endings[i % 4]});
    }
    return asked;
}

struct Bench {
    policy::Binding binding;
    std::vector<Resource> asked;
    unsigned sum = 0;

    explicit Bench(int rules)
        : binding(policy::bind(compiled(rules), {"user:ann@example.org", "", {"team"}, "bench"})),
          asked(resources(rules)) {}
    void decide(std::size_t i) {
        const policy::Decision decision =
            policy::decide(binding, Operation::topic_read, asked[i % asked.size()], {500, 500},
                           policy::Ticket::none);
        sum += static_cast<unsigned>(decision.effect);
    }
};

void print_row(int rules) {
    Bench bench(rules);
    constexpr std::size_t kBatch = 64;  // so that reading the clock does not count
    constexpr std::size_t kBatches = 20'000;
    std::vector<double> ns(kBatches);
    for (std::size_t i = 0; i < 10'000; ++i) bench.decide(i);
    for (std::size_t batch = 0; batch < kBatches; ++batch) {
        const auto start = Clock::now();
        for (std::size_t i = 0; i < kBatch; ++i) bench.decide(batch * kBatch + i);
        ns[batch] = ns_since(start) / kBatch;
    }
    std::sort(ns.begin(), ns.end());
    const auto set = compiled(rules);
    const auto start = Clock::now();
    constexpr int kBinds = 20;
    for (int i = 0; i < kBinds; ++i) {
        const policy::Binding binding = policy::bind(set, {"user:ann@example.org", "", {}, "b"});
        bench.sum += binding.set() != nullptr ? 1 : 0;
    }
    std::printf("| %6d | %8.0f | %8.0f | %8.0f | %10.1f |%s\n", rules, ns[kBatches / 2],
                ns[kBatches * 99 / 100], ns.front(), ns_since(start) / kBinds / 1000,
                bench.sum == 0 ? " " : "");
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
    if (argc == 4 && std::strcmp(argv[1], "--count") == 0) {
        sluice::Bench bench(std::atoi(argv[3]));
        for (long i = std::atol(argv[2]); i > 0; --i) bench.decide(static_cast<std::size_t>(i));
        return bench.sum == 0 ? 1 : 0;
    }
    std::puts("|  rules | p50 (ns) | p99 (ns) | min (ns) | bind (us) |");
    std::puts("|-------:|---------:|---------:|---------:|----------:|");
    for (const int rules : {1, 10, 100, 1'000, 5'000}) sluice::print_row(rules);
    return 0;
}
