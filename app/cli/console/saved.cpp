#include "app/cli/console/saved.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace switchyard::app {
namespace {

std::string text_without_name(const Saved& saved) {
  if (!saved.wanted) return "a picture without --out leaves no run, so nothing was saved";
  if (saved.step == 0) return "no step was done, so there was nothing to save";
  if (saved.lost()) return fmt::format("the weights of step {} are NOT saved: {}", saved.step, saved.why_not);
  return fmt::format("the weights of step {0} are saved in {1} (switchyard --resume {1} goes on)", saved.step, saved.folder);
}

std::string text_of_all(const std::vector<Saved>& runs) {
  std::string text;
  for (const Saved& run : runs) text += (text.empty() ? "" : "; ") + text_of(run);
  return text;
}

}  // namespace

std::string text_of(const Saved& saved) {
  return saved.called.empty() ? text_without_name(saved) : saved.called + ": " + text_without_name(saved);
}

Result<void> with_saved(const Result<void>& ended, const Saved& saved) { return with_all_saved(ended, {saved}); }

Result<void> with_all_saved(const Result<void>& ended, std::vector<Saved> runs) {
  const bool any_lost = std::any_of(runs.begin(), runs.end(), [](const Saved& run) { return run.lost(); });
  if (ended) {
    std::erase_if(runs, [](const Saved& run) { return !run.lost(); });
    return any_lost ? Result<void>(failure(text_of_all(runs))) : Result<void>();
  }
  // Of those that have nothing to save one is enough to say so.
  const Saved first = runs.empty() ? Saved() : runs.front();
  std::erase_if(runs, [](const Saved& run) { return !run.wanted || run.step == 0; });
  const Error& error = ended.error();
  const ErrorKind kind = any_lost ? ErrorKind::failure : error.kind;
  if (runs.empty() && error.kind == ErrorKind::interrupted && first.wanted)
    return Error{kind, error.message + " before the first step; there was nothing to save"};
  return Error{kind, fmt::format("{}; {}", error.message, runs.empty() ? text_of(first) : text_of_all(runs))};
}

}  // namespace switchyard::app
