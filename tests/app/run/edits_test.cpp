#include "app/run/edits.h"

#include <gtest/gtest.h>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

class Edits : public ::testing::Test {
 protected:
  Edits() {
    status_.config = std::make_shared<Config>();
    take_status(edits_, status_);
  }
  Config with_experts(std::int64_t experts) const {
    Config config = edits_.draft;
    config.experts = experts;
    return config;
  }
  void drag_experts(std::initializer_list<std::int64_t> values) {
    begin_edit(edits_);
    for (const std::int64_t value : values) {
      edits_.draft.experts = value;
      send_draft(edits_, out_);
    }
    end_edit(edits_, out_);
  }
  std::vector<std::int64_t> sent_experts() const {
    std::vector<std::int64_t> experts;
    for (const Command& command : out_) experts.push_back(std::get<SetConfig>(command).config.experts);
    return experts;
  }

  RunStatus status_;
  KnobEdits edits_;
  Commands out_;
};

TEST_F(Edits, TheFirstStatusBringsTheDraftAndLaterOnesDoNot) {
  RunStatus later = status_;
  Config other;
  other.experts = 32;
  later.config = std::make_shared<Config>(other);
  take_status(edits_, later);
  EXPECT_EQ(edits_.draft, Config{});
}

// A model that came back found its text in its own run: no later edit may ask for the one of another place.
TEST_F(Edits, WhereAFileLiesByNowIsWhereItIsLookedFor) {
  Config own;
  own.corpus = "/books/a.txt";
  edits_.draft = edits_.sent = own;
  Config slower = own;
  slower.learning_rate = 1e-4;
  commit_edit(edits_, out_, slower, "slower");
  RunStatus back = status_;
  back.revision = edits_.sent_revision;
  Config found = slower;
  found.corpus = "/runs/one/text/a.txt";
  back.config = std::make_shared<Config>(found);
  RunStatus early = back;
  early.revision = 0;
  take_status(edits_, early);
  EXPECT_EQ(edits_.draft, slower) << "not before it is taken up";
  take_status(edits_, back);
  EXPECT_EQ(edits_.draft, found);
  EXPECT_EQ(edits_.sent, found);
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(std::get<SetConfig>(out_.back()).config.corpus, found.corpus);
  EXPECT_EQ(std::get<SetConfig>(out_.back()).config.learning_rate, own.learning_rate);
}

