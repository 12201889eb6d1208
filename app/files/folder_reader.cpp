#include "app/files/folder_reader.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/base/caught.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

// Threads that a disk holds back; with more of them nothing else is read.
constexpr int kMostAtOnce = 16;
// How long the end of the program waits for a reader: none is cut off where the disk answers.
constexpr auto kPatience = std::chrono::milliseconds(200);
// A look that takes longer holds back no other.
constexpr auto kLongLook = std::chrono::seconds(2);

std::atomic<int> readers = 0;

}  // namespace

// What a reader and the window share; the window may be gone.
struct FolderReader::Shared {
  explicit Shared(void (*wake_window)()) : wake(wake_window) {}

  void (*const wake)();
  std::mutex mutex;
  std::condition_variable changed;
  bool unwanted = false, ended = false;
  std::shared_ptr<const Folder> folder;
  std::vector<std::pair<fs::path, EntryKind>> to_look_into;
  std::map<std::string, EntryLook> looks;
  bool looked = false;
  std::optional<std::chrono::steady_clock::time_point> looks_since;

  bool tell(Folder news) {
    const std::lock_guard lock(mutex);
    if (unwanted) return false;
    folder = std::make_shared<const Folder>(std::move(news));
    if (wake) wake();
    return true;
  }
};

template <class Job>
void FolderReader::start(std::shared_ptr<Shared>& place, Job job) {
  if (place) {
    const std::lock_guard lock(place->mutex);
    place->unwanted = true;
    place->changed.notify_all();
  }
  place = std::make_shared<Shared>(wake_);
  Folder none;
  none.whole = true;
  if (readers.fetch_add(1) >= kMostAtOnce) {
    readers.fetch_sub(1);
    none.problem = "Some disk does not answer, and nothing else can be read meanwhile.";
    place->ended = true;
    place->tell(std::move(none));
    return;
  }
  const Result<void> begun = caught("a folder", [&]() -> Result<void> {
    std::thread([shared = place, job = std::move(job)] {
      const Result<void> done = caught("a folder", [&]() -> Result<void> {
        job(*shared);
        return {};
      });
      if (!done) {
        Folder failed;
        failed.whole = true;
        failed.problem = done.error().message;
        shared->tell(std::move(failed));
      }
      readers.fetch_sub(1);
      const std::lock_guard lock(shared->mutex);
      shared->ended = true;
      shared->changed.notify_all();
    }).detach();
    return {};
  });
  if (begun) return;
  readers.fetch_sub(1);
  none.problem = begun.error().message;
  place->ended = true;
  place->tell(std::move(none));
}

void FolderReader::let_go() {
  for (const auto* place : {&folder_, &places_, &looks_})
    if (*place) {
      const std::lock_guard lock((*place)->mutex);
      (*place)->unwanted = true;
      (*place)->changed.notify_all();
    }
}

FolderReader::~FolderReader() {
  let_go();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (const auto* place : {&folder_, &places_, &looks_})
    if (*place) {
      std::unique_lock lock((*place)->mutex);
      (*place)->changed.wait_until(lock, until, [&] { return (*place)->ended; });
    }
}

void FolderReader::read(fs::path folder) {
  start(folder_, [folder = std::move(folder)](Shared& shared) {
    read_folder(folder, [&](Folder news) { return shared.tell(std::move(news)); });
  });
}

void FolderReader::read_places(std::vector<fs::path> paths) {
  start(places_, [paths = std::move(paths)](Shared& shared) { shared.tell(app::read_places(paths)); });
}

void FolderReader::look_into(std::vector<std::pair<fs::path, EntryKind>> paths) {
  bool stuck = false;
  std::map<std::string, EntryLook> known;
  if (looks_) {
    const std::lock_guard lock(looks_->mutex);
    const bool long_look =
        looks_->looks_since && std::chrono::steady_clock::now() - *looks_->looks_since > kLongLook;
    stuck = looks_->unwanted || long_look;
    if (long_look) known = looks_->looks;
  }
  if (!looks_ || stuck) {
    start(looks_, [](Shared& shared) {
      std::unique_lock lock(shared.mutex);
      while (true) {
        shared.changed.wait(lock, [&] { return shared.unwanted || !shared.to_look_into.empty(); });
        if (shared.unwanted) return;
        const auto [path, kind] = std::move(shared.to_look_into.back());
        shared.to_look_into.pop_back();
        if (shared.looks.contains(path.native())) continue;
        shared.looks_since = std::chrono::steady_clock::now();
        lock.unlock();
        auto look = caught("a look", [&]() -> Result<EntryLook> { return app::look_into(path, kind); });
        lock.lock();
        shared.looks_since.reset();
        if (shared.unwanted) return;
        shared.looks.insert_or_assign(path.native(), look ? std::move(*look) : EntryLook());
        shared.looked = true;
        if (shared.wake && shared.to_look_into.empty()) shared.wake();
      }
    });
    const std::lock_guard lock(looks_->mutex);
    looks_->looks = std::move(known);
  }
  const std::lock_guard lock(looks_->mutex);
  looks_->to_look_into = std::move(paths);
  looks_->changed.notify_all();
}

std::shared_ptr<const Folder> FolderReader::folder() const {
  if (!folder_) return nullptr;
  const std::lock_guard lock(folder_->mutex);
  return folder_->folder;
}

std::shared_ptr<const Folder> FolderReader::places() const {
  if (!places_) return nullptr;
  const std::lock_guard lock(places_->mutex);
  return places_->folder;
}

bool FolderReader::take_looks(std::map<std::string, EntryLook>& into) {
  if (!looks_) return false;
  const std::lock_guard lock(looks_->mutex);
  if (!std::exchange(looks_->looked, false)) return false;
  into = looks_->looks;
  return true;
}

}  // namespace switchyard::app
