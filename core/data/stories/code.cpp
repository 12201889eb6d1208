// A little code, in a Python and in a C dress, with names that stay the same from declaration to use and
// comments that tell the true result.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/data/stories/domains.h"
#include "core/data/stories/words.h"

namespace switchyard::stories {
namespace {

constexpr std::string_view kPlurals[] = {"apples", "boats",  "coins", "days",  "eggs",   "items",   "keys", "nuts",
                                         "points", "prices", "sizes", "steps", "values", "weights", "years"};
constexpr std::string_view kIndices[] = {"i", "j", "k", "n", "x"};
constexpr std::string_view kTotals[] = {"sum", "total", "result", "acc", "count"};

struct Numbers {
  std::vector<std::int64_t> values;
  std::string text;  // "3, 1, 4"
};
Numbers some_numbers(Teller& t) {
  Numbers numbers;
  const std::int64_t count = t.number(3, 5);
  for (std::int64_t i = 0; i < count; ++i) numbers.values.push_back(t.number(1, 9));
  numbers.text = fmt::format("{}", fmt::join(numbers.values, ", "));
  return numbers;
}

// $xs, $i and $sum: the names of one snippet.
void choose_names(Teller& t) {
  t.set("xs", t.pick(kPlurals));
  t.set("i", t.pick(kIndices));
  t.set("sum", t.pick(kTotals));
}

void python_sum(Teller& t) {
  const Numbers numbers = some_numbers(t);
  std::int64_t sum = 0;
  for (std::int64_t v : numbers.values) sum += v;
  t.set("list", numbers.text), t.set("out", sum);
  t.lines({"def sum_$xs($xs):", "    $sum = 0", "    for $i in $xs:", "        $sum += $i", "    return $sum"});
  t.line(t.pick({"print(sum_$xs([$list]))  # $out", "assert sum_$xs([$list]) == $out"}));
}

void python_largest(Teller& t) {
  const Numbers numbers = some_numbers(t);
  const bool largest = t.chance(0.5);
  const auto [least, most] = std::minmax_element(numbers.values.begin(), numbers.values.end());
  t.set("list", numbers.text), t.set("out", largest ? *most : *least);
  t.set("fn", largest ? "largest" : "smallest"), t.set("op", largest ? ">" : "<");
  t.lines({"def $fn($xs):", "    best = $xs[0]",
           "    for $i in $xs:", "        if $i $op best:", "            best = $i", "    return best"});
  t.line("print($fn([$list]))  # $out");
}

void python_count(Teller& t) {
  const Numbers numbers = some_numbers(t);
  const std::int64_t limit = t.number(2, 7);
  const auto over =
      std::count_if(numbers.values.begin(), numbers.values.end(), [&](std::int64_t v) { return v > limit; });
  t.set("list", numbers.text), t.set("limit", limit), t.set("out", static_cast<std::int64_t>(over));
  t.lines({"$xs = [$list]", "count = 0", "for $i in $xs:", "    if $i > $limit:", "        count += 1"});
  t.line(t.pick({"print(count)  # $out", "print(\"$xs:\", count)  # $out"}));
}

void python_while(Teller& t) {
  const std::int64_t from = t.number(3, 9), by = t.number(1, 3);
  t.set("from", from), t.set("by", by), t.set("rounds", (from + by - 1) / by);
  t.lines({"$xs = $from", "rounds = 0", "while $xs > 0:", "    $xs -= $by", "    rounds += 1",
           "print(rounds)  # $rounds"});
}

void python_branch(Teller& t) {
  const std::int64_t low = t.number(1, 10), high = low + t.number(5, 30);
  t.set("low", low), t.set("high", high);
  t.set("small", t.pick({"few", "cold", "low", "small"})), t.set("big", t.pick({"many", "hot", "high", "big"}));
  t.lines({"def label($i):", "    if $i < $low:", "        return \"$small\"",
           "    elif $i > $high:", "        return \"$big\"", "    return \"ok\""});
  t.set("try", t.number(0, 1) ? low - 1 : high + 1);
  t.set("out", std::string(t.get("try") == std::to_string(low - 1) ? t.get("small") : t.get("big")));
  t.line("print(label($try))  # $out");
}

void python_dict(Teller& t) {
  const auto pair = t.sample(std::size(kFoods), 2);
  const std::int64_t a = t.number(1, 9), b = t.number(1, 9), more = t.number(1, 9);
  t.set("k1", kFoods[pair[0]].one), t.set("k2", kFoods[pair[1]].one);
  t.set("v1", a), t.set("v2", b), t.set("more", more), t.set("out", a + more);
  t.lines({"basket = {\"$k1\": $v1, \"$k2\": $v2}", "basket[\"$k1\"] += $more",
           "for name in basket:", "    print(name, basket[name])", "# $k1 $out, $k2 $v2"});
}

void c_sum(Teller& t) {
  const std::int64_t n = t.number(2, 9);
  const bool product = n <= 6 && t.chance(0.4);
  std::int64_t value = product ? 1 : 0;
  for (std::int64_t i = 1; i <= n; ++i) value = product ? value * i : value + i;
  t.set("n", n), t.set("out", value), t.set("fn", product ? "factorial" : "sum_to"),
      t.set("op", product ? "*" : "+");
  t.set("start", product ? 1 : 0), t.set("i", t.pick({"i", "j", "k"}));
  t.lines({"int $fn(int n) {", "  int $sum = $start;", "  for (int $i = 1; $i <= n; $i++) {", "    $sum $op= $i;",
           "  }", "  return $sum;", "}"});
  t.line(t.pick({"printf(\"%d\", $fn($n));  // $out", "assert($fn($n) == $out);"}));
}

void c_choose(Teller& t) {
  const bool larger = t.chance(0.5);
  const std::int64_t a = t.number(1, 20), b = t.number(1, 20);
  t.set("fn", larger ? "max" : "min"), t.set("op", larger ? ">" : "<");
  t.set("va", a), t.set("vb", b), t.set("out", larger ? std::max(a, b) : std::min(a, b));
  if (t.chance(0.5))
    t.lines({"int $fn(int a, int b) {", "  if (a $op b) {", "    return a;", "  }", "  return b;", "}"});
  else t.lines({"int $fn(int a, int b) {", "  return a $op b ? a : b;", "}"});
  t.line("int $xs = $fn($va, $vb);  // $out");
}

void c_array(Teller& t) {
  const Numbers numbers = some_numbers(t);
  const std::int64_t factor = t.number(2, 5);
  std::vector<std::int64_t> scaled;
  for (std::int64_t v : numbers.values) scaled.push_back(v * factor);
  t.set("list", numbers.text), t.set("count", static_cast<std::int64_t>(numbers.values.size())),
      t.set("f", factor);
  t.set("out", fmt::format("{}", fmt::join(scaled, " "))), t.set("i", t.pick({"i", "j", "k"}));
  t.lines({"int $xs[] = {$list};", "for (int $i = 0; $i < $count; $i++) {", "  $xs[$i] *= $f;",
           "  printf(\"%d \", $xs[$i]);", "}", "// $out"});
}

void c_struct(Teller& t) {
  const std::int64_t w = t.number(2, 12), h = t.number(2, 12);
  t.set("w", w), t.set("h", h), t.set("out", w * h),
      t.set("type", t.pick({"Box", "Room", "Field", "Image", "Window"}));
  t.set("v", t.pick({"a", "b", "r"}));
  t.lines({"struct $type {", "  int width;", "  int height;", "};", "struct $type $v = {$w, $h};",
           "int area = $v.width * $v.height;  // $out"});
}

void c_while(Teller& t) {
  const std::int64_t start = t.number(5, 40), by = t.number(2, 3);
  std::int64_t rounds = 0;
  for (std::int64_t v = start; v > 1; v /= by) ++rounds;
  t.set("start", start), t.set("by", by), t.set("rounds", rounds), t.set("i", t.pick({"n", "x", "size"}));
  t.lines({"int $i = $start;", "int rounds = 0;", "while ($i > 1) {", "  $i /= $by;", "  rounds++;", "}",
           "// rounds == $rounds"});
}

}  // namespace

std::string write_code(Teller t) {
  static constexpr void (*kinds[])(Teller&) = {python_sum,    python_largest, python_count, python_while,
                                               python_branch, python_dict,    c_sum,        c_choose,
                                               c_array,       c_struct,       c_while};
  choose_names(t);
  t.pick(kinds)(t);
  return t.take();
}

}  // namespace switchyard::stories
