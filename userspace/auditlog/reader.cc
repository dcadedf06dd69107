#include "auditlog/reader.h"

#include "audit/encode.h"
#include "auditlog/walk.h"

namespace sluice::auditlog {

struct Follower::State {
    LogWalk walk;
    std::uint64_t from;
};

Follower::Follower(std::unique_ptr<State> state) : state_(std::move(state)) {}
Follower::~Follower() = default;
Follower::Follower(Follower&&) noexcept = default;
Follower& Follower::operator=(Follower&&) noexcept = default;

Result<Follower> Follower::open(const std::filesystem::path& directory, std::uint64_t from) {
    auto walk = LogWalk::open(directory, from);
    if (!walk) return std::move(walk).error();
    return Follower(std::make_unique<State>(State{*std::move(walk), from}));
}

Result<std::uint64_t> Follower::poll(const Visit& visit) {
    audit::Block block;
    bool stopped = false;
    std::optional<Error> failure;
    while (!stopped && !failure) {
        const auto more = state_->walk.next(block);
        if (!more) return more.error();
        if (!*more) break;
        std::uint64_t index = block.first_index;
        audit::for_each_entry(block.body, [&](Bytes bytes) {
            if (index++ < state_->from) return true;
            auto event = audit::decode(bytes);
            if (!event) {
                failure = Error{Errc::corrupt, "entry " + std::to_string(index - 1) + ": " +
                                                   event.error().context};
                return false;
            }
            state_->from = index;
            stopped = !visit({index - 1, *std::move(event)});
            return !stopped;
        });
    }
    if (failure) return *std::move(failure);
    return state_->from;
}

Result<std::uint64_t> read_log(const std::filesystem::path& directory, std::uint64_t from,
                               const Visit& visit) {
    auto follower = Follower::open(directory, from);
    if (!follower) return std::move(follower).error();
    return follower->poll(visit);
}

Result<std::uint64_t> log_size(const std::filesystem::path& directory) {
    auto walk = LogWalk::open(directory, UINT64_MAX);
    if (!walk) return std::move(walk).error();
    audit::Block block;
    while (true) {
        const auto more = walk->next(block);
        if (!more) return more.error();
        if (!*more) return walk->next_index();
    }
}

}  // namespace sluice::auditlog
