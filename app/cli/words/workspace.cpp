#include "app/cli/words/workspace.h"

#include <algorithm>

namespace switchyard::app {
namespace {

constexpr WorkspaceSpec kTable[] = {
    {.id = Workspace::train,
     .name = "train",
     .title = "Train",
     .shows = "Knobs, curves, text and load: everything a run needs at a glance.",
     .knobs = true},
    {.id = Workspace::routing,
     .name = "routing",
     .title = "Routing",
     .shows = "Where tokens go, layer by layer, and which experts work together.",
     .version = 2},
    {.id = Workspace::specialization,
     .name = "specialization",
     .title = "Specialization",
     .shows = "Which experts serve which domains and characters, against chance; the card of one.",
     .version = 2},
    {.id = Workspace::tokens,
     .name = "tokens",
     .title = "Tokens",
     .shows = "Single tokens (or points) and what the router makes of each."},
    {.id = Workspace::projection,
     .name = "projection",
     .title = "Projection",
     .shows = "What the router sees, as a map."},
    {.id = Workspace::health,
     .name = "health",
     .title = "Health",
     .shows = "Every layer's balance over the run, and what went wrong since when."},
    {.id = Workspace::compare,
     .name = "compare",
     .title = "Compare",
     .shows = "Runs over one another, in step: what differs, and what comes of it.",
     .version = 2,
     .knobs = true},
    {.id = Workspace::runs,
     .name = "runs",
     .title = "Runs",
     .shows = "All runs of a directory as a table: filter, sort, group, open, compare, delete."},
    {.id = Workspace::machines,
     .name = "machines",
     .title = "Machines",
     .shows = "Several processes that train one model: who waits for whom, and what balance would save."},
    {.id = Workspace::causes,
     .name = "causes",
     .title = "Causes",
     .shows =
         "What an expert is for, and what the router is worth: the model is tried otherwise than it learned."},
    {.id = Workspace::checkpoint,
     .name = "checkpoint",
     .title = "Checkpoint",
     .shows =
         "The weights of a model that another program trained: its routers, its experts, how alike they are."},
};
static_assert(std::size(kTable) == kWorkspaces);

}  // namespace

std::span<const WorkspaceSpec> workspaces() { return kTable; }

const WorkspaceSpec& spec_of(Workspace workspace) { return kTable[static_cast<std::size_t>(workspace)]; }

const WorkspaceSpec* find_workspace(std::string_view name) {
  const auto same = [](char asked, char own) {
    return own == (asked >= 'A' && asked <= 'Z' ? static_cast<char>(asked - 'A' + 'a') : asked);
  };
  for (const WorkspaceSpec& spec : kTable)
    if (std::ranges::equal(name, spec.name, same)) return &spec;
  return nullptr;
}

}  // namespace switchyard::app
