// A state is all that decides how a trainer goes on.
#include "core/train/interface/state.h"

#include <gmock/gmock.h>

#include <bit>
#include <functional>
#include <map>

#include "core/config/knobs.h"
#include "core/train/interface/resume.h"
#include "core/train/interface/slow_precision.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace {

using testing::HasSubstr;

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

// --- what a state holds

TEST(State, HoldsEveryTensorByNameZerosToo) {
  Config config = small();
  config.bias_rate = 0.1;
  auto trainer = make(config);
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  EXPECT_EQ(state.step, 0);
  std::size_t end = 0, weights = 0, moments = 0, biases = 0;
  for (const StateTensors::Entry& entry : state.tensors.entries) {
    EXPECT_EQ(entry.begin, end) << entry.name;
    std::int64_t count = 1;
    for (const std::int64_t size : entry.shape) count *= size;
    EXPECT_EQ(entry.count, static_cast<std::size_t>(count));
    end += entry.count;
    (entry.name.starts_with("adam.") ? moments : weights) += entry.count;
    biases += entry.name.ends_with("e_score_correction_bias");
  }
  EXPECT_EQ(end, state.tensors.values.size());
  EXPECT_EQ(biases, 2U);
  std::size_t learned = 0;
  for (const NamedTensor& tensor : trainer->weights()) learned += tensor.values.size();
  EXPECT_EQ(moments, 2 * learned) << "nothing that is not learned has moments";
  EXPECT_EQ(weights, learned + 2 * 4 + trainer->data().outputs.size()) << "biases and counts";

  // A bias that has moved goes back to zero.
  losses(*trainer, 3);
  TrainerState moved;
  ASSERT_TRUE(trainer->save(moved));
  EXPECT_EQ(moved.drawn, 6);
  EXPECT_EQ(moved.optimizer_steps, 3);
  EXPECT_EQ(moved.loads.size(), 2U);
  ASSERT_TRUE(trainer->restore(state));
  TrainerState back;
  ASSERT_TRUE(trainer->save(back));
  EXPECT_EQ(back.tensors.values, state.tensors.values);
  EXPECT_TRUE(same_values(trainer->weights(), make(config)->weights()));
}

// In the middle of a step it is that of the last one's end.
TEST(State, InTheMiddleOfAStepIsOfItsStart) {
  Config config = small();
  config.accumulation = 3;
  auto trainer = make(config);
  losses(*trainer, 1);
  TrainerState end, middle;
  ASSERT_TRUE(trainer->save(end));
  ASSERT_TRUE(trainer->advance());
  ASSERT_TRUE(trainer->save(middle));
  EXPECT_EQ(middle.tensors.values, end.tensors.values);
  EXPECT_EQ(middle.drawn, 6);
  EXPECT_EQ(middle.tokens, end.tokens);
}

TEST(State, MemoryOfTheCallBeforeIsUsedAgain) {
  auto trainer = make(small());
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  const float* values = state.tensors.values.data();
  const StateTensors::Entry* entries = state.tensors.entries.data();
  losses(*trainer, 1);
  ASSERT_TRUE(trainer->save(state));
  EXPECT_EQ(state.tensors.values.data(), values);
  EXPECT_EQ(state.tensors.entries.data(), entries);
}

TEST(State, WhatDoesNotFitIsNamedAndChangesNothing) {
  auto trainer = make(small()), alone = make(small());
  losses(*trainer, 2);
  losses(*alone, 2);
  TrainerState good;
  ASSERT_TRUE(trainer->save(good));
  const auto refused = [&](const char* message, const std::function<void(TrainerState&)>& spoil) {
    TrainerState state = good;
    spoil(state);
    const auto restored = trainer->restore(state);
    ASSERT_FALSE(restored) << message;
    EXPECT_EQ(restored.error().kind, ErrorKind::usage);
    EXPECT_THAT(restored.error().message, HasSubstr(message));
    const auto created = TrainerImpl::create(state);
    ASSERT_FALSE(created) << message;
    EXPECT_THAT(created.error().message, HasSubstr(message));
  };
  const auto entry = [](TrainerState& state, std::string_view name) -> StateTensors::Entry& {
    for (StateTensors::Entry& e : state.tensors.entries)
      if (e.name == name) return e;
    ADD_FAILURE() << name;
    return state.tensors.entries.front();
  };
  refused("'model.norm.weight' is missing",
          [&](TrainerState& s) { entry(s, "model.norm.weight").name = "model.norm.wait"; });
  refused("'adam.second/model.norm.bias' is missing", [](TrainerState& s) {
    std::erase_if(s.tensors.entries, [](const auto& e) { return e.name == "adam.second/model.norm.bias"; });
  });
  refused("'other' does not belong", [](TrainerState& s) { s.tensors.entries.push_back({"other", {1}, 0, 1}); });
  refused("there twice", [](TrainerState& s) { s.tensors.entries.push_back(s.tensors.entries.front()); });
  refused("has shape [17], this model needs [16]",
          [&](TrainerState& s) { entry(s, "model.norm.weight").shape = {17}; });
  refused("'model.norm.weight' has shape", [&](TrainerState& s) { entry(s, "model.norm.weight").count = 15; });
  refused("beyond", [](TrainerState& s) { s.tensors.values.pop_back(); });
  refused("beyond", [&](TrainerState& s) { entry(s, "model.norm.weight").begin = ~std::size_t{0} - 3; });
  refused("step = -1", [](TrainerState& s) { s.step = -1; });
  refused("drawn = 9223372036854775807",
          [](TrainerState& s) { s.drawn = std::numeric_limits<std::int64_t>::max(); });
  refused("wall_s", [](TrainerState& s) { s.wall_s = std::nan(""); });
  refused("loads of 1 layers", [](TrainerState& s) { s.loads.pop_back(); });
  refused("loads of 5 experts", [](TrainerState& s) { s.loads[1].push_back(0); });
  refused("a load of", [](TrainerState& s) { s.loads[1][2] = -1; });
  refused("differ from number 3 on", [](TrainerState& s) { s.outputs[2] = "?"; });
  refused("outputs", [](TrainerState& s) { s.outputs.pop_back(); });
  refused("top_k", [](TrainerState& s) { s.config.top_k = 0; });
  refused("shape", [](TrainerState& s) { s.config.d_ff = 13; });
  refused("to train", [](TrainerState& s) {
    s.config.d_model = 4096, s.config.d_ff = 16384, s.config.layers = 48, s.config.experts = 256;
  });
  EXPECT_EQ(trainer->model_id(), 1U);
  EXPECT_EQ(losses(*trainer, 2), losses(*alone, 2));

  auto dataless = TrainerImpl::create_for_weights(small(), good.outputs);
  ASSERT_TRUE(dataless);
  EXPECT_FALSE((*dataless)->save(good));
  EXPECT_FALSE((*dataless)->restore(good));
}

