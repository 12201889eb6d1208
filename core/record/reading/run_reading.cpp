#include "core/record/reading/run_reading.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/record/files/line_reader.h"
#include "core/record/folder/run_place.h"
#include "core/record/lines/event_lines.h"
#include "core/record/reading/tape_past.h"
#include "core/record/reading/tape_steps.h"

namespace switchyard {
namespace {

constexpr std::size_t kMostReadLayers = 1000;
constexpr std::int32_t kMostBlocks = 100'000;
constexpr float kNotThere = std::numeric_limits<float>::quiet_NaN();

// The next field of a line; the line begins behind it then. Nothing: there is none.
std::optional<std::string_view> take_field(std::string_view& line, bool& more) {
  if (!more) return std::nullopt;
  const std::size_t comma = line.find(',');
  more = comma != line.npos;
  const std::string_view field = line.substr(0, comma);
  line = more ? line.substr(comma + 1) : std::string_view();
  return field;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// Where the field of a column goes.
struct Column {
  double StepRecord::*figure = nullptr;
  std::int64_t StepRecord::*count = nullptr;
  std::optional<AuxLoss> aux;
  std::size_t layer = 0;
  float LayerRecord::*layer_figure = nullptr;
  std::optional<AuxLoss> layer_aux;
};

std::optional<AuxLoss> aux_of(std::string_view key) {
  for (const AuxLoss loss : kAuxLosses)
    if (key_of(loss) == key) return loss;
  return std::nullopt;
}

class Columns {
 public:
  explicit Columns(std::string_view header) {
    bool more = true;
    while (const auto name = take_field(header, more)) columns_.push_back(column_of(*name));
  }
  bool has_steps() const {
    return std::any_of(columns_.begin(), columns_.end(),
                       [](const Column& c) { return c.count == &StepRecord::step; });
  }
  const std::vector<std::int32_t>& blocks() const { return blocks_; }
  static LayerRecord without_figures(std::int32_t block) {
    LayerRecord layer;
    layer.block = block;
    for (float LayerRecord::*figure : kLayerFigures) layer.*figure = kNotThere;
    return layer;
  }

  // Nothing: not a whole row.
  std::optional<StepRecord> record_of(std::string_view row) const {
    StepRecord record;
    for (double StepRecord::*figure : kFigures) record.*figure = kMissing;
    record.aux = PerAuxLoss<double>::filled(kMissing);
    for (const std::int32_t block : blocks_) record.layers.push_back(without_figures(block));
    record.step = -1;
    bool more = true;
    for (const Column& column : columns_) {
      const auto field = take_field(row, more);
      if (!field) return std::nullopt;
      if (column.count) {
        if (const auto value = number_of<std::int64_t>(*field)) record.*column.count = *value;
      } else if (column.figure) {
        record.*column.figure = number_of<double>(*field).value_or(kMissing);
      } else if (column.aux) {
        record.aux[*column.aux] = number_of<double>(*field).value_or(kMissing);
      } else if (column.layer_figure) {
        record.layers[column.layer].*column.layer_figure = number_of<float>(*field).value_or(kNotThere);
      } else if (column.layer_aux) {
        record.layers[column.layer].aux[*column.layer_aux] = number_of<float>(*field).value_or(kNotThere);
      }
    }
    if (more || record.step < 0) return std::nullopt;
    return record;
  }

 private:
  static constexpr double StepRecord::*kFigures[] = {
      &StepRecord::wall_s,         &StepRecord::loss,        &StepRecord::val_loss,     &StepRecord::total_loss,
      &StepRecord::learning_rate,  &StepRecord::grad_norm,   &StepRecord::tokens_per_s, &StepRecord::step_ms,
      &StepRecord::train_accuracy, &StepRecord::val_accuracy};
  static constexpr std::string_view kFigureNames[] = {
      "wall_s",    "loss",         "val_loss", "total_loss",     "lr",
      "grad_norm", "tokens_per_s", "step_ms",  "train_accuracy", "val_accuracy"};
  static constexpr float LayerRecord::*kLayerFigures[] = {
      &LayerRecord::token_entropy,        &LayerRecord::load_entropy,    &LayerRecord::max_violation,
      &LayerRecord::assignment_drop_rate, &LayerRecord::token_drop_rate, &LayerRecord::router_grad_norm,
      &LayerRecord::expert_grad_norm};
  static constexpr std::string_view kLayerFigureNames[] = {
      "entropy",         "load_entropy",     "max_violation",   "drop_rate",
      "token_drop_rate", "router_grad_norm", "expert_grad_norm"};

  Column column_of(std::string_view name) {
    Column column;
    if (name == "step") column.count = &StepRecord::step;
    if (name == "tokens") column.count = &StepRecord::tokens;
    for (std::size_t i = 0; i < std::size(kFigures); ++i)
      if (name == kFigureNames[i]) column.figure = kFigures[i];
    if (name.starts_with("aux_")) column.aux = aux_of(name.substr(4));
    const std::size_t bar = name.find('_');
    if (!name.starts_with('l') || bar == name.npos) return column;
    const auto block = number_of<std::int32_t>(name.substr(1, bar - 1));
    if (!block || *block < 0 || *block > kMostBlocks) return column;
    const std::string_view figure = name.substr(bar + 1);
    for (std::size_t i = 0; i < std::size(kLayerFigures); ++i)
      if (figure == kLayerFigureNames[i]) column.layer_figure = kLayerFigures[i];
    column.layer_aux = aux_of(figure);
    if (!column.layer_figure && !column.layer_aux) return column;
    const auto at = std::find(blocks_.begin(), blocks_.end(), *block);
    column.layer = static_cast<std::size_t>(at - blocks_.begin());
    if (at == blocks_.end() && blocks_.size() == kMostReadLayers) return {};
    if (at == blocks_.end()) blocks_.push_back(*block);
    return column;
  }

  std::vector<Column> columns_;
  std::vector<std::int32_t> blocks_;
};

// The windows of routing.jsonl, each for the steps that lie in it.
class Windows {
 public:
  Windows(const std::filesystem::path& folder, std::vector<std::int32_t> blocks, ReadCounts& counts)
      : blocks_(std::move(blocks)), takes_any_(blocks_.empty()), present_(blocks_.size()), counts_(counts) {
    if (auto lines = LineReader::open(folder / kRunFileNames[1])) lines_ = std::move(*lines);
    read_line();
  }
  // Steps come in order.
  void fill(StepRecord& record) {
    // Lines come by step, a layer each: those up to the first window that ends with this step or later.
    while (next_ && next_->end < record.step) take();
    while (next_ && next_->end - next_->steps < record.step) take();
    for (std::size_t l = 0; l < present_.size(); ++l) {
      const Window& window = present_[l];
      if (record.step > window.end || record.step <= window.end - window.steps) continue;
      while (record.layers.size() <= l)
        record.layers.push_back(Columns::without_figures(blocks_[record.layers.size()]));
      record.layers[l].counts = window.counts;
      record.layers[l].mean_prob = window.mean_prob;
      record.layers[l].dropped = window.dropped;
    }
  }

 private:
  struct Window {
    std::size_t layer = 0;
    std::int64_t end = -1, steps = 0;
    std::vector<float> counts, mean_prob;  // of a step
    float dropped = 0;
  };

  void take() {
    const std::size_t layer = next_->layer;
    present_[layer] = std::move(*next_);
    read_line();
  }
  void read_line() {
    next_.reset();
    while (lines_ && !next_) {
      const auto line = lines_->next();
      if (!line) return;
      next_ = window_of(*line);
      if (next_) ++counts_.windows;
      else ++counts_.passed_over;
    }
  }
  std::optional<Window> window_of(std::string_view line) {
    const auto json = parse_json(line, "window");
    if (!json) return std::nullopt;
    const std::int64_t* step = (*json)["step"].integer();
    const std::int64_t* steps = (*json)["window_steps"].integer();
    const std::int64_t* block = (*json)["layer"].integer();
    const Json::Array* counts = (*json)["counts"].array_items();
    if (!step || !steps || !block || !counts || *step < 0 || *steps < 1 || *steps > *step) return std::nullopt;
    const auto at = std::find(blocks_.begin(), blocks_.end(), *block);
    Window window;
    window.layer = static_cast<std::size_t>(at - blocks_.begin());
    if (at == blocks_.end()) {
      if (!takes_any_ || *block < 0 || *block > kMostBlocks || blocks_.size() == kMostReadLayers)
        return std::nullopt;
      blocks_.push_back(static_cast<std::int32_t>(*block));
      present_.emplace_back();
    }
    window.end = *step;
    window.steps = *steps;
    const double share = 1 / static_cast<double>(*steps);
    const auto float_of = [](const Json& number, double factor) {
      return static_cast<float>(number.number().value_or(0) * factor);
    };
    for (const Json& count : *counts) window.counts.push_back(float_of(count, share));
    if (const Json::Array* means = (*json)["mean_prob"].array_items(); means && means->size() == counts->size())
      for (const Json& mean : *means) window.mean_prob.push_back(float_of(mean, 1));
    window.dropped = float_of((*json)["dropped"], share);
    return window;
  }

  std::vector<std::int32_t> blocks_;
  bool takes_any_ = false;  // metrics.csv has no layers: it began with a dense model, which may have been upcycled
  std::vector<Window> present_;
  std::optional<LineReader> lines_;
  std::optional<Window> next_;
  ReadCounts& counts_;
};

// Every second of the older half goes, those that were validated only where that is not enough.
void thin_older(std::vector<StepRecord>& records, std::size_t most) {
  for (const bool spares_validated : {true, false}) {
    const std::size_t half = records.size() / 2;
    std::size_t kept = 0, seen = 0;
    for (std::size_t i = 0; i < half; ++i) {
      const bool spared = spares_validated && !std::isnan(records[i].val_loss);
      if (!spared && ++seen % 2 == 0) continue;
      if (kept != i) records[kept] = std::move(records[i]);
      ++kept;
    }
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(kept),
                  records.begin() + static_cast<std::ptrdiff_t>(half));
    if (records.size() <= most - most / 8) return;
  }
}

// The steps behind the last line of routing.jsonl.
void fill_open(std::vector<StepRecord>& records, const RecordingState::Window& window) {
  if (records.empty() || window.steps <= 0) return;
  const auto mean = [&](const std::vector<double>& sums) {
    std::vector<float> means;
    for (const double sum : sums) means.push_back(static_cast<float>(sum / static_cast<double>(window.steps)));
    // As in a line: none where none exists.
    if (std::all_of(means.begin(), means.end(), [](float m) { return std::isnan(m); })) means.clear();
    return means;
  };
  const std::int64_t begin = records.back().step - window.steps;
  for (auto record = records.rbegin(); record != records.rend() && record->step > begin; ++record) {
    if (std::none_of(record->layers.begin(), record->layers.end(),
                     [&](const LayerRecord& layer) { return layer.block == window.block; }))
      record->layers.push_back(Columns::without_figures(window.block));
    for (LayerRecord& layer : record->layers) {
      if (layer.block != window.block || !layer.counts.empty()) continue;
      layer.counts = mean(window.counts);
      layer.mean_prob = mean(window.prob_sum);
      layer.dropped = static_cast<float>(window.dropped / static_cast<double>(window.steps));
    }
  }
}

}  // namespace

Result<ReadCounts> read_steps(const std::filesystem::path& folder, std::uint32_t model_id,
                              const std::function<bool(StepRecord&&)>& on_step) {
  const std::filesystem::path path = folder / kMetricsFile;
  ReadCounts counts;
  auto lines = LineReader::open(path);
  if (!lines) {
    const auto done = read_tape_steps(folder, [&](StepRecord&& record) {
      record.model_id = model_id;
      ++counts.steps;
      return on_step(std::move(record));
    });
    if (!done) return lines.error();
    return counts;
  }
  const auto header = lines->next();
  if (!header) return counts;
  const Columns columns(*header);
  if (!columns.has_steps()) return usage_error(path.native() + ": its first line does not name a column 'step'");
  Windows windows(folder, columns.blocks(), counts);
  std::int64_t last = -1;
  while (const auto line = lines->next()) {
    auto record = columns.record_of(*line);
    if (!record || record->step <= last) {
      ++counts.passed_over;
      continue;
    }
    last = record->step;
    record->model_id = model_id;
    windows.fill(*record);
    ++counts.steps;
    if (!on_step(std::move(*record))) break;
  }
  counts.passed_over += lines->too_long();
  return counts;
}

Result<EventLines> read_event_lines(const std::filesystem::path& file,
                                    const std::function<bool(std::int64_t, std::optional<RunEvent>&&)>& on_line) {
  auto lines = LineReader::open(file);
  if (!lines) return lines.error();
  EventLines read;
  while (const auto line = lines->next())
    if (!on_line(++read.lines, event_of(*line))) return read;
  read.too_long = lines->too_long();
  read.half_line = lines->has_half_line();
  return read;
}

ReadCounts read_events(const std::filesystem::path& folder, std::uint32_t model_id,
                       const std::function<void(RunEvent&&)>& on_event) {
  ReadCounts counts;
  const auto read =
      read_event_lines(folder / kRunFileNames[2], [&](std::int64_t, std::optional<RunEvent>&& event) {
        if (!event) return ++counts.passed_over, true;
        ++counts.events;
        event->model_id = model_id;
        on_event(std::move(*event));
        return true;
      });
  if (read) counts.passed_over += read->too_long;
  return counts;
}

namespace {

void keep_newest(std::vector<RunEvent>& events) {
  if (events.size() > kMostPastEvents)
    events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(kMostPastEvents));
}

void add_past(RunPast& past, StepRecord&& record, std::size_t most_records) {
  if (past.records.size() >= std::max<std::size_t>(most_records, 8)) thin_older(past.records, most_records);
  past.records.push_back(std::move(record));
}

// Nothing: there is no tape, or none that can be read.
std::optional<RunPast> past_of_tape(const std::filesystem::path& folder, std::uint32_t model_id, std::size_t most_records) {
  RunPast past;
  // A folder that had none at first has the steps before in its lines.
  const auto before = [&](std::int64_t first) {
    if (first > 1)
      (void)read_steps(folder, model_id, [&](StepRecord&& record) {
        if (record.step >= first) return false;
        add_past(past, std::move(record), most_records);
        return true;
      });
  };
  auto tape = read_tape_past(folder, most_records / 2, before, [&](StepRecord&& record) {
    record.model_id = model_id;
    add_past(past, std::move(record), most_records);
  });
  if (!tape) return std::nullopt;
  if (tape->first > 1)
    read_events(folder, model_id, [&](RunEvent&& event) {
      if (event.step < tape->first) past.events.push_back(std::move(event));
    });
  for (RunEvent& event : tape->events) {
    event.model_id = model_id;
    past.events.push_back(std::move(event));
  }
  keep_newest(past.events);
  return past;
}

}  // namespace

Result<RunPast> read_past(const std::filesystem::path& folder, std::uint32_t model_id, std::size_t most_records,
                          const RecordingState* open) {
  if (auto taped = past_of_tape(folder, model_id, most_records)) return std::move(*taped);
  RunPast past;
  std::vector<std::int32_t> blocks;
  const auto steps = read_steps(folder, model_id, [&](StepRecord&& record) {
    if (blocks.empty())
      for (const LayerRecord& layer : record.layers) blocks.push_back(layer.block);
    add_past(past, std::move(record), most_records);
    return true;
  });
  if (!steps) return steps.error();
  if (open)
    for (const RecordingState::Window& window : open->windows) fill_open(past.records, window);
  read_events(folder, model_id, [&](RunEvent&& event) {
    if (past.events.size() == 2 * kMostPastEvents)
      past.events.erase(past.events.begin(), past.events.begin() + static_cast<std::ptrdiff_t>(kMostPastEvents));
    // A line names the block; records count MoE layers.
    if (event.health)
      event.health->layer =
          static_cast<std::int32_t>(std::find(blocks.begin(), blocks.end(), event.health->block) - blocks.begin());
    past.events.push_back(std::move(event));
  });
  keep_newest(past.events);
  return past;
}

}  // namespace switchyard
