#include "approval/approvals.h"

namespace sluice::approval {
namespace {

std::string_view sentence(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::unknown_request:
            return "there is no such request";
        case Refusal::not_pending:
            return "it does not wait for votes any more";
        case Refusal::not_approved:
            return "only an approved request can be revoked";
        case Refusal::no_human:
            return "no human is known who votes";
        case Refusal::self_approval:
            return "nobody votes on their own request";
        case Refusal::asker_unknown:
            return "no human answers for who asked; it can only be denied";
        case Refusal::not_an_approver:
            return "no rule names you as an approver of this request";
        case Refusal::voted_already:
            return "you voted on it before";
        case Refusal::bad_comment:
            return "the comment is too long or has unprintable characters";
        case Refusal::too_many_votes:
            return "it has as many votes as a request can have";
    }
    return "unknown";
}

}  // namespace

std::string_view name(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::unknown_request:
            return "unknown_request";
        case Refusal::not_pending:
            return "not_pending";
        case Refusal::not_approved:
            return "not_approved";
        case Refusal::no_human:
            return "no_human";
        case Refusal::self_approval:
            return "self_approval";
        case Refusal::asker_unknown:
            return "asker_unknown";
        case Refusal::not_an_approver:
            return "not_an_approver";
        case Refusal::voted_already:
            return "voted_already";
        case Refusal::bad_comment:
            return "bad_comment";
        case Refusal::too_many_votes:
            return "too_many_votes";
    }
    return "unknown";
}

Error error_of(Refusal refusal) {
    return {Errc::denied, std::string(name(refusal)) + ": " + std::string(sentence(refusal))};
}

std::string_view name(Happening happening) noexcept {
    switch (happening) {
        case Happening::requested:
            return "requested";
        case Happening::vote_approve:
            return "vote_approve";
        case Happening::vote_deny:
            return "vote_deny";
        case Happening::approved:
            return "approved";
        case Happening::denied:
            return "denied";
        case Happening::used:
            return "used";
        case Happening::expired:
            return "expired";
        case Happening::cancelled:
            return "cancelled";
        case Happening::revoked:
            return "revoked";
    }
    return "unknown";
}

}  // namespace sluice::approval
