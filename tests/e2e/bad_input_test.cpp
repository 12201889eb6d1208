// Everything a person can get wrong ends with exit code 2 and a message that names it; what the machine
// gets wrong ends with 1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class BadInput : public testing::Test {
 protected:
  // Runs headless, which must refuse with code 2 and leave nothing in the run folder.
  std::string refusal(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--headless", "--steps", "2", "--out", folder_ / "run"});
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, testing::StartsWith("switchyard: "));
    EXPECT_FALSE(fs::exists(folder_ / "run"));
    return outcome.err;
  }
  std::string corpus_refusal(const std::string& name, const std::string& bytes) {
    const std::string path = folder_.write(name, bytes);
    const std::string message = refusal({"--corpus", path});
    EXPECT_THAT(message, HasSubstr(path));
    return message;
  }
  std::string config_refusal(const std::string& json) {
    const std::string path = folder_.write("config.json", json);
    const std::string message = refusal({"--config", path});
    EXPECT_THAT(message, HasSubstr(path));
    return message;
  }
  ScratchFolder folder_;
};

TEST_F(BadInput, Corpora) {
  EXPECT_THAT(refusal({"--corpus", folder_ / "gone.txt"}),
              AllOf(HasSubstr("gone.txt"), HasSubstr("no such file")));
  EXPECT_THAT(refusal({"--corpus", folder_.path().string()}), HasSubstr("folder"));
  EXPECT_THAT(corpus_refusal("empty.txt", ""), HasSubstr("empty"));
  EXPECT_THAT(corpus_refusal("short.txt", "abc"), AllOf(HasSubstr("3 characters"), HasSubstr("at least")));
  EXPECT_THAT(corpus_refusal("binary", std::string(5000, 'a') + std::string(1, '\0')), HasSubstr("binary"));
  EXPECT_THAT(corpus_refusal("latin1.txt", std::string(5000, 'a') + "\xE9t\xE9"), HasSubstr("offset 5000"));
}

TEST_F(BadInput, SettingsThatLearnPoints) {
  const std::vector<std::string> points{"--preset", "seed-004-clusters"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), points.begin(), points.end());
    return refusal(more);
  };
  EXPECT_THAT(with({"--set", "cluster_classes=10"}), AllOf(HasSubstr("cluster_classes = 10"), HasSubstr("2 to 9")));
  EXPECT_THAT(with({"--set", "cluster_dims=1"}), AllOf(HasSubstr("cluster_dims"), HasSubstr("2 to 64")));
  EXPECT_THAT(with({"--set", "cluster_shape=stars"}), AllOf(HasSubstr("stars"), HasSubstr("checkerboard")));
  EXPECT_THAT(with({"--corpus", folder_.write("text.txt", std::string(5000, 'a'))}), HasSubstr("task=language"));
}

TEST_F(BadInput, HalfAGigabyteIsRefusedWithTheLimit) {
  const std::string path = folder_.write("huge.txt", "x");
  fs::resize_file(path, std::uintmax_t{500} << 20);  // sparse
  EXPECT_THAT(refusal({"--corpus", path}), AllOf(HasSubstr("huge.txt"), HasSubstr("128 MiB")));
}

TEST_F(BadInput, Knobs) {
  EXPECT_THAT(refusal({"--set", "expertz=4"}), HasSubstr("expertz"));
  EXPECT_THAT(refusal({"--set", "experts=many"}), AllOf(HasSubstr("experts"), HasSubstr("1 to 256")));
  EXPECT_THAT(refusal({"--set", "experts=100000"}), HasSubstr("1 to 256"));
  EXPECT_THAT(refusal({"--set", "experts=nan"}), HasSubstr("1 to 256"));
  EXPECT_THAT(refusal({"--set", "learning_rate=inf"}), HasSubstr("learning_rate"));
  EXPECT_THAT(refusal({"--set", "top_k=9"}), AllOf(HasSubstr("top_k"), HasSubstr("experts = 8")));
}

TEST_F(BadInput, ConfigFiles) {
  EXPECT_THAT(refusal({"--config", folder_ / "gone.json"}), HasSubstr("gone.json"));
  EXPECT_THAT(config_refusal("{\"learning_rate\": NaN}"), HasSubstr("NaN"));
  EXPECT_THAT(config_refusal("{\"experts\": 8,"), HasSubstr("line"));
  EXPECT_THAT(config_refusal("{\"expertz\": 8}"), HasSubstr("expertz"));
  EXPECT_THAT(config_refusal("{\"experts\": \"8\"}"), HasSubstr("experts"));
  EXPECT_THAT(config_refusal("{\"experts\": 0}"), HasSubstr("1 to 256"));
  EXPECT_THAT(config_refusal("{\"top_k\": 9}"), HasSubstr("top_k"));
}

