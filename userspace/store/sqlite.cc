#include "store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "base/limits.h"

namespace sluice::store {
namespace {

constexpr std::int64_t kPageBytes = 4096;
constexpr std::int64_t kOnePage = 1;

Errc code_of(int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Errc::unavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Errc::corrupt;
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return Errc::permission;
        case SQLITE_TOOBIG:
            return Errc::too_large;
        default:
            return Errc::io;
    }
}

Error error_of(sqlite3* handle, int code) {
    if (code_of(code) == Errc::unavailable)
        return {Errc::unavailable, "another process has it open"};
    return {code_of(code), handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle)};
}

// A descriptor that closes itself. SQLite must not have the file open yet: closing any descriptor
// of a file drops the process's locks on it.
class Fd {
  public:
    explicit Fd(int fd) : fd_(fd) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

Status sync_directory(const std::filesystem::path& directory) {
    const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return errno_error("open " + directory.string(), errno);
    if (::fsync(fd.get()) != 0) return errno_error("fsync " + directory.string(), errno);
    return ok();
}

// Makes sure of a file that only its owner may read; SQLite gives its companions the same mode.
Status make_private(const std::filesystem::path& path) {
    const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (fd.get() < 0) return errno_error("open", errno);
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0) return errno_error("stat", errno);
    if (!S_ISREG(found.st_mode)) return Error{Errc::io, "not a regular file"};
    if ((found.st_mode & 07777) != 0600 && ::fchmod(fd.get(), 0600) != 0)
        return errno_error("chmod", errno);
    return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace

// -- Statement

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

// Binding fails only for a place the statement has not, or without memory.
void Statement::bind(int place, std::string_view text) {
    SLUICE_CHECK(sqlite3_bind_text64(statement_.get(), place, text.data(), text.size(),
                                     SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}
void Statement::bind(int place, std::int64_t number) {
    SLUICE_CHECK(sqlite3_bind_int64(statement_.get(), place, number) == SQLITE_OK);
}
void Statement::bind(int place, Bytes blob) {
    SLUICE_CHECK(sqlite3_bind_blob64(statement_.get(), place, blob.data(), blob.size(),
                                     SQLITE_STATIC) == SQLITE_OK);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    Error error = error_of(sqlite3_db_handle(statement_.get()), code);
    rewind();
    return error;
}

std::string_view Statement::text(int column) const {
    return as_text(blob(column));
}
std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}
Bytes Statement::blob(int column) const {
    const auto* data = static_cast<const Byte*>(sqlite3_column_blob(statement_.get(), column));
    const int bytes = sqlite3_column_bytes(statement_.get(), column);
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(bytes)};
}

void Statement::rewind() {
    // What it returns is the error of the last step, which was reported.
    sqlite3_reset(statement_.get());
}

Status Statement::run() {
    const auto row = step();
    if (!row) return row.error();
    rewind();
    return ok();
}

// -- Database

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Result<Database> Database::open(const std::filesystem::path& path, const Schema& schema,
                                std::int64_t bytes_max, Sharing sharing) {
    auto prepared = make_private(path);
    if (!prepared) return std::move(prepared).error().in(path.string());
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    Database database(handle);  // also after a failure, it is to be closed
    if (code != SQLITE_OK) return error_of(handle, code).in(path.string());
    auto ready = database.set_up(schema, bytes_max, sharing);
    if (!ready) return std::move(ready).error().in(path.string());
    return database;
}

Result<Database> Database::open_to_read(const std::filesystem::path& path, const Schema& schema) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
        return Error{Errc::unavailable, "there is no file " + path.string()};
    // Beside a writer it takes the writer's shared memory; a copy in a folder that cannot be
    // written has none, and nobody changes it.
    Error failure{Errc::io, ""};
    for (const char* how : {"?mode=ro", "?immutable=1"}) {
        sqlite3* handle = nullptr;
        const std::string uri = "file:" + path.string() + how;
        const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                          SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
        const int code = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
        Database database(handle);
        Status ready = code == SQLITE_OK ? ok() : Status(error_of(handle, code));
        if (ready) {
            database.harden();
            sqlite3_busy_timeout(handle, static_cast<int>(limits::subjects_lock_wait.count()));
            ready = database.check_version(schema, false);
        }
        if (ready) return database;
        failure = std::move(ready).error();
        if (failure.code != Errc::permission) break;
    }
    return std::move(failure).in(path.string());
}

