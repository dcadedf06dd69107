// audit_form.h: what the commands that ask the audit log have in common: entries as a table for
// people, as JSON or CSV for programs, filters by person and time, and remarks on the answer.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/audit_command.h"
#include "app/cli_output.h"
#include "app/people.h"
#include "auditlog/reader.h"

namespace sluice::app {

// Whom an entry is about; globs, empty: anybody.
struct PersonFilter {
    std::string principal, human, group;
    std::string client;  // "ADDRESS:PORT", the address alone, or the client id
    void add_to(CLI::App& command);
    // Errors: those of People::all.
    Status apply(People& people, auditlog::SearchQuestion& question) const;
};

// "orders-0", or what else an entry is about.
std::string place_of(const audit::Event& event);
// "ok", "error 29", "refused not_granted, masked".
std::string outcome_of(const audit::Event& event);

enum class Shape { entries, answers };

// Prints entries, one after the other, in the form that was asked for. A table is printed at last.
class EntryPrinter {
  public:
    // `people` outlive it.
    EntryPrinter(const AuditCommand& command, Shape shape, People& people);
    void print(const auditlog::Entry& entry);
    void print(const auditlog::WhoAnswer& answer);
    // The table as far as it goes, `nothing` where it is empty; after it another one may begin.
    void finish(const std::string& nothing);

  private:
    void print_json(nlohmann::ordered_json json);

    const std::string form_;
    const Shape shape_;
    People& people_;
    Table table_;
};

// `-o` with these forms, for commands that were made without it.
void add_form(CLI::App& command, AuditCommand& common, std::vector<std::string> forms,
              const char* about);
// A sentence about the answer: below a table, else on standard error.
void remark(const AuditCommand& command, const std::string& sentence);
// What is missing of the log, if anything is.
void remark_known(const AuditCommand& command, const auditlog::Known& known);

// --since and --until.
struct TimeSpan {
    std::string since, until;
    void add_to(CLI::App& command);
    // Errors: config.
    Status parse(std::optional<std::int64_t>& since_ns,
                 std::optional<std::int64_t>& until_ns) const;
};

}  // namespace sluice::app
