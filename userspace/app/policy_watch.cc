#include "app/policy_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace sluice::app {

namespace fs = std::filesystem;

PolicyWatch::PolicyWatch(fs::path directory)
    : directory_(std::move(directory)), read_(look()), seen_(read_) {}

bool PolicyWatch::changed() {
    std::string now = look();
    const bool at_rest = now == seen_;
    seen_ = std::move(now);
    if (!at_rest || seen_ == read_) return false;
    read_ = seen_;
    return true;
}

std::string PolicyWatch::look() const {
    if (directory_.empty()) return {};
    std::vector<std::string> lines;
    std::error_code failure;
    fs::directory_iterator entry(directory_, failure);
    // More files than that are refused when they are read; no need to look at all of them.
    for (; !failure && entry != fs::directory_iterator() &&
           lines.size() <= 2 * limits::policy_files_max;
         entry.increment(failure)) {
        struct stat about {};
        std::string line = entry->path().filename().string();
        if (::stat(entry->path().c_str(), &about) == 0)
            line += " " + std::to_string(about.st_ino) + " " + std::to_string(about.st_size) + " " +
                    std::to_string(about.st_mtim.tv_sec) + "." +
                    std::to_string(about.st_mtim.tv_nsec) + " " + std::to_string(about.st_mode);
        lines.push_back(std::move(line));
    }
    if (failure) return "not readable: " + failure.message();
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
}

}  // namespace sluice::app
