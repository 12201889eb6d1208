// A setup as a line for a shell and back.
#include "app/cli/setups/setup.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "app/cli/words/pasted_setup.h"
#include "core/config/knobs.h"
#include "core/data/corpus.h"
#include "tests/app/cli/words/parse.h"
#include "tests/app/cli/words/words_of_shell.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Valid, and far from the defaults: each knob in turn is given a value of its range, and keeps it where the others
// allow it.
Config random_config(std::mt19937_64& random, bool with_files = true) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  Config config;
  std::vector<const Knob*> order;
  for (const Knob& knob : knobs())
    if (with_files || knob.type != KnobType::text) order.push_back(&knob);
  std::shuffle(order.begin(), order.end(), random);
  for (const Knob* knob : order) {
    Config next = config;
    switch (knob->type) {
      case KnobType::boolean:
        knob->set(next, below(2) == 0);
        break;
      case KnobType::integer: {
        const double high = below(2) == 0 ? knob->maximum : knob->soft_maximum;
        knob->set(next, static_cast<std::int64_t>(std::uniform_real_distribution(knob->minimum, high)(random)));
        break;
      }
      case KnobType::real:
        knob->set(next,
                  std::uniform_real_distribution(knob->minimum, knob->maximum)(random) * std::pow(0.1, below(6)));
        break;
      case KnobType::choice:
        knob->set(next, std::string(knob->choices[below(knob->choices.size())]));
        break;
      case KnobType::text: {
        constexpr std::string_view kNames[] = {"/a/it's.txt",    "/\"two\"\\.txt", "/caf\u00e9 \u6f22.txt",
                                               "/new\nline.txt", "/\xe9.txt",      "/$HOME `x` !x.txt"};
        knob->set(next, std::string(kNames[below(std::size(kNames))]));
        break;
      }
    }
    if (validate(next).empty()) config = next;
  }
  return config;
}

TEST(Setup, HoldsWhatDiffersFromTheStartAlone) {
  EXPECT_EQ(setup_command({}, {}), "switchyard --config-text '{}'");
  EXPECT_EQ(setup_summary({}), "as the program starts");
  Config config;
  config.top_k = 1;
  config.experts = 16;
  config.learning_rate = 0.1;
  EXPECT_EQ(setup_command(config, {}),
            R"(switchyard --config-text '{"experts":16,"top_k":1,"learning_rate":0.1}')");
  EXPECT_EQ(setup_summary(config), "experts 16, top_k 1, learning_rate 0.1");
}

TEST(Setup, EveryKnobComesBackFromTheShell) {
  std::mt19937_64 random(7);
  std::set<std::string_view> changed;
  for (int i = 0; i < 300; ++i) {
    // Files are named otherwise: NamesAFileByItsNameAndFingerprint.
    const Config config = random_config(random, false);
    for (const Knob* knob : changed_knobs({}, config)) changed.insert(knob->key);
    const std::string command = setup_command(config, {});
    const std::string text = dump_json(setup_json(config), -1, true);
    ASSERT_EQ(command, "switchyard --config-text " + shell_quoted(text));
    const auto direct = parse({"--headless", "--config-text", text});
    ASSERT_TRUE(direct) << direct.error().message << "\n" << command;
    ASSERT_EQ(direct->config, config) << command;
    if (i >= 25) continue;
    const std::vector<std::string> words = words_of_shell(command);
    ASSERT_THAT(words, ElementsAre("--config-text", text)) << command;
  }
  for (const Knob& knob : knobs())
    EXPECT_TRUE(knob.type == KnobType::text || changed.contains(knob.key)) << knob.key << " never differed";
}

// It is made to be shared: of a file its name, size and SHA-256, whatever the name is; not where it lies.
TEST(Setup, NamesAFileByItsNameAndFingerprint) {
  const Fingerprint source{9021, std::string(64, '7')};
  for (const auto& [file, name] : {std::pair<std::string, std::string>{"/home/ann/book.txt", "book.txt"},
                                   {"/a/it's.txt", "it's.txt"},
                                   {"/b/\"two\"\\ $HOME `x` !x.txt", "\"two\"\\ $HOME `x` !x.txt"},
                                   {"file:/c/caf%E9.txt", "file:caf%E9.txt"},
                                   {"/d/stories", "./stories"}}) {
    Config config;
    config.corpus = file;
    config.points = "/home/ann/other.csv";  // of another task
    config.top_k = 1;
    const std::string command = setup_command(config, source);
    EXPECT_THAT(command, Not(HasSubstr("ann")));
    const auto words = words_of_line(command);
    ASSERT_TRUE(words) << words.error().message;
    ASSERT_EQ(words->size(), 3u);
    EXPECT_THAT(words_of_shell(command), ElementsAre((*words)[1], (*words)[2])) << "a shell reads the same words";
    const auto json = parse_json((*words)[2], "setup");
    ASSERT_TRUE(json) << json.error().message;
    EXPECT_EQ(*(*json)["config"]["corpus"].text(), name);
    EXPECT_EQ(*(*json)["config"]["top_k"].integer(), 1);
    EXPECT_EQ(*(*json)["data"]["sha256"].text(), source.sha256);
    EXPECT_THAT(refusal({"--config-text", (*words)[2]}), HasSubstr(source.sha256)) << "it lies nowhere here";
  }
  Config config;
  config.corpus = "/home/ann/book.txt";
  EXPECT_EQ(setup_command(config, {}), R"(switchyard --config-text '{"corpus":"book.txt"}')") << "not known yet";
}

TEST(Setup, ARelativeCorpusIsNamedFromAnywhere) {
  Config config;
  config.points = "p.csv";
  EXPECT_EQ(*setup_json(config)["points"].text(), (fs::current_path() / "p.csv").string());
  config.corpus = "book.txt";
  EXPECT_EQ(*setup_json(config)["corpus"].text(), (fs::current_path() / "book.txt").string());
}

TEST(Setup, AWordOfTheShellIsOneWhateverItHolds) {
  const std::string word = "it's \"$HOME\" `x` \\ * ; & | < > ( ) # ~ !\n''";
  EXPECT_THAT(words_of_shell("switchyard " + shell_quoted(word)), ElementsAre(word));
  EXPECT_THAT(words_of_shell("switchyard " + shell_quoted("")), ElementsAre(""));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
