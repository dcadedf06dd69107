// workbench.h: the working memory that the sessions of one thread share.
//
// Opening batches takes buffers and compression contexts that are too large, and too slow to make,
// for each connection. Nothing of one session's records is used by another: it is overwritten.
#pragma once

#include "kafka/records.h"

namespace sluice::session {

struct Workbench {
    kafka::RecordsRewriter records;
};

}  // namespace sluice::session
