// Sums that are right, on numbers small enough for a small model to learn: equations, counting, and
// word problems with their equation at the end.
#include <fmt/format.h>

#include "core/data/stories/domains.h"
#include "core/data/stories/words.h"

namespace switchyard::stories {
namespace {

void equations(Teller& t) {
  const std::int64_t rows = t.number(5, 8);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t a = t.number(1, 12), b = t.number(1, 12), kind = t.number(0, 3);
    if (kind <= 1) t.line(fmt::format("{} + {} = {}", a, b, a + b));
    else if (kind == 2) t.line(fmt::format("{} - {} = {}", a + b, a, b));
    else t.line(fmt::format("{} * {} = {}", a, b, a * b));
  }
}

void times_table(Teller& t) {
  const std::int64_t factor = t.number(2, 15), first = t.number(1, 7), rows = t.number(4, 6);
  t.line(fmt::format("The table of {}:", factor));
  for (std::int64_t i = first; i < first + rows; ++i) t.line(fmt::format("{} * {} = {}", i, factor, i * factor));
}

void splits(Teller& t) {
  const std::int64_t whole = t.number(6, 20), first = t.number(1, 3), rows = t.number(4, 6);
  t.line(fmt::format("{} is the same as:", whole));
  for (std::int64_t i = first; i < first + rows && i < whole; ++i)
    t.line(fmt::format("{} + {} = {}", i, whole - i, whole));
}

void counting(Teller& t) {
  const std::int64_t rows = t.number(2, 4);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t by = t.number(1, 10), terms = t.number(6, 8);
    const bool down = t.chance(0.3);
    const std::int64_t start = down ? by * t.number(8, 10) : t.number(0, 2) * by;
    std::string text = fmt::format("Count {} by {}: {}", down ? "down" : "up", by, start);
    for (std::int64_t i = 1; i < terms; ++i) text += fmt::format(", {}", down ? start - i * by : start + i * by);
    t.line(text);
  }
}

void comparisons(Teller& t) {
  const std::int64_t rows = t.number(5, 8);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t a = t.number(0, 99), b = t.number(0, 99);
    t.line(a == b ? fmt::format("{} = {}", a, b) : fmt::format("{} {} {}", a, a < b ? '<' : '>', b));
  }
}

void halves_and_doubles(Teller& t) {
  const std::int64_t rows = t.number(3, 5);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t n = t.number(1, 25);
    switch (t.number(0, 2)) {
      case 0:
        t.line(fmt::format("Half of {} is {}, because {} + {} = {}.", 2 * n, n, n, n, 2 * n));
        break;
      case 1:
        t.line(fmt::format("Twice {} is {}, because 2 * {} = {}.", n, 2 * n, n, 2 * n));
        break;
      default:
        t.line(fmt::format("{} is {}, so {} + 1 = {} is {}.", n, n % 2 ? "odd" : "even", n, n + 1,
                           n % 2 ? "even" : "odd"));
    }
  }
}

void balance_the_scale(Teller& t) {
  const std::int64_t rows = t.number(3, 5);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t x = t.number(1, 15), a = t.number(1, 12);
    if (t.chance(0.5)) t.line(fmt::format("x + {} = {}, so x = {} - {} = {}", a, x + a, x + a, a, x));
    else t.line(fmt::format("x - {} = {}, so x = {} + {} = {}", a, x, x, a, x + a));
  }
}

void word_problem(Teller& t) {
  const Person& person = t.pick(kChildren);
  const Food& food = t.pick(kFoods);
  const auto counted = [&](std::int64_t n) { return fmt::format("{} {}", n, n == 1 ? food.one : food.many); };
  t.cast("who", person.name, person.she);
  t.set("many", food.many);
  const std::int64_t a = t.number(3, 12), b = t.number(2, 9), c = t.number(1, a + b - 1);
  switch (t.number(0, 2)) {
    case 0:
      t.set("a", counted(a)), t.set("b", b), t.set("c", counted(c)), t.set("sum", a + b), t.set("left", a + b - c);
      t.line(t.pick({"$Who has $a.", "$Who picks $a in the garden."}));
      t.line(t.pick({"$Whohe finds $b more.", "A friend brings $b more.", "$Whohe buys $b more."}));
      t.line(t.pick({"Then $whohe eats $c.", "Then $whohe gives away $c."}));
      t.line("How many are left?");
      t.line(fmt::format("{} + {} = {}, and {} - {} = {}.", a, b, a + b, a + b, c, a + b - c));
      t.line(fmt::format("Answer: {}.", counted(a + b - c)));
      break;
    case 1:
      t.set("bags", b), t.set("a", counted(a));
      t.line(
          t.pick({"$Who has $bags bags.", "There are $bags bags on $whohis table.", "$Who carries $bags bags."}));
      t.line("In each bag there are $a.");
      t.line(t.pick({"How many $many is that?", "How many $many are there in all?"}));
      t.line(fmt::format("{} * {} = {}", b, a, a * b));
      t.line(fmt::format("Answer: {}.", counted(a * b)));
      break;
    default:
      t.set("all", counted(a * b)), t.set("b", b);
      t.line(t.pick({"$Who has $all and $b plates.", "$Who wants to put $all on $b plates."}));
      t.line("Each plate gets the same.");
      t.line(t.pick({"How many are on one plate?", "How many go on each plate?"}));
      t.line(fmt::format("{} / {} = {}, because {} * {} = {}.", a * b, b, a, b, a, a * b));
      t.line(fmt::format("Answer: {}.", counted(a)));
  }
}

}  // namespace

std::string write_arithmetic(Teller t) {
  static constexpr void (*kinds[])(Teller&) = {equations,    equations,   times_table,        splits,
                                               counting,     comparisons, halves_and_doubles, balance_the_scale,
                                               word_problem, word_problem};
  t.pick(kinds)(t);
  return t.take();
}

}  // namespace switchyard::stories
