// ThreadRuntime: actors on all cores of one host, in real time.
//
//   ThreadRuntime runtime({.threads = 4});
//   Ref<Counter> counter = runtime.spawn<Counter>(runtime.add_host());
//   runtime.act([&] { counter.add(5); });
//   absl::StatusOr<int> total = runtime.ask(counter.total());
//
// The same actors as in the simulator; but who runs when is up to the machine. Each actor runs on
// at most one thread at a time. A worker thread that has nothing to do steals actors from another.
//
// For tests there is Time::kVirtual: time stands still while anything can run, and jumps to the
// next date when nothing can, driven by run_until() and ask(). Such a test waits for nothing and
// has exact times, on real threads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/measurements.h"
#include "actor/storage.h"
#include "actor/system.h"
#include "runtime/internal/blocking_pool.h"
#include "runtime/internal/cell.h"
#include "runtime/internal/timers.h"
#include "runtime/transport.h"

namespace troupe {

enum class ClockKind : std::uint8_t { kReal, kVirtual };

struct ThreadRuntimeOptions {
  unsigned threads = 0;    // that run actors; 0: one for each core
  std::uint64_t seed = 1;  // of the actors' random numbers
  // The first actor at each place has the incarnation after this one.
  std::uint32_t first_incarnation = 0;
  Duration default_timeout = std::chrono::seconds(2);  // of calls that say none
  ClockKind clock = ClockKind::kReal;
  // Between two hosts of this runtime, for tests that run on the simulator, too: how long a message
  // takes, and how likely it is lost.
  Duration latency = {};
  double loss = 0;
  // For blocking(): at most so many threads; one that has had no work for so long ends.
  std::size_t most_blocking_threads = 64;
  Duration blocking_thread_idle = std::chrono::seconds(10);
  // Where actors keep what SAVED names: see actor/storage.h. Outlives the runtime. None: in memory,
  // which outlives the crash of a host, and nothing else.
  Storage* storage = nullptr;
};

class ThreadRuntime : public System {
 public:
  explicit ThreadRuntime(ThreadRuntimeOptions options = {});
  // Stops, and says on standard error who was still waiting, and for what.
  ~ThreadRuntime() override;

  // Ends all actors, in the reverse order of their starts, and all threads. Each actor finishes the
  // piece of code that it runs; on_stop() is not run (see shutdown()). Gives the calls that were
  // still open, as who_waits() does. The second time nothing.
  std::vector<std::string> stop();
  using System::stop;

  // --- System ---
  HostId add_host(std::string name = {}) override;
  std::size_t host_count() const override { return host_count_.load(std::memory_order_acquire); }
  // On the real clock, `done` is looked at every millisecond.
  bool run_until(const std::function<bool()>& done, Time end = kNever) override;
  void run_until(Time end) override;
  void run_until_quiet() override;
  void crash(HostId host) override;
  void restore(HostId host) override;
  std::string host_name(HostId host) const override;
  std::optional<HostId> find_host(std::string_view name) const override;
  const ActorType* type_of(ActorId actor) const override;
  void visit_actors(HostId host, const std::function<void(const ActorBase&)>& visit) const override;
  std::uint64_t drops(DropReason reason) const override;
  std::uint64_t failures() const override;
  std::string first_failure() const override;
  // Stops the actors for a moment. Who runs a long piece of code just now is named, too.
  std::vector<std::string> who_waits() override;

  // What was measured so far.
  Measurements measurements() const;
  std::uint64_t messages() const override;
  unsigned threads() const { return static_cast<unsigned>(workers_.size()); }
  std::size_t blocking_threads() const { return blocking_.threads(); }
  // Timers that are not due yet, and deadlines that will be looked at.
  std::size_t pending_timers() { return timers_.size(); }

  // Called for each actor's report, by one thread at a time.
  void on_report(std::function<void(const ActorBase&, const Report&)> judge);

  // --- Beyond the process (Transport) ---

