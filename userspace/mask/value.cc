#include "mask/value.h"

#include <algorithm>
#include <bit>

#include "mask/canonical.h"
#include "mask/detect.h"
#include "mask/json.h"
#include "mask/replace.h"
#include "mask/tables.h"
#include "mask/text.h"
#include "mask/tracker.h"

namespace sluice::mask {
namespace {

// Zero and a schema id, int32: how the Schema Registry's serializers begin a value.
constexpr std::size_t kFrameBytes = 5;

bool framed(Bytes value) noexcept {
    return value.size() >= kFrameBytes && value[0] == 0;
}

// One record value. What it counts becomes true when the value is masked as a whole.
class Editor {
  public:
    Editor(const Tables& tables, Bytes value, Buffer& out)
        : tables_(tables),
          value_(value),
          out_(out),
          bytes_max_(value.size() * limits::mask_growth_times_max + limits::mask_growth_bytes_max),
          tracker_(tables) {}

    enum class Result : std::uint8_t { done, no_json, too_large };
    // `from`: where the JSON begins.
    Result edit_json(std::size_t from);
    // The detectors alone, over text of any kind.
    Result edit_text();
    [[nodiscard]] bool finds_anything() {
        return !finder_.find(value_, tables_.detection.types).empty();
    }
    [[nodiscard]] bool changed() const noexcept { return edits_ > 0; }
    void count(Counts& counts) const;

  private:
    void edit_value(const Token& token, Scanner& scanner);
    void edit_named(const Token& token, const Named& named);
    // A copy: the scanner goes on.
    void edit_container(Token token, Scanner& scanner, const Named& named);
    void edit_unnamed(const Token& token, const Detection& detection);
    void edit_string(const Token& token, const Detection& detection);
    void append_value(const Token& token, const Verdict& verdict, Bytes text);
    void append_found(Bytes raw, Bytes text, Types types, const Verdict& verdict);

    // Of a key, string or number: what a reader of the JSON takes it for.
    Bytes text_of(const Token& token);
    // What the detectors find in it, all together.
    Types types_in(const Token& token, Bytes text, Types wanted);

    // Copies what stands between the last edit and this one; an edit ends at `end`.
    void begin_edit(std::size_t begin, std::size_t end);
    void tally(RuleSet rules) noexcept;
    void tally_types(Types types) noexcept;

    const Tables& tables_;
    Bytes value_;
    Buffer& out_;
    std::size_t bytes_max_;
    std::size_t copied_ = 0;
    Tracker tracker_;
    Finder finder_;
    Buffer text_;  // a string, or a member's name, without its escapes

