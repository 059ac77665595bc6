// What receive() takes by pattern; the same for messages that have been encoded.
#include <string>
#include <vector>

#include "actor/receive.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;

using match::any;
using match::capture;
using match::is;
using match::list_of;
using match::one_of;
using match::record;
using match::tuple;

struct Item {
  std::string name;
  int price = 0;
  FIELDS(name, price)
};
struct Discounted : Item {
  using Extends = Item;
  int percent = 0;
  FIELDS(name, price, percent)
};
struct Basket {
  std::vector<Item> items;
  std::optional<Item> gift;
  FIELDS(items, gift)
};

class Patterns : public ConformanceTest {
 protected:
  // Which of the patterns an actor finds in each of the messages that it gets, "-" for none.
  std::vector<std::string> found(std::vector<Pattern> patterns, const std::vector<Term>& messages) {
    Log log;
    const Ref<Process> process = world().spawn<Process>(
        world().add_host(), [patterns = std::move(patterns), &log](Process& self) -> Task<> {
          while (true) {
            const Match found = co_await self.receive(one_of_all(patterns), any());
            if (found.pattern == 1) {
              log.add("-");
              continue;
            }
            std::string line;
            for (std::size_t i = 0; i < patterns.size(); ++i) {
              Captures captures;
              if (patterns[i].matches(found.message, captures)) line += std::to_string(i);
            }
            for (const auto& [name, value] : found.captures) {
              line += " " + name + "=" + to_string(value);
            }
            log.add(line);
          }
        });
    world().act([&] {
      for (const Term& message : messages) process.send(message);
    });
    world().settle();
    return log.lines();
  }
  static Pattern one_of_all(const std::vector<Pattern>& patterns) {
    return Pattern(Pattern::Kind::kOneOf, patterns);
  }
};
ON_EVERY_RUNTIME(Patterns);

TEST_P(Patterns, AreTypes) {
  EXPECT_THAT(found({is<int>(), is<std::string>(), is<double>(), is<bool>(), is<Item>()},
                    {5, "text", 5.0, true, Item{"tea", 3}, Bytes{"raw"}, Term()}),
              ElementsAre("0", "1", "2", "3", "4", "-", "-"));
}

TEST_P(Patterns, AreLiterals) {
  EXPECT_THAT(found({5, "text", Term()}, {5, 6, "text", "Text", 5.0, Term()}),
              ElementsAre("0", "-", "1", "-", "-", "2"));
}

TEST_P(Patterns, AreRecordsWhoseOtherFieldsAreIgnored) {
  EXPECT_THAT(found({record("Item", {{"price", 3}}), record({{"name", is<std::string>()}})},
                    {Item{"tea", 3}, Item{"tea", 4}, Term::record("Other", {{"name", "x"}}),
                     Term::record("Item", {{"price", 3}, {"more", 1}}), Basket{}}),
              ElementsAre("01", "1", "1", "0", "-"));
}

TEST_P(Patterns, OfATypeTakeWhatExtendsIt) {
  Discounted discounted;
  discounted.price = 3;
  EXPECT_THAT(found({record("Item"), record("Discounted"), is<Item>(), is<Discounted>()},
                    {discounted, Item{}}),
              ElementsAre("0123", "02"));
}

TEST_P(Patterns, AreListsOfAnyLength) {
  EXPECT_THAT(found({list_of(is<int>()), list_of(is<std::string>())},
                    {std::vector{1, 2, 3}, std::vector<std::string>{"a"}, std::vector<int>{},
                     std::tuple(1, "a"), 1}),
              ElementsAre("0", "1", "01", "-", "-"));
}

TEST_P(Patterns, AreTuplesOfOneLength) {
  EXPECT_THAT(found({tuple("get", is<std::string>()), tuple("put", is<std::string>(), any())},
                    {std::tuple("get", "key"), std::tuple("put", "key", 5), std::tuple("get", 5),
                     std::tuple("get"), std::tuple("get", "key", 5)}),
              ElementsAre("0", "1", "-", "-", "-"));
}

TEST_P(Patterns, NestAndCapture) {
  EXPECT_THAT(
      found({record("Basket",
                    {{"items", capture("items", list_of(record("Item", {{"price", is<int>()}})))},
                     {"gift", one_of(Term(), record("Item", {{"name", capture("gift")}}))}})},
            {Basket{{{"tea", 3}}, Item{"cup", 0}}, Basket{}, Item{}}),
      ElementsAre("0 gift=\"cup\" items=[Item{name: \"tea\", price: 3}]", "0 items=[]", "-"));
}

TEST_P(Patterns, ThatFailCaptureNothing) {
  EXPECT_THAT(found({one_of(tuple(capture("first"), 1), tuple(capture("second"), 2))},
                    {std::tuple("x", 2), std::tuple("x", 1)}),
              ElementsAre("0 second=\"x\"", "0 first=\"x\""));
}

TEST_P(Patterns, SayWhichOfThemMatchedFirst) {
  Log log;
  const Ref<Process> process =
      world().spawn<Process>(world().add_host(), [&log](Process& self) -> Task<> {
        while (true) {
          const Match found = co_await self.receive(
              tuple("add", capture("a", is<int>()), capture("b", is<int>())), is<Item>(), "stop");
          log.add(std::to_string(found.pattern) + " " + to_string(found.message));
          if (found.pattern == 0) {
            log.add(std::to_string(*found.get<int>("a") + *found.get<int>("b")));
            log.add(found.get<std::string>("a") || found.get<int>("c") ? "wrong" : "right");
          }
          if (found.pattern == 2) co_return;
        }
      });
  world().act([&] {
    process.send("not this");
    process.send(std::tuple("add", 1, 2));
    process.send(Item{"tea", 3});
    process.send("stop");
  });
  world().settle();
  EXPECT_THAT(log.lines(), ElementsAre("0 [\"add\", 1, 2]", "3", "right",
                                       "1 Item{name: \"tea\", price: 3}", "2 \"stop\""));
}

}  // namespace troupe::conformance
