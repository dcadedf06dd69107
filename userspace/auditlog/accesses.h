// accesses.h: what one session may have read or written of one partition without the log saying how
// far.
//
// Each is an entry with the lowest offset it may have touched (`from`) and no highest. Of two
// entries of one kind the newer one with the lower `from` says all that the older one says, so that
// only a few are kept. Private to this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace sluice::auditlog {

struct Access {
    std::int64_t from = 0;
    std::uint64_t index = 0;
    Buffer entry;
};

// INVARIANT: `from` and `index` both grow along the list.
class Accesses {
  public:
    void add(std::int64_t from, std::uint64_t index, Bytes entry) {
        while (!list_.empty() && list_.back().from >= from) list_.pop_back();
        list_.push_back({from, index, Buffer(entry.begin(), entry.end())});
    }
    // The newest that may have touched `offset`; nullptr where none may.
    [[nodiscard]] const Access* newest_reaching(std::int64_t offset) const {
        const Access* found = nullptr;
        for (const Access& access : list_) {
            if (access.from > offset) break;
            found = &access;
        }
        return found;
    }
    void clear() { list_.clear(); }
    [[nodiscard]] bool empty() const { return list_.empty(); }

  private:
    std::vector<Access> list_;
};

}  // namespace sluice::auditlog
