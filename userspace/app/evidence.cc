#include "app/evidence.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "audit/base64.h"
#include "auditlog/prove.h"
#include "base/limits.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

Status write_file(const fs::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    return file ? ok() : Status(Error{Errc::io, "write " + path.string()});
}

// The daemon signs once a second; a log that nobody signs is not waited for.
Result<audit::EntryProof> prove_soon(const fs::path& log, std::uint64_t index) {
    using namespace std::chrono_literals;
    std::error_code ignored;
    const int attempts = fs::exists(log / "checkpoint", ignored) ? 30 : 0;
    auto proof = auditlog::prove_entry(log, index);
    for (int i = 0; i < attempts && !proof && proof.error().code == Errc::unavailable; ++i) {
        std::this_thread::sleep_for(100ms);
        proof = auditlog::prove_entry(log, index);
    }
    return proof;
}

}  // namespace

Result<Evidence> write_evidence(const fs::path& log, std::span<const auditlog::WhoAnswer> answers,
                                People& people, const fs::path& folder) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return errno_error("create " + folder.string(), failure.value());
    Evidence evidence;
    for (const auditlog::WhoAnswer& answer : answers) {
        const std::string index = std::to_string(answer.entry.index);
        const auto proof = prove_soon(log, answer.entry.index);
        if (!proof) return Error(proof.error()).in("prove entry " + index);
        auto written = write_file(folder / (index + ".tlog-proof"), audit::to_text(*proof));
        if (!written) return std::move(written).error();
        ++evidence.proofs;
        const Buffer opening = people.opening_of(answer.entry.event.subject);
        if (opening.empty()) continue;
        written = write_file(folder / (index + ".subject"), audit::encode_base64(opening) + "\n");
        if (!written) return std::move(written).error();
        ++evidence.names;
    }
    return evidence;
}

Result<audit::Subject> read_subject(const fs::path& file, const audit::Event& event) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(limits::audit_proof_bytes_max, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.is_open() || stream.bad()) return Error{Errc::io, "read " + file.string()};
    text.resize(static_cast<std::size_t>(stream.gcount()));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const auto encoded = audit::decode_base64(text);
    const auto subject = encoded ? audit::decode_subject(*encoded)
                                 : Result<audit::Subject>(Error{Errc::malformed, "no base64"});
    if (!subject)
        return Error{Errc::corrupt, file.string() + " holds no names: " + subject.error().context};
    const audit::SubjectId id = audit::subject_id(*encoded);
    if (id != event.subject && id != event.actor && id != event.comment)
        return Error{Errc::corrupt,
                     file.string() + " is of somebody else: the entry means another"};
    return *subject;
}

}  // namespace sluice::app
