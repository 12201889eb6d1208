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

namespace switchyard::app {

std::string why_no_routes(const PanelInput& in) {
  if (in.status.recorded || is_record(in.status) || in.run.beside)
    return "the run that is shown is not the one that learns here";
  if (!can_run(in.status) || !in.status.config) return "there is no model yet";
  const Config& config = *in.status.config;
  if (config.ffn == Ffn::dense) return "this model has no experts (ffn = dense)";
  const GateTraits has = traits(config.gate);
  if (!has.choices || !has.top_k) return "with this gate not every token has top_k experts of its own";
  return {};
}

std::string place_for_routes(const PanelInput& in) {
  const std::filesystem::path above = in.status.run_folder.empty()
                                          ? default_runs_directory().parent_path() / "routes"
                                          : path_of_text(in.status.run_folder);
  const std::string name = fmt::format("routes-{}", in.status.step + 1);
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
  return is_it ? in.run.id : std::string();
}

}  // namespace switchyard::app
