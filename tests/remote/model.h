// The actors that show the actor model between processes (model_test.cc): a Subject, and a Driver
// which uses it from a process of its own. What they do is seen through what they answer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/address.h"
#include "actor/error.h"
#include "actor/events.h"
#include "actor/future.h"
#include "actor/group.h"
#include "actor/host.h"
#include "actor/lazy_ref.h"
#include "actor/life.h"
#include "actor/pool.h"
#include "actor/reply.h"

namespace troupe::remote_test {

struct NotLeader {
  std::string leader;
  int term = 0;
  FIELDS(leader, term)
  static constexpr auto kCode = absl::StatusCode::kAborted;
  std::string text() const { return "ask " + leader; }
};

struct Announced {
  std::string what;
  FIELDS(what)
};

class Driver;

ACTOR_METHODS(Subject, add, total, work, worked, hang, hung, a_second, append, crash, crash_later,
              break_down, fail_quietly, failures, echo_later, acquire, release, release_twice,
              forget, ask_back, ask_back_parallel, same, count, announce, end_with_value, quit)

class Subject : public Actor<Subject> {
 public:
  explicit Subject(int number) : number_(number) {}

  Async add(int amount) {
    total_ += amount;
    return {};
  }
  Sync<int> total() { return total_; }
  Parallel<Sync<int, NoTimeout>> work(Duration span) {
    co_await sleep(span);
    co_return ++worked_;
  }
  Sync<int> worked() { return worked_; }
  // Counts those of whom there is a frame.
  Parallel<Sync<int, NoTimeout>> hang() {
    struct Hanging {
      int& count;
      ~Hanging() { --count; }
    } const hanging{++hung_};
    co_await sleep(1h);
    co_return 0;
  }
  Sync<int> hung() { return hung_; }
  Parallel<Sync<int, Milliseconds<200>>> a_second() {
    co_await sleep(1s);
    co_return 0;
  }

  Sync<int> append() { return fail_with(NotLeader{.leader = "n7", .term = 3}); }
  Sync<int> crash() { throw std::out_of_range("index: 9"); }
  Parallel<Sync<int>> crash_later() {
    co_await sleep(1ms);
    throw std::out_of_range("index: 10");
  }
  Sync<> break_down() { return absl::DataLossError("no disk"); }
  Async fail_quietly() { return absl::InternalError("nobody waits for this"); }
  Sync<std::vector<std::string>> failures() { return failures_; }

  // Many at once, answered in whatever order.
  Parallel<Sync<std::uint64_t>> echo_later(std::uint64_t number) {
    if (random().chance(0.5)) co_await sleep(random().uniform(0ms, 3ms));
    co_return number;
  }

  Sync<int, NoTimeout> acquire() { return defer(waiting_.emplace_back()); }
  Parallel<Sync<bool>> release(int value) {
    co_await until([this] { return !waiting_.empty(); });
    const absl::Status sent = waiting_.front().reply(value);
    waiting_.pop_front();
    co_return sent.ok();
  }
  Parallel<Sync<std::string>> release_twice() {
    co_await until([this] { return !waiting_.empty(); });
    const absl::Status first = waiting_.front().reply(1);
    const absl::Status second = waiting_.front().reply(2);
    waiting_.pop_front();
    co_return absl::StatusCodeToString(first.code()) + " " +
        absl::StatusCodeToString(second.code());
  }
  Parallel<Async> forget() {
    co_await until([this] { return !waiting_.empty(); });
    waiting_.pop_front();
  }

  Sync<int> ask_back(Ref<Driver> driver);
  Parallel<Sync<int>> ask_back_parallel(Ref<Driver> driver);

  // References in all that can hold them.
  Sync<std::map<std::string, std::vector<Ref<Subject>>>> same(std::vector<Ref<Subject>> list,
                                                              std::optional<Ref<Subject>> maybe) {
    std::map<std::string, std::vector<Ref<Subject>>> all;
    all["list"] = list;
    if (maybe) all["maybe"] = {*maybe};
    for (const Ref<Subject>& one : list) {
      if (one == self()) all["me"] = {one};
    }
    return all;
  }
  Sync<int> count() { return number_; }

  Async announce(Ref<EventBus> bus, std::string what) {
    publish(bus, Announced{.what = what});
    return {};
  }

  Async end_with_value(int value) {
    set_exit_value(value);
    stop();
    return {};
  }
  Async quit(std::string why) { co_await exit(absl::InternalError(why)); }

 private:
  bool is_fatal(std::string_view, const absl::Status& failure) const override {
    return absl::IsDataLoss(failure);
  }
  void on_failure(std::string_view method, const absl::Status&) override {
    failures_.emplace_back(method);
  }

  const int number_;
  int total_ = 0;
  int worked_ = 0;
  int hung_ = 0;
  std::vector<std::string> failures_;
  std::deque<Responder<int>> waiting_;
};

ACTOR_METHODS(Driver, answer, tell, ask_within, give_up, abandon, text_of_failure, exception_of,
              call_through_future, all_of_them, then, thens, interleave, cycle, cycle_parallel,
              delegated, address, total_at, lazily, ask_all_of, first_of, quorum_of, join_pool,
              pool_size, next_of_pool, hear, on_announced, heard, tie, untie, traps, watch,
              watch_no_more, notices, joined, kill_it, greet_group)

class Driver : public Actor<Driver> {
 public:
  Sync<int> answer() { return 42; }

