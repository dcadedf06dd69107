// Input: three texts with NUL bytes between them: a key set, a token, and a payload that is read as
// if its signature had been right.
#include "base/limits.h"
#include "fuzz/fuzz.h"
#include "identity/jwt.h"

using namespace sluice;

namespace {

constexpr std::int64_t kNow = 1'300'000'000;

Buffer take_text(Bytes& rest) {
    const auto end = std::find(rest.begin(), rest.end(), Byte{0});
    const auto size = static_cast<std::size_t>(end - rest.begin());
    const Buffer text = fuzz::exact(rest.first(size));
    rest = rest.subspan(std::min(size + 1, rest.size()));
    return text;
}

void check(const identity::Verdict& verdict) {
    if (const auto* refused = std::get_if<identity::Refusal>(&verdict)) {
        SLUICE_CHECK(*refused < identity::Refusal::count_);
        return;
    }
    const auto& claims = std::get<identity::Claims>(verdict);
    SLUICE_CHECK(claims.issuer == "joe" && claims.expires_at > kNow);
    SLUICE_CHECK(!claims.subject.empty() && claims.subject.size() <= limits::subject_bytes_max);
    SLUICE_CHECK(claims.list.size() <= limits::claims_max);
    std::size_t values = 0;
    for (const auto& claim : claims.list) {
        SLUICE_CHECK(claims.find(claim.name) == &claim);
        SLUICE_CHECK(claim.name.size() <= limits::claim_name_bytes_max);
        values += claim.values.size();
    }
    SLUICE_CHECK(values <= limits::claim_values_max);
    SLUICE_CHECK(claims.find("sub")->values == std::vector<std::string>{claims.subject});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes rest(data, size);
    const Buffer document = take_text(rest);
    const Buffer token = take_text(rest);
    const Buffer payload = take_text(rest);
    const identity::Expectations expected{"joe",
                                          {"sluice"},
                                          std::chrono::seconds(30),
                                          std::chrono::seconds(size % 2 == 0 ? 0 : 3600),
                                          {}};
    const auto keys = identity::Keys::parse(as_text(document));
    const auto verdict =
        identity::verify(as_text(token), keys ? *keys : identity::Keys(), expected, kNow);
    check(verdict);
    SLUICE_CHECK(keys || std::holds_alternative<identity::Refusal>(verdict));
    check(identity::read_claims(as_text(payload), expected, kNow));
    return 0;
}
