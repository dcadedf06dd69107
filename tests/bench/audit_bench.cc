// audit_bench: what an audit entry costs, from the worker's thread to the disk and back.
//
// bench_audit [DIRECTORY [ENTRIES]]: writes a log of ENTRIES (default 1,000,000) into a new folder
// below DIRECTORY (default: the current one) and removes it. One fdatasync on the same file system
// is measured beside it: that is what a commit cannot be faster than.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "audit/encode.h"
#include "auditlog/log.h"
#include "auditlog/reader.h"
#include "base/crc32c.h"
#include "unit/audit/examples.h"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Keeps the compiler from leaving out what is measured.
void use(const void* value) {
    asm volatile("" : : "r"(value) : "memory");
}

template <class Work>
double ns_each(Work work) {
    constexpr int kRounds = 500'000;
    for (int i = 0; i < kRounds / 10; ++i) work(i);
    const auto start = Clock::now();
    for (int i = 0; i < kRounds; ++i) work(i);
    return seconds_since(start) * 1e9 / kRounds;
}

void row(const char* what, double value, const char* unit) {
    std::printf("%-44s %12.1f %s\n", what, value, unit);
}

void bench_bytes() {
    audit::Event event = audit::examples::fetch();
    Buffer entry;
    const double encode_ns = ns_each([&](int i) {
        entry.clear();
        event.correlation_id = i;
        audit::encode(event, entry);
        use(entry.data());
    });
    row("bytes of an entry", static_cast<double>(entry.size()), "B");
    row("encode", encode_ns, "ns");
    row("decode", ns_each([&](int) {
            const auto decoded = audit::decode(entry);
            use(&decoded);
        }),
        "ns");
    audit::Head head;
    row("read head (what `who` looks at)", ns_each([&](int) {
            audit::read_head(entry, head);
            use(&head);
        }),
        "ns");
    Digest digest;
    row("leaf hash", ns_each([&](int) { digest = audit::leaf_hash(entry); }), "ns");
    use(&digest);
    audit::Frontier tree;
    row("leaf hash, added to the tree", ns_each([&](int) { tree.add(audit::leaf_hash(entry)); }),
        "ns");
    use(&tree);
    const Buffer large(1 << 20, 7);
    const auto start = Clock::now();
    std::uint32_t crc = 0;
    for (int i = 0; i < 1000; ++i) crc = crc32c(large, crc);
    use(&crc);
    row("crc32c", 1.048576 / seconds_since(start), "GB/s");
}

void print_percentiles(const char* what, std::vector<double> us) {
    std::ranges::sort(us);
    const auto at = [&us](double part) {
        return us[static_cast<std::size_t>(part * static_cast<double>(us.size() - 1))];
    };
    std::printf("%-44s %12.1f us  p99 %.1f us  max %.1f us\n", what, at(0.5), at(0.99), us.back());
}

// One write of a small block and its sync, as the sequencer does them.
std::vector<double> bare_syncs(const std::filesystem::path& directory, int count) {
    const auto path = directory / "sync";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const std::vector<char> block(220, 'x');
    std::vector<double> us;
    if (fd < 0 || ::fallocate(fd, 0, 0, 16 << 20) != 0) std::abort();
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        const auto at = static_cast<off_t>(block.size()) * i;
        if (::pwrite(fd, block.data(), block.size(), at) < 0 || ::fdatasync(fd) != 0) std::abort();
        us.push_back(seconds_since(start) * 1e6);
    }
    ::close(fd);
    std::filesystem::remove(path);
    return us;
}

// A producer that can be waited for.
class Writer {
  public:
    explicit Writer(auditlog::Log& log)
        : producer_(log.producer([this] {
              wakes_.fetch_add(1);
              wakes_.notify_one();
          })) {}
    auditlog::Ticket submit(Bytes entry) {
        while (true) {
            const auto seen = wakes_.load();
            const auto ticket = producer_->submit(entry);
            if (ticket != 0) return ticket;
            producer_->hurry();
            wakes_.wait(seen);
        }
    }
    void until_durable(auditlog::Ticket ticket) {
        producer_->hurry();
        while (true) {
            const auto seen = wakes_.load();
            if (producer_->durable() >= ticket) return;
            wakes_.wait(seen);
        }
    }

