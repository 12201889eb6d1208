// Whether a study can be gone on with, and what is said of it.
#include "app/run/words/study_words.h"

#include <gtest/gtest.h>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

TEST(StudyWords, OneThatNobodyLearnsAndHasRunsLeftCanGoOn) {
  const HowFar unread, some{.ended = 7, .planned = 15, .stage = 1, .stages = 1},
      done{.ended = 15, .planned = 15, .stage = 1, .stages = 1, .is_done = true};
  struct Case {
    const HowFar& far;
    bool here, elsewhere;
    StudyState state;
    const char* words;
  };
  const Case cases[] = {
      {unread, false, false, StudyState::unread, ""},
      {unread, true, false, StudyState::here, ", learning"},
      {some, true, true, StudyState::here, ", learning"},
      {some, false, true, StudyState::elsewhere, ", another process learns it"},
      {some, false, false, StudyState::stopped, ", stopped"},
      {done, false, false, StudyState::done, ""},
      {done, false, true, StudyState::done, ""},
  };
  for (const Case& c : cases) {
    const StudyState state = state_of(c.far, c.here, c.elsewhere);
    EXPECT_EQ(state, c.state) << c.words << c.here << c.elsewhere;
    EXPECT_EQ(words_of(state), c.words);
    EXPECT_EQ(can_go_on(state), c.state == StudyState::stopped);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
