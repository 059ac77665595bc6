// Names of actors on their host: unique, gone with their actor; and actors found by their class.
#include "actor/names.h"

#include <map>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

ACTOR_METHODS(Printer, tray, end, work)

class Printer : public Actor<Printer> {
 public:
  explicit Printer(std::string tray, Log* log = nullptr) : tray_(std::move(tray)) {
    if (log != nullptr) log->add("constructed " + tray_);
  }
  Sync<std::string> tray() { return tray_; }
  Async end() {
    stop();
    return {};
  }
  Parallel<Sync<>> work() { co_await sleep(1h); }

 private:
  std::string tray_;
};

// A class of its own in C++, and a Printer to everybody who calls it.
class ColourPrinter : public Printer {
 public:
  using Printer::Printer;
};

ACTOR_METHODS(Scanner, scan)

class Scanner : public Actor<Scanner> {
 public:
  Sync<int> scan() { return 7; }
};

class Broken : public Printer {
 public:
  Broken() : Printer("broken") { throw std::runtime_error("no paper"); }
};

// Knows its own name as soon as it runs.
ACTOR_METHODS(SelfAware, found_itself)

class SelfAware : public Actor<SelfAware> {
 public:
  Sync<bool> found_itself() { return found_; }

 protected:
  Async on_start() override {
    const absl::StatusOr<Ref<SelfAware>> found = names().lookup<SelfAware>("me");
    found_ = found.ok() && *found == self();
    return {};
  }

 private:
  bool found_ = false;
};

// Does on its own host what it is asked to.
ACTOR_METHODS(Clerk, bind, replace, unbind, lookup, list, spawn_printer, printers, colour_printers,
              end_and_take_name)

class Clerk : public Actor<Clerk> {
 public:
  Sync<> bind(std::string name, Ref<Printer> printer) { return names().bind(name, printer); }
  Sync<> replace(std::string name, Ref<Printer> printer) {
    return names().bind(name, printer, IfTaken::kReplace);
  }
  Sync<> unbind(std::string name) { return names().unbind(name); }
  Sync<Ref<Printer>> lookup(std::string name) { return names().lookup<Printer>(name); }
  Sync<std::map<std::string, DynamicRef>> list() { return names().list(); }
  Sync<Ref<Printer>> spawn_printer(std::string name, std::string tray) {
    return spawn_named<Printer>(name, tray);
  }
  Sync<std::vector<Ref<Printer>>> printers() { return actors_of<Printer>(); }
  Sync<std::size_t> colour_printers() { return actors_of<ColourPrinter>().size(); }
  // The very next moment after the printer's end its name is free.
  Sync<std::string> end_and_take_name(std::string name) {
    const Ref<Printer> old = co_await names().lookup<Printer>(name);
    old.end();
    const absl::StatusOr<Nothing> ended = co_await old.work().status_or();
    const Ref<Printer> next = co_await spawn_named<Printer>(name, "next");
    const std::string tray = co_await next.tray();
    co_return std::string(absl::StatusCodeToString(ended.status().code())) + " " + tray;
  }
};

class NamesTest : public ConformanceTest {
 protected:
  Names names() { return {world().system(), host_}; }
  Ref<Printer> printer(std::string tray) { return world().spawn<Printer>(host_, tray); }
  absl::StatusOr<std::string> tray_of(std::string name) {
    const absl::StatusOr<Ref<Printer>> found = names().lookup<Printer>(name);
    if (!found.ok()) return found.status();
    return world().ask(found->tray());
  }

  HostId host_ = world().add_host();
  HostId other_host_ = world().add_host();
  Ref<Clerk> clerk_ = world().spawn<Clerk>(host_);
};
ON_EVERY_RUNTIME(NamesTest);

TEST_P(NamesTest, LeadToTheirActor) {
  const Ref<Printer> first = printer("a4");
  EXPECT_THAT(world().ask(clerk_.bind("printer", first)), Succeeds());
  EXPECT_THAT(world().ask(clerk_.lookup("printer")), Gives(first));
  EXPECT_THAT(names().lookup<Printer>("printer"), Gives(first));
}

