#include "app/run/route_wishes.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "app/files/typed_path.h"
#include "app/run/notices.h"
#include "app/run/transport.h"
#include "core/base/file_name.h"
#include "core/config/gates.h"
#include "core/record/folder/run_place.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/manifest.h"
#include "core/session/viewing/recording_wish.h"

namespace switchyard::app {

const RunStatus* leading_status(const PanelInput& in) {
  if (!is_record(in.status)) return &in.status;
  for (const RunView* run : in.others)
    if (!is_record(run->status)) return &run->status;
  return nullptr;
}

std::string why_no_routes(const PanelInput& in) {
  const RunStatus* const leads = leading_status(in);
  if (!leads) return "nothing learns here";
  if (!can_run(*leads) || !leads->config) return "there is no model yet";
  const Config& config = *leads->config;
  if (config.ffn == Ffn::dense) return "this model has no experts (ffn = dense)";
  const GateTraits has = traits(config.gate);
  if (!has.choices || !has.top_k) return "with this gate not every token has top_k experts of its own";
  return {};
}

std::string place_for_routes(const PanelInput& in) {
  const RunStatus* const leads = leading_status(in);
  const RunStatus& status = leads ? *leads : in.status;
  const std::filesystem::path above = status.run_folder.empty() ? default_runs_directory().parent_path() / "routes"
                                                                : path_of_text(status.run_folder);
  const std::string name = fmt::format("routes-{}", status.step + 1);
  std::filesystem::path free = above / name;
  std::error_code code;
  for (int number = 2; std::filesystem::exists(free, code) && number < 1000; ++number)
    free = above / fmt::format("{}-{}", name, number);
  return typed_of_path(free);
}

bool record_routes(const PanelInput& in, UiState& ui, Commands& out, const std::string& typed) {
  const std::filesystem::path folder = path_of_typed(typed, default_runs_directory());
  std::error_code code;
  const bool taken = std::filesystem::exists(folder, code) && !std::filesystem::is_empty(folder, code);
  if (taken || !folder.is_absolute()) {
    add_toast(ui, Notice::Level::error,
              fmt::format("{}: {}", typed,
                          taken ? "is there already; routes go into a new folder, or an empty one"
                                : "is no path from / or ~/ on"),
              in.now_s);
    return false;
  }
  ui.used.note(Chooses::routes, folder);  // where they are looked for to be replayed
  out.emplace_back(RecordRoutes{text_of_path(folder.native())});
  return true;
}

void end_recorded_routes(Commands& out) { out.emplace_back(RecordRoutes{}); }

void follow_routes(UiState& ui, Commands& out, const std::string& folder) {
  const std::filesystem::path path = path_of_text(absolute_text(text_of_path(path_of_text(folder).native())));
  ui.used.note(Chooses::routes, path);
  out.emplace_back(FollowRoutes{text_of_path(path.native())});
  ui.wants_live = true;
}

void let_router_choose(Commands& out) { out.emplace_back(FollowRoutes{}); }

std::string routes_to_follow(const PanelInput& in, const UiState& ui) {
  // Nothing learns here before the knobs have its settings.
  if (!in.status.recorded || !ui.knobs.is_set) return {};
  const RecordingForm* const form = form_named("routes");
  const bool is_it = form && in.status.recorded->producer == form->title && in.status.recorded->has_choices;
  if (!is_it) return {};
  // Of one that began anew the id ends in a number; of its manifest, dropped, the folder is meant.
  std::filesystem::path path = path_of_recording(in.run.id);
  if (path.filename() == kManifestName) path = path.parent_path();
  return text_of_path(path.native());
}

}  // namespace switchyard::app
