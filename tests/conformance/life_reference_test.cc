// The examples of docs/reference/actors/life.md and groups.md, run.
#include <set>
#include <string>
#include <vector>

#include "actor/detector.h"
#include "actor/pool.h"
#include "actor/supervise.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {

ACTOR_METHODS(Worker, work, give_up, sum)

class Worker : public Actor<Worker> {
 public:
  Sync<int> work(int task) { return task * 2; }

  Async give_up() {
    co_await exit(absl::ResourceExhaustedError("no more memory"));
    count("never");  // The actor has ended before this.
  }

  Async sum(std::vector<int> numbers) {
    int total = 0;
    for (const int number : numbers) total += number;
    set_exit_value(total);
    stop();
    return {};
  }
};

ACTOR_METHODS(Boss, hire, hire_tied, add_up, send_home, fire)

class Boss : public Actor<Boss> {
 public:
  explicit Boss(Log* log) : log_(log) {}

  Sync<Ref<Worker>> hire() {
    const auto [worker, notice] = spawn_monitor<Worker>();
    return worker;
  }
  Async on_down(Exit exit) override {
    log_->add(exit.name + " ended: " + to_string(exit.why));
    return {};
  }

  Sync<Ref<Worker>> hire_tied() {
    trap_exits();
    return spawn_link<Worker>();
  }
  Async on_exit(Exit exit) override {
    log_->add("my own " + exit.name + " ended: " + to_string(exit.why));
    return {};
  }

  Sync<int> add_up(std::vector<int> numbers) {
    const Ref<Worker> worker = spawn<Worker>();
    co_await ping(worker);  // It has started.
    worker.sum(numbers);
    const Exit exit = co_await join(worker).within(10s);
    co_return exit.value<int>();
  }

  Sync<bool> send_home(Ref<Worker> worker) {
    const absl::StatusOr<bool> was_alive = co_await graceful_stop(worker, 1s).status_or();
    if (!was_alive.ok()) kill(worker);  // It took too long.
    co_return was_alive;
  }
  Async fire(Ref<Worker> worker) {
    stop(worker, absl::PermissionDeniedError("stole a pen"));
    return {};
  }

 private:
  Log* log_;
};

// A wrong page is nothing that this actor could live with; a missing one is its caller's affair.
ACTOR_METHODS(Pages, read)

class Pages : public Actor<Pages> {
 public:
  Sync<std::string> read(int page) {
    if (page < 0) return absl::NotFoundError("no such page");
    return absl::DataLossError("the page is torn");
  }

 private:
  bool is_fatal(std::string_view, const absl::Status& failure) const override {
    return absl::IsDataLoss(failure);
  }
};

ACTOR_METHODS(Plant, start, worker, watch, changed, join_pool, work, hard_work, quickest)

class Plant : public Actor<Plant> {
 public:
  explicit Plant(Log* log) : log_(log) {}

  Sync<> start() {
    std::vector<ChildSpec> children = {
        child_spec<Pages>("pages"),
        child_spec<Worker>("worker").let_it_crash().restart(Restart::kTransient),
    };
    supervisor_ = spawn_link<Supervisor>(
        SupervisorOptions{.strategy = Strategy::kRestForOne, .max_restarts = 3, .within = 5s},
        children);
    return {};
  }
  Sync<Ref<Worker>> worker() { co_return co_await child_of<Worker>(supervisor_, "worker"); }

  Sync<> watch(std::vector<Ref<Worker>> peers) {
    detector_ =
        spawn<FailureDetector>(FailureDetectorOptions{.period = 1s, .timeout = 500ms, .retries = 2},
                               [me = self()](const FailureDetector::Change& change) {
                                 me.changed(change.actor, change.up);
                               });
    for (const Ref<Worker>& peer : peers) detector_.add(id_of(peer));
    return {};
  }
  Async changed(ActorId peer, bool up) {
    if (!up) down_.insert(peer);
    if (up) down_.erase(peer);
    log_->add(std::to_string(down_.size()) + " down");
    return {};
  }

