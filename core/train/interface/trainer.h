// The trainer as everybody outside the engine sees it: synchronous, complete without a thread, and free
// of torch. The engine library implements it (core/train/trainer_impl.h) and is loaded at run time
// (engine_loader.h) or linked by tests.
//
// Thread safety: one trainer belongs to the thread that created it. Nothing throws: every failure is an
// Error, and after one the model is as it was before the call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/operate/operation.h"
#include "core/train/interface/intervention.h"
#include "core/train/interface/state.h"
#include "core/train/interface/step_routes.h"
#include "core/train/interface/trial.h"

namespace switchyard {

// The model on data it does not learn from; no noise.
struct Evaluation {
  double loss = 0;      // cross-entropy, nats a token or point; with what UnknownCharacters charges
  double accuracy = 0;  // share whose most probable output is the right one; of <unk> none is
};

class Trainer {
 public:
  virtual ~Trainer() = default;

  virtual const Config& config() const = 0;
  virtual const DataInfo& data() const = 0;
  // The bytes that data().text.source is the fingerprint of, a text or a file of points, to be kept with the run; null
  // where there is no file, or a large one (kMaxKeptTextBytes).
  virtual std::shared_ptr<const std::string> text() const { return nullptr; }
  virtual EngineInfo info() const = 0;
  virtual std::uint32_t model_id() const = 0;    // grows with every new model
  // The model of now has this number, those that follow the next ones. Before anything is told of it.
  virtual void number_models_from(std::uint32_t first) = 0;
  virtual std::int64_t step() const = 0;         // optimizer steps done

  // Makes `config` the current one: live and next-batch knobs in place (expert surgery included), a
  // rebuild knob builds a new model from the seed at step 0. `revision` marks what follows.
  // usage: invalid, corpus unreadable, or needs more than 70 % of the free memory; nothing changed, nor by a
  // failure.
  virtual Result<void> apply(const Config& config, std::uint64_t revision) = 0;

  // Does this to experts of the model, which stays the same one; `config` has as many as there are then. What was
  // done, for a person. usage: there is no such expert, or the settings do not allow what would be left (fewer
  // experts than top_k); failure: no memory. Nothing changed.
  virtual Result<std::string> operate(const Operation& operation, std::uint64_t revision) = 0;

  // A new model from the seed, at step 0. usage: there is no room for it beside the old one, which stands.
  virtual Result<void> reset() = 0;

  // One slice of work: a micro-batch. Returns a record when it completed an optimizer step.
  // diverged: a loss or gradient is not finite; the weights are those before the step, and the next slice is its
  // first again, with the same batches and draws.
  virtual Result<std::optional<StepRecord>> advance() = 0;

  // From the next step on: `tap` is told of every step that is made, every token goes to the experts that `guide`
  // names, whose weights are still the gate's, so that it learns. Null: no longer. Both outlive the trainer.
  // usage: this trainer cannot. A step that the guide has not, or of another shape, is refused by advance(), with
  // what differs.
  virtual Result<void> tell_routes(RouteTap*) { return usage_error("this trainer tells no routes"); }
  virtual Result<void> follow_routes(RouteGuide*) { return usage_error("this trainer follows no routes"); }

  // Looks at the fixed probe tokens or points, and at what `watch` names besides. Draws nothing from the training's
  // random streams.
  virtual Result<Snapshot> probe(const Watch& watch) = 0;
  Result<Snapshot> probe() { return probe(Watch{}); }

  // One of the probe's tokens in every MoE layer, and what its counterfactual in `layer` will try; no sets yet. layer
  // below 0: the distributions alone, done. usage: no such token or layer.
  virtual Result<Inspection> inspect(std::int32_t layer, std::int32_t token) = 0;
  // Tries some more of the sets, about `seconds` of work but at least one; `inspection` is what inspect() made, or this.
  // usage: the model has other experts or layers by now, or is another.
  virtual Result<void> inspect_more(Inspection& inspection, double seconds) = 0;

  // What becomes of held-out data, in evaluation, under an intervention; an empty one is the model as it is.
  // Nothing of it stays, and no random stream of training is touched. usage: as check_intervention() says.
  virtual Result<Trial> try_out(const Intervention&, const TrialWish&) {
    return usage_error("this trainer tries nothing out");
  }

  // Over the fixed validation batches of a text, or all test points.
  virtual Result<Evaluation> validate() = 0;

  // The weights, Hugging Face style names, in a fixed order. None: they cannot be had any more, since another
  // process that has some of them is gone.
  virtual std::vector<NamedTensor> weights() const = 0;
  // All of them, by name; usage: a name or shape is missing or wrong, nothing changed.
  virtual Result<void> load_weights(const std::vector<NamedTensor>& weights) = 0;

  // All that decides how it goes on, as of the end of the last step: what is done of the next one is not in it and
  // not disturbed. Into memory that `into` has from the call before; a stall of one copy. usage: the model was
  // loaded without its data.
  virtual Result<void> save(TrainerState& into) const = 0;
  // Goes on from a state as the trainer it was taken from would have: with the same EngineInfo to the bit, else as
  // resume_difference() says (resume.h). Where the configuration leaves threads, device or precision open they are
  // those the state was made with, as far as they can be had. model_id() grows; the next records have the
  // state's revision. usage, and nothing changed: invalid; it is of data with other outputs than there are now; a
  // tensor is missing, unknown or has another shape; it needs too much memory beside the model that stands.
  virtual Result<void> restore(const TrainerState& state) = 0;

  // Texts are for task = language; of another task these three are usage errors.
  //
  // The model's every routing decision on `text` (UTF-8, at most `context` tokens), in evaluation.
  virtual Result<RouteTrace> route(const std::string& text, bool with_router_inputs) = 0;

  // Continues `prompt` token by token. start_generation forgets the previous text; an empty prompt
  // starts from a newline. top_k 0: all tokens; temperature 0: greedy.
  virtual Result<void> start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                        std::uint64_t seed) = 0;
  virtual Result<GeneratedToken> generate_token() = 0;
};

}  // namespace switchyard
