#include "store/subjects_store.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/limits.h"

namespace sluice::store {
namespace {

constexpr Schema kSchema{1,
                         "CREATE TABLE subject ("
                         "  id BLOB NOT NULL PRIMARY KEY,"
                         "  made_ns INTEGER NOT NULL,"
                         "  body BLOB NOT NULL"
                         ") STRICT, WITHOUT ROWID;"
                         "CREATE TABLE erased ("
                         "  id BLOB NOT NULL PRIMARY KEY,"
                         "  erased_ns INTEGER NOT NULL"
                         ") STRICT, WITHOUT ROWID"};
constexpr std::string_view kKeep =
    "INSERT INTO subject (id, made_ns, body) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
constexpr std::string_view kEach = "SELECT id, body FROM subject";

Result<audit::SubjectId> id_of(Bytes id) {
    audit::SubjectId found;
    if (id.size() != found.bytes.size()) return Error{Errc::corrupt, "a subject without an id"};
    std::copy(id.begin(), id.end(), found.bytes.begin());
    return found;
}

// A row proves itself.
Result<audit::Subject> read_row(const audit::SubjectId& id, Bytes body) {
    if (audit::subject_id(body) != id)
        return Error{Errc::corrupt, "subject " + audit::to_text(id) + " is not what its id says"};
    auto subject = audit::decode_subject(body);
    if (!subject) return Error{Errc::corrupt, "subject " + audit::to_text(id)};
    return subject;
}

template <class Visit>
Status each_row(Database& database, Visit&& visit) {
    auto rows = database.prepare(kEach);
    if (!rows) return rows.error();
    while (true) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return ok();
        const auto id = id_of(rows->blob(0));
        if (!id) return id.error();
        const auto subject = read_row(*id, rows->blob(1));
        if (!subject) return subject.error();
        if (!visit(*id, *subject)) return ok();
    }
}

bool is_of(const audit::Subject& subject, std::string_view person) {
    return subject.principal == person || subject.human == person;
}
// Before a login, and where only the address says who it is.
bool is_of_nobody(const audit::Subject& subject) {
    return subject.human.empty() &&
           (subject.principal.empty() || subject.principal.rfind("net:", 0) == 0);
}

}  // namespace

Result<std::unique_ptr<SubjectsStore>> SubjectsStore::open(const std::filesystem::path& path) {
    auto database = Database::open(path, kSchema, limits::subjects_bytes_max, Sharing::shared);
    if (!database) return std::move(database).error();
    auto keep = database->prepare(kKeep);
    if (!keep) return std::move(keep).error().in(path.string());
    return std::unique_ptr<SubjectsStore>(
        new SubjectsStore(*std::move(database), *std::move(keep)));
}

Status SubjectsStore::put(std::span<const Buffer> subjects, std::int64_t now_ns) {
    auto done = database_.run("BEGIN IMMEDIATE");
    for (const Buffer& body : subjects) {
        if (!done) break;
        const audit::SubjectId id = audit::subject_id(body);
        keep_.bind(1, Bytes(id.bytes));
        keep_.bind(2, now_ns);
        keep_.bind(3, Bytes(body));
        done = keep_.run();
    }
    if (done) done = database_.run("COMMIT");
    if (done) return done;
    database_.roll_back();
    return std::move(done).error().in("keep who is who");
}

Result<std::uint64_t> SubjectsStore::erase(std::string_view person, std::int64_t now_ns) {
    std::set<std::uint32_t> addresses;
    std::set<std::string> names{std::string(person)};
    std::vector<audit::SubjectId> ids;
    auto read = each_row(database_, [&](const audit::SubjectId& id, const audit::Subject& subject) {
        if (!is_of(subject, person)) return true;
        ids.push_back(id);
        if (subject.address != 0) addresses.insert(subject.address);
        for (const auto& name : {subject.principal, subject.human})
            if (!name.empty()) names.insert(name);
        return true;
    });
    const auto mentions = [&](const std::string& comment) {
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            return comment.find(name) != std::string::npos;
        });
    };
    if (read)
        read = each_row(database_, [&](const audit::SubjectId& id, const audit::Subject& subject) {
            const bool theirs = is_of_nobody(subject) && addresses.contains(subject.address);
            if (!is_of(subject, person) && (theirs || mentions(subject.comment))) ids.push_back(id);
            return true;
        });
    if (!read) return std::move(read).error().in("erase a person");
    return erase_ids(ids, now_ns);
}

