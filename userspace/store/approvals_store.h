// approvals_store.h: the requests that wait for humans, across restarts, in a SQLite file.
//
// The truth while the daemon runs is approval::Approvals; this is what it is loaded from. No record
// of what happened: that is the audit log. For one thread; another process finds it locked.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "approval/request.h"
#include "base/limits.h"
#include "store/sqlite.h"

namespace sluice::store {

struct ApprovalsStoreLimits {
    std::size_t ended_kept = limits::approval_ended_kept_max;
    std::int64_t bytes_max = limits::approval_store_bytes_max;
};

class ApprovalsStore {
  public:
    // Creates the file (0600) where there is none. Errors: unsupported (another schema),
    // unavailable (another process has it), corrupt, permission, io.
    static Result<std::unique_ptr<ApprovalsStore>> open(const std::filesystem::path& path,
                                                        ApprovalsStoreLimits limits = {});

    // Adds the requests or takes the place of what was kept of them: all of them or, with an error,
    // none. `recorded` is called when everything is written and before it counts; its error is
    // returned. An error of the commit itself (the disk failed at that moment) leaves one doubt:
    // after a crash before the next put the file may have them all the same.
    Status put(std::span<const approval::Request> requests,
               const std::function<Status()>& recorded = ok);
    Status put(const approval::Request& request) { return put({&request, 1}); }

    // Deletes them so that no byte of them stays in the file or its log.
    Status drop(std::span<const std::string> ids);

    // All that are pending or approved, and the last that ended. Errors: corrupt and unsupported
    // name the request.
    Result<std::vector<approval::Request>> load();

  private:
    ApprovalsStore(Database database, Statement keep, Statement prune, ApprovalsStoreLimits limits)
        : database_(std::move(database)),
          keep_(std::move(keep)),
          prune_(std::move(prune)),
          limits_(limits) {}
    Status write(std::span<const approval::Request> requests);

    Database database_;
    Statement keep_;  // after the database: they go first
    Statement prune_;
    const ApprovalsStoreLimits limits_;
    Buffer form_;
};

}  // namespace sluice::store
