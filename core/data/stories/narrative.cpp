// Little plots: somebody wants something, something is in the way, it ends well. Who, what and where are
// drawn once a story and remembered in the teller's slots.
#include "core/data/stories/domains.h"
#include "core/data/stories/words.h"

namespace switchyard::stories {
namespace {

// $hero and $pal with their pronouns, $intro, $home, $day, $place, $toplace, $thing, $toy, $kin.
void set_the_scene(Teller& t) {
  const auto [child, other_child] = t.pick_two(kChildren);
  const auto [animal, other_animal] = t.pick_two(kAnimals);
  const auto the = [](const Animal& a) { return "the " + std::string(a.noun); };
  if (t.chance(0.55)) {
    t.cast("hero", child.name, child.she);
    t.set("intro", std::string(t.pick({"a ", "a little ", "a brave ", "a clever ", "a curious ", "a kind "}))
                       .append(child.she ? "girl" : "boy")
                       .append(" named ")
                       .append(child.name));
    t.set("home",
          t.pick({"by the old mill", "in a small town", "near the sea", "in a yellow house", "on a farm"}));
  } else {
    t.cast("hero", the(animal), t.chance(0.5));
    t.set("intro", with_article(animal.look));
    t.set("home", animal.home);
  }
  if (t.chance(0.5)) t.cast("pal", other_child.name, other_child.she);
  else t.cast("pal", the(other_animal), t.chance(0.5));
  t.set("he", t.get("herohe")), t.set("him", t.get("herohim")), t.set("his", t.get("herohis"));
  t.set("kin", t.get("his") + std::string(t.pick({" mother", " grandmother", " aunt"})));

  const Place& place = t.pick(kPlaces);
  t.set("place", place.at), t.set("toplace", place.to);
  t.set("weather", t.pick({"sunny", "cold", "windy", "warm", "quiet", "bright"}));
  t.set("hour", t.pick({"morning", "day", "afternoon"}));
  t.set("day", "one " + t.get("weather") + " " + t.get("hour"));
  t.set("thing", t.pick(kThings));
  t.set("toy", std::string(t.pick(kColours)) + " " + t.get("thing"));
  t.set("atoy", with_article(t.get("toy")));
}

void open(Teller& t) {
  t.say({"Once upon a time there was $intro.", "There once was $intro who lived $home.", "$Intro lived $home.",
         "Once there was $intro.", "Long ago, $intro lived $home."});
}

void close(Teller& t) {
  t.say({"$Hero was very happy.", "$Hero and $pal laughed and went home.",
         "They were good friends from that day on.", "That night, $hero slept very well.",
         "It was the best day of the year.", "$Hero smiled all the way home.",
         "And that is how $hero and $pal became friends."});
}

void lost_and_found(Teller& t) {
  static constexpr std::string_view spots[] = {"under the bed",    "behind the door",  "in the kitchen",
                                               "on the shelf",     "under the table",  "in the garden",
                                               "behind the barn",  "near the gate",    "beside the well",
                                               "under the stairs", "in the tall grass"};
  const auto where = t.sample(std::size(spots), 3);
  t.set("spot1", spots[where[0]]), t.set("spot2", spots[where[1]]), t.set("spot3", spots[where[2]]);
  open(t);
  t.say({"$He had $atoy and loved it very much.", "$His best thing was $atoy."});
  t.end_line();
  t.say({"But $day, the $thing was gone!", "$Day, $he could not find the $thing."});
  t.say({"$He looked $spot1, but it was not there.", "$Hero looked $spot1. There was no $thing."});
  t.say({"$He looked $spot2, but it was not there either.", "$He looked $spot2 too, and found only dust."});
  t.end_line();
  t.say(
      {"Then $pal came to help.", "So $he asked $pal for help.", "$Pal saw that $hero was sad and came to help."});
  t.say({"At last they found the $thing $spot3.", "They looked $spot3, and there was the $toy!"});
  t.maybe(0.5, {"A little cat was asleep on it.", "The wind had carried it there."});
  t.end_line();
  t.say({"From then on, $hero always put the $thing away at night.",
         "$Hero thanked $pal and held the $thing tight.", "$Hero was so happy that $he danced."});
}

void out_of_reach(Teller& t) {
  t.set("thing", t.pick({"kite", "ball", "hat", "balloon", "paper plane", "scarf"}));
  t.set("high", t.pick({"in a tall tree", "on the roof", "on a high branch", "on top of the wall"}));
  const bool climbed = t.chance(0.3);
  t.set("tool", climbed ? "a ladder" : t.pick({"a long stick", "a rope", "a broom", "a fishing rod"}));
  open(t);
  t.say({"$Day, $hero took $his new $thing $toplace.", "$Day, $he was playing with $his $thing $place."});
  t.end_line();
  t.say({"A gust of wind came, and the $thing got stuck $high.", "The wind took the $thing and left it $high."});
  t.say({"$Hero jumped and jumped, but it was too high.", "$He threw stones at it, but it did not move.",
         "$He was too small to reach it."});
  t.end_line();
  t.say({"$Pal had an idea and came back with $tool.", "$Pal saw this and ran to get $tool.",
         "Then $pal came by with $tool."});
  if (climbed) t.say({"$Palhe climbed up and brought the $thing down."});
  else t.say({"$Palhe used it to get the $thing down.", "With it, they got the $thing down at the first try."});
  t.end_line();
  close(t);
}

void learn_a_skill(Teller& t) {
  struct Skill {
    std::string_view verb, where, fail, success;
  };
  static constexpr Skill skills[] = {
      {"swim", "in the pond", "$he sank like a stone", "swam across the whole pond"},
      {"whistle", "on the hill", "only air came out", "whistled a whole song"},
      {"ride a bike", "in the yard", "$he fell on the grass", "rode all around the yard"},
      {"bake bread", "in the kitchen", "the bread was as hard as a brick", "baked a soft, warm loaf"},
      {"skate", "on the ice", "$he slipped and fell", "skated in a big circle"},
      {"draw a horse", "at the table", "it looked like a dog", "drew a very fine horse"},
      {"juggle", "in the garden", "the apples fell on $his head", "juggled three apples"},
      {"read", "by the window", "the letters danced before $his eyes", "read a whole page"},
      {"row a boat", "on the lake", "the boat turned in circles", "rowed all the way to the other side"},
      {"play the drum", "in the barn", "it was just noise", "played a fine, steady beat"},
  };
  const Skill& skill = t.pick(skills);
  t.set("skill", skill.verb), t.set("where", skill.where), t.set("fail", t.fill(skill.fail)),
      t.set("success", skill.success);
  t.set("days", in_words(t.number(2, 9)));
  open(t);
  t.say({"More than anything, $he wanted to learn to $skill.", "$He wanted to $skill, but $he did not know how."});
  t.end_line();
  t.say({"$Day, $hero tried it $where, but $fail.", "$He tried it alone $where, but $fail."});
  t.say({"$He tried again, and again it went wrong.", "$He felt sad and wanted to give up.",
         "$Hero sat down and cried."});
  t.end_line();
  t.say({"Then $pal came and showed $him how to do it.", "$Pal came by and said that nobody learns in one day."});
  t.say({"They practiced for $days days.", "So they tried it together for $days days."});
  t.say({"In the end, $hero $success.", "And then, all at once, $he $success!"});
  t.end_line();
  t.say({"$Pal clapped and cheered.", "$Hero was very proud.", "Now $hero shows the others how to $skill."});
}

void share_food(Teller& t) {
  const Food& food = t.pick(kFoods);
  const std::int64_t half = t.number(1, 6);
  t.set("many", food.many), t.set("all", in_words(2 * half));
  t.set("half", in_words(half)), t.set("halffood", half == 1 ? food.one : food.many);
  open(t);
  t.say({"$Day, $he walked $toplace with $all $many in a basket.",
         "$Day, $he sat $place with a bag of $all $many."});
  t.end_line();
  t.say({"There $he met $pal, who was very hungry.", "$Pal came along, tired and hungry."});
  t.say({"At first, $hero wanted to keep all the $many.", "$Hero looked at the $many and thought for a while."});
  t.end_line();
  t.say({"But then $he gave $pal $half $halffood and kept $half.",
         "Then $hero gave half of them away, so each had $half $halffood."});
  t.say({"They sat down and ate together.", "They ate in the sun and told each other stories."});
  t.say({"It tasted much better that way.", "Sharing made them both glad.",
         "The next day, $pal brought something too."});
}

void noise_at_night(Teller& t) {
  t.set("noise",
        t.pick({"a scratching noise", "a soft tapping", "a loud bump", "a strange squeak", "a long, low hum"}));
  t.set("from",
        t.pick({"behind the door", "under the bed", "in the attic", "outside the window", "inside the big box"}));
  t.set("guest", t.pick({"a lost kitten", "a baby bird", "an old toad", "a sleepy puppy", "a very small bat"}));
  t.set("gift", t.pick({"a bowl of water", "a bit of bread", "a soft cloth to lie on", "a place by the fire"}));
  open(t);
  t.say({"$He was afraid of the dark.", "$He did not like the night."});
  t.end_line();
  t.say({"One night, there was $noise $from.", "One evening, $hero heard $noise $from."});
  t.say({"$Hero hid under the blanket and held $his breath.", "$His heart beat fast.", "$He wanted to run away."});
  t.end_line();
  t.say({"But $he took a lamp and went to look.", "Then $he was brave and went closer, step by step."});
  t.say({"It was only $guest!", "And what did $he see? It was just $guest."});
  t.end_line();
  t.say({"$Hero gave it $gift.", "$Hero laughed and gave it $gift."});
  t.say({"After that night, $he was not afraid of the dark.", "Since then, $he likes the night a little more."});
}

void from_a_seed(Teller& t) {
  struct Plant {
    std::string_view name, grown, end;
  };
  static constexpr Plant plants[] = {
      {"pumpkin", "as big as a barrel", "They made soup for everyone."},
      {"sunflower", "taller than the fence", "The bees came to visit it every day."},
      {"bean", "higher than the house", "There were enough beans for all the neighbors."},
      {"melon", "as round as the moon", "They cut it into slices and shared it."},
      {"tomato", "as red as the evening sun", "$Hero had never eaten a better one."},
      {"carrot", "as long as an arm", "It took three friends to pull it out."},
  };
  const Plant& plant = t.pick(plants);
  t.set("plant", plant.name), t.set("grown", plant.grown), t.set("days", in_words(t.number(3, 12)));
  open(t);
  t.say({"In spring, $he put a $plant seed into the ground.",
         "$Day, $pal gave $him a $plant seed, and $he planted it."});
  t.end_line();
  t.say({"Every day $he gave it water, but nothing came up.",
         "$He watered it and waited, but the ground stayed bare."});
  t.say({"$Pal said that good things need time.", "$Hero wanted to dig it up, but $pal told $him to wait."});
  t.end_line();
  t.say({"After $days days, a small green leaf looked out.",
         "Then it rained for $days days, and a green leaf came up."});
  t.say({"By the end of summer, the $plant was $grown.", "It grew and grew until the $plant was $grown."});
  t.say({plant.end});
}

void help_on_the_way(Teller& t) {
  struct Trouble {
    std::string_view what, help;
  };
  static constexpr Trouble troubles[] = {
      {"whose cart was stuck in the mud", "pushed until the cart was free"},
      {"who had dropped a bag of beans", "picked up every single bean"},
      {"who was lost", "showed the way home"},
      {"who could not carry so much wood", "carried half of the wood"},
      {"whose roof had a hole", "held the ladder until the roof was whole again"},
  };
  const Trouble& trouble = t.pick(troubles);
  t.set("trouble", trouble.what), t.set("help", trouble.help);
  t.set("buy", t.pick({"a new hat", "a loaf of bread", "a jar of honey", "a warm coat", "a bag of flour",
                       "a silver bell"}));
  open(t);
  t.say({"$Day, $he went to the market to buy $buy.", "$He saved $his coins for a long time to buy $buy."});
  t.end_line();
  t.say({"On the way to the market $he met $pal, $trouble.", "Near the market $he met $pal, $trouble."});
  t.say({"$Hero was in a hurry, but $he stopped and $help.", "So $hero stopped and $help."});
  t.end_line();
  t.say({"When $he came to the market, it was closed.", "Now it was late, and the market was empty."});
  t.say({"But $pal had $buy at home and gave it to $him.",
         "The next morning, $buy lay at the door. It was from $pal!"});
  t.say({"One kind act had brought another.", "$Hero was glad that $he had stopped."});
}

void build_again(Teller& t) {
  struct Work {
    std::string_view what, where, breaker, better;
  };
  static constexpr Work works[] = {
      {"a sand castle", "at the beach", "a big wave washed it away", "built it farther from the water"},
      {"a tree house", "in the old oak", "a storm blew it down", "used strong ropes and long nails"},
      {"a raft", "by the river", "a sharp rock broke it in two", "tied the logs twice"},
      {"a tower of blocks", "on the floor", "the cat knocked it over", "made it wide at the bottom"},
      {"a little hut", "in the forest", "the snow was too heavy for it", "gave it a steep roof"},
      {"a bridge of stones", "at the brook", "the water carried it off", "chose bigger stones"},
  };
  const Work& work = t.pick(works);
  t.set("what", work.what), t.set("where", work.where), t.set("breaker", work.breaker),
      t.set("better", work.better);
  open(t);
  t.say({"$Day, $he built $what $where.", "$He wanted to build $what $where, and $he worked all day."});
  t.say({"It looked fine.", "$He was proud of it."});
  t.end_line();
  t.say({"But in the night, $breaker.", "Then $breaker."});
  t.say({"$Hero was sad and kicked a stone.", "All the work was for nothing.",
         "$Hero did not want to start again."});
  t.end_line();
  t.say({"$Pal came and asked to help.", "Then $pal came with a smile and two pairs of gloves."});
  t.say({"This time they $better.", "They thought about it, and this time they $better."});
  t.say({"It still stands today.", "It held, and everybody came to see it.", "Two can do what one cannot."});
}

void lost_little_one(Teller& t) {
  struct Young {
    std::string_view little, mother, place;
  };
  static constexpr Young young[] = {
      {"duckling", "duck", "by the pond"}, {"kitten", "cat", "behind the barn"}, {"lamb", "sheep", "on the hill"},
      {"puppy", "dog", "near the market"}, {"chick", "hen", "in the yard"},      {"foal", "horse", "in the field"},
  };
  const auto [lost, other] = t.pick_two(young);
  t.set("little", lost.little), t.set("mother", lost.mother), t.set("found", lost.place);
  t.set("notmother", with_article(other.mother));
  t.set("coat", t.pick({"brown", "white", "black", "spotted", "grey"}));
  open(t);
  t.say({"$Day, $he found a little $little $place.", "$Day, a little $little sat $place, all alone."});
  t.say({"It had lost its mother.", "It was looking for its mother."});
  t.end_line();
  t.say({"First they met $notmother, but that was not the mother.", "They asked $notmother, who shook her head."});
  t.say({"The $little was tired, so $hero carried it.", "The $little began to cry, so $hero sang a song."});
  t.end_line();
  t.say({"At last, $found, they saw a $coat $mother.", "Then a $coat $mother came running $found."});
  t.say({"The $little ran to her as fast as it could.", "It was the mother, and she was so glad!"});
  t.say({"$Hero waved and went home with a warm heart.", "The $mother thanked $hero many times."});
}

void forgotten_birthday(Teller& t) {
  t.set("age", in_words(t.number(5, 11)));
  t.set("cake", t.pick({"a cherry cake", "an apple pie", "a big chocolate cake", "a honey cake"}));
  open(t);
  t.say({"It was $his birthday, and now $he was $age years old.", "Today $he turned $age."});
  t.end_line();
  t.say({"But nobody said a word about it.", "But nobody seemed to know."});
  t.say({"$Pal was not at home, and $kin had no time.", "$Hero looked for $pal, but $palhe was not there."});
  t.say({"$Hero walked $toplace alone.", "So $he went $toplace and felt sad."});
  t.end_line();
  t.say({"When $he came home, the house was dark.", "In the evening, $he opened the door. All was dark."});
  t.say({"Then the lights went on, and everybody was there!",
         "Suddenly there was light, and all $his friends began to sing."});
  t.say({"There was $cake, and $pal gave $him $atoy.", "$Pal had $atoy for $him, and there was $cake too."});
}

void trade_and_regret(Teller& t) {
  const auto order = t.sample(std::size(kThings), 3);
  t.set("own", kThings[order[0]]), t.set("second", kThings[order[1]]),
      t.set("third", with_article(kThings[order[2]]));
  const Person& trader = t.pick(kChildren);
  t.set("trader", trader.name == t.get("pal") || trader.name == t.get("hero") ? "a stranger" : trader.name);
  open(t);
  t.say({"$He had an old $own, but $he wanted something new.", "$He was tired of $his old $own."});
  t.end_line();
  t.say({"So $he gave the $own to $pal and got a new $second for it.",
         "$Pal took the $own and gave $him a shiny $second."});
  t.say({"Then $he gave the $second to $trader and got $third.",
         "The next day, $he traded the $second for $third."});
  t.end_line();
  t.say({"But soon $hero missed the old $own.", "But at night, $he could only think of the old $own."});
  t.say({"$He ran to $pal and asked to have it back.", "$He went to $pal and told $palhim everything."});
  t.say({"$Pal smiled and gave it back, for $palhe had kept it safe.",
         "$Pal had waited for this, and they played with the $own together."});
}

}  // namespace

std::string write_narrative(Teller t) {
  static constexpr void (*plots[])(Teller&) = {
      lost_and_found,  out_of_reach, learn_a_skill,   share_food,         noise_at_night,   from_a_seed,
      help_on_the_way, build_again,  lost_little_one, forgotten_birthday, trade_and_regret,
  };
  set_the_scene(t);
  t.pick(plots)(t);
  return t.take();
}

}  // namespace switchyard::stories
