#include "audit/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "audit/base64.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

constexpr std::string_view kProofFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ", kIndex = "index ";

std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

// Decimal without leading zeros.
std::optional<std::uint64_t> read_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || std::to_string(number) != text) return std::nullopt;
    return number;
}

std::optional<Digest> read_digest(std::string_view text) {
    const auto bytes = decode_base64(text);
    Digest digest;
    if (!bytes || bytes->size() != digest.bytes.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
    return digest;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
    return checkpoint.origin + "\n" + std::to_string(checkpoint.head.size) + "\n" +
           encode_base64(checkpoint.head.root.bytes) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    const auto origin = take_line(text);
    const auto size = take_line(text);
    const auto root = take_line(text);
    const auto number = size ? read_number(*size) : std::nullopt;
    const auto digest = root ? read_digest(*root) : std::nullopt;
    if (!origin || origin->empty() || !number || !digest)
        return Error{Errc::malformed, "no checkpoint of a log"};
    while (!text.empty()) {
        const auto extension = take_line(text);
        if (!extension || extension->empty())
            return Error{Errc::malformed, "no checkpoint of a log"};
    }
    return Checkpoint{std::string(*origin), {*number, *digest}};
}

Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view origin,
                                   std::span<const NoteVerifier> verifiers) {
    const auto opened = open_note(note, verifiers);
    if (!opened) return opened.error();
    auto checkpoint = parse_checkpoint(opened->text);
    if (checkpoint && checkpoint->origin != origin)
        return Error{Errc::denied, "the checkpoint is that of `" + checkpoint->origin +
                                       "`, not of `" + std::string(origin) + "`"};
    return checkpoint;
}

std::string to_text(const EntryProof& proof) {
    std::string text(kProofFirstLine);
    text += '\n';
    text.append(kExtra).append(encode_base64(proof.entry)) += '\n';
    text.append(kIndex).append(std::to_string(proof.index)) += '\n';
    for (const Digest& digest : proof.path) text += encode_base64(digest.bytes) + "\n";
    return text + "\n" + proof.checkpoint;
}

Result<EntryProof> parse_proof(std::string_view text) {
    if (text.size() > limits::audit_proof_bytes_max)
        return Error{Errc::too_large, "a proof of more than " +
                                          std::to_string(limits::audit_proof_bytes_max) + " bytes"};
    const Error malformed{Errc::malformed, "no proof of an entry with the entry in it"};
    EntryProof proof;
    const auto first = take_line(text), extra = take_line(text), index = take_line(text);
    if (!first || *first != kProofFirstLine || !extra || !extra->starts_with(kExtra) || !index ||
        !index->starts_with(kIndex))
        return malformed;
    auto entry = decode_base64(extra->substr(kExtra.size()));
    const auto number = read_number(index->substr(kIndex.size()));
    if (!entry || entry->empty() || !number) return malformed;
    proof.entry = *std::move(entry);
    proof.index = *number;
    while (true) {
        const auto line = take_line(text);
        if (!line) return malformed;
        if (line->empty()) break;
        const auto digest = read_digest(*line);
        if (!digest) return malformed;
        proof.path.push_back(*digest);
    }
    proof.checkpoint = text;
    return proof;
}

Result<Checkpoint> check_proof(const EntryProof& proof, std::string_view origin,
                               std::span<const NoteVerifier> verifiers) {
    auto checkpoint = open_checkpoint(proof.checkpoint, origin, verifiers);
    if (!checkpoint) return checkpoint;
    if (!is_included(leaf_hash(proof.entry), proof.index, checkpoint->head.size, proof.path,
                     checkpoint->head.root))
        return Error{Errc::corrupt, "the entry is not number " + std::to_string(proof.index) +
                                        " of the log with that checkpoint"};
    return checkpoint;
}

}  // namespace sluice::audit
