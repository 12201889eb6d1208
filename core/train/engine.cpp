// What the engine library exports; see engine_loader.h.
#include "core/base/version.h"
#include "core/train/interface/engine_loader.h"
#include "core/train/means/device.h"
#include "core/train/means/threads.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

class TorchEngine final : public Engine {
 public:
  Result<std::unique_ptr<Trainer>> create(const Config& config) override { return TrainerImpl::create(config); }
  Result<std::unique_ptr<Trainer>> create(const TrainerState& state) override {
    return TrainerImpl::create(state);
  }
  Result<std::unique_ptr<Trainer>> create_for_weights(const Config& config, const std::vector<std::string>& outputs) override {
    return TrainerImpl::create_for_weights(config, outputs);
  }
  EngineInfo info() const override { return engine_info(set_threads(0), *device_of(DeviceChoice::automatic)); }
};

}  // namespace
}  // namespace switchyard

// Who loads it asks this first.
extern "C" __attribute__((visibility("default"))) const char* switchyard_engine_version() {
  static const std::string version(switchyard::version());
  return version.c_str();
}

// The entry point engine_loader.cpp looks up by this name.
extern "C" __attribute__((visibility("default"))) switchyard::Engine* switchyard_engine() {
  static switchyard::TorchEngine engine;
  return &engine;
}
