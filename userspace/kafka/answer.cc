#include "kafka/answer.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/check.h"
#include "kafka/api.h"
#include "kafka/tables.h"
#include "kafka/wire.h"

namespace sluice::kafka {
namespace {

// What an answer repeats is kept as a string of entries, each a kind, a slot and a value: a number
// (int64), a text (int16 length, -1 null; characters), a uuid; array_begin (int32 count), element,
// array_end. An int32 key costs ten bytes, so the keys of a request that the session accepts stay
// below a few MiB (limits::request_partitions_max).
enum class Entry : Byte { number, text, uuid, array_begin, element, array_end };

std::size_t entry_bytes(Bytes keys, std::size_t at) {
    constexpr std::size_t kHead = 2;
    switch (static_cast<Entry>(keys[at])) {
        case Entry::number:
            return kHead + 8;
        case Entry::uuid:
            return kHead + 16;
        case Entry::array_begin:
            return kHead + 4;
        case Entry::element:
        case Entry::array_end:
            return kHead;
        case Entry::text:
            break;
    }
    const auto length = load_be<std::int16_t>(keys.data() + at + kHead);
    return kHead + 2 + (length > 0 ? static_cast<std::size_t>(length) : 0);
}

// Runs an answer's program.
class Writer {
  public:
    Writer(const Answer& answer, Bytes keys, ErrorCode code, std::string_view message, Buffer& out)
        : answer_(answer),
          keys_(keys),
          code_(code),
          message_(message.substr(0, limits::string_bytes_max)),
          out_(out) {
        for (std::uint8_t n = 0; n < answer.group_count; ++n) {
            const ErrorGroup& group = answer.groups[n];
            const std::int16_t* end = group.codes + group.count;
            if (std::find(group.codes, end, static_cast<std::int16_t>(code)) != end)
                named_ |= 1u << n;
            if (group.count == 0) general_ |= 1u << n;
        }
    }
    // False: no slot of this API takes the code.
    [[nodiscard]] bool has_place() const { return places() != 0; }
    void run() { run(0, 0, keys_.size()); }

  private:
    [[nodiscard]] unsigned places() const { return named_ != 0 ? named_ : general_; }

    // Runs from op `op` to its `end`; `from` and `to` bound what the request had at this level.
    void run(std::size_t op, std::size_t from, std::size_t to);
    void array(const AnswerOp& op, std::size_t inside, std::size_t from, std::size_t to);
    void key(const AnswerOp& op, std::size_t from, std::size_t to);
    void text(bool compact, std::optional<Bytes> characters, bool nullable);
    void number(AnswerCode code, std::int64_t value);
    void count(bool compact, std::uint32_t elements);
    // Index of the entry with this slot at this level, or `to`.
    [[nodiscard]] std::size_t find(Slot slot, std::size_t from, std::size_t to) const;
    // Where the array whose array_begin is at `at` ends: index of its array_end.
    [[nodiscard]] std::size_t end_of(std::size_t at) const;
    [[nodiscard]] Entry entry(std::size_t at) const { return static_cast<Entry>(keys_[at]); }

