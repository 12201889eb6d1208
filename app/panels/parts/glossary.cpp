#include "app/panels/parts/glossary.h"

#include <algorithm>
#include <string>

#include "app/ui/fuzzy.h"

namespace switchyard::app {
namespace {

// Words of the window that are no figure of a panel: their formula, what chance gives, what is healthy, source,
// what they are.
constexpr MetricNote kExpert{
    "Expert",
    "E_i(x) = W₂ act(W₁ x)",
    "",
    "each is used, and for something of its own",
    "Jacobs 1991; Shazeer 2017",
    "One of several feed-forward networks of a layer; a token visits only a few of them."};
constexpr MetricNote kRouter{"Router",
                             "z = W x; y = Σ over the chosen i of g_i E_i(x)",
                             "",
                             "sure of its choices, and all experts are used",
                             "Shazeer 2017 (1701.06538)",
                             "The small layer that sends each token to its experts; also called the gate."};
constexpr MetricNote kGate{
    "Gate", "g = softmax(z), sigmoid(z) / Σ, …", "1/N each",
    "",     "the knob Gate names them all",      "How the router's logits become a choice and combine weights."};
constexpr MetricNote kTopK{"Top-k",
                           "the k largest of z (+ noise, + selection bias)",
                           "k/N of the tokens for each expert",
                           "1 or 2 of 8; more where experts are small",
                           "Shazeer 2017",
                           "How many experts each token is sent to."};
constexpr MetricNote kWeight{"Combine weight",       "g_i in y = Σ g_i E_i(x)",
                             "1/k where normalised", "",
                             "Shazeer 2017",         "How much one expert's answer counts for a token."};
constexpr MetricNote kLogit{"Logit",
                            "z_i = w_i · x",
                            "0 at the start",
                            "small: see the router z-loss",
                            "",
                            "The router's score of one expert for one token."};
constexpr MetricNote kToken{
    "Token", "", "", "", "", "What the model reads and writes piece by piece: here one character, or one point."};
constexpr MetricNote kFair{"Fair share", "k/N of the tokens, 1×",
                           "",           "loads near it",
                           "",           "What each expert would get if all got the same."};
constexpr MetricNote kDead{"Dead expert",
                           "c_i = 0 over a window in which 100 tokens and more were expected",
                           "",
                           "none",
                           "Switch Transformer (Fedus 2021)",
                           "An expert that no token chooses: its weights learn nothing any more."};
constexpr MetricNote kStarving{"Starving expert",
                               "c_i below 0.1 of its fair share over a window",
                               "",
                               "none",
                               "",
                               "An expert that gets so little that it hardly learns."};
constexpr MetricNote kCollapse{"Collapse",
                               "effective experts near 1",
                               "",
                               "does not happen: a balance loss or bias keeps it away",
                               "Shazeer 2017",
                               "A few experts take all tokens, get better by it, and take even more."};
constexpr MetricNote kLift{
    "Lift",      "P(both) / (P(one) P(other))",
    "1×",        "far from 1×: they have to do with each other",
    "Brin 1997", "How many times more often two things meet than their own frequencies would have it."};
constexpr MetricNote kControl{"Control",
                               "the same number of choices of the layer's other experts taken out, drawn 20 times",
                               "",
                               "",
                               "core/causes/ablation.h",
                               "What any hole of that size costs; an effect counts only beyond it."};
constexpr MetricNote kCapacity{"Capacity factor",
                               "an expert takes at most C = ceil(factor k T / N)",
                               "1: exactly its fair share",
                               "1.25 in training, 2 in evaluation",
                               "GShard (Lepikhin 2020), Switch (Fedus 2021)",
                               "How many tokens an expert has room for, as a multiple of its fair share."};
constexpr MetricNote kDropless{
    "Dropless", "C = ∞", "", "", "MegaBlocks (Gale 2022)", "Every choice is computed, whatever the load."};
constexpr MetricNote kOverflow{"Overflow",
                               "tokens beyond C",
                               "",
                               "few",
                               "the knob Overflow names the ways",
                               "What happens to tokens whose expert is full."};
constexpr MetricNote kBias{"Selection bias",
                           "b_i += rate · sign(mean c − c_i); chosen by z + b, weighted by z alone",
                           "0 at the start",
                           "as large as it must be for even loads",
                           "Wang 2024 (2408.15664), DeepSeek-V3",
                           "Balances without a loss: busy experts are handicapped in the choice."};
constexpr MetricNote kShared{"Shared experts",
                             "y = Σ g_i E_i(x) + S(x)",
                             "",
                             "",
                             "DeepSeekMoE (2401.06066)",
                             "Experts that every token visits besides those chosen for it."};
constexpr MetricNote kFine{"Fine-grained experts",
                           "m N experts of width d_ff / m, m k a token",
                           "",
                           "",
                           "DeepSeekMoE (2401.06066)",
                           "Many small experts instead of a few wide ones: more combinations at the same cost."};
constexpr MetricNote kChoice{
    "Expert choice",
    "each expert takes its C best tokens",
    "",
    "",
    "Zhou 2022 (2202.09368)",
    "Experts choose tokens, not tokens experts: even loads by construction, and it looks ahead."};
constexpr MetricNote kSoft{"Soft mixing",
                           "slots: weighted means of all tokens",
                           "",
                           "",
                           "Puigcerver 2023 (2308.00951)",
                           "Nothing is chosen: each expert works on mixtures of all tokens."};
constexpr MetricNote kNoise{"Noise",
                            "z + ε, ε ~ N(0, σ²)",
                            "",
                            "enough to try every expert early",
                            "Shazeer 2017, V-MoE",
                            "Chance added to the logits in training, so that no expert is never tried."};
constexpr MetricNote kJitter{"Jitter",
                             "x · U(1 − e, 1 + e), for the router alone",
                             "",
                             "0.01",
                             "Switch (Fedus 2021)",
                             "A small shake of what the router sees in training."};
constexpr MetricNote kNats{
    "Nats", "−ln p", "ln V for V equal choices",
    "",     "",      "The unit of surprise with the natural logarithm: 1 nat is 1.44 bits."};
constexpr MetricNote kBigram{
    "Bigram line",
    "−Σ p(ab) ln p(b | a)",
    "",
    "validation gets under it",
    "Shannon 1948",
    "The loss of whoever knows only which character follows which. Under it, a model has memory."};
constexpr MetricNote kValidation{"Validation", "the same loss on text the model never learns from",
                                 "",           "close to the training loss",
                                 "",           "Whether what was learned holds for what was not seen."};
constexpr MetricNote kRate{"Learning rate",
                           "θ −= rate · (AdamW's direction)",
                           "",
                           "a spike in the loss: too large; no fall: too small",
                           "Loshchilov 2019",
                           "How far each step moves the weights."};
constexpr MetricNote kStep{"Step", "", "",
                           "",     "", "One update of all weights, from one batch or several averaged."};
constexpr MetricNote kLook{"Snapshot",
                           "",
                           "",
                           "",
                           "the knob Probe every",
                           "A look at the model on the same held-out tokens every few steps; views show one."};
constexpr MetricNote kPerplexity{
    "Perplexity",        "2^H(P_i); of a loss e^loss",   "",
    "5 to 50 for t-SNE", "van der Maaten & Hinton 2008", "Of t-SNE: how many neighbours each point is given."};
constexpr MetricNote kActive{
    "Active parameters", "", "", "", "", "The parameters one token passes through, of all the model has."};
constexpr MetricNote kUnknown{"Unknown character",
                              "charged ln(how many kinds it stands for)",
                              "",
                              "",
                              "the knob Vocabulary limit",
                              "<unk>: what rare characters beyond the vocabulary limit are read as."};
constexpr MetricNote kRank{"Rank",
                           "rank r of R trains on 1/R of every batch",
                           "",
                           "all compute about equally long",
                           "MPI, torchrun",
                           "One of several processes that train one model together; they count from 0."};
constexpr MetricNote kExchange{
    "All-to-all",
    "each rank sends each other its tokens, and gets them back computed",
    "(R − 1)/R of the tokens leave their rank",
    "short against computing",
    "GShard (Lepikhin 2020)",
    "The exchange of tokens between ranks, before the experts of a layer and after them."};
constexpr MetricNote kSums{"All-reduce",
                           "g = Σ over ranks of g_r",
                           "",
                           "short against computing",
                           "Horovod (Sergeev 2018)",
                           "The sum of gradients over ranks at the end of a step, so that all take the same one."};
constexpr MetricNote kExpertParallel{
    "Expert parallelism",
    "rank r holds N/R of the experts",
    "",
    "",
    "GShard (Lepikhin 2020); the knob expert_parallel",
    "Experts are shared out over processes: tokens travel to them, weights do not."};
constexpr MetricNote kSlowest{"Straggler",
                              "max computing / mean computing",
                              "1 where all compute equally long",
                              "below 1.05",
                              "",
                              "The rank that computes longest, for which the others wait in every step."};

namespace n = notes;
constexpr Term kTerms[] = {
    {&kExpert},
    {&kRouter, "gating network"},
    {&kGate, "softmax sigmoid sinkhorn base"},
    {&kTopK, "k"},
    {&kWeight, "gate weight"},
    {&kLogit, "score"},
    {&kToken, "character"},
    {&kStep},
    {&kLook, "look probe"},
    {&kActive},
    {&kShared},
    {&kFine, "deepseek"},
    {&kChoice},
    {&kSoft, "slots soft moe"},
    {&kNoise},
    {&kJitter},
    {&n::loss, "loss ce"},
    {&n::accuracy},
    {&kNats},
    {&kBigram},
    {&kValidation, "test"},
    {&kRate, "lr"},
    {&kUnknown, "unk vocabulary"},
    {&n::utilisation, "load"},
    {&kFair},
    {&kDead},
    {&kStarving},
    {&kCollapse},
    {&n::load_entropy, "balance"},
    {&n::token_entropy},
    {&n::max_violation, "maxvio balance"},
    {&n::effective_experts},
    {&n::decisiveness, "mutual information"},
    {&kCapacity},
    {&kDropless},
    {&kOverflow},
    {&n::drops, "drop rate"},
    {&kBias, "loss-free balance bias"},
    {&n::switch_loss, "auxiliary loss aux balance"},
    {&n::gshard_loss, "auxiliary"},
    {&n::importance_loss, "auxiliary"},
    {&n::load_loss, "auxiliary"},
    {&n::mse_prob_loss, "auxiliary"},
    {&n::mse_load_loss, "auxiliary"},
    {&n::sequence_loss, "auxiliary"},
    {&n::z_loss, "z-loss auxiliary"},
    {&n::churn},
    {&n::saturation},
    {&n::router_gradient, "gradient norm"},
    {&n::expert_gradient, "gradient norm"},
    {&n::gate_gradients},
    {&n::regret, "counterfactual"},
    {&n::ablation, "causes lesion without"},
    {&kControl, "causes ablation chance"},
    {&n::steering, "causes alpha logits"},
    {&n::router_zoo, "causes gates"},
    {&n::reference_routes, "causes hash random best"},
    {&n::prune_bench, "causes reap fewer experts"},
    {&n::route_diff, "causes checkpoints precisions"},
    {&n::checkpoint, "safetensors weights others Mixtral OLMoE"},
    {&n::gate_norms, "checkpoint weights gate"},
    {&n::gate_cosines, "checkpoint weights gate geometry"},
    {&n::gate_rank, "checkpoint weights gate entropy"},
    {&n::weight_norms, "checkpoint w1 w2 w3"},
    {&n::expert_cosines, "checkpoint sketch alike upcycled"},
    {&n::singular_values, "checkpoint spectrum rank svd"},
    {&kLift},
    {&n::layer_flow, "sankey"},
    {&n::specialization, "domain"},
    {&n::co_activation},
    {&n::nmi, "nmi mutual information"},
    {&n::nmi_first, "nmi"},
    {&n::ari, "ari rand"},
    {&n::vocabulary},
    {&n::tokens},
    {&n::expert_share},
    {&n::expert_loss},
    {&n::expert_norm},
    {&n::expert_alike, "cosine similarity"},
    {&n::expert_partners},
    {&n::expert_tokens},
    {&n::expert_examples},
    {&n::projection, "pca principal components map"},
    {&n::projection_of_logits, "pca map"},
    {&n::projection_of_inputs, "pca map"},
    {&n::tsne, "tsne map"},
    {&kPerplexity},
    {&n::gate_arrows},
    {&n::generation, "temperature sampling"},
    {&kRank, "process machine worker"},
    {&kExpertParallel, "ranks machines"},
    {&kExchange, "exchange collective ranks"},
    {&kSums, "sum collective gradients ranks"},
    {&kSlowest, "slowest imbalance ranks"},
    {&n::rank_times, "machines"},
    {&n::rank_waiting, "ranks machines"},
    {&n::rank_balance, "imbalance ranks machines"},
    {&n::rank_tokens, "machines expert parallel"},
    {&n::plane},
    {&n::confusion},
};

}  // namespace

std::span<const Term> glossary() { return kTerms; }

const Term* find_term(std::string_view name) {
  for (const Term& term : kTerms)
    if (term.note->name == name) return &term;
  return nullptr;
}

std::vector<const Term*> terms_with(std::string_view query) {
  const std::string wanted = lower_case(query);
  std::vector<const Term*> out;
  for (const Term& term : kTerms)
    if (has_each_word(query, std::string(term.note->name) + ' ' + std::string(term.also))) out.push_back(&term);
  std::stable_partition(out.begin(), out.end(),
                        [&](const Term* term) { return lower_case(term->note->name).starts_with(wanted); });
  return out;
}

}  // namespace switchyard::app
