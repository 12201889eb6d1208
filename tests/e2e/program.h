// Runs the real executable and collects what it says.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace switchyard::test {

struct Outcome {
  int code = -1;  // exit code; 128 + signal if a signal ended it
  std::string out, err;
};

struct RunOptions {
  bool display = false;        // keep DISPLAY and WAYLAND_DISPLAY
  std::size_t file_limit = 0;  // bytes any one file may grow to; 0: no limit
  std::string out_file;        // where stdout goes; empty: into Outcome::out
  // Sends SIGINT when stderr first holds this text.
  std::string interrupt_at;
};

Outcome run_program(std::vector<std::string> arguments, const RunOptions& options = {});

// A model that trains in an instant: append to the arguments of a run.
std::vector<std::string> tiny_model();

// A folder that is there for the life of the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  // Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& path);

}  // namespace switchyard::test
