// What a run tells, from random numbers that are hard to write among them; and all of a value as text, to compare
// bit by bit.
#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "core/base/random.h"
#include "core/base/rank_means.h"
#include "core/base/records.h"

namespace switchyard::test {

class RandomTold {
 public:
  explicit RandomTold(std::uint64_t seed) : random_(seed, "told") {}

  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_.below(end)); }
  template <class T>
  T number() {
    if constexpr (std::is_floating_point_v<T>) {
      using Limits = std::numeric_limits<T>;
      switch (below(8)) {
        case 0:
          return Limits::quiet_NaN();
        case 1:
          return -Limits::infinity();
        case 2:
          return Limits::denorm_min();
        case 3:
          return T(-0.0);
        case 4:
          return static_cast<T>(below(1000));
        default:
          return static_cast<T>(
              std::ldexp(static_cast<double>(below(1u << 30)) - (1 << 29), static_cast<int>(below(80)) - 60));
      }
    } else {
      return below(6) == 0 ? std::numeric_limits<T>::max() : static_cast<T>(below(120));
    }
  }
  template <class T>
  std::vector<T> numbers(std::size_t count) {
    std::vector<T> all(count);
    for (T& one : all) one = number<T>();
    return all;
  }
  std::string text() {
    static constexpr const char* kTexts[] = {"", "a", "\n", "caf\u00e9",
                                             "a rather long text, so that it does not fit a small string"};
    std::string made = kTexts[below(std::size(kTexts))];
    if (below(4) == 0) made += '\0';
    return made;
  }
  std::vector<std::string> texts(std::size_t count) {
    std::vector<std::string> all(count);
    for (std::string& one : all) one = text();
    return all;
  }

  StepRecord record(std::int64_t step, std::size_t layers, std::size_t experts) {
    StepRecord made;
    made.step = step, made.tokens = step * 1024, made.model_id = number<std::uint32_t>(),
    made.revision = number<std::uint64_t>();
    for (double* figure :
         {&made.wall_s, &made.step_ms, &made.tokens_per_s, &made.loss, &made.val_loss, &made.train_accuracy,
          &made.val_accuracy, &made.total_loss, &made.learning_rate, &made.grad_norm})
      *figure = number<double>();
    for (double& aux : made.aux.values) aux = number<double>();
    for (std::size_t l = 0; l < layers; ++l) {
      LayerRecord& layer = made.layers.emplace_back();
      layer.block = static_cast<std::int32_t>(2 * l);
      layer.counts = numbers<float>(experts);
      layer.mean_prob = numbers<float>(below(3) == 0 ? 0 : experts);
      for (float* figure :
           {&layer.dropped, &layer.token_entropy, &layer.load_entropy, &layer.max_violation,
            &layer.assignment_drop_rate, &layer.token_drop_rate, &layer.router_grad_norm, &layer.expert_grad_norm})
        *figure = number<float>();
      for (float& aux : layer.aux.values) aux = number<float>();
    }
    made.ranks.resize(below(3) == 0 ? 0 : below(4));
    for (RankRecord& rank : made.ranks) {
      for (float RankRecord::*const figure : kRankFigures) rank.*figure = number<float>();
      rank.rows = numbers<float>(below(2) * made.ranks.size());
    }
    return made;
  }

  ProbePlane plane() {
    return {numbers<float>(below(9)), {number<float>(), number<float>()}, numbers<float>(below(9))};
  }
  Snapshot look(std::int64_t step) {
    Snapshot made;
    made.revision = number<std::uint64_t>(), made.model_id = number<std::uint32_t>(), made.step = step;
    const std::size_t tokens = below(40);
    made.token_loss = numbers<float>(tokens);
    for (std::size_t l = below(4); l > 0; --l) {
      ProbeLayer& layer = made.layers.emplace_back();
      for (std::int32_t* n :
           {&layer.block, &layer.experts, &layer.top_k, &layer.ranked, &layer.input_width, &layer.card.experts})
        *n = number<std::int32_t>();
      layer.expert = numbers<std::int32_t>(3 * tokens), layer.kept = numbers<std::uint8_t>(tokens);
      for (auto* all :
           {&layer.prob, &layer.weight, &layer.entropy, &layer.pca, &layer.gate_pca, &layer.probabilities,
            &layer.logits, &layer.input, &layer.gradient.task_norm, &layer.gradient.aux_norm,
            &layer.gradient.cosine, &layer.card.norm, &layer.card.similarity})
        *all = numbers<float>(below(2) * tokens);
      layer.explained = {number<float>(), number<float>()};
      layer.choices = below(2) == 0;
      layer.logit_plane = plane();
      layer.gradient.task_norm_all = number<float>(), layer.gradient.aux_norm_all = number<float>(),
      layer.gradient.cosine_all = number<float>();
      layer.card.parameters = number<std::int64_t>();
    }
    PointView& view = made.view;
    view.predicted = numbers<std::int32_t>(below(9)), view.confidence = numbers<float>(below(9)),
    view.confusion = numbers<std::int32_t>(below(9));
    view.plane.columns = number<std::int32_t>(), view.plane.rows = number<std::int32_t>();
    for (float* edge : {&view.plane.x_min, &view.plane.x_max, &view.plane.y_min, &view.plane.y_max})
      *edge = number<float>();
    view.plane.predicted = numbers<std::int32_t>(below(9));
    for (std::size_t maps = below(3); maps > 0; --maps)
      view.plane.first_expert.push_back(numbers<std::int32_t>(below(9)));
    made.embedding = numbers<float>(below(9)), made.embedding_width = number<std::int32_t>(),
    made.embedding_plane = plane();
    return made;
  }
  ProbeTokens tokens() {
    const std::size_t count = 1 + below(30);
    return {texts(count), numbers<std::int32_t>(count), numbers<std::uint8_t>(count), texts(below(4)),
            number<std::int32_t>()};
  }
  ProbePoints points() {
    const std::size_t count = 1 + below(30);
    return {number<std::int32_t>(),
            number<std::int32_t>(),
            numbers<float>(2 * count),
            {number<float>(), number<float>()},
            numbers<std::int32_t>(count),
            numbers<std::uint8_t>(count),
            texts(3),
            texts(2),
            numbers<float>(5 * count),
            {},
            {},
            {}};
  }
  RunEvent event(std::int64_t step) {
    RunEvent made;
    made.kind = kEventKinds[below(kEventKinds.size())];
    made.step = step, made.wall_s = number<double>(), made.message = text(),
    made.model_id = number<std::uint32_t>(), made.took_s = number<double>();
    for (std::size_t changes = below(3); changes > 0; --changes) made.changes.push_back({text(), text(), text()});
    if (below(2)) {
      HealthAlert& alert = made.health.emplace();
      alert.kind = kAlertKinds[below(kAlertKinds.size())];
      alert.layer = number<std::int32_t>(), alert.block = number<std::int32_t>(),
      alert.experts = numbers<std::int32_t>(below(5));
      alert.began = number<std::int64_t>(), alert.noticed = number<std::int64_t>(),
      alert.ended = number<std::int64_t>();
      alert.message = text(), alert.advice = text(), alert.remedy = {{text(), text()}};
    }
    if (below(2))
      made.gap = RecordingGap{number<std::int64_t>(), number<std::int64_t>(), number<std::int64_t>(),
                              number<std::int64_t>(), text()};
    return made;
  }

 private:
  RandomStream random_;
};

