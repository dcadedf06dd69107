#include "app/ask_daemon.h"

#include "app/approval_text.h"

namespace sluice::app {

using Json = nlohmann::ordered_json;

AskDaemon daemon_at(const std::string& socket) {
    return [socket](const std::string& method, const std::string& target, const std::string& body) {
        http::LocalCall call{socket, method, target, body};
        return http::call(call);
    };
}

Said ask_for(const AskDaemon& ask, const std::string& method, const std::string& target,
             const std::string& body) {
    const auto answer = ask(method, target, body);
    if (!answer) return {kApprovalsNoAnswer, {}, answer.error().context};
    Said said{kApprovalsDone, Json::parse(answer->body, nullptr, false), ""};
    if (!said.body.is_object())
        return {kApprovalsNoAnswer, {}, "what the daemon answers is not understood"};
    if (answer->status == 200) return said;
    said.code = answer->status >= 500 ? kApprovalsNoAnswer : kApprovalsRefused;
    const auto error = said.body.find("error");
    const Json& refusal = error == said.body.end() ? said.body : *error;
    said.problem = shown(refusal, "message") + " (" + shown(refusal, "code") + ")";
    return said;
}

std::string one_line(const Json& body) {
    return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::app
