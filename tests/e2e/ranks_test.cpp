// Several real processes that train one model: started by the program, killed, stopped, told apart.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "tests/e2e/run_files.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> ranked(const std::string& count, std::vector<std::string> more,
                                std::vector<std::string> settings = {}) {
  settings.insert(settings.end(), {"batch_size=4", "threads=1"});
  more.insert(more.end(), {"--ranks", count, "--rank-silence", "1"});
  return run_of(settings, more);
}

// The processes of this command line that `parent` has started, as the system lists them.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    std::getline(stat, line);
    const auto end = line.rfind(')');
    if (end == std::string::npos) continue;
    char state = 0;
    pid_t of = 0;
    if (std::sscanf(line.c_str() + end + 1, " %c %d", &state, &of) == 2 && of == parent && state != 'Z')
      found.push_back(std::stoi(name));
  }
  return found;
}

// Rank 0 and rank 1, a few steps along.
class TwoRanks : public ::testing::Test {
 protected:
  void begin(const std::vector<std::string>& settings = {}) {
    program_.emplace(ranked("2", {"--steps", "1000000", "--out", run_.string()}, settings), options_);
    ASSERT_TRUE(program_->wait_until([&] { return newest_step(run_) > 3; })) << program_->end().err;
    const std::vector<pid_t> others = children_of(program_->process());
    ASSERT_EQ(others.size(), 1u);
    other_ = others[0];
  }
  bool other_is_there() const { return ::kill(other_, 0) == 0; }

  const ScratchFolder folder_;
  const fs::path run_ = folder_ / "run";
  RunOptions options_;
  std::optional<Program> program_;
  pid_t other_ = 0;  // rank 1
};

double last_loss(const fs::path& run) {
  const std::vector<std::vector<std::string>> rows = metrics_of(run);
  if (rows.empty()) return NAN;
  const auto at = std::find(rows[0].begin(), rows[0].end(), "loss") - rows[0].begin();
  return std::stod(rows.back().at(static_cast<std::size_t>(at)));
}