TEST_P(NamesTest, ThatNobodyHasAreNotFoundAndTheNearestIsTold) {
  EXPECT_THAT(world().ask(clerk_.lookup("printer")),
              FailsWith(absl::StatusCode::kNotFound, "nobody on n0 is called 'printer'"));
  EXPECT_THAT(world().ask(clerk_.bind("printer", printer("a4"))), Succeeds());
  EXPECT_THAT(world().ask(clerk_.lookup("pinter")),
              FailsWith(absl::StatusCode::kNotFound,
                        AllOf(HasSubstr("'pinter'"), HasSubstr("did you mean 'printer'?"))));
}

TEST_P(NamesTest, OfAnotherClassAreAnErrorOfTheirOwn) {
  EXPECT_THAT(names().bind("device", world().spawn<Scanner>(host_)), Succeeds());
  EXPECT_THAT(world().ask(clerk_.lookup("device")),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        "'device' on n0 is a Scanner, not a Printer"));
}

TEST_P(NamesTest, AreUniqueOnTheirHost) {
  const Ref<Printer> first = printer("a4");
  EXPECT_THAT(names().bind("printer", first), Succeeds());
  EXPECT_THAT(world().ask(clerk_.bind("printer", printer("a3"))),
              FailsWith(absl::StatusCode::kAlreadyExists,
                        AllOf(HasSubstr("'printer' on n0"), HasSubstr("belongs to Printer"))));
  EXPECT_THAT(names().lookup<Printer>("printer"), Gives(first));
  EXPECT_THAT(names().bind("printer", first), Succeeds()) << "the same once more";
}

TEST_P(NamesTest, CanBeTakenAwayWhereAskedFor) {
  const Ref<Printer> first = printer("a4");
  const Ref<Printer> second = printer("a3");
  EXPECT_THAT(names().bind("printer", first), Succeeds());
  EXPECT_THAT(world().ask(clerk_.replace("printer", second)), Succeeds());
  EXPECT_THAT(names().lookup<Printer>("printer"), Gives(second));
  world().act([&] { first.end(); });
  world().settle();
  EXPECT_THAT(names().lookup<Printer>("printer"), Gives(second)) << "it was the first's no more";
}

