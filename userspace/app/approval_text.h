// approval_text.h: a held request, as the control API tells it (docs/control.md), as lines for
// people.
//
// Everything an approver must see before a decision, and nothing that a client could hide in it:
// unprintable characters come as '?'. Fields that are missing or of another type count as empty.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

// A text field, safe for a terminal.
std::string shown(const nlohmann::ordered_json& object, const char* key);

// "1 of group owners or user:boss; 1 of group eu": whose votes a pending request still waits for.
std::string still_needed(const nlohmann::ordered_json& request);

std::string approval_text(const nlohmann::ordered_json& request);

// The head of the table, and one line of it.
std::vector<std::string> approval_columns();
std::vector<std::string> approval_row(const nlohmann::ordered_json& request);

// "R-7F3KQ2AV is approved", for who has just voted.
std::string outcome_text(const nlohmann::ordered_json& request);

std::string caller_text(const nlohmann::ordered_json& caller);

}  // namespace sluice::app
