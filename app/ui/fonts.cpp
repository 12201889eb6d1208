#include "app/ui/fonts.h"

#include <fontconfig/fontconfig.h>
#include <imgui.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>

#include "viz/base/named_text.h"
#include "viz/canvas/font_files.h"

namespace switchyard::app {
namespace {

static_assert(sizeof(ImWchar) == sizeof(unsigned short), "Glyphs::ranges() matches ImGui's character type");

// More than a handful of fallbacks would only slow the start for characters nobody sees.
constexpr std::size_t kMostFaces = 5;

struct Face {
  std::string path;
  int index = 0;
};

struct PatternDelete {
  void operator()(FcPattern* p) const { FcPatternDestroy(p); }
};
using Pattern = std::unique_ptr<FcPattern, PatternDelete>;

// Outlines that ImGui's rasteriser reads: no bitmaps, no colour, no web formats.
bool is_usable(FcPattern* font) {
  FcBool outline = FcFalse, colour = FcFalse;
  FcChar8* format = nullptr;
  if (FcPatternGetBool(font, FC_OUTLINE, 0, &outline) != FcResultMatch || !outline) return false;
  if (FcPatternGetBool(font, FC_COLOR, 0, &colour) == FcResultMatch && colour) return false;
  if (FcPatternGetString(font, FC_FONTFORMAT, 0, &format) != FcResultMatch) return false;
  const std::string_view name(reinterpret_cast<const char*>(format));
  return name == "TrueType" || name == "CFF";
}

// The family itself, then fonts for the characters it lacks; what none has of them is added to `lacking`.
std::vector<Face> faces_for(const char* family, const char* second_family, int weight,
                            const std::set<char32_t>& code_points, std::set<char32_t>& lacking) {
  std::vector<Face> faces;
  std::set<char32_t> missing = code_points;
  while (!missing.empty() && faces.size() < kMostFaces) {
    const Pattern wanted(FcPatternCreate());
    FcPatternAddString(wanted.get(), FC_FAMILY,
                       reinterpret_cast<const FcChar8*>(faces.empty() ? family : second_family));
    FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(second_family));
    FcPatternAddInteger(wanted.get(), FC_WEIGHT, weight);
    FcPatternAddInteger(wanted.get(), FC_SLANT, FC_SLANT_ROMAN);
    FcPatternAddBool(wanted.get(), FC_OUTLINE, FcTrue);
    if (!faces.empty()) {
      FcCharSet* set = FcCharSetCreate();
      for (const char32_t c : missing) FcCharSetAddChar(set, c);
      FcPatternAddCharSet(wanted.get(), FC_CHARSET, set);
      FcCharSetDestroy(set);
    }
    FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
    FcDefaultSubstitute(wanted.get());
    FcResult result = FcResultNoMatch;
    const Pattern found(FcFontMatch(nullptr, wanted.get(), &result));
    FcChar8* path = nullptr;
    FcCharSet* covered = nullptr;
    int index = 0;
    if (!found || FcPatternGetString(found.get(), FC_FILE, 0, &path) != FcResultMatch ||
        FcPatternGetCharSet(found.get(), FC_CHARSET, 0, &covered) != FcResultMatch || !is_usable(found.get()))
      break;
    FcPatternGetInteger(found.get(), FC_INDEX, 0, &index);
    const std::size_t before = missing.size();
    std::erase_if(missing, [&](char32_t c) { return FcCharSetHasChar(covered, c); });
    if (missing.size() == before) break;  // nobody has the rest
    faces.push_back({reinterpret_cast<const char*>(path), index & 0xffff});
  }
  lacking.insert(missing.begin(), missing.end());
  return faces;
}

}  // namespace

const std::vector<char>* FontLoader::file(const std::string& path) {
  auto [at, is_new] = files_.try_emplace(path);
  if (is_new) {
    std::error_code code;
    const std::uintmax_t size =
        std::filesystem::is_regular_file(path, code) ? std::filesystem::file_size(path, code) : 0;
    std::ifstream in(path, std::ios::binary);
    if (!code) at->second.resize(static_cast<std::size_t>(size));
    in.read(at->second.data(), static_cast<std::streamsize>(at->second.size()));
    if (!in) at->second.clear();
  }
  return at->second.empty() ? nullptr : &at->second;
}

viz::Fonts FontLoader::build(const Glyphs& glyphs, float scale) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
  ranges_ = glyphs.ranges();

  std::set<char32_t> lacking;
  const auto add = [&](viz::Font role, const char* family, const char* fallback, int weight, int css_weight, float px) -> ImFont* {
    ImFont* font = nullptr;
    viz::Typeface& typeface = typefaces_[static_cast<std::size_t>(role)];
    typeface = {};
    typeface.family = family;
    typeface.weight = css_weight;
    typeface.line_px = std::round(px * scale);
    typeface.monospaced = role == viz::Font::mono || role == viz::Font::mono_small;
    for (const Face& face : faces_for(family, fallback, weight, glyphs.code_points(), lacking)) {
      const std::vector<char>* bytes = file(face.path);
      if (!bytes) continue;
      ImFontConfig config;
      config.FontDataOwnedByAtlas = false;
      config.FontNo = face.index;
      config.MergeMode = font != nullptr;
      config.OversampleH = 2;
      config.OversampleV = 1;
      config.PixelSnapH = false;
      // ImGui writes to neither the bytes nor the ranges.
      ImFont* added = atlas.AddFontFromMemoryTTF(const_cast<char*>(bytes->data()), static_cast<int>(bytes->size()),
                                                 typeface.line_px, &config, ranges_.data());
      if (!font) font = added;
      typeface.files.push_back({face.path, face.index});
    }
    viz::measure_typeface(typeface);
    return font;
  };

  viz::Fonts fonts;
  using viz::Font;
  fonts.body = add(Font::body, "Inter", "DejaVu Sans", FC_WEIGHT_REGULAR, 400, 15);
  fonts.bold = add(Font::bold, "Inter", "DejaVu Sans", FC_WEIGHT_DEMIBOLD, 600, 15);
  fonts.small = add(Font::small, "Inter", "DejaVu Sans", FC_WEIGHT_REGULAR, 400, 13);
  fonts.mono = add(Font::mono, "JetBrains Mono", "DejaVu Sans Mono", FC_WEIGHT_REGULAR, 400, 14);
  fonts.mono_small = add(Font::mono_small, "JetBrains Mono", "DejaVu Sans Mono", FC_WEIGHT_REGULAR, 400, 12);
  if (fonts.body && atlas.Build()) {
    ImGui::GetIO().FontDefault = fonts.body;
    viz::name_unshown(lacking);
    return fonts;
  }

  atlas.Clear();
  ImFontConfig config;
  config.SizePixels = std::round(13 * scale);
  fonts = {};
  fonts.body = fonts.bold = fonts.small = fonts.mono = fonts.mono_small = atlas.AddFontDefault(&config);
  atlas.Build();
  ImGui::GetIO().FontDefault = fonts.body;
  // ImGui's own has Latin-1.
  std::erase_if(lacking = glyphs.code_points(), [](char32_t c) { return c <= 0xff; });
  viz::name_unshown(lacking);
  return fonts;
}

}  // namespace switchyard::app