// Every member, in the order of records.h.
class AllOf {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T> AllOf& operator<<(const T& number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(T));
    return *this;
  }
  AllOf& operator<<(const std::string& text) {
    *this << text.size();
    bytes_ += text;
    return *this;
  }
  template <class T>
  AllOf& operator<<(const std::vector<T>& items) {
    *this << items.size();
    for (const T& item : items) *this << item;
    return *this;
  }
  template <class T, std::size_t N>
  AllOf& operator<<(const std::array<T, N>& items) {
    for (const T& item : items) *this << item;
    return *this;
  }
  AllOf& operator<<(const LayerRecord& l) {
    return *this << l.block << l.counts << l.mean_prob << l.dropped << l.token_entropy << l.load_entropy
                 << l.max_violation << l.assignment_drop_rate << l.token_drop_rate << l.router_grad_norm
                 << l.expert_grad_norm << l.aux.values;
  }
  AllOf& operator<<(const RankRecord& r) {
    return *this << r.compute_ms << r.exchange_ms << r.sum_ms << r.exchange_mb << r.rows;
  }
  AllOf& operator<<(const StepRecord& r) {
    return *this << r.step << r.tokens << r.model_id << r.revision << r.wall_s << r.step_ms << r.tokens_per_s
                 << r.loss << r.val_loss << r.train_accuracy << r.val_accuracy << r.total_loss << r.learning_rate
                 << r.grad_norm << r.aux.values << r.layers << r.ranks;
  }
  AllOf& operator<<(const ProbePlane& p) { return *this << p.xy << p.explained << p.axes; }
  AllOf& operator<<(const ProbeLayer& l) {
    *this << l.block << l.experts << l.top_k << l.ranked << l.expert << l.prob << l.weight << l.kept << l.entropy
          << l.pca << l.explained << l.gate_pca << l.choices << l.probabilities << l.logits << l.input
          << l.input_width << l.logit_plane;
    *this << l.gradient.task_norm << l.gradient.aux_norm << l.gradient.cosine << l.gradient.task_norm_all
          << l.gradient.aux_norm_all << l.gradient.cosine_all;
    return *this << l.card.experts << l.card.parameters << l.card.norm << l.card.similarity;
  }
  AllOf& operator<<(const Snapshot& s) {
    *this << s.revision << s.model_id << s.step << s.token_loss << s.layers << s.view.predicted
          << s.view.confidence << s.view.confusion;
    const PlaneMap& plane = s.view.plane;
    *this << plane.columns << plane.rows << plane.x_min << plane.x_max << plane.y_min << plane.y_max
          << plane.predicted << plane.first_expert;
    return *this << s.embedding << s.embedding_width << s.embedding_plane;
  }
  AllOf& operator<<(const ProbeTokens& t) {
    return *this << t.text << t.id << t.domain << t.domain_names << t.sequence_length;
  }
  AllOf& operator<<(const ProbePoints& p) {
    return *this << p.dims << p.classes << p.xy << p.explained << p.label << p.kind << p.class_names
                 << p.kind_names << p.x;
  }
  AllOf& operator<<(const RunEvent::Change& c) { return *this << c.key << c.before << c.after; }
  AllOf& operator<<(const KnobSetting& s) { return *this << s.key << s.value; }
  AllOf& operator<<(const RunEvent& e) {
    *this << e.kind << e.step << e.wall_s << e.changes << e.message << e.model_id << e.health.has_value()
          << e.gap.has_value() << e.took_s;
    if (e.health)
      *this << e.health->kind << e.health->layer << e.health->block << e.health->experts << e.health->began
            << e.health->noticed << e.health->ended << e.health->message << e.health->advice << e.health->remedy;
    if (e.gap) *this << e.gap->from << e.gap->to << e.gap->rows_kept << e.gap->rows_lost << e.gap->reason;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

template <class T>
std::string all_of(const T& value) {
  AllOf all;
  all << value;
  return all.bytes();
}

}  // namespace switchyard::test
