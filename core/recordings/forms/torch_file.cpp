#include "core/recordings/forms/torch_file.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

namespace switchyard {
namespace {

// As one word for a shell, whatever is in it: a quote ends the quotes, stands escaped, and they begin again.
std::string in_quotes(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + "'";
}

}  // namespace

bool is_torch_file(const std::filesystem::path& path) {
  std::error_code code;
  return (path.extension() == ".pt" || path.extension() == ".pth") && std::filesystem::is_regular_file(path, code);
}

Result<std::unique_ptr<RecordingReader>> open_torch_file(const std::filesystem::path& path, const RecordingKeys&) {
  return usage_error(fmt::format(
      "{}: is what torch.save wrote, which may run a program as it is read, so none is read here. Of SGLang's "
      "expert recorder, or router logits, this makes a recording: python3 share/switchyard/switchyard_convert.py "
      "{} --out {}",
      path.native(), in_quotes(path.native()), in_quotes(path.stem().native() + "-routes")));
}

}  // namespace switchyard
