#include "core/record/folder/run_script.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/caught.h"
#include "core/record/script/load_script.h"

namespace switchyard {

void RunScript::write(const Trainer& trainer, const std::vector<NamedTensor>& weights,
                      const std::filesystem::path& folder) {
  const auto made = caught(kLoadScript, [&] {
    std::vector<ScriptTensor> tensors;
    for (const NamedTensor& tensor : weights) tensors.push_back({tensor.name, tensor.shape});
    return load_script(trainer.config(), trainer.data().outputs.size(), tensors);
  });
  if (!made) return say(made.error().message);
  const std::filesystem::path file = folder / kLoadScript;
  waits_ = file != file_ || *made != text_ || !lies_ || identity_of(file) != lies_;
  file_ = file;
  text_ = *made;
  write_waiting();
}

void RunScript::write_waiting() {
  if (!waits_) return;
  const Result<void> done = caught(kLoadScript, [&] { return replace_file(file_, std::string_view(text_)); });
  waits_ = !done;
  lies_ = done ? identity_of(file_) : std::nullopt;
  say(done ? std::string() : done.error().message);
}

void RunScript::say(const std::string& why) {
  if (!why.empty() && why != said_)
    news_.push_back({true, fmt::format("The weights are saved, the program that reads them is not: {}", why), {}});
  said_ = why;
}

std::vector<RecordingNews> RunScript::take_news() { return std::exchange(news_, {}); }

}  // namespace switchyard
