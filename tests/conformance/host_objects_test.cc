// The host object: one interface for the own host and for others, to spawn, find, list and stop.
#include "actor/host.h"

#include <map>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

ACTOR_METHODS(Worker, describe, spin)

class Worker : public Actor<Worker> {
 public:
  Worker(std::string name, int strength) : name_(std::move(name)), strength_(strength) {}
  Sync<std::string> describe() { return name_ + " " + std::to_string(strength_); }
  Sync<> spin(Duration time) { co_await sleep(time); }

 private:
  std::string name_;
  int strength_;
};

constexpr Spawnable<Worker, std::string, int> kWorker;

// The same class with other parameters, as another version of a program may have it.
constexpr Spawnable<Worker, std::string, unsigned> kOldWorker;

ACTOR_METHODS(Mule, load)

class Mule : public Actor<Mule> {
 public:
  explicit Mule(int load) : load_(load) {
    if (load < 0) throw std::invalid_argument("a negative load");
  }
  Sync<int> load() { return load_; }

 private:
  int load_;
};

constexpr Spawnable<Mule, int> kMule;

// Does from its own host what a test asks for, on any host.
ACTOR_METHODS(Foreman, hire, describe_named, host_names)

class Foreman : public Actor<Foreman> {
 public:
  Sync<Ref<Worker>> hire(Ref<Host> host, std::string name, int strength) {
    const DynamicRef any = co_await host.spawn(kWorker(name, strength).named(name));
    co_return any.as<Worker>();
  }
  Sync<std::string> describe_named(Ref<Host> host, std::string name) {
    const DynamicRef any = co_await host.lookup(name);
    const Ref<Worker> worker = co_await any.as<Worker>();
    co_return co_await worker.describe();
  }
  Sync<std::vector<bool>> host_names() {
    const Ref<Host> there = co_await host_named("n1");
    co_return std::vector<bool>{there == host_of(1), host_named("n7").ok()};
  }
};

class HostObjects : public ConformanceTest {
 protected:
  HostObjects() { allow_spawning(world().system(), kWorker, kMule); }

  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Foreman> foreman_ = world().spawn<Foreman>(here_);
};
ON_EVERY_RUNTIME(HostObjects);

TEST_P(HostObjects, SpawnOnTheOwnHostAndOnOthersAlike) {
  for (const HostId host : {here_, there_}) {
    const absl::StatusOr<Ref<Worker>> worker = world().ask(foreman_.hire(host_of(host), "ann", 3));
    ASSERT_THAT(worker, Succeeds());
    EXPECT_EQ(id_of(*worker).host, host);
    EXPECT_EQ(host_of(*worker), host_of(host));
    EXPECT_THAT(world().ask(worker->describe()), Gives("ann 3"));
    EXPECT_THAT(world().ask(foreman_.describe_named(host_of(host), "ann")), Gives("ann 3"));
  }
}

TEST_P(HostObjects, DoNotSpawnWhatTheyDoNotKnowAndSayWhatTheyKnow) {
  SpawnRequest request = kWorker("ann", 3);
  request.class_name = "Wroker";
  EXPECT_THAT(world().ask(host_of(there_).spawn(request)),
              FailsWith(absl::StatusCode::kNotFound,
                        AllOf(HasSubstr("n1 does not spawn 'Wroker'"), HasSubstr("Mule, Worker"))));
}

TEST_P(HostObjects, CheckTheArgumentsOfAConstructor) {
  EXPECT_THAT(world().ask(host_of(there_).spawn(kOldWorker("ann", 3u))),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "a Worker is made of (string, int32), not of (string, uint32)"));
  SpawnRequest request = kWorker("ann", 3);
  request.arguments = Bytes{"\xff\xff"};
  EXPECT_THAT(world().ask(host_of(there_).spawn(request)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("decoded")));
  EXPECT_THAT(world().ask(host_of(there_).spawn(kMule(-1))),
              FailsWith(absl::StatusCode::kUnknown, HasSubstr("a negative load")));
  EXPECT_THAT(world().ask(host_of(there_).actors("")), Gives(IsEmpty()));
}

TEST_P(HostObjects, RefuseANameThatIsTakenAlsoFromAfar) {
  EXPECT_THAT(world().ask(foreman_.hire(host_of(there_), "ann", 3)), Succeeds());
  EXPECT_THAT(world().ask(foreman_.hire(host_of(there_), "ann", 4)),
              FailsWith(absl::StatusCode::kAlreadyExists, HasSubstr("'ann' on n1")));
  EXPECT_THAT(world().ask(foreman_.describe_named(host_of(there_), "ann")), Gives("ann 3"));
  EXPECT_THAT(world().ask(foreman_.describe_named(host_of(there_), "anna")),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("did you mean 'ann'?")));
}