TEST_F(Edits, EverySendHasTheNextRevision) {
  drag_experts({9, 10, 11});
  ASSERT_EQ(out_.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(std::get<SetConfig>(out_[i]).revision, i + 1);
  EXPECT_EQ(sent_experts(), (std::vector<std::int64_t>{9, 10, 11}));
}

TEST_F(Edits, OneDragIsOneUndo) {
  drag_experts({9, 10, 11});
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(sent_experts().back(), 8);
  EXPECT_FALSE(undo_edit(edits_, out_));
  ASSERT_TRUE(redo_edit(edits_, out_));
  EXPECT_EQ(sent_experts().back(), 11);
  EXPECT_FALSE(redo_edit(edits_, out_));
}

TEST_F(Edits, UndoOfWhatEndedAModelAsksForThatModel) {
  Config other = edits_.draft;
  other.d_model *= 2;
  commit_edit(edits_, out_, other);
  ASSERT_EQ(edits_.undo.size(), 1u);
  EXPECT_EQ(edits_.undo[0].ended, 1u);
  EXPECT_EQ(edits_.undo[0].what, "Width: 128 to 256");
  ASSERT_TRUE(undo_edit(edits_, out_));
  ASSERT_EQ(out_.size(), 2u);
  const auto& back = std::get<BringBack>(out_[1]);
  EXPECT_EQ(back.ended_by, 1u);
  EXPECT_EQ(back.revision, 2u);
  EXPECT_EQ(back.config, *status_.config);
  // And back again: to the model that the undo ended.
  ASSERT_TRUE(redo_edit(edits_, out_));
  const auto& again = std::get<BringBack>(out_[2]);
  EXPECT_EQ(again.ended_by, 2u);
  EXPECT_EQ(again.config, other);
  EXPECT_EQ(edits_.sent, other);
}

// What the knobs are held against goes back with them, and on again.
TEST_F(Edits, UndoTakesBackWhatTheRunBeganFrom) {
  edits_.began_from = "Tiny stories";
  commit_edit(edits_, out_, with_experts(16), "Preset Switch", "Switch");
  EXPECT_EQ(edits_.began_from, "Switch");
  commit_edit(edits_, out_, with_experts(12));
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(edits_.began_from, "Switch") << "an edit of the run that the preset began";
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(edits_.began_from, "Tiny stories");
  ASSERT_TRUE(redo_edit(edits_, out_));
  EXPECT_EQ(edits_.began_from, "Switch");
  // Another run says itself what it began from; back in this one it is known.
  go_on_with(edits_, out_, "/runs/other");
  EXPECT_EQ(edits_.began_from, "");
  EXPECT_TRUE(edits_.wants_origin);
  RunStatus there = status_;
  there.revision = edits_.sent_revision;
  take_status(edits_, there);
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(edits_.began_from, "Switch");
  EXPECT_FALSE(edits_.wants_origin);
}

TEST_F(Edits, OneThatChangesNothingBeginsNothing) {
  edits_.began_from = "Tiny stories";
  commit_edit(edits_, out_, edits_.draft, "Preset Switch", "Switch");
  EXPECT_EQ(edits_.began_from, "Tiny stories");
  EXPECT_TRUE(edits_.undo.empty());
}

// A run beside begins from the preset that the edit names, or from none where it says so, else from this run's.
TEST_F(Edits, ARunBesideKnowsItsPresetAndThisOneKeepsItsOwn) {
  edits_.began_from = "Tiny stories";
  edits_.beside = true;
  commit_edit(edits_, out_, with_experts(16), "Preset Switch", "Switch");
  commit_edit(edits_, out_, with_experts(12), "Pasted setup", "");
  commit_edit(edits_, out_, with_experts(10));
  ASSERT_EQ(edits_.besides.size(), 3u);
  EXPECT_EQ(edits_.besides[0].began_from, "Switch");
  EXPECT_EQ(edits_.besides[1].began_from, "");
  EXPECT_EQ(edits_.besides[2].began_from, "Tiny stories");
  EXPECT_EQ(edits_.began_from, "Tiny stories");
  EXPECT_TRUE(out_.empty());
}

// What a run began from is known some time after it goes on; an edit made before that, taken back, is no news of
// it.
TEST_F(Edits, AnEditMadeBeforeTheOriginIsKnownSaysNothingOfIt) {
  go_on_with(edits_, out_, "/runs/other");
  RunStatus there = status_;
  there.revision = edits_.sent_revision;
  take_status(edits_, there);
  Config warmer = edits_.draft;
  warmer.learning_rate *= 2;
  commit_edit(edits_, out_, warmer);
  edits_.begins_from("Switch");  // its folder was read
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(edits_.began_from, "Switch");
  EXPECT_FALSE(edits_.wants_origin);
}

// Behind a draft that nobody can run too: no step of undo has the settings in force then.
TEST_F(Edits, APresetThatIsRefusedOverAnInvalidDraftIsNotEither) {
  edits_.began_from = "Tiny stories";
  take_status(edits_, status_);
  Config bad = edits_.draft;
  bad.experts = 1;
  commit_edit(edits_, out_, bad);
  commit_edit(edits_, out_, with_experts(16), "Preset Switch");
  edits_.begins_from("Switch");
  Notice refused;
  refused.rejected_revision = edits_.sent_revision;
  ASSERT_TRUE(take_refusal(edits_, refused, status_));
  EXPECT_EQ(edits_.began_from, "Tiny stories");
}

TEST_F(Edits, ARefusedPresetIsNotWhatTheRunBeganFrom) {
  edits_.began_from = "Tiny stories";
  take_status(edits_, status_);
  commit_edit(edits_, out_, with_experts(16), "Preset Switch");
  edits_.began_from = "Switch";
  Notice refused;
  refused.rejected_revision = edits_.sent_revision;
  ASSERT_TRUE(take_refusal(edits_, refused, status_));
  EXPECT_EQ(edits_.began_from, "Tiny stories");
}

TEST_F(Edits, UndoAcrossADraftThatNobodyCouldRunAsksForWhatRan) {
  Config bad = edits_.draft;
  bad.experts = 1;  // below top_k: shown, not sent
  commit_edit(edits_, out_, bad);
  Config other = bad;
  other.experts = 8;
  other.d_model *= 2;
  commit_edit(edits_, out_, other);  // ends the model that ran
  ASSERT_EQ(out_.size(), 1u);
  ASSERT_TRUE(undo_edit(edits_, out_));
  const auto& back = std::get<BringBack>(out_.back());
  EXPECT_TRUE(validate(back.config).empty());
  EXPECT_EQ(back.config, *status_.config);
  EXPECT_EQ(edits_.draft, bad);  // the draft is as it was
  ASSERT_TRUE(redo_edit(edits_, out_));
  EXPECT_EQ(std::get<BringBack>(out_.back()).config, other);
}

TEST_F(Edits, AResetIsAStepOfUndo) {
  drag_experts({9});
  reset_model(edits_, out_);
  EXPECT_EQ(std::get<ResetModel>(out_.back()).revision, 2u);
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(std::get<BringBack>(out_.back()).ended_by, 2u);
  EXPECT_EQ(std::get<BringBack>(out_.back()).config.experts, 9);
  // The older edit is untouched.
  ASSERT_EQ(edits_.undo.size(), 1u);
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(std::get<SetConfig>(out_.back()).config.experts, 8);
}

TEST_F(Edits, AnEditSaysWhatItWas) {
  drag_experts({9, 12});
  EXPECT_EQ(edits_.undo.back().what, "Experts: 8 to 12");
  Config other = edits_.draft;
  other.top_k = 1;
  other.learning_rate *= 2;
  commit_edit(edits_, out_, other, "Preset Switch");
  EXPECT_EQ(edits_.undo.back().what, "Preset Switch");
  undo_edit(edits_, out_);
  EXPECT_EQ(edits_.redo.back().what, "Preset Switch");
}

TEST_F(Edits, ADragThatComesBackLeavesNothingToUndo) {
  drag_experts({9, 8});
  EXPECT_TRUE(edits_.undo.empty());
  EXPECT_EQ(sent_experts(), (std::vector<std::int64_t>{9, 8}));  // live: both were in force for a moment
}

TEST_F(Edits, ANewEditForgetsWhatCouldBeRedone) {
  drag_experts({9});
  undo_edit(edits_, out_);
  drag_experts({12});
  EXPECT_FALSE(redo_edit(edits_, out_));
}

TEST_F(Edits, AnInvalidDraftIsKeptButNotSent) {
  commit_edit(edits_, out_, with_experts(1));  // below top_k = 2
  EXPECT_TRUE(out_.empty());
  EXPECT_EQ(edits_.draft.experts, 1);
  Config valid = edits_.draft;
  valid.top_k = 1;
  commit_edit(edits_, out_, valid);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config, valid);
}

