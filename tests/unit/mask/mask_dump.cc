// mask_dump: masking on standard input and output, for tests in other languages. A command a line,
// bytes in hex, "-" for none:
//
//   key NAME ID SECRET
//   rule ID                                     the next fields and detectors are its own
//   field PATH ACTION KEY FIRST LAST
//   detect TYPES ACTION KEY FIRST LAST          TYPES: email,pan,iban
//   plan                                        compiles them and forgets the texts: "ok" or why
//   not mask VALUE                                  OUTCOME OUT VALUES UNMASKABLE by_rule...
//   by_type...
#include <cstdio>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "mask/value.h"

namespace sluice::mask {
namespace {

std::string to_hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const Byte byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0x0f];
    }
    return text.empty() ? "-" : text;
}
Buffer from_hex(const std::string& text) {
    Buffer bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<Byte>(std::stoi(text.substr(at, 2), nullptr, 16)));
    return bytes;
}

Action action_of(const std::string& text) {
    for (const Action action :
         {Action::keep, Action::partial, Action::hmac, Action::redact, Action::null})
        if (name(action) == text) return action;
    std::exit(2);
}
Treatment treatment_of(std::istringstream& words) {
    std::string action;
    Treatment treatment;
    words >> action >> treatment.key >> treatment.keep_first >> treatment.keep_last;
    treatment.action = action_of(action);
    return treatment;
}
std::vector<Detector> detectors_of(const std::string& text) {
    std::vector<Detector> detectors;
    for (const Detector detector : {Detector::email, Detector::pan, Detector::iban})
        if (text.find(name(detector)) != std::string::npos) detectors.push_back(detector);
    return detectors;
}

class Dump {
  public:
    void run(const std::string& line) {
        std::istringstream words(line);
        std::string command;
        std::string first;
        words >> command >> first;
        if (command == "key") {
            std::string id;
            std::string secret;
            words >> id >> secret;
            keys_.push_back({first, id, from_hex(secret)});
        } else if (command == "rule") {
            rules_.push_back(Rule{first});
        } else if (command == "field") {
            const Buffer path = from_hex(first);
            rules_.back().fields.push_back({std::string(as_text(path)), treatment_of(words)});
        } else if (command == "detect") {
            rules_.back().detect = DetectRule{detectors_of(first), treatment_of(words)};
        } else if (command == "plan") {
            compile();
        } else if (command == "mask") {
            mask(from_hex(first));
        }
    }

  private:
    void compile() {
        auto plan = Plan::compile(rules_, keys_);
        std::cout << (plan ? "ok" : plan.error().context) << std::endl;
        plan_.reset();
        if (plan) plan_ = *plan;
        rules_.clear();
        keys_.clear();
    }
    void mask(Bytes value) {
        constexpr const char* kOutcomes[] = {"unchanged", "masked", "unmaskable"};
        Buffer out;
        Counts counts;
        const Outcome outcome = mask_value(*plan_, value, out, counts);
        std::cout << kOutcomes[static_cast<std::size_t>(outcome)] << ' ' << to_hex(out) << ' '
                  << counts.values << ' ' << counts.unmaskable;
        for (const auto count : counts.by_rule) std::cout << ' ' << count;
        for (const auto count : counts.by_type) std::cout << ' ' << count;
        std::cout << std::endl;
    }

    std::vector<Rule> rules_;
    std::vector<Key> keys_;
    std::optional<Plan> plan_;
};

}  // namespace
}  // namespace sluice::mask

int main() {
    sluice::mask::Dump dump;
    for (std::string line; std::getline(std::cin, line);) dump.run(line);
}
