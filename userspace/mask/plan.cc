#include "mask/plan.h"

#include <algorithm>
#include <tuple>

#include "mask/path.h"
#include "mask/tables.h"

namespace sluice::mask {
namespace {

Error config(std::string what) {
    return {Errc::config, std::move(what)};
}
std::string quoted(std::string_view text) {
    return "`" + std::string(text) + "`";
}

void set(States& states, std::size_t state) noexcept {
    states[state / 64] |= std::uint64_t{1} << state % 64;
}

bool id_character(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
}
bool usable_id(std::string_view id) noexcept {
    return !id.empty() && id.size() <= limits::mask_key_id_bytes_max &&
           std::all_of(id.begin(), id.end(), id_character);
}

class Compiler {
  public:
    explicit Compiler(std::span<const Key> keys)
        : keys_(keys), tables_(std::make_shared<Tables>()) {}

    Result<std::shared_ptr<const Tables>> compile(std::span<const Rule> rules) {
        if (rules.size() > limits::mask_rules_max) return config("more masking rules than allowed");
        for (const Rule& rule : rules) {
            if (auto done = add(rule); !done)
                return std::move(done).error().in("masking rule " + quoted(rule.id));
        }
        Tables& t = *tables_;
        t.words = (t.states + 63) / 64;
        t.detection = t.detection_without(0);
        std::sort(t.names.begin(), t.names.end(), [](const auto& a, const auto& b) {
            return std::tuple(a.text.size(), std::string_view(a.text)) <
                   std::tuple(b.text.size(), std::string_view(b.text));
        });
        return std::shared_ptr<const Tables>(tables_);
    }

  private:
    Status add(const Rule& rule) {
        tables_->rule_ids.push_back(rule.id);
        for (const FieldRule& field : rule.fields)
            if (auto done = add_field(field); !done) return done;
        if (rule.detect) return add_detectors(*rule.detect);
        return ok();
    }

    Status add_field(const FieldRule& field) {
        const auto steps = parse_path(field.path);
        if (!steps) return steps.error();
        const auto verdict = resolve(field.treatment);
        if (!verdict) return Error(verdict.error()).in("path " + quoted(field.path));
        Tables& t = *tables_;
        if (t.states + steps->size() + 1 > limits::mask_path_states_max)
            return config("the paths have more steps than allowed");
        set(t.start, t.states);
        for (const Step& step : *steps) add_step(step, t.states++);
        set(t.accepted, t.states++);
        t.field_of_state.resize(t.states);
        t.field_of_state.back() = t.fields.size();
        t.fields.push_back({tables_->rule_ids.size() - 1, *verdict});
        return ok();
    }

    void add_step(const Step& step, std::size_t state) {
        Tables& t = *tables_;
        if (step.descend) set(t.descend, state);
        switch (step.kind) {
            case Step::Kind::any:
                set(t.any, state);
                break;
            case Step::Kind::index:
                t.indexes.push_back({step.index, state});
                break;
            case Step::Kind::name:
                set(name(step.name).steps, state);
                break;
        }
    }

    Tables::Name& name(const std::string& text) {
        Tables& t = *tables_;
        for (Tables::Name& known : t.names)
            if (known.text == text) return known;
        t.name_lengths |= std::uint64_t{1} << std::min<std::size_t>(text.size(), 63);
        if (!text.empty()) t.name_starts[static_cast<Byte>(text[0])] = true;
        return t.names.emplace_back(Tables::Name{text, {}});
    }

    Status add_detectors(const DetectRule& rule) {
        const auto verdict = resolve(rule.treatment);
        if (!verdict) return Error(verdict.error()).in("detect");
        if (verdict->action == Action::keep) return config("detect: `keep` finds nothing to do");
        Types types = 0;
        for (const Detector type : rule.types) types = static_cast<Types>(types | type_bit(type));
        if (types == 0) return config("detect: no type is named");
        tables_->detectors.push_back({tables_->rule_ids.size() - 1, types, *verdict});
        return ok();
    }

    Result<Verdict> resolve(const Treatment& treatment) {
        Verdict verdict{treatment.action, nullptr, treatment.keep_first, treatment.keep_last};
        if (treatment.action != Action::hmac) return verdict;
        const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& candidate) {
            return candidate.name == treatment.key;
        });
        if (key == keys_.end()) return config("there is no key " + quoted(treatment.key));
        if (!usable_id(key->id))
            return config("the id of key " + quoted(key->name) +
                          " must be letters, digits, `.`, `_` and `-`, at most " +
                          std::to_string(limits::mask_key_id_bytes_max));
        if (key->secret.size() < limits::mask_secret_bytes_min)
            return config("the secret of key " + quoted(key->name) + " is shorter than " +
                          std::to_string(limits::mask_secret_bytes_min) + " bytes");
        tables_->keys.push_back(
            std::make_unique<Pseudonyms>(Pseudonyms{key->id, HmacKey(key->secret)}));
        verdict.key = tables_->keys.back().get();
        return verdict;
    }

    std::span<const Key> keys_;
    std::shared_ptr<Tables> tables_;
};

}  // namespace

std::string_view name(Action action) noexcept {
    switch (action) {
        case Action::keep:
            return "keep";
        case Action::partial:
            return "partial";
        case Action::hmac:
            return "hmac";
        case Action::redact:
            return "redact";
        case Action::null:
            return "null";
    }
    return "?";
}

std::string_view name(Detector detector) noexcept {
    switch (detector) {
        case Detector::email:
            return "email";
        case Detector::pan:
            return "pan";
        case Detector::iban:
            return "iban";
    }
    return "?";
}

Result<Plan> Plan::compile(std::span<const Rule> rules, std::span<const Key> keys) {
    auto tables = Compiler(keys).compile(rules);
    if (!tables) return std::move(tables).error();
    return Plan(std::move(*tables));
}

bool Plan::empty() const noexcept {
    return tables_->fields.empty() && tables_->detectors.empty();
}
bool Plan::has_fields() const noexcept {
    return !tables_->fields.empty();
}
const std::vector<std::string>& Plan::rule_ids() const noexcept {
    return tables_->rule_ids;
}

}  // namespace sluice::mask
