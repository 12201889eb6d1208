// What is learned, behind one interface: a task owns the data and the model, the trainer owns the optimizer, the
// step and the clock, and knows no task by name. One file a task: language_task, cluster_task.
//
// Thread safety: belongs to the trainer's thread. Methods may throw what torch throws; the trainer guards them.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/data/clusters.h"
#include "core/data/corpus.h"
#include "core/model/layers/transformer.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

// A micro-batch through the model.
struct TaskPass {
  ForwardPass pass;
  at::Tensor logits;           // [T, outputs]
  at::Tensor targets;          // [T] int64
  at::Tensor inputs;           // [T] int64 ids of a text; undefined: points
  std::int64_t sequences = 1;  // T = sequences x length; points are one group
  // Of a text with <unk> (UnknownCharacters): its id, and what its targets are charged, mean nats over the T.
  std::int64_t unknown = -1;
  double unknown_nats = 0;
};

class Task {
 public:
  virtual ~Task() = default;
  virtual Model& model() = 0;

  // A micro-batch of training, or a rank's part of it: so many examples, before which `drawn` were drawn since the
  // model was built. It follows from the seed and that number alone.
  virtual TaskPass train(std::int64_t examples, const PassContext& context, std::int64_t drawn) = 0;
  // Where several have the same model (`replicas`; null: one has) they may share it out: all get the same answer.
  virtual Evaluation validate(const Config& config, const PassContext& context, RankGroup* replicas) = 0;
  // Everything but revision, model_id and step is filled in.
  virtual Snapshot look(const Config& config, const PassContext& context, const Watch& watch) = 0;
  // Contracts: Trainer::inspect and inspect_more, of which this is one part.
  virtual Result<Inspection> inspect(const Config& config, const PassContext& context, std::int32_t layer,
                                     std::int32_t token) = 0;
  virtual void inspect_more(const PassContext& context, Inspection& inspection) = 0;
  // Contract: Trainer::try_out, for tokens as TrialWish. How many they come to; and all but model_id and step.
  virtual std::int64_t tokens_to_try(const Config& config, std::int64_t tokens) = 0;
  virtual Trial try_out(const Config& config, const PassContext& context, std::int64_t tokens) = 0;

  // After a change of the configuration, live or not.
  virtual void reconfigured(const Config&) {}

  // Texts; usage where the task has none.
  virtual Result<RouteTrace> route(const Config& config, const PassContext& context, const std::string& text,
                                   bool with_router_inputs);
  virtual Result<void> start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                        std::uint64_t seed);
  virtual Result<GeneratedToken> generate_token(const Config& config, const PassContext& context);
};

// What a task learns from; shared, so that a new model does not read it again.
struct TaskData {
  std::variant<std::shared_ptr<const Corpus>, std::shared_ptr<const ClusterData>> source;
  DataInfo info;
  bool trainable = true;  // false: only the names of the outputs are known
};

// Whether both name the same data, as far as knobs say it.
bool learns_from_the_same(const Config& a, const Config& b);

// What `config` names. `before`, where it is given, was loaded for `config_before` and is used again if it still
// fits. usage: a text or points that cannot be read.
Result<std::shared_ptr<const TaskData>> load_data(const Config& config);
Result<std::shared_ptr<const TaskData>> reload_data(const Config& config, const Config& config_before,
                                                    std::shared_ptr<const TaskData> before);
// For weights that are loaded, never trained: `outputs` as in DataInfo.
Result<std::shared_ptr<const TaskData>> data_for_weights(const Config& config,
                                                         const std::vector<std::string>& outputs);

// With the classes, dimensions and number of a file's points in place of those of drawn ones: what a model of them
// is built by.
Config as_data_is(Config config, const TaskData& data);

// Of logits [T, C] and targets [T]: how many have their largest logit at the target; none of those whose target is
// `never_right`.
std::int64_t count_right(const at::Tensor& logits, const at::Tensor& targets, std::int64_t never_right = -1);

}  // namespace switchyard
