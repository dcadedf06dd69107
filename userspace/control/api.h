// api.h: the control API: who calls, may they, what is the answer. No sockets.
//
// Thread-safe where its ports are.
#pragma once

#include <string>

#include "control/people.h"
#include "control/ports.h"
#include "control/route.h"
#include "http/server.h"

namespace sluice::control {

class Api {
  public:
    Api(People people, ApprovalsPort& approvals, LogPort& log, OnRefused on_refused);

    [[nodiscard]] http::Response answer(const http::Request& request) const;
    // To what never became a request (http::ServerHandlers::refuse).
    [[nodiscard]] http::Response refuse(unsigned status, const std::string& sentence,
                                        const http::Peer& peer) const;

  private:
    [[nodiscard]] Outcome<std::string> answer_to(const People::Caller& caller,
                                                 const Outcome<Call>& read) const;
    [[nodiscard]] Outcome<std::string> run(const Person& person, const Call& call) const;
    void report(const People::Caller& caller, const Call* call, Code code) const;

    const People people_;
    ApprovalsPort& approvals_;
    LogPort& log_;
    const OnRefused on_refused_;
};

}  // namespace sluice::control
