#include "capture/guard_text.h"

#include <charconv>
#include <set>

namespace sluice::capture {
namespace {

// skb->priority as nft writes it. INVARIANT: it is SLUICE_REFUSE_PRIORITY.
constexpr std::string_view kRefusePriority = "534c:5543";
static_assert(SLUICE_REFUSE_PRIORITY == 0x534c5543);

constexpr std::string_view kForwardHook =
    "type filter hook forward priority filter - 10; policy accept;";
constexpr std::string_view kInputHook =
    "type filter hook input priority filter - 10; policy accept;";

struct Set {
    std::string_view name;
    std::string_view type;
    std::vector<std::string> elements;
};

struct Guard {
    std::vector<Set> sets;
    std::vector<std::string> forward;
    std::vector<std::string> input;
};

std::vector<std::string> port_texts(const Coverage& coverage) {
    if (coverage.ports().empty()) return {"0-65535"};
    std::vector<std::string> out;
    for (const std::uint16_t port : coverage.ports()) out.push_back(std::to_string(port));
    return out;
}

std::vector<std::string> elements4(const Coverage& coverage) {
    std::vector<std::string> out;
    for (const Network& network : coverage.networks()) {
        std::string address = to_text_address(network.address);
        if (network.prefix != 32) address += "/" + std::to_string(network.prefix);
        for (const std::string& port : port_texts(coverage)) out.push_back(address + " . " + port);
    }
    for (const Endpoint& broker : coverage.learned())
        out.push_back(to_text_address(broker.address) + " . " + std::to_string(broker.port));
    return out;
}

std::vector<std::string> elements6(const Coverage& coverage) {
    std::vector<std::string> out;
    for (const std::string& network : coverage.ipv6_networks())
        for (const std::string& port : port_texts(coverage)) out.push_back(network + " . " + port);
    return out;
}

std::string from_clients(const std::vector<std::string>& interfaces) {
    if (interfaces.size() == 1) return "iifname \"" + interfaces.front() + "\" ";
    std::string out = "iifname { ";
    for (std::size_t i = 0; i < interfaces.size(); ++i)
        out += (i == 0 ? "\"" : ", \"") + interfaces[i] + "\"";
    return out + " } ";
}

Guard guard_of(const std::vector<std::string>& interfaces, const Coverage& coverage) {
    const std::string from = from_clients(interfaces);
    const std::string reset = " counter name \"refused\" reject with tcp reset";
    Guard out;
    out.sets.push_back({"brokers4", "ipv4_addr . inet_service", elements4(coverage)});
    // The destination in the header of a source-routed packet is a hop, not the broker it goes to.
    out.forward.push_back(from + "ip option lsrr exists counter name \"refused\" drop");
    out.forward.push_back(from + "ip option ssrr exists counter name \"refused\" drop");
    out.forward.push_back(from + "ip daddr . tcp dport @brokers4" + reset);
    if (!coverage.ipv6_networks().empty()) {
        out.sets.push_back({"brokers6", "ipv6_addr . inet_service", elements6(coverage)});
        out.forward.push_back(from + "ip6 daddr . tcp dport @brokers6" + reset);
    } else if (!coverage.ports().empty()) {
        out.sets.push_back({"ports6", "inet_service", port_texts(coverage)});
        out.forward.push_back(from + "meta nfproto ipv6 tcp dport @ports6" + reset);
    }
    out.input.push_back(from + "meta l4proto tcp meta priority " + std::string(kRefusePriority) +
                        reset);
    return out;
}

std::string chain_text(std::string_view name, std::string_view hook,
                       const std::vector<std::string>& rules) {
    std::string out = "  chain " + std::string(name) + " {\n    " + std::string(hook) + "\n";
    for (const std::string& rule : rules) out += "    " + rule + "\n";
    return out + "  }\n";
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\n";
    const std::size_t from = text.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

// The body of the block that `head` opens, nested blocks included; empty where there is none.
std::string_view block(std::string_view listing, const std::string& head) {
    const std::size_t start = listing.find(head + " {");
    if (start == std::string_view::npos) return {};
    int depth = 0;
    for (std::size_t at = start; at < listing.size(); ++at) {
        if (listing[at] == '{') ++depth;
        if (listing[at] == '}' && --depth == 0)
            return listing.substr(start + head.size() + 2, at - start - head.size() - 2);
    }
    return {};
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        const std::string_view part = trimmed(text.substr(0, end));
        if (!part.empty()) out.emplace_back(part);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return out;
}

bool set_complete(std::string_view listing, const Set& set) {
    const auto shown =
        split(block(block(listing, "set " + std::string(set.name)), "elements ="), ',');
    return std::set<std::string>(shown.begin(), shown.end()) ==
           std::set<std::string>(set.elements.begin(), set.elements.end());
}

// The hook, then the rules, in order and nothing between: a foreign rule in front could accept.
bool chain_complete(std::string_view listing, std::string_view name, std::string_view hook,
                    const std::vector<std::string>& rules) {
    std::vector<std::string> wanted{std::string(hook)};
    wanted.insert(wanted.end(), rules.begin(), rules.end());
    return split(block(listing, "chain " + std::string(name)), '\n') == wanted;
}

std::uint64_t number_after(std::string_view text, std::string_view word) {
    const std::size_t at = text.find(word);
    std::uint64_t value = 0;
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at + word.size(), text.data() + text.size(), value);
    return value;
}

}  // namespace

std::string guard_table(std::string_view run_id) {
    return "sluice_" + std::string(run_id);
}

std::string guard_commands(std::string_view run_id, const std::vector<std::string>& interfaces,
                           const Coverage& coverage, GuardCount before) {
    const std::string table = "table inet " + guard_table(run_id);
    const Guard guard = guard_of(interfaces, coverage);
    // `add` first, so that `delete` finds a table in any case.
    std::string out = "add " + table + "\ndelete " + table + "\n" + table + " {\n";
    out += "  counter refused { packets " + std::to_string(before.packets) + " bytes " +
           std::to_string(before.bytes) + " }\n";
    for (const Set& set : guard.sets) {
        out += "  set " + std::string(set.name) + " { type " + std::string(set.type) +
               "; flags interval; elements = { ";
        for (std::size_t i = 0; i < set.elements.size(); ++i)
            out += (i == 0 ? "" : ", ") + set.elements[i];
        out += " } }\n";
    }
    out += chain_text("forwarded", kForwardHook, guard.forward);
    out += chain_text("delivered", kInputHook, guard.input);
    return out + "}\n";
}

bool guard_complete(std::string_view listing, const std::vector<std::string>& interfaces,
                    const Coverage& coverage) {
    const Guard guard = guard_of(interfaces, coverage);
    for (const Set& set : guard.sets)
        if (!set_complete(listing, set)) return false;
    return chain_complete(listing, "forwarded", kForwardHook, guard.forward) &&
           chain_complete(listing, "delivered", kInputHook, guard.input);
}

GuardCount guard_count(std::string_view listing) {
    const std::string_view counter = block(listing, "counter refused");
    return {number_after(counter, "packets "), number_after(counter, "bytes ")};
}

}  // namespace sluice::capture
