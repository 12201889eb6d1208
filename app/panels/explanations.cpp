#include "app/panels/explanations.h"

namespace switchyard::app {
namespace {

constexpr Explanation kExplanations[] = {
    {"knobs", "Every setting of model and training, by level.",
     "A dot marks what differs from the preset the run began from, amber what is on its way to the trainer. Rest on a name for what "
     "it does; a right click tries another value beside, or sweeps.",
     "No sentence in red or amber at the foot.", "Set Top-k to 1 and watch the loads."},
    {"loss", "How surprised the model is by what comes next, in training and on held-out data.",
     "Lower is better. Dashed lines are what knows nothing, and what knows only the character before. Vertical "
     "marks are your edits.",
     "Both curves fall and stay together; validation gets under the bigram line.",
     "Raise the learning rate tenfold, then Ctrl+Z."},
    {"expert-load", "How the tokens of one layer share out over its experts, now and over time.",
     "1× is an expert's fair share. Red bars starve or are dead; the strip below is the same over steps, a row an "
     "expert.",
     "All bars between 0.5× and 2×.",
     "Set Switch loss to 0 and Top-k to 1: a few experts take all. Set them back."},
    {"layer-load", "The load of every expert in every layer over the whole run.",
     "A block of rows is a layer. Bright is above the fair share, dark below.",
     "Even colour; early streaks that fade.", "Click a row: that expert is lit everywhere and gets its card."},
    {"routing", "Balance loss, entropies, the busiest expert and what was dropped, a curve a layer.",
     "Dashed lines are what an even router would give. Hover over a name for formula and source.",
     "Load entropy near 1, max violation near its line, drops at 0.",
     "Set Overflow to drop-late and watch the drops."},
    {"health", "Alerts with a remedy, and each figure of each layer over the run against its healthy range.",
     "A row is a layer, a column a figure; the grey band is healthy. An alert says since when.",
     "Curves inside their bands and no alert.",
     "Start from Collapse on purpose, wait for the alert, and take its remedy."},
    {"projection", "The tokens as the router sees them, as a map.",
     "Near means alike to the router. Arrows point where each expert's score grows. A box with the right button "
     "selects tokens everywhere.",
     "Regions of one colour: the router cuts the space into pieces.",
     "Colour by domain, then by expert, and compare."},
    {"ablation", "What the loss becomes without an expert, over all tokens and over the groups it tells on most.",
     "A bar is the effect on all tokens; the bracket on it is what as many choices of the other experts cost, on "
     "average "
     "and at most. Blue cells are worse without it than that; framed ones come up in both halves of the data.",
     "Each expert costs more than its bracket, and serves something.",
     "Press Ablate, then click a row: that expert is lit everywhere."},
    {"steering",
     "What becomes of the loss, and of whom they are given, as a number α is added to some experts' logits.",
     "At α = 0 stands the model as it is. To the right they are chosen more, to the left less; the areas below "
     "are the "
     "domains or classes of the tokens they are given then.",
     "Lowest near α = 0.", "Steer the experts of code, and see whose loss rises first."},
    {"zoo",
     "What other gates make of this batch: each is tried in one layer, on the same hidden states and logits.",
     "A row is a gate, the dot the trained one. Bars are loads, dashed the fair share; overlap is how much of a "
     "token's "
     "set the trained gate chose too, regret what better sets would have saved.",
     "A trained gate with little regret; hash and random cost more.",
     "Press Try every gate, and see which balances best without a loss."},
    {"routes", "The learned router beside routes that need no learning, by loss.",
     "The large dot is the learned router; the band reaches from each token's best sets to the worst of hash and "
     "chance. A dot outside is amber, and said in words.",
     "Inside the band, far to the left of chance and of routes by domain.",
     "Press Try reference routes early in a run and late: the dot moves left."},
    {"prune", "How many experts the model needs, and which: some are taken out of every layer, by four rules.",
     "To the right fewer stay; left the loss at once, right after the model learned on. The table says when each "
     "was "
     "as good again.",
     "Rules that look at the model lose less than chance does.",
     "Press Prune and merge, and find the number that "
     "costs nothing after 100 steps."},
    {"route-diff", "Which share of the same tokens goes to other experts in another model.",
     "A row is a layer. set: another set of experts; renamed: once the other's experts are named as they share "
     "most "
     "tokens; best: another first choice; then the set by domain or class.",
     "Little between neighbouring steps late in a run; against itself 0.",
     "Hold the run against its first kept step, then against itself in bf16."},
    {"checkpoint",
     "A model that another program trained, by its files: layers, experts, shapes, types, and what is missing.",
     "Names and shapes come from the heads of its files, at once. Read all goes once over every expert's weights; "
     "a "
     "few megabytes are held at a time.",
     "Every layer has a router, and no expert is all zeros.",
     "Press Read all, then click a cell of Expert norms."},
    {"gate-norms", "How long each expert's row of the router is, in every layer.",
     "A row is a layer, a column an expert; bright is long. Where many share a cell it shows the farthest from "
     "the mean.",
     "Rows of one layer within a factor of two.",
     "Find a layer with one bright cell: its expert is asked for louder than the others."},
    {"gate-cosines", "Which rows of a layer's router point the same way.",
     "Blue is the same direction, orange the opposite, grey at right angles; the diagonal is left out.",
     "Pale all over: rows that differ.", "Step through the layers with the arrows, and watch the closest pair."},
    {"gate-rank", "How many directions each layer's router tells apart.",
     "A bar is a layer; dashed is N, one direction an expert. A click shows that layer.", "Bars near the line.",
     "Click the lowest bar, and look for its pairs in Router geometry."},
    {"expert-norms", "How long the weights of every expert are, in every layer.",
     "A row is a layer, a column an expert; gate, up and down each by itself, or all three together.",
     "Even within a row. A dark cell learned little, and 0 is an expert that is not there.",
     "Click the darkest cell, and see how many directions it uses."},
    {"expert-cosines", "How alike the experts of a layer are, pair by pair.",
     "Of all weights of an expert as one vector, by sketches: a figure within three sigma of 0 says no more than "
     "nearly at right angles.",
     "Pale all over; experts made from one dense block stay blue for long.",
     "Look at the first and at the last layer: which has experts that are copies?"},
    {"expert-spectrum", "The singular values of one expert's matrices, found in the background.",
     "From the largest to the smallest. The rank counts those that are not 0; the effective rank those that "
     "matter.",
     "A slow fall and an effective rank near full; an early drop means that a smaller expert would do.",
     "Click two experts of one layer, the longest and the shortest, and compare their ranks."},
    {"compared",
     "The runs that are compared: where each stands, what it does, and the settings in which they differ.",
     "The first is what the others are held against. Behind a loss stands its difference from the first's; "
     "unpaired "
     "means that it learns from other batches. How sure? draws each difference with its interval: one that does "
     "not reach 0 is told apart.",
     "One setting differs, and nothing is unpaired.", "Press Other weights: what differs then is luck."},
    {"compared-loss", "Training and held-out loss of the runs that are compared, over one another.",
     "A run has one kind of line everywhere. Faint is training. All stand at the same step, or catch up to it.",
     "Curves that part and stay apart.", "Switch on Try changes beside and set Top-k to 1."},
    {"difference", "Held-out loss of each run less that of the first, at the same steps on the same text.",
     "Below 0 is better than the first. One run of each is one seed: How sure? says it over "
     "several.",
     "A curve that leaves 0 and does not come back.", "Compare with other weights: so far luck alone goes."},
    {"side-by-side",
     "One view of every run that is compared: loads against one scale, or what a look shows, once a run.",
     "They share the moment, the layer, what is chosen and lit, and the zoom; a projection is turned onto that of "
     "the "
     "first. Expert 3 of one run has nothing to do with expert 3 of another, unless one was forked from the "
     "other.",
     "The same picture in all of them, up to the numbers of experts.", "Begin a run beside with Switch loss 0."},
    {"run-table", "The runs of a directory: what each came to, and the settings in which they differ.",
     "A row is a run, a column a figure or a knob. A click on a column's name sorts by it; the filter takes what "
     "SQL "
     "has behind WHERE. The line before a name is that of its curve below.",
     "Grouped by setup, means that lie further apart than their seeds do.",
     "Sort by val_loss, select two rows with Ctrl, Compare. Then group by setup."},
    {"run-losses", "Validation losses of the runs that are selected in the table, over their steps.",
     "Without a selection the first of the table. Grouped, a curve is the mean of its seeds and the band reaches "
     "from "
     "the least to the largest.",
     "Bands that part and stay apart.", "Group by setup: one curve may be luck, a band is several seeds."},
    {"specialization", "Which expert serves which subject, or which single character.",
     "A row is a label; compare with chance, written beside it. Lift 1× is what loads alone would give.",
     "Rows that differ from each other; NMI rises over time.",
     "Choose lift in place of share: rare labels come out."},
    {"co-activation", "Which experts are chosen for the same tokens.",
     "Row i, column j: of the tokens of i, the share that j had too. Chance is (k−1)/(N−1).",
     "Near chance; a very bright pair does one expert's work together.", "Set Top-k to 3 and see pairs form."},
    {"expert", "All that is known of one expert: its load, what it is given, its weights, its company.",
     "Each figure stands beside what chance or the others would give.", "Load near 1× and characters of its own.",
     "Step through the experts with the arrows in its title."},
    {"gradients", "What task and balance losses pull at each expert's row of the gate.",
     "A long bar of balance is work against the task; a cosine below 0 is a conflict.",
     "The task pulls at least as hard.", "Raise Switch loss tenfold and see balance take over."},
    {"flow", "The way of tokens from expert to expert through all layers.",
     "A band's width is its share of tokens; colour is lift, 1× being what the loads alone would have.",
     "Some bands far from 1×: layers build on each other.", "Click an expert to follow only its tokens."},
    {"tokens", "A held-out passage, each character in the colour of its first expert.",
     "Strong colour is a sure choice. Rest on a character for its experts and weights.",
     "Digits, quotes or names in colours of their own.", "Choose another layer above it."},
    {"strips", "One passage, and below it a strip for each layer.",
     "Read down a column: one character's way through the layers.", "Layers differ: each sorts by something else.",
     "Click a character to look into it."},
    {"inspector", "One token: its gate in every layer, what became of it, and its regret.",
     "Bars are the router's probabilities, filled where chosen. Regret is what better experts would have saved.",
     "Regret near 0.", "Click a character in a passage, then ask for its regret."},
    {"generation", "The model writes on from your prompt, as it is now.",
     "Colours are first experts. A low temperature plays safe, a high one dares.",
     "Words after some hundred steps, sentences later.", "Write with temperature 0.3 and with 1.2."},
    {"accuracy", "The share of points that get their true class.",
     "The dashed lines are guessing. Train and test should agree.",
     "Both well above guessing, and close together.", "Raise Point noise and see the ceiling sink."},
    {"plane",
     "The whole plane, asked of the model: which expert decides at the left, which class comes out at the right.",
     "Points are the test split; rings are mistakes.", "Regions that follow the shape of the data.",
     "Set Experts to 2 and see the plane split."},
    {"confusion", "Who is taken for whom, on the whole test split.",
     "A row is a true class, a column what it was taken for.", "Everything on the diagonal.",
     "Raise Classes and see which neighbours mix."},
    {"rank-times",
     "What each process does with a step: computing, exchanging tokens, summing gradients, waiting for others.",
     "A bar is a rank, all on one scale, which ends where the step does. Hatched is waiting; the dashed line is "
     "the step with "
     "perfect balance.",
     "Hardly anything hatched, and the line near the bars' ends.",
     "Start a run with --ranks 2, Expert parallel 2 and Switch loss 0, and see whose experts grow busy."},
    {"rank-course", "How long each rank waited and how fast it computed, over the steps of the run.",
     "Left the share of the step that went in waiting, right tokens a second of a rank's own work. Who is fast "
     "waits.",
     "Waiting near 0 and speeds that lie together.", "Follow a run whose load collapses: waiting grows with it."},
    {"rank-balance", "How uneven loads become waiting, in sentences, and what perfect balance would save.",
     "The slowest rank is told first, then whether that lies in its tokens, then what it costs the others.",
     "A step that perfect balance would not make much shorter.",
     "Raise Switch loss and compare the last sentence."},
    {"rank-tokens", "From which rank tokens went to whose experts.",
     "A row is whose tokens they were, a column whose experts computed them; the last row is what each rank "
     "received of all. The "
     "mark in the key is an even share.",
     "Columns of one colour, near the mark.",
     "Compare a bright column with the bars of the ranks: is it the slowest?"},
    {"events", "What happened in the run, the newest first.",
     "A dot is an edit, an alert (red), its end (green) or a new model (amber), a diamond a step kept whole. The "
     "same "
     "several times in a row is one line.",
     "Edits with nothing red behind them.", "Click an alert, and see in every view how it looked then."},
    {"timeline", "The whole run: losses, load, your edits, and every look that is kept.",
     "Drag, or A and D, to show an earlier look in every view while training goes on. Diamonds are steps kept "
     "whole.",
     "A loss that falls over even colour.", "Drag to the beginning, play with Shift+Space, return with L."},
};

}  // namespace

std::span<const Explanation> explanations() { return kExplanations; }

const Explanation* explanation_of(std::string_view panel) {
  for (const Explanation& one : kExplanations)
    if (one.panel == panel) return &one;
  return nullptr;
}

}  // namespace switchyard::app
