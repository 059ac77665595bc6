// Membership: groups whose members come, go and die, and how one of them is picked.
#include <map>
#include <string>
#include <vector>

#include "actor/pool.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ACTOR_METHODS(Hand, work, slow, fails, hear, leave)

class Hand : public Actor<Hand> {
 public:
  Hand(int number, Log* log) : number_(number), log_(log) {}
  Sync<int> work() { return number_; }
  Parallel<Sync<int>> slow(Duration span) {
    co_await sleep(span);
    co_return number_;
  }
  Sync<int> fails() { return absl::AbortedError("no"); }
  Async hear(std::string what) {
    log_->add(std::to_string(number_) + " hears " + what);
    return {};
  }
  Async leave() { co_await exit(absl::InternalError("leaves")); }

 private:
  int number_;
  Log* log_;
};

ACTOR_METHODS(Office, attach_one, detach_one, size, members, announce, in_turn, idlest, plain_work,
              hold, first, first_refusal, twice_named, change_group)

class Office : public Actor<Office> {
 public:
  Sync<bool> attach_one(Ref<Hand> hand) { return hands_.attach(hand); }
  Sync<bool> detach_one(Ref<Hand> hand) { return hands_.detach(hand); }
  Sync<std::int64_t> size() { return static_cast<std::int64_t>(hands_.size()); }
  Sync<std::vector<Ref<Hand>>> members() { return hands_.members(); }
  Async announce(std::string text) {
    hands_.all().hear(text);
    return {};
  }
  Sync<int> in_turn() { return delegate(hands_.next().work()); }
  Parallel<Sync<int, NoTimeout>> idlest(Duration span) {
    const Lease<Hand> hand = hands_.least_loaded();
    co_return co_await hand->slow(span).within(1h);
  }
  Sync<int> plain_work() { co_return co_await hands_.next().work(); }
  Sync<> hold(Duration span) { co_await sleep(span); }
  // Of hands that need 3s, 1s, ...: the quickest.
  Sync<int, NoTimeout> first(std::vector<Ref<Hand>> hands, Duration timeout) {
    co_return co_await Multi<Hand>(hands).slow(1s).first().within(timeout);
  }
  Sync<int> first_refusal(std::vector<Ref<Hand>> hands) {
    co_return co_await Multi<Hand>(hands).fails().first();
  }
  // How many answers come of a group that names its members more than once.
  Sync<std::int64_t> twice_named(std::vector<Ref<Hand>> hands) {
    Multi<Hand>(hands).hear("it");
    const auto answers = co_await Multi<Hand>(hands).work().at_least(2);
    co_return static_cast<std::int64_t>(answers.size());
  }
  Sync<std::string> change_group(Ref<Hand> a, Ref<Hand> b) {
    Multi<Hand> group({a});
    std::string said;
    said += attach(group, a) ? "+a" : "-a";
    said += attach(group, b) ? "+b" : "-b";
    said += detach(group, a) ? "+a" : "-a";
    said += detach(group, a) ? "+a" : "-a";
    group.hear("the change");
    co_return said;
  }

 private:
  Pool<Hand> hands_{*this};
};

using Hands = std::vector<Ref<Hand>>;

class Pools : public ConformanceTest {
 protected:
  ~Pools() override { end_world(); }
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Office> office_ = world().spawn<Office>(here_);

  Ref<Hand> hand(int number) { return world().spawn<Hand>(there_, number, &log_); }
  std::vector<Ref<Hand>> attach(int count) {
    std::vector<Ref<Hand>> hands;
    for (int i = 0; i < count; ++i) {
      hands.push_back(hand(i));
      EXPECT_THAT(world().ask(office_.attach_one(hands.back())), Gives(true));
    }
    world().run_for(100ms);
    return hands;
  }
};
ON_EVERY_RUNTIME(Pools);

// --- Membership ----------------------------------------------------------------------------------

TEST_P(Pools, HaveEachMemberOnceInTheOrderOfTheirComing) {
  const std::vector<Ref<Hand>> hands = attach(3);
  EXPECT_THAT(world().ask(office_.attach_one(hands[1])), Gives(false));
  EXPECT_THAT(world().ask(office_.members()), Gives(hands));
  world().act([&] { office_.announce("news"); });
  world().settle();
  EXPECT_EQ(log_.lines().size(), 3u);
}

TEST_P(Pools, LetGoOfTheDetached) {
  const std::vector<Ref<Hand>> hands = attach(3);
  EXPECT_THAT(world().ask(office_.detach_one(hands[1])), Gives(true));
  EXPECT_THAT(world().ask(office_.detach_one(hands[1])), Gives(false));
  EXPECT_THAT(world().ask(office_.members()), Gives(std::vector{hands[0], hands[2]}));
  world().act([&] { office_.announce("news"); });
  world().settle();
  EXPECT_EQ(log_.count("1 hears news"), 0u);
  EXPECT_EQ(log_.lines().size(), 2u);
  EXPECT_THAT(world().ask(office_.attach_one(hands[1])), Gives(true)) << "it may come again";
}

TEST_P(Pools, ForgetMembersThatEnd) {
  const std::vector<Ref<Hand>> hands = attach(4);
  world().act([&] { hands[2].leave(); });
  world().run_for(100ms);
  EXPECT_THAT(world().ask(office_.members()), Gives(std::vector{hands[0], hands[1], hands[3]}));
  world().crash(there_);
  world().run_for(100ms);
  EXPECT_THAT(world().ask(office_.size()), Gives(0));
}

