#include "app/cli_proof.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/audit_command.h"
#include "app/cli_output.h"
#include "app/config_audit.h"
#include "app/evidence.h"
#include "audit/checkpoint.h"
#include "audit/encode.h"
#include "auditlog/prove.h"
#include "auditlog/reader.h"
#include "base/limits.h"

namespace sluice::app {

namespace {

namespace fs = std::filesystem;

// A file that somebody hands us; more than a proof may have is no proof.
Result<std::string> read_small_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(limits::audit_proof_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) return Error{Errc::io, "read " + path.string()};
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// What --vkey takes: the key itself, or a file with it.
Result<audit::NoteVerifier> read_vkey(const std::string& given) {
    if (given.find('+') != std::string::npos) return audit::NoteVerifier::parse(given);
    auto text = read_small_file(given);
    if (!text) return std::move(text).error();
    while (!text->empty() && text->back() == '\n') text->pop_back();
    auto key = audit::NoteVerifier::parse(*text);
    if (!key) return std::move(key).error().in(given);
    return key;
}

struct Verify {
    AuditCommand common;
    std::string vkey, checkpoint;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        const bool own_key = vkey.empty();
        auditlog::VerifyOptions options{{}, checkpoint};
        std::error_code none;
        if (!own_key || fs::exists(log / kPublicKeyFile, none)) {
            auto key = read_vkey(own_key ? (log / kPublicKeyFile).string() : vkey);
            if (!key) return fail_usage(key.error());
            options.keys.push_back(*std::move(key));
        } else if (!checkpoint.empty()) {
            return fail_usage({Errc::config, "--checkpoint needs the key: --vkey"});
        }
        const auto report = auditlog::verify(log, options, progress_line("verifying"));
        if (!report) return common.fail(report.error());
        if (common.json())
            print_json(*report, options);
        else
            print(*report, options, own_key);
        if (report->damage)
            *common.code = report->damage->missing ? kAuditUnreadable : kAuditDamaged;
    }

  private:
    void fail_usage(const Error& error) const { common.fail({Errc::config, error.context}); }

    static void print(const auditlog::VerifyReport& report, const auditlog::VerifyOptions& options,
                      bool own_key) {
        std::cout << counted(report.segments, "segment", "segments") << ", "
                  << counted(report.entries, "entry", "entries") << ", " << report.bytes
                  << " bytes checked\n";
        if (const auto& damage = report.damage) {
            std::cout << "DAMAGED: " << damage->file.string() << ", byte " << damage->byte
                      << ", entry " << damage->index << ": " << damage->what << '\n';
            return;
        }
        if (report.first_entry > 0)
            std::cout << "entries from " << report.first_entry << " on; the first "
                      << report.first_entry << " were dropped by retention\n";
        std::cout << "whole: every entry is a leaf of the tree, in its place\n";
        if (!report.signed_entries) {
            std::cout << "not signed: whoever could write the files could write another log\n";
            return;
        }
        std::cout << "signed: the first " << *report.signed_entries << ", by "
                  << options.keys.front().to_text() << '\n';
        if (own_key)
            std::cout << "        (the key that lies beside the log: compare it with the one you "
                         "noted, or give that with --vkey)\n";
    }

    static void print_json(const auditlog::VerifyReport& report,
                           const auditlog::VerifyOptions& options) {
        const auto& damage = report.damage;
        nlohmann::ordered_json json{{"segments", report.segments},
                                    {"first_entry", report.first_entry},
                                    {"entries", report.entries},
                                    {"bytes", report.bytes},
                                    {"unfinished_bytes", report.unfinished_bytes},
                                    {"whole", !damage.has_value()}};
        if (report.signed_entries) {
            json["signed_entries"] = *report.signed_entries;
            json["key"] = options.keys.front().to_text();
        }
        if (damage)
            json["damage"] = {{"file", damage->file.string()},
                              {"byte", damage->byte},
                              {"entry", damage->index},
                              {"what", damage->what},
                              {"missing", damage->missing}};
        std::cout << json.dump() << '\n';
    }
};

struct Prove {
    AuditCommand common;
    std::uint64_t index = 0;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        const auto proof = auditlog::prove_entry(log, index);
        if (!proof) return common.fail(proof.error());
        std::cout << audit::to_text(*proof);
    }
};

