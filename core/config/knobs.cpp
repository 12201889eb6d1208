#include "core/config/knobs.h"

#include <algorithm>
#include <array>

#include "core/base/file_name.h"

namespace switchyard {
namespace {

using sv = std::string_view;

constexpr std::array<sv, 2> kTaskNames{"language", "clusters"};
constexpr std::array<sv, 5> kShapeNames{"blobs", "moons", "spirals", "checkerboard", "mixture"};
constexpr std::array<sv, 2> kFfnNames{"moe", "dense"};
constexpr std::array<sv, 4> kExpertNames{"relu", "gelu", "swiglu", "geglu"};
constexpr std::array<sv, 9> kGateNames{
    "softmax-renormalised", "softmax", "sigmoid", "sinkhorn", "expert-choice", "soft", "hash", "random", "base"};
constexpr std::array<sv, 2> kNormNames{"layernorm", "rmsnorm"};
constexpr std::array<sv, 4> kScopeNames{"sequence", "micro", "global", "global-exact"};
constexpr std::array<sv, 2> kBiasRuleNames{"sign", "centred"};
constexpr std::array<sv, 3> kLearnedNoiseNames{"none", "gaussian", "uniform"};
constexpr std::array<sv, 6> kOverflowNames{"dropless",  "drop-late", "drop-late-token",
                                           "drop-low", "drop-bpr",  "drop-random"};
constexpr std::array<sv, 6> kDeviceNames{"auto", "cpu", "cuda:0", "cuda:1", "cuda:2", "cuda:3"};
constexpr std::array<sv, 3> kPrecisionNames{"fp32", "bf16", "auto"};

template <auto Member>
using MemberType = std::remove_cvref_t<decltype(std::declval<Config&>().*Member)>;

template <auto Member>
KnobValue get_plain(const Config& config) {
  return config.*Member;
}
template <auto Member>
void set_plain(Config& config, const KnobValue& value) {
  config.*Member = std::get<MemberType<Member>>(value);
}

template <auto Member, const auto& Names>
KnobValue get_choice(const Config& config) {
  return std::string(Names[static_cast<std::size_t>(config.*Member)]);
}
template <auto Member, const auto& Names>
void set_choice(Config& config, const KnobValue& value) {
  const auto at = std::find(Names.begin(), Names.end(), std::get<std::string>(value));
  if (at != Names.end()) config.*Member = static_cast<MemberType<Member>>(at - Names.begin());
}

struct Row {
  sv key, label;
  KnobGroup group;
  KnobCost cost;
};
struct Range {
  double minimum, maximum, soft_minimum, soft_maximum;
  KnobScale scale = KnobScale::linear;
  sv unit = "";
};

template <auto Member>
constexpr Knob number(Row row, Range range, sv help) {
  constexpr bool real = std::is_same_v<MemberType<Member>, double>;
  return {row.key, row.label, row.group, real ? KnobType::real : KnobType::integer, row.cost, range.minimum,
          range.maximum, range.soft_minimum, range.soft_maximum, range.scale, range.unit, {}, help,
          &get_plain<Member>, &set_plain<Member>, false};
}
template <auto Member, const auto& Names>
constexpr Knob choice(Row row, sv help) {
  return {row.key, row.label, row.group, KnobType::choice, row.cost, 0, 0, 0, 0, KnobScale::linear, "", Names, help,
          &get_choice<Member, Names>, &set_choice<Member, Names>, false};
}
template <auto Member>
constexpr Knob plain(Row row, KnobType type, sv help) {
  return {row.key, row.label, row.group, type, row.cost, 0, 0, 0, 0, KnobScale::linear, "", {}, help,
          &get_plain<Member>, &set_plain<Member>, false};
}

// A name of a file is settled here, wherever it was given: core/base/file_name.h.
template <auto Member>
void set_file_name(Config& config, const KnobValue& value) {
  config.*Member = text_of_path(std::get<std::string>(value));
}
template <auto Member>
constexpr Knob file_name(Row row, sv range, sv help) {
  Knob knob = plain<Member>(row, KnobType::text, help);
  knob.text_range = range;
  knob.set = &set_file_name<Member>;
  return knob;
}

template <auto Member>
constexpr Knob names(Row row, sv help) {
  Knob knob = plain<Member>(row, KnobType::text, help);
  knob.text_range = "none, or names between blanks: 0.3 is expert 3 of layer 0, *.3 that of every layer";
  return knob;
}

constexpr Knob on_release(Knob knob) {
  knob.on_release = true;
  return knob;
}
constexpr Knob of_text(Knob knob) {
  knob.of_text = true;
  return knob;
}
constexpr Knob of_points(Knob knob) {
  knob.of_points = true;
  return knob;
}
constexpr Knob only_recorded(Knob knob) {
  knob.only_recorded = true;
  return knob;
}

constexpr Knob essential(Knob knob) {
  knob.level = KnobLevel::essential;
  return knob;
}

constexpr auto log_scale = KnobScale::log;
constexpr auto linear = KnobScale::linear;
using enum KnobGroup;
using enum KnobCost;

const Knob kKnobs[] = {
    essential(on_release(number<&Config::experts>(
        {"experts", "Experts", routing, live}, {1, 256, 1, 32, linear},
        "Number of experts N in each MoE layer. Live: adding clones the busiest expert plus a little noise, "
        "removing drops the highest ids; optimizer state follows. A drag counts when it ends."))),
    essential(number<&Config::top_k>({"top_k", "Top-k", routing, live}, {1, 256, 1, 8, linear},
                                     "Experts each token is sent to, k. At most the number of experts.")),
    essential(choice<&Config::gate, kGateNames>(
        {"gate", "Gate", routing, live},
        "softmax-renormalised: softmax over the k chosen logits (Shazeer "
        "2017, Mixtral); at k=1 its weight is 1 and "
        "the router gets no task gradient. softmax: the chosen "
        "probabilities as they are (Switch, OLMoE). sigmoid: chosen "
        "sigmoids over their sum (DeepSeek-V3). sinkhorn: balanced plan "
        "in training (Megatron). base: in training the exact assignment that gives every "
        "expert as many tokens (Lewis 2021). expert-choice: each expert takes "
        "the capacity_factor T / N tokens of a sequence that want it most "
        "(Zhou 2022). soft: experts see mixtures of all "
        "tokens (Puigcerver 2023; changing to or from it rebuilds). hash: "
        "fixed by the character (Roller 2021). random: the "
        "control.")),
    number<&Config::route_scale>(
        {"route_scale", "Route scale", routing, live}, {0.01, 100, 0.1, 10, log_scale},
        "Factor on the combine weights of gate = sigmoid (DeepSeek-V3: 2.5 at 671B parameters)."),
    number<&Config::route_groups>(
        {"route_groups", "Expert groups", routing, live}, {1, 256, 1, 8, linear},
        "Experts in this many equal groups of neighbours; a token may use only the best route_groups_kept, a "
        "group counting "
        "its two best scores (DeepSeek-V3). 1: no limit. For softmax and sigmoid gates."),
    number<&Config::route_groups_kept>({"route_groups_kept", "Groups kept", routing, live}, {1, 256, 1, 8, linear},
                                       "Groups of experts a token may choose from, where there is more than one."),
    plain<&Config::router_bias>({"router_bias", "Router bias", routing, rebuild}, KnobType::boolean,
                                "A learned bias on the router's logits, and on those of its learned noise."),
    plain<&Config::shared_router>({"shared_router", "Shared router", routing, rebuild}, KnobType::boolean,
                                  "One router for all MoE layers, in place of one each."),
    number<&Config::slots>({"slots", "Slots", routing, rebuild}, {1, 1024, 1, 64, linear, "an expert"},
                           "Gate = soft: mixtures of tokens that each expert computes for a sequence."),
    essential(number<&Config::noise_std>(
        {"noise_std", "Noise", routing, live}, {0, 10, 0, 2, linear, "logits"},
        "Standard deviation of Gaussian noise added to the router logits in training only, in logits. 0: none. "
        "V-MoE's form is noise_std = noise / N.")),
    choice<&Config::learned_noise, kLearnedNoiseNames>({"learned_noise", "Learned noise", routing, rebuild},
                                                       "gaussian: logits + eps (softplus(x W_n) + 0.01), router "
                                                       "and W_n start at 0 (Shazeer 2017). uniform: logits + "
                                                       "u softplus(x W_n), u in [0, 1). Training only."),
    number<&Config::jitter>({"jitter", "Jitter", routing, live}, {0, 0.99, 0, 0.2, linear},
                            "The router's copy of its input is multiplied by U(1 - e, 1 + e), element by element; "
                            "experts see the clean one "
                            "(Switch: 0.01). Training only."),
    number<&Config::logit_dropout>(
        {"logit_dropout", "Logit dropout", routing, live}, {0, 0.99, 0, 0.5, linear},
        "Chance that a router logit reads 0 (not minus infinity), the others divided by 1 - p. Training only."),
    essential(choice<&Config::overflow, kOverflowNames>(
        {"overflow", "Overflow", routing, live},
        "dropless: every assignment is computed. Else an expert takes at most C = ceil(capacity_factor k T / N). "
        "drop-late: all first choices by position, then all second ones (GShard, Switch). drop-late-token: token "
        "by token. "
        "drop-low: the largest weights (Megatron). drop-bpr: tokens by their largest probability (V-MoE). "
        "drop-random: a "
        "random subset. All but dropless and drop-late-token can let later tokens displace earlier ones: they "
        "leak the future. "
        "T is the micro-batch in training, one sequence in evaluation.")),
    essential(number<&Config::capacity_factor>({"capacity_factor", "Capacity factor", routing, live},
                                               {0.05, 64, 0.25, 4, log_scale},
                                               "Room of each expert as a multiple of its fair share k T / N. Used "
                                               "when overflow drops. With gate = expert-choice: the "
                                               "mean number of experts a token gets.")),
    number<&Config::eval_capacity_factor>({"eval_capacity_factor", "Eval capacity", routing, live},
                                          {0, 64, 0, 4, linear},
                                          "Capacity factor in validation, probes and generation, for each "
                                          "sequence by itself; points of a pass are one group. 0: no "
                                          "dropping there."),
    names<&Config::muted>(
        {"muted", "Muted", routing, live},
        "Experts that no token may choose: each goes to its next best. Their weights stay, what the "
        "gate says of the others too."),
    names<&Config::frozen>(
        {"frozen", "Frozen", routing, live},
        "Experts whose weights stay as they are, though tokens are sent to them, and routers (0.router) "
        "whose gates do. AdamW's moments wait with them, and their gradient counts for no clipping."),
    names<&Config::steered>({"steered", "Steered", routing, live},
                            "Experts whose logits Steer is added to, in training and evaluation."),
    number<&Config::steer>(
        {"steer", "Steer", routing, live}, {-100, 100, -5, 5, linear, "logits"},
        "Added to the logits of the experts named in Steered, before noise: choice, weights and losses see "
        "it. 0: the same to the bit as without. Where training plans (sinkhorn, base) it moves choices in "
        "evaluation alone: a plan is the same with a constant added to an expert's column."),

    essential(number<&Config::aux_coef>({"aux_coef", "Switch loss", balance, live}, {0, 10, 1e-4, 1, log_scale},
                                        "Coefficient of the load-balancing loss N sum f_i P_i of each MoE layer "
                                        "(Fedus 2021); 1 at uniform load.")),
    number<&Config::z_coef>(
        {"z_coef", "z-loss", balance, live}, {0, 10, 1e-5, 0.1, log_scale},
        "Coefficient of the router z-loss, mean (logsumexp z)^2 of each MoE layer (ST-MoE, Zoph 2022)."),
    number<&Config::gshard_coef>({"gshard_coef", "GShard loss", balance, live}, {0, 10, 1e-4, 1, log_scale},
                                 "Coefficient of N sum (first choices of i / T) P_i (Lepikhin 2020); 1 at uniform "
                                 "load, the Switch loss at k=1."),
    number<&Config::importance_coef>({"importance_coef", "Importance", balance, live}, {0, 10, 1e-4, 1, log_scale},
                                     "Coefficient of the squared coefficient of variation of each expert's summed "
                                     "probability (Shazeer 2017, V-MoE)."),
    number<&Config::load_coef>({"load_coef", "Load loss", balance, live}, {0, 10, 1e-4, 1, log_scale},
                               "Coefficient of the squared variation of the chance of each expert to be chosen "
                               "under the noise (Shazeer 2017). "
                               "Needs noise_std > 0 or learned_noise = gaussian."),
    number<&Config::mse_prob_coef>({"mse_prob_coef", "MSE of P", balance, live}, {0, 100, 1e-3, 10, log_scale},
                                   "Coefficient of mean (P_i - 1/N)^2; blind to what is chosen."),
    number<&Config::mse_load_coef>(
        {"mse_load_coef", "MSE of load", balance, live}, {0, 100, 1e-3, 10, log_scale},
        "Coefficient of sum (f_i - 1/N)^2. Loads are counts: it has no gradient and balances nothing."),
    number<&Config::sequence_coef>(
        {"sequence_coef", "Sequence loss", balance, live}, {0, 10, 1e-5, 0.1, log_scale},
        "Coefficient of the balance loss inside each sequence, without the selection bias (DeepSeek-V3: 1e-4)."),
    choice<&Config::balance_scope, kScopeNames>(
        {"balance_scope", "Balance over", balance, live},
        "What the Switch loss takes its loads from: each sequence, the "
        "micro-batch, all micro-batches of the step so far (global, "
        "2501.11873), or the whole step (global-exact: with accumulation a "
        "pass ahead of it counts them, a forward pass more)."),
    number<&Config::bias_rate>(
        {"bias_rate", "Bias balancing", balance, live}, {0, 1, 1e-4, 0.1, log_scale},
        "Balancing without a loss: after each step an expert's selection bias moves by this much, up if it had "
        "fewer tokens "
        "than the mean, down if more (2408.15664: 1e-3). 0: it stays. For softmax and sigmoid gates."),
    choice<&Config::bias_rule, kBiasRuleNames>(
        {"bias_rule", "Bias update", balance, live},
        "sign: the paper's; its mean drifts, since more experts have fewer tokens than the mean than have more, "
        "or the other way "
        "round. centred: the mean over a layer's experts is then taken off, which chooses the same experts."),

    essential(number<&Config::learning_rate>({"learning_rate", "Learning rate", training, live},
                                             {0, 10, 1e-5, 0.1, log_scale},
                                             "Peak learning rate of AdamW, reached after the warm-up.")),
    number<&Config::min_lr>({"min_lr", "Minimum rate", training, live}, {0, 10, 1e-6, 0.01, log_scale},
                            "Learning rate at the end of the cosine schedule, where it stays."),
    number<&Config::warmup_steps>({"warmup_steps", "Warm-up", training, live}, {0, 1e6, 0, 500, linear, "steps"},
                                  "Steps over which the learning rate rises linearly from 0."),
    number<&Config::schedule_steps>(
        {"schedule_steps", "Schedule", training, live}, {1, 1e9, 100, 20000, log_scale, "steps"},
        "Step at which the cosine reaches the minimum rate. The run itself has no end."),
    number<&Config::batch_size>({"batch_size", "Batch", training, next_batch}, {1, 4096, 1, 128, log_scale},
                                "Sequences in a micro-batch; points, with task = clusters."),
    number<&Config::accumulation>({"accumulation", "Accumulation", training, next_batch},
                                  {1, 1024, 1, 16, linear, "batches"},
                                  "Micro-batches whose gradients are averaged for one optimizer step."),
    number<&Config::shards>({"shards", "Shards", training, next_batch}, {1, 4096, 1, 8, linear},
                            "Equal runs of sequences that a micro-batch is cut into; must divide the batch. "
                            "Whatever acts on the micro-batch "
                            "(capacity, the plans of the Sinkhorn and base gates, the loads and probabilities of "
                            "the auxiliary losses) "
                            "acts on each by itself: the model that "
                            "as many data-parallel processes train. Points of a shard are one sequence."),
    number<&Config::weight_decay>({"weight_decay", "Weight decay", training, live}, {0, 10, 1e-3, 1, log_scale},
                                  "Decoupled decay of AdamW, on matrices only (Loshchilov 2019)."),
    number<&Config::beta1>({"beta1", "Beta 1", training, live}, {0, 0.9999, 0.5, 0.99, linear},
                           "Decay of AdamW's first moment."),
    number<&Config::beta2>({"beta2", "Beta 2", training, live}, {0, 0.99999, 0.8, 0.999, linear},
                           "Decay of AdamW's second moment."),
    number<&Config::grad_clip>({"grad_clip", "Gradient clip", training, live}, {0, 1e6, 0.1, 10, log_scale},
                               "Largest norm of the whole gradient; longer ones are scaled down to it. 0: never."),

    choice<&Config::ffn, kFfnNames>({"ffn", "Feed-forward", model, rebuild},
                                    "moe: every m-th feed-forward is an MoE layer. dense: the same model with one "
                                    "feed-forward of d_ff in every block."),
    number<&Config::layers>({"layers", "Layers", model, rebuild}, {1, 48, 1, 12, linear}, "Transformer blocks."),
    number<&Config::moe_every>(
        {"moe_every", "MoE every", model, rebuild}, {1, 48, 1, 4, linear, "blocks"},
        "Every m-th block has an MoE layer, the last of each m; the others a dense feed-forward."),
    number<&Config::d_model>({"d_model", "Width", model, rebuild}, {2, 4096, 32, 512, log_scale},
                             "Width of what the blocks work on. Of a language model a multiple of the number of "
                             "heads; points of so many dimensions "
                             "enter as they are, others through a learned linear map."),
    number<&Config::d_ff>({"d_ff", "Expert width", model, rebuild}, {1, 16384, 32, 2048, log_scale},
                          "Hidden width of an expert, and of a dense feed-forward."),
    number<&Config::shared_experts>({"shared_experts", "Shared experts", model, rebuild}, {0, 64, 0, 4, linear},
                                    "Experts that every token goes through besides its k, with weight 1 and "
                                    "outside all routing figures (DeepSeekMoE, "
                                    "2401.06066). One feed-forward of this many times d_ff."),
    plain<&Config::residual>({"residual", "Residual", model, rebuild}, KnobType::boolean,
                             "Each attention, and each feed-forward, adds what it makes to its input, x + "
                             "f(norm(x)), and a norm comes before the "
                             "head. Off: bare layers, f(f(x)), without norms; what capacity drops is then 0."),
    number<&Config::heads>({"heads", "Heads", model, rebuild}, {1, 64, 1, 12, linear}, "Attention heads."),
    of_text(number<&Config::context>({"context", "Context", model, rebuild},
                                     {8, 4096, 32, 512, log_scale, "tokens"},
                                     "Tokens in a training sequence, and the furthest the model looks back.")),
    choice<&Config::expert, kExpertNames>({"expert", "Expert", model, rebuild},
                                          "Activation: relu, gelu (two matrices), swiglu w2(silu(w1 x) * w3 x), "
                                          "or geglu w2(gelu(w1 x) * w3 x) (three; Shazeer "
                                          "2020)."),
    plain<&Config::expert_bias>({"expert_bias", "Expert bias", model, rebuild}, KnobType::boolean,
                                "Biases in the layers of experts and of dense feed-forwards."),
    number<&Config::expert_dropout>(
        {"expert_dropout", "Expert dropout", training, live}, {0, 0.95, 0, 0.5, linear},
        "Chance that a hidden unit of an expert is 0 for a token, the others divided by 1 - p. Training only."),
    plain<&Config::attention_bias>({"attention_bias", "Attention bias", model, rebuild}, KnobType::boolean,
                                   "Biases in the projections of attention."),
    choice<&Config::norm, kNormNames>({"norm", "Norm", model, rebuild},
                                      "Before attention, feed-forward and head. rmsnorm: no mean is taken out and "
                                      "there is no bias (Zhang 2019)."),
    plain<&Config::tied_head>({"tied_head", "Tied head", model, rebuild}, KnobType::boolean,
                              "Output head shares the token embedding's matrix (Press 2017)."),

    essential(of_text(
        of_points(choice<&Config::task, kTaskNames>({"task", "Task", data, rebuild},
                                                    "language: the next character of a text. clusters: the class "
                                                    "of points, drawn from the seed or your own; 70 % of each "
                                                    "class to learn from, 30 % to test on.")))),
    essential(of_text(file_name<&Config::corpus>(
        {"corpus", "Corpus", data, rebuild}, "stories, or the path of a text file",
        "stories: the built-in seeded generator with known domains. Anything else: path of a UTF-8 text file, "
        "its characters as tokens, the last tenth for validation."))),
    of_text(number<&Config::vocabulary_limit>({"vocabulary_limit", "Vocabulary limit", data, rebuild},
                                              {0, 1114112, 16, 16384, log_scale, "characters"},
                                              "Only so many characters of the text, the most frequent, become "
                                              "tokens; the others are read as <unk>, which never "
                                              "counts as right and costs ln(how many they are) nats on top, "
                                              "whatever predicts it. 0: all of them, as far as memory goes.")),
    essential(of_points(choice<&Config::cluster_shape, kShapeNames>(
        {"cluster_shape", "Shape", data, rebuild},
        "blobs: a Gaussian a class. moons: half circles that interlock. spirals: arms of one spiral. "
        "checkerboard: tiles by "
        "class. mixture: nine kinds (three lines, three Gaussians, two spirals, uniform noise) shared out among "
        "the classes. "
        "Plane shapes lie in a random plane where there are more dimensions."))),
    essential(of_points(
        file_name<&Config::points>({"points", "Points", data, rebuild}, "drawn, or the path of a CSV file",
                                   "drawn: synthetic points, by the knobs below. Anything else: path of a CSV "
                                   "file, a point a row: 2 to 64 coordinates and a "
                                   "class, by default the last column; at most 64 MiB and 1,000,000 rows. Each "
                                   "coordinate is standardised; the seed decides "
                                   "which points are for testing, of many no more than 10,000."))),
    of_points(number<&Config::cluster_classes>(
        {"cluster_classes", "Classes", data, rebuild}, {2, 32, 2, 12, linear},
        "Classes of points, and outputs of the model. At most 9 for the mixture.")),
    of_points(number<&Config::cluster_dims>(
        {"cluster_dims", "Dimensions", data, rebuild}, {2, 64, 2, 16, linear},
        "Dimensions of a point. With 2 the window draws the plane as the experts divide it.")),
    of_points(number<&Config::cluster_points>({"cluster_points", "Points a class", data, rebuild},
                                              {10, 10000, 50, 1000, log_scale, "points"},
                                              "Points of the largest class, both splits together.")),
    of_points(number<&Config::cluster_noise>({"cluster_noise", "Point noise", data, rebuild},
                                             {0, 2, 0, 0.5, linear},
                                             "Standard deviation of the Gaussian noise on every coordinate, where "
                                             "the shape reaches from -1 to 1; of blobs, their "
                                             "own. The mixture's Gaussians and uniform points keep theirs.")),
    of_points(number<&Config::cluster_imbalance>({"cluster_imbalance", "Imbalance", data, rebuild},
                                                 {1, 100, 1, 20, log_scale},
                                                 "How many times the first class outnumbers the last, r. Class c "
                                                 "of C has round(n r^(-c / (C - 1))) points, at least 10 "
                                                 "(Cui 2019).")),

    of_points(
        number<&Config::seed>({"seed", "Seed", run, rebuild}, {0, 9007199254740991.0, 0, 99, linear},
                              "Seed of weights, batches and noise. One thread and one seed repeat to the bit.")),
    number<&Config::weight_seed>({"weight_seed", "Weight seed", run, rebuild},
                                 {0, 9007199254740991.0, 0, 99, linear},
                                 "Seed of weights and noise alone: the same data in the same batches, learned by "
                                 "another model. 0: the seed."),
    choice<&Config::device, kDeviceNames>({"device", "Device", run, rebuild},
                                          "Where the model lives. auto: the first CUDA device, where LibTorch and "
                                          "the machine have one, else the CPU."),
    choice<&Config::precision, kPrecisionNames>(
        {"precision", "Precision", run, live},
        "Matrix products in fp32, or in bf16 with fp32 master weights, router, norms and losses. auto: bf16 on a "
        "CUDA "
        "device and where the processor multiplies it several times as fast (AMX), else fp32. Only fp32 gives the "
        "same run on every such processor."),
    number<&Config::threads>({"threads", "Threads", run, live}, {0, 256, 0, 16, linear},
                             "Threads of the trainer. 0: one for each physical core it may use, no more than a "
                             "container's CPU quota is worth."),
    number<&Config::expert_parallel>(
        {"expert_parallel", "Expert parallel", run, live}, {1, 256, 1, 8, linear, "processes"},
        "Of several processes that train one model, the neighbours that share out its experts and send each other "
        "tokens; the "
        "rest of the model each has whole. Must divide their number. In one process it has no effect."),
    number<&Config::val_interval>({"val_interval", "Validate every", run, live},
                                  {1, 1e6, 10, 500, log_scale, "steps"}, "Steps between two validations."),
    number<&Config::val_batches>({"val_batches", "Validation size", run, live},
                                 {1, 1000, 1, 32, linear, "batches"},
                                 "Batches in a validation, always the same text."),
    number<&Config::probe_interval>(
        {"probe_interval", "Probe every", run, live}, {1, 1e6, 1, 100, log_scale, "steps"},
        "Steps between two looks at the fixed probe tokens (token view, projection, routing.jsonl)."),
    only_recorded(number<&Config::checkpoint_interval_s>(
        {"checkpoint_interval_s", "Keep every", run, live}, {0, 86400, 0, 600, linear, "s"},
        "Seconds between two checkpoints that the program keeps by itself; less in a run's first seconds, more "
        "where a write is so dear "
        "that keeping would take a hundredth of the processor. 0: after every step.")),
    only_recorded(number<&Config::checkpoint_budget_mb>(
        {"checkpoint_budget_mb", "Keep at most", run, live}, {1, 1e7, 64, 16384, log_scale, "MB"},
        "What a run's checkpoints may take; beyond it old ones thin out. The newest two, the best, named ones and "
        "those that undo "
        "needs stay.")),
    only_recorded(number<&Config::checkpoint_total_mb>(
        {"checkpoint_total_mb", "All runs at most", run, live}, {1, 1e8, 1024, 131072, log_scale, "MB"},
        "What the checkpoints of all runs in the user's runs directory may take together; beyond it the run that "
        "has most gives "
        "first, as above. Runs that are open keep theirs.")),
    only_recorded(number<&Config::tape_budget_mb>(
        {"tape_budget_mb", "Tape at most", run, live}, {0, 1e7, 64, 16384, log_scale, "MB"},
        "What a run's tape may take: all that it tells, to look at it again without its model. Beyond it the "
        "oldest loads of experts "
        "thin out, then looks; the figures of steps never. 0: no tape.")),
    only_recorded(number<&Config::record_interval>({"record_interval", "Row every", run, live},
                                                   {1, 1e6, 1, 1000, log_scale, "steps"},
                                                   "Steps between two rows of metrics.csv, and between two of "
                                                   "what TensorBoard reads; those that were validated have one "
                                                   "always. The tape holds every step.")),
    only_recorded(plain<&Config::log_csv>({"log_csv", "metrics.csv", run, live}, KnobType::boolean,
                                          "A row of figures a step in the run's folder, for people and other "
                                          "programs. Without it they are on the tape.")),
    only_recorded(plain<&Config::log_jsonl>({"log_jsonl", "routing.jsonl", run, live}, KnobType::boolean,
                                            "In the run's folder a line for each MoE layer at each probe: counts "
                                            "and mean probabilities of its experts. "
                                            "events.jsonl is always there.")),
    only_recorded(plain<&Config::log_tensorboard>({"log_tensorboard", "TensorBoard", run, live}, KnobType::boolean,
                                                  "A file events.out.tfevents.* in the run's folder: the figures "
                                                  "of metrics.csv, the loads of each MoE layer as a histogram "
                                                  "over its experts, configuration, edits and alerts as text.")),
};

}  // namespace

std::span<const Knob> knobs() { return kKnobs; }

const Knob* find_knob(std::string_view key) {
  const auto at = std::find_if(std::begin(kKnobs), std::end(kKnobs), [&](const Knob& k) { return k.key == key; });
  return at == std::end(kKnobs) ? nullptr : at;
}

std::string_view name_of(KnobGroup group) {
  static constexpr std::array<sv, 6> names{"Routing", "Balance", "Training", "Model", "Data", "Run"};
  return names[static_cast<std::size_t>(group)];
}
std::string_view name_of(KnobCost cost) {
  static constexpr std::array<sv, 3> names{"live", "next batch", "rebuilds the model"};
  return names[static_cast<std::size_t>(cost)];
}
std::string_view name_of(KnobLevel level) { return level == KnobLevel::essential ? "essential" : "all"; }
std::string_view name_of(KnobType type) {
  static constexpr std::array<sv, 5> names{"boolean", "integer", "real", "choice", "text"};
  return names[static_cast<std::size_t>(type)];
}

}  // namespace switchyard
