#include "core/history/history.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace switchyard {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kRecentSteps = 100;
constexpr std::size_t kMaxEvents = 10'000;
constexpr std::size_t kLeastRows = 16;
constexpr std::size_t kSpareBytes = std::size_t{256} << 10;  // events and what else is small

float narrow(double value) { return static_cast<float>(value); }

template <class T>
Strided<T> all_of(const std::vector<T>& values) {
  return {values.data(), values.size(), 0, values.size(), 1};
}

// Doubles as std::vector does, but never beyond what will be used.
template <class T>
void make_room(std::vector<T>& values, std::size_t more, std::size_t limit) {
  const std::size_t needed = values.size() + more;
  if (needed <= values.capacity()) return;
  values.reserve(std::max(needed, std::min(limit, std::max<std::size_t>(1024, 2 * values.capacity()))));
}

template <class T>
std::size_t bytes_of(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

template <class T>
void keep_only(std::vector<T>& values, const std::vector<std::size_t>& kept, std::size_t tail) {
  for (std::size_t i = 0; i < kept.size(); ++i) values[i] = values[kept[i]];
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(kept.size()),
               values.begin() + static_cast<std::ptrdiff_t>(tail));
}

// Steps that may wait beyond full_rate before they are thinned, so that moving memory is rare.
std::size_t slack(const HistoryOptions& options) { return options.full_rate / 8 + 1; }

std::size_t point_limit(const HistoryOptions& options) {
  return options.thinned + options.full_rate + slack(options);
}

}  // namespace

float decisiveness(const LayerRecord& layer) {
  const double experts = static_cast<double>(layer.mean_prob.size());
  double sum = 0, weighted = 0;
  for (const float p : layer.mean_prob) {
    if (!(p > 0)) continue;
    sum += p;
    weighted += p * std::log(static_cast<double>(p));
  }
  if (experts < 2 || !(sum > 0) || !std::isfinite(layer.token_entropy)) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(std::log(sum) - weighted / sum - layer.token_entropy * std::log(experts));
}

History::History(HistoryOptions options) : options_(options), recent_(kRecentSteps) {}

void History::clear() { *this = History(options_); }

void History::append(const StepRecord& record) {
  const double x = static_cast<double>(record.step);
  forget_steps_after(record.step - 1);
  const std::size_t limit = point_limit(options_);
  const auto put = [limit](auto& column, auto value) {
    make_room(column, 1, limit);
    column.push_back(value);
  };

  const double smooth = smooth_loss_.take(record.loss, options_.smoothing);
  const double smooth_accuracy = smooth_accuracy_.take(record.train_accuracy, options_.smoothing);
  recent_.push(record.loss);

  const double figures[kScalars] = {record.loss,          smooth,           record.val_loss,       record.total_loss,
                                    record.learning_rate, record.grad_norm, record.tokens_per_s,   record.step_ms,
                                    record.train_accuracy, smooth_accuracy};
  for (std::size_t i = 0; i < kScalars; ++i) put(scalars_[i], narrow(figures[i]));

  for (std::size_t l = layers_.size(); l < record.layers.size(); ++l) {
    Layer& added = layers_.emplace_back();
    steps_epoch_ = new_epoch();
    for (auto& column : added.scalars) {
      make_room(column, x_.size(), limit);
      column.assign(x_.size(), kNone);
    }
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (l < record.layers.size()) {
      const LayerRecord& r = record.layers[l];
      auto* column = layers_[l].scalars;
      for (const float value :
           {r.token_entropy, r.load_entropy, r.max_violation, r.assignment_drop_rate, r.token_drop_rate,
            r.router_grad_norm, r.expert_grad_norm, decisiveness(r)})
        put(*column++, value);
      for (const float value : r.aux.values) put(*column++, value);
    } else {
      for (auto& column : layers_[l].scalars) put(column, kNone);
    }
  }
  put(x_, x);

  if (!std::isnan(record.val_loss)) {
    last_validation_ = record.val_loss;
    last_accuracy_ = record.val_accuracy;
    if (validation_x_.size() == 2 * options_.thinned) {
      std::vector<std::size_t> kept;
      for (std::size_t i = 0; i < validation_x_.size(); i += 2) kept.push_back(i);
      keep_only(validation_accuracy_, kept, validation_x_.size());
      keep_only(validation_y_, kept, validation_x_.size());
      keep_only(validation_x_, kept, validation_x_.size());
    }
    make_room(validation_x_, 1, 2 * options_.thinned);
    make_room(validation_y_, 1, 2 * options_.thinned);
    make_room(validation_accuracy_, 1, 2 * options_.thinned);
    validation_x_.push_back(x);
    validation_y_.push_back(narrow(record.val_loss));
    validation_accuracy_.push_back(narrow(record.val_accuracy));
  }

  append_rows(record, x);
  ranks_.append(record);
  last_ = record;
  if (x_.size() - old_ >= options_.full_rate + slack(options_)) thin();
}

