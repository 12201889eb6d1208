#include "core/record/run_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/base/json.h"
#include "core/base/version.h"
#include "core/config/cost.h"
#include "core/config/json.h"
#include "core/record/data_record.h"
#include "core/record/safetensors.h"

namespace switchyard {
namespace {

std::string dump(const Json& json, int indent = -1) { return dump_json(json, indent) + "\n"; }

// Numbers as a JSON array; null where none of them exists.
std::string dump(const std::vector<double>& numbers) {
  if (std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isnan(number); })) return "null";
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "[" : ",") + json_number(number);
  return text + "]";
}

// Shortest text that reads back to the same bits; nothing for a figure that does not exist.
template <class Number>
void field(fmt::memory_buffer& row, Number value) {
  row.push_back(',');
  if constexpr (std::is_floating_point_v<Number>) {
    if (std::isnan(value)) return;
  }
  fmt::format_to(std::back_inserter(row), "{}", value);
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

Json describe(const Trainer& trainer) {
  const EngineInfo info = trainer.info();
  Json json = Json::object();
  json["config"] = to_json(trainer.config());
  if (!trainer.data().path.empty()) json["config"]["corpus"] = trainer.data().path;  // found again from any folder
  json["seed"] = trainer.config().seed;
  json["corpus"] = trainer.data().name;
  json["data"] = data_json(trainer.data());
  json["versions"] = {{"switchyard", std::string(version())}, {"libtorch", info.libtorch}, {"blas", info.blas}};
  json["device"] = info.device;
  json["threads"] = info.threads;
  json["auto_precision"] = info.auto_precision;
  json["started"] = utc_now();
  json["vocabulary"] = trainer.data().outputs;
  return json;
}

Json to_json(const HealthAlert& alert) {
  Json json = Json::object();
  json["kind"] = key_of(alert.kind);
  json["layer"] = alert.block;
  json["experts"] = alert.experts;
  json["began"] = alert.began;
  json["noticed"] = alert.noticed;
  if (alert.ended > 0) json["ended"] = alert.ended;
  if (!alert.advice.empty()) json["advice"] = alert.advice;
  for (const KnobSetting& setting : alert.remedy) json["remedy"][setting.key] = setting.value;
  return json;
}

}  // namespace

Result<std::unique_ptr<RunFolder>> RunFolder::create(const std::filesystem::path& path) {
  const auto unusable = [&](std::string_view why) {
    return usage_error(fmt::format("{}: cannot record a run here: {}", path.string(), why));
  };
  if (path.empty()) return usage_error("the output folder has no name");
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (!std::filesystem::is_directory(path)) {
    if (std::filesystem::exists(path)) return unusable("it is a file, not a folder");
    return unusable(code ? code.message() : "no such folder");
  }
  const bool empty = std::filesystem::is_empty(path, code);
  if (code) return unusable(code.message());
  if (!empty) return unusable("the folder is not empty; name a new one");
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    return unusable(std::error_code(errno, std::generic_category()).message());
  return std::unique_ptr<RunFolder>(new RunFolder(path));
}

Result<void> RunFolder::on_model(const Trainer& trainer) {
  announced_ = dump(describe(trainer), 2);
  announced_generation_ = trainer.generation();
  blocks_.clear();
  for (std::int64_t b = 0; b < trainer.config().layers; ++b)
    if (is_moe_block(trainer.config(), b)) blocks_.push_back(static_cast<std::int32_t>(b));
  windows_.clear();
  // The first model's files are there from the start; those of later ones may never be needed.
  return branches_ < 0 ? open_model() : Result<void>();
}

Result<void> RunFolder::open_model() {
  if (!announced_) return {};
  ++branches_;
  if (branches_ > 0) {
    folder_ = root_ / fmt::format("branch-{:03}", branches_);
    std::error_code code;
    std::filesystem::create_directory(folder_, code);
    if (code) return failure(fmt::format("{}: cannot be made: {}", folder_.string(), code.message()));
  }
  if (auto written = replace_file(folder_ / "config.json", *announced_); !written) return written;
  for (const auto& [file, name] : {std::pair{&metrics_, "metrics.csv"}, std::pair{&routing_, "routing.jsonl"},
                                   std::pair{&events_, "events.jsonl"}}) {
    auto opened = AppendFile::open(folder_ / name);
    if (!opened) return opened.error();
    *file = std::move(*opened);
  }
  announced_.reset();
  return metrics_.append(header());
}

std::string RunFolder::header() const {
  std::string line =
      "step,tokens,wall_s,loss,val_loss,total_loss,lr,grad_norm,tokens_per_s,step_ms,train_accuracy,val_accuracy";
  for (const AuxLoss loss : kAuxLosses) line += fmt::format(",aux_{}", key_of(loss));
  for (const std::int32_t block : blocks_) {
    for (const char* figure : {"entropy", "load_entropy", "max_violation", "drop_rate", "token_drop_rate", "router_grad_norm",
                               "expert_grad_norm"})
      line += fmt::format(",l{}_{}", block, figure);
    for (const AuxLoss loss : kAuxLosses) line += fmt::format(",l{}_{}", block, key_of(loss));
  }
  return line + "\n";
}

