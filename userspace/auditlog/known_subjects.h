// known_subjects.h: the subjects one producer has named lately, and their ids. Private to this
// folder.
//
// For one thread. Draws the salts: the same names get another id in another producer, after a
// restart, and after an erasure.
#pragma once

#include <string>
#include <unordered_map>

#include "audit/subject.h"
#include "base/bytes.h"

namespace sluice::auditlog {

class KnownSubjects {
  public:
    struct Named {
        audit::SubjectId id;
        Buffer encoded;  // empty where it was known
    };
    // `epoch`: where it is another than at the last call, all are forgotten first.
    Named name(const audit::Subject& subject, std::uint64_t epoch);
    [[nodiscard]] std::size_t size() const { return ids_.size(); }

  private:
    // By their encoding with one fixed salt.
    std::unordered_map<std::string, audit::SubjectId> ids_;
    std::uint64_t epoch_ = 0;
};

}  // namespace sluice::auditlog
