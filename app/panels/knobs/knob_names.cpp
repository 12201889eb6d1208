#include "app/panels/knobs/knob_names.h"

#include <algorithm>

#include "core/config/knobs.h"

namespace switchyard::app {

std::string with_names(std::string_view sentence) {
  constexpr std::string_view kOfKeys = "abcdefghijklmnopqrstuvwxyz0123456789_";
  std::string out;
  while (!sentence.empty()) {
    const std::size_t length = std::min(sentence.find_first_not_of(kOfKeys), sentence.size());
    if (length == 0) {
      const std::size_t other = std::min(sentence.find_first_of(kOfKeys), sentence.size());
      out += sentence.substr(0, other);
      sentence.remove_prefix(other);
      continue;
    }
    const std::string_view word = sentence.substr(0, length);
    sentence.remove_prefix(length);
    const bool is_key = word.find('_') != std::string_view::npos || sentence.starts_with(" = ");
    // Part of a longer word, of other letters, it is none.
    const bool whole = out.empty() || !std::isalnum(static_cast<unsigned char>(out.back()));
    const Knob* const knob = is_key && whole ? find_knob(word) : nullptr;
    out += knob ? knob->label : word;
  }
  return out;
}

}  // namespace switchyard::app