double History::Smooth::take(double value, double past) {
  if (!std::isfinite(value)) return value;
  sum = past * sum + (1 - past) * value;
  weight = past * weight + (1 - past);
  return sum / weight;
}

void History::go_on_from(std::int64_t step) {
  forget_steps_after(step);
  std::erase_if(events_, [step](const Event& event) { return event.event.step > step; });
}

void History::forget_steps_after(std::int64_t step) {
  const double x = static_cast<double>(step) + 1;
  if (x_.empty() || x_.back() < x) return;
  std::erase_if(events_, [x](const Event& event) { return event.x >= x; });
  steps_epoch_ = rows_epoch_ = new_epoch();
  const auto before = [x](const std::vector<double>& xs) {
    return static_cast<std::size_t>(std::lower_bound(xs.begin(), xs.end(), x) - xs.begin());
  };
  const std::size_t points = before(x_);
  // Nothing is left: no layer and no last step either.
  if (points == 0) {
    std::vector<Event> events = std::move(events_);
    clear();
    events_ = std::move(events);
    return;
  }
  x_.resize(points);
  for (auto& column : scalars_) column.resize(points);
  for (Layer& layer : layers_)
    for (auto& column : layer.scalars) column.resize(points);
  if (points < old_) old_seen_ = (old_ = points) * old_stride_;
  const std::size_t validations = before(validation_x_);
  validation_x_.resize(validations);
  validation_y_.resize(validations);
  validation_accuracy_.resize(validations);
  last_validation_ = validations == 0 ? kMissing : validation_y_.back();
  last_accuracy_ = validations == 0 ? kMissing : validation_accuracy_.back();
  ranks_.forget_after(step);
  close_row();
  const std::size_t rows = before(row_x_);
  row_x_.resize(rows);
  row_count_.resize(rows);
  for (Layer& layer : layers_) layer.table.resize(rows * layer.width);
  smooth_loss_ = smooth_accuracy_ = {};
  recent_.clear();
}

void History::append(const RunEvent& event) {
  if (events_.size() == kMaxEvents) events_.erase(events_.begin(), events_.begin() + kMaxEvents / 2);
  events_.push_back({static_cast<double>(event.step), event});
}

// The oldest `slack` steps of the full-rate part join the thinned part: every old_stride_-th of them.
void History::thin() {
  steps_epoch_ = new_epoch();
  const std::size_t tail = old_ + slack(options_);
  std::vector<std::size_t> kept(old_);
  for (std::size_t i = 0; i < old_; ++i) kept[i] = i;
  for (std::size_t i = old_; i < tail; ++i)
    if (old_seen_++ % old_stride_ == 0) kept.push_back(i);
  while (kept.size() > options_.thinned) {
    // The j-th kept one is step j * old_stride_ of all: the even ones are those of twice the stride.
    std::size_t half = 0;
    for (std::size_t j = 0; j < kept.size(); j += 2) kept[half++] = kept[j];
    kept.resize(half);
    old_stride_ *= 2;
  }
  keep_only(x_, kept, tail);
  for (auto& column : scalars_) keep_only(column, kept, tail);
  for (Layer& layer : layers_)
    for (auto& column : layer.scalars) keep_only(column, kept, tail);
  old_ = kept.size();
}

