// What the engine library exports; see engine_loader.h.
#include "core/train/engine_loader.h"
#include "core/train/threads.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

class TorchEngine final : public Engine {
 public:
  Result<std::unique_ptr<Trainer>> create(const Config& config) override {
    auto corpus = load_corpus(config.corpus, config.context);
    if (!corpus) return corpus.error();
    return TrainerImpl::create(config, *corpus, true);
  }
  Result<std::unique_ptr<Trainer>> create_for_weights(const Config& config, const Vocabulary& vocabulary) override {
    auto corpus = std::make_shared<Corpus>();
    corpus->name = config.corpus;
    corpus->vocabulary = vocabulary;
    return TrainerImpl::create(config, std::move(corpus), false);
  }
  EngineInfo info() const override { return engine_info(set_threads(0)); }
};

}  // namespace
}  // namespace switchyard

// The entry point engine_loader.cpp looks up by this name.
extern "C" __attribute__((visibility("default"))) switchyard::Engine* switchyard_engine() {
  static switchyard::TorchEngine engine;
  return &engine;
}