TEST_P(NamesTest, CanBeGivenUp) {
  EXPECT_THAT(names().bind("printer", printer("a4")), Succeeds());
  EXPECT_THAT(world().ask(clerk_.unbind("printer")), Succeeds());
  EXPECT_THAT(names().lookup<Printer>("printer"), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(clerk_.unbind("printer")), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(NamesTest, AreListedInTheirOrder) {
  const Ref<Printer> a4 = printer("a4");
  const Ref<Scanner> scanner = world().spawn<Scanner>(host_);
  EXPECT_THAT(names().bind("printer", a4), Succeeds());
  EXPECT_THAT(names().bind("a scanner", scanner), Succeeds());
  EXPECT_THAT(names().bind("copier", a4), Succeeds());
  EXPECT_THAT(world().ask(clerk_.list()),
              Gives(ElementsAre(Pair("a scanner", DynamicRef(scanner)),
                                Pair("copier", DynamicRef(a4)), Pair("printer", DynamicRef(a4)))));
}

TEST_P(NamesTest, GoWhenTheirActorStops) {
  const Ref<Printer> first = printer("a4");
  EXPECT_THAT(names().bind("printer", first), Succeeds());
  EXPECT_THAT(names().bind("copier", first), Succeeds());
  world().act([&] { first.end(); });
  world().settle();
  EXPECT_THAT(names().list(), IsEmpty());
  EXPECT_THAT(names().bind("printer", first),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("has ended")));
}

TEST_P(NamesTest, GoWhenTheirHostCrashes) {
  EXPECT_THAT(names().bind("printer", printer("a4")), Succeeds());
  world().crash(host_);
  EXPECT_THAT(names().list(), IsEmpty());
  world().restore(host_);
  EXPECT_THAT(names().spawn<Printer>("printer", "new"), Succeeds());
  EXPECT_THAT(tray_of("printer"), Gives("new"));
}

TEST_P(NamesTest, AreFreeBeforeAnybodyLearnsOfTheEnd) {
  EXPECT_THAT(names().spawn<Printer>("printer", "first"), Succeeds());
  EXPECT_THAT(world().ask(clerk_.end_and_take_name("printer")), Gives("NOT_FOUND next"));
}

TEST_P(NamesTest, BelongToTheirHost) {
  const Ref<Printer> there = world().spawn<Printer>(other_host_, "there");
  EXPECT_THAT(names().bind("printer", printer("here")), Succeeds());
  EXPECT_THAT(Names(world().system(), other_host_).bind("printer", there), Succeeds());
  EXPECT_THAT(tray_of("printer"), Gives("here"));
  EXPECT_THAT(world().ask(clerk_.bind("far", there)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("own host")));
}

TEST_P(NamesTest, AreNotEmptyAndNotEndless) {
  EXPECT_THAT(names().bind("", printer("a4")), FailsWith(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(names().bind(std::string(256, 'x'), printer("a4")),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("255")));
  EXPECT_THAT(names().bind(std::string(255, 'x'), printer("a4")), Succeeds());
}

// --- Spawning with a name ------------------------------------------------------------------------

TEST_P(NamesTest, OfASecondActorAreRefusedAndItIsNotEvenMade) {
  Log log;
  EXPECT_THAT(names().spawn<Printer>("printer", "first", &log), Succeeds());
  EXPECT_THAT(names().spawn<Printer>("printer", "second", &log),
              FailsWith(absl::StatusCode::kAlreadyExists, HasSubstr("belongs to Printer@n0")));
  EXPECT_THAT(world().ask(clerk_.spawn_printer("printer", "third")),
              FailsWith(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(log.lines(), ElementsAre("constructed first"));
  EXPECT_THAT(tray_of("printer"), Gives("first"));
}

TEST_P(NamesTest, CanBeUsedAgainAndOldRefsDoNotReachTheNewActor) {
  const absl::StatusOr<Ref<Printer>> first = world().ask(clerk_.spawn_printer("printer", "first"));
  ASSERT_THAT(first, Succeeds());
  world().act([&] { first->end(); });
  world().settle();
  EXPECT_THAT(world().ask(clerk_.spawn_printer("printer", "second")), Succeeds());
  EXPECT_THAT(tray_of("printer"), Gives("second"));
  EXPECT_THAT(world().ask(first->tray()), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(NamesTest, AreKnownBeforeTheActorStarts) {
  const absl::StatusOr<Ref<SelfAware>> actor = names().spawn<SelfAware>("me");
  ASSERT_THAT(actor, Succeeds());
  EXPECT_THAT(world().ask(actor->found_itself()), Gives(true));
}

TEST_P(NamesTest, StayFreeWhereTheActorCouldNotBeMade) {
  EXPECT_THAT(names().spawn<Broken>("printer"),
              FailsWith(absl::StatusCode::kUnknown, HasSubstr("no paper")));
  EXPECT_THAT(names().spawn<Printer>("printer", "whole"), Succeeds());
  world().crash(other_host_);
  const Names there(world().system(), other_host_);
  EXPECT_THAT(Names(there).spawn<Printer>("printer", "x"),
              FailsWith(absl::StatusCode::kUnavailable));
  world().restore(other_host_);
  EXPECT_THAT(Names(there).spawn<Printer>("printer", "y"), Succeeds());
}

// --- By class ------------------------------------------------------------------------------------

TEST_P(NamesTest, AreNotNeededToFindActorsByTheirClass) {
  const Ref<Printer> first = printer("1");
  const Ref<Scanner> scanner = world().spawn<Scanner>(host_);
  const Ref<Printer> second(id_of(world().spawn<ColourPrinter>(host_, "2")));
  const Ref<Printer> third = printer("3");
  const Ref<Printer> there = world().spawn<Printer>(other_host_, "there");
  world().settle();
  EXPECT_THAT(world().ask(clerk_.printers()), Gives(ElementsAre(first, second, third)));
  EXPECT_THAT(world().ask(clerk_.colour_printers()), Gives(1u));
  EXPECT_THAT(names().bind("colour", second), Succeeds());
  EXPECT_THAT(names().lookup<ColourPrinter>("colour"), Succeeds()) << "its true class counts";
  EXPECT_THAT(names().lookup<Printer>("colour"), Gives(second));
  world().act([&] { first.end(); });
  world().settle();
  EXPECT_THAT(world().ask(clerk_.printers()), Gives(ElementsAre(second, third)));
  EXPECT_THAT(actors_of<Printer>(world().system(), other_host_), ElementsAre(there));
  EXPECT_THAT(
      all_actors(world().system(), host_),
      ElementsAre(DynamicRef(clerk_), DynamicRef(scanner), DynamicRef(second), DynamicRef(third)));
  EXPECT_THAT(all_actors(world().system(), HostId{99}), IsEmpty());
}

}  // namespace troupe::conformance
