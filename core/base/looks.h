// What can be seen of a model on request: plain types that cross threads. Nothing of this is computed unless a
// Watch or an Inspect asks for it.
//
// N experts, k experts a token; layers count among the MoE layers, from 0. NaN means "does not exist here".
// Thread safety: values; once published const.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace switchyard {

// One layer's routing decisions on T tokens, wherever they are reported.
struct LayerChoices {
  std::int32_t block = 0;            // of the transformer
  std::int32_t experts = 0;          // N
  std::int32_t top_k = 0;            // k; of expert choice the most a token has
  std::vector<std::int32_t> expert;  // [T, k] best first; -1, in a recording of another program's: not recorded
  std::vector<float> weight;         // [T, k] combine weight
  std::vector<std::uint8_t> kept;    // [T, k] 0: dropped by capacity, or never taken (expert choice)
  bool best_first = true;  // false, in such a recording: they stand by number, and no first choice is known
};

// What later Snapshots hold beyond what every Snapshot holds. By default nothing: a hidden view costs nothing.
struct Watch {
  bool distributions = false;    // ProbeLayer::probabilities and logits
  bool gradients = false;        // ProbeLayer::gradient: a backward pass over the probe's tokens
  bool experts = false;          // ProbeLayer::card: a pass over the experts' weights
  std::int32_t input = -1;       // ProbeLayer::input of this layer; -1: of none
  bool logit_plane = false;      // ProbeLayer::logit_plane
  bool embedding_plane = false;  // Snapshot::embedding_plane, of a text
  bool embeddings = false;       // Snapshot::embedding, of a text
  bool operator==(const Watch&) const = default;

  // Whether a look made for `had` lacks something of this.
  bool exceeds(const Watch& had) const {
    return (distributions && !had.distributions) || (gradients && !had.gradients) || (experts && !had.experts) ||
           (input >= 0 && input != had.input) || (logit_plane && !had.logit_plane) ||
           (embedding_plane && !had.embedding_plane) || (embeddings && !had.embeddings);
  }
  // Both wishes; of two layers' inputs this one's.
  Watch with(const Watch& other) const {
    return {distributions || other.distributions, gradients || other.gradients,     experts || other.experts,
            input >= 0 ? input : other.input,     logit_plane || other.logit_plane, embedding_plane || other.embedding_plane,
            embeddings || other.embeddings};
  }
};

// The probe's tokens as vectors, in the two leading components of that cloud: core/measure/pca.h.
struct ProbePlane {
  std::vector<float> xy;             // [tokens, 2] centred on the mean
  std::array<float, 2> explained{};  // share of variance of each, 0 to 1
  std::vector<float> axes;           // [width, 2] the unit vectors of the space in the plane; of logits only

  bool empty() const { return xy.empty(); }
};

// Gradients at the rows of one layer's gate, z_i = w_i x, of the two parts of what is optimised, over the tokens
// of the probe without noise or drops: task = cross-entropy, aux = the sum over layers of coefficient x loss. Per
// row i, so per expert, and over all rows. Empty where the gate has no logits.
struct GateGradients {
  std::vector<float> task_norm;  // [N] |g_task|, Euclidean
  std::vector<float> aux_norm;   // [N] |g_aux|; 0 without auxiliary losses
  std::vector<float> cosine;     // [N] of the two: below 0 they pull apart; NaN where one is 0
  // The same of all rows as one vector.
  float task_norm_all = 0, aux_norm_all = 0, cosine_all = 0;

  bool empty() const { return task_norm.empty(); }
  // |g_aux| / (|g_task| + |g_aux|), 0 to 1; NaN where both are 0.
  float aux_share(std::size_t expert) const { return share(task_norm[expert], aux_norm[expert]); }
  float aux_share_all() const { return share(task_norm_all, aux_norm_all); }
  static float share(float task, float aux) { return aux / (task + aux); }
};

// The weights of one layer's experts, all matrices and biases of an expert as one vector. Hidden units are
// compared in place: two experts that compute the same with their units in another order are not alike here.
struct ExpertCards {
  std::int32_t experts = 0;
  std::int64_t parameters = 0;    // of one expert
  std::vector<float> norm;        // [N] Euclidean
  std::vector<float> similarity;  // [N, N] cosine, 1 on the diagonal
  bool empty() const { return experts == 0; }
};

// One set of experts a token could have had in a layer in place of its own.
struct RouteSet {
  std::vector<std::int32_t> experts;  // [k] rising
  // Loss of the token with this set minus its loss on its own route, both by the same weights; nats. Below 0:
  // better.
  float difference = 0;
};

// What an Inspect brings up: one token in every layer, and in one layer what other routes would have made of it.
//
// Regret: the token's loss on its own route minus the least over all sets of k experts in that layer, >= 0. Gate
// weights are those of the set, the routes of all other tokens stay, later layers route the token as they would;
// no noise, no capacity. Training goes on between two parts of the work; each part compares with the own route by
// its own weights.
struct Inspection {
  std::uint64_t id = 0;
  std::uint32_t model_id = 0;
  std::int64_t step = 0;              // of the model the distributions are of
  std::int32_t layer = 0, token = 0;  // token: index into the probe's

  // The token in one MoE layer.
  struct Layer : LayerChoices {  // of one token
    std::vector<float> probability;  // [N] p; empty where the gate has none
    std::vector<float> logit;        // [N] clean; empty where the gate has none
  };
  std::vector<Layer> layers;
  float loss = 0;  // of the token on its own route, nats; NaN: nothing follows it to predict

  std::string no_regret;          // why there is no counterfactual, for people; empty: there is
  std::vector<std::int32_t> own;  // [k] the route compared with, rising
  std::vector<RouteSet> sets;     // those tried so far, the own one not among them, least difference first
  std::int64_t planned = 0;       // sets that will have been tried
  double possible = 0;            // C(N, k) - 1; more than planned: a sample was drawn
  bool done = false;

  bool sampled() const { return possible > static_cast<double>(planned); }  // regret is then a lower bound
  // 0 if no set tried so far is better; NaN before any was.
  float regret() const {
    if (sets.empty()) return std::numeric_limits<float>::quiet_NaN();
    return std::max(0.0F, -sets.front().difference);
  }
};

}  // namespace switchyard
