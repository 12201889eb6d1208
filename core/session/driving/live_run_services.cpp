// What a LiveRun does beside training: text that the model writes, and tokens that are looked into.
#include <chrono>
#include <memory>
#include <utility>

#include "core/session/driving/live_run.h"

namespace switchyard {
namespace {

// What generation may take of a training step; a pause of the stream to hear commands when paused.
constexpr std::chrono::milliseconds kGenerationSlice{15};
constexpr double kInspectionSlice_s = 0.015;  // the same for a counterfactual

}  // namespace

Result<TrainerState> LiveRun::state() const {
  if (!trainer_) return usage_error("there is no model yet");
  TrainerState state;
  if (auto saved = trainer_->save(state); !saved) return saved.error();
  return state;
}

// A few tokens, at least one, then back to training and commands.
void LiveRun::generate() {
  const auto until = std::chrono::steady_clock::now() + kGenerationSlice;
  GenerationChunk chunk{generation_->id, {}, false};
  do {
    auto token = trainer_->generate_token();
    if (!token) {
      publish(Notice{Notice::Level::error, token.error().message, 0});
      generation_->tokens_left = 0;
      break;
    }
    chunk.tokens.push_back(std::move(*token));
  } while (--generation_->tokens_left > 0 && std::chrono::steady_clock::now() < until);
  chunk.done = generation_->tokens_left <= 0;
  if (chunk.done) generation_.reset();
  publish(std::move(chunk));
}

void LiveRun::end_generation() {
  if (!generation_) return;
  publish(GenerationChunk{generation_->id, {}, true});
  generation_.reset();
}

// --- inspection

void LiveRun::inspect() {
  const Result<void> tried = trainer_->inspect_more(*inspection_, kInspectionSlice_s);
  if (!tried) return end_inspection(tried.error().message.c_str());
  publish(std::shared_ptr<const Inspection>(std::make_shared<Inspection>(*inspection_)));
  if (inspection_->done) inspection_.reset();
}

void LiveRun::end_inspection(const char* why) {
  if (!inspection_) return;
  inspection_->done = true;
  inspection_->no_regret = why;
  publish(std::shared_ptr<const Inspection>(std::make_shared<Inspection>(std::move(*inspection_))));
  inspection_.reset();
}

}  // namespace switchyard
