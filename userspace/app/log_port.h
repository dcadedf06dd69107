// log_port.h: the audit log as the control API asks it: on behalf of a person, with a record of
// that before the answer.
//
// What was asked for is recorded by topic, partition and offset, and by the names of the other
// filters: their values may be names of people, who may be erased one day.
#pragma once

#include <filesystem>

#include "app/gateway.h"
#include "app/people.h"
#include "control/ports.h"

namespace sluice::app {

class LogPort final : public control::LogPort {
  public:
    // INVARIANT: the gateway outlives this.
    LogPort(Gateway& gateway, std::filesystem::path log, std::filesystem::path people)
        : gateway_(gateway), log_(std::move(log)), people_(std::move(people)) {}

    using Query = control::Query;
    control::Outcome<std::string> who(const Query& query, const control::Person& reader) override;
    control::Outcome<std::string> search(const Query& query,
                                         const control::Person& reader) override;
    control::Outcome<std::string> show(const Query& query, const control::Person& reader) override;
    control::Outcome<std::string> erase(const std::string& person, const std::string& comment,
                                        const control::Person& by) override;

  private:
    Status record_read(const char* what, const Query& query, const control::Person& reader);

    Gateway& gateway_;
    const std::filesystem::path log_, people_;
};

}  // namespace sluice::app
