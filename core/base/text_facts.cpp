#include "core/base/text_facts.h"

#include <fmt/format.h>

namespace switchyard {

std::string unknown_note(const TextFacts& text) {
  const UnknownCharacters& unknown = text.unknown;
  if (unknown.kinds == 0) return {};
  return fmt::format(
      "{} of {} kinds of characters are read as <unk>: {:.3g} % of the training text, {:.3g} % of the validation "
      "text; it never counts as right, and each is charged ln {} = {:.2f} nats for which it is",
      unknown.kinds, text.distinct, 100 * unknown.train_share, 100 * unknown.validation_share, unknown.kinds,
      unknown.nats());
}

}  // namespace switchyard