// --- what the machine has

TEST(State, WhatAutoMeantIsKept) {
  Config config = small();
  config.threads = 0;
  config.precision = Precision::automatic;
  auto trainer = make(config);
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  EXPECT_EQ(state.config, config) << "the configuration says auto";
  EXPECT_EQ(state.engine.threads, trainer->info().threads);
  EXPECT_FALSE(state.engine.processor.empty());

  // Made on a machine with one thread, and the other precision.
  const bool fp32 = state.engine.auto_precision == "fp32";
  state.engine.threads = 1;
  state.engine.auto_precision = fp32 ? "bf16" : "fp32";
  auto other = TrainerImpl::create(state);
  ASSERT_TRUE(other);
  EXPECT_EQ((*other)->config(), config);
  EXPECT_EQ((*other)->info().threads, 1);
  EXPECT_EQ((*other)->info().auto_precision, state.engine.auto_precision);
  EXPECT_EQ(resume_difference(state.engine, (*other)->info()), "");
  Config named = config;
  named.threads = 1;
  named.precision = fp32 ? Precision::bf16 : Precision::fp32;
  EXPECT_EQ(losses(**other, 2), losses(*make(named), 2));
  Config live = config;
  live.learning_rate = 1e-3;
  ASSERT_TRUE((*other)->apply(live, 1));
  EXPECT_EQ((*other)->info().threads, 1) << "an edit does not ask the machine again";

  // More threads than there are here: as many as there are.
  state.engine.threads = 10'000;
  ASSERT_TRUE((*other)->restore(state));
  EXPECT_EQ((*other)->info().threads, trainer->info().threads);
  EXPECT_THAT(resume_difference(state.engine, (*other)->info()), HasSubstr("10000 threads → "));
  losses(*make(small()), 1);  // leaves one thread behind
}

TEST(SlowPrecision, IsSaidWhereTheProcessorDoesNotMultiplyBf16) {
  Config config;
  EngineInfo engine{"1.13.1", "OpenBLAS SkylakeX, OpenMP", "cpu", 2, "fp32", "AVX-512"};
  EXPECT_EQ(slow_precision(config, engine), "") << "fp32";
  config.precision = Precision::automatic;
  EXPECT_EQ(slow_precision(config, engine), "") << "takes what is fast";
  config.precision = Precision::bf16;
  EXPECT_THAT(slow_precision(config, engine), HasSubstr("(AVX-512)"));
  for (const char* fast : {"AVX-512, BF16", "AVX-512, AMX", ""}) {
    engine.processor = fast;
    EXPECT_EQ(slow_precision(config, engine), "") << fast;
  }
  engine = {.libtorch = "", .blas = "", .device = "cuda:0", .processor = "AVX2"};
  EXPECT_EQ(slow_precision(config, engine), "");
}

TEST(ResumeDifference, NamesWhatDiffersInOneLine) {
  EngineInfo saved{"1.13.1", "OpenBLAS SkylakeX, OpenMP", "cpu", 2, "fp32", "AVX-512"};
  EXPECT_EQ(resume_difference(saved, saved), "");
  EngineInfo now = saved;
  now.blas = "OpenBLAS Haswell, OpenMP";
  EXPECT_EQ(resume_difference(saved, now),
            "goes on, not bit for bit: OpenBLAS SkylakeX, OpenMP → OpenBLAS Haswell, OpenMP");
  now.threads = 1;
  now.processor = "AVX2";
  now.libtorch = "2.6.0";
  now.device = "cuda:0";
  now.auto_precision = "bf16";
  EXPECT_EQ(resume_difference(saved, now),
            "goes on, not bit for bit: 2 threads → 1, cpu → cuda:0, OpenBLAS SkylakeX, OpenMP → OpenBLAS Haswell, "
            "OpenMP, "
            "AVX-512 → AVX2, LibTorch 1.13.1 → 2.6.0, precision auto fp32 → bf16");
  EXPECT_EQ(resume_difference({}, now), "goes on, not bit for bit: precision auto fp32 → bf16")
      << "what is not told is not compared";
}

}  // namespace
}  // namespace switchyard