  Sync<int> tell(Ref<Subject> subject) {
    subject.add(3);
    subject.add(4);
    co_return co_await subject.total();
  }
  // What comes of it.
  Sync<std::string> ask_within(Ref<Subject> subject, Duration span, Duration timeout) {
    const absl::StatusOr<int> answer = co_await subject.work(span).within(timeout).status_or();
    co_return absl::StatusCodeToString(answer.status().code());
  }
  // Gives up a call whose answer comes later: the next call gets its own.
  Parallel<Sync<std::uint64_t>> give_up(Ref<Subject> subject) {
    (co_await subject.work(100ms).within(10ms).status_or()).IgnoreError();
    std::uint64_t last = 0;
    for (std::uint64_t i = 1; i <= 100; ++i) {
      last = co_await subject.echo_later(i);
      if (last != i) co_return 0;
    }
    co_return last;
  }
  Sync<> abandon(Ref<Subject> subject) {
    (co_await subject.hang().cancel_if_abandoned().within(20ms).status_or()).IgnoreError();
  }
  Sync<std::string> text_of_failure(Ref<Subject> subject) {
    const absl::StatusOr<int> answer = co_await subject.append().status_or();
    const auto error = error_as<NotLeader>(answer.status());
    co_return error ? error->leader + std::to_string(error->term) : to_string(answer.status());
  }
  Sync<std::string> exception_of(Ref<Subject> subject) {
    const absl::StatusOr<int> answer = co_await subject.crash_later().status_or();
    const auto details = error_details(answer.status());
    co_return details ? details->type + ", " + details->text + ", " + details->method : "none";
  }

  Sync<int> call_through_future(Ref<Subject> subject) {
    const Future<int> slow = subject.work(30ms).to_future();
    const int quick = co_await subject.total();  // while the other is on its way
    const bool open = !slow.done();
    co_return open ? 100 * co_await slow + quick : -1;
  }
  Sync<std::string> all_of_them(Ref<Subject> one, Ref<Subject> other) {
    const std::vector<int> both =
        co_await all(std::vector<Future<int>>{one.count().to_future(), other.count().to_future()});
    const int mapped = co_await one.count().to_future().map([](int number) { return number * 10; });
    const int first = co_await any(
        std::vector<Future<int>>{one.work(10s).to_future(), other.count().to_future()});
    const auto late =
        co_await all(std::vector<Future<int>>{one.count().to_future(), other.work(10s).to_future()})
            .within(50ms)
            .status_or();
    co_return std::to_string(both[0]) + " " + std::to_string(both[1]) + " " +
        std::to_string(mapped) + " " + std::to_string(first) + " " +
        absl::StatusCodeToString(late.status().code());
  }
  Async then(Ref<Subject> subject) {
    subject.count().to_future().then(
        [this](absl::StatusOr<int> number) { thens_.push_back(number.value_or(-1)); });
    return {};
  }
  Parallel<Sync<std::vector<int>>> thens() {
    co_await until([this] { return !thens_.empty(); });
    co_return thens_;
  }

  // Gives how many answers were those of other requests.
  Parallel<Sync<std::uint64_t, NoTimeout>> interleave(Ref<Subject> subject, std::uint64_t count) {
    std::uint64_t wrong = 0;
    std::deque<std::pair<std::uint64_t, Future<std::uint64_t>>> open;
    for (std::uint64_t i = 0; i < count || !open.empty();) {
      if (i < count && open.size() < 1000) {
        open.emplace_back(i, subject.echo_later(i).within(1min).to_future());
        ++i;
        continue;
      }
      const std::uint64_t got = co_await open.front().second;
      if (got != open.front().first) ++wrong;
      open.pop_front();
    }
    co_return wrong;
  }
  Sync<int> cycle(Ref<Subject> subject) { co_return co_await subject.ask_back(self()); }
  Parallel<Sync<int>> cycle_parallel(Ref<Subject> subject) {
    co_return co_await subject.ask_back_parallel(self());
  }

  Sync<int, NoTimeout> delegated(Ref<Subject> subject) { return delegate(subject.acquire()); }

  Sync<std::string> address(Ref<Subject> subject) { return address_of(subject); }
  Sync<int> total_at(std::string address) {
    const Ref<Subject> subject = co_await resolve<Subject>(address);
    co_return co_await subject.total();
  }
  Sync<int> lazily(std::string address) {
    if (!lazy_) lazy_.emplace(address);
    co_return co_await lazy_->call([](Ref<Subject> subject) { return subject.count(); });
  }