TEST(Ranks, TwoProcessesLearnWhatOneDoes) {
  const ScratchFolder folder;
  const fs::path one = folder / "one", two = folder / "two", shared = folder / "shared";
  ASSERT_EQ(run_program(run_of({"batch_size=4", "threads=1"}, {"--steps", "12", "--out", one.string()})).code, 0);
  const Outcome many = run_program(ranked("2", {"--steps", "12", "--out", two.string()}));
  ASSERT_EQ(many.code, 0) << many.err;
  const Outcome parts =
      run_program(ranked("2", {"--steps", "12", "--out", shared.string()}, {"expert_parallel=2"}));
  ASSERT_EQ(parts.code, 0) << parts.err;
  EXPECT_NEAR(last_loss(one), last_loss(two), 1e-3);
  EXPECT_NEAR(last_loss(one), last_loss(shared), 1e-3);
  EXPECT_THAT(many.err, AllOf(HasSubstr("with perfect balance it would have taken"), Not(HasSubstr("travelled"))));
  EXPECT_THAT(parts.err, HasSubstr("MB a step travelled to experts and back"));
  // A run of any layout is a run like any other: it goes on in one process.
  const Outcome resumed = run_program({"--headless", "--resume", shared.string(), "--steps", "3"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(newest_step(shared), 15);
}

TEST_F(TwoRanks, CtrlCSavesAndEndsAll) {
  begin({"expert_parallel=2"});
  // As a terminal does: to all of them.
  ::kill(other_, SIGINT);
  program_->send(SIGINT);
  const Outcome ended = program_->end();
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("are saved in"));
  EXPECT_FALSE(other_is_there()) << "rank 1 outlived the run";
}

TEST_F(TwoRanks, OneThatIsKilledIsNamedAndTheRunGoesOnFromItsCheckpoint) {
  begin();
  ::kill(other_, SIGKILL);
  const Outcome ended = program_->end();
  EXPECT_EQ(ended.code, 1) << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("rank 1 ("), HasSubstr(fmt::format("process {})", other_)), HasSubstr("is gone")));
  const std::int64_t kept = newest_step(run_);
  const Outcome resumed = run_program({"--headless", "--resume", run_.string(), "--steps", "2"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(newest_step(run_), kept + 2);
}

TEST_F(TwoRanks, OneThatIsStoppedIsNamedAndWaitedFor) {
  begin();
  ::kill(other_, SIGSTOP);
  ASSERT_TRUE(program_->says("has been silent"));
  const std::int64_t before = newest_step(run_);
  ::kill(other_, SIGCONT);
  ASSERT_TRUE(program_->says("is back after"));
  EXPECT_TRUE(program_->wait_until([&] { return newest_step(run_) > before; }));
  program_->send(SIGINT);
  EXPECT_EQ(program_->end().code, 130);
}

// Slow, not silent: it is shown, and the run goes on.
TEST_F(TwoRanks, OneThatIsSlowIsNamedAndNotEnded) {
  begin();
  std::atomic<bool> slow = true;
  std::thread brake([&] {
    while (slow) {
      ::kill(other_, SIGSTOP);
      ::usleep(40'000);
      ::kill(other_, SIGCONT);
      ::usleep(10'000);
    }
  });
  const bool named = program_->says("rank 1 is a straggler");
  slow = false;
  brake.join();
  EXPECT_TRUE(named);
  EXPECT_TRUE(program_->says("rank 1 keeps up with the others again"));
  EXPECT_TRUE(other_is_there());
  program_->send(SIGINT);
  EXPECT_EQ(program_->end().code, 130);
}

TEST_F(TwoRanks, WhenTheFirstIsKilledTheOtherEnds) {
  options_.err_file = folder_.write("err", "");
  begin();
  program_->send(SIGKILL);
  program_->end();
  for (int tries = 0; tries < 600 && other_is_there(); ++tries) ::usleep(50'000);
  EXPECT_FALSE(other_is_there()) << "rank 1 is still there after 30 s";
  EXPECT_THAT(read_text(folder_ / "err"), AllOf(HasSubstr("rank 1: rank 0 ("), HasSubstr("is gone")));
}

TEST(Ranks, WhatTheRanksCannotShareIsRefusedAndAllEnd) {
  const Outcome odd = run_program(run_of({"batch_size=3"}, {"--ranks", "2", "--steps", "5"}));
  EXPECT_EQ(odd.code, 2);
  EXPECT_THAT(odd.err, HasSubstr("batch_size = 3: must be a multiple of the 2 processes"));
  const Outcome many = run_program(ranked("2", {"--steps", "5"}, {"expert_parallel=3"}));
  EXPECT_EQ(many.code, 2);
  EXPECT_THAT(many.err, HasSubstr("expert_parallel = 3: must divide the number of processes, 2"));
  const Outcome window = run_program({"--ranks", "2"});
  EXPECT_EQ(window.code, 2);
  EXPECT_THAT(window.err, HasSubstr("--headless"));
  EXPECT_EQ(run_program({"--headless", "--ranks", "none"}).code, 2);
}

// A launcher's environment for one process of two.
class Launched {
 public:
  Launched(int rank, int port) {
    set("RANK", std::to_string(rank));
    set("WORLD_SIZE", "2");
    set("LOCAL_RANK", std::to_string(rank));
    set("LOCAL_WORLD_SIZE", "2");
    set("MASTER_ADDR", "127.0.0.1");
    set("MASTER_PORT", std::to_string(port));
  }
  ~Launched() {
    for (const std::string& name : names_) ::unsetenv(name.c_str());
  }
  Launched(const Launched&) = delete;
  Launched& operator=(const Launched&) = delete;

 private:
  void set(const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);
    names_.emplace_back(name);
  }
  std::vector<std::string> names_;
};

// A port that somebody listens at, or that is free again.
class Port {
 public:
  Port() : socket_(::socket(AF_INET6, SOCK_STREAM, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_any;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    number_ = ntohs(address.sin6_port);
  }
  ~Port() { close(); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  int number() const { return number_; }

 private:
  int socket_, number_ = 0;
};

TEST(Ranks, ATakenPortIsNamed) {
  const Port port;
  const Launched environment(0, port.number());
  const Outcome ended = run_program(run_of({}, {"--steps", "2"}));
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, AllOf(HasSubstr(fmt::format("127.0.0.1:{}", port.number())), HasSubstr("listen")));
}

TEST(Ranks, DifferentSettingsAreNamedAndBothEnd) {
  Port port;
  const int number = port.number();
  port.close();
  const ScratchFolder folder;
  std::unique_ptr<Program> first, second;
  {
    const Launched environment(0, number);
    first = std::make_unique<Program>(
        run_of({"batch_size=4", "experts=4"}, {"--steps", "5", "--out", folder / "run"}));
  }
  {
    const Launched environment(1, number);
    second = std::make_unique<Program>(
        run_of({"batch_size=4", "experts=6"}, {"--steps", "5", "--out", folder / "run"}));
  }
  for (Program* program : {first.get(), second.get()}) {
    const Outcome ended = program->end();
    EXPECT_EQ(ended.code, 2) << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("\"experts\": 4"), HasSubstr("\"experts\": 6"), HasSubstr("rank 1")));
  }
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(Ranks, AMasterThatIsNotThereIsNamed) {
  Port port;
  const int number = port.number();
  port.close();
  const Launched environment(1, number);
  const Outcome ended = run_program(run_of({"batch_size=4"}, {"--steps", "5", "--rank-timeout", "1"}));
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr(fmt::format("rank 1 of 2 does not reach rank 0 at 127.0.0.1:{}", number)));
}

TEST(Ranks, MissingRanksAreNamed) {
  Port port;
  const int number = port.number();
  port.close();
  const Launched environment(0, number);
  const Outcome ended = run_program(run_of({"batch_size=4"}, {"--steps", "5", "--rank-timeout", "1"}));
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("rank 1 of 2 has not come"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
