// Operations that give a model other layers, which are made anew of all that the old ones have learned; the rest
// of the model, step, data and curves stay as they are (core/train/optimizer/remodelled.h).
//
// upcycle. Of a dense model (ffn = dense) one whose every MoE layer has N experts, k a token, each of them the
// dense feed-forward that stood there, and a router as drawn at a beginning (Komatsuzaki 2023, 2212.05055). With
// groups = G the feed-forward is cut in width into G parts, each of which N / G experts are copies of; those of
// one copy of the whole, its virtual group, stand beside each other and have the same row of the router, so that a
// token that goes to one goes to all (NVIDIA 2024, 2410.07524). k is a multiple of G, G itself where nothing is
// said. With r each expert has floor(r width) of its hidden dimensions drawn anew, the same ones of w1, w3,
// their biases and w2: of each of these from a normal distribution with mean and standard deviation of what stood
// there (Drop-Upcycling, 2502.19261).
//
// split all. Each expert becomes two of half its width beside each other, with its row of the router both; k
// doubles. That is its whole width then. The halves of "split 0.3" (expert_plan.h) stay as wide as other experts:
// each keeps what the other half reads and gives no weight to it, so it adds nothing at first and learns from the
// next step on, as layers grow elsewhere (Net2Net, 1511.05641; zeros on the way out).
//
// What is added up afterwards is what was: the chosen weigh W in sum (1, of gate = sigmoid route_scale), so of an
// upcycled expert w2 is multiplied by G / W and its bias by 1 / W; of a half w2 by 2, since both share one's
// weight. So with r = 0 the logits of evaluation are the same but for rounding. That takes a gate that weighs
// alike whatever is chosen: others are refused. Noise parts the members of a virtual group, and halves, from the
// next step on.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/operate/operation.h"

namespace switchyard {

// Whether it is one of them.
bool remodels(const Operation& operation);

// The settings then. usage, with the reason: they cannot be, or the model would no longer make what it did.
Result<Config> remodelled(const Operation& operation, const Config& config);

// The settings after any operation, as far as they do not depend on loads. usage: it cannot be done.
Result<Config> settings_after(const Operation& operation, const Config& config);

// What the weights of a token's chosen experts sum to, where it is the same for all tokens: 1, or route_scale.
double weight_of_chosen(const Config& config);

// What was done, for a person; `before`, `after`: the settings.
std::string sentence_of(const Operation& operation, const Config& before, const Config& after);

}  // namespace switchyard
