// replay DIRECTORY: runs the fuzz target it is linked with over every file of a corpus, and over
// what becomes of each when it is cut at every byte and when every byte is damaged. For compilers
// without libFuzzer; finds nothing new, but what was found once stays found.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "fuzz/fuzz.h"

namespace {

using sluice::Buffer;
using sluice::Byte;

void run(const Buffer& input) {
    const Buffer copy = sluice::fuzz::exact(input);
    LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

void run_damaged(Buffer input) {
    constexpr std::size_t kDamagedBytesMax = 512;
    const std::size_t bytes = std::min(input.size(), kDamagedBytesMax);
    for (std::size_t at = 0; at < bytes; ++at) {
        run(Buffer(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(at)));
        const Byte kept = input[at];
        for (const int value : {kept ^ 1, kept ^ 0x80, 0x00, 0x7f, 0xff}) {
            input[at] = static_cast<Byte>(value);
            run(input);
        }
        input[at] = kept;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
        paths.insert(entry.path());
    for (const auto& path : paths) {
        std::fprintf(stderr, "%s\n", path.c_str());
        std::ifstream file(path, std::ios::binary);
        const Buffer input{std::istreambuf_iterator<char>(file), {}};
        run(input);
        run_damaged(input);
    }
    std::fprintf(stderr, "%zu inputs\n", paths.size());
    return paths.empty() ? 1 : 0;
}
