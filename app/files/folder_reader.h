// Folders read for a chooser on a thread of their own. A disk that does not answer (a network that is gone) keeps
// nobody waiting: its thread is let go of, and ends when the system lets it.
//
// Thread safety: the window's thread. `wake` is called from a reader's thread when there is news.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/files/folder.h"

namespace switchyard::app {

class FolderReader {
 public:
  explicit FolderReader(void (*wake)() = nullptr) : wake_(wake) {}
  ~FolderReader();  // the end of the program: waits a moment for what is being read
  FolderReader(const FolderReader&) = delete;
  FolderReader& operator=(const FolderReader&) = delete;

  // Begins to read; what was read before is let go of.
  void read(std::filesystem::path folder);
  void read_places(std::vector<std::filesystem::path> paths);
  // Nothing is wanted any more, nor waited for.
  void let_go();
  // What these entries hold; those asked for last are looked at first, those asked for before and not yet looked
  // at never.
  void look_into(std::vector<std::pair<std::filesystem::path, EntryKind>> paths);

  // The newest, which may be on its way still; null before anything is known.
  std::shared_ptr<const Folder> folder() const;
  std::shared_ptr<const Folder> places() const;
  // By path. A copy where something came since the last call.
  bool take_looks(std::map<std::string, EntryLook>& into);

 private:
  struct Shared;
  template <class Job>
  void start(std::shared_ptr<Shared>& place, Job job);

  void (*wake_)();
  std::shared_ptr<Shared> folder_, places_, looks_;
};

}  // namespace switchyard::app
