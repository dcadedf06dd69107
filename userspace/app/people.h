// people.h: the names that stand behind the ids of audit entries, for the commands that show them.
//
// Without the file of names (a copy of the log that was handed on without it) everything else is
// shown all the same. Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "audit/event.h"
#include "store/subjects_store.h"

namespace sluice::app {

inline constexpr const char* kPeopleFile = "people.db";

class People {
  public:
    struct Person {
        audit::Subject subject;  // empty where it is not known
        bool erased = false;
    };
    // Knows nobody.
    People() = default;
    // No such file: knows nobody. Errors: those of SubjectsReader, but for that.
    static Result<People> open(const std::filesystem::path& path);

    // Good until the next call. Who cannot be read is not known.
    const Person& of(const audit::SubjectId& id);
    // For a table: the principal, "(erased)", or the id's first digits.
    std::string name_of(const audit::SubjectId& id);
    // "10.91.1.2:40312"; the port alone where the address is not known; "" for no port.
    std::string client_of(const audit::Event& event);
    // The encoded Subject: what an id is proven with. Empty where it is not known.
    Buffer opening_of(const audit::SubjectId& id);

    using Ids = std::unordered_set<audit::SubjectId>;
    // Those for which `fits` is true.
    Result<Ids> all(const std::function<bool(const audit::Subject&)>& fits);

  private:
    std::unique_ptr<store::SubjectsReader> reader_;
    std::unordered_map<audit::SubjectId, Person> known_;
};

// `file`, or where that is empty people.db beside the log's folder.
Result<People> open_people(const std::filesystem::path& log, const std::filesystem::path& file);

}  // namespace sluice::app