  Async join_pool(Ref<Worker> worker) {
    workers_.attach(worker);
    return {};
  }
  // Each worker in turn. The answer goes straight to the caller.
  Sync<int> work(int task) { return delegate(workers_.next().work(task)); }
  // The one with the least to do.
  Parallel<Sync<int>> hard_work(int task) {
    const Lease<Worker> worker = workers_.least_loaded();
    co_return co_await worker->work(task);
  }
  // Whoever answers first.
  Parallel<Sync<int>> quickest(int task) {
    const int answer = co_await workers_.all().work(task).first().within(1s);
    co_return answer;
  }

 private:
  Log* log_;
  Ref<Supervisor> supervisor_;
  Ref<FailureDetector> detector_;
  std::set<ActorId> down_;
  Pool<Worker> workers_{*this};
};

class LifeReference : public ConformanceTest {
 protected:
  ~LifeReference() override { end_world(); }
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
};
ON_EVERY_RUNTIME(LifeReference);

TEST_P(LifeReference, OfEndsIsTrue) {
  const Ref<Boss> boss = world().spawn<Boss>(here_, &log_);
  const Ref<Worker> worker = *world().ask(boss.hire());
  world().act([&] { worker.give_up(); });
  world().run_for(1s);
  EXPECT_EQ(log_.count("Worker@n0 ended: RESOURCE_EXHAUSTED: no more memory"), 1u);

  const Ref<Worker> tied = *world().ask(boss.hire_tied());
  world().act([&] { boss.fire(tied); });
  world().run_for(1s);
  // In the simulator an actor keeps the name of its own that it has in traces.
  const std::string end = " ended: PERMISSION_DENIED: stole a pen (ended by Boss@n0)";
  EXPECT_EQ(log_.count("my own Worker@n0" + end) + log_.count("my own Worker@n0/2" + end), 1u);

  EXPECT_THAT(world().ask(boss.add_up(std::vector{1, 2, 3})), Gives(6));
  const Ref<Worker> other = *world().ask(boss.hire());
  EXPECT_THAT(world().ask(boss.send_home(other)), Gives(true));
  EXPECT_THAT(world().ask(boss.send_home(other)), Gives(false));
}

TEST_P(LifeReference, OfFatalFailuresIsTrue) {
  const Ref<Pages> pages = world().spawn<Pages>(here_);
  EXPECT_THAT(world().ask(pages.read(-1)), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(pages.read(1)), FailsWith(absl::StatusCode::kDataLoss));
  EXPECT_THAT(world().ask(pages.read(-1)),
              FailsWith(absl::StatusCode::kNotFound, testing::HasSubstr("has ended")));
}

TEST_P(LifeReference, OfSupervisorsAndGroupsIsTrue) {
  const Ref<Plant> plant = world().spawn<Plant>(here_, &log_);
  EXPECT_THAT(world().ask(plant.start()), Succeeds());
  const Ref<Worker> first = *world().ask(plant.worker());
  world().act([&] { first.give_up(); });
  world().run_for(1s);
  EXPECT_THAT(world().ask(world().ask(plant.worker())->work(4)), Gives(8));

  const Ref<Worker> there = world().spawn<Worker>(there_);
  EXPECT_THAT(world().ask(plant.watch(std::vector{there})), Succeeds());
  world().act([&] { plant.join_pool(there); });
  EXPECT_THAT(world().ask(plant.work(1)), Gives(2));
  EXPECT_THAT(world().ask(plant.hard_work(2)), Gives(4));
  EXPECT_THAT(world().ask(plant.quickest(3)), Gives(6));
  world().crash(there_);
  world().run_for(1min);
  EXPECT_THAT(log_.lines(), testing::ElementsAre("1 down"));
  EXPECT_THAT(world().ask(plant.work(1)), FailsWith(absl::StatusCode::kNotFound));
}

}  // namespace troupe::conformance
