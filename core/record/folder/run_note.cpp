#include "core/record/folder/run_note.h"

#include <fmt/format.h>

#include <string_view>

#include "core/base/json.h"
#include "core/base/utf8.h"
#include "core/record/files/files.h"
#include "core/record/folder/run_description.h"

namespace switchyard {
namespace {

std::string cut_text(std::string_view text) { return std::string(text.substr(0, utf8_cut(text, kMostNoteText))); }

// A member that says something, or none.
void put_text(Json::Object& members, std::string_view key, const std::string& text) {
  std::erase_if(members, [&](const Json::Member& member) { return member.key == key; });
  if (!text.empty()) members.push_back({std::string(key), cut_text(text)});
}

RunNote note_in(const Json& json) {
  RunNote note;
  if (const std::string* name = json["name"].text()) note.name = cut_text(*name);
  if (const std::string* preset = json["preset"].text()) note.preset = cut_text(*preset);
  return note;
}

}  // namespace

RunNote read_run_note(const std::filesystem::path& folder) {
  const auto json = read_json_file(folder / kRunNoteFile);
  return json ? note_in(*json) : RunNote();
}

Result<void> write_run_note(const std::filesystem::path& folder, const std::string& id, const RunNote& note) {
  const auto about = read_run_description(folder);
  if (!about) return about.error();
  if (!id.empty() && about->run.id != id)
    return usage_error(
        fmt::format("{}: is the folder of run '{}', not of '{}'", folder.native(), about->run.id, id));
  const auto there = read_json_file(folder / kRunNoteFile);
  const RunNote before = there ? note_in(*there) : RunNote();
  if (note.name == before.name && (note.preset.empty() || note.preset == before.preset)) return {};
  Json::Object members;
  if (there && there->members()) members = *there->members();
  put_text(members, "name", note.name);
  // What a run began from never changes, and may be not known by whoever writes.
  if (!note.preset.empty()) put_text(members, "preset", note.preset);
  Json json = Json::object();
  for (Json::Member& member : members) json.add_member(std::move(member.key), std::move(member.value));
  return replace_file(folder / kRunNoteFile, dump_json(json, 2) + "\n");
}

}  // namespace switchyard
