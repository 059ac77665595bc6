// What is sent is a value: changing it afterwards shows on neither side, encoded or not.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actor/receive.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;

struct Leaf {
  std::string text;
  FIELDS(text)
  friend bool operator==(const Leaf&, const Leaf&) = default;
};
struct Everything {
  std::string text;
  std::vector<int> numbers;
  std::map<std::string, std::vector<int>> table;
  std::set<std::string> names;
  std::optional<Leaf> maybe;
  std::array<std::string, 2> pair;
  std::tuple<int, std::string> tuple;
  std::vector<Leaf> leaves;  // twice the same one
  Term term;
  FIELDS(text, numbers, table, names, maybe, pair, tuple, leaves, term)
  friend bool operator==(const Everything&, const Everything&) = default;
};

Everything original() {
  const Leaf shared{"leaf"};
  return {"text",     {1, 2},   {{"a", {1}}},     {"n"}, shared,
          {"x", "y"}, {7, "z"}, {shared, shared}, shared};
}

void spoil(Everything& value) {
  value.text += "!";
  value.numbers.push_back(3);
  value.table["a"].push_back(2);
  value.table["b"];
  value.names.insert("m");
  value.maybe->text = "spoilt";
  value.pair[0] = "spoilt";
  std::get<1>(value.tuple) = "spoilt";
  value.leaves[0].text = "spoilt";
  value.term = "spoilt";
}

ACTOR_METHODS(Keeper, keep, keep_and_spoil, kept, give)

class Keeper : public Actor<Keeper> {
 public:
  Async keep(Everything value) {
    kept_ = std::move(value);
    return {};
  }
  // Spoils its own copy.
  Sync<> keep_and_spoil(Everything value) {
    kept_ = std::move(value);
    spoil(kept_);
    return {};
  }
  Sync<Everything> kept() { return kept_; }
  // Gives its state, and spoils it later.
  Parallel<Sync<Everything>> give() {
    Everything copy = kept_;
    spoil(kept_);
    co_return copy;
  }

 private:
  Everything kept_;
};

ACTOR_METHODS(Giver, give_and_spoil, give_one_to_two, take_and_spoil, give_to_a_function)

class Giver : public Actor<Giver> {
 public:
  explicit Giver(Ref<Keeper> keeper, Ref<Keeper> other = {}) : keeper_(keeper), other_(other) {}

  Sync<Everything> give_and_spoil() {
    Everything value = original();
    keeper_.keep(value);
    spoil(value);
    Everything kept = co_await keeper_.kept();
    co_return kept;
  }
  // One object to two actors, of whom one spoils what it got.
  Sync<std::vector<Everything>> give_one_to_two() {
    const Everything value = original();
    const Multi<Keeper> both({keeper_, other_});
    both.keep(value);
    co_await keeper_.keep_and_spoil(value);
    const Everything others = co_await other_.kept();
    co_return std::vector<Everything>{value, others};
  }
  Sync<Everything> take_and_spoil() {
    keeper_.keep(original());
    Everything taken = co_await keeper_.kept();
    spoil(taken);
    const Everything kept = co_await keeper_.kept();
    co_return kept;
  }
  Sync<Everything> give_to_a_function() {
    Everything value = original();
    const Ref<Process> process = spawn<Process>([](Process& self) -> Task<> {
      const Everything received = co_await self.receive<Everything>();
      co_await self.receive<std::string>();
      co_await self.reply(received);
    });
    process.send(value);
    spoil(value);
    const Term received = co_await process.request("give it back");
    co_return *received.as<Everything>();
  }

 private:
  Ref<Keeper> keeper_;
  Ref<Keeper> other_;
};

class Isolation : public ConformanceTest {
 protected:
  Ref<Giver> spawn_giver(bool one_host) {
    const HostId host = world().add_host();
    keeper_ = world().spawn<Keeper>(host);
    return world().spawn<Giver>(one_host ? host : world().add_host(), keeper_,
                                world().spawn<Keeper>(host));
  }
  Ref<Keeper> keeper_;
};
ON_EVERY_RUNTIME(Isolation);

TEST_P(Isolation, ShowsNoChangeOfTheSenders) {
  for (const bool one_host : {true, false}) {
    EXPECT_THAT(world().ask(spawn_giver(one_host).give_and_spoil()), Gives(original()));
  }
}

TEST_P(Isolation, ShowsNoChangeOfTheReceivers) {
  for (const bool one_host : {true, false}) {
    EXPECT_THAT(world().ask(spawn_giver(one_host).take_and_spoil()), Gives(original()));
  }
}

TEST_P(Isolation, SeparatesTwoReceiversOfOneObject) {
  for (const bool one_host : {true, false}) {
    EXPECT_THAT(world().ask(spawn_giver(one_host).give_one_to_two()),
                Gives(ElementsAre(original(), original())));
  }
}

TEST_P(Isolation, HoldsForMessagesToFunctions) {
  for (const bool one_host : {true, false}) {
    EXPECT_THAT(world().ask(spawn_giver(one_host).give_to_a_function()), Gives(original()));
  }
}

TEST_P(Isolation, HoldsForResults) {
  const Ref<Giver> giver = spawn_giver(true);
  EXPECT_THAT(world().ask(giver.take_and_spoil()), Gives(original()));
  EXPECT_THAT(world().ask(keeper_.give()), Gives(original()));
}

}  // namespace troupe::conformance
