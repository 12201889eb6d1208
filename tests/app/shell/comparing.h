// The workbench with runs beside the one that learns, as Compare has them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {

class ComparingTest : public WorkbenchTest {
 protected:
  explicit ComparingTest(float width = 1280, float height = 720) : WorkbenchTest(width, height) {
    ui_.show_welcome = false;
    live_.run().id = live_.status.run = "led";
    live_.run().place = 0;
    live_.runs.lead("led");
    draw(2);
  }
  // A run beside the one that learns, of these settings, at its step.
  app::RunView& begin_beside(const std::string& id, const Config& config, const std::string& called) {
    live_.runs.open({id, 1'000'000, 0, nullptr, std::nullopt});
    app::RunView& view = *live_.runs.find(id);
    for (std::int64_t step = 1; step <= 60; ++step) view.history.append(fake_record(config, step, 1'000'000));
    view.status = live_.status;
    view.status.run = id;
    view.status.state = RunState::followed;
    view.status.config = std::make_shared<Config>(config);
    view.beside = RunState::playing;
    view.called = called;
    return view;
  }
  Config with_k(std::int64_t k) const {
    Config config = *live_.status.config;
    config.top_k = k;
    return config;
  }
};

}  // namespace switchyard::test
