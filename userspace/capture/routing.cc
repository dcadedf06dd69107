#include "capture/routing.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <memory>

namespace sluice::capture {
namespace {

// Marks rules and routes as ours, beside table, preference and mark: no routing daemon runs as
// openr (99) here.
constexpr std::uint8_t kProtocol = 99;

struct CloseNetlink {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Netlink = std::unique_ptr<mnl_socket, CloseNetlink>;
using Request = std::array<char, 1024>;
using OnMessage = std::function<void(const nlmsghdr*)>;

Result<Netlink> open_netlink() {
    Netlink netlink(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
    if (netlink == nullptr || mnl_socket_bind(netlink.get(), 0, MNL_SOCKET_AUTOPID) < 0)
        return errno_error("open a routing socket", errno);
    // Lets the kernel filter a dump by table: a router may know a million routes.
    int on = 1;
    if (mnl_socket_setsockopt(netlink.get(), NETLINK_GET_STRICT_CHK, &on, sizeof on) < 0)
        return errno_error("ask for strict routing dumps (kernel 4.20 or newer)", errno);
    return netlink;
}

int pass_on(const nlmsghdr* message, void* handler) {
    const auto& on_message = *static_cast<const OnMessage*>(handler);
    if (on_message) on_message(message);
    return MNL_CB_OK;
}

// Sends one request and reads its answers. The value is 0, or the errno that the kernel answered.
Result<int> exchange(mnl_socket* netlink, nlmsghdr* request, OnMessage on_message = {}) {
    request->nlmsg_seq = 1;
    if (mnl_socket_sendto(netlink, request, request->nlmsg_len) < 0)
        return errno_error("send to the routing socket", errno);
    std::array<char, 32768> buffer;
    for (;;) {
        const ssize_t bytes = mnl_socket_recvfrom(netlink, buffer.data(), buffer.size());
        if (bytes < 0) return errno_error("read from the routing socket", errno);
        const int state =
            mnl_cb_run(buffer.data(), static_cast<std::size_t>(bytes), request->nlmsg_seq,
                       mnl_socket_get_portid(netlink), pass_on, &on_message);
        if (state < 0) return errno;
        if (state == MNL_CB_STOP) return 0;
    }
}

nlmsghdr* rule_request(Request& buffer, std::uint16_t type, std::uint16_t flags,
                       const RoutingPlan& plan, const std::string& interface) {
    nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
    message->nlmsg_type = type;
    message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    auto* rule =
        static_cast<fib_rule_hdr*>(mnl_nlmsg_put_extra_header(message, sizeof(fib_rule_hdr)));
    rule->family = AF_INET;
    rule->action = FR_ACT_TO_TBL;
    mnl_attr_put_u32(message, FRA_PRIORITY, plan.preference);
    mnl_attr_put_u32(message, FRA_FWMARK, plan.mark);
    mnl_attr_put_u32(message, FRA_FWMASK, plan.mark_mask);
    mnl_attr_put_u32(message, FRA_TABLE, plan.table);
    mnl_attr_put_u8(message, FRA_PROTOCOL, kProtocol);
    mnl_attr_put_strz(message, FRA_IIFNAME, interface.c_str());
    return message;
}

nlmsghdr* route_request(Request& buffer, std::uint16_t type, std::uint16_t flags,
                        std::uint32_t table) {
    nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
    message->nlmsg_type = type;
    message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    auto* route = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
    route->rtm_family = AF_INET;
    route->rtm_table = RT_TABLE_UNSPEC;  // the attribute holds all 32 bits
    route->rtm_protocol = kProtocol;
    route->rtm_scope = RT_SCOPE_HOST;
    route->rtm_type = RTN_LOCAL;
    mnl_attr_put_u32(message, RTA_TABLE, table);
    mnl_attr_put_u32(message, RTA_OIF, if_nametoindex("lo"));
    return message;
}

struct Attributes {
    std::array<const nlattr*, 64> at{};
};

int collect(const nlattr* attribute, void* into) {
    auto& attributes = *static_cast<Attributes*>(into);
    if (mnl_attr_get_type(attribute) < attributes.at.size())
        attributes.at[mnl_attr_get_type(attribute)] = attribute;
    return MNL_CB_OK;
}

std::uint32_t number(const Attributes& attributes, std::uint16_t type) {
    const nlattr* attribute = attributes.at[type];
    if (attribute == nullptr) return 0;
    const bool byte = mnl_attr_get_payload_len(attribute) == 1;
    return byte ? mnl_attr_get_u8(attribute) : mnl_attr_get_u32(attribute);
}

// The rules that lead to the plan's table.
struct Rules {
    std::vector<std::string>
        interfaces;           // `iif` of those that are the plan's but for the interface
    std::size_t foreign = 0;  // the others
};

Result<Rules> rules_of(mnl_socket* netlink, const RoutingPlan& plan) {
    Request buffer{};
    nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
    message->nlmsg_type = RTM_GETRULE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* header =
        static_cast<fib_rule_hdr*>(mnl_nlmsg_put_extra_header(message, sizeof(fib_rule_hdr)));
    header->family = AF_INET;
    Rules out;
    auto dumped = exchange(netlink, message, [&](const nlmsghdr* answer) {
        Attributes attributes;
        mnl_attr_parse(answer, sizeof(fib_rule_hdr), collect, &attributes);
        if (number(attributes, FRA_TABLE) != plan.table) return;
        const bool ours = attributes.at[FRA_IIFNAME] != nullptr &&
                          number(attributes, FRA_PROTOCOL) == kProtocol &&
                          number(attributes, FRA_PRIORITY) == plan.preference &&
                          number(attributes, FRA_FWMARK) == plan.mark &&
                          number(attributes, FRA_FWMASK) == plan.mark_mask;
        if (ours)
            out.interfaces.emplace_back(mnl_attr_get_str(attributes.at[FRA_IIFNAME]));
        else
            ++out.foreign;
    });
    if (!dumped) return std::move(dumped).error();
    if (*dumped != 0) return errno_error("list the policy rules", *dumped);
    return out;
}

Result<bool> route_present(mnl_socket* netlink, std::uint32_t table) {
    Request buffer{};
    nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
    message->nlmsg_type = RTM_GETROUTE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
    header->rtm_family = AF_INET;
    mnl_attr_put_u32(message, RTA_TABLE, table);
    bool found = false;
    auto dumped = exchange(netlink, message, [&](const nlmsghdr* answer) {
        const auto* route = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(answer));
        Attributes attributes;
        mnl_attr_parse(answer, sizeof(rtmsg), collect, &attributes);
        found =
            found || (route->rtm_type == RTN_LOCAL && route->rtm_dst_len == 0 &&
                      route->rtm_protocol == kProtocol && number(attributes, RTA_TABLE) == table);
    });
    if (!dumped) return std::move(dumped).error();
    // A table that nothing was ever put into does not exist.
    if (*dumped != 0 && *dumped != ENOENT) return errno_error("list the routes", *dumped);
    return found;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Status install_route(mnl_socket* netlink, std::uint32_t table) {
    auto present = route_present(netlink, table);
    if (!present) return std::move(present).error();
    if (*present) return ok();
    Request buffer{};
    auto added =
        exchange(netlink, route_request(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, table));
    if (!added) return std::move(added).error();
    if (*added == EEXIST)
        return Error{Errc::config,
                     "routing table " + std::to_string(table) +
                         " has a default route that is not ours: configure another table"};
    if (*added == ENETDOWN)
        return Error{Errc::unavailable, "the interface lo is down: `ip link set lo up`"};
    if (*added != 0) return errno_error("add the local route", *added);
    return ok();
}

}  // namespace

Status install_routing(const RoutingPlan& plan) {
    auto netlink = open_netlink();
    if (!netlink) return std::move(netlink).error();
    auto route = install_route(netlink->get(), plan.table);
    if (!route) return route;
    auto rules = rules_of(netlink->get(), plan);
    if (!rules) return std::move(rules).error();
    for (const std::string& interface : plan.interfaces) {
        if (contains(rules->interfaces, interface)) continue;
        Request buffer{};
        auto added =
            exchange(netlink->get(),
                     rule_request(buffer, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, plan, interface));
        if (!added) return std::move(added).error();
        if (*added != 0) return errno_error("add the policy rule for `" + interface + "`", *added);
    }
    return ok();
}

Result<bool> routing_present(const RoutingPlan& plan) {
    auto netlink = open_netlink();
    if (!netlink) return std::move(netlink).error();
    auto present = route_present(netlink->get(), plan.table);
    if (!present || !*present) return present;
    auto rules = rules_of(netlink->get(), plan);
    if (!rules) return std::move(rules).error();
    return std::all_of(
        plan.interfaces.begin(), plan.interfaces.end(),
        [&](const std::string& interface) { return contains(rules->interfaces, interface); });
}

Status remove_routing(const RoutingPlan& plan) {
    auto netlink = open_netlink();
    if (!netlink) return std::move(netlink).error();
    auto rules = rules_of(netlink->get(), plan);
    if (!rules) return std::move(rules).error();
    bool others = rules->foreign > 0;
    for (const std::string& interface : rules->interfaces) {
        if (!contains(plan.interfaces, interface)) {
            others = true;
            continue;
        }
        Request buffer{};
        auto removed =
            exchange(netlink->get(), rule_request(buffer, RTM_DELRULE, 0, plan, interface));
        if (!removed) return std::move(removed).error();
        if (*removed != 0 && *removed != ENOENT)
            return errno_error("remove the policy rule for `" + interface + "`", *removed);
    }
    if (others) return ok();
    auto present = route_present(netlink->get(), plan.table);
    if (!present) return std::move(present).error();
    if (!*present) return ok();
    Request buffer{};
    auto removed = exchange(netlink->get(), route_request(buffer, RTM_DELROUTE, 0, plan.table));
    if (!removed) return std::move(removed).error();
    if (*removed != 0 && *removed != ESRCH) return errno_error("remove the local route", *removed);
    return ok();
}

}  // namespace sluice::capture
