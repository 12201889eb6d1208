// What a person may ask of a run. Thread safety: values.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <variant>

#include "core/base/looks.h"
#include "core/config/config.h"
#include "core/operate/operation.h"
#include "core/run/kept_change.h"

namespace switchyard {

// Whoever sends commands numbers those that change what is learned, rising: `revision`. Where one of them ends a model, that
// model can be asked back by the number.
struct SetConfig {
  Config config;
  std::uint64_t revision = 0;
  std::uint64_t first_revision = 0;  // of the ones merged into this; 0: none were
};
// Does this to experts of the model. BringBack takes it back: with the model that was kept before it.
struct Operate {
  Operation operation;
  std::uint64_t revision = 0;
  bool against_shadow = false;  // its verdict: held against a copy that learns beside it untouched
};
struct Play {};
struct Pause {};
// Runs this many optimizer steps, then pauses.
struct StepSome {
  std::int64_t steps = 1;
};
struct ResetModel {
  std::uint64_t revision = 0;
};
// Takes a command back: with the model that `ended_by` (its revision) ended, as it was, and its run goes on. Where it ended
// none, or one of another shape than `config`, a SetConfig.
struct BringBack {
  std::uint64_t ended_by = 0;
  Config config;  // in force from then on
  std::uint64_t revision = 0;
};
// Goes on with another run, as find_run_to_go_on() finds it (run_to_go_on.h), or from a point of this one; the one of now
// ends.
struct GoOn {
  std::string where;
  bool as_child = false;  // in a run of its own: what lies behind that point stays as it is
  std::uint64_t revision = 0;
};
// Keeps the model of now under a name.
struct Keep {
  std::string name;
};
// Changes what is kept of this run, of one before it, or of one that nobody holds. Its answer is a KeptChanged.
struct ChangeKept {
  KeptChange change;
};
// Continues a prompt between training steps; a new one replaces the old. tokens 0: stop.
struct Generate {
  std::uint64_t id = 0;
  std::string prompt;
  double temperature = 0.8;
  std::int64_t top_k = 0;
  std::int64_t tokens = 200;
};
// One token of the newest snapshot's tokens in every layer, and its counterfactual in one, worked out between training
// steps. A new one replaces what is under way; no_layer: the distributions alone, and what is under way ends.
struct Inspect {
  static constexpr std::int32_t no_layer = -1;
  std::uint64_t id = 0;
  std::int32_t layer = no_layer;  // among the MoE layers
  std::int32_t token = 0;         // among the probe's tokens
};
// Writes the weights into the run folder now.
struct ExportWeights {};
// Whom the tokens of every step from now on go to is written into a new folder; an empty one: no more.
struct RecordRoutes {
  std::string folder;
};
// Tokens go to the experts recorded in this folder, at the same steps, in place of the router's own choice; an
// empty one: the router chooses again.
struct FollowRoutes {
  std::string folder;
};
struct Stop {};

// Watch (core/base/looks.h): what later snapshots hold; when it asks for more than before, a new one comes at once.
using Command =
    std::variant<SetConfig, Operate, Play, Pause, StepSome, ResetModel, BringBack, GoOn, Keep, ChangeKept,
                 Generate, Watch, Inspect, ExportWeights, RecordRoutes, FollowRoutes, Stop>;

// Puts a command behind those that wait. Of two neighbours of one kind one is left: of SetConfig and Watch the later, of
// StepSome their sum. Nothing overtakes another, but for Stop, which goes first: the window is closing.
void enqueue(std::deque<Command>& waiting, Command command);

}  // namespace switchyard
