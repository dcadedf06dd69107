// metrics_server.h: /metrics, /healthz and /readyz on a listener and a thread of their own.
//
// One request a connection. Bounded: http_header_bytes_max, http_connections_max, http_deadline. It
// shows numbers and reasons, never payload, and takes no command; what may be asked of Sluice is
// not its matter.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/address.h"
#include "app/http_text.h"
#include "app/readiness.h"
#include "base/result.h"

namespace sluice::app {

// Called on the server's thread.
struct MetricsHandlers {
    std::function<std::string()> metrics;
    std::function<Readiness()> readiness;
};

// What a request is answered. Pure but for the handlers.
HttpAnswer answer(const HttpRequest& request, const MetricsHandlers& handlers);

class MetricsServer {
  public:
    // Errors: io, permission (the address cannot be listened on).
    static Result<std::unique_ptr<MetricsServer>> start(const ListenAddress& address,
                                                        MetricsHandlers handlers);
    // Ends every connection and the thread.
    ~MetricsServer();
    // The port it got; of interest where 0 was asked for.
    [[nodiscard]] std::uint16_t port() const;

  private:
    struct State;
    explicit MetricsServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sluice::app