  // Before the first actor, and for as long as this runs. From now on all messages between two
  // hosts go through it.
  void use(Transport* transport) { transport_ = transport; }
  // A message has come from another host.
  void arrive(Message* message);
  // A call that could not be taken to where it should go: its caller gets `why`.
  void bounce(Message* message, DropReason reason, absl::Status why);
  // Takes a message from a host of this process to where it should go.
  void send_from(HostId host, Message* message) { route(host, message); }
  // A call of somebody who is no actor: call.completed is called with its answer, on any thread.
  // The call stays where it is until then, or until forget_call().
  void begin_call(internal::PendingCall& call, MessagePtr message, Duration timeout) {
    begin_outside(call, std::move(message), timeout);
  }
  void forget_call(internal::PendingCall& call) { forget_outside(call); }
  bool delays_arrivals() const { return options_.latency != Duration::zero(); }
  class Visit;
  // While such work is on its way, the runtime is not quiet.
  void begin_job() { jobs_.fetch_add(1, std::memory_order_acq_rel); }
  void end_job();

  // --- The seam (Runtime) ---
  Time now() const override;
  void send(const ActorBase& from, Message* message) override;
  bool may_wait(const Message& message) override { return transport_->may_wait(message); }
  void waits_no_more(const Message& message) override { transport_->waits_no_more(message); }
  void schedule(Time time, Message* message) override;
  void watch_deadline(ActorBase& actor, std::uint32_t slot, std::uint32_t generation, Time deadline,
                      Duration timeout) override;
  void run_blocking(const ActorBase& actor, std::function<absl::Status()> job,
                    Message* done) override;
  absl::StatusOr<ActorId> adopt(std::unique_ptr<ActorBase> actor, Placement placement) override;
  void retire(ActorBase& actor) override;
  Storage* storage() override { return options_.storage == nullptr ? &memory_ : options_.storage; }
  void gave_up_timer(const ActorBase& actor, std::uint32_t slot,
                     std::uint32_t generation) override {
    timers_.give_up(actor.id(), slot, generation);
  }
  Duration default_timeout() const override { return options_.default_timeout; }
  void measure(std::string_view name, double value) override;
  void count(std::string_view name, std::int64_t by) override;
  void report(const ActorBase& from, const Report& report) override;
  void count_drop(DropReason reason) override;
  void note_failure(const ActorBase& actor, const MethodInfo& method,
                    const absl::Status& failure) override;
  internal::ReferenceCodec* references() override {
    return transport_ == nullptr ? nullptr : &transport_->references();
  }
  std::string name_of(ActorId actor) const override;
  // Events come from one thread at a time. When this returns, none comes to the previous observer.
  void observe_with(Observer* observer) override;

 private:
  class Worker;
  class Paused;
  struct Link;

  struct Host {
    std::string name;
    bool up = true;
  };

  // Takes events from all threads, and hands them on one at a time.
  class OneAtATime final : public Observer {
   public:
    void on_event(const Event& event) override;
    void hand_to(Observer* observer);

   private:
    std::mutex mutex_;
    Observer* observer_ = nullptr;
  };

  void begin_outside(internal::PendingCall& call, MessagePtr message, Duration timeout) override;
  void forget_outside(internal::PendingCall& call) override;
  void wait_outside(internal::OutsideCall& call) override;

  // Takes a message to its target, from a host.
  void route(HostId from, Message* message);
  // Gives a message to its cell. In any thread.
  void hand_over(Message* message);
  // While nobody runs:
  bool is_wanted(const Message& message, Time limit);
  void postpone(Message* message);
  void deliver_outside(Message* message);
  void undeliverable(Message* message);
  bool is_down(HostId host) const;

  // Which cell is free for a new actor.
  internal::Cell& take_place();
  void free_place(internal::Cell& cell);
  // Held while the actor of a cell is looked at, or goes out of sight.
  std::mutex& seeing(std::uint32_t index) const { return seeing_[index % seeing_.size()]; }
  // The actor has ended: destroys it. By whoever runs the cell.
  void remove(internal::Cell& cell);

