// What is read of a run's folder, however it came to be there: damaged, cut off, made up to do harm.
#include "core/record/reading/stored_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <fstream>

#include "core/base/json.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "tests/support/mutants.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::text_of_file;
using testing::AllOf;
using testing::HasSubstr;

class StoredRunTest : public testing::Test {
 protected:
  // A new file each time: some systems sync one that was cut to nothing and written again.
  void write(const std::string& bytes) const {
    std::filesystem::remove(path_);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  // A file with this header and so many zeros of data, which take no room on the disk.
  void write(const std::string& header, std::uintmax_t data) const {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    write(bytes + header);
    std::filesystem::resize_file(path_, bytes.size() + header.size() + data);
  }
  // A run of this configuration with one tensor of so many numbers.
  void write_run(const std::string& config, const std::string& vocabulary, std::uintmax_t numbers) const {
    const Json metadata{{"config", config}, {"vocabulary", vocabulary}};
    write(dump_json(Json{{"__metadata__", metadata},
                         {"w", {{"dtype", "F32"},
                                {"shape", std::vector<std::uintmax_t>{numbers}},
                                {"data_offsets", std::vector<std::uintmax_t>{0, 4 * numbers}}}}}),
          4 * numbers);
  }
  std::string error() const {
    const auto run = StoredRun::open(path_);
    if (run) return "accepted";
    EXPECT_EQ(run.error().kind, ErrorKind::usage);
    EXPECT_THAT(run.error().message, HasSubstr(path_.native()));
    EXPECT_LT(run.error().message.size(), 600u);
    return run.error().message;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "model.safetensors";
};

std::string deep(const std::string& open, const std::string& close, std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST_F(StoredRunTest, BelievesNoSize) {
  write("", std::uintmax_t{6} << 30);
  EXPECT_THAT(error(), HasSubstr("header: is empty"));
  write(std::string(8, '\xff') + "{}");
  EXPECT_THAT(error(), HasSubstr("claims 18446744073709551615 bytes of 2"));
  std::string length("\0\0\0\x04\0\0\0\0", 8);  // 64 MB of header in a file that has them
  write(length + std::string(100, '['));
  std::filesystem::resize_file(path_, std::uintmax_t{100} << 20);
  EXPECT_THAT(error(), HasSubstr("at most 16777216 are read"));
  write_run("{}", R"(["a"])", (std::uintmax_t{6} << 30) / 4);
  EXPECT_THAT(error(), AllOf(HasSubstr("holds 6442450944 bytes of weights"), HasSubstr("the model of its configuration has")));
}

TEST_F(StoredRunTest, TheHeaderAndTheTextsInItNestNoDeeperThanAnyJson) {
  for (const std::size_t depth : {100, 10'000, 100'000}) {
    write(R"({"w":{"dtype":)" + deep("[", "]", depth) + R"(,"shape":[1],"data_offsets":[0,4]}})", 4);
    EXPECT_THAT(error(), AllOf(HasSubstr("header"), HasSubstr("nested more than 64 deep at key 'dtype'")));
    write_run(deep("{\"config\":", "}", depth), R"(["a"])", 1);
    EXPECT_THAT(error(), AllOf(HasSubstr("metadata 'config'"), HasSubstr("nested more than 64 deep")));
    write_run("{}", deep("[", "]", depth), 1);
    EXPECT_THAT(error(), AllOf(HasSubstr("metadata 'vocabulary'"), HasSubstr("nested more than 64 deep")));
  }
}

TEST_F(StoredRunTest, ItsConfigurationPassesWhatEveryConfigurationPasses) {
  for (const auto& [config, message] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"experts": 1000000000})", "experts = 1000000000: allowed is 1 to 256"},
           {R"({"layers": 1e18})", "allowed is 1 to 48"},
           {R"({"layers": 1e300})", "allowed is 1 to 48"},
           {R"({"d_model": -1})", "allowed is 2 to 4096"},
           {R"({"experts": 2, "top_k": 3})", "allowed is 1 to experts = 2"},
           {R"({"seed": NaN})", "NaN is not a finite number"},
           {R"({"seeds": 1})", "unknown key 'seeds' (did you mean 'seed'?)"},
           {"[]", "wants a JSON object"},
           {"", "is empty"}}) {
    write_run(config, R"(["a"])", 1);
    EXPECT_THAT(error(), AllOf(HasSubstr("metadata 'config'"), HasSubstr(message)));
  }
  write_run("{}", R"({"a": 1})", 1);
  EXPECT_THAT(error(), HasSubstr("not a list of strings"));
  write_run("{}", R"(["a", 1])", 1);
  EXPECT_THAT(error(), HasSubstr("not a list of strings"));
  write(R"({"__metadata__":{"config":"{}"}})", 0);
  EXPECT_THAT(error(), HasSubstr("holds no 'vocabulary'"));
}

