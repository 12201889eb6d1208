#include "app/shell/actions/groups.h"

#include <fmt/format.h>

#include "app/run/compared.h"
#include "app/run/edits.h"
#include "app/run/family.h"
#include "app/run/ranks_begin.h"
#include "app/run/reference.h"
#include "app/run/transport.h"
#include "core/base/limits.h"

namespace switchyard::app {
namespace {

using viz::Key;
using Context = ActionContext;

constexpr std::int64_t kManySteps = 10;

// "Undo Experts: 8 to 12", and whether it changes the model under the curves.
std::string step_text(const char* verb, const std::vector<EditStep>& steps) {
  if (steps.empty()) return verb;
  return fmt::format("{} {}{}", verb, steps.back().what, steps.back().ended > 0 ? " (its model comes back)" : "");
}

bool may_run(const Context& c) { return can_run(c.in.status); }

void add_play(std::vector<Action>& out) {
  out.push_back({.id = "run.play",
                 .group = "Run",
                 .title = "Play or pause",
                 .chord = Chord{.key = Key::space},
                 .run =
                     [](const Context& c) {
                       if (const auto beside = c.in.run.beside)
                         c.ui.comparing.asked.push_back(
                             {c.in.run.id, *beside == RunState::playing ? BesideAsk::pause : BesideAsk::play});
                       else if (is_record(c.in.status)) go_on_with_shown(c.in, c.ui, c.out);
                       else play_or_pause(c.in.status, c.out);
                     },
                 .enabled =
                     [](const Context& c) {
                       return may_run(c) || (c.in.status.state == RunState::opened && !c.in.status.recorded) ||
                              c.in.run.beside;
                     },
                 .also = "start stop train resume"});
  out.push_back({.id = "run.step",
                 .group = "Run",
                 .title = "One step",
                 .chord = Chord{.key = Key::period, .repeats = true},
                 .run = [](const Context& c) { step(c.in.status, 1, c.out); },
                 .enabled = may_run});
  out.push_back({.id = "run.ten-steps",
                 .group = "Run",
                 .title = "Ten steps",
                 .chord = Chord{.key = Key::period, .shift = true, .repeats = true},
                 .run = [](const Context& c) { step(c.in.status, kManySteps, c.out); },
                 .enabled = may_run});
  out.push_back({.id = "run.reset",
                 .group = "Run",
                 .title = "Reset: a new model from the seed",
                 .chord = Chord{.key = Key::r},
                 .run = [](const Context& c) { reset(c.in.status, c.ui.knobs, c.out); },
                 .enabled = may_run,
                 .also = "restart again"});
  out.push_back({.id = "run.fork",
                 .group = "Run",
                 .title = "Fork here",
                 .run = [](const Context& c) { fork_shown(c.in, c.ui, c.out); },
                 .enabled = [](const Context& c) { return !c.in.status.run_folder.empty(); },
                 .detail =
                     "A run of its own from the newest checkpoint up to the moment that is shown learns here; a "
                     "run that learned here stops and becomes a record, which Ctrl+Z brings back.",
                 .also = "branch copy duplicate"});
  out.push_back({.id = "run.stand-on-next",
                 .group = "Run",
                 .title = "Stand on the next run",
                 .run =
                     [](const Context& c) {
                       const std::vector<FamilyMember> runs = family(c.in);
                       for (std::size_t i = 0; i < runs.size(); ++i)
                         if (runs[i].run == &c.in.run) c.ui.wants_shown = runs[(i + 1) % runs.size()].run->id;
                     },
                 .enabled = [](const Context& c) { return !c.in.others.empty(); }});
  out.push_back(
      {.id = "edit.undo",
       .group = "Edit",
       .title = "Undo",
       .chord = Chord{.key = Key::z, .ctrl = true, .repeats = true},
       .run = [](const Context& c) { undo_edit(c.ui.knobs, c.out); },
       .enabled = [](const Context& c) { return !c.ui.knobs.undo.empty(); },
       .detail =
           "Of an edit, a preset, a text or a reset. Where it ended a model, that model comes back as it was.",
       .says = [](const Context& c) { return step_text("Undo", c.ui.knobs.undo); }});
  out.push_back({.id = "edit.redo",
                 .group = "Edit",
                 .title = "Redo",
                 .chord = Chord{.key = Key::z, .ctrl = true, .shift = true, .repeats = true},
                 .run = [](const Context& c) { redo_edit(c.ui.knobs, c.out); },
                 .enabled = [](const Context& c) { return !c.ui.knobs.redo.empty(); },
                 .says = [](const Context& c) { return step_text("Redo", c.ui.knobs.redo); }});
}

void add_compare(std::vector<Action>& out) {
  out.push_back({.id = "compare.beside",
                 .group = "Compare",
                 .title = "Try changes beside",
                 .run = [](const Context& c) { c.ui.knobs.beside = !c.ui.knobs.beside; },
                 .enabled = [](const Context& c) { return can_begin_beside(c.in, c.ui); },
                 .chosen = [](const Context& c) { return c.ui.knobs.beside; },
                 .detail = "The next change of a knob begins a run beside this one, in step with it."});
  out.push_back({.id = "compare.dense-twin",
                 .group = "Compare",
                 .title = "Dense twin beside",
                 .run = [](const Context& c) { begin_dense_twin(c.in, c.ui); },
                 .enabled = [](const Context& c) { return can_begin_dense_twin(c.in, c.ui); },
                 .detail = "A model without experts whose tokens cost as many FLOPs, on the same batches."});
  out.push_back({.id = "compare.other-weights",
                 .group = "Compare",
                 .title = "Other weights beside",
                 .run = [](const Context& c) { begin_other_weights(c.in, c.ui); },
                 .enabled = [](const Context& c) { return can_begin_beside(c.in, c.ui); },
                 .detail = "The same settings on the same batches, with other first weights and noise."});
  out.push_back(
      {.id = "compare.how-sure",
       .group = "Compare",
       .title = "How sure is what Compare shows?",
       .run = [](const Context& c) { c.ui.comparing.study_wanted = study_of(compared_runs(c.in, c.ui)); },
       .enabled = [](const Context& c) { return can_begin_study(study_of(compared_runs(c.in, c.ui)), c.ui); },
       .detail = "Learns what is compared with five seeds, in a process of its own, and says what can be "
                 "told apart."});
  out.push_back({.id = "compare.studies",
                 .group = "Compare",
                 .title = "Studies and sweeps…",
                 .run = [](const Context& c) { c.ui.studies_prompt.is_open = true; },
                 .detail = "What was asked of several seeds before: shown again, or gone on with."});
}

void add_ranks(std::vector<Action>& out) {
  out.push_back(
      {.id = "run.ranks",
       .group = "Run",
       .title = "Train with several processes",
       .run =
           [](const Context& c) {
             const std::vector<std::int64_t> fit = processes_that_fit(*c.in.status.config, usable_cores());
             begin_ranks(c.in, c.ui, c.out, fit.front());
             c.ui.wants_workspace = Workspace::machines;
           },
       .enabled = [](const Context& c) { return why_no_ranks(c.in, c.ui).empty(); },
       .detail = "A new run with these settings by processes of their own, followed in Machines. It goes "
                 "on when the window closes."});
  out.push_back({.id = "run.end-ranks",
                 .group = "Run",
                 .title = "Save and end the processes",
                 .run = [](const Context& c) { c.ui.ranks.end_wanted = true; },
                 .enabled = [](const Context& c) { return c.ui.ranks.run; },
                 .detail = "Those that were begun from this window. Their run stays, to be gone on with."});
  out.push_back({.id = "run.self-check",
                 .group = "Run",
                 .title = "Check that several processes compute what one does",
                 .run =
                     [](const Context& c) {
                       c.ui.ranks.check_wanted = true;
                       c.ui.wants_workspace = Workspace::machines;
                     },
                 .enabled = [](const Context& c) { return !c.ui.ranks.check_runs; }});
}

void add_go_back(std::vector<Action>& out) {
  out.push_back({.id = "edit.go-back",
                 .group = "Edit",
                 .title = "Go back to before it failed",
                 .run =
                     [](const Context& c) {
                       branch_off(c.ui.knobs, c.out, c.in.status.sane_checkpoint,
                                  fmt::format("Go back to step {}", c.in.status.sane_step),
                                  began_from(c.in, c.ui));
                     },
                 .enabled =
                     [](const Context& c) {
                       return c.in.status.state == RunState::failed && !c.in.status.sane_checkpoint.empty();
                     },
                 .detail = "A new run from the newest checkpoint of this one whose validation loss was still "
                           "sane; this one stays.",
                 .says =
                     [](const Context& c) {
                       return c.in.status.sane_checkpoint.empty()
                                  ? std::string("Go back to before it failed")
                                  : fmt::format("Go back to step {}, before it failed", c.in.status.sane_step);
                     }});
}

}  // namespace

void add_run(std::vector<Action>& out) {
  add_play(out);
  add_go_back(out);
  add_ranks(out);
  add_compare(out);
}

}  // namespace switchyard::app
