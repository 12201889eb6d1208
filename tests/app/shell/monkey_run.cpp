#include "tests/app/shell/monkey_run.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>
#include <variant>

#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/operate/after_plan.h"
#include "core/operate/expert_plan.h"
#include "tests/app/panels/panel_scene.h"
#include "tests/support/fake_run.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
// Beyond it a look costs more than a frame; such a model is refused, as one is that does not fit into memory.
constexpr std::int64_t kMostExperts = 200;

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

}  // namespace

MonkeyRun::MonkeyRun(std::uint64_t seed) : random_(seed, "the run of a monkey") {
  config_.layers = 2;
  status_.engine = {"1.13.1", "none", "cpu", 1};
  status_.corpus_name = "stories";
  status_.model_id = 1;
}

std::string MonkeyRun::complaint(const Command& command) const {
  return std::visit(
      Match{
          [](const SetConfig& c) {
            const auto problems = validate(c.config);
            return problems.empty() ? std::string()
                                    : "a configuration that is refused: " + problems.front().message;
          },
          [](const StepSome& c) { return c.steps > 0 ? std::string() : "no step at all"; },
          [](const Generate& c) {
            const bool sane =
                c.temperature >= 0 && c.temperature <= 100 && c.top_k >= 0 && c.tokens >= 0 && c.tokens < 100'000;
            return sane ? std::string() : "a strange wish to generate";
          },
          [](const Inspect& c) {
            return c.layer >= Inspect::no_layer && c.token >= 0 ? std::string()
                                                                : "a token or a layer that cannot be";
          },
          [](const Watch& c) { return c.input >= -1 && c.input < 100 ? std::string() : "a layer that cannot be"; },
          [](const auto&) { return std::string(); }},
      command);
}

void MonkeyRun::rebuild(EventKind kind) {
  RunEvent event;
  event.kind = kind;
  event.step = step_;
  event.model_id = ++status_.model_id;
  next_.events.push_back(event);
  // Now and then an older run goes on.
  step_ = one_in(4) ? static_cast<std::int64_t>(below(30)) : 0;
  next_.begins.push_back({fmt::format("run {}", step_ > 0 ? below(status_.model_id) : status_.model_id), status_.model_id, step_, nullptr});
  status_.alerts.clear();
  if (one_in(4)) loading_ = static_cast<int>(below(6));
}

void MonkeyRun::set_config(const SetConfig& wish) {
  status_.revision = wish.revision;
  if (wish.config.layers * wish.config.experts > kMostExperts || one_in(12)) {
    next_.notices.push_back({Notice::Level::error, "it does not fit into memory", wish.revision});
    return;
  }
  RunEvent event;
  event.kind = EventKind::set;
  event.step = step_;
  event.model_id = status_.model_id;
  for (const Knob* knob : changed_knobs(config_, wish.config))
    event.changes.push_back(
        {std::string(knob->key), to_text(knob->get(config_)), to_text(knob->get(wish.config))});
  next_.events.push_back(event);
  const bool rebuilds = change_cost(config_, wish.config) == KnobCost::rebuild;
  config_ = wish.config;
  if (rebuilds) rebuild(EventKind::rebuild);
}

void MonkeyRun::inspect(const Inspect& wish) {
  if (config_.task == TaskKind::clusters) return;
  FakeTrainer trainer(config_);
  auto found = trainer.inspect(wish.layer, wish.token);
  if (!found) return;
  if (wish.layer >= 0 && !one_in(5)) (void)trainer.inspect_more(*found, 1);
  found->id = wish.id;
  found->model_id = status_.model_id;
  if (one_in(6)) found->no_regret = "a model that is not routed has no other routes";
  next_.inspection = std::make_shared<Inspection>(std::move(*found));
}

void MonkeyRun::take(const Command& command) {
  std::visit(
      Match{[&](const SetConfig& c) { set_config(c); }, [&](const Play&) { status_.state = RunState::playing; },
            [&](const Pause&) { status_.state = RunState::paused; },
            [&](const StepSome& c) {
              status_.state = RunState::paused, steps_left_ = std::min<std::int64_t>(c.steps, 20);
            },
            [&](const ResetModel& c) {
              status_.revision = std::max(status_.revision, c.revision), rebuild(EventKind::reset);
            },
            [&](const BringBack& c) {
              set_config({c.config, c.revision, 0});
            },
            [&](const Operate& c) {
              const auto plan = plan_of(c.operation, config_, {});
              const auto after = plan ? config_after(*plan, config_) : plan.error();
              set_config({after ? *after : config_, c.revision, 0});
            },
            [](const Keep&) {}, [](const ChangeKept&) {}, [](const GoOn&) {},
            [&](const Generate& c) { writing_ = c, written_ = 0; },
            [&](const Watch& c) {
              // A look of the same step with more in it takes the place of the last.
              watch_ = c;
              if (step_ > 0 && loading_ <= 0) next_.snapshot = look();
            },
            [&](const Inspect& c) { inspect(c); }, [](const ExportWeights&) {},
            [&](const RecordRoutes& c) {
              status_.routes.recorded_in = one_in(4) ? std::string() : c.folder, status_.routes.recorded_steps = 0;
            },
            [&](const FollowRoutes& c) {
              status_.routes.followed = one_in(4) ? std::string() : c.folder, status_.routes.followed_steps = 0;
            },
            [](const Stop&) {}},
      command);
}

