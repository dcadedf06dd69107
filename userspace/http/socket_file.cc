#include "http/socket_file.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace sluice::http {
namespace {

struct Descriptor {
    int fd = -1;
    explicit Descriptor(int opened) : fd(opened) {}
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int release() { return std::exchange(fd, -1); }
};

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return Error{Errc::config, "a socket's path has 1 to " +
                                       std::to_string(sizeof address.sun_path - 1) + " bytes"};
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<gid_t> group_id(const std::string& group) {
    constexpr auto unchanged = static_cast<gid_t>(-1);
    if (group.empty()) return unchanged;
    struct ::group entry {};
    struct ::group* found = nullptr;
    // Of the members' names too: a group of some thousand fits.
    std::array<char, 64 * 1024> text;
    const int failure = ::getgrnam_r(group.c_str(), &entry, text.data(), text.size(), &found);
    if (found == nullptr)
        return failure != 0 ? errno_error("look up group " + group, failure)
                            : Error{Errc::config, "there is no group " + group};
    return entry.gr_gid;
}

// Takes away what nobody listens on any more.
Status make_room(const std::string& path, const sockaddr_un& address) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0)
        return errno == ENOENT ? ok() : Status(errno_error("look", errno));
    if (!S_ISSOCK(found.st_mode)) return Error{Errc::denied, "there is something else already"};
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (probe.fd < 0) return errno_error("open a socket", errno);
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    // A full backlog (EAGAIN) is somebody's, too.
    if (::connect(probe.fd, to, sizeof address) == 0 || errno != ECONNREFUSED)
        return Error{Errc::denied, "another daemon listens there"};
    return ::unlink(path.c_str()) == 0 ? ok() : Status(errno_error("remove the old socket", errno));
}

// Nobody can connect before listen(), which comes last.
Status open_at(const std::string& path, const sockaddr_un& address, gid_t group, int fd,
               int backlog) {
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    if (::fchmod(fd, 0600) != 0 || ::bind(fd, to, sizeof address) != 0)
        return errno_error("bind", errno);
    const char* failed = nullptr;
    if (::lchown(path.c_str(), static_cast<uid_t>(-1), group) != 0)
        failed = "give it to the group";
    else if (::chmod(path.c_str(), 0660) != 0)
        failed = "set its mode";
    else if (::listen(fd, backlog) != 0)
        failed = "listen";
    if (failed == nullptr) return ok();
    const int failure = errno;
    ::unlink(path.c_str());
    return errno_error(failed, failure);
}

}  // namespace

Result<SocketFile> SocketFile::listen(const std::filesystem::path& path, const std::string& group,
                                      int backlog) {
    const std::string doing = "listen on " + path.string();
    const auto address = address_of(path.string());
    if (!address) return Error(address.error()).in(doing);
    const auto gid = group_id(group);
    if (!gid) return Error(gid.error()).in(doing);
    // Two daemons that start at once must not both take the old socket for abandoned.
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.fd < 0) return errno_error(doing + ": open " + folder, errno);
    if (::flock(lock.fd, LOCK_EX | LOCK_NB) != 0)
        return errno_error(doing + ": lock " + folder, errno);
    if (auto room = make_room(path.string(), *address); !room)
        return std::move(room).error().in(doing);
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.fd < 0) return errno_error(doing, errno);
    if (auto open = open_at(path.string(), *address, *gid, socket.fd, backlog); !open)
        return std::move(open).error().in(doing);
    SocketFile file(socket.release(), path);
    struct stat made {};
    if (::lstat(path.c_str(), &made) == 0) {
        file.device_ = made.st_dev;
        file.inode_ = made.st_ino;
    }
    return file;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      device_(other.device_),
      inode_(other.inode_) {
    other.path_.clear();
}

SocketFile::~SocketFile() {
    struct stat found {};
    if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
        found.st_ino == inode_)
        ::unlink(path_.c_str());
    if (fd_ >= 0) ::close(fd_);
}

int SocketFile::release_fd() {
    return std::exchange(fd_, -1);
}

}  // namespace sluice::http
