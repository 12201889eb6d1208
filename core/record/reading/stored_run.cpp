#include "core/record/reading/stored_run.h"

#include <fmt/format.h>

#include <system_error>

#include "core/base/json.h"
#include "core/config/cost.h"
#include "core/config/json.h"
#include "core/record/script/load_script.h"

namespace switchyard {
namespace {

Result<std::filesystem::path> weights_file(const std::filesystem::path& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (status.type() == std::filesystem::file_type::not_found) return usage_error(path.native() + ": no such run folder");
  if (status.type() != std::filesystem::file_type::directory) return path;
  const std::filesystem::path file = path / "model.safetensors";
  if (!std::filesystem::exists(file, code))
    return usage_error(path.native() + ": holds no model.safetensors; a run writes its weights at its end");
  return file;
}

}  // namespace

Result<StoredRun> StoredRun::open(const std::filesystem::path& path) {
  const auto at = weights_file(path);
  if (!at) return at.error();
  SafetensorsFile::Expected expected;
  expected.check = [&](const Metadata& texts) -> Result<void> {
    if (!texts.contains("checkpoint")) return {};
    return usage_error(at->native() + ": is a checkpoint; what is read here is a model.safetensors");
  };
  auto file = SafetensorsFile::open(*at, expected);
  if (!file) return file.error();
  StoredRun run(std::move(*file));

  const auto where = [&](std::string_view key) { return fmt::format("{}, metadata '{}'", at->native(), key); };
  const auto metadata = [&](const std::string& key) -> Result<Json> {
    const auto& all = run.file_.metadata();
    const auto entry = all.find(key);
    if (entry == all.end())
      return usage_error(fmt::format("{}: its metadata holds no '{}': not written by switchyard", at->native(), key));
    return parse_json(entry->second, where(key));
  };
  const auto config = metadata("config");
  if (!config) return config.error();
  auto read = config_from_json(*config, Config{}, where("config"));
  if (!read) return read.error();
  run.config_ = std::move(*read);

  const auto vocabulary = metadata("vocabulary");
  if (!vocabulary) return vocabulary.error();
  const auto not_strings = [&] { return usage_error(where("vocabulary") + ": is not a list of strings"); };
  const Json::Array* tokens = vocabulary->array_items();
  if (!tokens) return not_strings();
  for (const Json& token : *tokens) {
    const std::string* text = token.text();
    if (!text) return not_strings();
    run.vocabulary_.push_back(*text);
  }

  // Not learned, so not among the parameters: a selection bias for each gate and expert, hash routing's count of tokens.
  const Config& c = run.config_;
  const auto most = run.parameter_bytes() +
                    sizeof(float) * (static_cast<std::uint64_t>(c.layers * c.experts) + run.vocabulary_.size());
  if (run.file_.data_bytes() > most)
    return usage_error(fmt::format("{}: holds {} bytes of weights, the model of its configuration has at most {}", at->native(),
                                   run.file_.data_bytes(), most));
  return run;
}

std::uint64_t StoredRun::parameter_bytes() const {
  const auto outputs = static_cast<std::int64_t>(vocabulary_.size());
  return sizeof(float) * static_cast<std::uint64_t>(model_cost(config_, outputs).parameters);
}

Result<std::string> StoredRun::script() const {
  std::vector<ScriptTensor> tensors;
  for (const SafetensorsFile::Entry& entry : file_.entries()) tensors.push_back({entry.name, entry.shape});
  return load_script(config_, vocabulary_.size(), tensors);
}

Result<void> StoredRun::check_complete() const {
  if (file_.data_bytes() >= parameter_bytes()) return {};
  return usage_error(fmt::format("{}: holds {} bytes of weights, the model of its configuration has {}", path().native(),
                                 file_.data_bytes(), parameter_bytes()));
}

}  // namespace switchyard
