#include "app/readiness.h"

namespace sluice::app {

Readiness judge(const ReadinessFacts& facts) {
    Readiness readiness;
    std::vector<std::string>& reasons = readiness.reasons;
    if (!facts.capture) {
        reasons.push_back("capture: the kernel was not asked: " + facts.capture_problem);
    } else {
        if (!facts.capture->attached)
            reasons.push_back("capture: the program is not attached to every client interface");
        if (!facts.capture->guard) reasons.push_back("capture: the nft guard is missing");
        if (!facts.capture->route)
            reasons.push_back("capture: the rule or the local route is missing");
        if (!facts.capture->listener)
            reasons.push_back("capture: the kernel does not know our listener");
    }
    // Captured connections need no forwarding; everything else that this router should pass does.
    if (facts.capture && !facts.capture->forwarding)
        readiness.notes.push_back(
            "capture: net.ipv4.ip_forward is 0, so only captured connections pass");
    if (facts.audit_failed) reasons.push_back("audit: the log cannot be written");
    if (!facts.accepting) reasons.push_back("relay: no new connections are taken");
    if (!facts.policy_problem.empty())
        readiness.notes.push_back("policy: the files on disk are refused, the running set stays: " +
                                  facts.policy_problem);
    if (facts.shadow)
        readiness.notes.push_back("policy: shadow, decisions are recorded and nothing is refused");
    else if (!facts.has_rules)
        readiness.notes.push_back("policy: no rule is in force, so nobody may do anything");
    if (facts.plaintext_tokens)
        readiness.notes.push_back(
            "identity: tokens are accepted on connections without encryption");
    if (!facts.policy_waiting.empty()) readiness.notes.push_back("policy: " + facts.policy_waiting);
    return readiness;
}

}  // namespace sluice::app
