// Input: one byte, the verdicts (a bit each: is the token good?); then messages with NUL bytes
// between them.
#include "fuzz/fuzz.h"
#include "identity/oauthbearer.h"

using namespace sluice;
using Next = identity::OauthBearer::Next;

namespace {

identity::Verdict verdict(bool is_good) {
    if (is_good) return identity::Claims{"joe", "alice", 1, {}};
    return identity::Refusal::token_expired;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    unsigned verdicts = input.byte();
    Bytes rest = input.rest();
    identity::OauthBearer exchange;
    bool is_over = false, is_challenged = false;
    while (!rest.empty()) {
        const auto end = std::find(rest.begin(), rest.end(), Byte{0});
        const auto length = static_cast<std::size_t>(end - rest.begin());
        const Buffer message = fuzz::exact(rest.first(length));
        rest = rest.subspan(std::min(length + 1, rest.size()));
        auto turn = exchange.on_message(as_text(message));
        SLUICE_CHECK(turn.next == Next::check_token || turn.next == Next::fail);
        SLUICE_CHECK(turn.next == Next::fail || (!is_over && !is_challenged));
        SLUICE_CHECK((turn.next == Next::check_token) == !exchange.token().empty());
        SLUICE_CHECK(as_text(message).find(exchange.token()) != std::string_view::npos);
        is_over = turn.next == Next::fail;
        if (is_over) continue;
        const bool is_good = (verdicts & 1) != 0;
        verdicts >>= 1;
        turn = exchange.on_verdict(verdict(is_good));
        SLUICE_CHECK(exchange.token().empty());
        SLUICE_CHECK((turn.next == Next::challenge) == !is_good);
        SLUICE_CHECK((turn.next == Next::challenge) == !turn.send.empty());
        SLUICE_CHECK((turn.next == Next::succeed) == !exchange.refusal());
        if (turn.next == Next::succeed) SLUICE_CHECK(exchange.claims().subject == "alice");
        is_challenged = turn.next == Next::challenge;
        is_over = !is_challenged;
    }
    return 0;
}
