#include "control/server.h"

#include <utility>

#include "control/api.h"
#include "http/server.h"

namespace sluice::control {

ControlServer::ControlServer() = default;
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::start(ControlOptions options,
                                                            ApprovalsPort& approvals, LogPort& log,
                                                            OnRefused on_refused) {
    std::unique_ptr<ControlServer> control(new ControlServer());
    People people(std::move(options.people), std::move(options.user_name_of));
    control->api_ =
        std::make_unique<const Api>(std::move(people), approvals, log, std::move(on_refused));
    const Api& api = *control->api_;
    http::ServerHandlers handlers{
        [&api](const http::Request& request) { return api.answer(request); },
        [&api](unsigned status, const std::string& sentence, const http::Peer& peer) {
            return api.refuse(status, sentence, peer);
        }};
    http::ServerOptions server_options;
    server_options.socket = std::move(options.socket);
    server_options.group = std::move(options.group);
    auto server = http::Server::start(std::move(server_options), std::move(handlers));
    if (!server) return std::move(server).error();
    control->server_ = *std::move(server);
    return control;
}

}  // namespace sluice::control
