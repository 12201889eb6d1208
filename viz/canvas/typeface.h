// The letters of a figure: what the five fonts of a canvas are outside Dear ImGui's atlas, for back ends that set
// text themselves.
//
// Thread safety: plain values.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/canvas/canvas.h"

namespace viz {

struct FontFile {
  std::string path;
  int index = 0;  // of the face in its file
};

struct Typeface {
  std::string family;  // as CSS and fontconfig name it
  bool monospaced = false;
  int weight = 400;             // as in CSS
  float line_px = 13;           // highest to lowest reach: what Dear ImGui calls a font's size
  float em_px = 13;             // the size in the usual sense
  float ascent_px = 10;         // from the top of the line to the letters' base
  std::vector<FontFile> files;  // the face itself, then those for the characters it lacks
};

// Indexed by Font.
using Typefaces = std::array<Typeface, 5>;
inline const Typeface& typeface_of(const Typefaces& all, Font font) { return all[static_cast<std::size_t>(font)]; }

// Width and line height of a text, in the canvas' units.
using MeasureText = std::function<Point(std::string_view, Font)>;

// What part of a canvas a picture shows, and how large.
struct PictureFrame {
  Rect area;        // in the canvas' units
  float scale = 1;  // pixels of the picture by unit of the canvas; of a page of PDF points, 1/72 inch
  float pixel_mm = 0;  // of SVG: what a pixel of it measures on paper; 0: whatever shows it decides
};

// What a picture says of itself, for people (title, description) and for programs (metadata: any text).
struct PictureText {
  std::string title, description, metadata;
};

}  // namespace viz
