// element_filter.h: takes elements that a principal may not see out of an answer held whole.
//
// It is shown the answer's items in order and asks about each element of the filtered arrays once.
// Elements may stand in several arrays (topics of several groups). Not a patch of values: an
// element goes whole.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/types.h"
#include "kafka/edit.h"
#include "kafka/split.h"
#include "kafka/walker.h"
#include "session/checks.h"

namespace sluice::session {

class ElementFilter {
  public:
    ElementFilter() = default;
    ElementFilter(const Filter& filter, bool compact) : filter_(filter), compact_(compact) {}

    [[nodiscard]] bool wanted() const { return filter_.array != kafka::Slot::none; }

    // `keep(name, id)`: may it be seen? The name is empty where the answer has only the id.
    template <class Keep>
    void on(const kafka::Item& item, Keep keep) {
        using Kind = kafka::Item::Kind;
        if (item.slot == filter_.array) {
            if (in_element_) end_element(item.offset, keep(std::string_view(name_), id_));
            in_element_ = item.kind == Kind::element;
            if (item.kind == Kind::array_begin) begin_array(item);
            if (in_element_) begin_element(item.offset);
            if (item.kind == Kind::array_end) end_array();
        } else if (in_element_ && item.slot == filter_.name && item.kind == Kind::text) {
            name_.assign(as_text(item.bytes));
        } else if (in_element_ && item.slot == kafka::Slot::topic_id && item.kind == Kind::uuid &&
                   filter_.kind == ResourceKind::topic) {
            std::copy(item.bytes.begin(), item.bytes.end(), id_.bytes.begin());
        }
    }
    // Of the body; sorted.
    [[nodiscard]] std::vector<kafka::Edit> take_edits() { return std::move(edits_); }
    [[nodiscard]] std::uint64_t removed() const { return removed_all_; }

  private:
    void begin_array(const kafka::Item& item) {
        count_ = item;
        removed_ = 0;
        count_edit_ = edits_.size();
    }
    void begin_element(std::size_t at) {
        from_ = at;
        name_.clear();
        id_ = {};
    }
    void end_element(std::size_t at, bool kept) {
        if (kept) return;
        edits_.push_back({from_, at - from_, {}});
        ++removed_;
        ++removed_all_;
    }
    void end_array() {
        if (removed_ == 0) return;
        const auto left = static_cast<std::uint32_t>(count_.number) - removed_;
        edits_.insert(edits_.begin() + static_cast<std::ptrdiff_t>(count_edit_),
                      {count_.offset, count_.length, kafka::count_prefix(compact_, left)});
    }

    Filter filter_;
    bool compact_ = false;
    std::vector<kafka::Edit> edits_;
    kafka::Item count_{};
    std::size_t count_edit_ = 0;  // where in edits_ the count's stands
    std::uint32_t removed_ = 0;   // of the array it is in
    std::uint64_t removed_all_ = 0;
    bool in_element_ = false;
    std::size_t from_ = 0;
    std::string name_;
    TopicId id_;
};

}  // namespace sluice::session
