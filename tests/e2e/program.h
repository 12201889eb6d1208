// Runs the real executable and collects what it says. Nothing is prepared for it: it gets the environment, the
// limits and the signals that a person's shell would give it, whatever runs the tests.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace switchyard::test {

struct Outcome {
  int code = -1;  // exit code; 128 + signal if a signal ended it
  std::string out, err;
};

struct RunOptions {
  bool display = false;            // keep DISPLAY and WAYLAND_DISPLAY
  std::size_t file_limit = 0;      // bytes any one file may grow to; 0: no limit
  std::string out_file, err_file;  // where stdout and stderr go; empty: into the Outcome
  std::vector<int> closed;         // descriptors that are closed
  bool terminal = false;  // descriptors 0 to 2 are a terminal, which controls it; what it says is in Outcome::err
  std::vector<int> ignored, blocked;  // signals, as it inherits them
  // Sends SIGINT when stderr first holds this text.
  std::string interrupt_at;
};

// One run of the program, under way. What takes longer than three minutes is killed and fails.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments, RunOptions options = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Until stderr holds this text; false when the program ended first.
  bool says(const std::string& text);
  // Until it is so, asked every few milliseconds; false when the program ended first.
  bool wait_until(const std::function<bool()>& so);
  void send(int signal) const;
  // Whether the program has a handler of its own for it.
  bool catches(int signal) const;
  // Nobody reads what it says any more: a closed pipe, or a terminal that is gone.
  void stop_reading();
  // Until it ends.
  Outcome end();
  pid_t process() const { return child_; }

 private:
  // What came within the time; false when there is nothing more to come.
  bool read_some(int timeout_ms);
  bool ended();

  Outcome outcome_;
  pid_t child_ = -1;
  int out_ = -1, err_ = -1;  // the reader's ends; below 0: closed
  int status_ = 0;
  bool reaped_ = false;
  double deadline_s_ = 0;
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

// What it holds, read without any leniency; null, and the test fails, if it is not JSON.
Json strict_json(const std::string& text);

}  // namespace switchyard::test
