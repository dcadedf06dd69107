#include "app/cli_output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "kafka/api.h"

namespace sluice::app {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Characters, not bytes: names may be UTF-8.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

// A client's own words may hold control characters; a terminal must not obey them.
std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return text;
}

std::string codec_names(std::uint8_t codecs) {
    constexpr std::array<const char*, 8> names{"none", "gzip", "snappy", "lz4",
                                               "zstd", "5",    "6",      "7"};
    std::string text;
    if (codecs == 1) return text;  // nothing but plain batches: as most are
    for (std::size_t i = 0; i < names.size(); ++i)
        if ((codecs >> i & 1) != 0) text += (text.empty() ? "" : ",") + std::string(names[i]);
    return text;
}

std::string hex(std::uint64_t number) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
    return text.data();
}

template <class T>
void put(nlohmann::ordered_json& json, const char* key, const T& value, const T& unset) {
    if (value != unset) json[key] = value;
}

}  // namespace

std::string Table::text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += printable(row[i]);
            if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

auditlog::Progress progress_line(const char* doing) {
    if (::isatty(STDERR_FILENO) == 0) return {};
    return [doing](std::uint64_t done, std::uint64_t all) {
        const auto percent = all == 0 ? 100 : done * 100 / all;
        std::fprintf(stderr, "\r%s %3llu %%%s", doing, static_cast<unsigned long long>(percent),
                     done >= all ? "\r\033[K" : "");
    };
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

std::string to_text_time(std::int64_t wall_ns) {
    const std::time_t seconds = wall_ns / kSecond;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    std::snprintf(text.data() + length, text.size() - length, ".%03d",
                  static_cast<int>(wall_ns % kSecond / 1'000'000));
    return text.data();
}

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ns) {
    const Error wrong{Errc::config, "no such time: `" + std::string(text) +
                                        "` (say 15m, 2h, 30d or 2026-11-24T09:12:33Z)"};
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    if (error == std::errc{} && number >= 0 && unit.size() == 1) {
        constexpr std::int64_t span_days_max = 36'500;
        const std::int64_t seconds = unit == "s"   ? 1
                                     : unit == "m" ? 60
                                     : unit == "h" ? 3600
                                     : unit == "d" ? 86'400
                                                   : 0;
        if (seconds == 0 || number > span_days_max * 86'400 / seconds) return wrong;
        return now_ns - number * seconds * kSecond;
    }
    std::string copy(text);
    std::replace(copy.begin(), copy.end(), 'T', ' ');
    if (!copy.empty() && copy.back() == 'Z') copy.pop_back();
    for (const char* form : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* end = ::strptime(copy.c_str(), form, &parts);
        if (end != nullptr && *end == '\0')
            return static_cast<std::int64_t>(::timegm(&parts)) * kSecond;
    }
    return wrong;
}

std::string to_text(const OffsetRange& offsets) {
    if (offsets.first < 0) return "-";
    if (offsets.first == offsets.last) return std::to_string(offsets.first);
    return std::to_string(offsets.first) + ".." + std::to_string(offsets.last);
}

std::string to_text(const TopicId& id) {
    if (id.is_zero()) return {};
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::uint8_t byte : id.bytes) {
        bits = bits << 8 | byte;
        for (held += 8; held >= 6; held -= 6) text += digits[bits >> (held - 6) & 63];
    }
    if (held > 0) text += digits[bits << (6 - held) & 63];
    return text;
}

void put_person(nlohmann::ordered_json& json, const audit::SubjectId& id, std::uint16_t port,
                People& people) {
    if (id.is_zero()) return;
    json["subject"] = audit::to_text(id);
    const People::Person& person = people.of(id);
    if (person.erased) json["erased"] = true;
    const audit::Subject& subject = person.subject;
    put<std::string>(json, "principal", subject.principal, {});
    put<std::string>(json, "human", subject.human, {});
    put<std::string>(json, "groups", subject.groups, {});
    put<std::string>(json, "evidence", subject.evidence, {});
    if (subject.address != 0) json["client"] = to_text(Endpoint{subject.address, port});
    put<std::string>(json, "client_id", subject.client_id, {});
}

nlohmann::ordered_json to_json(const auditlog::Entry& entry, People& people) {
    const audit::Event& event = entry.event;
    nlohmann::ordered_json json;
    json["index"] = entry.index;
    json["time"] = to_text_time(event.wall_ns);
    json["wall_ns"] = event.wall_ns;
    json["type"] = name(event.type);
    if (event.outcome != audit::Outcome::unset) json["outcome"] = name(event.outcome);
    put<std::uint64_t>(json, "session", event.session, 0);
    put<std::string>(json, "cluster", event.cluster, {});
    put_person(json, event.subject, event.client_port, people);
    if (event.broker != Endpoint{}) json["broker"] = to_text(event.broker);
    if (event.api_key >= 0) {
        json["api"] = kafka::api_name(event.api_key);
        json["api_key"] = event.api_key;
        json["api_version"] = event.api_version;
        json["correlation_id"] = event.correlation_id;
    }
    put<std::string>(json, "topic", event.topic, {});
    put<std::string>(json, "topic_id", to_text(event.topic_id), {});
    put(json, "partition", event.partition, -1);
    put<std::string>(json, "resource", event.resource, {});
    put<std::int64_t>(json, "fetch_offset", event.fetch_offset, -1);
    put<std::int64_t>(json, "first_offset", event.offsets.first, -1);
    put<std::int64_t>(json, "last_offset", event.offsets.last, -1);
    put<std::uint64_t>(json, "records", event.records, 0);
    put<std::uint64_t>(json, "bytes", event.bytes, 0);
    put<std::int64_t>(json, "high_watermark", event.high_watermark, -1);
    put<std::int64_t>(json, "producer_id", event.producer_id, -1);
    put<std::int16_t>(json, "producer_epoch", event.producer_epoch, -1);
    put(json, "base_sequence", event.base_sequence, -1);
    if (event.type == audit::EventType::produce) json["acks"] = event.acks;
    if (const std::string codecs = codec_names(event.codecs); !codecs.empty())
        json["codecs"] = codecs;
    put(json, "read_committed", event.read_committed, false);
    put(json, "generation", event.generation, -1);
    put(json, "truncated_tail", event.truncated_tail, false);
    put<std::int16_t>(json, "error_code", event.error_code, 0);
    put<std::int64_t>(json, "latency_ns", event.latency_ns, 0);
    put<std::string>(json, "reason", event.reason, {});
    put<std::string>(json, "operation", event.operation, {});
    put<std::string>(json, "rules", event.rules, {});
    if (event.policy != 0) json["policy"] = hex(event.policy);
    put<std::string>(json, "ticket", event.ticket, {});
    if (!event.actor.is_zero()) {
        const People::Person& actor = people.of(event.actor);
        json["actor_subject"] = audit::to_text(event.actor);
        if (actor.erased) json["actor_erased"] = true;
        put<std::string>(json, "actor", actor.subject.human, {});
    }
    if (!event.comment.is_zero()) {
        const People::Person& said = people.of(event.comment);
        if (said.erased) json["comment_erased"] = true;
        put<std::string>(json, "comment", said.subject.comment, {});
    }
    put<std::uint64_t>(json, "masked_values", event.masked_values, 0);
    put<std::uint64_t>(json, "withheld_records", event.withheld_records, 0);
    return json;
}

}  // namespace sluice::app
