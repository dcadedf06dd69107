#include "policy/yaml_screen.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "base/limits.h"

namespace sluice::policy {

namespace {

// Enough to mend a file by; a hostile one could have a hundred thousand.
constexpr std::size_t kMistakesMax = 20;

class Screen final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ == 2) add(mark, "a second document in the file");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        static_cast<void>(anchor);
        node(mark, {});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        static_cast<void>(anchor);
        add(mark, "an alias (`*`): write the value out");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        static_cast<void>(anchor);
        static_cast<void>(value);
        node(mark, tag);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        static_cast<void>(anchor);
        static_cast<void>(style);
        open(mark, tag);
    }
    void OnSequenceEnd() override { --depth_; }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        static_cast<void>(anchor);
        static_cast<void>(style);
        open(mark, tag);
    }
    void OnMapEnd() override { --depth_; }
    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        static_cast<void>(name);
        add(mark, "an anchor (`&`): write the value out where it is used");
    }

    std::vector<ScreenMistake> mistakes;

  private:
    void open(const YAML::Mark& mark, const std::string& tag) {
        node(mark, tag);
        if (++depth_ == limits::yaml_depth_max + 1)
            add(mark, "nested deeper than " + std::to_string(limits::yaml_depth_max) + " levels");
    }
    void node(const YAML::Mark& mark, const std::string& tag) {
        // `?` and `!` are yaml-cpp's own, of values without and with quotes.
        if (!tag.empty() && tag != "?" && tag != "!") add(mark, "a tag (`!`): leave it out");
        if (++nodes_ == limits::yaml_nodes_max + 1)
            add(mark, "more than " + std::to_string(limits::yaml_nodes_max) + " values");
    }
    void add(const YAML::Mark& mark, std::string text) {
        if (mistakes.size() < kMistakesMax) mistakes.push_back({mark, std::move(text)});
    }
    std::size_t documents_ = 0;
    std::size_t depth_ = 0;
    std::size_t nodes_ = 0;
};

}  // namespace

std::vector<ScreenMistake> screen(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Screen handler;
    // Never until the parser has no more: behind some texts that are no document it goes on handing
    // out empty ones for ever.
    if (parser.HandleNextDocument(handler)) parser.HandleNextDocument(handler);
    return std::move(handler.mistakes);
}

}  // namespace sluice::policy
