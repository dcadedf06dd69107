#include "kafka/split.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "kafka/edit.h"
#include "kafka/frame.h"
#include "kafka/walker.h"
#include "kafka/wire.h"

namespace sluice::kafka {
namespace {

bool has(const Which& which, std::int64_t index) {
    const auto at = static_cast<std::size_t>(index);
    return at < which.size() && which[at];
}

// Calls on(item, inside) for every item of a request's body; `inside`: it belongs to an element of
// the first array with this slot, and to which.
template <class OnItem>
void walk_elements(const WholeRequest& request, Slot array, OnItem on) {
    const Layout* layout = request_layout(request.key, request.version);
    SLUICE_CHECK(layout != nullptr);
    const Bytes body = request.frame.subspan(request.body_at);
    Walker walker(*layout, body.size());
    std::int64_t element = -1;
    bool passed = false;
    for (;;) {
        const Item item = walker.next(body, 0);
        if (item.kind == Item::Kind::done) return;
        SLUICE_CHECK(item.kind != Item::Kind::need_more && item.kind != Item::Kind::error);
        const bool of_array = array != Slot::none && item.slot == array && !passed;
        if (of_array && item.kind == Item::Kind::element) element = item.number;
        if (of_array && item.kind == Item::Kind::array_end) {
            element = -1;
            passed = true;
        }
        on(item, element, of_array);
    }
}

}  // namespace

Buffer count_prefix(bool compact, std::uint32_t count) {
    Buffer prefix;
    if (compact) {
        append_uvarint(prefix, count + 1);
    } else {
        append_be(prefix, static_cast<std::int32_t>(count));
    }
    return prefix;
}

namespace {

// The first array with a slot in a whole response.
struct FoundArray {
    std::size_t body_at = 0;
    Item count{};            // its array_begin
    std::size_t end_at = 0;  // in the body
    bool compact = false;
};
Result<FoundArray> find_array(Bytes frame, ApiKey key, ApiVersion version, Slot array) {
    const Layout* layout = response_layout(key, version);
    if (layout == nullptr) return Error{Errc::unsupported, "a response of an unknown version"};
    if (frame.size() < kSizePrefix) return Error{Errc::truncated, "a response without its size"};
    const Bytes payload = frame.subspan(kSizePrefix);
    const auto header = response_header_bytes(key, version, payload, payload.size());
    if (!header || *header == 0) return Error{Errc::truncated, "a response without its header"};
    const Bytes body = payload.subspan(*header);
    Walker walker(*layout, body.size());
    FoundArray found{kSizePrefix + *header, {}, 0, layout->flexible};
    for (;;) {
        const Item item = walker.next(body, 0);
        if (item.kind == Item::Kind::done)
            return Error{Errc::unsupported, "the response has no such array"};
        if (item.kind == Item::Kind::error)
            return Error{Errc::malformed, std::string("response: ") + name(item.error)};
        SLUICE_CHECK(item.kind != Item::Kind::need_more);  // the body is whole
        if (item.slot != array) continue;
        if (item.kind == Item::Kind::array_begin) found.count = item;
        if (item.kind != Item::Kind::array_end) continue;
        found.end_at = item.offset;
        return found;
    }
}

}  // namespace

Result<Elements> elements_of(Bytes frame, ApiKey key, ApiVersion version, Slot array) {
    auto found = find_array(frame, key, version, array);
    if (!found) return std::move(found).error();
    const std::size_t from = found->body_at + found->count.offset + found->count.length;
    const std::size_t to = found->body_at + found->end_at;
    Elements out;
    out.count = static_cast<std::uint32_t>(std::max<std::int64_t>(found->count.number, 0));
    append(out.bytes, frame.subspan(from, to - from));
    return out;
}

Buffer joined(Bytes frame, ApiKey key, ApiVersion version, Slot array, const Elements& elements) {
    const auto found = find_array(frame, key, version, array);
    SLUICE_CHECK(found.has_value());
    const auto before = static_cast<std::uint32_t>(std::max<std::int64_t>(found->count.number, 0));
    const Edit edits[] = {{found->count.offset, found->count.length,
                           count_prefix(found->compact, before + elements.count)},
                          {found->end_at, 0, elements.bytes}};
    return apply_edits(frame, found->body_at, edits);
}

Result<Buffer> refusal_of(const WholeRequest& request, Slot array, const Which& refused,
                          ErrorCode code, std::string_view message) {
    AnswerBuilder builder(request.key, request.version);
    const auto count = std::count(refused.begin(), refused.end(), true);
    walk_elements(request, array, [&](Item item, std::int64_t element, bool of_array) {
        if (of_array && item.kind == Item::Kind::array_begin) item.number = count;
        if (element < 0 || has(refused, element)) builder.on(item);
    });
    return builder.finish(request.correlation_id, code, message);
}

Buffer without(const WholeRequest& request, Slot array, const Which& refused) {
    std::vector<Edit> edits;
    Item count{};
    std::size_t from = 0;
    bool cutting = false;
    walk_elements(request, array, [&](const Item& item, std::int64_t element, bool of_array) {
        if (!of_array) return;
        if (item.kind == Item::Kind::array_begin) count = item;
        if (cutting) edits.push_back({from, item.offset - from, {}});
        cutting = item.kind == Item::Kind::element && has(refused, element);
        from = item.offset;
    });
    const auto left =
        static_cast<std::uint32_t>(count.number) - static_cast<std::uint32_t>(edits.size());
    const bool compact = request_layout(request.key, request.version)->flexible;
    edits.insert(edits.begin(), {count.offset, count.length, count_prefix(compact, left)});
    return apply_edits(request.frame, request.body_at, edits);
}

}  // namespace sluice::kafka
