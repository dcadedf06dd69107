#include <set>

#include "auditlog/who_index.h"

namespace sluice::auditlog {

struct Who::State {
    IndexedLog log;
};

Who::Who(std::unique_ptr<State> state) : state_(std::move(state)) {}
Who::~Who() = default;
Who::Who(Who&&) noexcept = default;
Who& Who::operator=(Who&&) noexcept = default;

Result<Who> Who::open(const std::filesystem::path& directory,
                      std::span<const WhoQuestion> questions, const Progress& progress) {
    std::set<std::int32_t> partitions;
    std::set<std::string, std::less<>> names;
    bool by_id = false;
    for (const WhoQuestion& question : questions) {
        partitions.insert(question.partition);
        names.insert(question.topic);
        by_id = by_id || question.topic_id;
    }
    const auto wanted = [partitions, names, by_id](const audit::Head& head) {
        return partitions.contains(head.partition) &&
               (by_id || head.topic.empty() || names.contains(head.topic));
    };
    auto log = IndexedLog::open(directory, wanted, progress);
    if (!log) return std::move(log).error();
    return Who(std::make_unique<State>(State{*std::move(log)}));
}

Result<WhoReport> Who::ask(const WhoQuestion& question, const WhoPage& page) {
    return WhoIndex(state_->log, question, page).answer();
}

Result<std::vector<std::vector<WhoAnswer>>> who_batch(const std::filesystem::path& directory,
                                                      std::span<const WhoQuestion> questions,
                                                      const Progress& progress) {
    auto log = Who::open(directory, questions, progress);
    if (!log) return std::move(log).error();
    std::vector<std::vector<WhoAnswer>> all;
    for (const WhoQuestion& question : questions) {
        WhoPage every;
        every.limit = UINT64_MAX;
        auto report = log->ask(question, every);
        if (!report) return std::move(report).error();
        all.push_back(std::move(report->answers));
    }
    return all;
}

Result<std::vector<WhoAnswer>> who(const std::filesystem::path& directory,
                                   const WhoQuestion& question, const Progress& progress) {
    auto answers = who_batch(directory, {&question, 1}, progress);
    if (!answers) return std::move(answers).error();
    return std::move(answers->front());
}

}  // namespace sluice::auditlog