StepRecord MonkeyRun::record() {
  StepRecord made = fake_record(config_, step_, status_.model_id);
  made.revision = status_.revision;
  if (config_.ffn == Ffn::dense) made.layers.clear();
  if (one_in(40)) made.loss = made.total_loss = kNan;
  if (one_in(40)) made.val_loss = std::numeric_limits<double>::infinity();
  if (one_in(60)) made.loss = 1e30;
  for (LayerRecord& layer : made.layers) {
    if (one_in(60)) layer.counts.assign(layer.counts.size(), 0);
    if (one_in(60)) layer.mean_prob.clear();
    if (one_in(60)) layer.token_entropy = layer.load_entropy = layer.max_violation = kNan;
    if (one_in(60)) layer.router_grad_norm = 0;
  }
  return made;
}

std::shared_ptr<const Snapshot> MonkeyRun::look() {
  Snapshot made;
  if (config_.task == TaskKind::clusters) {
    const std::size_t experts = static_cast<std::size_t>(config_.experts);
    made = app::scene::snapshot({.layers = moe_blocks(config_).size(),
                                 .experts = experts,
                                 .top_k = std::min(experts, static_cast<std::size_t>(config_.top_k)),
                                 .passages = 1,
                                 .passage_tokens = 64 + below(100),
                                 .classes = static_cast<std::size_t>(config_.cluster_classes),
                                 .dims = static_cast<std::size_t>(config_.cluster_dims)});
  } else {
    made = fake_snapshot(config_, step_, status_.model_id, watch_);
  }
  if (config_.ffn == Ffn::dense) made.layers.clear();
  if (one_in(30)) made.token_loss.assign(made.token_loss.size(), kNan);
  if (one_in(40) && made.tokens) {
    auto few = std::make_shared<ProbeTokens>(*made.tokens);
    few->domain.clear();
    few->domain_names.clear();
    made.tokens = std::move(few);
  }
  for (ProbeLayer& layer : made.layers) {
    if (one_in(30)) layer.pca.assign(layer.pca.size(), 0);
    if (one_in(60)) layer.pca.assign(layer.pca.size(), kNan);
  }
  made.step = step_;
  made.model_id = status_.model_id;
  made.revision = ++looks_;
  return std::make_shared<Snapshot>(std::move(made));
}

void MonkeyRun::misbehave() {
  switch (below(8)) {
    case 0:
      status_.state = RunState::failed;
      status_.message = "the loss is not finite";
      break;
    case 1:
      silent_ = 20;
      break;
    case 2: {  // many steps at once, as after a long stall
      for (std::uint64_t i = 0, n = below(900); i < n; ++i) ++step_, next_.records.push_back(record());
      break;
    }
    case 3:
      loading_ = 4;
      break;
    case 4: {
      HealthAlert alert;
      alert.layer = static_cast<std::int32_t>(below(9));
      for (std::uint64_t i = 0, n = below(4); i < n; ++i)
        alert.experts.push_back(static_cast<std::int32_t>(below(300)));
      status_.alerts.push_back(alert);
      RunEvent event;
      event.kind = one_in(2) ? EventKind::health : EventKind::health_end;
      event.step = step_;
      event.model_id = status_.model_id;
      event.health = alert;
      next_.events.push_back(event);
      break;
    }
    case 5:
      next_.notices.push_back({Notice::Level::warning, std::string(below(900), 'w'), below(3)});
      break;
    case 6:
      rebuild(EventKind::rebuild);  // that nobody asked for
      break;
    default:
      next_.snapshot = look();  // of a step that is shown already
  }
}

Update MonkeyRun::news() {
  if (silent_ > 0) --silent_;
  else if (loading_ > 0) --loading_;
  else if (one_in(25)) misbehave();
  if (loading_ > 0) status_.state = RunState::loading;
  else if (status_.state == RunState::loading) status_.state = RunState::playing;
  if (loading_ <= 0 && !status_.config) status_.config = std::make_shared<Config>(config_);
  if (silent_ <= 0 && loading_ <= 0) {
    const bool runs = status_.state == RunState::playing || steps_left_ > 0;
    for (std::uint64_t i = 0, n = runs ? below(12) : 0; i < n; ++i) {
      ++step_;
      if (steps_left_ > 0) --steps_left_;
      next_.records.push_back(record());
      if (step_ % 10 == 1) next_.snapshot = look();
    }
    if (writing_.tokens > written_) {
      GenerationChunk chunk{writing_.id, {}, false};
      for (int i = 0; i < 9 && written_ < writing_.tokens; ++i, ++written_)
        chunk.tokens.push_back(
            {one_in(9)    ? "\u00e9"
             : one_in(30) ? "\n"
                          : "a",
             {0, static_cast<std::int32_t>(below(static_cast<std::uint64_t>(config_.experts)))}});
      chunk.done = written_ >= writing_.tokens;
      next_.generation.push_back(std::move(chunk));
    }
  }
  if (status_.config) status_.config = std::make_shared<Config>(config_);
  status_.step = step_;
  status_.vocabulary =
      config_.task == TaskKind::clusters ? static_cast<std::int32_t>(config_.cluster_classes) : 64;
  status_.bigram_loss = config_.task == TaskKind::clusters ? 0 : 2.31;
  next_.status = status_;
  return std::exchange(next_, {});
}

}  // namespace switchyard::test