Result<std::uint64_t> SubjectsStore::erase_ids(std::span<const audit::SubjectId> ids,
                                               std::int64_t now_ns) {
    auto gone = database_.prepare("DELETE FROM subject WHERE id = ?1");
    if (!gone) return std::move(gone).error().in("erase a person");
    auto noted = database_.prepare(
        "INSERT INTO erased (id, erased_ns) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING");
    if (!noted) return std::move(noted).error().in("erase a person");
    // In portions, so that nobody who has names to keep waits long.
    Status done = ok();
    for (std::size_t at = 0; done && at < ids.size(); at += limits::subjects_erased_at_once) {
        done = database_.run("BEGIN IMMEDIATE");
        for (const auto& id :
             ids.subspan(at, std::min(limits::subjects_erased_at_once, ids.size() - at))) {
            if (!done) break;
            gone->bind(1, Bytes(id.bytes));
            noted->bind(1, Bytes(id.bytes));
            noted->bind(2, now_ns);
            done = gone->run();
            if (done) done = noted->run();
        }
        if (done) done = database_.run("COMMIT");
        if (!done) database_.roll_back();
    }
    if (done) done = database_.empty_log();
    if (!done) return std::move(done).error().in("erase a person");
    return ids.size();
}

Result<std::uint64_t> SubjectsStore::drop_before(std::int64_t made_ns) {
    auto drop = database_.prepare("DELETE FROM subject WHERE made_ns < ?1");
    if (!drop) return std::move(drop).error().in("drop names");
    drop->bind(1, made_ns);
    auto done = drop->run();
    const std::uint64_t dropped = database_.changed();
    if (done) done = database_.empty_log();
    if (!done) return std::move(done).error().in("drop names");
    return dropped;
}

Result<std::unique_ptr<SubjectsReader>> SubjectsReader::open(const std::filesystem::path& path) {
    auto database = Database::open_to_read(path, kSchema);
    if (!database) return std::move(database).error();
    auto find = database->prepare("SELECT body FROM subject WHERE id = ?1");
    if (!find) return std::move(find).error().in(path.string());
    auto erased = database->prepare("SELECT erased_ns FROM erased WHERE id = ?1");
    if (!erased) return std::move(erased).error().in(path.string());
    return std::unique_ptr<SubjectsReader>(
        new SubjectsReader(*std::move(database), *std::move(find), *std::move(erased)));
}

Result<std::optional<SubjectsReader::Found>> SubjectsReader::find(const audit::SubjectId& id) {
    find_.bind(1, Bytes(id.bytes));
    const auto row = find_.step();
    if (!row) return Error(row.error()).in("look up a subject");
    if (*row) {
        const Bytes body = find_.blob(0);
        auto subject = read_row(id, body);
        Found found{std::nullopt, Buffer(body.begin(), body.end())};
        find_.rewind();
        if (!subject) return std::move(subject).error();
        found.subject = *std::move(subject);
        return std::optional(std::move(found));
    }
    find_.rewind();
    erased_.bind(1, Bytes(id.bytes));
    const auto gone = erased_.step();
    if (!gone) return Error(gone.error()).in("look up a subject");
    const bool erased = *gone;
    erased_.rewind();
    return erased ? std::optional(Found{}) : std::nullopt;
}

Status SubjectsReader::each(
    const std::function<bool(const audit::SubjectId&, const audit::Subject&)>& visit) {
    return each_row(database_, visit);
}

}  // namespace sluice::store
