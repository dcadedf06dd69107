#include "store/approvals_store.h"

#include "approval/encode.h"

namespace sluice::store {
namespace {

// `ended_ns` is 0 while a request is pending or approved. What is in the body stands in the columns
// only to be found by.
constexpr Schema kSchema{1,
                         "CREATE TABLE request ("
                         "  id TEXT NOT NULL PRIMARY KEY,"
                         "  ended_ns INTEGER NOT NULL,"
                         "  body BLOB NOT NULL"
                         ") STRICT;"
                         "CREATE INDEX request_ended ON request (ended_ns)"};
constexpr std::string_view kKeep =
    "INSERT INTO request (id, ended_ns, body) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (id) DO UPDATE SET ended_ns = ?2, body = ?3";
constexpr std::string_view kPrune =
    "DELETE FROM request WHERE id IN (SELECT id FROM request WHERE ended_ns <> 0 "
    "ORDER BY ended_ns DESC, id DESC LIMIT -1 OFFSET ?1)";
constexpr std::string_view kLoad =
    "SELECT id, ended_ns, body FROM request WHERE ended_ns = 0 UNION ALL "
    "SELECT * FROM (SELECT id, ended_ns, body FROM request WHERE ended_ns <> 0 "
    "ORDER BY ended_ns DESC, id DESC LIMIT ?1)";

Result<approval::Request> read_row(const Statement& row) {
    const std::string id(row.text(0));
    const std::string where = approval::is_id(id) ? "request " + id : "a request without an id";
    auto request = approval::decode(row.blob(2));
    if (!request) return std::move(request).error().in(where);
    if (request->id != id || request->ended_ns != row.number(1))
        return Error{Errc::corrupt, where + ": its row contradicts it"};
    return request;
}

}  // namespace

Result<std::unique_ptr<ApprovalsStore>> ApprovalsStore::open(const std::filesystem::path& path,
                                                             ApprovalsStoreLimits limits) {
    auto database = Database::open(path, kSchema, limits.bytes_max);
    if (!database) return std::move(database).error();
    auto keep = database->prepare(kKeep);
    if (!keep) return std::move(keep).error().in(path.string());
    auto prune = database->prepare(kPrune);
    if (!prune) return std::move(prune).error().in(path.string());
    return std::unique_ptr<ApprovalsStore>(
        new ApprovalsStore(*std::move(database), *std::move(keep), *std::move(prune), limits));
}

Status ApprovalsStore::put(std::span<const approval::Request> requests,
                           const std::function<Status()>& recorded) {
    auto done = database_.run("BEGIN IMMEDIATE");
    if (done) done = write(requests);
    if (done) done = database_.flush();
    if (!done) {
        database_.roll_back();
        return std::move(done).error().in("keep requests");
    }
    done = recorded();
    if (!done) {
        database_.roll_back();
        return done;
    }
    done = database_.run("COMMIT");
    if (done) return done;
    database_.roll_back();
    return std::move(done).error().in("keep requests");
}

Status ApprovalsStore::write(std::span<const approval::Request> requests) {
    bool has_ended = false;
    for (const approval::Request& request : requests) {
        form_.clear();
        approval::encode(request, form_);
        keep_.bind(1, std::string_view(request.id));
        keep_.bind(2, request.ended_ns);
        keep_.bind(3, Bytes(form_));
        auto kept = keep_.run();
        if (!kept) return kept;
        has_ended = has_ended || request.ended_ns != 0;
    }
    if (!has_ended) return ok();
    prune_.bind(1, static_cast<std::int64_t>(limits_.ended_kept));
    return prune_.run();
}

Status ApprovalsStore::drop(std::span<const std::string> ids) {
    auto drop = database_.prepare("DELETE FROM request WHERE id = ?1");
    if (!drop) return std::move(drop).error().in("drop requests");
    auto done = database_.run("BEGIN IMMEDIATE");
    for (const std::string& id : ids) {
        if (!done) break;
        drop->bind(1, std::string_view(id));
        done = drop->run();
    }
    if (done) done = database_.run("COMMIT");
    if (!done) database_.roll_back();
    if (done) done = database_.empty_log();
    if (done) return done;
    return std::move(done).error().in("drop requests");
}

Result<std::vector<approval::Request>> ApprovalsStore::load() {
    auto rows = database_.prepare(kLoad);
    if (!rows) return std::move(rows).error().in("load requests");
    rows->bind(1, static_cast<std::int64_t>(limits_.ended_kept));
    std::vector<approval::Request> requests;
    while (true) {
        const auto row = rows->step();
        if (!row) return Error(row.error()).in("load requests");
        if (!*row) return requests;
        auto request = read_row(*rows);
        if (!request) return std::move(request).error().in("load requests");
        requests.push_back(*std::move(request));
    }
}

}  // namespace sluice::store
