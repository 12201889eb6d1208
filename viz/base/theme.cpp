#include "viz/base/theme.h"

#include <array>
#include <cmath>

namespace viz {
namespace {

// Chosen greedily so that each is as far as can be from those before it, for normal and for colour-blind eyes;
// the first seven are Okabe and Ito's without black.
constexpr std::array<std::uint32_t, category_colour_count> kCategories = {
    0xe69f00, 0x56b4e9, 0x009e73, 0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7, 0x664d4d, 0x99331a, 0xb3ccb3, 0x99e6ff,
    0x666680, 0x3380ff, 0xccb380, 0x4d00ff, 0x99664d, 0x668080, 0xb3b3cc, 0x004db3, 0x80994d, 0x806666, 0xb34d1a,
    0xcccc66, 0x803380, 0x664dff, 0x9980cc, 0xb39999, 0xb3e699, 0xcccccc, 0x993366, 0xb36699, 0x006666, 0x99b3b3,
    0xff6680, 0x994d99, 0x66ccff, 0x4d99ff, 0xb3b399, 0x804d33, 0x998066, 0xb399cc, 0xb3e6e6, 0x00cc33, 0xe699b3,
    0xb3004d, 0xb333cc, 0x99cce6, 0xb36633, 0x00b380, 0xcc9966, 0xb33380, 0x8099b3, 0x999933, 0x4d664d, 0x6680b3,
    0x00e6cc, 0xcce680, 0x99e6b3, 0xff1a99, 0x801acc, 0xff00cc, 0x99cc99, 0xe64de6, 0x803399};

constexpr std::array<std::uint32_t, curve_colour_count> kDarkCurves = {0xa393ff, 0x5fe0c0, 0xff8a75,
                                                                       0xe8ecf4, 0xb4e052, 0x8fa3bf};
constexpr std::array<std::uint32_t, curve_colour_count> kLightCurves = {0x5b46d9, 0x0a6b62, 0xc8354a,
                                                                        0x2a313c, 0x5f7d00, 0x7a879b};

constexpr Colour kDarkPanel = rgb(0x171b22), kLightPanel = rgb(0xffffff);

// The first 16 must be told apart by colour alone; later ones have labels to help them.
constexpr double kContrast = 3.05, kContrastWithLabel = 2.0;

double linear_from_srgb(int channel) {
  const double v = channel / 255.0;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

Colour srgb_from_linear(double v) {
  const double s = v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
  return static_cast<Colour>(std::lround(std::clamp(s, 0.0, 1.0) * 255));
}

// The colour itself where it stands out enough from the panel; else as much darker or lighter as it takes. Both
// moves are linear in light, so the luminance wanted gives the amount, and hue is kept.
Colour made_legible(Colour colour, Colour panel, bool panel_is_dark, double wanted) {
  if (contrast(colour, panel) >= wanted) return colour;
  const double now = relative_luminance(colour), ground = relative_luminance(panel);
  const double target = panel_is_dark ? wanted * (ground + 0.05) - 0.05 : (ground + 0.05) / wanted - 0.05;
  std::array<double, 3> light = {linear_from_srgb(red(colour)), linear_from_srgb(green(colour)),
                                 linear_from_srgb(blue(colour))};
  for (double& v : light) v = panel_is_dark ? v + (1 - v) * (target - now) / (1 - now) : v * target / now;
  return 0xff000000u | (srgb_from_linear(light[2]) << 16) | (srgb_from_linear(light[1]) << 8) |
         srgb_from_linear(light[0]);
}

std::array<Colour, category_colour_count> categories_for(bool is_dark) {
  std::array<Colour, category_colour_count> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = made_legible(rgb(kCategories[i]), is_dark ? kDarkPanel : kLightPanel, is_dark,
                          i < categories_by_colour_alone ? kContrast : kContrastWithLabel);
  }
  return out;
}

}  // namespace

Theme dark() {
  Theme t;
  t.is_dark = true;
  t.ground = rgb(0x101318);
  t.panel = kDarkPanel;
  t.raised = rgb(0x212731);
  t.raised_hover = rgb(0x2c3440);
  t.hairline = rgb(0x262c36);
  t.grid = rgb(0x20262f);
  t.text = rgb(0xdde2ea);
  t.text_dim = rgb(0x97a1b1);
  t.accent = rgb(0xa393ff);
  t.accent_hover = rgb(0xb8acff);
  t.accent_text = rgb(0x14111f);
  t.good = rgb(0x4cc38a);
  t.warn = rgb(0xffc53d);
  t.bad = rgb(0xff6b81);
  return t;
}

Theme light() {
  Theme t;
  t.is_dark = false;
  t.ground = rgb(0xf1f3f7);
  t.panel = kLightPanel;
  t.raised = rgb(0xe9ecf2);
  t.raised_hover = rgb(0xdce1ea);
  t.hairline = rgb(0xd7dce4);
  t.grid = rgb(0xe8ebf0);
  t.text = rgb(0x1b212b);
  t.text_dim = rgb(0x566070);
  t.accent = rgb(0x5b46d9);
  t.accent_hover = rgb(0x4a36c2);
  t.accent_text = rgb(0xffffff);
  t.good = rgb(0x136a44);
  t.warn = rgb(0x855800);
  t.bad = rgb(0xbd1d3d);
  return t;
}

Colour category_colour(const Theme& theme, std::size_t i) {
  static const auto for_dark = categories_for(true), for_light = categories_for(false);
  return (theme.is_dark ? for_dark : for_light)[i % category_colour_count];
}

Colour curve_colour(const Theme& theme, std::size_t i) {
  return rgb((theme.is_dark ? kDarkCurves : kLightCurves)[i % curve_colour_count]);
}

Colour text_on(Colour background) {
  constexpr Colour dark_text = rgb(0x000000), light_text = rgb(0xffffff);
  return contrast(background, dark_text) >= contrast(background, light_text) ? dark_text : light_text;
}

double relative_luminance(Colour c) {
  return 0.2126 * linear_from_srgb(red(c)) + 0.7152 * linear_from_srgb(green(c)) +
         0.0722 * linear_from_srgb(blue(c));
}

double contrast(Colour a, Colour b) {
  const double la = relative_luminance(a), lb = relative_luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

void apply_style(const Theme& theme, float scale) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {12, 10};
  style.FramePadding = {8, 4};
  style.ItemSpacing = {8, 6};
  style.ItemInnerSpacing = {6, 4};
  style.CellPadding = {6, 3};
  style.IndentSpacing = 14;
  style.ScrollbarSize = 10;
  style.GrabMinSize = 12;
  style.WindowRounding = 6;
  style.ChildRounding = 6;
  style.PopupRounding = 6;
  style.FrameRounding = 4;
  style.GrabRounding = 6;
  style.ScrollbarRounding = 5;
  style.TabRounding = 4;
  style.WindowMenuButtonPosition = ImGuiDir_None;
  style.CurveTessellationTol = 2;  // fewer vertices on round corners; software GL pays for each
  style.ScaleAllSizes(scale);
  // Hairlines stay hairlines: one device pixel up to 1.5, then two.
  const float hairline = std::max(1.0f, std::floor(scale));
  style.WindowBorderSize = style.ChildBorderSize = style.PopupBorderSize = hairline;
  style.FrameBorderSize = style.TabBorderSize = 0;

  const auto set = [&style](ImGuiCol which, Colour colour) { style.Colors[which] = as_vec4(colour); };
  // Whatever a later ImGui adds starts out as an accent-free surface, not as stock blue or grey.
  for (int i = 0; i < ImGuiCol_COUNT; ++i) set(i, theme.raised);
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_TextDisabled, theme.text_dim);
  set(ImGuiCol_WindowBg, theme.ground);
  set(ImGuiCol_ChildBg, 0);
  set(ImGuiCol_PopupBg, theme.is_dark ? rgb(0x1c212a) : theme.panel);
  set(ImGuiCol_Border, theme.hairline);
  set(ImGuiCol_BorderShadow, 0);
  set(ImGuiCol_FrameBg, theme.raised);
  set(ImGuiCol_FrameBgHovered, theme.raised_hover);
  set(ImGuiCol_FrameBgActive, theme.raised_hover);
  set(ImGuiCol_TitleBg, theme.panel);
  set(ImGuiCol_TitleBgActive, theme.panel);
  set(ImGuiCol_TitleBgCollapsed, theme.panel);
  set(ImGuiCol_MenuBarBg, theme.ground);
  set(ImGuiCol_ScrollbarBg, 0);
  set(ImGuiCol_ScrollbarGrab, theme.raised_hover);
  set(ImGuiCol_ScrollbarGrabHovered, mixed(theme.raised_hover, theme.text_dim, 0.4f));
  set(ImGuiCol_ScrollbarGrabActive, theme.text_dim);
  set(ImGuiCol_CheckMark, theme.accent);
  set(ImGuiCol_SliderGrab, theme.accent);
  set(ImGuiCol_SliderGrabActive, theme.accent_hover);
  set(ImGuiCol_Button, theme.raised);
  set(ImGuiCol_ButtonHovered, theme.raised_hover);
  set(ImGuiCol_ButtonActive, mixed(theme.raised_hover, theme.accent, 0.35f));
  set(ImGuiCol_Header, theme.raised);
  set(ImGuiCol_HeaderHovered, theme.raised_hover);
  set(ImGuiCol_HeaderActive, theme.raised_hover);
  set(ImGuiCol_Separator, theme.hairline);
  set(ImGuiCol_SeparatorHovered, theme.accent);
  set(ImGuiCol_SeparatorActive, theme.accent);
  set(ImGuiCol_ResizeGrip, 0);
  set(ImGuiCol_ResizeGripHovered, theme.accent);
  set(ImGuiCol_ResizeGripActive, theme.accent);
  set(ImGuiCol_Tab, 0);
  set(ImGuiCol_TabHovered, theme.raised_hover);
  set(ImGuiCol_TabActive, theme.raised);
  set(ImGuiCol_TabUnfocused, 0);
  set(ImGuiCol_TabUnfocusedActive, theme.raised);
  set(ImGuiCol_PlotLines, curve_colour(theme, 0));
  set(ImGuiCol_PlotLinesHovered, theme.accent_hover);
  set(ImGuiCol_PlotHistogram, theme.accent);
  set(ImGuiCol_PlotHistogramHovered, theme.accent_hover);
  set(ImGuiCol_TableHeaderBg, theme.raised);
  set(ImGuiCol_TableBorderStrong, theme.hairline);
  set(ImGuiCol_TableBorderLight, theme.grid);
  set(ImGuiCol_TableRowBg, 0);
  set(ImGuiCol_TableRowBgAlt, faded(theme.raised, 0.35f));
  set(ImGuiCol_TextSelectedBg, faded(theme.accent, 0.35f));
  set(ImGuiCol_DragDropTarget, theme.accent);
  set(ImGuiCol_NavHighlight,
      0);  // what has the keyboard shows it in its own way; else a line may cross the window
  set(ImGuiCol_NavWindowingHighlight, theme.accent);
  set(ImGuiCol_NavWindowingDimBg, faded(theme.ground, 0.6f));
  set(ImGuiCol_ModalWindowDimBg, faded(theme.ground, 0.7f));
}

}  // namespace viz