// --- rows of expert load

void History::append_rows(const StepRecord& record, double x) {
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    Layer& layer = layers_[l];
    const std::vector<float>& counts = record.layers[l].counts;
    if (counts.size() > layer.width) widen(layer, counts.size());
    double total = 0;
    for (const float c : counts) total += c;
    if (!(total > 0)) continue;
    const double scale = static_cast<double>(counts.size()) / total;
    for (std::size_t e = 0; e < counts.size(); ++e) {
      layer.open_sum[e] += scale * counts[e];
      ++layer.open_count[e];
    }
  }
  open_x_ = x;
  if (++open_steps_ >= row_steps_) close_row();
}

std::uint64_t History::new_epoch() {
  static std::atomic<std::uint64_t> next{1};
  return next++;
}

void History::widen(Layer& layer, std::size_t width) {
  rows_epoch_ = new_epoch();
  const std::size_t before = layer.width;
  layer.width = width;
  layer.open_sum.resize(width, 0);
  layer.open_count.resize(width, 0);
  std::vector<float> table(row_x_.size() * width, kNone);
  for (std::size_t row = 0; row < row_x_.size() && before > 0; ++row)
    std::copy_n(layer.table.begin() + static_cast<std::ptrdiff_t>(row * before), before,
                table.begin() + static_cast<std::ptrdiff_t>(row * width));
  layer.table = std::move(table);
  while (row_x_.size() > row_limit()) halve_rows();
}

void History::close_row() {
  if (open_steps_ == 0) return;
  const std::size_t limit = row_limit();
  make_room(row_x_, 1, limit);
  make_room(row_count_, 1, limit);
  row_x_.push_back(open_x_);
  row_count_.push_back(static_cast<std::uint32_t>(open_steps_));
  for (Layer& layer : layers_) {
    make_room(layer.table, layer.width, limit * layer.width);
    for (std::size_t e = 0; e < layer.width; ++e) {
      const std::uint32_t n = layer.open_count[e];
      layer.table.push_back(n ? narrow(layer.open_sum[e] / n) : kNone);
      layer.open_sum[e] = 0;
      layer.open_count[e] = 0;
    }
  }
  open_steps_ = 0;
  // Now rather than before the next one, so that the next one gathers as many steps as these stand for.
  if (row_x_.size() >= limit) halve_rows();
}

void History::halve_rows() {
  rows_epoch_ = new_epoch();
  const std::size_t rows = row_x_.size(), half = (rows + 1) / 2;
  for (Layer& layer : layers_) {
    float* table = layer.table.data();
    for (std::size_t row = 0; row < half; ++row)
      for (std::size_t e = 0; e < layer.width; ++e) {
        const std::size_t a = 2 * row, b = std::min(a + 1, rows - 1);
        const float first = table[a * layer.width + e], second = table[b * layer.width + e];
        float& into = table[row * layer.width + e];
        if (std::isnan(first)) into = second;
        else if (std::isnan(second)) into = first;
        else {
          const double na = row_count_[a], nb = row_count_[b];
          into = narrow((na * first + nb * second) / (na + nb));
        }
      }
    layer.table.resize(half * layer.width);
  }
  for (std::size_t row = 0; row < half; ++row) {
    const std::size_t b = std::min(2 * row + 1, rows - 1);
    row_x_[row] = row_x_[b];
    row_count_[row] = row_count_[2 * row] + (b != 2 * row ? row_count_[b] : 0);
  }
  row_x_.resize(half);
  row_count_.resize(half);
  row_steps_ *= 2;
}