// Proven by the id: it is their hash.
void add_names(const audit::Subject& subject, nlohmann::ordered_json& json) {
    for (const auto& [name, text] : {std::pair{"principal", &subject.principal},
                                     {"human", &subject.human},
                                     {"groups", &subject.groups},
                                     {"evidence", &subject.evidence},
                                     {"client_id", &subject.client_id},
                                     {"comment", &subject.comment}})
        if (!text->empty()) json[name] = *text;
    if (subject.address != 0) json["address"] = to_text_address(subject.address);
}

struct VerifyProof {
    AuditCommand common;
    std::string file, vkey, names;

    void run() const {
        const auto key = read_vkey(vkey);
        if (!key) return common.fail({Errc::config, key.error().context});
        const auto text = read_small_file(file);
        if (!text) return common.fail(text.error());
        const auto proof = audit::parse_proof(*text);
        if (!proof) return common.fail({Errc::corrupt, file + ": " + proof.error().context});
        // A log signs under its own name.
        const auto checked = audit::check_proof(*proof, key->name(), {&*key, 1});
        if (!checked) return common.fail(Error(checked.error()).in(file));
        const auto event = audit::decode(proof->entry);
        if (!event) return common.fail(Error{Errc::corrupt, file + ": " + event.error().context});
        People nobody;  // a proof is of the entry; names are not in it
        auto json = to_json(auditlog::Entry{proof->index, *event}, nobody);
        if (!names.empty()) {
            const auto subject = read_subject(names, *event);
            if (!subject) return common.fail(subject.error());
            add_names(*subject, json);
        }
        if (common.json()) {
            std::cout << json.dump() << '\n';
            return;
        }
        std::cout << "proven: entry " << proof->index << " of " << checked->origin
                  << ", in the tree of " << checked->head.size << " entries that " << key->to_text()
                  << " signed\n";
        for (const auto& [name, value] : json.items())
            std::cout << "  " << name << std::string(name.size() < 18 ? 18 - name.size() : 1, ' ')
                      << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
    }
};

}  // namespace

void add_proof_commands(CLI::App& audit, int& code) {
    CLI::App* command = nullptr;
    Verify& verify = add_audit_command<Verify>(
        audit, code, "verify",
        "checks every byte, the whole hash tree and what was signed; names the first damage",
        "example: sluice audit verify --dir /mnt/copy/audit --vkey gw1.vkey", command);
    command->add_option("--vkey", verify.vkey,
                        "the log's public key, or a file with it (default: the one beside it)");
    command->add_option("--checkpoint", verify.checkpoint,
                        "a checkpoint kept elsewhere: the log must hold it, too");
    Prove& prove = add_audit_command<Prove>(
        audit, code, "prove", "prints the proof that an entry is in the log (C2SP tlog-proof)",
        "example: sluice audit prove 4711 > 4711.tlog-proof", command, false);
    command->add_option("index", prove.index, "the entry's index")->required();
    VerifyProof& checked = add_audit_command<VerifyProof>(
        audit, code, "verify-proof", "checks a proof, offline, and shows the entry in it",
        "example: sluice audit verify-proof 4711.tlog-proof --vkey gw1.vkey", command);
    command->add_option("file", checked.file)->required();
    command->add_option("--vkey", checked.vkey, "the log's public key, or a file with it")
        ->required();
    command->add_option("--subject", checked.names,
                        "a file of `who --prove`: the names that the entry's id stands for");
}

}  // namespace sluice::app
