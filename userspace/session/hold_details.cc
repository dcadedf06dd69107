// What of a request an approver reads, and what of it the approval is bound to.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/check.h"
#include "base/limits.h"
#include "kafka/walker.h"
#include "session/hold.h"

namespace sluice::session {
namespace {

constexpr std::array<std::string_view, 6> kSecretWords{"password",   "secret",  "jaas",
                                                       "credential", "private", "keystore.key"};

bool is_secret(std::string_view setting) {
    std::string lower(setting);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::any_of(kSecretWords.begin(), kSecretWords.end(), [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

// Lines of limited length in all; the last one says that there is more.
class Lines {
  public:
    void add(std::string line) {
        constexpr std::string_view more = "...\n";
        for (char& c : line)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
        constexpr std::size_t line_bytes_max = 512;
        if (line.size() > line_bytes_max) line.resize(line_bytes_max);
        if (full_) return;
        full_ = text_.size() + line.size() + 1 + more.size() > limits::ask_details_bytes_max;
        text_ += full_ ? std::string(more) : line + "\n";
    }
    [[nodiscard]] std::string text() && { return std::move(text_); }

  private:
    std::string text_;
    bool full_ = false;
};

std::string_view config_verb(std::int64_t operation) {
    switch (operation) {
        case 1:
            return "delete ";
        case 2:
            return "append to ";
        case 3:
            return "subtract from ";
        default:
            return "set ";
    }
}

std::string text_of(const kafka::Item& item) {
    return item.number == -1 ? "(null)" : std::string(as_text(item.bytes));
}

class Describer {
  public:
    void on(const kafka::Item& item) {
        using kafka::Slot;
        switch (item.slot) {
            case Slot::topic_name:
                if (item.number != -1) lines_.add("topic " + text_of(item));
                break;
            case Slot::group_id:
            case Slot::group:
                lines_.add("group " + text_of(item));
                break;
            case Slot::resource_name:
                lines_.add("settings of " + text_of(item));
                break;
            case Slot::partition_count:
                lines_.add("  partitions " + std::to_string(item.number));
                break;
            case Slot::replication_factor:
                lines_.add("  replication factor " + std::to_string(item.number));
                break;
            case Slot::config_name:
                setting_ = text_of(item);
                verb_ = "set ";
                break;
            case Slot::config_operation:
                verb_ = config_verb(item.number);
                break;
            case Slot::config_value:
                lines_.add("  " + std::string(verb_) + setting_ + ": " +
                           (is_secret(setting_) ? "(not shown)" : text_of(item)));
                break;
            case Slot::partition:
                if (item.kind == kafka::Item::Kind::number) partition_ = item.number;
                break;
            case Slot::offset:
                lines_.add(
                    "  partition " + std::to_string(partition_) + ": what is before " +
                    (item.number == -1 ? "its end" : "offset " + std::to_string(item.number)));
                break;
            default:
                break;
        }
    }
    Lines lines_;

  private:
    std::string setting_;
    std::string_view verb_ = "set ";
    std::int64_t partition_ = -1;
};

std::string line_of(const CommitAsk& commit) {
    std::string line = "  " + commit.topic.name + " partition " + std::to_string(commit.partition) +
                       ": to offset " + std::to_string(commit.offset);
    if (!commit.committed) return line + ", from an unknown one";
    if (*commit.committed < 0) return line + ", where nothing was committed";
    return line + ", from " + std::to_string(*commit.committed);
}

}  // namespace

Buffer canonical_body(const kafka::WholeRequest& request, std::size_t timeout_at) {
    const Bytes body = request.frame.subspan(request.body_at);
    Buffer canonical(body.begin(), body.end());
    if (timeout_at != 0) store_be<std::int32_t>(canonical.data() + timeout_at, 0);
    return canonical;
}

std::string details_of(const kafka::WholeRequest& request, const std::vector<CommitAsk>& commits) {
    const kafka::Layout* layout = kafka::request_layout(request.key, request.version);
    SLUICE_CHECK(layout != nullptr);
    const Bytes body = request.frame.subspan(request.body_at);
    kafka::Walker walker(*layout, body.size());
    Describer describer;
    for (kafka::Item item = walker.next(body, 0); item.kind != kafka::Item::Kind::done;
         item = walker.next(body, 0)) {
        SLUICE_CHECK(item.kind != kafka::Item::Kind::need_more &&
                     item.kind != kafka::Item::Kind::error);
        const bool of_commit = !commits.empty() && item.slot == kafka::Slot::topic_name;
        if (!of_commit) describer.on(item);
    }
    for (const CommitAsk& commit : commits) describer.lines_.add(line_of(commit));
    return std::move(describer.lines_).text();
}

}  // namespace sluice::session
