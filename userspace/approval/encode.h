// encode.h: a Request as bytes, for the store.
//
// Canonical and self-contained: one request has one form. A checksum at the end finds damage and
// proves nothing; who may write the file can write a valid form.
#pragma once

#include "approval/request.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::approval {

// Appends the form of `request` to `out`.
void encode(const Request& request, Buffer& out);

// Errors: unsupported (the form of another version), corrupt (damaged, or a request that cannot
// be: an approved one without its votes).
Result<Request> decode(Bytes form);

}  // namespace sluice::approval
