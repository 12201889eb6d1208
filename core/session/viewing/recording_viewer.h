// A recording of another program's (core/recordings) shown as a run: what it holds is told over a Link as a live
// run tells it. A look at the newest step comes first, then all steps as they are read, with looks taken evenly;
// then what is added to it, within a second. The state is `followed` while it grows, else `opened`.
//
// Long files of other forms are kept in the canonical one as they are read (form_cache.h), and come from there the
// next time.
//
// What grows is read on where it was, the canonical folder as well as lines of other forms. Where that cannot be
// (answers that are no lines, a file that was cut and written again between two looks, layers that were not there
// before), files are read from their start again, at most a third of the time. A recording that begins anew (cut,
// replaced, made again) is another run, the one before stays. What was recorded again (a rank that went back), and
// ranks that come late, are read into the steps they belong to.
//
// RunStatus::config is null: settings are not known; RunStatus::recorded says what is. run_folder is empty, so
// that nothing that is done to a run of ours is done to a stranger's files. Of commands none is heard.
//
// A folder whose choices take more than kMostUnsampled bytes is told from a sample first: whole steps, taken
// evenly, of at most a hundredth of its tokens; then it is read, which OtherRecording::read follows, and its exact
// steps take the place of the sample.
//
// Memory: a chunk, the figures of the steps that may still grow, one look; where nobody takes what is told, it
// waits. Thread safety: made and destroyed on one thread; it reads on a thread of its own, whose end the
// destructor awaits. What cannot be read is RunState::failed with its message.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/recordings/forms/form_cache.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/growing_folder.h"
#include "core/session/meeting/link.h"
#include "core/session/viewing/recording_figures.h"
#include "core/session/viewing/recording_wish.h"

namespace switchyard {

class RecordingViewer {
 public:
  static constexpr double kMostUnsampled = 64e6;
  // model_id: what all it tells carries. wake: as in LiveRunOptions.
  // most_unsampled: bytes, at one a choice.
  RecordingViewer(RecordingWish wish, std::uint32_t model_id, void (*wake)() = nullptr,
                  double most_unsampled = kMostUnsampled);
  ~RecordingViewer();
  RecordingViewer(const RecordingViewer&) = delete;
  RecordingViewer& operator=(const RecordingViewer&) = delete;

