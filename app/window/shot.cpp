#include "app/window/shot.h"

#include "app/run/transport.h"

namespace switchyard::app {

Shot::Next Shot::frame(const Live& live, UiState& ui, AutoWriter& writer, Commands& out) {
  const RunStatus& status = live.status;
  if (status.state == RunState::failed) return Next::failed;
  switch (stage_) {
    case Stage::loading:
      if (status.state != RunState::paused) return Next::wait;
      stage_ = Stage::training;
      if (steps_ > 0) step(status, steps_, out);
      return Next::wait;
    case Stage::training:
      if (status.state != RunState::paused || status.step < steps_) return Next::wait;
      if (!live.run().snapshot || live.run().snapshot->step < status.step) return Next::wait;
      if (!AutoWriter::can_write(status)) {
        stage_ = Stage::settling;
        ui.toasts.clear();
        return Next::draw;
      }
      stage_ = Stage::writing;
      writer.write(ui, out);
      return Next::wait;
    case Stage::writing:
      if (ui.generating) return Next::wait;
      stage_ = Stage::settling;
      ui.toasts.clear();
      return Next::draw;
    case Stage::settling:
      break;
  }
  return ++drawn_ < kSettlingFrames ? Next::draw : Next::save;
}

}  // namespace switchyard::app
