#include "core/record/folder/run_text.h"

#include <fmt/format.h>
#include <pthread.h>

#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "core/base/file_name.h"
#include "core/record/folder/kept_text.h"

namespace switchyard {

void RunText::begin(const Trainer& trainer) {
  text_.reset();
  folder_.clear();
  said_.clear();
  const DataInfo& data = trainer.data();
  if (auto bytes = trainer.text(); bytes && !data.path.empty())
    text_ = Text{path_of_text(data.path).filename(), data.text.source, std::move(bytes)};
}

void RunText::keep_in(const std::filesystem::path& folder) {
  // Asked after every write: texts compare sooner than paths.
  if (folder.empty() || folder.native() == folder_) return;
  folder_ = folder.native();
  try {
    under_way_.push_back(std::async(std::launch::async, [folder, text = text_] {
      ::pthread_setname_np(::pthread_self(), "text");
      return keep(folder, text);
    }));
  } catch (const std::exception& no_thread) {
    say(no_thread.what());
  }
}

void RunText::end() {
  for (std::future<std::string>& job : under_way_) say(job.get());
  under_way_.clear();
  std::error_code code;
  if (text_ && !folder_.empty() && !std::filesystem::exists(own_text(folder_, text_->name), code) &&
      std::filesystem::is_directory(folder_, code))
    say(keep(folder_, text_));
}

std::string RunText::keep(const std::filesystem::path& folder, const std::optional<Text>& text) {
  std::string why;
  if (text)
    if (const auto kept = keep_text(folder, text->name, text->print, *text->bytes); !kept)
      why = kept.error().message;
  remove_unused_texts(runs_of(folder));
  return why;
}

void RunText::say(const std::string& why) {
  if (why.empty() || why == said_) return;
  said_ = why;
  news_.push_back(
      {true, fmt::format("The text of this run is not kept with it, training goes on: {}; to go on later it is "
                         "looked for where it lies now",
                         why)});
}

std::vector<RecordingNews> RunText::take_news() {
  std::erase_if(under_way_, [&](std::future<std::string>& job) {
    if (job.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
    say(job.get());
    return true;
  });
  return std::exchange(news_, {});
}

}  // namespace switchyard
