// However the window is made to end: what was trained is on disk, and what is said of it is true.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>

#include "app/cli/terminal.h"
#include "app/window/application.h"
#include "core/train/interface/engine_loader.h"
#include "tests/e2e/program.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// An X server of the test's own, so that it can die. DISPLAY names it meanwhile.
class OwnDisplay {
 public:
  OwnDisplay() : before_(std::getenv("DISPLAY") ? std::getenv("DISPLAY") : "") {
    std::array<int, 2> number{};
    if (pipe2(number.data(), O_CLOEXEC) != 0) return;
    server_ = fork();
    if (server_ == 0) {
      dup2(number[1], STDOUT_FILENO);
      execlp("Xvfb", "Xvfb", "-displayfd", "1", "-noreset", "-screen", "0", "1280x800x24", nullptr);
      _exit(127);
    }
    close(number[1]);
    std::string name = ":";
    for (char c = 0; read(number[0], &c, 1) == 1 && c != '\n';) name += c;
    close(number[0]);
    setenv("DISPLAY", name.c_str(), 1);
  }
  ~OwnDisplay() {
    die();
    setenv("DISPLAY", before_.c_str(), 1);
  }
  OwnDisplay(const OwnDisplay&) = delete;
  OwnDisplay& operator=(const OwnDisplay&) = delete;

  void die() {
    if (server_ <= 0) return;
    kill(server_, SIGKILL);
    waitpid(server_, nullptr, 0);
    server_ = -1;
  }

 private:
  std::string before_;
  pid_t server_ = -1;
};

class WindowEnds : public testing::Test {
 protected:
  void start() {
    auto arguments = test::tiny_model();
    arguments.insert(arguments.end(), {"--out", run()});
    test::RunOptions options;
    options.display = true;
    program_.emplace(arguments, options);
    ASSERT_TRUE(program_->wait_until([&] { return rows() >= 3; }));
  }
  std::string run() const { return folder_ / "run"; }
  fs::path weights() const { return fs::path(run()) / "model.safetensors"; }
  long rows() const {
    const std::string text = test::read_text(fs::path(run()) / "metrics.csv");
    return std::count(text.begin(), text.end(), '\n') - 1;
  }
  void expect_saved(const std::string& said) const {
    const std::string step = std::to_string(rows());
    EXPECT_THAT(said, HasSubstr("the weights of step " + step + " are saved in " + run()));
    EXPECT_THAT(test::read_text(weights()), HasSubstr("\"step\":\"" + step + "\""));
  }
  test::ScratchFolder folder_;
  std::optional<test::Program> program_;
};

TEST_F(WindowEnds, ASaveGoesOnAndManyRequestsAreOne) {
  ASSERT_NO_FATAL_FAILURE(start());
  program_->send(SIGUSR1);
  ASSERT_TRUE(program_->wait_until([&] { return fs::exists(weights()); }));
  const long then = rows();
  ASSERT_TRUE(program_->wait_until([&] { return rows() > then; }));
  for (const int signal : {SIGHUP, SIGTERM, SIGTERM, SIGUSR2, SIGQUIT, SIGINT}) program_->send(signal);
  const test::Outcome outcome = program_->end();
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  expect_saved(outcome.err);
}

TEST_F(WindowEnds, TheXServerDies) {
  OwnDisplay display;
  ASSERT_NO_FATAL_FAILURE(start());
  display.die();
  const test::Outcome outcome = program_->end();
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("display is gone"));
  expect_saved(outcome.err);
}

TEST_F(WindowEnds, ACrashOfTheWindowSparesTheModel) {
  ASSERT_NO_FATAL_FAILURE(start());
  program_->send(SIGSEGV);
  const test::Outcome outcome = program_->end();
  EXPECT_NE(outcome.code, 0);
  expect_saved(outcome.err);
}

TEST_F(WindowEnds, AnExceptionOfAFrameIsAFailureThatKeepsWhatWasTrained) {
  std::vector<std::string> words{"switchyard", "--out", run()};
  for (const std::string& word : test::tiny_model()) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const auto options = parse_options(static_cast<int>(arguments.size()), arguments.data());
  ASSERT_TRUE(options) << options.error().message;
  const auto ended =
      run_window(*options, make_engine_trainer, [](const Live& live, UiState&, std::vector<Command>&) {
        if (live.status.step >= 3) throw std::bad_alloc();
      });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::failure);
  EXPECT_THAT(ended.error().message, HasSubstr("out of memory"));
  expect_saved(ended.error().message);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
