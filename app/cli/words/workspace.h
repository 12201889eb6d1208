// The workspaces: what the window is set up to look at. This is their table; which panels each holds and where is in
// layouts.h.
//
// Needs no screen, so that the command line can name them. Thread safety: the table is immutable.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace switchyard::app {

enum class Workspace {
  train,
  routing,
  specialization,
  tokens,
  projection,
  health,
  compare,
  runs,
  machines,
  causes,
  checkpoint
};
inline constexpr std::size_t kWorkspaces = 11;

struct WorkspaceSpec {
  Workspace id;
  std::string_view name;   // "train": for --workspace and the preferences
  std::string_view title;  // "Train": on its tab
  std::string_view shows;  // one sentence
  int version = 1;         // of its layout: dividers remembered of another version are forgotten
  bool knobs = false;      // whether the knobs are shown unless asked otherwise
};
// In the order of the enum and of the tabs.
std::span<const WorkspaceSpec> workspaces();
const WorkspaceSpec& spec_of(Workspace workspace);
// By name, in letters of either case; nullptr if there is none.
const WorkspaceSpec* find_workspace(std::string_view name);

}  // namespace switchyard::app
