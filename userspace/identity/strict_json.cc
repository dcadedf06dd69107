#include "identity/strict_json.h"

#include <utility>
#include <vector>

#include "base/limits.h"

namespace sluice::identity {
namespace {

using nlohmann::json;

// Builds the document event by event; false ends the parse.
class Builder final : public nlohmann::json_sax<json> {
  public:
    bool null() override { return put(json(nullptr)); }
    bool boolean(bool value) override { return put(json(value)); }
    bool number_integer(number_integer_t value) override { return put(json(value)); }
    bool number_unsigned(number_unsigned_t value) override { return put(json(value)); }
    bool number_float(number_float_t value, const string_t&) override { return put(json(value)); }
    bool string(string_t& value) override { return put(json(std::move(value))); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        auto& members = open_.back()->get_ref<json::object_t&>();
        const auto [at, is_new] = members.emplace(std::move(name), nullptr);
        slot_ = &at->second;
        return is_new;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

    json take() { return std::move(root_); }

  private:
    // The place where the next value goes: under the last key, or behind the last element.
    json* place(json&& value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        if (open_.back()->is_object()) {
            *slot_ = std::move(value);
            return slot_;
        }
        auto& elements = open_.back()->get_ref<json::array_t&>();
        elements.push_back(std::move(value));
        return &elements.back();
    }
    bool put(json&& value) {
        if (++values_ > limits::json_values_max) return false;
        place(std::move(value));
        return true;
    }
    bool open(json&& value) {
        if (++values_ > limits::json_values_max || open_.size() >= limits::json_depth_max)
            return false;
        // Stays where it is while it is open: only its own elements are added meanwhile.
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    json root_;
    std::vector<json*> open_;
    json* slot_ = nullptr;
    std::size_t values_ = 0;
};

}  // namespace

std::optional<nlohmann::json> parse_strict(std::string_view text) {
    if (text.find('\0') != std::string_view::npos || text.starts_with("\xef\xbb\xbf"))
        return std::nullopt;
    Builder builder;
    if (!json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
    return builder.take();
}

const nlohmann::json* member(const nlohmann::json& object, const char* name) {
    const auto at = object.find(name);
    return at == object.end() ? nullptr : &*at;
}

const std::string* as_string(const nlohmann::json& value) {
    return value.get_ptr<const std::string*>();
}

bool has_control_characters(std::string_view utf8) {
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 0x20 || byte == 0x7f) return true;
        // U+0080 to U+009F.
        if (byte == 0xc2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xa0)
            return true;
    }
    return false;
}

}  // namespace sluice::identity
