#include "policy/expect.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/network.h"
#include "policy/strict_yaml.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

using Key = StrictYaml::Key;
using Presence = StrictYaml::Presence;

constexpr std::array kEffects{Effect::allow, Effect::hold, Effect::deny};
constexpr std::array kKinds{ResourceKind::topic, ResourceKind::group,
                            ResourceKind::transactional_id};

class CaseReader {
  public:
    CaseReader(StrictYaml& yaml, const std::string& file) : yaml_(yaml), file_(file) {}

    ExpectCase read(const YAML::Node& node) {
        read_ = {};
        read_.place = {file_, node.Mark().line + 1, node.Mark().column + 1, {}};
        yaml_.mapping(node, "a case", keys());
        if (node.IsMap()) check(node);
        return std::move(read_);
    }

  private:
    std::vector<Key> keys() {
        std::vector<Key> keys{
            text_key("principal", [this](std::string text) { read_.principal.name = text; }),
            list_key("groups", read_.principal.groups),
            key("from", [this](const YAML::Node& node) { read_from(node); }),
            text_key("is", [this](std::string text) { read_.is = text; }),
            key("operation", [this](const YAML::Node& node) { read_operation(node); }),
            number_key("records", read_.facts.records),
            number_key("lag", read_.facts.lag),
            key("ticket",
                [this](const YAML::Node& node) {
                    if (yaml_.flag(node, "`ticket`") == true) read_.ticket = Ticket::valid;
                }),
            effect_key("expect", [this](Effect effect) { read_.effect = effect; }),
            text_key("rule", [this](std::string text) { read_.rule = text; }),
            effect_key("shadow", [this](Effect effect) { read_.shadow = effect; }),
            key("masks", [this](const YAML::Node& node) {
                read_.masks.emplace();
                read_list(node, "`masks`", *read_.masks);
            })};
        for (const ResourceKind kind : kKinds)
            keys.push_back(text_key(name(kind), [this, kind](std::string text) {
                read_.resource = {kind, std::move(text)};
            }));
        return keys;
    }

    static Key key(std::string_view name, std::function<void(const YAML::Node&)> read) {
        return {name, Presence::optional, std::move(read)};
    }
    Key text_key(std::string_view name, std::function<void(std::string)> take) {
        return key(name, [this, name, take = std::move(take)](const YAML::Node& node) {
            auto text = yaml_.text(node, in_backticks(name));
            if (text) take(*std::move(text));
        });
    }
    Key number_key(std::string_view name, std::optional<std::uint64_t>& value) {
        return key(name, [this, name, &value](const YAML::Node& node) {
            value = yaml_.number(node, in_backticks(name), 0, INT64_MAX);
        });
    }
    Key effect_key(std::string_view name, std::function<void(Effect)> take) {
        return key(name, [this, name, take = std::move(take)](const YAML::Node& node) {
            const auto word = yaml_.text(node, in_backticks(name));
            if (!word) return;
            for (const Effect effect : kEffects)
                if (sluice::name(effect) == *word) return take(effect);
            yaml_.mistake(node, in_backticks(name) + " must be allow, hold or deny, not " +
                                    in_backticks(*word));
        });
    }
    Key list_key(std::string_view name, std::vector<std::string>& values) {
        return key(name, [this, name, &values](const YAML::Node& node) {
            read_list(node, in_backticks(name), values);
        });
    }

    // It may be empty: no mask, no group.
    void read_list(const YAML::Node& node, const std::string& what,
                   std::vector<std::string>& values) {
        if (node.IsSequence() && node.size() == 0) return;
        for (const YAML::Node& entry : yaml_.list(node, what)) {
            auto text = yaml_.text(entry, "an entry of " + what);
            if (text) values.push_back(*std::move(text));
        }
    }

    void read_operation(const YAML::Node& node) {
        const auto word = yaml_.text(node, "`operation`");
        if (!word) return;
        read_.operation = operation_of(*word);
        if (read_.operation) return;
        std::vector<std::string_view> known;
        for (std::size_t at = 0; at < kOperations; ++at)
            known.push_back(name(static_cast<Operation>(at)));
        yaml_.mistake(node,
                      "unknown operation " + in_backticks(*word) + meant(nearest(*word, known)));
    }

    void read_from(const YAML::Node& node) {
        Evidence& evidence = read_.evidence.emplace();
        yaml_.mapping(
            node, "`from`",
            {key("source",
                 [&](const YAML::Node& value) {
                     const auto text = yaml_.text(value, "`source`");
                     if (!text) return;
                     const auto network = parse_network(*text);
                     if (network && network->prefix == 32)
                         evidence.source = network->address;
                     else
                         yaml_.mistake(
                             value, "`source` must be an IPv4 address, not " + in_backticks(*text));
                 }),
             text_key("oidc", [&](std::string text) { evidence.provider = std::move(text); }),
             key("claims", [&](const YAML::Node& value) { read_claims(value, evidence); })});
    }

