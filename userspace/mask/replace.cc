#include "mask/replace.h"

#include "mask/text.h"

namespace sluice::mask {

void append_partial(Bytes raw, const Verdict& verdict, Buffer& out) {
    std::size_t count = 0;
    for (Bytes rest = raw; !rest.empty(); ++count) rest = rest.subspan(read_unit(rest).raw_bytes);
    const bool keeps = count > std::size_t{verdict.keep_first} + verdict.keep_last;
    for (std::size_t n = 0; n < count; ++n) {
        const std::size_t bytes = read_unit(raw).raw_bytes;
        if (keeps && (n < verdict.keep_first || n >= count - verdict.keep_last)) {
            append(out, raw.first(bytes));
        } else {
            out.push_back('*');
        }
        raw = raw.subspan(bytes);
    }
}

void append_pseudonym(Bytes text, const Pseudonyms& key, Buffer& out) {
    constexpr std::size_t kKeptBytes = 16;
    constexpr std::string_view kHex = "0123456789abcdef";
    const Digest mac = key.key.of(text);
    append(out, as_bytes("m:"));
    append(out, as_bytes(key.key_id));
    out.push_back(':');
    for (std::size_t n = 0; n < kKeptBytes; ++n) {
        out.push_back(static_cast<Byte>(kHex[mac.bytes[n] >> 4]));
        out.push_back(static_cast<Byte>(kHex[mac.bytes[n] & 0x0f]));
    }
}

}  // namespace sluice::mask
