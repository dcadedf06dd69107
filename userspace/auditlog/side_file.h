// side_file.h: a small file beside the segments, read whole. Private to this folder.
#pragma once

#include <filesystem>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

// Nothing where there is no such file. Errors: io, permission; too_large, over
// limits::audit_side_file_bytes_max.
Result<std::optional<Buffer>> read_side_file(const std::filesystem::path& path);

}  // namespace sluice::auditlog
