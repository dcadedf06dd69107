// listener.h: the transparent listening socket that captured connections arrive at.
#pragma once

#include "base/result.h"

namespace sluice::capture {

// Bound to 127.0.0.1, port of the kernel's choice: nothing outside reaches it but through the
// capture. An accepted socket's local address is the broker that the client dialled; one whose
// local address is 127.0.0.1 was dialled directly and is nobody's. Non-blocking, close-on-exec,
// without SO_REUSEPORT (before Linux 6.6 such a socket cannot be assigned).
Result<int> open_listener();

}  // namespace sluice::capture
