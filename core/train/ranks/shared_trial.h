// What is to be tried out, as a message to the other ranks. Thread safety: pure functions.
#pragma once

#include <utility>

#include "core/train/interface/intervention.h"
#include "core/train/interface/trial.h"
#include "core/train/ranks/message.h"

namespace switchyard {

void put_trial(const Intervention& asked, const TrialWish& wish, Message& message);
std::pair<Intervention, TrialWish> trial_in(Message& message);

}  // namespace switchyard
