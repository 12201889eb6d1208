// The plain types that cross threads: what one training step did (StepRecord), and what a probe of the
// model on a fixed set of tokens saw (Snapshot). No tensor, no pointer to anything mutable.
//
// Definitions of every figure: core/measure/routing_metrics.h. NaN means "does not exist here".
// Layers and experts count from 0 everywhere. Thread safety: values; a published Snapshot is const.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/alert.h"
#include "core/base/aux_loss.h"
#include "core/base/event_kind.h"
#include "core/base/looks.h"
#include "core/base/text_facts.h"

namespace switchyard {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// One MoE layer in one optimizer step; counts cover all its micro-batches.
struct LayerRecord {
  std::int32_t block = 0;          // index among the transformer's blocks
  std::vector<float> counts;       // [N] assignments an expert was chosen for, before capacity; soft: mass
  std::vector<float> mean_prob;    // [N] P: mean clean router probability
  float dropped = 0;               // assignments dropped by capacity
  float token_entropy = 0;         // mean H(p_t) / ln N, 0 to 1
  float load_entropy = 0;          // H(f) / ln N, 0 to 1
  float max_violation = 0;         // max c / mean c - 1, 0 to N/k - 1
  float assignment_drop_rate = 0;  // 1 - kept / (k T)
  float token_drop_rate = 0;       // share of tokens that lost all k
  // Norms of the gradient of total_loss before clipping: over all parameters of the layer's router (a router that layers
  // share shows the same in each) and over those of its experts. NaN without any that learn.
  float router_grad_norm = std::numeric_limits<float>::quiet_NaN();
  float expert_grad_norm = std::numeric_limits<float>::quiet_NaN();
  // Each without its coefficient, mean over micro-batches; NaN where it was not computed or has no meaning.
  PerAuxLoss<float> aux = PerAuxLoss<float>::filled(std::numeric_limits<float>::quiet_NaN());
};

// What one of several processes that train a model did in a step (core/model/ranks). Times in collectives have the
// waiting for others in them: of each kind that is what a rank spent more than the one that spent least.
struct RankRecord {
  float compute_ms = 0;   // its own work
  float exchange_ms = 0;  // all-to-all of tokens to their experts and back
  float sum_ms = 0;       // sums of gradients, counts and figures
  float exchange_mb = 0;  // what it sent of tokens, 1e6 bytes
  std::vector<float>
      rows;  // [ranks] assignments of its tokens that each rank computed; empty where none shares experts out
};

struct StepRecord {
  std::int64_t step = 0;      // optimizer steps done since the model was built, this one included
  std::int64_t tokens = 0;    // tokens trained on so far
  std::uint32_t model_id = 0;    // grows at every rebuild or reset
  std::uint64_t revision = 0;    // last configuration applied before this step
  double wall_s = 0;          // seconds spent training so far: pauses excluded
  double step_ms = 0;
  double ahead_ms = 0;  // of step_ms: the pass ahead of balance_scope = global-exact. Live alone, in no record
  double tokens_per_s = 0;
  double loss = 0;            // cross-entropy only, nats a token (of points: a point), training batch; of a text with <unk>
                              // with what UnknownCharacters charges, as are all losses of its tokens
  double val_loss = kMissing; // cross-entropy only, nats a token; on the steps that evaluated
  // Share of tokens (points) whose most probable output is the right one: of the training batch as it was learned
  // from, noise and drops included; of the validation text or the whole test split, on the steps that evaluated.
  double train_accuracy = kMissing, val_accuracy = kMissing;
  double total_loss = 0;      // what was optimised: loss + sum over layers of coefficient x loss
  double learning_rate = 0;
  double grad_norm = 0;       // before clipping
  PerAuxLoss<double> aux;     // sum over layers of coefficient x loss, as added to the total
  std::vector<LayerRecord> layers;  // one per MoE layer
  std::vector<RankRecord> ranks;    // in the order of ranks; empty: one process
};

// The tokens every probe of a model looks at: `sequences` stretches of validation text.
struct ProbeTokens {
  std::vector<std::string> text;         // [tokens] UTF-8 of each token as it should be shown
  std::vector<std::int32_t> id;          // [tokens]
  std::vector<std::uint8_t> domain;      // [tokens] index into domain_names; empty if unknown
  std::vector<std::string> domain_names;
  std::int32_t sequence_length = 0;      // tokens = sequences x sequence_length
  bool are_numbers = false;  // `text` has numbers of tokens, or nothing: their characters are not known
};

// What a trainer learns from, for those who record and show it.
struct DataInfo {
  std::string name;                  // "stories", a file's name without its folders, "spirals"
  std::vector<std::string> outputs;  // what the columns of the logits stand for: characters, or classes
  std::int64_t examples = 0;         // characters or points, both splits; 0: there is nothing to train on
  double bigram_loss = 0;            // text: nats, the bar a model with memory must get under; else 0
  double largest_share = kMissing;   // of one output in the held-out split: what always guessing it scores; never of <unk>
  std::string path = {};             // of a file: absolute, as Config::corpus and points hold it. For the run's own record alone
  TextFacts text = {};               // `source` of a file of points too
  std::int32_t dims = 0;             // of points
  std::string note = {};             // of a file of points: how it was read
  // Of a file of points, else empty, [dims]: as in ProbePoints.
  std::vector<std::string> axis_names = {};
  std::vector<double> centre = {}, spread = {};
};

// The points every probe of a model looks at: a fair sample of the test split, in a fixed order.
struct ProbePoints {
  std::int32_t dims = 0, classes = 0;
  std::vector<float> xy;  // [points, 2] two dimensions: the coordinates as the model gets them; more: their two leading components
  std::array<float, 2> explained{};  // share of variance of each, with more than two dimensions
  std::vector<std::int32_t> label;   // [points] class
  std::vector<std::uint8_t> kind;    // [points] index into kind_names
  std::vector<std::string> class_names, kind_names;
  std::vector<float> x;              // [points, dims] as the model gets them
  // Of a file's points, else empty: the coordinates' names, and what makes the file's own numbers of x: centre + spread x.
  std::vector<std::string> axis_names;  // [dims]
  std::vector<double> centre, spread;   // [dims]
  double own(std::size_t axis, double at) const { return axis < spread.size() ? centre[axis] + spread[axis] * at : at; }
};

// Evaluation of a classifier at a grid of points: row 0 is the lowest y, column 0 the lowest x; cell (r, c) stands for
// its centre.
struct PlaneMap {
  std::int32_t columns = 0, rows = 0;  // 0: there is none
  float x_min = 0, x_max = 0, y_min = 0, y_max = 0;  // edges of the outermost cells
  std::vector<std::int32_t> predicted;                  // [rows, columns] class
  std::vector<std::vector<std::int32_t>> first_expert;  // [MoE layers][rows, columns]
};

// What a classifier makes of its test split.
struct PointView {
  std::vector<std::int32_t> predicted;  // [points]
  std::vector<float> confidence;        // [points] probability of the predicted class
  std::vector<std::int32_t> confusion;  // [classes, classes] points of true class (row) by predicted class, of the whole split
  PlaneMap plane;                       // two dimensions only
};

// One MoE layer's view of the probe tokens. Noise is off, capacity as in evaluation.
struct ProbeLayer : LayerChoices {
  std::int32_t ranked = 0;   // R >= k: `expert` is [T, R] here, behind the chosen k the others by p
  std::vector<float> prob;   // [T, R] clean router probability
  std::vector<float> entropy;        // [tokens] H(p) / ln N
  std::vector<float> pca;            // [tokens, 2] router input in its two leading components
  std::array<float, 2> explained{};  // share of variance of each, 0 to 1
  std::vector<float> gate_pca;       // [N, 2] the gate's rows in the same axes, as directions; empty without a gate
  bool choices = true;               // false: soft mixing, nothing is chosen: `expert` lists the largest shares

