// Talks: every line is somebody's turn in quotes. Two speakers, $a and $b, who answer what was said.
#include "core/data/stories/domains.h"
#include "core/data/stories/words.h"

namespace switchyard::stories {
namespace {

void choose_speakers(Teller& t) {
  const auto [first, second] = t.pick_two(kChildren);
  t.cast("a", first.name, first.she);
  if (t.chance(0.6)) {
    t.cast("b", second.name, second.she);
  } else {
    t.cast("b", "the " + std::string(t.pick(kAnimals).noun), t.chance(0.5));
  }
  t.set("asked", t.pick({"asked", "asked", "called"}));
  t.set("said", t.pick({"said", "said", "answered", "replied"}));
  t.set("thing", t.pick(kThings));
  t.set("athing", with_article(t.get("thing")));
  t.set("colour", t.pick(kColours));
  t.set("place", t.pick(kPlaces).at);
}

// One of the variants as a whole line.
void turn(Teller& t, std::initializer_list<std::string_view> variants) { t.line(t.pick(variants)); }

void where_are_you_going(Teller& t) {
  const auto order = t.sample(std::size(kPlaces), 1);
  const Food& food = t.pick(kFoods);
  t.set("to", kPlaces[order[0]].to), t.set("foods", food.many), t.set("n", in_words(t.number(2, 12)));
  turn(t, {"\"Where are you going?\" $asked $b.", "\"Hello, $a! Where are you off to?\" $asked $b."});
  turn(t, {"\"I am going $to,\" said $a.", "\"$To,\" $said $a. \"Do you want to come?\""});
  turn(t, {"\"What will you do there?\"", "\"And what for?\" asked $b.", "\"Why so early?\" asked $b."});
  turn(t, {"\"I have to bring my aunt $n $foods,\" $said $a.",
           "\"My friend is waiting there with $n $foods,\" $said $a."});
  turn(t, {"\"Then hurry, it looks like rain!\"", "\"May I come with you?\" asked $b. \"Of course!\"",
           "\"Have a good trip!\" said $b, and waved.", "\"Save one for me!\" said $b with a laugh."});
}

void may_i_borrow(Teller& t) {
  t.set("day", t.pick({"Monday", "Tuesday", "Friday", "Sunday", "tomorrow"}));
  turn(t, {"\"May I borrow your $thing?\" asked $a.",
           "\"Is that your $thing?\" asked $a. \"May I have it for a day?\""});
  turn(t, {"\"The $colour one?\" asked $b. \"What do you need it for?\"", "\"Why do you need it?\" asked $b."});
  turn(t, {"\"I lost mine $place,\" said $a.", "\"Mine is broken,\" $said $a, \"and I need one today.\"",
           "\"I want to show it to my class,\" $said $a."});
  turn(t, {"\"All right,\" said $b, \"but bring it back by $day.\"", "\"Fine, if you give it back by $day.\""});
  turn(t, {"\"I promise!\" said $a.", "\"Thank you, $b! I will be careful with it.\"",
           "\"I will. You are a true friend!\""});
}

void have_you_seen(Teller& t) {
  t.set("where",
        t.pick({"under the bench", "behind the door", "in the tall grass", "on the fence", "beside the well"}));
  turn(t, {"\"Have you seen my $thing?\" asked $a.", "\"I cannot find my $thing!\" cried $a."});
  turn(t, {"\"What does it look like?\" asked $b.", "\"What color is it?\" asked $b."});
  turn(t, {"\"It is $colour,\" said $a, \"and quite small.\"", "\"$Colour, with a white stripe,\" $said $a."});
  turn(t, {"\"I saw $athing $where this morning,\" said $b.",
           "\"Then look $where,\" said $b. \"Something $colour is lying there.\""});
  turn(t, {"\"There it is! Thank you so much!\"", "\"You are right!\" shouted $a. \"Here it is!\"",
           "\"Thank you, $b. What would I do without you?\""});
}

void at_the_shop(Teller& t) {
  const Food& food = t.pick(kFoods);
  const std::int64_t price = t.number(2, 5), count = t.number(2, 6), total = price * count;
  const std::int64_t paid = total <= 10 ? 10 : total <= 20 ? 20 : 30;
  t.set("one", food.one), t.set("many", food.many), t.set("price", in_words(price)),
      t.set("count", in_words(count));
  t.set("total", in_words(total)), t.set("paid", in_words(paid)), t.set("back", in_words(paid - total));
  t.set("backcoins", paid - total == 1 ? "coin" : "coins");
  turn(t, {"\"Good morning! How much are the $many?\" asked $a.", "\"What does one $one cost?\" asked $a."});
  turn(t, {"\"One $one costs $price coins,\" said $b.", "\"Just $price coins each,\" said $b."});
  turn(t, {"\"Then I will take $count of them.\"", "\"Please give me $count,\" said $a."});
  turn(t, {"\"That makes $total coins.\"", "\"That will be $total coins, please,\" said $b."});
  if (paid == total)
    turn(t, {"\"Here you are,\" said $a. \"Goodbye!\"", "\"Here are $total coins.\" \"Thank you!\""});
  else
    turn(t, {"\"Here are $paid.\" \"And you get $back $backcoins back.\"",
             "\"I have $paid.\" \"Then here is your change: $back.\""});
}

void riddle(Teller& t) {
  struct Riddle {
    std::string_view question, answer;
  };
  static constexpr Riddle riddles[] = {
      {"What has hands but cannot clap?", "A clock"},     {"What has teeth but cannot bite?", "A comb"},
      {"What gets wet while it dries?", "A towel"},       {"What has one eye but cannot see?", "A needle"},
      {"What runs but never walks?", "A river"},          {"What has a neck but no head?", "A bottle"},
      {"What goes up but never comes down?", "Your age"}, {"What is full of holes but holds water?", "A sponge"},
      {"What has leaves but is not a tree?", "A book"},   {"What has four legs but cannot run?", "A table"},
      {"What falls but is never hurt?", "The rain"},      {"What has ears but cannot hear?", "A field of corn"},
  };
  const auto [real, other] = t.pick_two(riddles);
  t.set("question", real.question), t.set("answer", real.answer), t.set("wrong", other.answer);
  turn(t, {"\"I know a riddle,\" said $a. \"$question\"", "\"Listen, $b!\" said $a. \"$question\""});
  turn(t, {"\"Let me think,\" said $b. \"$wrong?\"", "\"That is easy,\" said $b. \"$wrong!\""});
  turn(t, {"\"No!\" $said $a. \"Try again.\"", "\"Wrong!\" laughed $a. \"One more try.\""});
  turn(t, {"\"$answer?\" asked $b.", "\"Now I know! $answer!\"", "\"Then it must be this: $answer!\""});
  turn(t, {"\"Yes, that is right!\"", "\"Right!\" said $a. \"Now you tell me one.\""});
}

void why_is_it_so(Teller& t) {
  struct Fact {
    std::string_view question, answer;
  };
  static constexpr Fact facts[] = {
      {"Why do birds fly south?", "Because it is warm there in winter"},
      {"Why do cats sleep all day?", "Because they hunt at night"},
      {"Why does ice float?", "Because it is lighter than water"},
      {"Why do leaves fall?", "Because the tree rests in winter"},
      {"Why do bees visit flowers?", "Because they make honey from them"},
      {"Why do we see the moon?", "Because the sun shines on it"},
      {"Why is the sea salty?", "Because rivers wash salt out of the rocks"},
      {"Why do frogs sing?", "Because they are looking for each other"},
      {"Why does thunder come late?", "Because sound is slower than light"},
      {"Why do owls fly at night?", "Because the mice come out at night"},
  };
  const Fact& fact = t.pick(facts);
  t.set("question", fact.question), t.set("answer", fact.answer);
  turn(t, {"\"$question\" asked $a.", "\"May I ask you something?\" said $a. \"$question\""});
  turn(t, {"\"$answer,\" said $b.", "\"Good question,\" said $b. \"$answer.\""});
  turn(t, {"\"How do you know that?\" asked $a.", "\"Are you sure?\" asked $a."});
  if (t.chance(0.4)) {
    t.line("\"I read it in a book,\" $said $b.");
    turn(t, {"\"I want to read that book too!\"", "\"Will you lend me that book?\" asked $a."});
  } else {
    turn(t, {"\"My teacher told me,\" $said $b.", "\"My grandfather told me so.\""});
    turn(t, {"\"You know so much!\" said $a.", "\"Then I have learned something today.\""});
  }
}

void what_shall_we_play(Teller& t) {
  struct Game {
    std::string_view name, rule;
  };
  static constexpr Game games[] = {
      {"hide and seek", "You count to ten, and I hide"},
      {"tag", "You run, and I catch you"},
      {"pirates", "You are the captain, and I find the gold"},
      {"school", "I am the teacher, and you are the class"},
      {"circus", "You ride the pony, and I sell the tickets"},
      {"kings", "You wear the crown, and I guard the gate"},
  };
  const auto [wanted, other] = t.pick_two(games);
  t.set("game", wanted.name), t.set("rule", wanted.rule), t.set("other", other.name);
  turn(t, {"\"What shall we play?\" asked $a.", "\"I am bored,\" said $a. \"What can we do?\""});
  turn(t, {"\"How about $other?\" said $b.", "\"We could play $other,\" $said $b."});
  turn(t, {"\"Not again! I would rather play $game.\"", "\"We did that yesterday. Let us play $game!\" said $a."});
  turn(t, {"\"And how does it go?\" asked $b.", "\"Fine, but tell me the rules,\" said $b."});
  turn(t, {"\"$rule,\" said $a. \"Ready?\"", "\"It is easy,\" $said $a. \"$rule!\""});
  turn(t, {"\"Ready!\"", "\"One, two, three, go!\"", "\"Good, but next time I choose!\""});
}

void are_you_hungry(Teller& t) {
  const auto [first, second] = t.pick_two(kFoods);
  t.set("firsts", first.many), t.set("seconds", second.many), t.set("second", second.one);
  t.set("taste", t.pick({"sweet", "fresh", "soft", "crisp"}));
  turn(t, {"\"Are you hungry?\" asked $a.", "\"Would you like something to eat?\" asked $a."});
  turn(t, {"\"Oh yes!\" said $b. \"What do you have?\"", "\"Very!\" $said $b. \"I have not eaten all day.\""});
  turn(t, {"\"I have $firsts and $seconds,\" said $a. \"Which do you like?\"",
           "\"You can have $firsts or $seconds.\""});
  turn(t, {"\"I like $seconds best,\" said $b, \"because they are so $taste.\"",
           "\"The $seconds look $taste,\" said $b. \"One, please.\""});
  turn(t, {"\"Here, take two!\"", "\"Me too,\" said $a. \"Let us eat them together.\"",
           "\"Then the $firsts are mine,\" said $a."});
}

void i_am_sorry(Teller& t) {
  turn(t, {"\"Who broke my $thing?\" asked $a.", "\"My $thing is broken!\" cried $a. \"Was it you?\""});
  turn(t, {"\"It was me,\" whispered $b. \"I am sorry.\"", "\"Yes,\" said $b quietly. \"I fell over it.\""});
  turn(t, {"\"Why did you not tell me?\"", "\"You could have told me,\" said $a."});
  turn(t, {"\"I was afraid that you would be angry,\" said $b.", "\"I did not know how to say it,\" $said $b."});
  turn(t,
       {"\"I am not angry. Let us mend it together.\"", "\"It was only $athing,\" said $a. \"You are my friend.\"",
        "\"Next time, just tell me,\" said $a, and took $bhis hand."});
}

void time_for_bed(Teller& t) {
  t.cast("b", t.pick({"Mother", "Father", "Grandma", "Grandpa"}), true);
  const std::int64_t hour = t.number(7, 9);
  t.set("hour", in_words(hour)), t.set("n", in_words(t.number(2, 5)));
  t.set("animal", t.pick(kAnimals).noun);
  turn(t, {"\"It is $hour, time for bed,\" said $b.", "\"Time to sleep!\" said $b. \"It is already $hour.\""});
  turn(t, {"\"Just one more story, please!\" begged $a.", "\"Only $n more minutes!\" said $a. \"Please!\""});
  turn(t, {"\"Which story do you want?\" asked $b.", "\"And then you will close your eyes?\" asked $b."});
  turn(t,
       {"\"The one about the $animal and the $thing.\"", "\"Yes! Tell me about the $animal who found $athing.\""});
  turn(t, {"\"Once upon a time,\" $b began, and soon $a was asleep.",
           "\"Very well,\" said $b, and sat down on the bed."});
}

}  // namespace

std::string write_dialogue(Teller t) {
  static constexpr void (*talks[])(Teller&) = {
      where_are_you_going, may_i_borrow,       have_you_seen,  at_the_shop, riddle,
      why_is_it_so,        what_shall_we_play, are_you_hungry, i_am_sorry,  time_for_bed,
  };
  choose_speakers(t);
  t.pick(talks)(t);
  return t.take();
}

}  // namespace switchyard::stories
