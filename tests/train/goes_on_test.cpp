// A trainer that goes on from a state goes on as if it had never stopped, to the bit.
#include "core/train/interface/state.h"

#include <gmock/gmock.h>

#include <bit>
#include <functional>
#include <map>

#include "core/config/knobs.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// All of a record but what clocks say and which trainer it is of; bits, since a NaN equals nothing.
std::vector<std::uint64_t> bits_of(const StepRecord& record) {
  std::vector<std::uint64_t> bits;
  const auto add = [&](double value) { bits.push_back(std::bit_cast<std::uint64_t>(value)); };
  bits.push_back(static_cast<std::uint64_t>(record.step));
  bits.push_back(static_cast<std::uint64_t>(record.tokens));
  for (const double value : {record.loss, record.val_loss, record.train_accuracy, record.val_accuracy,
                             record.total_loss, record.learning_rate, record.grad_norm})
    add(value);
  for (const AuxLoss which : kAuxLosses) add(record.aux[which]);
  for (const LayerRecord& layer : record.layers) {
    bits.push_back(static_cast<std::uint64_t>(layer.block));
    for (const float value : layer.counts) add(value);
    for (const float value : layer.mean_prob) add(value);
    for (const float value :
         {layer.dropped, layer.token_entropy, layer.load_entropy, layer.max_violation, layer.assignment_drop_rate,
          layer.token_drop_rate, layer.router_grad_norm, layer.expert_grad_norm})
      add(value);
    for (const AuxLoss which : kAuxLosses) add(layer.aux[which]);
  }
  return bits;
}

constexpr std::int64_t kBefore = 3, kAfter = 3;

