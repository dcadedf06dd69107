// http_get.h: one GET to a daemon of this machine, for the command line. Blocks, within
// http_deadline.
#pragma once

#include <string_view>

#include "app/address.h"
#include "app/http_text.h"
#include "base/result.h"

namespace sluice::app {

// Errors: io (nobody listens, no answer in time), too_large, malformed.
Result<HttpAnswer> http_get(const ListenAddress& address, std::string_view path);

}  // namespace sluice::app
