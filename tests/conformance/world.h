// TestWorld: the runtime that a conformance test runs on, whichever it is. Write a test of the
// actor model against it once, and it runs on every runtime and in both encodings.
//
//   class Calls : public ConformanceTest {};
//   ON_EVERY_RUNTIME(Calls);
//
//   TEST_P(Calls, GiveTheValueOfTheMethod) {
//     Ref<Counter> counter = world().spawn<Counter>(world().add_host());
//     world().act([&] { counter.add(5); });
//     EXPECT_THAT(world().ask(counter.total()), Gives(5));
//   }
//
// What actors do is seen through what they answer, or through a Log that they write to; so a test
// needs no access to an actor's state. Times are measured from `now()`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "actor/system.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe::conformance {

struct WorldOptions {
  std::uint64_t seed = 1;
  Duration latency = std::chrono::milliseconds(10);  // one way, between two hosts
  double loss = 0;                                   // of messages between two hosts
  Duration default_timeout = std::chrono::seconds(2);
};

class TestWorld {
 public:
  explicit TestWorld(std::unique_ptr<System> system) : system_(std::move(system)) {}

  HostId add_host() { return system_->add_host(); }
  template <class A, class... Arguments>
  Ref<A> spawn(HostId host, Arguments&&... arguments) {
    return system_->spawn<A>(host, std::forward<Arguments>(arguments)...);
  }

  // Calls an actor from outside, and runs until its answer.
  template <class T>
  absl::StatusOr<internal::Value<T>> ask(Call<T> call) {
    return system_->ask(std::move(call));
  }
  // Calls an actor from outside, and does not wait.
  template <class T>
  Question<T> begin(Call<T> call) {
    return system_->begin(std::move(call));
  }
  // Sends one-way messages from outside.
  void act(const std::function<void()>& body) { system_->act(body); }

  Time now() const { return system_->now(); }
  bool run_until(const std::function<bool()>& done) { return system_->run_until(done); }
  void run_for(Duration span) { system_->run_for(span); }
  // Until nothing can happen any more.
  void settle() { system_->run_until_quiet(); }

  void crash(HostId host) { system_->crash(host); }
  void restore(HostId host) { system_->restore(host); }

  std::uint64_t drops(DropReason reason) const { return system_->drops(reason); }
  std::uint64_t failures() const { return system_->failures(); }
  std::string name_of(ActorId actor) const { return system_->name_of(actor); }

  // What every runtime has, for what is not above.
  System& system() { return *system_; }

 private:
  std::unique_ptr<System> system_;
};

struct Backend {
  std::string name;
  std::function<std::unique_ptr<System>(const WorldOptions&)> make;
};

inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

// All runtimes that there are.
std::vector<Backend> backends();

class ConformanceTest : public testing::TestWithParam<Backend> {
 protected:
  // A test that wants other options calls this first.
  TestWorld& make_world(const WorldOptions& options) {
    world_ = std::make_unique<TestWorld>(GetParam().make(options));
    return *world_;
  }
  TestWorld& world() {
    if (world_ == nullptr) make_world({});
    return *world_;
  }
  void end_world() { world_.reset(); }

 private:
  std::unique_ptr<TestWorld> world_;
};

#define ON_EVERY_RUNTIME(Suite)                                                    \
  INSTANTIATE_TEST_SUITE_P(                                                        \
      OnEveryRuntime, Suite, testing::ValuesIn(::troupe::conformance::backends()), \
      [](const testing::TestParamInfo<::troupe::conformance::Backend>& info) {     \
        return info.param.name;                                                    \
      })

// What happened, in order, each with its time since the Log was made.
class Log {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(what));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::size_t count(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(lines_.begin(), lines_.end(), what));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A local variable whose end can be seen.
class Witness {
 public:
  Witness(Log& log, std::string name) : log_(&log), name_(std::move(name)) {
    log_->add("begin " + name_);
  }
  ~Witness() { log_->add("end " + name_); }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

 private:
  Log* log_;
  std::string name_;
};

inline std::string describe(const absl::Status& status) { return status.ToString(); }
template <class T>
std::string describe(const absl::StatusOr<T>& result) {
  return result.ok() ? testing::PrintToString(*result) : result.status().ToString();
}

inline const absl::Status& status_of(const absl::Status& status) { return status; }
template <class T>
const absl::Status& status_of(const absl::StatusOr<T>& result) {
  return result.status();
}

// A result that is ok and holds this.
MATCHER_P(Gives, value, "gives " + testing::PrintToString(value)) {
  *result_listener << describe(arg);
  return arg.ok() && testing::ExplainMatchResult(value, *arg, result_listener);
}

// A success, of whatever has one.
MATCHER(Succeeds, "is a success") {
  *result_listener << describe(arg);
  return arg.ok();
}

// A failure of this code, whose text matches.
MATCHER_P2(FailsWith, code, text, "fails with " + absl::StatusCodeToString(code)) {
  *result_listener << describe(arg);
  return status_of(arg).code() == code &&
         testing::ExplainMatchResult(text, std::string(status_of(arg).message()), result_listener);
}
MATCHER_P(FailsWith, code, "fails with " + absl::StatusCodeToString(code)) {
  *result_listener << describe(arg);
  return status_of(arg).code() == code;
}

}  // namespace troupe::conformance
