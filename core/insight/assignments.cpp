#include "core/insight/assignments.h"

namespace switchyard {
namespace {

// The first code point of valid UTF-8; 0 of an empty text.
char32_t first_code_point(const std::string& text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x80) return byte(0);
  if (byte(0) < 0xE0) return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
  if (byte(0) < 0xF0) return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
  return (byte(0) & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
}

bool is_capital(char32_t c) {
  if (c >= U'A' && c <= U'Z') return true;
  if (c >= 0xC0 && c <= 0xDE) return c != 0xD7;     // Latin-1
  if (c >= 0x100 && c <= 0x137) return c % 2 == 0;  // Latin Extended-A: pairs
  if (c >= 0x139 && c <= 0x148) return c % 2 == 1;
  if (c >= 0x14A && c <= 0x177) return c % 2 == 0;
  if (c >= 0x391 && c <= 0x3A9) return true;  // Greek
  return c >= 0x400 && c <= 0x42F;            // Cyrillic
}

}  // namespace

Assignments assignments_of(const ProbeLayer& layer, Choice choice) {
  Assignments made;
  if (!layer.choices || layer.ranked <= 0 || layer.top_k <= 0) return made;
  if (choice == Choice::first && !layer.best_first) return made;
  made.experts = layer.experts;
  const auto k = static_cast<std::size_t>(layer.top_k), ranked = static_cast<std::size_t>(layer.ranked);
  const std::size_t tokens = layer.expert.size() / ranked;
  made.start.reserve(tokens + 1);
  made.expert.reserve(tokens * (choice == Choice::first ? 1 : k));
  made.start.push_back(0);
  for (std::size_t t = 0; t < tokens; ++t) {
    for (std::size_t j = 0; j < k; ++j) {
      // What fills up the row of a token with fewer experts (expert choice) has weight 0 and was not kept; what
      // capacity dropped has its weight still.
      if (layer.kept[t * k + j] == 0 && layer.weight[t * k + j] == 0) continue;
      if (layer.expert[t * ranked + j] < 0) continue;
      made.expert.push_back(layer.expert[t * ranked + j]);
      if (choice == Choice::first) break;
    }
    made.start.push_back(static_cast<std::int32_t>(made.expert.size()));
  }
  return made;
}

bool has_first_choices(const ProbeLayer& layer) {
  if (!layer.best_first || layer.ranked <= 0) return false;
  const auto ranked = static_cast<std::size_t>(layer.ranked);
  for (std::size_t at = 0; at < layer.expert.size(); at += ranked)
    if (layer.expert[at] >= 0) return true;
  return false;
}

Labels labels_of(const Snapshot& snapshot, LabelKind kind) {
  Labels labels;
  switch (kind) {
    case LabelKind::domain:
      if (snapshot.tokens && !snapshot.tokens->domain.empty()) {
        labels.of.assign(snapshot.tokens->domain.begin(), snapshot.tokens->domain.end());
        labels.names = snapshot.tokens->domain_names;
      }
      break;
    case LabelKind::character:
      if (snapshot.tokens && !snapshot.tokens->are_numbers) {
        for (const std::string& text : snapshot.tokens->text)
          labels.of.push_back(static_cast<std::int32_t>(character_class(text)));
        for (std::size_t c = 0; c < kCharacterClasses; ++c)
          labels.names.emplace_back(name_of(static_cast<CharacterClass>(c)));
      }
      break;
    case LabelKind::point_class:
      if (snapshot.points) {
        labels.of = snapshot.points->label;
        labels.names = snapshot.points->class_names;
      }
      break;
    case LabelKind::point_kind:
      if (snapshot.points) {
        labels.of.assign(snapshot.points->kind.begin(), snapshot.points->kind.end());
        labels.names = snapshot.points->kind_names;
      }
      break;
  }
  return labels;
}

bool has_labels(const Snapshot& snapshot, LabelKind kind) {
  switch (kind) {
    case LabelKind::domain: return snapshot.tokens && !snapshot.tokens->domain.empty() && !snapshot.tokens->domain_names.empty();
    case LabelKind::character:
      return snapshot.tokens && !snapshot.tokens->are_numbers;
    case LabelKind::point_class: return snapshot.points && !snapshot.points->class_names.empty();
    case LabelKind::point_kind: return snapshot.points && !snapshot.points->kind_names.empty();
  }
  return false;
}

Labels only(Labels labels, const Among& among) {
  if (among.size() != labels.of.size()) return labels;
  for (std::size_t t = 0; t < among.size(); ++t)
    if (among[t] == 0) labels.of[t] = Labels::kNone;
  return labels;
}

CharacterClass character_class(const std::string& token) {
  // A name like <unk> stands for no character.
  if (token.size() > 2 && token.front() == '<' && token.back() == '>') return CharacterClass::other;
  const char32_t c = first_code_point(token);
  if (c == U'\n' || c == U'\r') return CharacterClass::newline;
  if (c == U' ' || c == U'\t' || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A))
    return CharacterClass::space;
  if (c >= U'0' && c <= U'9') return CharacterClass::digit;
  if (is_capital(c)) return CharacterClass::capital;
  if (c >= U'a' && c <= U'z') return CharacterClass::letter;
  if (c < 0x20 || c == 0x7F) return CharacterClass::other;
  if (c < 0x80) return CharacterClass::punctuation;
  if (c < 0xA0) return CharacterClass::other;
  if (c == 0xAA || c == 0xB5 || c == 0xBA) return CharacterClass::letter;
  if (c < 0xC0 || c == 0xD7 || c == 0xF7 || (c >= 0x2010 && c <= 0x206F) || (c >= 0x3001 && c <= 0x303F))
    return CharacterClass::punctuation;
  if (c >= 0x2070 && c < 0x2C00) return CharacterClass::other;  // symbols, arrows, boxes
  if (c >= 0x1F000 && c < 0x20000) return CharacterClass::other;
  return CharacterClass::letter;
}

const char* name_of(CharacterClass character) {
  switch (character) {
    case CharacterClass::letter:
      return "letter";
    case CharacterClass::capital:
      return "capital";
    case CharacterClass::digit:
      return "digit";
    case CharacterClass::space:
      return "space";
    case CharacterClass::newline:
      return "newline";
    case CharacterClass::punctuation:
      return "punctuation";
    case CharacterClass::other:
      break;
  }
  return "other";
}

}  // namespace switchyard
