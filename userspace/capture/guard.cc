#include "capture/guard.h"

#include <nftables/libnftables.h>

#include <memory>

namespace sluice::capture {
namespace {

struct FreeNft {
    void operator()(nft_ctx* nft) const { nft_ctx_free(nft); }
};

// Text that libnftables made, on one line and without a full stop.
std::string one_line(const char* text) {
    std::string out = text == nullptr ? "" : text;
    const std::size_t end = out.find('\n');
    if (end != std::string::npos) out.resize(end);
    if (out.starts_with("Error: ")) out.erase(0, 7);
    return out;
}

struct Outcome {
    bool done = false;
    bool missing = false;  // the failure is that the object does not exist
    std::string output;
    std::string failure;
};

Result<Outcome> run(const std::string& commands) {
    const std::unique_ptr<nft_ctx, FreeNft> nft(nft_ctx_new(NFT_CTX_DEFAULT));
    if (nft == nullptr || nft_ctx_buffer_output(nft.get()) != 0 ||
        nft_ctx_buffer_error(nft.get()) != 0)
        return Error{Errc::unavailable, "libnftables does not start: out of memory"};
    Outcome out;
    out.done = nft_run_cmd_from_buffer(nft.get(), commands.c_str()) == 0;
    const char* output = nft_ctx_get_output_buffer(nft.get());
    out.output = output == nullptr ? "" : output;
    if (out.done) return out;
    out.failure = one_line(nft_ctx_get_error_buffer(nft.get()));
    out.missing = out.failure.find("No such file or directory") != std::string::npos;
    return out;
}

Error failed(const Outcome& outcome) {
    if (outcome.failure.find("Operation not permitted") != std::string::npos)
        return Error{Errc::permission,
                     "nftables refuses: CAP_NET_ADMIN is needed in this network namespace"};
    return Error{Errc::unavailable,
                 "nftables says `" + outcome.failure +
                     "` (the kernel needs nf_tables with reject, CONFIG_NF_TABLES_INET)"};
}

}  // namespace

Result<std::optional<std::string>> list_guard(std::string_view run_id) {
    auto listed = run("list table inet " + guard_table(run_id));
    if (!listed) return std::move(listed).error();
    if (listed->done) return std::optional<std::string>(std::move(listed->output));
    if (listed->missing) return std::optional<std::string>();
    return failed(*listed).in("list the guard");
}

Status install_guard(std::string_view run_id, const std::vector<std::string>& interfaces,
                     const Coverage& coverage) {
    auto before = list_guard(run_id);
    if (!before) return std::move(before).error();
    if (*before && guard_complete(**before, interfaces, coverage)) return ok();
    const GuardCount count = *before ? guard_count(**before) : GuardCount{};
    auto installed = run(guard_commands(run_id, interfaces, coverage, count));
    if (!installed) return std::move(installed).error();
    if (!installed->done) return failed(*installed).in("install the guard");
    auto after = list_guard(run_id);
    if (!after) return std::move(after).error();
    if (!*after || !guard_complete(**after, interfaces, coverage))
        return Error{Errc::unavailable,
                     "the guard read back from nftables is not the one installed"};
    return ok();
}

Status remove_guard(std::string_view run_id) {
    auto removed = run("delete table inet " + guard_table(run_id));
    if (!removed) return std::move(removed).error();
    if (!removed->done && !removed->missing) return failed(*removed).in("remove the guard");
    return ok();
}

}  // namespace sluice::capture
