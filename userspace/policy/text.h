// text.h: what is asked of names and words: is it UTF-8 without control characters, which known
// word is nearest to it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::policy {

// Bytes of the UTF-8 character that `text` begins with; 1 where it begins with none. `text` is not
// empty.
std::size_t character_length(std::string_view text);

// UTF-8, and no control character: what patterns can be trusted to tell apart. Overlong forms and
// surrogates count as no UTF-8.
bool is_plain(std::string_view text);

// Of `words` the one that a typing mistake would make `word` of; empty where none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace sluice::policy
