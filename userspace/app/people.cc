#include "app/people.h"

#include "base/limits.h"

namespace sluice::app {

Result<People> People::open(const std::filesystem::path& path) {
    People people;
    auto reader = store::SubjectsReader::open(path);
    if (!reader && reader.error().code != Errc::unavailable) return std::move(reader).error();
    if (reader) people.reader_ = *std::move(reader);
    return people;
}

const People::Person& People::of(const audit::SubjectId& id) {
    const auto known = known_.find(id);
    if (known != known_.end()) return known->second;
    if (known_.size() >= limits::known_subjects_max) known_.clear();
    Person person;
    if (reader_ != nullptr) {
        auto found = reader_->find(id);
        if (found && *found) {
            person.erased = !(*found)->subject;
            if (!person.erased) person.subject = *std::move((*found)->subject);
        }
    }
    return known_[id] = std::move(person);
}

std::string People::name_of(const audit::SubjectId& id) {
    if (id.is_zero()) return {};
    const Person& person = of(id);
    if (person.erased) return "(erased)";
    if (!person.subject.principal.empty()) return person.subject.principal;
    if (!person.subject.human.empty()) return person.subject.human;
    constexpr std::size_t digits_shown = 8;
    return "subject:" + audit::to_text(id).substr(0, digits_shown);
}

std::string People::client_of(const audit::Event& event) {
    if (event.client_port == 0) return {};
    const std::uint32_t address = of(event.subject).subject.address;
    if (address == 0) return ":" + std::to_string(event.client_port);
    return to_text(Endpoint{address, event.client_port});
}

Buffer People::opening_of(const audit::SubjectId& id) {
    if (reader_ == nullptr || id.is_zero()) return {};
    auto found = reader_->find(id);
    if (!found || !*found) return {};
    return std::move((*found)->encoded);
}

Result<People::Ids> People::all(const std::function<bool(const audit::Subject&)>& fits) {
    Ids ids;
    if (reader_ == nullptr) return ids;
    auto read = reader_->each([&](const audit::SubjectId& id, const audit::Subject& subject) {
        if (fits(subject)) ids.insert(id);
        return true;
    });
    if (!read) return std::move(read).error();
    return ids;
}

Result<People> open_people(const std::filesystem::path& log, const std::filesystem::path& file) {
    if (!file.empty()) return People::open(file);
    std::error_code ignored;
    const auto whole = std::filesystem::absolute(log, ignored).lexically_normal();
    // "audit/" has an empty last part.
    const auto folder = whole.has_filename() ? whole : whole.parent_path();
    return People::open(folder.parent_path() / kPeopleFile);
}

}  // namespace sluice::app