    // Any names: they are the token's.
    void read_claims(const YAML::Node& node, Evidence& evidence) {
        if (!node.IsMap())
            return yaml_.mistake(node, "`claims` must be a mapping of keys to values");
        for (const auto& entry : node) {
            const auto name = yaml_.text(entry.first, "a claim's name");
            if (!name) continue;
            Claim claim{*name, {}};
            if (entry.second.IsScalar())
                claim.values.push_back(entry.second.Scalar());
            else
                read_list(entry.second, in_backticks(*name), claim.values);
            evidence.claims.push_back(std::move(claim));
        }
    }

    void check(const YAML::Node& node) {
        const auto says = [&](const char* key) { return static_cast<bool>(node[key]); };
        int resources = 0;
        for (const ResourceKind kind : kKinds)
            resources += says(std::string(name(kind)).c_str()) ? 1 : 0;
        if (says("principal") == says("from"))
            yaml_.mistake(node, "a case has either `principal` or `from`");
        if (says("groups") && says("from"))
            yaml_.mistake(node, "`groups` come with `principal`; with `from` they are a claim");
        if (says("is") && !says("from")) yaml_.mistake(node, "`is` needs `from`");
        if (says("operation") != says("expect"))
            yaml_.mistake(node, "`operation` and `expect` need each other");
        if (!says("operation") && !says("is") && !says("masks"))
            yaml_.mistake(node, "a case expects something: `expect`, `is` or `masks`");
        if (resources > 1)
            yaml_.mistake(node, "a case has one `topic`, `group` or `transactional_id`");
        if (says("masks") && !says("topic")) yaml_.mistake(node, "`masks` needs `topic`");
        if (read_.operation && resources <= 1 && !fits(*read_.operation, read_.resource.kind))
            yaml_.mistake(node, in_backticks(name(*read_.operation)) + " does not fit a " +
                                    std::string(name(read_.resource.kind)));
    }

    StrictYaml& yaml_;
    const std::string& file_;
    ExpectCase read_;
};

std::string joined(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

std::string joined(const RuleIds& ids) {
    return joined(std::vector<std::string>(ids.begin(), ids.end()));
}

class Run {
  public:
    Run(std::shared_ptr<const PolicySet> set, const ExpectCase& expected)
        : expected_(expected),
          who_(expected.evidence ? identify(*set, *expected.evidence) : expected.principal),
          binding_(policy::bind(std::move(set), who_)) {}

    std::vector<Mistake> failures() && {
        if (expected_.is && who_.name != *expected_.is)
            fail("expected to be called " + in_backticks(*expected_.is));
        if (expected_.operation) check_decision();
        if (expected_.masks) check_masks();
        return std::move(failures_);
    }

  private:
    void check_decision() {
        const Decision decision = decide(binding_, *expected_.operation, expected_.resource,
                                         expected_.facts, expected_.ticket);
        const std::string came = std::string(name(decision.effect)) + " (" +
                                 std::string(decision.reason) +
                                 "; rules: " + joined(decision.rules) + ")";
        if (decision.effect != expected_.effect)
            return fail("expected " + std::string(name(expected_.effect)) + ", got " + came);
        if (expected_.rule && std::find(decision.rules.begin(), decision.rules.end(),
                                        *expected_.rule) == decision.rules.end())
            fail("expected by rule " + in_backticks(*expected_.rule) + ", got " + came);
        const Effect shadow = decision.shadow.value_or(decision.effect);
        if (expected_.shadow && shadow != *expected_.shadow)
            fail("expected " + std::string(name(*expected_.shadow)) +
                 " with the shadow rules, got " + std::string(name(shadow)));
    }
    void check_masks() {
        std::vector<std::string> ids;
        for (const MaskRule* mask : masks(binding_, expected_.resource.name))
            ids.push_back(mask->id);
        const std::string got = joined(ids);
        const std::string expected = joined(*expected_.masks);
        if (got != expected) fail("expected masks: " + expected + "; got: " + got);
    }
    void fail(const std::string& text) {
        Mistake failure = expected_.place;
        failure.text = who_.name;
        if (expected_.operation) failure.text += " " + std::string(name(*expected_.operation));
        if (expected_.resource.kind != ResourceKind::cluster)
            failure.text += " " + expected_.resource.name;
        failure.text += ": " + text;
        failures_.push_back(std::move(failure));
    }
    const ExpectCase& expected_;
    Principal who_;
    Binding binding_;
    std::vector<Mistake> failures_;
};

}  // namespace

ReadExpect read_expect(const PolicyFile& file) {
    ReadExpect read;
    StrictYaml yaml(file);
    CaseReader reader(yaml, file.name);
    if (yaml.root())
        yaml.mapping(
            *yaml.root(), "",
            {{"version", Presence::required, [&](const YAML::Node& node) { yaml.version(node); }},
             {"cases", Presence::required, [&](const YAML::Node& node) {
                  for (const YAML::Node& one : yaml.list(node, "`cases`"))
                      read.cases.push_back(reader.read(one));
              }}});
    read.mistakes = yaml.take_mistakes();
    return read;
}

std::vector<Mistake> run_expect(const std::shared_ptr<const PolicySet>& set,
                                const std::vector<ExpectCase>& cases) {
    std::vector<Mistake> failures;
    for (const ExpectCase& expected : cases) {
        std::vector<Mistake> of_case = Run(set, expected).failures();
        std::move(of_case.begin(), of_case.end(), std::back_inserter(failures));
    }
    return failures;
}

}  // namespace sluice::policy