    std::uint64_t edits_ = 0;
    std::array<std::uint32_t, limits::mask_rules_max> by_rule_{};
    std::array<std::uint32_t, kDetectors> by_type_{};
};

Editor::Result Editor::edit_json(std::size_t from) {
    Scanner scanner(value_, from);
    while (true) {
        const Token& token = scanner.next();
        switch (token.kind) {
            case Token::Kind::error:
                return Result::no_json;
            case Token::Kind::end:
                if (changed()) append(out_, value_.subspan(copied_));
                return Result::done;
            case Token::Kind::key:
                tracker_.member(text_of(token));
                break;
            case Token::Kind::end_object:
            case Token::Kind::end_array:
                tracker_.close();
                break;
            case Token::Kind::string:
            case Token::Kind::number:
            case Token::Kind::boolean:
            case Token::Kind::null:
            case Token::Kind::begin_object:
            case Token::Kind::begin_array:
                tracker_.element();
                edit_value(token, scanner);
                if (out_.size() > bytes_max_) return Result::too_large;
                break;
        }
    }
}

// -- What becomes of a value

void Editor::edit_value(const Token& token, Scanner& scanner) {
    const bool object = token.kind == Token::Kind::begin_object;
    const bool opens = object || token.kind == Token::Kind::begin_array;
    if (tracker_.accepted()) {
        if (token.kind == Token::Kind::null) return;
        const Named named = tracker_.named();
        if (named.masking != 0)
            return opens ? edit_container(token, scanner, named) : edit_named(token, named);
        if (!opens) return edit_unnamed(token, tables_.detection_without(named.rules));
    }
    if (!opens) return edit_unnamed(token, tables_.detection);
    tracker_.open(object);
}

void Editor::edit_named(const Token& token, const Named& named) {
    const Bytes text = text_of(token);
    const Detection others = tables_.detection_without(named.rules);
    const Types types = types_in(token, text, others.types);
    begin_edit(token.begin, token.end);
    tally(named.masking | others.ruled(types));
    append_value(token, stricter(named.verdict, others.verdict(types)), text);
}

void Editor::edit_container(Token token, Scanner& scanner, const Named& named) {
    Buffer compact;
    const bool hmac = named.verdict.action == Action::hmac;
    const Token last = skip_value(value_, scanner, token, hmac ? &compact : nullptr);
    if (last.kind == Token::Kind::error) return;  // the scanner will say so again
    begin_edit(token.begin, last.end);
    tally(named.masking);
    append_value(token, named.verdict, compact);
}

void Editor::edit_unnamed(const Token& token, const Detection& detection) {
    if (token.kind == Token::Kind::string) return edit_string(token, detection);
    if (token.kind != Token::Kind::number) return;
    const Types types = types_in(token, {}, detection.types);
    if (types == 0) return;
    const std::string digits = whole_number(as_text(text_of(token)));
    begin_edit(token.begin, token.end);
    tally(detection.ruled(types));
    append_value(token, detection.verdict(types), as_bytes(digits));
}

// Only what was found changes, unless it is to be null: then the string is.
void Editor::edit_string(const Token& token, const Detection& detection) {
    if (detection.types == 0) return;
    const Bytes raw = token.content(value_);
    const Bytes text = text_of(token);
    const auto& found = token.escaped ? finder_.find(text, detection.types)
                                      : finder_.find_clear(text, detection.types);
    if (found.empty()) return;
    Types types = 0;
    for (const Found& place : found) types = static_cast<Types>(types | place.types);
    const bool null = detection.verdict(types).action == Action::null;
    if (null) {
        begin_edit(token.begin, token.end);
        append(out_, as_bytes("null"));
    }
    RawPosition position(raw);
    for (const Found& place : found) {
        tally_types(place.types);
        if (null) continue;
        const std::size_t begin = token.escaped ? position.begin_of(place.begin) : place.begin;
        const std::size_t end = token.escaped ? position.end_of(place.end) : place.end;
        begin_edit(token.begin + 1 + begin, token.begin + 1 + end);
        append_found(raw.subspan(begin, end - begin),
                     text.subspan(place.begin, place.end - place.begin), place.types,
                     detection.verdict(place.types));
    }
    tally(detection.ruled(types));
}

Editor::Result Editor::edit_text() {
    const Detection& detection = tables_.detection;
    const auto& found = finder_.find(value_, detection.types);
    Types types = 0;
    for (const Found& place : found) {
        types = static_cast<Types>(types | place.types);
        tally_types(place.types);
        const Bytes text = value_.subspan(place.begin, place.end - place.begin);
        begin_edit(place.begin, place.end);
        append_found(text, text, place.types, detection.verdict(place.types));
        if (out_.size() > bytes_max_) return Result::too_large;
    }
    if (found.empty()) return Result::done;
    tally(detection.ruled(types));
    append(out_, value_.subspan(copied_));
    return Result::done;
}

// -- Bytes

Bytes Editor::text_of(const Token& token) {
    if (token.kind != Token::Kind::string && token.kind != Token::Kind::key)
        return value_.subspan(token.begin, token.end - token.begin);
    if (!token.escaped) return token.content(value_);
    text_.clear();
    unescape(token.content(value_), text_);
    return text_;
}

Types Editor::types_in(const Token& token, Bytes text, Types wanted) {
    Types types = 0;
    if (token.kind == Token::Kind::string && wanted != 0) {
        for (const Found& place : finder_.find(text, wanted)) {
            types = static_cast<Types>(types | place.types);
            tally_types(place.types);
        }
    } else if (token.kind == Token::Kind::number && (wanted & type_bit(Detector::pan)) != 0 &&
               is_card_number(whole_number(as_text(text_of(token))))) {
        types = type_bit(Detector::pan);
        tally_types(types);
    }
    return types;
}

void Editor::append_value(const Token& token, const Verdict& verdict, Bytes text) {
    if (verdict.action == Action::null) {
        append(out_, as_bytes("null"));
        return;
    }
    out_.push_back('"');
    if (verdict.action == Action::hmac) {
        append_pseudonym(text, *verdict.key, out_);
    } else if (verdict.action == Action::partial && token.kind == Token::Kind::string) {
        append_partial(token.content(value_), verdict, out_);
    } else if (verdict.action == Action::partial && token.kind == Token::Kind::number) {
        append_partial(text, verdict, out_);
    } else {
        append(out_, as_bytes(kRedacted));
    }
    out_.push_back('"');
}

void Editor::append_found(Bytes raw, Bytes text, Types types, const Verdict& verdict) {
    switch (verdict.action) {
        case Action::keep:
        case Action::null:  // in text, where nothing is null: nothing
            return;
        case Action::partial:
            append_partial(raw, verdict, out_);
            return;
        case Action::redact:
            append(out_, as_bytes(kRedacted));
            return;
        case Action::hmac:
            break;
    }
    Buffer plain;
    unescape(text, plain);
    if (!std::has_single_bit(types)) return append_pseudonym(plain, *verdict.key, out_);
    const auto detector = static_cast<Detector>(std::countr_zero(types));
    append_pseudonym(as_bytes(normalised(detector, as_text(plain))), *verdict.key, out_);
}

void Editor::begin_edit(std::size_t begin, std::size_t end) {
    append(out_, value_.subspan(copied_, begin - copied_));
    copied_ = end;
}

void Editor::tally(RuleSet rules) noexcept {
    ++edits_;
    for (; rules != 0; rules &= rules - 1)
        ++by_rule_[static_cast<std::size_t>(std::countr_zero(rules))];
}

void Editor::tally_types(Types types) noexcept {
    for (std::size_t type = 0; type < kDetectors; ++type) by_type_[type] += types >> type & 1u;
}

void Editor::count(Counts& counts) const {
    counts.values += edits_;
    for (std::size_t rule = 0; rule < counts.by_rule.size(); ++rule)
        counts.by_rule[rule] += by_rule_[rule];
    for (std::size_t type = 0; type < kDetectors; ++type) counts.by_type[type] += by_type_[type];
}

Outcome edit(const Plan& plan, Bytes value, Buffer& out, Counts& counts) {
    const bool in_frame = framed(value);
    Editor json(plan.tables(), value, out);
    auto result = json.edit_json(in_frame ? kFrameBytes : 0);
    if (result == Editor::Result::done) {
        json.count(counts);
        return json.changed() ? Outcome::masked : Outcome::unchanged;
    }
    if (result == Editor::Result::too_large || plan.has_fields()) return Outcome::unmaskable;
    out.clear();
    Editor text(plan.tables(), value, out);
    // What is neither JSON nor text has lengths and offsets of its own, which an edit would break.
    if (in_frame || !valid_utf8(value))
        return text.finds_anything() ? Outcome::unmaskable : Outcome::unchanged;
    if (text.edit_text() == Editor::Result::too_large) return Outcome::unmaskable;
    text.count(counts);
    return text.changed() ? Outcome::masked : Outcome::unchanged;
}

}  // namespace

Outcome mask_value(const Plan& plan, Bytes value, Buffer& out, Counts& counts) {
    out.clear();
    counts.by_rule.resize(plan.rule_ids().size());
    if (plan.empty() || value.empty()) return Outcome::unchanged;
    const Outcome outcome = edit(plan, value, out, counts);
    if (outcome != Outcome::masked) out.clear();
    if (outcome == Outcome::unmaskable) ++counts.unmaskable;
    return outcome;
}

}  // namespace sluice::mask