void Database::harden() {
    sqlite3_limit(handle_.get(), SQLITE_LIMIT_LENGTH,
                  static_cast<int>(2 * limits::approval_request_bytes_max));
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

// Looks before it touches: the file may belong to somebody else.
Status Database::check_version(const Schema& schema, bool may_be_new) {
    const auto version = number_of("PRAGMA user_version");
    if (!version) return version.error();
    const auto tables = number_of("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*version == 0 && (*tables != 0 || !may_be_new))
        return Error{Errc::unsupported, "not a database of sluice"};
    if (*version != 0 && *version != schema.version)
        return Error{Errc::unsupported, "it has schema " + std::to_string(*version) +
                                            ", this version knows " +
                                            std::to_string(schema.version)};
    return ok();
}

Status Database::set_up(const Schema& schema, std::int64_t bytes_max, Sharing sharing) {
    harden();
    const bool alone = sharing == Sharing::alone;
    // Before the first access, so that the log of changes needs no shared memory. `cell_size_check`
    // makes damage an error instead of nonsense. `secure_delete`: what is deleted is gone.
    if (!alone)
        sqlite3_busy_timeout(handle_.get(), static_cast<int>(limits::subjects_lock_wait.count()));
    auto locked = run(alone ? "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; "
                              "PRAGMA secure_delete=ON"
                            : "PRAGMA cell_size_check=ON; PRAGMA secure_delete=ON");
    if (!locked) return locked;
    auto known = check_version(schema, true);
    if (!known) return known;
    const auto version = number_of("PRAGMA user_version");
    if (!version) return version.error();
    const auto mode = text_of("PRAGMA journal_mode=WAL");
    if (!mode) return mode.error();
    if (*mode != "wal") return Error{Errc::io, "the file system takes no write-ahead log"};
    const std::string pages =
        "PRAGMA max_page_count=" + std::to_string(std::max(bytes_max / kPageBytes, kOnePage));
    auto tuned = run(("PRAGMA synchronous=FULL; " + pages).c_str());
    if (!tuned) return tuned;
    if (*version == 0) {
        auto taken = take_schema(schema);
        if (!taken) return taken;
    }
    // It reads the whole file, which only the small ones are worth.
    if (!alone) return ok();
    const auto verdict = text_of("PRAGMA quick_check(1)");
    if (!verdict) return verdict.error();
    if (*verdict != "ok") return Error{Errc::corrupt, *verdict};
    return ok();
}

Status Database::take_schema(const Schema& schema) {
    const std::string statements = "BEGIN IMMEDIATE; " + std::string(schema.statements) +
                                   "; PRAGMA user_version=" + std::to_string(schema.version) +
                                   "; COMMIT";
    auto taken = run(statements.c_str());
    if (!taken) roll_back();
    return taken;
}

Result<Statement> Database::prepare(std::string_view statement) {
    sqlite3_stmt* prepared = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_.get(), statement.data(), static_cast<int>(statement.size()),
                           SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) return error_of(handle_.get(), code);
    return Statement(prepared);
}

Status Database::run(const char* statements) {
    const int code = sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(handle_.get(), code);
    return ok();
}

std::uint64_t Database::changed() const {
    return static_cast<std::uint64_t>(sqlite3_changes64(handle_.get()));
}

Status Database::empty_log() {
    int frames = 0;
    int moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                               &frames, &moved);
    if (code != SQLITE_OK) return error_of(handle_.get(), code);
    return ok();
}

Status Database::flush() {
    const int code = sqlite3_db_cacheflush(handle_.get());
    if (code != SQLITE_OK) return error_of(handle_.get(), code);
    return ok();
}

void Database::roll_back() {
    // Some errors have done so already; then there is nothing to roll back.
    if (sqlite3_get_autocommit(handle_.get()) == 0)
        sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<std::int64_t> Database::number_of(const char* statement) {
    auto prepared = prepare(statement);
    if (!prepared) return prepared.error();
    const auto row = prepared->step();
    if (!row) return row.error();
    return prepared->number(0);
}

Result<std::string> Database::text_of(const char* statement) {
    auto prepared = prepare(statement);
    if (!prepared) return prepared.error();
    const auto row = prepared->step();
    if (!row) return row.error();
    return std::string(prepared->text(0));
}

}  // namespace sluice::store