  // What a Watch asked for; empty otherwise.
  std::vector<float> probabilities;  // [tokens, N] p; empty too where the gate has none
  std::vector<float> logits;         // [tokens, N] clean router logits; empty too where there are none, and of soft mixing
  std::vector<float> input;          // [tokens, width] what the router sees
  std::int32_t input_width = 0;
  ProbePlane logit_plane;            // of the clean router logits, `axes` [N, 2]; empty too where there are none
  GateGradients gradient;
  ExpertCards card;
};

struct Snapshot {
  std::uint64_t revision = 0;
  std::uint32_t model_id = 0;
  std::int64_t step = 0;
  // One of the two, by the task. What follows counts points as tokens.
  std::shared_ptr<const ProbeTokens> tokens;
  std::shared_ptr<const ProbePoints> points;
  std::vector<float> token_loss;  // [tokens] nats; the last token of a sequence is NaN
  std::vector<ProbeLayer> layers; // one per MoE layer
  PointView view;                 // of points
  std::int64_t of_tokens = 0;     // these are a sample of so many; 0: they are all there are

  // What a Watch asked for, of a text; empty otherwise.
  std::vector<float> embedding;      // [tokens, width] what the first block is given: token + position
  std::int32_t embedding_width = 0;
  ProbePlane embedding_plane;        // of them
};

// A named block of a model's memory: weights leave the engine like this.
struct NamedTensor {
  std::string name;                  // Hugging Face style
  std::vector<std::int64_t> shape;
  std::vector<float> values;         // row-major
};

// What `route` reports: the model's full decision on a given text, for an independent check.
struct RouteTrace {
  struct Layer : LayerChoices {
    std::int32_t width = 0;
    std::vector<float> router_logits;    // [T, N], soft mixing [T, N slots]; empty where the gate has none
    std::vector<float> router_input;     // [T, width]; empty unless asked for
  };
  std::vector<std::string> tokens;  // [T]
  std::size_t unknown = 0, left_out = 0;  // characters of the text read as <unk>; and those without any token
  std::int32_t vocabulary = 0;
  std::vector<float> logits;        // [T, vocabulary]
  std::vector<Layer> layers;
};

// A run of generated tokens; streamed piece by piece.
struct GeneratedToken {
  std::string text;
  std::vector<std::int32_t> first_expert;  // [MoE layers] the token's first choice in each
};

// Where the numbers come from: shown in the status line, --version and config.json.
struct EngineInfo {
  std::string libtorch;     // "1.13.1"
  std::string blas;         // "OpenBLAS SkylakeX (openmp)"
  std::string device;       // "cpu"
  std::int32_t threads = 0;
  std::string auto_precision = "fp32";  // what precision = auto means here; of a trainer, to its model
  std::string processor = {};           // what our own loops choose by: "AVX-512, AMX"; empty: not known
  std::string layout = {};              // processes that train it, data x expert parallel: "1x1"; empty: not known
};

// A time in which what was to be recorded could not be written.
struct RecordingGap {
  std::int64_t from = 0, to = 0;              // steps of the rows that had to wait
  std::int64_t rows_kept = 0, rows_lost = 0;  // of metrics.csv: written late, or never
  std::string reason;
};

// Something that happened to the run at a step: a user's edit, an alert, a rebuild, an export.
struct RunEvent {
  EventKind kind{};
  std::int64_t step = 0;  // first step it acts on; of weights the step they are of
  double wall_s = 0;
  // kinds set and rebuild: each changed knob and its values as text.
  struct Change {
    std::string key, before, after;
  };
  std::vector<Change> changes;
  std::string message;    // other kinds
  std::uint32_t model_id = 0;           // the model whose steps `step` counts; the one that ends, at a rebuild
  std::optional<HealthAlert> health{};  // kinds health and health_end
  std::optional<RecordingGap> gap{};    // kind recording_gap
  double took_s = kMissing;             // kind weights: what writing them took
};

}  // namespace switchyard
