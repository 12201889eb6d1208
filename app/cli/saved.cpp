#include "app/cli/saved.h"

#include <fmt/format.h>

namespace switchyard::app {

std::string text_of(const Saved& saved) {
  if (!saved.wanted) return "a picture without --out leaves no run, so nothing was saved";
  if (saved.step == 0) return "no step was done, so there was nothing to save";
  if (saved.lost()) return fmt::format("the weights of step {} are NOT saved: {}", saved.step, saved.why_not);
  return fmt::format("the weights of step {0} are saved in {1} (switchyard --resume {1} goes on)", saved.step, saved.folder);
}

Result<void> with_saved(const Result<void>& ended, const Saved& saved) {
  if (ended) return saved.lost() ? Result<void>(failure(text_of(saved))) : Result<void>();
  const Error& error = ended.error();
  const ErrorKind kind = saved.lost() ? ErrorKind::failure : error.kind;
  if (error.kind == ErrorKind::interrupted && saved.wanted && saved.step == 0)
    return Error{kind, error.message + " before the first step; there was nothing to save"};
  return Error{kind, fmt::format("{}; {}", error.message, text_of(saved))};
}

}  // namespace switchyard::app
