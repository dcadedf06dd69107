// event_uses.h: recorded events as uses: which operations on which resources each was about.
//
// Which API asks for what is enforcement's own table (session/checks.h). Decisions that were not in
// force (`observed`) say it themselves; of other events it is told from their names, as far as they
// go: a request may name more than its event has room for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "audit/event.h"
#include "policy/usage.h"

namespace sluice::app {

class EventUses {
  public:
    // `usage` outlives it.
    explicit EventUses(policy::Usage& usage) : usage_(usage) {}

    // `principal`: whom the event is about; empty where nobody is known, or erased.
    void add(const audit::Event& event, std::string_view principal);
    // After the last event: which name an id has may be told after the id was used.
    void finish();

    // Events that are about something the log does not name, or not clearly.
    [[nodiscard]] std::uint64_t unclear() const { return unclear_; }

  private:
    using How = policy::Use::How;
    struct Asked {
        Operation operation;
        Resource resource;
        TopicId id;  // of a topic without a name
    };
    void of_partition(const audit::Event& event, Operation operation);
    void of_request(const audit::Event& event);
    void of_decision(const audit::Event& event, How how);
    void ask_topic(const audit::Event& event, Operation operation);
    void ask_config(const audit::Event& event, Operation operation, std::string_view name,
                    bool only_one);
    void ask_elements(const audit::Event& event, std::string_view rest);
    void put(const audit::Event& event, How how);

    policy::Usage& usage_;
    std::unordered_map<TopicId, std::string> names_;
    std::map<std::tuple<std::string, TopicId, Operation, How>, policy::Sightings> by_id_;
    std::vector<Asked> asked_;  // of the event at hand; so is the next
    std::string principal_;
    std::uint64_t unclear_ = 0;
};

}  // namespace sluice::app
