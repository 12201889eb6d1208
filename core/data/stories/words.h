// The words the story writers share. Together with the capitals and digits of the other domains they
// make a vocabulary of some ninety characters.
#pragma once

#include <string_view>

#include "core/data/stories/teller.h"

namespace switchyard::stories {

inline constexpr Person kChildren[] = {
    {"Anna", true},  {"Ben", false},   {"Clara", true}, {"Dan", false},  {"Ella", true}, {"Finn", false},
    {"Grace", true}, {"Hugo", false},  {"Ivy", true},   {"Jack", false}, {"Kate", true}, {"Leo", false},
    {"Lily", true},  {"Max", false},   {"Mia", true},   {"Noah", false}, {"Olga", true}, {"Peter", false},
    {"Quinn", true}, {"Rosa", true},   {"Sam", false},  {"Tom", false},  {"Uma", true},  {"Victor", false},
    {"Wendy", true}, {"Yusuf", false}, {"Zoe", true},
};

struct Animal {
  std::string_view noun, look, home;
};
inline constexpr Animal kAnimals[] = {
    {"fox", "small red fox", "under the roots of an oak"},
    {"owl", "wise old owl", "in a hollow tree"},
    {"rabbit", "quick white rabbit", "in a burrow"},
    {"mouse", "tiny grey mouse", "behind the kitchen wall"},
    {"frog", "jolly green frog", "at the edge of the pond"},
    {"hedgehog", "shy hedgehog", "under a pile of leaves"},
    {"squirrel", "busy squirrel", "high in a pine tree"},
    {"turtle", "slow old turtle", "by the quiet river"},
    {"beaver", "strong brown beaver", "in a house of sticks"},
    {"goat", "stubborn white goat", "on a rocky hill"},
    {"badger", "grumpy badger", "in a deep dark den"},
    {"zebra", "young zebra", "on a wide green plain"},
};

struct Place {
  std::string_view at, to;
};
inline constexpr Place kPlaces[] = {
    {"in the forest", "to the forest"}, {"in the park", "to the park"},
    {"by the river", "to the river"},   {"on the hill", "up the hill"},
    {"at the beach", "to the beach"},   {"by the old mill", "to the old mill"},
    {"in the garden", "to the garden"}, {"at the market", "to the market"},
    {"in the meadow", "to the meadow"}, {"near the bridge", "to the bridge"},
    {"by the lake", "to the lake"},     {"behind the barn", "to the barn"},
};

inline constexpr std::string_view kColours[] = {"red",   "blue",  "green",  "yellow",
                                                "white", "brown", "purple", "orange"};

// Small things one can own, carry, lose and lend.
inline constexpr std::string_view kThings[] = {"ball",     "kite",    "drum",   "boat", "train",   "hat",
                                               "scarf",    "key",     "book",   "bell", "lantern", "bucket",
                                               "umbrella", "whistle", "basket", "cup",  "blanket", "ring"};

struct Food {
  std::string_view one, many;
};
inline constexpr Food kFoods[] = {
    {"apple", "apples"},    {"pear", "pears"},     {"plum", "plums"},      {"cookie", "cookies"},
    {"bun", "buns"},        {"carrot", "carrots"}, {"cherry", "cherries"}, {"egg", "eggs"},
    {"nut", "nuts"},        {"berry", "berries"},  {"lemon", "lemons"},    {"peach", "peaches"},
    {"potato", "potatoes"}, {"orange", "oranges"},
};

}  // namespace switchyard::stories
