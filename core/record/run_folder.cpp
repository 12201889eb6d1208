#include "core/record/run_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
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

double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string event_line(const RunEvent& event) {
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
  if (event.gap) {
    line["from"] = event.gap->from;
    line["to"] = event.gap->to;
    line["rows_kept"] = event.gap->rows_kept;
    line["rows_lost"] = event.gap->rows_lost;
    line["reason"] = event.gap->reason;
  }
  if (!std::isnan(event.took_s)) line["took_s"] = event.took_s;
  return dump(line);
}

RunFolder::RunFolder(RunPlace place, Options options) : place_(std::move(place)), options_(std::move(options)) {
  if (!options_.now_s) options_.now_s = steady_now_s;
}

Result<std::unique_ptr<RunFolder>> RunFolder::create(const std::filesystem::path& path, Options options) {
  auto place = RunPlace::claim(path);
  if (!place) return place.error();
  return std::unique_ptr<RunFolder>(new RunFolder(std::move(*place), std::move(options)));
}

void RunFolder::on_model(const Trainer& trainer) {
  end_window();
  announced_ = dump(describe(trainer), 2);
  announced_generation_ = trainer.generation();
  blocks_.clear();
  for (std::int64_t b = 0; b < trainer.config().layers; ++b)
    if (is_moe_block(trainer.config(), b)) blocks_.push_back(static_cast<std::int32_t>(b));
  windows_.clear();
  // The first model's files are there from the start; those of later ones may never be needed.
  if (models_.empty()) open_model();
  write_if_due();
}

void RunFolder::open_model() {
  if (!announced_) return;
  models_.emplace_back(models_.empty(), announced_generation_, std::move(*announced_), header());
  announced_.reset();
  last_step_ = 0;
  wall_s_ = 0;
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

void RunFolder::on_step(const StepRecord& record) {
  open_model();
  last_step_ = record.step;
  wall_s_ = record.wall_s;
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
    // Another number of experts: counts before and after have no common meaning.
    if (window.counts.size() != layer.counts.size() || window.block != layer.block)
      window = {layer.block, std::vector<double>(layer.counts.size()), std::vector<double>(layer.mean_prob.size()),
                0, 0};
    for (std::size_t e = 0; e < layer.counts.size(); ++e) window.counts[e] += layer.counts[e];
    for (std::size_t e = 0; e < window.prob_sum.size(); ++e) window.prob_sum[e] += layer.mean_prob[e];
    window.dropped += layer.dropped;
    ++window.steps;
  }
  add(ModelFolder::File::metrics, {row.data(), row.size()}, record.step);
  write_if_due();
}

void RunFolder::on_probe(const Snapshot*) {
  end_window();
  write_if_due();
}

void RunFolder::end_window() {
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
  if (lines.size() > 0) add(ModelFolder::File::routing, {lines.data(), lines.size()}, last_step_);
}

void RunFolder::on_event(const RunEvent& event) {
  // An edit of a model that has no files yet opens them; what ended it before its first step does not.
  const bool ends_a_model = event.kind == "rebuild" || event.kind == "reset";
  if (event.generation == announced_generation_ && !ends_a_model) open_model();
  // What was counted under other settings is told apart from what comes; the weights may be others without a step.
  if (!event.changes.empty() || ends_a_model) {
    end_window();
    written_.reset();
  }
  wall_s_ = event.wall_s;
  add(ModelFolder::File::events, event_line(event), event.step);
  write_if_due();
}

Result<std::string> RunFolder::on_weights(const Trainer& trainer) {
  open_model();
  end_window();
  ModelFolder& model = models_.back();
  // Before the lines that may wait: what room there is belongs to the weights.
  Result<void> done = place_.restore();
  if (done) done = model.make_folder(place_);
  const std::filesystem::path file = model.path() / "model.safetensors";
  if (done)
    done = write_safetensors(file, trainer.weights(),
                             {{"format", "pt"},
                              {"switchyard", std::string(version())},
                              {"step", fmt::format("{}", trainer.step())},
                              {"config", dump_json(to_shared_json(trainer.config()))},
                              {"data", dump_json(data_json(trainer.data()))},
                              {"vocabulary", dump_json(trainer.data().outputs)}});
  if (done) written_ = {trainer.generation(), trainer.step(), file, identity_of(file)};
  write();
  if (!done) return done.error();
  return model.path().native();
}

bool RunFolder::holds_weights(const Trainer& trainer) const {
  return written_ && written_->generation == trainer.generation() && written_->step == trainer.step() &&
         written_->identity && identity_of(written_->file) == written_->identity;
}

void RunFolder::on_end() {
  end_window();
  write();
  std::int64_t rows = 0;
  for (const ModelFolder& model : models_) rows += model.rows_waiting();
  if (rows > 0)
    news_.push_back(
        {true, fmt::format("{}: the last {} rows of {} could not be written", place(), rows, kMetricsFile)});
}

// --- what waits, and when it is written

void RunFolder::add(ModelFolder::File file, std::string line, std::int64_t step) {
  if (models_.empty()) return;
  models_.back().add(file, std::move(line), step, wall_s_);
  while (held_bytes() > options_.held_bytes)
    std::max_element(models_.begin(), models_.end(), [](const ModelFolder& a, const ModelFolder& b) {
      return a.held_bytes() < b.held_bytes();
    })->drop_oldest();
}

std::size_t RunFolder::held_bytes() const {
  std::size_t bytes = 0;
  for (const ModelFolder& model : models_) bytes += model.held_bytes();
  return bytes;
}

bool RunFolder::is_behind() const {
  return std::any_of(models_.begin(), models_.end(), [](const ModelFolder& model) { return !model.is_done(); });
}

void RunFolder::write_if_due() {
  if (options_.now_s() >= next_write_s_) write();
}

void RunFolder::write() {
  const double began = options_.now_s();
  std::optional<Error> failed;
  // Each by itself: a branch may be gone while the others are not.
  for (ModelFolder& model : models_) {
    const Result<void> written = model.write(place_);
    if (!written && !failed) failed = written.error();
    if (auto gap = model.take_gap())
      news_.push_back({false, fmt::format("Recording goes on in {}: {}", place(), gap->message), std::move(gap)});
  }
  while (models_.size() > 1 && models_.front().is_done()) models_.pop_front();
  const double took = options_.now_s() - began;
  next_write_s_ = began + took +
                  (failed                ? kRetry_s
                   : took > kFreeWrite_s ? std::min(took / kMostShare, kRetry_s)
                                         : 0);
  if (failed && !in_trouble_)
    news_.push_back({true, fmt::format("Recording waits, training goes on: {}; it is tried again every {} s",
                                       failed->message, kRetry_s)});
  in_trouble_ = failed.has_value();
}

}  // namespace switchyard