TEST_F(Edits, ARefusalPutsTheDraftBackToWhatRuns) {
  drag_experts({200});
  ASSERT_TRUE(take_refusal(edits_, {Notice::Level::error, "too big", 1}, status_));
  EXPECT_EQ(edits_.draft, *status_.config);
  EXPECT_TRUE(edits_.undo.empty());
  EXPECT_FALSE(is_pending(edits_, status_, *find_knob("experts")));
}

TEST_F(Edits, ARefusalOfAnOlderRevisionLeavesTheNewerAlone) {
  drag_experts({200, 16});
  EXPECT_FALSE(take_refusal(edits_, {Notice::Level::error, "too big", 1}, status_));
  EXPECT_EQ(edits_.draft.experts, 16);
}

TEST_F(Edits, AKnobIsPendingFromSendingUntilItsRevision) {
  const Knob &experts = *find_knob("experts"), &top_k = *find_knob("top_k");
  EXPECT_FALSE(is_pending(edits_, status_, experts));
  drag_experts({12});
  EXPECT_TRUE(is_pending(edits_, status_, experts));
  EXPECT_FALSE(is_pending(edits_, status_, top_k));
  status_.revision = 1;
  status_.config = std::make_shared<Config>(edits_.draft);
  EXPECT_FALSE(is_pending(edits_, status_, experts));
}