TEST_P(Pools, ForgetMembersThatWereDeadWhenTheyCame) {
  const Ref<Hand> dead = hand(0);
  world().act([&] { dead.leave(); });
  world().settle();
  EXPECT_THAT(world().ask(office_.attach_one(dead)), Gives(true)) << "nobody knows yet";
  world().run_for(100ms);
  EXPECT_THAT(world().ask(office_.size()), Gives(0));
}

TEST_P(Pools, ForgetOnlyAfterTheMethodThatKeepsTheTurn) {
  const std::vector<Ref<Hand>> hands = attach(2);
  Question<void> held = world().begin(office_.hold(1s));
  Question<std::int64_t> after = world().begin(office_.size());
  world().act([&] { hands[0].leave(); });
  world().settle();
  EXPECT_THAT(held.answer(), Succeeds());
  EXPECT_THAT(after.answer(), Gives(2)) << "it asked before the notice came";
  EXPECT_THAT(world().ask(office_.size()), Gives(1));
}

// --- Picking -------------------------------------------------------------------------------------

TEST_P(Pools, GiveTheirMembersInTurn) {
  attach(3);
  std::vector<int> order;
  for (int i = 0; i < 7; ++i) order.push_back(world().ask(office_.in_turn()).value_or(-1));
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 0, 1, 2, 0));
}

TEST_P(Pools, GoOnInTurnWhereAMemberGoes) {
  const std::vector<Ref<Hand>> hands = attach(4);
  EXPECT_THAT(world().ask(office_.in_turn()), Gives(0));
  EXPECT_THAT(world().ask(office_.in_turn()), Gives(1));
  EXPECT_THAT(world().ask(office_.detach_one(hands[0])), Gives(true));
  EXPECT_THAT(world().ask(office_.in_turn()), Gives(2)) << "nobody is passed over";
  EXPECT_THAT(world().ask(office_.in_turn()), Gives(3));
  EXPECT_THAT(world().ask(office_.in_turn()), Gives(1));
}

TEST_P(Pools, GiveTheLeastLoaded) {
  attach(3);
  Question<int> a = world().begin(office_.idlest(10s));
  Question<int> b = world().begin(office_.idlest(2s));
  Question<int> c = world().begin(office_.idlest(20s));
  world().run_for(3s);
  EXPECT_THAT(b.answer(), Gives(1));
  Question<int> d = world().begin(office_.idlest(1s));
  Question<int> e = world().begin(office_.idlest(1s));
  world().run_for(1h);
  EXPECT_THAT(a.answer(), Gives(0));
  EXPECT_THAT(c.answer(), Gives(2));
  EXPECT_THAT(d.answer(), Gives(1)) << "it was idle again";
  EXPECT_THAT(e.answer(), Gives(0)) << "all had one, and it came first";
}

TEST_P(Pools, ThatAreEmptyGiveNobody) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(office_.in_turn()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(office_.idlest(1s)), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(office_.plain_work()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(world().now(), before);
}

TEST_P(Pools, LetALeaseOutliveItsMember) {
  const std::vector<Ref<Hand>> hands = attach(1);
  Question<int> busy = world().begin(office_.idlest(10s));
  world().run_for(100ms);
  world().act([&] { hands[0].leave(); });
  world().run_for(100ms);
  EXPECT_THAT(busy.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("leaves")));
  EXPECT_THAT(world().ask(office_.size()), Gives(0));
}

// --- Multi ---------------------------------------------------------------------------------------

TEST_P(Pools, OfTheMomentGiveTheFirstSuccess) {
  const HostId far = world().add_host();
  const Ref<Hand> slow = world().spawn<Hand>(far, 1, &log_);
  const Ref<Hand> dead(ActorId{there_, 99, 1});
  const Time before = world().now();
  EXPECT_THAT(world().ask(office_.first(Hands{dead, slow}, 10s)), Gives(1));
  EXPECT_EQ(world().now() - before, 1020ms);
}

TEST_P(Pools, OfTheMomentFailWhereNobodySucceeds) {
  EXPECT_THAT(world().ask(office_.first_refusal(Hands{hand(1), hand(2)})),
              FailsWith(absl::StatusCode::kUnavailable, HasSubstr("0 answered; 1 were needed")));
  EXPECT_THAT(world().ask(office_.first(Hands{hand(1)}, 100ms)),
              FailsWith(absl::StatusCode::kUnavailable, HasSubstr("DEADLINE_EXCEEDED")));
  EXPECT_THAT(world().ask(office_.first(Hands{}, 100ms)),
              FailsWith(absl::StatusCode::kUnavailable));
}

TEST_P(Pools, OfTheMomentCountEachMemberOnce) {
  const Ref<Hand> one = hand(1);
  const Ref<Hand> two = hand(2);
  EXPECT_THAT(world().ask(office_.twice_named(Hands{one, two, one, one})), Gives(2));
  world().settle();
  EXPECT_EQ(log_.count("1 hears it"), 1u);
  EXPECT_THAT(world().ask(office_.twice_named(Hands{one, one})),
              FailsWith(absl::StatusCode::kUnavailable, HasSubstr("of 1 actors")))
      << "one vote is no quorum of two";
}

TEST_P(Pools, OfTheMomentCanBeChanged) {
  EXPECT_THAT(world().ask(office_.change_group(hand(1), hand(2))), Gives("-a+b+a-a"));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("2 hears the change"));
}

}  // namespace troupe::conformance
