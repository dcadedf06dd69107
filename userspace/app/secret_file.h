// secret_file.h: reads a small file that holds a secret, and refuses one that others could read.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace sluice::app {

// At most limits::secret_bytes_max. Errors: permission (it belongs to somebody else than root or
// this process's user, or its mode lets others in), io, too_large. No text holds what is in it.
Result<std::string> read_secret_file(const std::filesystem::path& path);

}  // namespace sluice::app
