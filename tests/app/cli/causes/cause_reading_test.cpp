// Answers written into a run's folder and read back.
#include "app/cli/causes/cause_reading.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "app/cli/causes/cause_texts.h"
#include "core/base/json.h"
#include "tests/causes/sample_reports.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

class CauseReading : public testing::Test {
 protected:
  static std::vector<Cause> all() {
    std::vector<Cause> all;
    for (std::size_t c = 0; c < kCauses; ++c) all.push_back(static_cast<Cause>(c));
    return all;
  }
  static std::string why_not(Cause what, const std::string& text) {
    const auto read = cause_of_json(what, 1, text, Config{}, "FILE");
    return read ? std::string("read") : read.error().message;
  }
  static std::string with(std::string text, const std::string& was, const std::string& is) {
    const std::size_t at = text.find(was);
    EXPECT_NE(at, std::string::npos) << was;
    return at == std::string::npos ? text : text.replace(at, was.size(), is);
  }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(folder_.path() / "causes");
    std::ofstream(folder_.path() / "causes" / name, std::ios::binary) << text;
  }
  test::TemporaryFolder folder_;
};

TEST_F(CauseReading, EveryAnswerReadsBackAsItWas) {
  for (const Cause what : all()) {
    SCOPED_TRACE(file_of(what));
    const CauseReport report = test::sample_report(what);
    const auto read = cause_of_json(what, 7, kept_cause_json(report), Config{}, "FILE");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->what(), what);
    EXPECT_EQ(read->step, 400) << "as it says itself";
    EXPECT_EQ(read->config, report.config);
    EXPECT_EQ(read->other_step, report.other_step);
    EXPECT_EQ(read->asked.other, report.asked.other);
    EXPECT_EQ(read->asked.other_precision, report.asked.other_precision);
    EXPECT_EQ(read->asked.steering.label, report.asked.steering.label);
    EXPECT_EQ(cause_json(*read), cause_json(report));
    EXPECT_EQ(cause_text(*read), cause_text(report));
    EXPECT_EQ(kept_cause_json(*read), kept_cause_json(report)) << "halves and labels too";
  }
}

// The rest of the file is what --json prints.
TEST_F(CauseReading, TheFileIsWhatTheCommandPrintsAndOfWhatItIs) {
  for (const Cause what : all()) {
    const CauseReport report = test::sample_report(what);
    const auto kept = parse_json(kept_cause_json(report), "kept"), printed = parse_json(cause_json(report), "printed");
    ASSERT_TRUE(kept && printed);
    ASSERT_EQ(kept->size(), printed->size() + 1);
    for (const Json::Member& member : *printed->members()) EXPECT_EQ((*kept)[member.key], member.value) << member.key;
  }
}

// As versions before wrote them, and as somebody may have saved what --json printed.
TEST_F(CauseReading, WithoutWhatItIsOfTheNameSaysTheStep) {
  for (const Cause what : all()) {
    const CauseReport report = test::sample_report(what);
    Config running;
    running.experts = 4;
    const auto read = cause_of_json(what, 7, cause_json(report), running, "FILE");
    ASSERT_TRUE(read) << file_of(what) << read.error().message;
    EXPECT_EQ(read->step, 7);
    EXPECT_EQ(read->config, running);
    EXPECT_EQ(read->asked.other, what == Cause::route_diff ? kUnknownModel : "") << "not the model itself";
    EXPECT_EQ(cause_json(*read), cause_json(report));
  }
}

