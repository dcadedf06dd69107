#include "identity/refusal.h"

namespace sluice::identity {

const char* name(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::token_too_large:
            return "token_too_large";
        case Refusal::token_malformed:
            return "token_malformed";
        case Refusal::token_nested:
            return "token_nested";
        case Refusal::token_critical_header:
            return "token_critical_header";
        case Refusal::token_unsupported_algorithm:
            return "token_unsupported_algorithm";
        case Refusal::token_wrong_type:
            return "token_wrong_type";
        case Refusal::token_without_kid:
            return "token_without_kid";
        case Refusal::token_unknown_key:
            return "token_unknown_key";
        case Refusal::token_key_mismatch:
            return "token_key_mismatch";
        case Refusal::token_bad_signature:
            return "token_bad_signature";
        case Refusal::token_claims_missing:
            return "token_claims_missing";
        case Refusal::token_wrong_issuer:
            return "token_wrong_issuer";
        case Refusal::token_wrong_audience:
            return "token_wrong_audience";
        case Refusal::token_expired:
            return "token_expired";
        case Refusal::token_not_yet_valid:
            return "token_not_yet_valid";
        case Refusal::token_too_old:
            return "token_too_old";
        case Refusal::keys_unavailable:
            return "keys_unavailable";
        case Refusal::sasl_malformed:
            return "sasl_malformed";
        case Refusal::sasl_authzid_mismatch:
            return "sasl_authzid_mismatch";
        case Refusal::sasl_principal_changed:
            return "sasl_principal_changed";
        case Refusal::count_:
            break;
    }
    return "unknown";
}

}  // namespace sluice::identity
