// Handlers that are found by the type of a message: MESSAGE_HANDLERS.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Order {
  int number = 0;
  FIELDS(number)
};
struct RushOrder : Order {
  using Extends = Order;
  int minutes = 0;
  FIELDS(number, minutes)
};
struct VeryRushOrder : RushOrder {
  using Extends = RushOrder;
  FIELDS(number, minutes)
};
struct Price {
  std::string item;
  FIELDS(item)
};
struct Stock {
  FIELDS()
};
struct Unheard {
  FIELDS()
};
struct Breaks {
  bool later = false;
  FIELDS(later)
};

using Lines = std::vector<std::string>;

ACTOR_METHODS(Shop, lines)
MESSAGE_HANDLERS(Shop, on_order, on_rush, on_price, on_stock, on_number, on_break)

class Shop : public Actor<Shop> {
 public:
  Async on_order(Order order) {
    lines_.push_back("order " + std::to_string(order.number));
    return {};
  }
  Async on_rush(RushOrder order) {
    lines_.push_back("rush " + std::to_string(order.number));
    return {};
  }
  virtual Sync<int> on_price(Price price) { return static_cast<int>(price.item.size()); }
  Sync<Term> on_stock(Stock) {
    co_await sleep(10ms);
    co_return Term::record({{"tea", 3}});
  }
  Async on_number(int number) {
    lines_.push_back("number " + std::to_string(number));
    return {};
  }
  Sync<int> on_break(Breaks breaks) {
    if (breaks.later) co_await sleep(1ms);
    co_await fail(absl::OutOfRangeError("broken"));
    co_return 0;
  }
  Sync<Lines> lines() { return lines_; }

 protected:
  Lines lines_;
};

ACTOR_METHODS_WITH_BASE(TeaShop, Shop, brand)
MESSAGE_HANDLERS(TeaShop, on_order_of_tea, on_anything)

// Has the handlers of Shop, but one of its own for orders, and one for what Shop does not take.
class TeaShop : public Actor<TeaShop, Shop> {
 public:
  Sync<std::string> brand() { return "Assam"; }
  Async on_order_of_tea(Order order) {
    lines_.push_back("tea " + std::to_string(order.number));
    return {};
  }
  Async on_anything(Term message) {
    lines_.push_back("anything " + to_string(message));
    return {};
  }
  Sync<int> on_price(Price) override { return 100; }
};

ACTOR_METHODS(Deaf, alive)

class Deaf : public Actor<Deaf> {
 public:
  Sync<bool> alive() { return true; }
};

class Handlers : public ConformanceTest {
 protected:
  template <class A>
  Ref<A> spawn() {
    return world().spawn<A>(world().add_host());
  }
  template <class A>
  absl::StatusOr<Lines> lines_after(const Ref<A>& actor, const std::function<void()>& body) {
    world().act(body);
    world().settle();
    return world().ask(actor.lines());
  }
};
ON_EVERY_RUNTIME(Handlers);

TEST_P(Handlers, AreFoundByTheTypeOfTheMessage) {
  const Ref<Shop> shop = spawn<Shop>();
  RushOrder rush;
  rush.number = 2;
  EXPECT_THAT(lines_after(shop,
                          [&] {
                            shop.send(Order{1});
                            shop.send(rush);
                            shop.send(3);
                          }),
              Gives(ElementsAre("order 1", "rush 2", "number 3")));
}

TEST_P(Handlers, TakeWhatExtendsTheirMessageWhereNoneIsNearer) {
  const Ref<Shop> shop = spawn<Shop>();
  VeryRushOrder rush;
  rush.number = 4;
  EXPECT_THAT(lines_after(shop, [&] { shop.send(rush); }), Gives(ElementsAre("rush 4")));
}

TEST_P(Handlers, AnswerRequests) {
  const Ref<Shop> shop = spawn<Shop>();
  EXPECT_THAT(world().ask(shop.request(Price{"tea"})), Gives(Term(3)));
  EXPECT_THAT(world().ask(shop.request(Stock{})), Gives(Term::record({{"tea", 3}})))
      << "a handler may wait";
  EXPECT_THAT(world().ask(shop.request(Order{1})), Gives(Term())) << "nothing but the success";
}

TEST_P(Handlers, FailAsMethodsDo) {
  const Ref<Shop> shop = spawn<Shop>();
  EXPECT_THAT(world().ask(shop.request(Breaks{false})),
              FailsWith(absl::StatusCode::kOutOfRange, "broken"));
  EXPECT_THAT(world().ask(shop.request(Breaks{true})),
              FailsWith(absl::StatusCode::kOutOfRange, "broken"));
  world().act([&] { shop.send(Breaks{true}); });
  world().settle();
  EXPECT_EQ(world().failures(), 1u) << "nobody waits, but it is counted";
}

TEST_P(Handlers, OfTheBaseClassCombineWithOwnOnes) {
  const Ref<TeaShop> shop = spawn<TeaShop>();
  RushOrder rush;
  rush.number = 2;
  EXPECT_THAT(lines_after(shop,
                          [&] {
                            shop.send(Order{1});   // The own handler comes first.
                            shop.send(rush);       // That of the base is nearer.
                            shop.send(3);          // Inherited.
                            shop.send(Unheard{});  // Nobody else takes it.
                          }),
              Gives(ElementsAre("tea 1", "rush 2", "number 3", "anything Unheard{}")));
  EXPECT_THAT(world().ask(shop.request(Price{"tea"})), Gives(Term(100))) << "overridden";
}

TEST_P(Handlers, AreReachedThroughAnyRef) {
  const Ref<Shop> shop = spawn<Shop>();
  const AnyRef any = shop;
  EXPECT_THAT(world().ask(any.request(Price{"tea"})), Gives(Term(3)));
}

TEST_P(Handlers, AreReachedByAnonymousRecordsThatFit) {
  const Ref<Shop> shop = spawn<Shop>();
  EXPECT_THAT(world().ask(shop.request(Term::record({{"item", "tea"}, {"more", 1}}))),
              Gives(Term(3)));
}

TEST_P(Handlers, MissingForAMessageAreADistinctErrorAndTheActorLives) {
  const Ref<Shop> shop = spawn<Shop>();
  EXPECT_THAT(world().ask(AnyRef(shop).request(Unheard{})),
              FailsWith(absl::StatusCode::kUnimplemented,
                        AllOf(HasSubstr("Shop@"), HasSubstr("of type Unheard"))));
  world().act([&] { AnyRef(shop).send(Unheard{}); });
  world().settle();
  EXPECT_EQ(world().failures(), 1u) << "never silent";
  const Ref<Deaf> deaf = spawn<Deaf>();
  EXPECT_THAT(world().ask(deaf.request("hello")),
              FailsWith(absl::StatusCode::kUnimplemented, HasSubstr("no handler for \"hello\"")));
  EXPECT_THAT(world().ask(deaf.alive()), Gives(true));
}

TEST_P(Handlers, OfManyActorsGetABroadcast) {
  const Ref<Shop> first = spawn<Shop>();
  const Ref<Shop> second = spawn<Shop>();
  const Multi<Shop> all({first, second});
  world().act([&] { all.send(Order{5}); });
  world().settle();
  EXPECT_THAT(world().ask(first.lines()), Gives(ElementsAre("order 5")));
  EXPECT_THAT(world().ask(second.lines()), Gives(ElementsAre("order 5")));
}

}  // namespace troupe::conformance