TEST_F(CauseReading, WhatCannotBeDrawnIsRefusedWithTheKey) {
  const std::string ablation = kept_cause_json(test::sample_report(Cause::ablate)),
                    steering = kept_cause_json(test::sample_report(Cause::steer)),
                    diff = kept_cause_json(test::sample_report(Cause::route_diff));
  EXPECT_THAT(why_not(Cause::ablate, ablation.substr(0, ablation.size() / 2)), HasSubstr("FILE: line"));
  EXPECT_THAT(why_not(Cause::ablate, ""), HasSubstr("FILE"));
  EXPECT_THAT(why_not(Cause::ablate, "[]"), HasSubstr("is no object"));
  EXPECT_THAT(why_not(Cause::steer, ablation), HasSubstr("of: question: is not steering"));
  EXPECT_THAT(why_not(Cause::ablate, with(ablation, "\"own_choices\"", "\"own\"")), HasSubstr("own_choices"));
  EXPECT_THAT(why_not(Cause::ablate, with(ablation, "\"kind\": \"all\"", "\"kind\": \"every\"")),
              HasSubstr("groups: \"every\" is none"));
  EXPECT_THAT(why_not(Cause::ablate, with(ablation, "\"block\": 0", "\"block\": -1")),
              HasSubstr("-1 is no whole number from 0 to 4095"));
  EXPECT_THAT(why_not(Cause::steer, with(steering, "\"alpha\": -4", "\"alpha\": 4")), HasSubstr("do not rise"));
  EXPECT_THAT(why_not(Cause::route_diff, with(diff, "\"prose\"", "7")), HasSubstr("7 is no text"));
  // Of a group with more tokens than can be no memory is taken.
  EXPECT_THAT(why_not(Cause::route_diff, with(diff, "\"tokens\": 64", "\"tokens\": 9000000000000")),
              HasSubstr("9000000000000 is no whole number"));
  EXPECT_THAT(why_not(Cause::route_diff, with(diff, "\"tokens\": 64", "\"tokens\": 3999999")),
              HasSubstr("more than 4000000 tokens"));
}

// What of a broken file can be read can be told too.
TEST_F(CauseReading, MutantsEndInAMessageOrAnAnswer) {
  std::mt19937_64 random(7);
  int read = 0, refused = 0;
  for (const Cause what : all()) {
    const std::string text = kept_cause_json(test::sample_report(what));
    const std::vector<std::string> pieces{"null", "-1", "[]", "{}", "1e308", "\"\"", "true", "0", "99999999999", ","};
    for (int i = 0; i < 300; ++i) {
      std::string mutant = text;
      for (std::uint64_t n = 1 + random() % 3; n > 0; --n) {
        const std::size_t at = random() % mutant.size();
        switch (random() % 4) {
          case 0:
            mutant[at] = static_cast<char>(random() % 256);
            break;
          case 1:
            mutant.erase(at, random() % 40);
            break;
          case 2:
            mutant.insert(at, mutant.substr(random() % mutant.size(), random() % 40));
            break;
          default: {
            // A whole value is another.
            const std::size_t colon = mutant.find(": ", at);
            if (colon == std::string::npos) break;
            const std::size_t end = mutant.find_first_of(",\n", colon);
            mutant.replace(colon + 2, end - colon - 2, pieces[random() % pieces.size()]);
          }
        }
        if (mutant.empty()) mutant = "x";
      }
      const auto found = cause_of_json(what, 7, mutant, Config{}, "FILE");
      if (!found) {
        ++refused;
        EXPECT_THAT(found.error().message, HasSubstr("FILE"));
        continue;
      }
      ++read;
      EXPECT_FALSE(cause_text(*found).empty());
      EXPECT_FALSE(kept_cause_json(*found).empty());
    }
  }
  EXPECT_GT(read, 50);
  EXPECT_GT(refused, 500);
}

TEST_F(CauseReading, OfAFolderThoseThatAreNamedSoAreFound) {
  EXPECT_TRUE(answers_in(folder_.path()).empty());
  const std::string ablation = kept_cause_json(test::sample_report(Cause::ablate));
  for (const char* name : {"ablation-400.json", "ablation-50.json", "zoo-7.json", "ablation-.json", "ablation-+5.json",
                           "ablation-05.json", "ablation-5.json~", "ablation--5.json", "notes.txt",
                           "ablation-99999999999999999999.json"})
    write(name, ablation);
  std::filesystem::create_directories(folder_.path() / "causes" / "steering-3.json");
  std::vector<std::string> found;
  for (const AnswerFile& file : answers_in(folder_.path()))
    found.push_back(std::string(file_of(file.what)) + " " + std::to_string(file.step));
  EXPECT_THAT(found, testing::ElementsAre("ablation 50", "ablation 400", "steering 3", "zoo 7"));
  EXPECT_TRUE(read_answer({Cause::ablate, 50, folder_.path() / "causes" / "ablation-50.json"}, Config{}));
  const auto folder = read_answer({Cause::steer, 3, folder_.path() / "causes" / "steering-3.json"}, Config{});
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("steering-3.json"));
  write("zoo-8.json", std::string(kMaxJsonBytes + 1, ' '));
  EXPECT_FALSE(read_answer({Cause::zoo, 8, folder_.path() / "causes" / "zoo-8.json"}, Config{})) << "too much";
  EXPECT_FALSE(read_answer({Cause::zoo, 9, folder_.path() / "causes" / "zoo-9.json"}, Config{})) << "gone";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