  Async greet_group(std::vector<Ref<Subject>> subjects) {
    Multi<Subject>(subjects).add(5);
    return {};
  }
  Sync<std::vector<std::string>> ask_all_of(std::vector<Ref<Subject>> subjects, Duration timeout) {
    const auto answers = co_await Multi<Subject>(subjects).count().within(timeout);
    std::vector<std::string> texts;
    for (const Ref<Subject>& subject : subjects) {
      const absl::StatusOr<int>& answer = answers.at(subject);
      texts.push_back(answer.ok() ? std::to_string(*answer)
                                  : absl::StatusCodeToString(answer.status().code()));
    }
    co_return texts;
  }
  Sync<int> first_of(std::vector<Ref<Subject>> subjects) {
    co_return co_await Multi<Subject>(subjects).count().first().within(10s);
  }
  Sync<std::uint64_t> quorum_of(std::vector<Ref<Subject>> subjects, int needed) {
    const auto answers = co_await Multi<Subject>(subjects).count().at_least(needed).within(10s);
    std::uint64_t good = 0;
    for (const auto& [subject, answer] : answers) good += answer.ok() ? 1 : 0;
    co_return good;
  }
  Sync<bool> join_pool(Ref<Subject> subject) { return pool_.attach(subject); }
  // When it is that.
  Parallel<Sync<std::uint64_t>> pool_size(std::uint64_t expected) {
    co_await until([this, expected] { return pool_.size() == expected; });
    co_return pool_.size();
  }
  Sync<int> next_of_pool() { return delegate(pool_.next().count()); }

  Sync<> hear(Ref<EventBus> bus) { return delegate(subscribe<&Driver::on_announced>(bus, self())); }
  Async on_announced(Announced event) {
    heard_.push_back(event.what);
    return {};
  }
  Parallel<Sync<std::vector<std::string>>> heard(std::uint64_t count) {
    co_await until([this, count] { return heard_.size() >= count; });
    co_return heard_;
  }

  Sync<> tie(Ref<Subject> subject) {
    link(subject);
    return {};
  }
  Sync<> untie(Ref<Subject> subject) {
    unlink(subject);
    return {};
  }
  Sync<> traps() {
    trap_exits();
    return {};
  }
  Sync<> watch(Ref<Subject> subject) {
    monitor_ = monitor(subject);
    return {};
  }
  Sync<> watch_no_more() {
    demonitor(monitor_);
    return {};
  }
  // "down" or "exit" with its cause.
  Parallel<Sync<std::vector<std::string>>> notices(std::uint64_t count) {
    co_await until([this, count] { return notices_.size() >= count; });
    co_return notices_;
  }
  Sync<int> joined(Ref<Subject> subject, int value) {
    const Future<Exit> end = join(subject).to_future();
    subject.end_with_value(value);
    co_return (co_await end).value<int>();
  }
  Async kill_it(Ref<Subject> subject) {
    kill(subject);
    return {};
  }

 private:
  Async on_down(Exit exit) override {
    notices_.push_back("down " + std::string(exit.why.message()));
    return {};
  }
  Async on_exit(Exit exit) override {
    notices_.push_back("exit " + std::string(exit.why.message()));
    return {};
  }

  std::vector<int> thens_;
  std::optional<LazyRef<Subject>> lazy_;
  Pool<Subject> pool_{*this};
  std::vector<std::string> heard_;
  Monitor monitor_;
  std::vector<std::string> notices_;
};

inline Sync<int> Subject::ask_back(Ref<Driver> driver) { co_return co_await driver.answer(); }
inline Parallel<Sync<int>> Subject::ask_back_parallel(Ref<Driver> driver) {
  co_return co_await driver.answer();
}

ACTOR_METHODS(Recorder, record, recorded)

// Keeps what others tell it.
class Recorder : public Actor<Recorder> {
 public:
  Async record(std::string what) {
    recorded_.push_back(what);
    return {};
  }
  Parallel<Sync<std::vector<std::string>>> recorded(std::uint64_t count) {
    co_await until([this, count] { return recorded_.size() >= count; });
    co_return recorded_;
  }

 private:
  std::vector<std::string> recorded_;
};

ACTOR_METHODS(Leaver)

// Says so when it stops.
class Leaver : public Actor<Leaver> {
 public:
  Leaver(std::string name, Ref<Recorder> recorder) : name_(name), recorder_(recorder) {}

 private:
  void on_stop() override { recorder_.record(name_); }

  std::string name_;
  Ref<Recorder> recorder_;
};

ACTOR_METHODS(Auditor, read)

// Tells of the dead letters of its host.
class Auditor : public Actor<Auditor> {
 public:
  explicit Auditor(Ref<Recorder> recorder) : recorder_(recorder) {}
  Async read(DeadLetter letter) {
    recorder_.record(letter.method + " " + std::string(to_string(letter.reason)));
    return {};
  }

 private:
  Async on_start() override {
    subscribe_dead_letters(&Auditor::read);
    return {};
  }

  Ref<Recorder> recorder_;
};

inline constexpr Spawnable<Subject, int> kSubject;
inline constexpr Spawnable<Driver> kDriver;
inline constexpr Spawnable<Leaver, std::string, Ref<Recorder>> kLeaver;
inline constexpr Spawnable<Auditor, Ref<Recorder>> kAuditor;
inline constexpr Spawnable<EventBus> kEventBus;

}  // namespace troupe::remote_test
