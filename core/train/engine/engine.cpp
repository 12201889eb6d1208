// What the engine library exports; see engine_loader.h.
#include "core/base/version.h"
#include "core/train/interface/engine_loader.h"
#include "core/train/means/device.h"
#include "core/train/means/threads.h"
#include "core/train/crew/follower.h"
#include "core/train/crew/lead_trainer.h"
#include "core/train/crew/self_check.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

class TorchEngine final : public Engine {
 public:
  Result<std::unique_ptr<Trainer>> create(const Config& config) override {
    return crew_ ? LeadTrainer::create(config, *crew_) : TrainerImpl::create(config);
  }
  Result<std::unique_ptr<Trainer>> create(const TrainerState& state) override {
    return crew_ ? LeadTrainer::create(state, *crew_) : TrainerImpl::create(state);
  }
  Result<std::unique_ptr<Trainer>> create_for_weights(const Config& config, const std::vector<std::string>& outputs) override {
    return TrainerImpl::create_for_weights(config, outputs);
  }
  EngineInfo info() const override { return engine_info(set_threads(0), *device_of(DeviceChoice::automatic)); }

  Result<void> join(const RankPlace& place, const RankTerms& terms) override {
    auto crew = RankCrew::gather(place, terms);
    if (!crew) return crew.error();
    crew_ = std::move(*crew);
    return {};
  }
  Result<int> follow() override { return switchyard::follow(*crew_); }
  Result<void> self_check(const std::function<bool(const CheckedRow&)>& told) override {
    return switchyard::self_check(*crew_, told);
  }
  void leave(int code) override {
    if (crew_) crew_->leave(code);
    crew_.reset();
  }

 private:
  std::unique_ptr<RankCrew> crew_;
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