TEST_F(BadInput, Arguments) {
  EXPECT_THAT(refusal({"--frobnicate"}), HasSubstr("--frobnicate"));
  EXPECT_THAT(refusal({"--preset", "nope"}), AllOf(HasSubstr("nope"), HasSubstr("tiny-stories")));
  EXPECT_THAT(refusal({"--seed", "-1"}), HasSubstr("seed"));
}

// Bytes that are no text and a colour for the terminal in every name there is; nothing of it reaches the terminal,
// all of it the files. And no folder is named in what is made to be shared.
TEST(Names, OfFilesAreBytes) {
  ScratchFolder folder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "the quick brown fox. ";
  const std::string corpus = folder.write("caf\xe9\n\x1b[31m.txt", text), run = folder / "run\xe9";
  auto arguments = tiny_model();
  arguments.insert(arguments.end(), {"--headless", "--steps", "2", "--out", run, "--corpus", corpus});
  const Outcome outcome = run_program(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, run + "\n");
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find('\xe9'), std::string::npos) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("caf\\xe9\\n\\x1b[31m.txt: 4.2k characters"));
  for (const auto& entry : fs::directory_iterator(run)) {
    const std::string bytes = read_text(entry.path());
    EXPECT_EQ(bytes.find(folder.path().native()) != std::string::npos, entry.path().filename() == "config.json")
        << entry.path();
  }
  // The record finds its text, wherever one stands; its own where that has become another; and says so.
  const auto again = [&] {
    return run_program(
        {"--headless", "--steps", "1", "--out", folder / "again", "--config", run + "/config.json"});
  };
  EXPECT_EQ(again().code, 0);
  folder.write("caf\xe9\n\x1b[31m.txt", "The quick" + text.substr(9));
  fs::remove_all(folder / "again");
  const Outcome own = again();
  EXPECT_EQ(own.code, 0);
  EXPECT_THAT(own.err, HasSubstr("is another text by now"));
  EXPECT_EQ(own.err.find('\x1b'), std::string::npos) << own.err;
  EXPECT_EQ(own.err.find('\xe9'), std::string::npos) << own.err;
  for (const std::string& kept : {run + "/text", folder / ".texts", folder / "again"}) fs::remove_all(kept);
  const Outcome other = again();
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("another text"));
  EXPECT_EQ(other.err.find('\x1b'), std::string::npos) << other.err;
}

TEST_F(BadInput, RunFolders) {
  const std::string file = folder_.write("file", "x");
  fs::create_symlink("loop", folder_.path() / "loop");
  for (const std::string& place : {file, file + "/below", std::string("/proc/switchyard"), folder_.path().string(),
                                   folder_ / "loop/run", folder_ / std::string(300, 'n')}) {
    const Outcome outcome = run_program({"--headless", "--steps", "2", "--out", place});
    EXPECT_EQ(outcome.code, 2) << place;
    EXPECT_THAT(outcome.err, HasSubstr(place));
  }
  EXPECT_EQ(read_text(file), "x");
}

TEST_F(BadInput, NoDisplayNamesTheWayWithoutOne) {
  const Outcome outcome = run_program({"--out", folder_ / "run"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--headless"));
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

// What a run may write into each of its files: less than its weights, then less than its rows.
TEST_F(BadInput, ADiskThatFillsUpIsAFailureWhereTheWeightsAreLost) {
  const auto run = [&](const std::string& name, std::size_t limit) {
    auto arguments = tiny_model();
    arguments.insert(arguments.end(), {"--headless", "--steps", "200", "--out", folder_ / name});
    RunOptions options;
    options.file_limit = limit;
    return run_program(arguments, options);
  };
  const Outcome lost = run("lost", 4096);
  EXPECT_EQ(lost.code, 1) << lost.err;
  EXPECT_THAT(lost.err, HasSubstr("the weights of step 200 are NOT saved: " + (folder_ / "lost")));
  EXPECT_TRUE(fs::exists(folder_ / "lost/metrics.csv"));
  const Outcome kept = run("kept", 64'000);
  EXPECT_EQ(kept.code, 0) << kept.err;
  EXPECT_TRUE(fs::exists(folder_ / "kept/model.safetensors"));
  EXPECT_THAT(kept.err,
              AllOf(HasSubstr("Recording waits"), HasSubstr("rows of metrics.csv could not be written")));
  EXPECT_EQ(read_text(folder_ / "kept/metrics.csv").back(), '\n');
}

TEST_F(BadInput, AFullStandardOutputIsAFailure) {
  RunOptions options;
  options.out_file = "/dev/full";
  EXPECT_EQ(run_program({"--list-knobs"}, options).code, 1);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
