// faulty_vfs.h: the file system as SQLite sees it, with every operation a test's to fail.
//
// While it stands it is SQLite's default. One at a time, for tests of one thread.
#pragma once

#include <sqlite3.h>

#include "base/check.h"

namespace sluice::store::testing {

class FaultyVfs {
  public:
    enum class Lasting { once, forever };

    FaultyVfs() : real_(sqlite3_vfs_find(nullptr)) {
        SLUICE_CHECK(instance_ == nullptr);
        instance_ = this;
        vfs_ = *real_;
        vfs_.iVersion = 1;
        vfs_.zName = "faulty";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.xOpen = open;
        vfs_.xDelete = remove;
        SLUICE_CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
    }
    ~FaultyVfs() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
        instance_ = nullptr;
    }
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    // The n-th operation from now on fails, from 0; perhaps all after it, too.
    void fail(int nth, Lasting lasting) {
        until_ = nth;
        lasting_ = lasting;
    }
    void heal() { until_ = -1; }
    [[nodiscard]] bool has_failed() const { return failures_ > 0; }

  private:
    struct File {
        sqlite3_file base;
        [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

    static bool fails() {
        FaultyVfs& vfs = *instance_;
        if (vfs.until_ < 0) return false;
        if (vfs.until_ > 0) {
            --vfs.until_;
            return false;
        }
        ++vfs.failures_;
        if (vfs.lasting_ == Lasting::once) vfs.heal();
        return true;
    }

    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
        file->pMethods = nullptr;
        if (fails()) return SQLITE_CANTOPEN;
        const int code = instance_->real_->xOpen(instance_->real_, name, real(file), flags, out);
        if (code == SQLITE_OK) file->pMethods = &kMethods;
        return code;
    }
    static int remove(sqlite3_vfs*, const char* name, int sync) {
        if (fails()) return SQLITE_IOERR_DELETE;
        return instance_->real_->xDelete(instance_->real_, name, sync);
    }
    static int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
    static int read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
        if (fails()) return SQLITE_IOERR_READ;
        return real(file)->pMethods->xRead(real(file), to, bytes, at);
    }
    static int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
        if (fails()) return SQLITE_FULL;
        return real(file)->pMethods->xWrite(real(file), from, bytes, at);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 bytes) {
        if (fails()) return SQLITE_IOERR_TRUNCATE;
        return real(file)->pMethods->xTruncate(real(file), bytes);
    }
    static int sync(sqlite3_file* file, int flags) {
        if (fails()) return SQLITE_IOERR_FSYNC;
        return real(file)->pMethods->xSync(real(file), flags);
    }
    static int size(sqlite3_file* file, sqlite3_int64* bytes) {
        if (fails()) return SQLITE_IOERR_FSTAT;
        return real(file)->pMethods->xFileSize(real(file), bytes);
    }
    static int lock(sqlite3_file* file, int level) {
        if (fails()) return SQLITE_IOERR_LOCK;
        return real(file)->pMethods->xLock(real(file), level);
    }
    static int unlock(sqlite3_file* file, int level) {
        return real(file)->pMethods->xUnlock(real(file), level);
    }
    static int reserved(sqlite3_file* file, int* is) {
        return real(file)->pMethods->xCheckReservedLock(real(file), is);
    }
    static int control(sqlite3_file* file, int what, void* with) {
        return real(file)->pMethods->xFileControl(real(file), what, with);
    }
    static int sector(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
    static int device(sqlite3_file* file) {
        return real(file)->pMethods->xDeviceCharacteristics(real(file));
    }
    // Version 1: without shared memory and mappings, which a locked database does not need.
    static constexpr sqlite3_io_methods kMethods{
        1,       close,  read,   write,   truncate, sync,    size,    lock,    unlock, reserved,
        control, sector, device, nullptr, nullptr,  nullptr, nullptr, nullptr, nullptr};

    static inline FaultyVfs* instance_ = nullptr;
    sqlite3_vfs* const real_;
    sqlite3_vfs vfs_{};
    int until_ = -1;
    int failures_ = 0;
    Lasting lasting_ = Lasting::once;
};

}  // namespace sluice::store::testing
