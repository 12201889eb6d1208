#include "core/study/run_result.h"

#include <fmt/format.h>

#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/record/files/files.h"

namespace switchyard {

Result<void> write_result(const std::filesystem::path& run_folder, const RunResult& result) {
  Json json{{"step", result.step}, {"val_loss", result.val_loss}, {"val_accuracy", result.val_accuracy},
            {"loss", result.loss}, {"tokens", result.tokens},     {"wall_s", result.wall_s},
            {"run", result.run}};
  if (!result.diverged.empty()) json.member("diverged") = result.diverged;
  return replace_file(run_folder / kResultFile, dump_json(json, 2) + '\n');
}

Result<std::optional<RunResult>> read_result(const std::filesystem::path& run_folder) {
  const std::filesystem::path file = run_folder / kResultFile;
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return std::optional<RunResult>();
  const auto json = read_json_file(file);
  if (!json) return json.error();
  const auto text = [&](std::string_view key) {
    const std::string* const value = (*json)[key].text();
    return value ? *value : std::string();
  };
  const auto number = [&](std::string_view key) { return (*json)[key].number().value_or(kMissing); };
  const auto whole = [&](std::string_view key) {
    const std::int64_t* const value = (*json)[key].integer();
    return value ? *value : -1;
  };
  RunResult result{whole("step"),    number("val_loss"), number("val_accuracy"), number("loss"), whole("tokens"),
                   number("wall_s"), text("run"),        text("diverged")};
  const bool is_measured = !std::isnan(result.val_loss) && result.diverged.empty();
  if (result.step < 0 || (!is_measured && result.diverged.empty()))
    return usage_error(
        fmt::format("{}: is no result of a run (step and val_loss, or diverged)", printable(file.native())));
  if (!is_measured) result.val_loss = kMissing;
  return std::optional<RunResult>(std::move(result));
}

}  // namespace switchyard