Result<void> RunFolder::on_step(const StepRecord& record) {
  if (auto opened = open_model(); !opened) return opened;
  last_step_ = record.step;
  fmt::memory_buffer row;
  fmt::format_to(std::back_inserter(row), "{}", record.step);
  field(row, record.tokens);
  for (const double value :
       {record.wall_s, record.loss, record.val_loss, record.total_loss, record.learning_rate, record.grad_norm,
        record.tokens_per_s, record.step_ms, record.train_accuracy, record.val_accuracy})
    field(row, value);
  for (const double value : record.aux.values) field(row, value);
  // By block, so that a column can never hold another layer's figure.
  for (const std::int32_t block : blocks_) {
    const LayerRecord* layer = nullptr;
    for (const LayerRecord& candidate : record.layers)
      if (candidate.block == block) layer = &candidate;
    if (!layer) {
      row.append(std::string(7 + kAuxLosses.size(), ','));
      continue;
    }
    for (const float value :
         {layer->token_entropy, layer->load_entropy, layer->max_violation, layer->assignment_drop_rate,
          layer->token_drop_rate, layer->router_grad_norm, layer->expert_grad_norm})
      field(row, value);
    for (const float value : layer->aux.values) field(row, value);
  }
  row.push_back('\n');

  windows_.resize(record.layers.size());
  for (std::size_t l = 0; l < windows_.size(); ++l) {
    Window& window = windows_[l];
    const LayerRecord& layer = record.layers[l];
    // Experts were added or removed: counts before and after have no common meaning.
    if (window.counts.size() != layer.counts.size() || window.block != layer.block)
      window = {layer.block, std::vector<double>(layer.counts.size()), std::vector<double>(layer.mean_prob.size()),
                0, 0};
    for (std::size_t e = 0; e < layer.counts.size(); ++e) window.counts[e] += layer.counts[e];
    for (std::size_t e = 0; e < window.prob_sum.size(); ++e) window.prob_sum[e] += layer.mean_prob[e];
    window.dropped += layer.dropped;
    ++window.steps;
  }
  return metrics_.append({row.data(), row.size()});
}

Result<void> RunFolder::on_probe(const Snapshot*) {
  fmt::memory_buffer lines;
  auto out = std::back_inserter(lines);
  for (Window& window : windows_) {
    if (window.steps == 0) continue;
    for (double& p : window.prob_sum) p /= static_cast<double>(window.steps);
    fmt::format_to(
        out,
        "{{\"step\":{},\"layer\":{},\"counts\":{},\"mean_prob\":{},\"dropped\":{},\"window_steps\":{}}}\n",
        last_step_, window.block, dump(window.counts), dump(window.prob_sum), json_number(window.dropped),
        window.steps);
    window.counts.assign(window.counts.size(), 0);
    window.prob_sum.assign(window.prob_sum.size(), 0);
    window.dropped = 0;
    window.steps = 0;
  }
  return routing_.append({lines.data(), lines.size()});
}

Result<void> RunFolder::on_event(const RunEvent& event) {
  // An edit of a model that has no files yet opens them; what ended it before its first step does not.
  const bool ends_a_model = event.kind == "rebuild" || event.kind == "reset";
  if (event.generation == announced_generation_ && !ends_a_model)
    if (auto opened = open_model(); !opened) return opened;
  Json line = Json::object();
  line["step"] = event.step;
  line["wall_s"] = event.wall_s;
  line["kind"] = event.kind;
  line["generation"] = event.generation;
  if (!event.changes.empty()) {
    line["changes"] = Json::array();
    for (const RunEvent::Change& change : event.changes)
      line["changes"].push_back({{"key", change.key}, {"before", change.before}, {"after", change.after}});
  }
  if (!event.message.empty()) line["message"] = event.message;
  if (event.health) line["alert"] = to_json(*event.health);
  return events_.append(dump(line));
}

Result<void> RunFolder::on_weights(const Trainer& trainer) {
  if (auto opened = open_model(); !opened) return opened;
  return write_safetensors(folder_ / "model.safetensors", trainer.weights(),
                           {{"format", "pt"},
                            {"switchyard", std::string(version())},
                            {"step", fmt::format("{}", trainer.step())},
                            {"config", dump_json(to_shared_json(trainer.config()))},
                            {"data", dump_json(data_json(trainer.data()))},
                            {"vocabulary", dump_json(trainer.data().outputs)}});
}

std::filesystem::path default_runs_directory() {
  // The specification of base directories ignores relative ones.
  const auto absolute = [](const char* name) {
    const char* value = std::getenv(name);
    std::filesystem::path path = value ? value : "";
    return path.is_absolute() ? path : std::filesystem::path();
  };
  if (const auto data = absolute("XDG_DATA_HOME"); !data.empty()) return data / "switchyard" / "runs";
  if (const auto home = absolute("HOME"); !home.empty()) return home / ".local" / "share" / "switchyard" / "runs";
  std::error_code code;
  const auto temporary = std::filesystem::temp_directory_path(code);
  return (code ? std::filesystem::path("/tmp") : temporary) / "switchyard" / "runs";
}

std::filesystem::path new_run_folder(const std::filesystem::path& directory, std::string_view label) {
  std::string name = std::filesystem::path(label).stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '-';
  if (name.size() > 40) name.resize(40);
  if (name.empty()) name = "run";
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string stem = fmt::format("{:%Y%m%d-%H%M%S}-{}", fmt::localtime(now), name);
  std::error_code code;
  std::filesystem::path path = directory / stem;
  for (int copy = 2; std::filesystem::exists(path, code); ++copy)
    path = directory / fmt::format("{}-{}", stem, copy);
  return path;
}

}  // namespace switchyard