// What is done to a trainer that has come to a step.
using Edit = std::function<void(Config&)>;
struct Case {
  const char* name;
  Edit config;
  std::map<std::int64_t, Edit> edits = {};
  std::int64_t slices = 0;  // of the step that the edits interrupt
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

// A name, and a knob set to a value for each "key=value".
Case with(const char* name, std::vector<std::string> settings) {
  return {name, [=](Config& config) {
            for (const std::string& setting : settings) {
              const std::size_t at = setting.find('=');
              ASSERT_TRUE(set_from_text(config, setting.substr(0, at), setting.substr(at + 1))) << setting;
            }
          }};
}

std::vector<Case> cases() {
  std::vector<Case> all{
      with("plain", {}),
      with("softmax", {"gate=softmax"}),
      with("sigmoid", {"gate=sigmoid", "bias_rate=0.01"}),
      with("sinkhorn", {"gate=sinkhorn"}),
      with("base", {"gate=base"}),
      with("expert_choice", {"gate=expert-choice", "aux_coef=0", "expert_dropout=0.2"}),
      with("random", {"gate=random", "aux_coef=0", "z_coef=0"}),
      with("soft", {"gate=soft", "aux_coef=0", "z_coef=0", "slots=3", "expert_dropout=0.2"}),
      with("noise", {"noise_std=0.5", "load_coef=0.01"}),
      with("jitter", {"jitter=0.2", "logit_dropout=0.2"}),
      with("learned_gaussian", {"learned_noise=gaussian", "importance_coef=0.01"}),
      with("learned_uniform", {"learned_noise=uniform", "router_bias=true"}),
      with("drop_late", {"overflow=drop-late", "capacity_factor=0.7"}),
      with("drop_late_token", {"overflow=drop-late-token", "capacity_factor=0.7"}),
      with("drop_low", {"overflow=drop-low", "capacity_factor=0.7"}),
      with("drop_bpr", {"overflow=drop-bpr", "capacity_factor=0.7"}),
      with("drop_random", {"overflow=drop-random", "capacity_factor=0.7", "eval_capacity_factor=1"}),
      with("bias", {"bias_rate=0.01"}),
      with("centred_bias", {"bias_rate=0.01", "bias_rule=centred"}),
      with("groups", {"route_groups=2", "route_groups_kept=1"}),
      with("dropout", {"expert_dropout=0.3", "shared_experts=1", "moe_every=2"}),
      with("dense", {"ffn=dense", "expert_dropout=0.3"}),
      with("shared_router", {"shared_router=true", "bias_rate=0.01", "noise_std=0.3"}),
      with("bare", {"residual=false", "tied_head=false", "expert=gelu"}),
      with("rmsnorm", {"norm=rmsnorm", "expert=relu", "expert_bias=false", "attention_bias=false"}),
      with("bf16", {"precision=bf16", "expert_dropout=0.2", "noise_std=0.3"}),
      with("auto", {"precision=auto", "device=auto", "noise_std=0.3"}),
      with("two_threads", {"threads=2", "noise_std=0.5"}),
      with("unclipped", {"grad_clip=0", "weight_decay=0.3", "gshard_coef=0.01"}),
  };
  for (std::int64_t slices = 1; slices <= 3; ++slices) {
    Case edited =
        with("accumulation", {"accumulation=4", "noise_std=0.5", "expert_dropout=0.2", "balance_scope=global"});
    edited.edits[kBefore - 1] = [](Config& config) { config.learning_rate *= 0.5; };
    edited.edits[kBefore + 1] = [](Config& config) { config.noise_std = 0.3; };
    edited.slices = slices;
    all.push_back(edited);
  }
  Case surgery = with("surgery", {"noise_std=0.5", "bias_rate=0.01", "bias_rule=centred"});
  surgery.edits[kBefore - 1] = [](Config& config) { config.experts = 6; };
  all.push_back(surgery);
  Case later = with("surgery_later", {"expert_dropout=0.1"});
  later.edits[kBefore + 1] = [](Config& config) { config.experts = 7; };
  later.edits[kBefore + 2] = [](Config& config) { config.experts = 3; };
  all.push_back(later);
  Case batch = with("batch_size", {"noise_std=0.5"});
  batch.edits[1] = [](Config& config) { config.batch_size = 5; };
  batch.edits[kBefore + 1] = [](Config& config) { config.batch_size = 3; };
  all.push_back(batch);
  // Points have no ids to hash.
  const Edit hash = [](Config& config) {
    config.gate = config.task == TaskKind::language ? Gate::hash : Gate::random;
  };
  all.push_back({"hash", [=](Config& config) {
                   config.aux_coef = config.z_coef = 0;
                   hash(config);
                 }});
  Case gates = with("gate_changes", {"aux_coef=0", "z_coef=0"});
  gates.edits[2] = hash;
  all.push_back(gates);
  return all;
}

class GoesOn : public ::testing::TestWithParam<std::tuple<TaskKind, Case>> {
 protected:
  GoesOn() : config_(small()) {
    config_.task = std::get<0>(GetParam());
    config_.cluster_points = 40;
    config_.val_interval = 2;
    kind().config(config_);
    if (config_.task == TaskKind::clusters) config_.batch_size *= 11;
  }
  static const Case& kind() { return std::get<1>(GetParam()); }
  // To step `until`, edits included; `before_each` slice.
  static std::vector<std::vector<std::uint64_t>> go(
      Trainer& trainer, std::int64_t until, const std::function<void()>& before_each = [] {}) {
    std::vector<std::vector<std::uint64_t>> records;
    while (trainer.step() < until) {
      if (const auto edit = kind().edits.find(trainer.step()); edit != kind().edits.end()) {
        for (std::int64_t i = 0; i < kind().slices; ++i) EXPECT_TRUE(trainer.advance());
        Config config = trainer.config();
        edit->second(config);
        const auto applied = trainer.apply(config, static_cast<std::uint64_t>(trainer.step()));
        EXPECT_TRUE(applied) << applied.error().message;
      }
      before_each();
      const StepRecord record = step(trainer);
      if (testing::Test::HasFailure()) return records;
      records.push_back(bits_of(record));
    }
    return records;
  }
  Config config_;
};

TEST_P(GoesOn, ToTheBit) {
  auto straight = make(config_), other = make(config_);
  ASSERT_FALSE(HasFailure());
  go(*straight, kBefore);
  go(*other, kBefore);
  TrainerState state, again;
  ASSERT_TRUE(other->save(state));
  EXPECT_EQ(state.step, kBefore);
  const auto wanted = go(*straight, kBefore + kAfter);
  ASSERT_FALSE(HasFailure());

  auto fresh = TrainerImpl::create(state);
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_EQ((*fresh)->config(), other->config());
  EXPECT_EQ(go(**fresh, kBefore + kAfter), wanted) << "in a new trainer";
  EXPECT_TRUE(same_bits((*fresh)->weights(), straight->weights()));

  const auto watched = go(*other, kBefore + kAfter, [&] {
    ASSERT_TRUE(other->save(again));
    ASSERT_TRUE(other->probe());
  });
  EXPECT_EQ(watched, wanted) << "looked at and kept";

  // A rebuild, some steps, and back.
  Config deeper = config_;
  deeper.layers = 3;
  ASSERT_TRUE(other->apply(deeper, 9));
  step(*other);
  ASSERT_TRUE(other->advance());
  const std::uint32_t model_id = other->model_id();
  const auto restored = other->restore(state);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_GT(other->model_id(), model_id);
  ASSERT_TRUE(other->save(again));
  EXPECT_EQ(again.tensors.values.size(), state.tensors.values.size());
  EXPECT_EQ(std::memcmp(again.tensors.values.data(), state.tensors.values.data(),
                        state.tensors.values.size() * sizeof(float)),
            0);
  EXPECT_EQ(go(*other, kBefore + kAfter), wanted) << "back from a rebuild";
  EXPECT_TRUE(same_bits(other->weights(), straight->weights()));
}

std::string name_of_case(const testing::TestParamInfo<GoesOn::ParamType>& info) {
  const Case& c = std::get<1>(info.param);
  return (std::get<0>(info.param) == TaskKind::language ? "text_" : "points_") + std::string(c.name) +
         (c.slices > 0 ? std::to_string(c.slices) : "");
}
INSTANTIATE_TEST_SUITE_P(All, GoesOn,
                         ::testing::Combine(::testing::Values(TaskKind::language, TaskKind::clusters),
                                            ::testing::ValuesIn(cases())),
                         name_of_case);

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