    const Answer& answer_;
    Bytes keys_;
    ErrorCode code_;
    std::string_view message_;
    Buffer& out_;
    unsigned named_ = 0;
    unsigned general_ = 0;
};

void Writer::run(std::size_t at, std::size_t from, std::size_t to) {
    for (;;) {
        const AnswerOp& op = answer_.ops[at++];
        switch (op.code) {
            case AnswerCode::end:
                return;
            case AnswerCode::constant:
                append(out_, {answer_.constants + op.arg, op.extra});
                break;
            case AnswerCode::error:
                append_be(out_, (places() >> op.arg & 1) != 0 ? static_cast<std::int16_t>(code_)
                                                              : std::int16_t{0});
                break;
            case AnswerCode::message:
            case AnswerCode::compact_message: {
                std::optional<Bytes> said;
                if (!message_.empty()) said = as_bytes(message_);
                text(op.code == AnswerCode::compact_message, said, op.nullable);
                break;
            }
            case AnswerCode::int8:
            case AnswerCode::int16:
            case AnswerCode::int32:
            case AnswerCode::int64:
            case AnswerCode::uuid:
            case AnswerCode::string:
            case AnswerCode::compact_string:
                key(op, from, to);
                break;
            case AnswerCode::array:
            case AnswerCode::compact_array:
                array(op, at, from, to);
                at = op.arg;
                break;
        }
    }
}

void Writer::array(const AnswerOp& op, std::size_t inside, std::size_t from, std::size_t to) {
    const bool compact = op.code == AnswerCode::compact_array;
    const std::size_t begin = (places() & op.extra) != 0 ? find(op.slot, from, to) : to;
    if (begin == to) return count(compact, 0);
    const auto elements = load_be<std::int32_t>(keys_.data() + begin + 2);
    count(compact, static_cast<std::uint32_t>(std::max(elements, 0)));
    std::size_t at = begin + entry_bytes(keys_, begin);
    while (entry(at) == Entry::element) {
        const std::size_t element = at + entry_bytes(keys_, at);
        at = element;
        while (entry(at) != Entry::element && entry(at) != Entry::array_end) {
            if (entry(at) == Entry::array_begin) at = end_of(at);
            at += entry_bytes(keys_, at);
        }
        run(inside, element, at);
    }
}

std::size_t Writer::end_of(std::size_t at) const {
    std::size_t depth = 1;
    while (depth > 0) {
        at += entry_bytes(keys_, at);
        if (entry(at) == Entry::array_begin) ++depth;
        if (entry(at) == Entry::array_end) --depth;
    }
    return at;
}

std::size_t Writer::find(Slot slot, std::size_t from, std::size_t to) const {
    while (from < to && keys_[from + 1] != static_cast<Byte>(slot)) {
        if (entry(from) == Entry::array_begin) from = end_of(from);
        from += entry_bytes(keys_, from);
    }
    return from;
}

void Writer::key(const AnswerOp& op, std::size_t from, std::size_t to) {
    const std::size_t at = find(op.slot, from, to);
    const bool found = at < to;
    const Byte* value = keys_.data() + at + 2;
    if (op.code == AnswerCode::uuid) {
        constexpr Byte kZero[16]{};
        return append(out_, {found ? value : kZero, sizeof kZero});
    }
    if (op.code == AnswerCode::string || op.code == AnswerCode::compact_string) {
        std::optional<Bytes> characters;
        if (found && load_be<std::int16_t>(value) >= 0) {
            characters = Bytes{value + 2, static_cast<std::size_t>(load_be<std::int16_t>(value))};
        }
        return text(op.code == AnswerCode::compact_string, characters, op.nullable);
    }
    number(op.code, found ? load_be<std::int64_t>(value) : 0);
}

void Writer::number(AnswerCode code, std::int64_t value) {
    if (code == AnswerCode::int8) return out_.push_back(static_cast<Byte>(value));
    if (code == AnswerCode::int16) return append_be(out_, static_cast<std::int16_t>(value));
    if (code == AnswerCode::int32) return append_be(out_, static_cast<std::int32_t>(value));
    append_be(out_, value);
}

// A null where the response has none becomes the empty string, as Kafka does.
void Writer::text(bool compact, std::optional<Bytes> characters, bool nullable) {
    if (!characters && nullable) {
        if (compact) return out_.push_back(0);
        return append_be(out_, std::int16_t{-1});
    }
    const Bytes bytes = characters.value_or(Bytes{});
    if (compact) {
        append_uvarint(out_, static_cast<std::uint32_t>(bytes.size()) + 1);
    } else {
        append_be(out_, static_cast<std::int16_t>(bytes.size()));
    }
    append(out_, bytes);
}

void Writer::count(bool compact, std::uint32_t elements) {
    if (compact) return append_uvarint(out_, elements + 1);
    append_be(out_, static_cast<std::int32_t>(elements));
}

bool is_key(AnswerCode code) {
    return code != AnswerCode::end && code != AnswerCode::constant && code != AnswerCode::error &&
           code != AnswerCode::message && code != AnswerCode::compact_message;
}

}  // namespace

AnswerBuilder::AnswerBuilder(ApiKey key, ApiVersion version) {
    const Version* found = find_version(key, version);
    if (found == nullptr || found->answer == nullptr) return;
    answer_ = found->answer;
    flexible_ = found->response->flexible;
    std::size_t ends = 1;  // the program's own, and one per array
    for (const AnswerOp* op = answer_->ops; ends > 0; ++op) {
        if (op->code == AnswerCode::end) --ends;
        if (op->code == AnswerCode::array || op->code == AnswerCode::compact_array) ++ends;
        if (is_key(op->code)) wanted_.set(static_cast<std::size_t>(op->slot));
    }
}

void AnswerBuilder::on(const Item& item) {
    if (answer_ == nullptr) return;
    const bool wanted = wanted_.test(static_cast<std::size_t>(item.slot)) && passing_ == 0;
    if (item.kind == Item::Kind::array_begin && !wanted) ++passing_;
    if (item.kind == Item::Kind::array_end && !wanted) --passing_;
    if (!wanted) return;
    const auto add = [&](Entry entry) {
        keys_.push_back(static_cast<Byte>(entry));
        keys_.push_back(static_cast<Byte>(item.slot));
    };
    switch (item.kind) {
        case Item::Kind::number:
            add(Entry::number);
            append_be(keys_, item.number);
            break;
        case Item::Kind::text:
            add(Entry::text);
            append_be(keys_, static_cast<std::int16_t>(item.number));
            append(keys_, item.bytes);
            break;
        case Item::Kind::uuid:
            add(Entry::uuid);
            append(keys_, item.bytes);
            break;
        case Item::Kind::array_begin:
            add(Entry::array_begin);
            append_be(keys_, static_cast<std::int32_t>(item.number));
            ++open_;
            break;
        case Item::Kind::element:
            add(Entry::element);
            break;
        case Item::Kind::array_end:
            add(Entry::array_end);
            --open_;
            break;
        case Item::Kind::records_begin:
        case Item::Kind::records_piece:
        case Item::Kind::records_end:
        case Item::Kind::need_more:
        case Item::Kind::done:
        case Item::Kind::error:
            break;
    }
}

Result<Buffer> AnswerBuilder::finish(std::int32_t correlation_id, ErrorCode code,
                                     std::string_view message) const {
    if (answer_ == nullptr) return Error{Errc::unsupported, "the response has no error field"};
    if (open_ > 0) return Error{Errc::truncated, "the request's items stop inside of an array"};
    Buffer out;
    append_be(out, std::int32_t{0});
    append_be(out, correlation_id);
    if (flexible_) out.push_back(0);  // header v1: no tagged fields
    Writer writer(*answer_, keys_, code, message, out);
    if (!writer.has_place())
        return Error{Errc::unsupported, "the response has no field for this error"};
    writer.run();
    store_be(out.data(), static_cast<std::int32_t>(out.size() - 4));
    return out;
}

bool has_message(ApiKey key, ApiVersion version) noexcept {
    const Version* found = find_version(key, version);
    if (found == nullptr || found->answer == nullptr) return false;
    std::size_t ends = 1;  // the program's own, and one per array
    for (const AnswerOp* op = found->answer->ops; ends > 0; ++op) {
        if (op->code == AnswerCode::end) --ends;
        if (op->code == AnswerCode::array || op->code == AnswerCode::compact_array) ++ends;
        if (op->code == AnswerCode::message || op->code == AnswerCode::compact_message) return true;
    }
    return false;
}

Buffer unsupported_api_versions_answer(std::int32_t correlation_id) {
    const ApiRange* range = find_api(api::api_versions);
    SLUICE_CHECK(range != nullptr);
    Buffer out;
    append_be(out, std::int32_t{0});
    append_be(out, correlation_id);
    append_be(out, static_cast<std::int16_t>(ErrorCode::unsupported_version));
    append_be(out, std::int32_t{1});
    append_be(out, range->key);
    append_be(out, range->min);
    append_be(out, range->max);
    store_be(out.data(), static_cast<std::int32_t>(out.size() - 4));
    return out;
}

}  // namespace sluice::kafka
