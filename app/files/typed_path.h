// Paths as somebody types them: "~/texts/a.txt", "../other", "/tmp/x", or the URI of a name that is no text
// (core/base/file_name.h).
//
// Thread safety: pure functions; home_folder() reads the environment.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace switchyard::app {

// $HOME where it is absolute; else empty.
std::filesystem::path home_folder();

// Whether the text says where, and not only how something is called: it has a slash, or is "~" or "..".
bool says_where(std::string_view typed);

// The path meant, from `folder`; tidied, without a slash at its end.
std::filesystem::path path_of_typed(std::string_view typed, const std::filesystem::path& folder);

// Reads back to the same path: below the home folder it begins with "~".
std::string typed_of_path(const std::filesystem::path& path);

// Without a slash at its end, "." and "..".
std::filesystem::path tidy(const std::filesystem::path& path);

}  // namespace switchyard::app
