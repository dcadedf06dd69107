// The members of session::Session for this executable; see scripted_session.h.
#include "unit/net/scripted_session.h"

#include <gtest/gtest.h>

#include "session/workbench.h"

namespace sluice::session {

using net::testing::Script;

struct Session::State {
    net::testing::Stage stage;
    Script script;
};

void Output::clear() {
    *this = {};
}

Session::Session(SessionOptions options, const Facts& facts)
    : state_(new State{{}, Script::current()}) {
    state_->stage.options = std::move(options);
    state_->stage.facts = &facts;
    if (state_->script.on_start) state_->script.on_start(state_->stage);
}

Session::~Session() {
    delete state_;
}

std::size_t Session::on_client(Bytes window, Instant, Output& out) {
    if (state_->script.on_client) return state_->script.on_client(state_->stage, window, out);
    return net::testing::forward(window, out.to_broker);
}

std::size_t Session::on_broker(Bytes window, Instant, Output& out) {
    if (state_->script.on_broker) return state_->script.on_broker(state_->stage, window, out);
    return net::testing::forward(window, out.to_client);
}

void Session::on_tick(Instant, Output& out) {
    if (state_->script.on_tick) state_->script.on_tick(state_->stage, out);
}

void Session::on_approval(std::uint64_t, const approval::Answer&, Instant, Output&) {}

bool Session::waits_for_human() const {
    return false;
}

void Session::on_end(CloseReason reason, Instant, Output& out) {
    if (state_->script.on_end) state_->script.on_end(state_->stage, reason, out);
}

bool Session::before_first_request() const {
    return state_->stage.before_first_request;
}
std::size_t Session::in_flight() const {
    return state_->stage.in_flight;
}
void Session::drain() {
    state_->stage.draining = true;
}
bool Session::drained() const {
    return state_->stage.draining && state_->stage.in_flight == 0;
}
std::size_t Session::client_wants() const {
    return state_->stage.client_wants;
}
std::size_t Session::broker_wants() const {
    return state_->stage.broker_wants;
}
std::size_t Session::held_bytes() const {
    return 0;
}
const SessionCounters& Session::counters() const {
    return state_->stage.counters;
}

}  // namespace sluice::session

namespace sluice::net::testing {

Script& Script::current() {
    static Script script;
    return script;
}

std::uint64_t Stage::say(session::Output& output, audit::Event event) {
    output.events.push_back(std::move(event));
    return ++events;
}

std::size_t forward(Bytes window, std::vector<session::Piece>& pieces, std::uint64_t after) {
    pieces.push_back({.bytes = window, .after = after});
    return window.size();
}

TEST(ScriptedSession, ForwardsWhatNoScriptClaims) {
    Script::current() = {};
    struct NoFacts : session::Facts {
        std::string_view topic_name(const TopicId&) const override { return {}; }
        bool audit_failed() const override { return false; }
        std::uint64_t policy_generation() const override { return 1; }
        session::Caller who(const policy::Evidence&) const override { return {}; }
        std::optional<session::TokenVerdict> check_token(std::string_view, Instant) const override {
            return std::nullopt;
        }
        [[nodiscard]] audit::SubjectId subject(const audit::Subject&) const override { return {}; }
        [[nodiscard]] std::uint64_t subject_epoch() const override { return 1; }
        session::Workbench& workbench() const override { return bench; }
        mutable session::Workbench bench;
    } facts;
    session::Session session({}, facts);
    session::Output output;
    EXPECT_EQ(session.on_client(as_bytes("abc"), {}, output), 3U);
    ASSERT_EQ(output.to_broker.size(), 1U);
    EXPECT_EQ(as_text(output.to_broker[0].bytes), "abc");
    EXPECT_TRUE(output.to_client.empty());
}

}  // namespace sluice::net::testing