// Two trillion parameters by a header of two hundred bytes.
TEST_F(StoredRunTest, AModelIsNotBuiltForWeightsThatAreNotThere) {
  write_run(R"({"layers": 48, "d_model": 4096, "d_ff": 16384, "experts": 256, "heads": 1})", R"(["a"])", 1);
  const auto run = StoredRun::open(path_);
  ASSERT_TRUE(run) << run.error().message;
  const auto complete = run->check_complete();
  ASSERT_FALSE(complete);
  EXPECT_THAT(complete.error().message, AllOf(HasSubstr(path_.native()), HasSubstr("holds 4 bytes of weights")));
}

TEST_F(StoredRunTest, NoticesThatTheFileChanged) {
  write_run("{}", R"(["a"])", 100);
  const auto run = StoredRun::open(path_);
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->weights()->at(0).values.size(), 100u);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 8);
  EXPECT_THAT(run->weights().error().message, AllOf(HasSubstr(path_.native()), HasSubstr("cut off")));
}

// --- mutants

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

TEST_F(StoredRunTest, MutantsOfItsFile) {
  const double before = peak_mb();
  const std::vector<NamedTensor> tensors{{"model.w", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b", {1}, {0}}, {"none", {0}, {}}};
  ASSERT_TRUE(write_safetensors(path_, tensors, {{"config", dump_json(to_json(Config{}))}, {"vocabulary", R"(["a","b"])"}, {"step", "3"}}));
  const int taken = test::try_mutants(text_of_file(path_), 1, [&](const std::string& bad) {
    write(bad);
    const auto run = StoredRun::open(path_);
    if (!run) {
      EXPECT_THAT(run.error().message, HasSubstr(path_.native()));
      return false;
    }
    EXPECT_TRUE(validate(run->config()).empty());
    const auto weights = run->weights();
    EXPECT_TRUE(weights);
    return true;
  });
  EXPECT_GT(taken, 0) << "a flipped bit of a weight is a weight";
  EXPECT_LT(taken, test::mutant_count());
  EXPECT_LT(peak_mb() - before, 512) << "of which ASan alone keeps 256 that are freed";
}

TEST_F(StoredRunTest, MutantsOfAConfig) {
  const int taken = test::try_mutants(to_json_text(Config{}), 2, [&](const std::string& bad) {
    write(bad);
    const auto config = read_config_file(path_);
    if (config) EXPECT_TRUE(validate(*config).empty());
    else EXPECT_THAT(config.error().message, HasSubstr(path_.native()));
    return static_cast<bool>(config);
  });
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, test::mutant_count());
}

// What one reading takes, writing gives back the same.
TEST(JsonMutants, WhatIsReadIsWrittenAndReadAlike) {
  test::try_mutants(R"({"a": [1, -2.5e3, "t\u00e9xt\n", null, true, {"b": {}}], "c": 18446744073709551615, "": []})", 3,
                    [](const std::string& bad) {
                      const auto json = parse_json(bad, "mutant");
                      if (!json) return false;
                      const auto again = parse_json(dump_json(*json, 1, true), "again");
                      EXPECT_TRUE(again && *again == *json) << bad;
                      return true;
                    });
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
