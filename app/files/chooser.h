// A chooser of files and runs, without its looks: which folder is listed, what is typed, which row is lit, what
// Enter does.
//
// One field serves for finding and for paths: what is typed finds among the names; what says where ("~/texts/",
// "../a") lists that folder and finds by its last part.
//
// Thread safety: the window's thread; folders are read on others (folder_reader.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/files/folder.h"
#include "app/files/folder_reader.h"

namespace switchyard::app {

// runs: a directory of them, the one that is listed; routes: a folder that holds a recording
enum class Chooses { nothing, text, run, settings, runs, routes };

struct Chooser {
  struct Row {
    bool is_heading = false, is_recent = false;
    std::uint32_t index = 0;  // in `recent` or `listed`
  };

  Chooses what = Chooses::nothing;  // nothing: it is closed
  std::filesystem::path folder;     // that is listed
  std::string typed;
  bool shows_recent = true;  // above the folder, until one goes elsewhere
  bool hidden = false, by_age = false;
  int lit = -1;         // a row; -1: none
  std::string problem;  // a sentence, until something else is done

  std::shared_ptr<FolderReader> reader;
  std::shared_ptr<const Folder> listed, recent;  // null: not known yet
  std::map<std::string, EntryLook> looks;        // by path
  std::vector<Row> rows;

  // The view's.
  bool just_opened = false;     // keys of this frame are not for it
  bool wants_keyboard = false;  // for the field
  bool brings_lit = false;      // the lit row into sight
  bool in_places = false;       // arrows walk among the places
  int lit_place = 0;
  int page = 10;                   // rows in sight
  std::optional<std::string> put;  // into the field

  // Of update().
  std::filesystem::path from;       // what a typed path begins at
  std::string typed_before, light;  // light: the name that is lit once it is there
  bool moved = false, stale = false, enters = false;
};

// Where it begins, and what was used last, the newest first.
void begin_choosing(Chooser& chooser, Chooses what, std::filesystem::path folder,
                    std::vector<std::filesystem::path> recent, void (*wake)());
void end_choosing(Chooser& chooser);

// `light`: the name of the entry to be lit there.
void list_folder(Chooser& chooser, std::filesystem::path folder, std::string light = {});
void list_parent(Chooser& chooser);
// Once a frame, after what was typed: takes what was read, and finds.
void update(Chooser& chooser);
// Everything is arranged anew: `hidden` or `by_age` changed.
void arrange_rows(Chooser& chooser);

void light_by(Chooser& chooser, int rows);  // so many further, or back; stops at the ends

const FolderEntry& entry_of(const Chooser& chooser, const Chooser::Row& row);
std::filesystem::path path_of(const Chooser& chooser, const Chooser::Row& row);
// What is known of an entry beyond its name; null: nothing yet.
const EntryLook* look_of(const Chooser& chooser, const Chooser::Row& row);
// Empty, or a sentence: why it cannot be chosen here. A folder can.
std::string why_not(const Chooser& chooser, const Chooser::Row& row);

struct Chosen {
  std::filesystem::path path;
  EntryKind kind = EntryKind::file;
};
// What Enter does: what is chosen; or another folder is listed, or `problem` says why nothing happens. Before the
// folder that was typed is read it waits, and update() is followed by another call.
std::optional<Chosen> enter(Chooser& chooser);
// Goes into the lit folder, a run's too.
void enter_folder(Chooser& chooser);
// What Tab makes of what is typed: as much as all fitting names have in common, else the lit one.
void complete(Chooser& chooser);

}  // namespace switchyard::app