TEST_F(Edits, WhatAReplaySetsBecomesTheDraftAndAnEditToUndo) {
  drag_experts({9});
  status_.revision = edits_.sent_revision;
  Config running = edits_.sent;
  running.top_k = 1;
  status_.config = std::make_shared<Config>(running);
  status_.replayed = 1;
  take_status(edits_, status_);
  EXPECT_EQ(edits_.draft, running);
  EXPECT_EQ(edits_.sent, running);
  ASSERT_EQ(edits_.undo.size(), 2u);
  EXPECT_EQ(edits_.undo.back().what, "Top-k: 2 to 1 (replayed)");
  out_.clear();
  take_status(edits_, status_);
  EXPECT_TRUE(out_.empty()) << "it runs already";
  EXPECT_EQ(edits_.undo.size(), 2u) << "once";
  ASSERT_TRUE(undo_edit(edits_, out_));
  EXPECT_EQ(std::get<SetConfig>(out_.back()).config.top_k, 2);
  EXPECT_EQ(std::get<SetConfig>(out_.back()).config.experts, 9);
}

// Its settings alone would draw another model in the place of the one that learned.
TEST_F(Edits, AReplayedOperationThatMakesAnotherModelIsNotTakenBackByASetting) {
  drag_experts({9});
  status_.revision = edits_.sent_revision;
  Config running = edits_.sent;
  running.d_ff *= 2;
  status_.config = std::make_shared<Config>(running);
  status_.replayed = 1;
  out_.clear();
  take_status(edits_, status_);
  EXPECT_EQ(edits_.draft, running);
  EXPECT_TRUE(edits_.undo.empty());
  EXPECT_FALSE(undo_edit(edits_, out_));
  EXPECT_TRUE(out_.empty());
}

TEST_F(Edits, AReplayWaitsForAHandAndForWhatIsOnItsWay) {
  Config running = edits_.sent;
  running.top_k = 1;
  status_.config = std::make_shared<Config>(running);
  status_.replayed = 1;
  begin_edit(edits_);
  edits_.draft.seed = 9;
  take_status(edits_, status_);
  EXPECT_EQ(edits_.draft.top_k, 2);
  end_edit(edits_, out_);  // of its draft all is sent
  take_status(edits_, status_);
  EXPECT_EQ(edits_.draft.top_k, 2);
  status_.revision = edits_.sent_revision;
  status_.config = std::make_shared<Config>(edits_.sent);
  take_status(edits_, status_);
  EXPECT_EQ(edits_.draft, *status_.config);
  EXPECT_EQ(edits_.undo.size(), 1u);
}

// How many experts there are then is the trainer's to say; a refusal leaves nothing to undo.
TEST_F(Edits, AnOperationIsAStepOfUndoWhoseOutcomeIsTheTrainers) {
  Operation clone;
  clone.experts = {{0, 3}};
  send_operation(edits_, out_, clone);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(text_of(std::get<Operate>(out_[0]).operation), "clone 0.3");
  RunStatus done = status_;
  done.revision = edits_.sent_revision;
  done.config = std::make_shared<Config>(with_experts(9));
  take_status(edits_, done);
  EXPECT_EQ(edits_.draft.experts, 9);
  EXPECT_EQ(edits_.sent.experts, 9);
  out_.clear();
  ASSERT_TRUE(undo_edit(edits_, out_));
  const BringBack back = std::get<BringBack>(out_.at(0));
  EXPECT_EQ(back.ended_by, 1u);
  EXPECT_EQ(back.config.experts, 8);
  // Nothing else is sent until the model is back.
  send_operation(edits_, out_, clone);
  EXPECT_EQ(out_.size(), 1u);
  RunStatus again = status_;
  again.revision = edits_.sent_revision;
  take_status(edits_, again);
  EXPECT_EQ(edits_.draft.experts, 8);
  // One that is refused.
  send_operation(edits_, out_, clone);
  const std::size_t undos = edits_.undo.size();
  EXPECT_TRUE(take_refusal(edits_, {Notice::Level::error, "no", edits_.sent_revision}, again));
  EXPECT_EQ(edits_.undo.size(), undos - 1);
  EXPECT_EQ(edits_.draft.experts, 8);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
