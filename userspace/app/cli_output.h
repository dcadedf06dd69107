// cli_output.h: audit entries as people and programs read them: a table, or one JSON object a line.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/people.h"
#include "auditlog/reader.h"
#include "base/result.h"

namespace sluice::app {

// Columns as wide as their widest cell; `right` marks columns of numbers.
class Table {
  public:
    explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.size() == 1; }
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

// A line that is drawn over itself while long work goes on, where a person watches; empty where
// nobody does.
auditlog::Progress progress_line(const char* doing);

// "1 entry", "3 entries".
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

// "2026-11-24 09:12:33.123", UTC.
std::string to_text_time(std::int64_t wall_ns);
// What --since and --until take: "90s", "15m", "2h", "30d" before `now_ns`, or
// "2026-11-24T09:12:33Z", "2026-11-24 09:12", "2026-11-24" (UTC). Errors: config.
Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns);

// "40..42", "40", or "-" where no offset is known.
std::string to_text(const OffsetRange& offsets);
// "b7a2..." as Kafka prints ids: base64url without padding. Empty for no id.
std::string to_text(const TopicId& id);

// Unset fields are left out. Names are those of audit/event.proto; of people, what `people` knows.
nlohmann::ordered_json to_json(const auditlog::Entry& entry, People& people);

}  // namespace sluice::app
