#include "kafka/edit.h"

#include <algorithm>

#include "base/check.h"
#include "kafka/answer.h"
#include "kafka/api.h"
#include "kafka/frame.h"
#include "kafka/walker.h"
#include "kafka/wire.h"

namespace sluice::kafka {
namespace {

// The ApiVersions response being read: one entry of its list, and what the whole list comes to.
class ApiVersionsReader {
  public:
    explicit ApiVersionsReader(bool compact) : compact_(compact) {}

    void on(const Item& item);
    [[nodiscard]] std::vector<Edit> edits() &&;
    std::uint32_t lowered = 0;
    std::uint32_t hidden = 0;

  private:
    // The entry that began at entry_at_ ends at `end`.
    void finish_entry(std::size_t end);

    bool compact_;
    std::vector<Edit> edits_;
    Item count_{};  // where the list's count stands
    bool in_entry_ = false;
    std::size_t entry_at_ = 0;
    ApiKey key_ = 0;
    ApiVersion min_ = 0;
    ApiVersion max_ = 0;
    std::size_t min_at_ = 0;
    std::size_t max_at_ = 0;
};

Buffer int16_bytes(ApiVersion version) {
    Buffer out;
    append_be(out, version);
    return out;
}

void ApiVersionsReader::on(const Item& item) {
    if (item.slot == Slot::api_keys) {
        if (in_entry_) finish_entry(item.offset);
        in_entry_ = item.kind == Item::Kind::element;
        entry_at_ = item.offset;
        if (item.kind == Item::Kind::array_begin) count_ = item;
    } else if (item.slot == Slot::api_key) {
        key_ = static_cast<ApiKey>(item.number);
    } else if (item.slot == Slot::min_version) {
        min_ = static_cast<ApiVersion>(item.number);
        min_at_ = item.offset;
    } else if (item.slot == Slot::max_version) {
        max_ = static_cast<ApiVersion>(item.number);
        max_at_ = item.offset;
    }
}

void ApiVersionsReader::finish_entry(std::size_t end) {
    const ApiRange* ours = find_api(key_);
    if (ours == nullptr || min_ > ours->max || max_ < ours->min) {
        edits_.push_back({entry_at_, end - entry_at_, {}});
        ++hidden;
        return;
    }
    // The minimum stays where it is at or above ours: old librdkafka reads features from a Produce
    // minimum of 0.
    if (min_ < ours->min) edits_.push_back({min_at_, 2, int16_bytes(ours->min)});
    if (max_ > ours->max) {
        edits_.push_back({max_at_, 2, int16_bytes(ours->max)});
        ++lowered;
    }
}

std::vector<Edit> ApiVersionsReader::edits() && {
    if (hidden > 0) {
        const auto left = static_cast<std::uint32_t>(count_.number) - hidden;
        Buffer count;
        if (compact_) {
            append_uvarint(count, left + 1);
        } else {
            append_be(count, static_cast<std::int32_t>(left));
        }
        edits_.insert(edits_.begin(), {count_.offset, count_.length, std::move(count)});
    }
    return std::move(edits_);
}

}  // namespace

Buffer apply_edits(Bytes frame, std::size_t body_at, std::span<const Edit> edits) {
    SLUICE_CHECK(frame.size() >= kSizePrefix && body_at <= frame.size());
    Buffer out;
    out.reserve(frame.size());
    std::size_t from = 0;
    for (const Edit& edit : edits) {
        const std::size_t at = body_at + edit.offset;
        SLUICE_CHECK(at >= from && at <= frame.size() && edit.length <= frame.size() - at);
        append(out, frame.subspan(from, at - from));
        append(out, edit.replacement);
        from = at + edit.length;
    }
    append(out, frame.subspan(from));
    store_be(out.data(), static_cast<std::int32_t>(out.size() - kSizePrefix));
    return out;
}

Result<ApiVersionsEdits> clamp_api_versions(Bytes frame, ApiVersion version) {
    constexpr std::size_t kBodyAt = kSizePrefix + 4;  // response header v0: the correlation id
    if (frame.size() < kBodyAt + 2)
        return Error{Errc::truncated, "api versions response: no error code"};
    const Bytes body = frame.subspan(kBodyAt);
    if (load_be<std::int16_t>(body.data()) ==
        static_cast<std::int16_t>(ErrorCode::unsupported_version)) {
        version = 0;
    }
    const Layout* layout = response_layout(api::api_versions, version);
    if (layout == nullptr)
        return Error{Errc::unsupported, "api versions response: unknown version"};
    ApiVersionsReader reader(layout->flexible);
    Walker walker(*layout, body.size());
    for (;;) {
        const Item item = walker.next(body, 0);
        if (item.kind == Item::Kind::done) break;
        if (item.kind == Item::Kind::error) {
            return Error{Errc::malformed,
                         std::string("api versions response: ") + name(item.error)};
        }
        SLUICE_CHECK(item.kind != Item::Kind::need_more);  // the body is whole
        reader.on(item);
    }
    ApiVersionsEdits result{{}, reader.lowered, reader.hidden};
    result.frame = apply_edits(frame, kBodyAt, std::move(reader).edits());
    return result;
}

}  // namespace sluice::kafka
