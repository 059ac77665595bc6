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
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe::conformance {

struct WorldOptions {
  std::uint64_t seed = 1;
  Duration latency = std::chrono::milliseconds(10);  // one way, between two hosts
  double loss = 0;                                   // of messages between two hosts
  Duration default_timeout = std::chrono::seconds(2);
};

// A call from outside that nobody waits for yet.
class OpenQuestion {
 public:
  virtual ~OpenQuestion() = default;
  virtual bool done() const = 0;
  virtual MessagePtr take() = 0;  // null where it is not done
};

template <class T>
absl::StatusOr<internal::Value<T>> unpack(MessagePtr reply) {
  if (reply == nullptr) return absl::UnavailableError("no answer, and nothing that could give it");
  if (reply->kind == MessageKind::kFailure) return reply->payload_as<absl::Status>();
  return std::move(reply->payload_as<internal::Value<T>>());
}

template <class T>
class Question {
 public:
  explicit Question(std::unique_ptr<OpenQuestion> open) : open_(std::move(open)) {}
  bool done() const { return open_->done(); }
  absl::StatusOr<internal::Value<T>> answer() { return unpack<T>(open_->take()); }

 private:
  std::unique_ptr<OpenQuestion> open_;
};

class TestWorld {
 public:
  virtual ~TestWorld() = default;

  virtual HostId add_host() = 0;
  template <class A, class... Arguments>
  Ref<A> spawn(HostId host, Arguments&&... arguments) {
    return Ref<A>(adopt(new_actor<A>(std::forward<Arguments>(arguments)...), host));
  }

  // Calls an actor from outside, and runs until its answer.
  template <class T>
  absl::StatusOr<internal::Value<T>> ask(Call<T> call) {
    Question<T> question = begin(std::move(call));
    run_until([&] { return question.done(); });
    return question.answer();
  }
  // Calls an actor from outside, and does not wait.
  template <class T>
  Question<T> begin(Call<T> call) {
    const Duration timeout = call.timeout();
    return Question<T>(begin_message(std::move(call).release(), timeout));
  }
  // Sends one-way messages from outside.
  virtual void act(const std::function<void()>& body) = 0;

  virtual Time now() const = 0;
  virtual bool run_until(const std::function<bool()>& done) = 0;
  virtual void run_for(Duration span) = 0;
  // Until nothing can happen any more.
  virtual void settle() = 0;

  virtual void crash(HostId host) = 0;
  virtual void restore(HostId host) = 0;

  virtual std::uint64_t drops(DropReason reason) const = 0;
  virtual std::uint64_t failures() const = 0;
  virtual std::string name_of(ActorId actor) const = 0;

 protected:
  virtual ActorId adopt(std::unique_ptr<ActorBase> actor, HostId host) = 0;
  virtual std::unique_ptr<OpenQuestion> begin_message(MessagePtr message, Duration timeout) = 0;
};

struct Backend {
  std::string name;
  std::function<std::unique_ptr<TestWorld>(const WorldOptions&)> make;
};

// All runtimes that there are.
std::vector<Backend> backends();

class ConformanceTest : public testing::TestWithParam<Backend> {
 protected:
  // A test that wants other options calls this first.
  TestWorld& make_world(const WorldOptions& options) {
    world_ = GetParam().make(options);
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
