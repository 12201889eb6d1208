#include "tests/support/fake_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "core/base/random.h"
#include "core/config/cost.h"

namespace switchyard::test {
namespace {

struct Passage {
  const char* domain;
  const char* text;
};
constexpr Passage kPassages[] = {
    {"narrative", "Once upon a time there was a small red fox who lived by the mill. "},
    {"dialogue", "\"Where are you going?\" asked the owl. \"To the market,\" said the fox. "},
    {"arithmetic", "3 + 12 = 15. 15 - 7 = 8. 8 * 2 = 16. 16 / 4 = 4. 4 + 9 = 13. "},
    {"lists", "- flour 200 g\n- butter 50 g\n- sugar 3 spoons\n- eggs 2\n- a little salt\n"},
    {"code", "for (i = 0; i < n; i++) { sum += a[i]; }\nif (sum > 9) { sum = 0; }\n"},
};
constexpr std::int64_t kSequence = 64;

double normalised_entropy(const std::vector<double>& p) {
  double h = 0;
  for (const double x : p)
    if (x > 0) h -= x * std::log(x);
  return p.size() > 1 ? h / std::log(static_cast<double>(p.size())) : 0;
}

// Shares that begin uneven and even out, each expert at its own pace.
std::vector<double> shares(std::size_t experts, std::int64_t step, int layer) {
  std::vector<double> share(experts);
  const double unevenness = 0.9 * std::exp(-static_cast<double>(step) / 400) + 0.12;
  for (std::size_t e = 0; e < experts; ++e)
    share[e] = std::exp(unevenness * std::sin(1.7 * static_cast<double>(e) + 0.9 * layer +
                                              static_cast<double>(step) / (90 + 7 * static_cast<double>(e % 5))));
  const double sum = std::accumulate(share.begin(), share.end(), 0.0);
  for (double& s : share) s /= sum;
  return share;
}

LayerRecord fake_layer(const Config& config, std::int32_t block, int layer, std::int64_t step) {
  const auto n = static_cast<std::size_t>(config.experts);
  const std::int64_t assignments = config.batch_size * config.context * config.accumulation * config.top_k;
  const std::vector<double> share = shares(n, step, layer);
  LayerRecord r;
  r.block = block;
  std::int64_t left = assignments;
  std::vector<double> f(n);
  double load_max = 0, product = 0;
  for (std::size_t e = 0; e < n; ++e) {
    // The last one takes the remainder, so that counts add up.
    const std::int64_t count =
        e + 1 == n ? left
                   : std::min<std::int64_t>(left, std::llround(share[e] * static_cast<double>(assignments)));
    left -= count;
    r.counts.push_back(static_cast<float>(count));
    r.mean_prob.push_back(static_cast<float>(share[e]));
    f[e] = static_cast<double>(count) / static_cast<double>(assignments);
    load_max = std::max(load_max, f[e]);
    product += f[e] * share[e];
  }
  const double experts = static_cast<double>(n);
  r.router_grad_norm = static_cast<float>(0.02 + 0.2 * std::exp(-static_cast<double>(step) / 60));
  r.expert_grad_norm = static_cast<float>(0.15 + 0.8 * std::exp(-static_cast<double>(step) / 90));
  r.load_entropy = static_cast<float>(normalised_entropy(f));
  r.token_entropy = static_cast<float>(0.45 + 0.5 * std::exp(-static_cast<double>(step) / 250));
  r.max_violation = static_cast<float>(load_max * experts - 1);
  r.aux[AuxLoss::switch_balance] = static_cast<float>(experts * product);
  r.aux[AuxLoss::z] = static_cast<float>(std::pow(std::log(experts), 2) + 0.5);
  if (config.overflow == Overflow::drop_late) {
    double kept = 0;
    for (const double x : f) kept += std::min(x, config.capacity_factor / experts);
    r.assignment_drop_rate = static_cast<float>(1 - kept);
    r.dropped = static_cast<float>((1 - kept) * static_cast<double>(assignments));
    r.token_drop_rate = static_cast<float>(std::pow(1 - kept, static_cast<double>(config.top_k)));
  }
  return r;
}

}  // namespace

std::string fake_story() { return kPassages[0].text; }

std::shared_ptr<const Corpus> fake_corpus() {
  static const std::shared_ptr<const Corpus> corpus = [] {
    auto made = std::make_shared<Corpus>();
    std::u32string text;
    for (const Passage& passage : kPassages)
      for (const char* c = passage.text; *c; ++c) text.push_back(static_cast<unsigned char>(*c));
    made->name = "stories";
    made->vocabulary = Vocabulary::from_text(text, text);
    for (const Passage& passage : kPassages) {
      const auto domain = static_cast<std::uint8_t>(made->domains.size());
      made->domains.emplace_back(passage.domain);
      for (const char* c = passage.text; *c; ++c)
        for (Split* split : {&made->train, &made->validation}) {
          split->tokens.push_back(made->vocabulary.id(static_cast<unsigned char>(*c)));
          split->domain.push_back(domain);
        }
    }
    made->bigram_loss = 2.31;
    return made;
  }();
  return corpus;
}

StepRecord fake_record(const Config& config, std::int64_t step, std::uint32_t model_id) {
  RandomStream noise(static_cast<std::uint64_t>(config.seed) + static_cast<std::uint64_t>(step), "fake record");
  const double t = static_cast<double>(step);
  const double per_step = static_cast<double>(config.batch_size * config.context * config.accumulation);
  StepRecord r;
  r.step = step;
  r.model_id = model_id;
  r.tokens = static_cast<std::int64_t>(t * per_step);
  r.step_ms = 60 + 4 * noise.uniform();
  r.wall_s = 0.062 * t;
  r.tokens_per_s = 1000 * per_step / r.step_ms;
  r.loss = 1.02 + 2.5 * std::exp(-t / 180) + 0.03 * noise.normal();
  r.train_accuracy = std::exp(-r.loss);
  if (step % config.val_interval == 0) {
    r.val_loss = 1.06 + 2.5 * std::exp(-t / 180);
    r.val_accuracy = std::exp(-r.val_loss);
  }
  const double warm = config.warmup_steps > 0 ? std::min(1.0, t / static_cast<double>(config.warmup_steps)) : 1;
  const double done = std::min(1.0, t / static_cast<double>(config.schedule_steps));
  r.learning_rate = warm * (config.min_lr + (config.learning_rate - config.min_lr) * 0.5 *
                                                (1 + std::cos(std::numbers::pi * done)));
  r.grad_norm = 0.4 + 0.2 * noise.uniform() + 2 * std::exp(-t / 40);
  const auto blocks = moe_blocks(config);
  for (std::size_t l = 0; l < blocks.size(); ++l) {
    r.layers.push_back(fake_layer(config, blocks[l], static_cast<int>(l), step));
    for (const AuxLoss loss : {AuxLoss::switch_balance, AuxLoss::z})
      r.aux[loss] += config.*coefficient_of(loss) * r.layers.back().aux[loss];
  }
  r.total_loss = r.loss;
  for (const double term : r.aux.values) r.total_loss += term;
  return r;
}

namespace {

// What a Watch asks of a layer, like a model's that has learned something.
void fill_in(ProbeLayer& layer, const Watch& watch, bool with_input) {
  const auto n = static_cast<std::size_t>(layer.experts), ranked = static_cast<std::size_t>(layer.ranked);
  const std::size_t tokens = layer.entropy.size();
  if (watch.distributions) {
    layer.probabilities.assign(tokens * n, 0);
    for (std::size_t t = 0; t < tokens; ++t) {
      float left = 1;
      for (std::size_t r = 0; r < ranked; ++r) {
        layer.probabilities[t * n + static_cast<std::size_t>(layer.expert[t * ranked + r])] = layer.prob[t * ranked + r];
        left -= layer.prob[t * ranked + r];
      }
      for (std::size_t e = 0; e < n; ++e)
        if (float& p = layer.probabilities[t * n + e]; p == 0) p = left / static_cast<float>(n - std::min(n - 1, ranked));
    }
    for (const float p : layer.probabilities) layer.logits.push_back(std::log(p));
  }
  if (with_input) {
    layer.input = layer.pca;
    layer.input_width = 2;
  }
  if (watch.logit_plane) {  // the same cloud a quarter of a turn on
    for (std::size_t t = 0; t < tokens; ++t) {
      layer.logit_plane.xy.push_back(-layer.pca[2 * t + 1]);
      layer.logit_plane.xy.push_back(layer.pca[2 * t]);
    }
    layer.logit_plane.explained = {0.6f, 0.2f};
    for (std::size_t e = 0; e < n; ++e) {
      layer.logit_plane.axes.push_back(-layer.gate_pca[2 * e + 1]);
      layer.logit_plane.axes.push_back(layer.gate_pca[2 * e]);
    }
  }
  for (std::size_t e = 0; e < n; ++e) {
    const auto share = static_cast<float>(e + 1) / static_cast<float>(n);
    if (watch.gradients) {
      layer.gradient.task_norm.push_back(0.04F * (1.5F - share));
      layer.gradient.aux_norm.push_back(0.02F * share);
      layer.gradient.cosine.push_back(1 - 2 * share);
    }
    if (watch.experts) {
      layer.card.norm.push_back(9 + 2 * share);
      for (std::size_t other = 0; other < n; ++other)
        layer.card.similarity.push_back(e == other ? 1.0F : 0.1F / static_cast<float>(1 + (e > other ? e - other : other - e)));
    }
  }
  if (watch.gradients) {
    layer.gradient.task_norm_all = 0.09F;
    layer.gradient.aux_norm_all = 0.03F;
    layer.gradient.cosine_all = -0.2F;
  }
  if (watch.experts) {
    layer.card.experts = layer.experts;
    layer.card.parameters = 24'832;
  }
}

}  // namespace

Snapshot fake_snapshot(const Config& config, std::int64_t step, std::uint32_t model_id, const Watch& watch) {
  static const std::shared_ptr<const ProbeTokens> tokens = [] {
    auto made = std::make_shared<ProbeTokens>();
    const auto corpus = fake_corpus();
    made->sequence_length = kSequence;
    made->domain_names = corpus->domains;
    std::size_t start = 0;
    for (const Passage& passage : kPassages) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(kSequence); ++i) {
        const std::int32_t id = corpus->validation.tokens[start + i];
        made->text.push_back(corpus->vocabulary.token(id));
        made->id.push_back(id);
        made->domain.push_back(corpus->validation.domain[start + i]);
      }
      start += std::string_view(passage.text).size();
    }
    return made;
  }();
  Snapshot s;
  s.model_id = model_id;
  s.step = step;
  s.tokens = tokens;
  const std::size_t count = tokens->id.size();
  for (std::size_t t = 0; t < count; ++t)
    s.token_loss.push_back((t + 1) % kSequence == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                    : 0.2f + 0.05f * static_cast<float>(tokens->id[t] % 40));
  const auto blocks = moe_blocks(config);
  for (std::size_t l = 0; l < blocks.size(); ++l) {
    ProbeLayer layer;
    layer.block = blocks[l];
    layer.experts = static_cast<std::int32_t>(config.experts);
    layer.top_k = static_cast<std::int32_t>(config.top_k);
    layer.ranked = std::min(layer.experts, std::max(layer.top_k, 4));
    layer.explained = {0.39f, 0.17f};
    for (std::size_t t = 0; t < count; ++t) {
      // Experts by domain at first, then by character: something to see in every colouring.
      const auto first =
          static_cast<std::int32_t>((tokens->domain[t] + 3 * l + static_cast<std::size_t>(tokens->id[t]) % 3) %
                                    static_cast<std::size_t>(layer.experts));
      float chosen = 0, p = 0.6f;
      for (std::int32_t r = 0; r < layer.ranked; ++r, p *= 0.4f) {
        layer.expert.push_back((first + r) % layer.experts);
        layer.prob.push_back(p);
        if (r < layer.top_k) chosen += p;
      }
      p = 0.6f;
      for (std::int32_t r = 0; r < layer.top_k; ++r, p *= 0.4f) {
        layer.weight.push_back(config.gate == Gate::softmax ? p : p / chosen);
        layer.kept.push_back(config.overflow == Overflow::dropless || (t + static_cast<std::size_t>(r)) % 11 != 0);
      }
      layer.entropy.push_back(0.38f);
      const float angle =
          2 * std::numbers::pi_v<float> * static_cast<float>(first) / static_cast<float>(layer.experts);
      layer.pca.push_back(3 * std::cos(angle) + 0.02f * static_cast<float>(tokens->id[t]));
      layer.pca.push_back(2 * std::sin(angle) + 0.03f * static_cast<float>(t % 17));
    }
    for (std::int32_t e = 0; e < layer.experts; ++e) {
      const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(e) / static_cast<float>(layer.experts);
      layer.gate_pca.insert(layer.gate_pca.end(), {0.3F * std::cos(angle), 0.2F * std::sin(angle)});
    }
    fill_in(layer, watch, watch.input == static_cast<std::int32_t>(l));
    s.layers.push_back(std::move(layer));
  }
  for (std::size_t t = 0; t < count; ++t) {
    const auto id = static_cast<float>(tokens->id[t]), place = 0.1f * static_cast<float>(t % static_cast<std::size_t>(kSequence));
    if (watch.embedding_plane) s.embedding_plane.xy.insert(s.embedding_plane.xy.end(), {id, place});
    if (watch.embeddings) s.embedding.insert(s.embedding.end(), {id, place, id * place});
  }
  if (watch.embedding_plane) s.embedding_plane.explained = {0.5f, 0.25f};
  if (watch.embeddings) s.embedding_width = 3;
  return s;
}

History fake_history(const Config& config, std::int64_t steps, HistoryOptions options) {
  History history(options);
  for (std::int64_t step = 1; step <= steps; ++step) history.append(fake_record(config, step));
  return history;
}

}  // namespace switchyard::test