// As many rows as asked for, less where the widest table would not fit beside the curves.
std::size_t History::row_limit() const {
  std::size_t row_bytes = sizeof(double) + sizeof(std::uint32_t);
  std::size_t rest = kSpareBytes + 2 * options_.thinned * (sizeof(double) + 2 * sizeof(float));  // validation
  for (const Layer& layer : layers_) {
    row_bytes += layer.width * sizeof(float);
    rest += layer.width * (sizeof(double) + sizeof(std::uint32_t)) + 2 * sizeof(Layer);
  }
  if (!ranks_.empty()) rest += RankHistory::kBytes;
  rest += point_limit(options_) * (sizeof(double) + sizeof(float) * (kScalars + kLayerScalars * layers_.size()));
  const std::size_t left = options_.budget_bytes > rest ? options_.budget_bytes - rest : 0;
  return std::clamp(left / row_bytes, kLeastRows, std::max(kLeastRows, options_.rows));
}

// --- views

Strided<double> History::x() const { return all_of(x_); }

Strided<float> History::scalar(Scalar which) const { return all_of(scalars_[static_cast<std::size_t>(which)]); }

Strided<float> History::layer_scalar(std::size_t layer, LayerScalar which) const {
  if (layer >= layers_.size()) return {};
  return all_of(layers_[layer].scalars[static_cast<std::size_t>(which)]);
}

History::Curve History::validation() const { return {all_of(validation_x_), all_of(validation_y_)}; }
History::Curve History::validation_accuracy() const { return {all_of(validation_x_), all_of(validation_accuracy_)}; }

History::Recent History::recent_loss() const {
  Recent recent;
  double sum = 0;
  for (std::size_t i = 0; i < recent_.size(); ++i)
    if (std::isfinite(recent_[i])) {
      sum += recent_[i];
      ++recent.count;
    }
  if (recent.count == 0) return recent;
  recent.mean = sum / static_cast<double>(recent.count);
  if (recent.count < 2) return recent;
  double squares = 0;
  for (std::size_t i = 0; i < recent_.size(); ++i)
    if (std::isfinite(recent_[i])) squares += (recent_[i] - recent.mean) * (recent_[i] - recent.mean);
  recent.deviation = std::sqrt(squares / static_cast<double>(recent.count - 1));
  return recent;
}

std::size_t History::layers() const { return last_ ? last_->layers.size() : 0; }

std::size_t History::experts(std::size_t layer) const {
  return layer < layers() ? last_->layers[layer].counts.size() : 0;
}

std::size_t History::experts_ever(std::size_t layer) const {
  return layer < layers_.size() ? layers_[layer].width : 0;
}

Strided<double> History::utilisation_x() const { return all_of(row_x_); }

Strided<float> History::utilisation(std::size_t layer, std::size_t expert) const {
  if (layer >= layers_.size() || expert >= layers_[layer].width) return {};
  const std::size_t count = row_x_.size();
  return {layers_[layer].table.data() + expert, count, 0, count, layers_[layer].width};
}

const float* History::utilisation_table(std::size_t layer) const {
  return layer < layers_.size() ? layers_[layer].table.data() : nullptr;
}

std::size_t History::bytes() const {
  std::size_t total = bytes_of(x_) + bytes_of(validation_x_) + bytes_of(validation_y_) +
                      bytes_of(validation_accuracy_) + bytes_of(row_x_) + bytes_of(row_count_) + recent_.bytes() +
                      ranks_.bytes() + bytes_of(events_) + bytes_of(layers_);
  for (const auto& column : scalars_) total += bytes_of(column);
  for (const Layer& layer : layers_) {
    for (const auto& column : layer.scalars) total += bytes_of(column);
    total += bytes_of(layer.table) + bytes_of(layer.open_sum) + bytes_of(layer.open_count);
  }
  for (const Event& event : events_) {
    total += bytes_of(event.event.changes) + event.event.message.capacity();
    for (const auto& change : event.event.changes)
      total += change.key.capacity() + change.before.capacity() + change.after.capacity();
  }
  return total;
}

}  // namespace switchyard
