// admin.h: which APIs change the cluster, so that their intent is on disk before they are forwarded
// (design 4.3).
#pragma once

#include "kafka/layout.h"

namespace sluice::session {

bool is_admin_change(kafka::ApiKey key) noexcept;

}  // namespace sluice::session
