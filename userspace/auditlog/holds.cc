#include "auditlog/holds.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "auditlog/side_file.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

constexpr std::string_view kHeader = "sluice holds 1\n";

bool is_one_line(std::string_view text) {
    return !text.empty() && text.size() <= limits::audit_hold_text_bytes_max &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool makes_sense(const Hold& hold) {
    return is_one_line(hold.reason) && hold.from <= hold.to &&
           (hold.over == Hold::Over::time || hold.from >= 0);
}

// Takes the word before the next blank.
template <class Number>
bool take_number(std::string_view& line, Number& number) {
    const auto [at, failure] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (failure != std::errc{} || at == line.data() + line.size() || *at != ' ') return false;
    line.remove_prefix(static_cast<std::size_t>(at - line.data()) + 1);
    return true;
}

bool take_over(std::string_view& line, Hold::Over& over) {
    for (const auto& [word, value] : {std::pair{std::string_view("entries "), Hold::Over::entries},
                                      {std::string_view("time "), Hold::Over::time}}) {
        if (!line.starts_with(word)) continue;
        over = value;
        line.remove_prefix(word.size());
        return true;
    }
    return false;
}

std::optional<Hold> parse_line(std::string_view line) {
    Hold hold;
    if (!take_number(line, hold.id) || !take_over(line, hold.over) ||
        !take_number(line, hold.from) || !take_number(line, hold.to) ||
        !take_number(line, hold.made_ns))
        return std::nullopt;
    hold.reason = line;
    return makes_sense(hold) ? std::optional(std::move(hold)) : std::nullopt;
}

// Whoever adds a hold may be root; the daemon that must see it is not.
Status give_to_owner_of(const std::filesystem::path& directory, const std::filesystem::path& file) {
    if (::geteuid() != 0) return ok();
    struct stat owner {};
    if (::stat(directory.c_str(), &owner) != 0 ||
        ::chown(file.c_str(), owner.st_uid, owner.st_gid) != 0)
        return errno_error("give " + file.string() + " to the owner of its directory", errno);
    return ok();
}

Status write_holds(FileSystem& files, const std::filesystem::path& directory,
                   const std::vector<Hold>& holds) {
    const auto path = directory / kHoldsFile;
    const auto put = put_file(files, directory / "holds.tmp", path, as_bytes(encode_holds(holds)));
    if (!put) return put.error();
    return give_to_owner_of(directory, path);
}

}  // namespace

bool holds(const Hold& hold, const SegmentSpan& segment) {
    if (hold.over == Hold::Over::time)
        return hold.from <= segment.last_ns && segment.first_ns <= hold.to;
    return static_cast<std::uint64_t>(hold.from) <= segment.last_index &&
           segment.first_index <= static_cast<std::uint64_t>(hold.to);
}

std::string encode_holds(const std::vector<Hold>& holds) {
    std::string text(kHeader);
    for (const Hold& hold : holds) {
        text += std::to_string(hold.id);
        text += hold.over == Hold::Over::time ? " time " : " entries ";
        text += std::to_string(hold.from) + " " + std::to_string(hold.to) + " " +
                std::to_string(hold.made_ns) + " " + hold.reason + "\n";
    }
    return text;
}

Result<std::vector<Hold>> decode_holds(std::string_view text) {
    if (!text.starts_with(kHeader)) return Error{Errc::malformed, "not a list of holds"};
    text.remove_prefix(kHeader.size());
    std::vector<Hold> holds;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        auto hold = parse_line(text.substr(0, end));
        const std::uint64_t before = holds.empty() ? 0 : holds.back().id;
        if (end == std::string_view::npos || !hold || hold->id <= before)
            return Error{Errc::malformed,
                         "line " + std::to_string(holds.size() + 2) + " is no hold"};
        if (holds.size() == limits::audit_holds_max)
            return Error{Errc::too_large,
                         "more than " + std::to_string(limits::audit_holds_max) + " holds"};
        holds.push_back(*std::move(hold));
        text.remove_prefix(end + 1);
    }
    return holds;
}

Result<std::vector<Hold>> read_holds(const std::filesystem::path& directory) {
    const auto path = directory / kHoldsFile;
    const auto bytes = read_side_file(path);
    if (!bytes) return bytes.error();
    if (!*bytes) return std::vector<Hold>();
    auto holds = decode_holds(as_text(**bytes));
    if (!holds) return std::move(holds).error().in(path.string());
    return holds;
}

Result<std::uint64_t> add_hold(FileSystem& files, const std::filesystem::path& directory,
                               Hold hold) {
    if (!makes_sense(hold))
        return Error{Errc::config,
                     "a hold needs a reason in one line, and a range that does not "
                     "end before it begins"};
    const auto lock = lock_holds(directory);
    if (!lock) return lock.error();
    auto holds = read_holds(directory);
    if (!holds) return std::move(holds).error();
    if (holds->size() == limits::audit_holds_max)
        return Error{Errc::too_large,
                     "this log has " + std::to_string(limits::audit_holds_max) + " holds already"};
    hold.id = holds->empty() ? 1 : holds->back().id + 1;
    holds->push_back(hold);
    auto written = write_holds(files, directory, *holds);
    if (!written) return std::move(written).error();
    return hold.id;
}

Result<Hold> release_hold(FileSystem& files, const std::filesystem::path& directory,
                          std::uint64_t id) {
    const auto lock = lock_holds(directory);
    if (!lock) return lock.error();
    auto holds = read_holds(directory);
    if (!holds) return std::move(holds).error();
    const auto found = std::ranges::find(*holds, id, &Hold::id);
    if (found == holds->end())
        return Error{Errc::unavailable, "there is no hold " + std::to_string(id)};
    Hold released = *found;
    holds->erase(found);
    auto written = write_holds(files, directory, *holds);
    if (!written) return std::move(written).error();
    return released;
}

Result<Fd> lock_holds(const std::filesystem::path& directory) {
    const auto path = directory / "holds.lock";
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (fd.get() < 0) return errno_error("open " + path.string(), errno);
    auto given = give_to_owner_of(directory, path);
    if (!given) return std::move(given).error();
    while (::flock(fd.get(), LOCK_EX) != 0)
        if (errno != EINTR) return errno_error("lock " + path.string(), errno);
    return fd;
}

}  // namespace sluice::auditlog
