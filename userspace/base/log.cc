#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <string>

namespace sluice::log {

Status init(std::string_view level) {
    const auto parsed = spdlog::level::from_str(std::string(level));
    if (parsed == spdlog::level::off && level != "off")
        return Error{Errc::config, "unknown log level `" + std::string(level) + "`"};
    spdlog::set_default_logger(spdlog::stderr_logger_mt("sluice"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    spdlog::set_level(parsed);
    return ok();
}

}  // namespace sluice::log