TEST_P(HostObjects, KeepTheNamesOfTheirHost) {
  const Ref<Mule> mule = world().spawn<Mule>(there_, 5);
  const Ref<Host> host = host_of(there_);
  EXPECT_THAT(world().ask(host.bind("beast", DynamicRef(mule), false)), Succeeds());
  EXPECT_THAT(world().ask(host.bind("beast", DynamicRef(foreman_), false)),
              FailsWith(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(world().ask(host.names_here()), Gives(ElementsAre(Pair("beast", DynamicRef(mule)))));
  EXPECT_THAT(world().ask(host.unbind("beast")), Succeeds());
  EXPECT_THAT(world().ask(host.lookup("beast")), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(HostObjects, ListTheirActorsInTheOrderOfTheirStarts) {
  const Ref<Mule> first = world().spawn<Mule>(there_, 1);
  const Ref<Worker> second = world().spawn<Worker>(there_, "bob", 2);
  const Ref<Mule> third = world().spawn<Mule>(there_, 3);
  EXPECT_THAT(world().ask(host_of(there_).actors("")),
              Gives(ElementsAre(DynamicRef(first), DynamicRef(second), DynamicRef(third))));
  EXPECT_THAT(world().ask(host_of(there_).actors("Mule")),
              Gives(ElementsAre(DynamicRef(first), DynamicRef(third))));
}

TEST_P(HostObjects, StopAnActorAndSayWhetherItWasAlive) {
  const DynamicRef mule(world().spawn<Mule>(there_, 1));
  EXPECT_THAT(world().ask(host_of(there_).stop_actor(mule, 1s)), Gives(true));
  EXPECT_THAT(world().ask(host_of(there_).stop_actor(mule, 1s)), Gives(false));
  EXPECT_THAT(world().ask(host_of(here_).stop_actor(mule, 1s)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is not on n0")));
  const Ref<Worker> busy = world().spawn<Worker>(there_, "busy", 2);
  Question<void> question = world().begin(busy.spin(10s).within(1min));
  EXPECT_THAT(world().ask(host_of(there_).stop_actor(DynamicRef(busy), 1s)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(question.answer(), Succeeds()) << "it stops after what it does";
  world().settle();
  EXPECT_THAT(world().ask(host_of(there_).actors("")), Gives(IsEmpty()));
}

TEST_P(HostObjects, CountWhatHappens) {
  const Ref<Mule> mule = world().spawn<Mule>(there_, 1);
  EXPECT_THAT(world().ask(host_of(there_).stop_actor(DynamicRef(mule), 1s)), Gives(true));
  EXPECT_THAT(world().ask(mule.load()), FailsWith(absl::StatusCode::kNotFound));
  world().spawn<Mule>(there_, 2);
  const absl::StatusOr<HostStatistics> statistics = world().ask(host_of(there_).statistics());
  ASSERT_THAT(statistics, Succeeds());
  EXPECT_EQ(statistics->actors, 1u);
  EXPECT_GE(statistics->messages, 4u);
  EXPECT_EQ(statistics->failures, 0u);
  EXPECT_THAT(statistics->drops, ElementsAre(Pair("no_actor", 1u)));
}

TEST_P(HostObjects, AreFoundByTheNameOfTheirHost) {
  EXPECT_THAT(world().ask(foreman_.host_names()), Gives(ElementsAre(true, false)));
  EXPECT_THAT(host_named(world().system(), "n1"), Gives(host_of(there_)));
  EXPECT_THAT(host_named(world().system(), "elsewhere"),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("'elsewhere'")));
}

TEST_P(HostObjects, OfHostsThatAreDownOrMissingFailAtOnce) {
  EXPECT_THAT(world().ask(host_of(there_).statistics()), Succeeds());
  world().crash(there_);
  const Time before = world().now();
  EXPECT_THAT(world().ask(foreman_.hire(host_of(there_), "ann", 3)),
              FailsWith(absl::StatusCode::kUnavailable, HasSubstr("n1 is down")));
  EXPECT_THAT(world().ask(host_of(99).statistics()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_LE(world().now() - before, 20ms);
}

TEST_P(HostObjects, ComeBackWithTheirHostAndTheirRefsStayGood) {
  EXPECT_THAT(world().ask(foreman_.hire(host_of(there_), "ann", 3)), Succeeds());
  world().crash(there_);
  world().restore(there_);
  EXPECT_THAT(world().ask(host_of(there_).names_here()), Gives(IsEmpty()));
  EXPECT_THAT(world().ask(foreman_.hire(host_of(there_), "ann", 4)), Succeeds());
  EXPECT_THAT(world().ask(foreman_.describe_named(host_of(there_), "ann")), Gives("ann 4"));
}

TEST_P(HostObjects, AreNamedForPeople) {
  EXPECT_EQ(world().name_of(id_of(host_of(there_))), "Host@n1");
}

// --- Trace ---------------------------------------------------------------------------------------

class Counted final : public Observer {
 public:
  void on_event(const Event& event) override {
    if (event.kind == EventKind::kReceive && event.method->name == "load") ++loads;
  }
  int loads = 0;
};

TEST_P(HostObjects, TurnTheTraceOffAndOnForActorsThatAreThere) {
  Counted events;
  const Ref<Mule> mule = world().spawn<Mule>(there_, 1);
  EXPECT_THAT(world().ask(host_of(there_).trace(false)),
              FailsWith(absl::StatusCode::kFailedPrecondition, HasSubstr("nobody observes")));
  world().system().observe_with(&events);
  EXPECT_THAT(world().ask(mule.load()), Succeeds());
  EXPECT_THAT(world().ask(host_of(there_).trace(false)), Succeeds());
  EXPECT_THAT(world().ask(mule.load()), Succeeds());
  EXPECT_EQ(events.loads, 1);
  EXPECT_THAT(world().ask(host_of(there_).trace(true)), Succeeds());
  EXPECT_THAT(world().ask(mule.load()), Succeeds());
  EXPECT_EQ(events.loads, 2);
  world().system().observe_with(nullptr);
}

}  // namespace troupe::conformance
