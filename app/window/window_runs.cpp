#include "app/window/window_runs.h"

#include <filesystem>
#include <memory>
#include <utility>

#include "app/cli/terminal.h"
#include "app/window/beside/companions.h"
#include "app/window/system/window.h"
#include "core/record/folder/run_folder.h"

namespace switchyard::app {

LiveRunOptions run_options(const Options& options) {
  LiveRunOptions session;
  session.playing = options.screenshot.empty() && !options.steps && !options.weights;
  session.wake = &Window::wake;
  if (options.resume) session.go_on = std::make_shared<const RunToGoOn>(std::exchange(*options.resume, {}));
  session.replay = options.replay;
  session.shadows_replay = options.shadow;
  session.make_trainer_from = make_engine_trainer_from;
  session.catches_up = true;  // of those that are compared none runs ahead
  // A picture on its own leaves no run behind.
  if (!options.screenshot.empty() && options.out.empty()) return session;
  session.make_observer = [out = options.out](const Trainer& trainer) -> Result<std::unique_ptr<Observer>> {
    const std::filesystem::path path =
        out.empty() ? new_run_folder(default_runs_directory(), trainer.data().name) : std::filesystem::path(out);
    auto folder = RunFolder::create(path);
    if (!folder) return folder.error();
    return std::unique_ptr<Observer>(std::move(*folder));
  };
  return session;
}

LiveRunOptions companion_options(const Options& options) {
  LiveRunOptions session;
  session.wake = &Window::wake;
  session.make_trainer_from = make_engine_trainer_from;
  if (!options.screenshot.empty() && options.out.empty()) return session;
  session.make_observer = [out = options.out](const Trainer& trainer) -> Result<std::unique_ptr<Observer>> {
    auto folder = RunFolder::create(new_run_folder(runs_beside(out), trainer.data().name));
    if (!folder) return folder.error();
    return std::unique_ptr<Observer>(std::move(*folder));
  };
  return session;
}

void remove_unused_run(const std::string& folder) {
  std::error_code code;
  const std::filesystem::path path(folder);
  if (folder.empty() || !std::filesystem::exists(path / "run.lock", code)) return;
  const std::filesystem::path kept = path / "checkpoints";
  if (std::filesystem::exists(kept, code) && !std::filesystem::is_empty(kept, code)) return;
  if (std::filesystem::exists(path / "model.safetensors", code)) return;
  std::filesystem::remove_all(path, code);
}

}  // namespace switchyard::app
