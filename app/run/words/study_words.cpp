#include "app/run/words/study_words.h"

namespace switchyard::app {

StudyState state_of(const HowFar& far, bool runs_here, bool learns_elsewhere) {
  if (runs_here) return StudyState::here;
  if (far.planned == 0) return StudyState::unread;
  if (far.is_done) return StudyState::done;
  return learns_elsewhere ? StudyState::elsewhere : StudyState::stopped;
}

std::string_view words_of(StudyState state) {
  switch (state) {
    case StudyState::here:
      return ", learning";
    case StudyState::elsewhere:
      return ", another process learns it";
    case StudyState::stopped:
      return ", stopped";
    case StudyState::unread:
    case StudyState::done:
      break;
  }
  return "";
}

}  // namespace switchyard::app
