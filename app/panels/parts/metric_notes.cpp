#include "app/panels/parts/metric_notes.h"

#include "viz/base/compat.h"

namespace switchyard::app {

namespace notes {

const MetricNote loss{"Cross-entropy", "mean of −ln p(next character), nats",
                      "ln V for a uniform guess; the bigram line for a model without memory",
                      "falls below the bigram line; validation stays close to training",
                      "no balance loss is in this curve; an <unk> is charged ln(kinds of characters it stands for); smoothed by a debiased exponential mean",
                       "How surprised the model is by the next character: 0 would be certainty."};

const MetricNote utilisation{"Utilisation", "u_i = N c_i / Σc, choices counted before capacity",
                             "1× at the fair share k/N of the tokens",
                             "near 1×; below 0.1× an expert starves, 0× over a long window it is dead",
                             "f_i of Switch Transformer (Fedus 2021), times N",
                       "How much work an expert gets, against its fair share."};

const MetricNote switch_loss{"Switch balance loss", "N Σ f_i P_i, without its coefficient",
                             "1 at uniform load; N/k when collapsed",
                             "near 1, but not a lower bound: never judge balance by this curve alone",
                             "Switch Transformer (Fedus 2021), eq. 4",
                       "A second thing to learn that is lowest when experts share the tokens evenly."};

const MetricNote gshard_loss{"GShard balance loss", "N Σ (first choices of i / T) P_i, without its coefficient",
                             "1 at uniform load; – while its coefficient is 0", "near 1",
                             "GShard (Lepikhin 2020), times N²; the Switch loss at k = 1",
                       "The Switch loss on first choices alone."};

const MetricNote importance_loss{"Importance loss", "variance over squared mean of Σ_t p_t,i, without its coefficient",
                                 "0 when every expert gets the same probability", "near 0",
                                 "Shazeer 2017 on the full softmax, as V-MoE; N² times the MSE of P",
                       "How unevenly the router spreads its probability over the experts."};

const MetricNote load_loss{"Load loss", "squared variation of the chance to be chosen under fresh noise",
                           "0 when even; – without Gaussian noise or while its coefficient is 0", "near 0",
                           "Shazeer 2017 (1701.06538), eq. 8 to 11",
                       "How unevenly experts would be chosen if the noise were drawn again."};

const MetricNote mse_prob_loss{"MSE of P", "mean of (P_i − 1/N)²", "0 when even", "near 0, but blind to what is chosen",
                               "the importance loss over N²",
                       "How far mean probabilities are from even."};

const MetricNote mse_load_loss{"MSE of load", "Σ (f_i − 1/N)²", "0 when even",
                               "near 0; counts have no gradient, so its coefficient balances nothing",
                               "f counted before capacity",
                       "How far loads are from even, as a figure only: it teaches nothing."};

const MetricNote sequence_loss{"Sequence loss", "mean over sequences of Σ g_i P_i, without its coefficient",
                               "1 at uniform load; – while its coefficient is 0",
                               "near 1; above it experts take turns by sequence", "DeepSeek-V3 (2412.19437), eq. 17 to 20",
                       "Balance inside each sequence, so that no passage leans on one expert."};

const MetricNote z_loss{"Router z-loss", "mean of (ln Σ exp z)², without its coefficient",
                        "(ln N)² when all logits are 0", "bounded: it keeps the router's logits small",
                        "ST-MoE (Zoph 2022), eq. 5",
                       "Keeps the router's numbers small, so that its choices stay gentle and bf16 can hold them."};

const MetricNote token_entropy{"Token entropy", "mean of H(p_t) / ln N", "1: the router cannot decide",
                               "falls as the router grows sure", "clean logits, without noise",
                       "How undecided the router is about a token."};

const MetricNote load_entropy{"Load entropy", "H(f) / ln N", "1: every expert has the same load",
                              "above 0.95 is well balanced; 0 is one expert", "f counted before capacity",
                       "How evenly the tokens are spread over the experts."};

const MetricNote max_violation{"Max violation", "max c_i / mean c − 1, from 0 to N/k − 1",
                               "about √(2 ln N · N / (kT)) for an even router",
                               "near chance; 1 means one expert has twice its share", "Wang 2024 (2408.15664)",
                       "How far the busiest expert is above the mean."};

const MetricNote drops{"Dropped assignments", "1 − kept / (kT)", "0 when nothing is dropped",
                       "0 with dropless; a few per cent at capacity factor 1.25", "GShard (Lepikhin 2020)",
                       "Choices that found their expert full, and were left out."};

const MetricNote effective_experts{"Effective experts", "exp(H(f)), over the steps that bring each expert 100 assignments",
                                   "close to N if loads are even", "near N; 1 is a collapse onto one expert",
                                   "small counts would bias it down, so it waits for its window",
                       "How many experts do the work, counted as if all who work had equal loads."};

const MetricNote decisiveness{"Decisiveness", "H(P) − mean H(p_t), nats: what a token says of its expert",
                              "0 for a router that looks at nothing", "0 to ln N; high: each choice is sure and all experts are used",
                              "mutual information of token and one draw from p",
                       "How much knowing the token tells of the expert it goes to."};

const MetricNote churn{"Churn", "1 − mean |E_t ∩ E_before,t| / k, on the tokens of the probe, against the look before",
                       "1 − sum (c_i / T)² / k where loads stay", "falls towards 0 as the routes settle",
                       "saturation: OLMoE (2409.02060)",
                       "How many choices changed since the look before."};

const MetricNote saturation{"Saturation", "mean |E_t ∩ E_now,t| / k, on the tokens of the probe: earlier looks with the one shown",
                            "sum (c_i / T)² / k where loads stay", "rises towards 1 early: routes of half-way are still taken",
                            "the figure is of the look half-way; OLMoE (2409.02060)",
                       "How many of today's choices were made half-way already."};

const MetricNote router_gradient{"Router gradient", "norm of the gradient of the whole loss at the layer's router, before clipping",
                                 "", "stays above 0: a millionth of the experts' is a frozen router",
                                 "softmax over the chosen with k = 1 gives the router none of the task's",
                       "How strongly the step pulls at the router."};

const MetricNote expert_gradient{"Expert gradient", "norm of the gradient of the whole loss at the layer's experts, before clipping",
                                 "", "falls with the loss; a spike is a batch that surprised",
                                 "all experts of the layer as one vector",
                       "How strongly the step pulls at the experts."};

const MetricNote regret{"Regret", "loss of the token on its own route − the least over all sets of k experts in this layer", "≥ 0",
                        "near 0: the router chose well for this token",
                        "gate weights of each set, other tokens fixed, no noise, no capacity; beyond 1,000 sets a sample and a lower bound",
                       "What the token would have gained had the router chosen its best experts."};

const MetricNote layer_flow{"Layer flow", "pairs (expert here, expert in the next layer) of every token, over all its k × k choices",
                            "lift 1×: as the two loads alone would have it",
                            "lifts apart from 1× are paths; all near 1× and the layers do not build on each other",
                            "counted before capacity on the probe tokens; pairs of one token are not neighbours in rank alone",
                       "Which expert of one layer hands its tokens to which of the next."};

const MetricNote rank_times{
    "Time of a rank",
    "step = computing + exchanging + summing + waiting",
    "",
    "computing takes most of it",
    "each rank's own clock; exchanging and summing are those of the rank that spends least there",
    "What one of several processes that train a model does with a step."};

const MetricNote rank_waiting{"Waiting",
                              "mean over steps of (X − min X) + (S − min S), in exchanges X and sums S",
                              "0 where all ranks compute equally long",
                              "a few per cent of the step",
                              "waits that cancel within a step are not seen: the true waiting is no less",
                              "What a rank spends in collectives because another one comes later."};

const MetricNote rank_balance{"Perfect balance",
                              "mean computing + least exchange + least sums = step − mean waiting",
                              "the step itself where nobody waits",
                              "near the step",
                              "leaves out what uneven rows cost on the wire",
                              "How long the step would have taken had every rank computed as long as the mean."};

const MetricNote rank_tokens{"Tokens between ranks",
                             "assignments of rank i's tokens that rank j's experts computed, a step",
                             "1/R of a row each, of R ranks that share the experts out",
                             "columns alike: every rank receives about as much",
                             "GShard (Lepikhin 2020): all-to-all before and after the experts",
                             "Where tokens travel when the experts are shared out over processes."};

const MetricNote ablation{"Ablation",
                          "mean of (loss without the expert − loss), nats; control: as many choices of the others",
                          "the control: what any such hole costs",
                          "an effect beyond all draws of the control, in both halves of the data",
                          "lesion studies; here silenced, passed by, or replaced",
                          "What becomes of the loss without an expert, and for which tokens."};

const MetricNote steering{
    "Steering sweep",
    "loss and choices with z_i + α for the steered experts",
    "α = 0: the model as it is, to the bit",
    "lowest near α = 0: the router sends them what they are good for",
    "",
    "What becomes of the loss and of who goes where, as α is added to some experts' logits."};

const MetricNote router_zoo{"Router zoo",
                            "every gate on the same hidden states and logits, one layer at a time",
                            "hash and random have no logits to go by",
                            "",
                            "regret: loss with the gate's set − least over all sets",
                            "What other gates would make of the same batch: loads, drops, overlap, loss."};

const MetricNote reference_routes{"Reference routes",
                                  "loss with routes by label, by the best sets, by hash, by chance",
                                  "hash and random",
                                  "learned below hash and random, near best",
                                  "",
                                  "What the learned router is worth beside routes that need no learning."};

const MetricNote prune_bench{"Prune and merge bench",
                             "loss over experts kept, at once and after learning on",
                             "random",
                             "1 % of the whole model's loss, regained",
                             "REAP (Lasby 2025, 2510.13999); merging of the most similar",
                             "How many experts the model needs, and which."};

const MetricNote route_diff{"Route diff",
                            "share of tokens whose set of experts is another, before capacity",
                            "a model against itself: 0",
                            "",
                            "of two runs: also with B's experts renamed one to one",
                            "Where two models send the same tokens to other experts."};

const MetricNote checkpoint{"Checkpoint",
                            "what names, shapes and types of its tensors tell",
                            "",
                            "every layer has a router, no expert is all zeros",
                            "safetensors, read by offset and never whole",
                            "The weights of a model that another program trained, looked at without running it."};

const MetricNote gate_norms{"Norm of a router row",
                            "‖w_e‖, the square root of the sum of squares",
                            "rows of one layer are alike before training",
                            "within a factor of two in a layer",
                            "exact, in double",
                            "How loud an expert's logit can get: a row that grew is chosen more."};

const MetricNote gate_cosines{
    "Cosines of router rows",     "w_i·w_j / (‖w_i‖ ‖w_j‖) in one layer",
    "independent rows: 0 ± 1/√d", "near 0; of two equal rows the tokens cannot tell",
    "exact, in double",           "Which experts the router asks for by nearly the same direction."};

const MetricNote gate_rank{"Effective rank of a router",
                           "e to the entropy of its singular values as shares of their sum",
                           "N of N orthogonal rows of one length",
                           "near N; far below, directions are shared",
                           "Roy and Vetterli 2007",
                           "How many directions the router really tells apart, of N experts."};

const MetricNote weight_norms{"Norm of an expert's weights",
                              "‖W‖, the square root of the sum of squares of gate, up or down, or of all three",
                              "",
                              "alike in a layer; 0 is an expert that is not there",
                              "exact, in double; one pass over the weights",
                              "How far an expert's weights have grown: one that learned little stays small."};

const MetricNote expert_cosines{
    "Cosines of experts",
    "of gate, up and down as one vector, from count sketches of 4,096 numbers",
    "independent experts: 0",
    "low; experts that were copies of one another stay near 1 for long",
    "Charikar, Chen and Farach-Colton 2002; ±0.047 at three sigma a pair, ±0.1 of all at once",
    "How alike the experts of a layer are, neuron by neuron as they lie in the file."};

const MetricNote singular_values{"Singular values of an expert",
                                 "of gate, up and down; effective rank: e to the entropy of their shares",
                                 "a random matrix falls slowly, its effective rank is near full",
                                 "",
                                 "exact, in double; rank as numpy's matrix_rank counts it",
                                 "How many directions an expert's matrices use, and how much room is left."};

const MetricNote tokens{"Tokens by expert", "colour: the first choice; strength: its combine weight", "",
                        "patterns in the text mean the experts specialise",
                        "a fixed validation passage, no noise, capacity as in evaluation",
                       "Which expert each character of a passage went to."};

const MetricNote projection{"Hidden states, PCA",
                            "the router's input x in the plane of the two leading eigenvectors of its covariance, "
                            "whose axes are turned to stay put from look to look",
                            "1/width of the variance in each component, if nothing stands out",
                            "clusters of one colour: the router cuts the space into regions",
                            "Jolliffe 2002; axes and signs are kept steady from look to look",
                       "What the router sees of each token, flattened into a map of two axes."};

const MetricNote projection_of_logits{"Router logits, PCA",
                                      "the clean logits z in the plane of the two leading eigenvectors of their "
                                      "covariance, whose axes are turned to stay put from look to look",
                                      "1/N of the variance in each component, if experts do not move together",
                                      "clusters of one colour; near a corner between two, the router wavers",
                                      "no noise; a shift of all logits alike changes no choice, and shows here",
                       "The router's numbers for each token, as a map of two axes."};

const MetricNote projection_of_inputs{
    "Raw inputs, PCA", "what goes into the first block: token + position embeddings; of points their coordinates", "",
    "clusters here are there before any layer has worked: what hidden states show beyond them was learned",
    "in two dimensions points stand where they are; else the two leading components",
                       "What goes into the model before anything was learned of it, as a map."};

const MetricNote tsne{"t-SNE", "min KL(P || Q), nats; p from Gaussians whose width gives each point `perplexity` neighbours, q ∝ 1 / (1 + distance²)", "",
                      "who is whose neighbour; try several perplexities. Distances between clusters, their sizes and the axes mean nothing",
                      "van der Maaten & Hinton 2008, exact, 1,000 iterations, seeded; colours are those of the look it was made of",
                       "A map that keeps neighbours together, and nothing else."};

const MetricNote gate_arrows{"Gate arrows", "z_i = w_i · x: the row w_i in the plane, where the logit of expert i grows; of logits the experts' own axes", "",
                             "each points at the cloud of its own colour; equal arrows are experts the router cannot tell apart",
                             "from the cloud's centre, all lengths by one factor: what lies outside the plane, and biases, do not show",
                       "The direction in which each expert's score grows."};

const MetricNote generation{"Generated text",
                            "sampled from softmax(logits / temperature) over the top-k characters", "",
                            "colour: the expert each character was sent to first", "no noise, no dropping",
                       "What the model writes by itself, one character after another."};

const MetricNote loss_of_points{"Cross-entropy", "mean of −ln p(true class), nats",
                                "ln C for a uniform guess among C classes", "falls towards 0; the test split stays close to training",
                                "no balance loss is in this curve; smoothed by a debiased exponential mean",
                       "How surprised the model is by a point's class: 0 would be certainty."};

const MetricNote accuracy{"Accuracy", "points whose most probable class is the true one / points",
                          "1 / C; always naming the largest class scores its share",
                          "well above both; test close to train",
                          "train: the batch just learned from, noise and drops included; test: all test points, no noise",
                       "The share of points that get their true class."};

const MetricNote plane{"Plane", "ground: what the model does with a point there; first expert at the left, predicted class at the right",
                       "", "regions of experts that follow the shape of the data mean the router has found it",
                       "points: the test split; rings: wrongly classified; no noise, nothing dropped on the ground",
                       "The whole plane, asked of the model: which expert decides, and which class comes out."};

const MetricNote gate_gradients{
    "Gradients at the gate", "at each expert's row of the gate: g of cross-entropy, a of Σ coefficient × loss; |a| / (|g| + |a|), cos(g, a)",
    "", "the task pulls as well: a share near 100 % is balance for its own sake; a cosine below 0 is a conflict",
    "over the probe's tokens, without noise or drops; worked out only while it is seen",
                       "Whether task and balance pull a gate in one direction or against each other."};

const MetricNote confusion{"Confusion matrix", "cell (i, j): test points of class i taken for class j; colour: the share of row i",
                           "1 / C of a row in every cell", "everything on the diagonal",
                           "the whole test split, at the last probe",
                       "Who is taken for whom."};

const MetricNote projection_of_points{
    "Hidden states, PCA",
    "the router's input x of every test point in the plane of the two leading eigenvectors of its covariance, "
    "whose axes are turned to stay put from look to look",
    "1/width of the variance in each component, if nothing stands out",
    "clusters of one class: the layers before have told them apart",
    "Jolliffe 2002; axes and signs are kept steady from look to look",
                       "What the router sees of each point, flattened into a map of two axes."};

const MetricNote specialization{"Specialization", "N_{i,D} / N_D: of the tokens with label D, the share expert i was chosen for",
                                "k/N in every cell; with uneven loads each expert's share of all tokens, lift 1×",
                                "rows that differ: experts have found subjects of their own",
                                "OLMoE (2409.02060), section 5.3; validation tokens, no noise, before capacity",
                       "Which expert serves which subject more than the others."};

const MetricNote co_activation{"Co-activation", "N_ij / N_i: of expert i's tokens, the share that expert j was chosen for too",
                               "(k−1)/(N−1); lift 1×",
                               "near chance; pairs far above it do one expert's work together",
                               "OLMoE (2409.02060), over all pairs of a token's experts; lift takes loads into account",
                       "Which experts are called for the same tokens."};

const MetricNote expert_card{"Expert", "one expert of the shown layer: its load, what it is given, its weights, its company", "",
                             "each figure stands beside what chance or the other experts would give",
                             "load: training steps; the rest: the look shown, validation tokens, no noise, before capacity",
                       "All that is known of one expert."};

const MetricNote expert_share{"Share of tokens", "c_i / T: of the probe's tokens, the share this expert was chosen for",
                              "k/N", "near chance if loads are even", "fixed validation tokens, no noise, before capacity",
                       "How many of all tokens come to this expert."};

const MetricNote expert_loss{"Loss of its tokens", "mean loss of the tokens it was chosen for, nats",
                             "the mean of all tokens", "above: it works on hard tokens; it says little of how well",
                             "validation tokens; all its experts take part in a token's loss",
                       "How hard the tokens of this expert are."};

const MetricNote expert_norm{"Weight norm", "Euclidean norm of all weights and biases of the expert", "the mean of the other experts",
                             "near the others; an expert that learns little keeps the norm it began with",
                             "the weights of the look shown",
                       "How large its weights have grown."};

const MetricNote expert_alike{"Alike in weights", "cosine of the weights of two experts, each as one vector", "0, as for random weights",
                              "near 0: each does its own; near 1: a copy, as after adding an expert",
                              "units compared in place: the same function with its units in another order is not found",
                       "Whether two experts compute nearly the same."};

const MetricNote expert_partners{"Chosen together", "lift (N_ij / N_i) (kT − c_i) / ((k−1) c_j) of the pairs with at least 3 tokens",
                                 "1×; share by chance (k−1)/(N−1)", "far above 1×: the two do one expert's work together",
                                 "OLMoE (2409.02060), over all pairs of a token's experts",
                       "Whom this expert works with."};

const MetricNote expert_tokens{"Characteristic tokens", "N_{x,i} / N_x: of character x's tokens, the share that came here",
                               "c_i / T, the expert's share of all tokens (the mark)",
                               "far right of the mark: the expert has made this character its own",
                               "the least likely by chance first: z = (N_{x,i} − N_x c_i/T) / its binomial deviation",
                       "The characters that come here more than chance would send."};

const MetricNote expert_examples{"Surest examples", "what it was given with the largest combine weight",
                                 "1 where one expert a token has its weight normalised", "",
                                 "one of each characteristic token first; never two within 6 tokens of a passage",
                       "The places where the router was surest of this expert."};

const MetricNote token_matrix{"Tokens by expert", "N_{x,i} / N_x: of character x's tokens, the share expert i was chosen for",
                              "k/N; with uneven loads each expert's share of all tokens",
                              "rows with one bright cell: that character has its expert",
                              "OLMoE (2409.02060), section 5.4; characters seen at least 10 times",
                       "Which expert serves which single character."};

const MetricNote nmi{"Normalised mutual information", "(I − I₀) / (mean of H(E), H(Y) − I₀), I₀ with shuffled labels",
                     "0, whatever the loads", "rises as experts specialise; with k > 1 it cannot reach 1",
                     "Vinh 2010's adjustment by 32 permutations; a token's weight is shared by its experts",
                       "How much an expert tells of the label, and the label of the expert, above chance."};

const MetricNote nmi_first{"NMI of first choices", "the same with every token's best expert alone", "0",
                           "1: label and expert tell each other", "Vinh 2010",
                       "The same for each token's best expert alone."};

const MetricNote ari{"Adjusted Rand index", "agreement of two partitions of the tokens, first choice and label, above chance",
                     "0", "1: the same partition", "Hubert and Arabie 1985",
                       "Whether experts group the tokens as the labels do."};

const MetricNote vocabulary{"Vocabulary specialization", "mean over characters of (v − v₀) / (1 − v₀), v = the largest share one expert has of it",
                            "0: ids shuffled over the positions", "1: every character has one expert, whatever stands around it",
                            "OLMoE (2409.02060); characters seen at least 10 times",
                       "How far a character alone decides its expert."};

}  // namespace notes

void draw_note(const MetricNote& note, std::string_view live, const viz::Theme& theme, float scale,
               std::string_view chance) {
  const auto line = [&](const char* name, std::string_view text) {
    if (text.empty()) return;
    ImGui::PushStyleColor(ImGuiCol_Text, theme.text_dim);
    ImGui::TextUnformatted(name);
    ImGui::PopStyleColor();
    ImGui::SameLine(64 * scale);
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + 300 * scale);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopTextWrapPos();
  };
  viz::push_font(theme.fonts.bold);
  ImGui::TextUnformatted(note.name.data(), note.name.data() + note.name.size());
  ImGui::PopFont();
  if (!live.empty()) {
    ImGui::SameLine(0, 10 * scale);
    viz::push_font(theme.fonts.mono);
    ImGui::TextUnformatted(live.data(), live.data() + live.size());
    ImGui::PopFont();
  }
  viz::push_font(theme.fonts.small);
  line("formula", note.formula);
  line("chance", chance.empty() ? note.chance : chance);
  line("healthy", note.healthy);
  line("source", note.source);
  ImGui::PopFont();
}

void note_tooltip(const MetricNote& note, std::string_view live, const viz::Theme& theme, float scale,
                  std::string_view chance) {
  ImGui::BeginTooltip();
  draw_note(note, live, theme, scale, chance);
  ImGui::EndTooltip();
}

}  // namespace switchyard::app
