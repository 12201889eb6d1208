#include "core/train/crew/hello.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace switchyard {
namespace {

std::string trimmed(std::string line) {
  const auto is_edge = [](char c) { return c == ' ' || c == ','; };
  while (!line.empty() && is_edge(line.back())) line.pop_back();
  line.erase(line.begin(), std::find_if_not(line.begin(), line.end(), is_edge));
  return line;
}

}  // namespace

std::string Hello::text() const { return version + "\n" + host + "\n" + process + "\n" + config; }

Hello Hello::of(const std::string& text) {
  std::istringstream lines(text);
  Hello hello;
  std::getline(lines, hello.version);
  std::getline(lines, hello.host);
  std::getline(lines, hello.process);
  hello.config.assign(std::istreambuf_iterator<char>(lines), {});
  return hello;
}

std::string Hello::name(std::size_t rank) const {
  return fmt::format("rank {} ({}, process {})", rank, host, process);
}

Result<void> check_alike(const std::vector<Hello>& hellos) {
  for (std::size_t r = 1; r < hellos.size(); ++r) {
    const Hello &first = hellos[0], &other = hellos[r];
    if (first.version != other.version)
      return usage_error(fmt::format("the ranks are of different versions: {} is switchyard {}, {} is {}",
                                     first.name(0), first.version, other.name(r), other.version));
    if (first.config.empty() || other.config.empty()) continue;
    std::istringstream a(first.config), b(other.config);
    std::string mine, theirs;
    while (std::getline(a, mine) && std::getline(b, theirs))
      if (mine != theirs)
        return usage_error(
            fmt::format("the ranks have different settings: {} has {}, {} has {}; start all with the same",
                        first.name(0), trimmed(mine), other.name(r), trimmed(theirs)));
  }
  return {};
}

}  // namespace switchyard
