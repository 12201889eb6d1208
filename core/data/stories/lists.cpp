// Lists: recipes whose steps use what the list names, shopping, packing, chores and the hours of a day.
#include <fmt/format.h>

#include <algorithm>

#include "core/data/stories/domains.h"
#include "core/data/stories/words.h"

namespace switchyard::stories {
namespace {

void recipe(Teller& t) {
  struct Dish {
    std::string_view name, extra, step;  // $extra: the one ingredient that makes the dish
  };
  static constexpr Dish baked[] = {
      {"Apple pie", "apples", "Cut the apples and lay them on the dough."},
      {"Plum cake", "plums", "Press the plums into the dough."},
      {"Cherry muffins", "cherries", "Put two cherries into each muffin."},
      {"Carrot cake", "carrots", "Grate the carrots and mix them in."},
      {"Nut bread", "nuts", "Chop the nuts and mix them in."},
      {"Lemon cookies", "lemons", "Add the juice of the lemons."},
  };
  static constexpr Dish cooked[] = {
      {"Potato soup", "potatoes", "Peel the potatoes and cut them."},
      {"Carrot soup", "carrots", "Wash the carrots and slice them."},
      {"Pea soup", "cups of peas", "Wash the peas."},
      {"Tomato soup", "tomatoes", "Cut the tomatoes in half."},
      {"Bean stew", "cups of beans", "Rinse the beans."},
  };
  const bool bake = t.chance(0.6);
  const Dish& dish = bake ? t.pick(baked) : t.pick(cooked);
  t.line(fmt::format("{} (for {})", dish.name, t.number(2, 8)));
  if (bake) {
    t.line(fmt::format("- {} g flour", t.number(2, 6) * 50));
    t.line(fmt::format("- {} g {}", t.number(1, 4) * 25, t.pick({"butter", "butter", "sugar"})));
    t.line(fmt::format("- {} eggs", t.number(2, 4)));
    t.line(fmt::format("- {} {}", t.number(2, 9), dish.extra));
    t.line(fmt::format("1. {}", t.pick({"Mix the flour and the eggs.", "Beat the eggs and add the flour."})));
    t.line(fmt::format("2. {}", dish.step));
    t.line(fmt::format("3. Bake for {} minutes at {} C.", t.number(4, 12) * 5, t.number(16, 22) * 10));
  } else {
    t.line(fmt::format("- {} {}", t.number(2, 9), dish.extra));
    t.line(fmt::format("- {} {}", t.number(2, 3), t.pick({"onions", "cups of milk", "leeks"})));
    t.line(fmt::format("- {} l water", t.number(2, 4)));
    t.line("- 1 spoon of salt");
    t.line(fmt::format("1. {}", dish.step));
    t.line(fmt::format("2. {}", t.pick({"Put everything into a pot.", "Add the rest and stir well."})));
    t.line(fmt::format("3. Cook for {} minutes{}.", t.number(3, 9) * 5,
                       t.pick({"", " and serve hot", " and stir often"})));
  }
}

void shopping(Teller& t) {
  static constexpr std::string_view goods[] = {"kg flour",      "l milk",           "bags of rice",
                                               "jars of honey", "loaves of bread",  "bars of soap",
                                               "boxes of tea",  "bottles of juice", "rolls of tape"};
  t.line(fmt::format("{}{}:", t.pick({"Shopping list for ", "To buy for "}), t.pick(kChildren).name));
  const auto foods = t.sample(std::size(kFoods), 3);
  const auto others = t.sample(std::size(goods), 2);
  const std::int64_t count = t.number(2, 3);
  for (std::int64_t i = 0; i < count; ++i)
    t.line(fmt::format("- {} {}", t.number(2, 12), kFoods[foods[static_cast<std::size_t>(i)]].many));
  for (std::size_t other : others) t.line(fmt::format("- {} {}", t.number(2, 6), goods[other]));
  t.line(fmt::format("Shop: {} {}",
                     t.pick({"Mill Street", "High Street", "Bridge Road", "Queen Road", "Park Lane"}),
                     t.number(1, 60)));
}

void packing(Teller& t) {
  static constexpr std::string_view gear[] = {"tent",    "rope",   "map",     "lamp",          "soap",
                                              "towel",   "knife",  "tin cup", "warm socks",    "rain coat",
                                              "matches", "pencil", "sun hat", "first aid kit", "toothbrush"};
  t.line(fmt::format(
      "Packing for {} ({} {}):", t.pick({"the lake", "the hills", "the beach", "the forest", "grandma's house"}),
      t.number(2, 9), t.pick({"days", "days", "nights"})));
  const std::int64_t rows = t.number(4, 6);
  for (std::size_t item : t.sample(std::size(gear), static_cast<std::size_t>(rows)))
    t.line(fmt::format("{} {}", t.chance(0.5) ? "[x]" : "[ ]", gear[item]));
}

void chores(Teller& t) {
  static constexpr std::string_view jobs[] = {"feed the hens",      "water the plants",  "sweep the floor",
                                              "write to Aunt Vera", "mend the fence",    "wash the dishes",
                                              "bring in the wood",  "clean the windows", "fix the bike",
                                              "walk the dog",       "rake the leaves",   "pay the baker"};
  static constexpr std::string_view days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                              "Friday", "Saturday", "Sunday"};
  t.line(fmt::format("{} for {}:", t.pick({"Jobs", "To do", "Chores"}), t.pick(days)));
  const std::int64_t rows = t.number(3, 6);
  for (std::size_t job : t.sample(std::size(jobs), static_cast<std::size_t>(rows)))
    t.line(fmt::format("{} {}", t.chance(0.4) ? "[x]" : "[ ]", jobs[job]));
}

void hours_of_a_day(Teller& t) {
  struct Hour {
    int from, to;
    std::string_view what[3];
  };
  static constexpr Hour hours[] = {{6, 7, {"get up", "wash and dress", "open the hen house"}},
                                   {8, 9, {"school begins", "bus to town", "reading lesson"}},
                                   {10, 11, {"math lesson", "break in the yard", "drawing"}},
                                   {12, 13, {"lunch", "soup and bread", "lunch at grandma's"}},
                                   {14, 15, {"football", "piano lesson", "swimming"}},
                                   {16, 17, {"homework", "tea and cake", "play outside"}},
                                   {18, 19, {"supper", "feed the cat", "bath"}},
                                   {20, 21, {"story time", "lights out", "look at the stars"}}};
  t.line(fmt::format("{}'s day:", t.pick(kChildren).name));
  auto chosen = t.sample(std::size(hours), static_cast<std::size_t>(t.number(4, 6)));
  std::sort(chosen.begin(), chosen.end());
  for (std::size_t i : chosen)
    t.line(fmt::format("{:02}:{:02} {}", t.number(hours[i].from, hours[i].to), t.number(0, 3) * 15,
                       t.pick(hours[i].what)));
}

void how_to(Teller& t) {
  struct Guide {
    std::string_view title, steps[4];
  };
  static constexpr Guide guides[] = {
      {"How to plant a tree",
       {"Dig a deep hole.", "Put the tree in.", "Fill the hole with earth.", "Water it every day."}},
      {"How to make tea",
       {"Boil the water.", "Put the tea in the pot.", "Pour the water on it.", "Wait three minutes."}},
      {"How to fold a boat",
       {"Take a sheet of paper.", "Fold it in half.", "Fold the corners down.", "Pull the sides apart."}},
      {"How to wash a dog",
       {"Fill the tub.", "Catch the dog.", "Use very little soap.", "Dry the dog, then yourself."}},
      {"How to build a fire",
       {"Lay a ring of stones.", "Put dry twigs inside.", "Light the twigs.", "Add bigger wood."}},
      {"How to dry flowers",
       {"Pick them at noon.", "Tie them with a string.", "Hang them upside down.", "Keep them dark."}},
      {"How to paint a door", {"Clean the door.", "Cover the floor.", "Paint from top to bottom.", "Let it dry."}},
      {"How to feed the birds",
       {"Mix seeds and fat.", "Fill a cup with it.", "Hang it in a tree.", "Keep the cat inside."}},
      {"How to fly a kite",
       {"Find an open field.", "Stand with your back to the wind.", "Let out some string.", "Run!"}},
  };
  const Guide& guide = t.pick(guides);
  t.line(fmt::format("{} ({} minutes):", guide.title, t.number(2, 6) * 5));
  if (t.chance(0.6))
    t.line(fmt::format("0. {}", t.pick({"Read this list first.", "Ask a friend to help.", "Put on old clothes.",
                                        "Clear the table."})));
  for (int i = 0; i < 4; ++i) t.line(fmt::format("{}. {}", i + 1, guide.steps[i]));
}

}  // namespace

std::string write_list(Teller t) {
  static constexpr void (*kinds[])(Teller&) = {recipe,  recipe, recipe,         shopping,
                                               packing, chores, hours_of_a_day, how_to};
  t.pick(kinds)(t);
  return t.take();
}

}  // namespace switchyard::stories
