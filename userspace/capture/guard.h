// guard.h: the nft guard in the kernel: put it there, read it back, take it away.
//
// Independent of BPF. Works in the network namespace of the calling thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "capture/guard_text.h"

namespace sluice::capture {

// The listing of this run's table; nothing where the table does not exist.
Result<std::optional<std::string>> list_guard(std::string_view run_id);

// Puts the guard in the place of the one that stands, in one transaction, keeping its count, and
// reads it back. An error means that the guard cannot be relied on.
Status install_guard(std::string_view run_id, const std::vector<std::string>& interfaces,
                     const Coverage& coverage);

Status remove_guard(std::string_view run_id);

}  // namespace sluice::capture