  private:
    std::atomic<std::uint32_t> wakes_{0};
    std::unique_ptr<auditlog::Producer> producer_;
};

std::vector<double> commit_latencies(auditlog::Log& log, int count) {
    Writer writer(log);
    Buffer entry;
    audit::encode(audit::examples::fetch(), entry);
    std::vector<double> us;
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        writer.until_durable(writer.submit(entry));
        us.push_back(seconds_since(start) * 1e6);
    }
    return us;
}

// Two workers that encode and submit as fast as the log takes it.
void flood(auditlog::Log& log, std::uint64_t entries) {
    std::vector<std::thread> workers;
    const auto start = Clock::now();
    for (std::uint64_t worker = 0; worker < 2; ++worker) {
        workers.emplace_back([&log, worker, each = entries / 2] {
            Writer writer(log);
            audit::Event event = audit::examples::fetch();
            event.session = worker;
            Buffer entry;
            auditlog::Ticket last = 0;
            for (std::uint64_t i = 0; i < each; ++i) {
                event.partition = static_cast<std::int32_t>(i % 12);
                event.offsets.first = static_cast<std::int64_t>(100 * (i / 12));
                event.offsets.last = event.offsets.first + 99;
                entry.clear();
                audit::encode(event, entry);
                last = writer.submit(entry);
            }
            writer.until_durable(last);
        });
    }
    for (auto& worker : workers) worker.join();
    const double seconds = seconds_since(start);
    row("durable entries, 2 workers flooding", static_cast<double>(entries) / seconds / 1000,
        "k/s");
    const auto& counters = log.counters();
    row("entries a commit",
        static_cast<double>(counters.entries) / static_cast<double>(counters.commits), "");
}

void bench_reading(const std::filesystem::path& directory) {
    auto start = Clock::now();
    const auto report = auditlog::verify(directory);
    if (!report || report->damage) std::abort();
    row("verify", static_cast<double>(report->entries) / seconds_since(start) / 1e6, "M entries/s");
    std::vector<auditlog::WhoQuestion> questions(1000);
    for (std::size_t i = 0; i < questions.size(); ++i)
        questions[i] = {"orders",
                        {},
                        static_cast<std::int32_t>(i % 12),
                        static_cast<std::int64_t>(i * 7919),
                        auditlog::WhoQuestion::Op::any};
    start = Clock::now();
    if (!auditlog::who(directory, {"payments", {}, 3, 5, {}})) std::abort();
    row("who, one question", static_cast<double>(report->bytes) / seconds_since(start) / 1e9,
        "GB/s");
    start = Clock::now();
    if (!auditlog::who_batch(directory, questions)) std::abort();
    row("who, 1,000 questions in one pass", seconds_since(start), "s");
}

int run(const std::filesystem::path& parent, std::uint64_t entries) {
    std::string pattern = (parent / "audit-bench.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        std::fprintf(stderr, "audit_bench: cannot make a folder in %s\n", parent.c_str());
        return 1;
    }
    const std::filesystem::path directory = pattern;
    bench_bytes();
    {
        auto log = auditlog::open_log({directory / "log", "bench", 0});
        if (!log) {
            std::fprintf(stderr, "audit_bench: %s\n", log.error().context.c_str());
            return 1;
        }
        print_percentiles("one write and fdatasync", bare_syncs(directory, 2000));
        print_percentiles("submit to durable, one at a time", commit_latencies(**log, 2000));
        flood(**log, entries);
    }
    bench_reading(directory / "log");
    std::filesystem::remove_all(directory);
    return 0;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
    const std::filesystem::path directory = argc > 1 ? argv[1] : ".";
    return sluice::run(directory, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000);
}
