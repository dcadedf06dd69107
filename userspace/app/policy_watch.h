// policy_watch.h: notices that the policy files are others than before.
//
// Looks when it is asked, not in between: at names, sizes, times and inodes, not at contents. A
// change counts once the files have been at rest from one look to the next, so that a file being
// written is not read half.
#pragma once

#include <filesystem>
#include <string>

namespace sluice::app {

class PolicyWatch {
  public:
    // What is there now counts as read.
    explicit PolicyWatch(std::filesystem::path directory);
    // The files changed since this was last true, or since the beginning, and are at rest. A folder
    // that cannot be read is a change too: loading it says why.
    [[nodiscard]] bool changed();

  private:
    [[nodiscard]] std::string look() const;

    std::filesystem::path directory_;  // empty: there are no files
    std::string read_;                 // as of the last time that changed() was true
    std::string seen_;                 // at the last look
};

}  // namespace sluice::app
