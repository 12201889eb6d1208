// How a study or sweep stands, in words, and whether it can be gone on with: the same in Compare and in the list
// of studies.
//
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "core/study/study_list.h"

namespace switchyard::app {

enum class StudyState {
  unread,     // how far it is is not known
  here,       // a process of this window learns it
  elsewhere,  // another does
  stopped,    // nobody, and runs are left
  done
};
StudyState state_of(const HowFar& far, bool runs_here, bool learns_elsewhere);

// Behind how far it is: ", stopped"; of one that is done or unread nothing.
std::string_view words_of(StudyState state);

inline bool can_go_on(StudyState state) { return state == StudyState::stopped; }
inline constexpr const char* kGoOnLabel = "Go on";
inline constexpr const char* kGoOnSays = "Learns the runs that are left, in a process of its own.";

}  // namespace switchyard::app