  // Cells are to be run by any worker.
  void enqueue(std::span<internal::Cell* const> cells);
  internal::Cell* dequeue();
  bool has_work() const;
  bool nobody_has_work() const;
  void wake_one();
  bool is_quiet_locked() const;
  // Hands over what is due by the real clock.
  void fire_timers();
  void check_deadlines(ActorBase& actor, std::int64_t& armed, Message* check);
  void arm(ActorId actor, std::int64_t& armed, Time deadline);
  void place_unstarted();
  std::vector<internal::Cell*> occupied() const;

  const ThreadRuntimeOptions options_;
  const std::chrono::steady_clock::time_point started_;
  std::atomic<std::int64_t> virtual_now_ = 0;

  internal::CellTable cells_;
  mutable std::array<std::mutex, 64> seeing_;
  std::mutex free_mutex_;
  std::vector<std::uint32_t> free_cells_;
  std::atomic<std::uint64_t> starts_ = 0;

  mutable std::mutex hosts_mutex_;
  std::deque<Host> hosts_;
  std::atomic<std::uint32_t> host_count_ = 0;
  std::atomic<std::uint32_t> down_hosts_ = 0;

  Transport* transport_ = nullptr;
  MemoryStorage memory_;
  internal::Timers timers_;
  internal::BlockingPool blocking_;
  std::shared_ptr<Link> link_;
  std::atomic<std::int64_t> jobs_ = 0;

  // What no worker has in its own queue.
  mutable std::mutex queue_mutex_;
  std::deque<internal::Cell*> queue_;
  std::atomic<std::size_t> queue_size_ = 0;

  // Workers that have nothing to do wait here.
  mutable std::mutex park_mutex_;
  std::condition_variable wake_;
  std::condition_variable quiet_;  // something that a driver waits for may have come about
  std::atomic<unsigned> idle_ = 0;
  unsigned wake_ups_ = 0;  // that have not been answered
  bool paused_ = false;
  std::atomic<bool> hold_ = false;  // workers shall park, or end
  std::atomic<bool> stopping_ = false;
  // What actors say while they are destroyed is not heard: at the end nothing, in a crash only the
  // answers that their ends make.
  enum class Hearing : std::uint8_t { kAll, kAnswers, kNothing };
  std::atomic<Hearing> hearing_ = Hearing::kAll;
  std::mutex stop_mutex_;

  std::mutex driver_mutex_;  // of the virtual clock

  // Guards outside_ and its calls.
  std::recursive_mutex outside_mutex_;
  std::condition_variable_any answered_;
  std::int64_t outside_armed_ = Message::kNoDeadline;

  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(DropReason::kCount)> drops_{};
  std::atomic<std::uint64_t> outside_messages_ = 0;
  std::mutex loss_mutex_;
  Random loss_;
  mutable std::mutex results_mutex_;
  std::uint64_t failures_ = 0;
  std::string first_failure_;
  Measurements measurements_;
  std::mutex judge_mutex_;
  std::function<void(const ActorBase&, const Report&)> judge_;
  OneAtATime events_;

  std::vector<std::unique_ptr<Worker>> workers_;
};

// A thread that brings messages, in the place of a worker that is parked: it runs the actors that
// they are for, which is sooner than to wake that worker.
//
//   const ThreadRuntime::Visit visit(runtime);
//   runtime.arrive(message);
//
// The actors run when it ends; where that takes longer than a moment, the worker goes on with the
// rest. But one turn of an actor is never interrupted: the thread must be one that can be spared
// for so long. Where no worker is parked, nothing is different from what it is without.
class ThreadRuntime::Visit {
 public:
  explicit Visit(ThreadRuntime& runtime);
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  bool has_place() const { return place_ != nullptr; }

 private:
  ThreadRuntime& runtime_;
  Worker* place_;  // null: there was none
};

}  // namespace troupe
