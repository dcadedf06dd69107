// routing.h: the policy rule and the local route that deliver marked packets on this host.
//
//   ip rule add pref PREFERENCE fwmark MARK/MASK iif INTERFACE lookup TABLE protocol 99      (each
//   interface) ip route add local default dev lo table TABLE protocol 99
//
// `iif` keeps the daemon's own packets out of the table, and works with src_valid_mark=1. Works in
// the network namespace of the calling thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::capture {

struct RoutingPlan {
    std::uint32_t mark = 0, mark_mask = 0;
    std::uint32_t table = 0, preference = 0;
    std::vector<std::string> interfaces;
};

Status install_routing(const RoutingPlan& plan);
// True where the route and every rule are there.
Result<bool> routing_present(const RoutingPlan& plan);
// Takes the plan's rules away, and its route where no rule leads to the table any more.
Status remove_routing(const RoutingPlan& plan);

}  // namespace sluice::capture