  const std::shared_ptr<Link>& link() const { return link_; }
  const RecordingWish& wish() const { return wish_; }
  // What is suggested for keys that are missing or wrong, and of which form it is (null: of none): once what was
  // told says that it cannot be read.
  const std::vector<KeyHint>& hints() const { return hints_; }
  const RecordingForm* form() const { return form_; }
  // The look nearest to this step is read and told as one of the past, as soon as it can be: of a folder, or of
  // files that are kept as one. What was wished before and is not read yet is forgotten. From any thread.
  void wish_look(std::int64_t step);
  // Whether all that it held when it was opened has been told, or cannot be. From any thread.
  bool has_told_all() const { return told_all_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLookForMore{200};
  static constexpr std::int64_t kPastLooks = 150;    // over a run, about
  static constexpr std::int64_t kMostUntaken = 500;  // steps, before somebody takes them
  // Tokens of a step that are in other chunks of the rank.
  using Beside = std::function<std::int64_t(std::int64_t step)>;

  void read();
  Result<void> tell();
  Result<const RecordingForm*> find_form();
  Result<void> tell_folder(const RecordingForm& form);
  Result<void> tell_files(const RecordingForm& form, const RecordingKeys& keys);

  void read_wished_look();
  void begin_run();
  void begin_figures(const RecordingForm& form);
  // Of the folder: chunks that are new.
  void take_chunks(GrowingFolder& folder, bool are_first);
  std::shared_ptr<Snapshot> newest_look(GrowingFolder& folder, const std::vector<ChunkNote>& notes,
                                        const RecordingHead& head);
  void tell_newest_look(GrowingFolder& folder, const std::vector<ChunkNote>& notes, const RecordingHead& head);
  // told: steps up to this one were told before and wait for nobody.
  void tell_folder_again(GrowingFolder& folder, const RecordingForm& form, std::int64_t told);
  // Of the folder, where it is large: a sample, then all of it as a whole history.
  bool is_large(const std::vector<ChunkNote>& notes, const RecordingHead& head) const;
  void tell_sample(GrowingFolder& folder, const std::vector<ChunkNote>& notes, const RecordingHead& head);
  struct Reading {
    std::int64_t told = -1;   // steps up to this one wait for nobody
    std::int64_t stride = 0;  // between looks; 0: none
  };
  // The last step.
  std::int64_t read_whole(GrowingFolder& folder, const std::vector<ChunkNote>& notes, const RecordingHead& head,
                          const Reading& reading, History& whole);
  void take_whole(GrowingFolder& folder, const std::vector<ChunkNote>& notes, const RecordingHead& head,
                  std::unique_ptr<History> whole, std::int64_t step);
  // False: it cannot be read, and is counted as such.
  bool add_chunk(GrowingFolder& folder, const ChunkNote& note, const RecordingHead& head, std::int64_t below,
                 const RecordingFigures::OnStep& on_step);
  // Looks at steps of this chunk that are due, each read by itself.
  void publish_looks_at(GrowingFolder& folder, const ChunkNote& note, const RecordingHead& head,
                        std::int64_t stride);
  void say_read(double share);
  // In the place of all that was told, at once: nobody sees one with what is known of the other.
  void replace_history(std::unique_ptr<History> whole, std::int64_t step, std::shared_ptr<const Snapshot> newest);
  // All of the files from their start, read on later; the first time step by step, later as a whole history in the
  // place of the one before.
  // is_written: its last line may be half a line, its last step not whole.
  // cache: takes all of it too; null: it is not kept.
  Result<void> read_files(const RecordingForm& form, const RecordingKeys& keys, bool is_first, bool is_written,
                          CacheWriter* cache);
  // What files_ gives now; nothing more is written behind it unless is_written.
  using OnChunk = std::function<void(const RecordedChunk&)>;
  Result<void> take_from_files(bool is_written, const RecordingFigures::OnStep& on_step, const OnChunk& on_chunk);
  // What was added to them since. False: they are to be read again.
  bool read_on(bool has_changed, bool is_written);
  std::optional<std::int64_t> files_below(bool is_written);
  std::shared_ptr<const Snapshot> take_newest_of_files();
  // Of files that were read through before. False: it is not whole any more.
  bool tell_cached(const RecordingForm& form, const CachedRecording& cached);

  // No chunk to come has a step below this one, as far as ranks that are heard of tell.
  std::int64_t settled_below() const;
  void hear(const std::vector<ChunkNote>& notes, bool is_news);
  void publish_step(StepRecord&& record, std::vector<RunEvent>&& events);
  // Looks at steps of this chunk that are due.
  void publish_looks(const RecordedChunk& chunk, const RecordingHead& head, std::int64_t stride,
                     std::int64_t but_not, const Beside& beside);
  std::shared_ptr<Snapshot> look(const RecordedChunk& chunk, const RecordingHead& head, std::int64_t step,
                                 std::int64_t beside);
  void take_facts();  // into status_
  void say(RunState state);
  void say_growth(bool has_grown);
  // What keeps it from being read now, said once; empty: nothing does.
  void say_trouble(std::string message);
  // What was told has been taken.
  void wait_until_taken();

  const RecordingWish wish_;
  const std::uint32_t model_id_;
  const double most_unsampled_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  const std::shared_ptr<Link> link_ = std::make_shared<Link>(bell_);
  std::atomic<bool> stopping_ = false, told_all_ = false;
  std::atomic<std::int64_t> wished_ = -1;  // step
  std::vector<KeyHint> hints_;
  std::atomic<const RecordingForm*> form_ = nullptr;
  std::optional<GrowingFolder> copy_;      // of files of another form, as they are kept
  GrowingFolder* at_any_place_ = nullptr;  // what a wished look can be read from
  RunStatus status_;
  int runs_ = 0;  // begun so far
  std::unique_ptr<RecordingFigures> figures_;
  struct OfRank {
    std::int64_t last = -1;  // step
    Clock::time_point heard{};
    Clock::time_point behind{};  // since when no more of it came than of the newest, where it is behind
  };
  std::map<std::int32_t, OfRank> ranks_;
  std::int64_t next_look_ = 0, newest_look_ = -1;
  std::int64_t published_ = 0;
  std::unique_ptr<RecordingReader> files_;  // of another form; null: they are to be read from their start
  std::optional<RecordedChunk> newest_of_files_;
  std::int64_t last_of_files_ = -1;        // step
  std::optional<std::int64_t> stands_at_;  // the step that is waited for,
  Clock::time_point stands_since_{};       // and since when
  std::int64_t unreadable_ = 0;
  std::string why_unreadable_;
  std::vector<std::string> notes_;  // told
  Clock::time_point said_read_{};
  Clock::time_point grown_{}, again_not_before_{};
  Clock::duration interval_{};  // between times it grew, lately
  std::thread thread_;
};

}  // namespace switchyard
