#include "audit/encode.h"

#include "audit/utf8.h"
#include "audit/wire.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

// All numbers, and the tags and lengths of all strings, at their longest.
constexpr std::size_t kNumbersBytesMax = 520;
constexpr std::size_t kStrings = 7;
static_assert(kNumbersBytesMax + kStrings * limits::audit_string_bytes_max <=
              limits::audit_entry_bytes_max);

template <std::uint32_t Number, class Id>
void put_id(wire::Writer& out, const Id& id) noexcept {
    if (!id.is_zero()) out.put_bytes<Number>(as_text(id.bytes));
}

std::size_t strings_bytes(const Event& event) noexcept {
    return event.topic.size() + event.cluster.size() + event.resource.size() + event.reason.size() +
           event.operation.size() + event.rules.size() + event.ticket.size();
}

}  // namespace

std::size_t encode(const Event& event, Buffer& out) {
    const std::size_t before = out.size();
    out.resize(before + kNumbersBytesMax + strings_bytes(event));
    wire::Writer to(out.data() + before);
    to.put_unsigned<1>(static_cast<std::uint64_t>(event.type));
    to.put_fixed64<2>(static_cast<std::uint64_t>(event.wall_ns));
    to.put_fixed64<3>(event.session);
    wire::put_text<4>(to, event.topic);
    put_id<5>(to, event.topic_id);
    to.put_signed<6>(event.partition, -1);
    to.put_signed<7>(event.fetch_offset, -1);
    to.put_signed<8>(event.offsets.first, -1);
    to.put_signed<9>(event.offsets.last, -1);
    to.put_unsigned<10>(event.records);
    to.put_unsigned<11>(event.bytes);
    to.put_unsigned<12>(static_cast<std::uint64_t>(event.outcome));
    put_id<13>(to, event.subject);
    to.put_signed<14>(event.api_key, -1);
    to.put_signed<15>(event.latency_ns, 0);
    to.put_fixed64<16>(event.policy);
    to.put_unsigned<17>(event.client_port);
    to.put_fixed32<18>(event.broker.address);
    to.put_unsigned<19>(event.broker.port);
    wire::put_text<20>(to, event.cluster);
    to.put_unsigned<21>(event.codecs);
    to.put_unsigned<22>(event.read_committed ? 1 : 0);
    to.put_signed<23>(event.api_version, -1);
    to.put_signed<24>(event.correlation_id, 0);
    wire::put_text<25>(to, event.resource);
    to.put_signed<26>(event.high_watermark, -1);
    to.put_signed<27>(event.producer_id, -1);
    to.put_signed<28>(event.acks, 0);
    to.put_unsigned<29>(event.truncated_tail ? 1 : 0);
    to.put_signed<30>(event.error_code, 0);
    wire::put_text<31>(to, event.reason);
    to.put_signed<32>(event.producer_epoch, -1);
    wire::put_text<33>(to, event.operation);
    wire::put_text<34>(to, event.rules);
    wire::put_text<35>(to, event.ticket);
    put_id<36>(to, event.actor);
    to.put_signed<37>(event.base_sequence, -1);
    to.put_unsigned<38>(event.masked_values);
    to.put_unsigned<39>(event.withheld_records);
    to.put_signed<40>(event.generation, -1);
    put_id<41>(to, event.comment);
    const auto bytes = static_cast<std::size_t>(to.at() - (out.data() + before));
    out.resize(before + bytes);
    return bytes;
}

}  // namespace sluice::audit
