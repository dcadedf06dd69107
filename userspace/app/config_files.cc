#include "app/config_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "audit/merkle.h"
#include "base/limits.h"
#include "session/masks.h"

namespace sluice::app {

namespace fs = std::filesystem;

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string hostname() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

bool is_policy_file(const fs::path& path) {
    const std::string name = path.filename().string();
    const auto ends_with = [&](std::string_view end) {
        return name.size() > end.size() &&
               name.compare(name.size() - end.size(), end.size(), end) == 0;
    };
    return name.front() != '.' && ends_with(".yaml") && !ends_with(".expect.yaml");
}

Result<std::vector<fs::path>> list_policy_files(const fs::path& directory) {
    std::error_code failure;
    std::vector<fs::path> paths;
    fs::directory_iterator entry(directory, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure))
        if (is_policy_file(entry->path())) paths.push_back(entry->path());
    if (failure) return errno_error("read directory " + directory.string(), failure.value());
    if (paths.size() > limits::policy_files_max)
        return Error{Errc::too_large, "directory " + directory.string() + " has more than " +
                                          std::to_string(limits::policy_files_max) +
                                          " policy files"};
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

Result<std::string> read_text_file(const fs::path& path) {
    const std::string doing = "read " + path.string();
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
    if (!file) return errno_error(doing, errno);
    std::string text;
    std::array<char, 16 * 1024> chunk;
    while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
        text.append(chunk.data(), got);
        if (text.size() > limits::config_bytes_max)
            return Error{Errc::too_large, doing + ": more than " +
                                              std::to_string(limits::config_bytes_max) + " bytes"};
    }
    if (std::ferror(file.get()) != 0) return errno_error(doing, errno);
    return text;
}

Result<Config> load_config(const fs::path& path) {
    auto text = read_text_file(path);
    if (!text) return std::move(text).error();
    ReadConfig read = read_config({path.string(), std::move(*text)}, hostname());
    if (!read.mistakes.empty()) return Error{Errc::config, to_text(read.mistakes)};
    return std::move(read.config);
}

std::vector<std::string> names_of(std::span<const IdentityProvider> providers) {
    std::vector<std::string> names;
    for (const IdentityProvider& provider : providers) names.push_back(provider.name);
    return names;
}

// Names of files do not count; what they say, and in which order, does.
std::uint64_t fingerprint_of(std::span<const policy::PolicyFile> files) {
    Buffer all;
    for (const policy::PolicyFile& file : files) {
        append_be(all, std::uint64_t{file.text.size()});
        append(all, as_bytes(file.text));
    }
    return load_be<std::uint64_t>(audit::leaf_hash(all).bytes.data());
}

Result<std::shared_ptr<const policy::PolicySet>> load_policies(
    const fs::path& directory, std::span<const mask::Key> keys,
    std::span<const IdentityProvider> providers) {
    if (directory.empty()) return policy::compile({}).set;
    auto paths = list_policy_files(directory);
    if (!paths) return std::move(paths).error();
    std::vector<policy::PolicyFile> files;
    for (const fs::path& path : *paths) {
        auto text = read_text_file(path);
        if (!text) return std::move(text).error();
        files.push_back({path.string(), std::move(*text)});
    }
    const policy::Compiled compiled = policy::compile(files, names_of(providers));
    if (!compiled.mistakes.empty()) return Error{Errc::config, to_text(compiled.mistakes)};
    const std::vector<policy::Mistake> masks = session::check_masks(compiled, keys);
    if (!masks.empty()) return Error{Errc::config, to_text(masks)};
    auto set = std::make_shared<policy::PolicySet>(*compiled.set);
    set->fingerprint = fingerprint_of(files);
    return std::shared_ptr<const policy::PolicySet>(std::move(set));
}

}  // namespace sluice::app
