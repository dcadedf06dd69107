// yaml_screen.h: what is refused of a YAML text before anything is built from it.
//
// Anchors and aliases (a few lines of them stand for billions of nodes), tags, a second document,
// and more depth or nodes than a file of ours has.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace sluice::policy {

struct ScreenMistake {
    YAML::Mark at;
    std::string text;
};

// In the order of the text. Throws what the parser throws of a text that is no YAML.
std::vector<ScreenMistake> screen(const std::string& text);

}  // namespace sluice::policy
