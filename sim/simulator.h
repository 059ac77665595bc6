// Simulator: a whole distributed system in one thread, with virtual time and one seed.
//
//   Simulator simulator({.seed = 7, .network = {.latency = scenario::Constant{20ms}}});
//   Ref<Counter> counter = simulator.spawn<Counter>(simulator.add_host());
//   simulator.act([&] { counter.add(5); });                       // as somebody outside
//   absl::StatusOr<int> total = simulator.ask(counter.total());   // runs until the answer
//   simulator.run_for(10min);
//
// The same seed gives the same events in the same order on every machine: event_hash() tells.
// Two simulators in one process share nothing; one is used from one thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "actor/algorithm.h"
#include "actor/measurements.h"
#include "actor/runtime.h"
#include "actor/system.h"
#include "scenario/disk.h"
#include "scenario/network.h"
#include "sim/choice.h"
#include "sim/deadlines.h"
#include "sim/disk.h"
#include "sim/event_queue.h"
#include "sim/faults.h"
#include "sim/network.h"
#include "sim/uplinks.h"

namespace troupe::sim {

struct SimulatorOptions {
  std::uint64_t seed = 1;
  scenario::Network network = {};
  Duration default_timeout = std::chrono::seconds(2);  // of calls that say none
  // Encodes and decodes every message, as between real hosts. Same results, slower.
  bool encode_everything = false;
  // Whether begin_link_change() will be called: a network that never changes is quicker.
  bool links_change = false;
  // Virtual time stands still where actors go on doing things that take none. So many events, and
  // kMoreEventsForAHost for each host, may happen at one time; see on_standstill().
  std::uint64_t most_events_at_once = 10'000'000;
  scenario::Disk disk = {};
};

class Simulator final : public System {
 public:
  static constexpr std::uint64_t kMoreEventsForAHost = 1000;

  explicit Simulator(SimulatorOptions options = {});
  ~Simulator() override;

  // --- Building ---

  HostId add_host(std::string name = {}) override;
  void reserve(std::size_t hosts);
  std::size_t host_count() const override { return hosts_.size(); }
  bool is_up(HostId host) const { return host < hosts_.size() && hosts_[host].up; }

  // --- Running ---

  void run_until_quiet() override;
  void run_until(Time end) override;
  // `done` is looked at after every event.
  bool run_until(const std::function<bool()>& done, Time end = kNever) override;
  // Handles the next event if there is one at `limit` or before.
  bool step(Time limit = kNever);

  // Called, once, when more events happen at one virtual time than the options allow, with a text
  // that names the time and the actors that do not let it go on. Without a handler, the program
  // writes that text to standard error and aborts, since no run_for() would come to its end.
  void on_standstill(std::function<void(const std::string& what)> handler) {
    standstill_handler_ = std::move(handler);
  }

  // --- From outside ---

  // Events that follow from what somebody outside does just now do not count as standing still.
  void note_activity_outside() { start_of_standstill_ = events_; }

  // Makes a call from outside. When it is answered, pending.reply is set and pending.completed
  // is called, if given. `pending` stays where it is until then, or ends the call by going.
  void begin_outside(internal::PendingCall& pending, MessagePtr message, Duration timeout) override;
  template <class T>
  void begin_outside(internal::PendingCall& pending, Call<T> call) {
    const Duration timeout = call.timeout();
    begin_outside(pending, std::move(call).release(), timeout);
  }

  // The actor's own state, to prepare or to look at. Null where it has ended.
  template <class A>
  A* find(const Ref<A>& ref) {
    return static_cast<A*>(find(true_id(id_of(ref))));
  }
  ActorBase* find(ActorId id);

  // --- Faults: see faults.h for what they are ---

  void crash(HostId host) override;
  void restore(HostId host) override;
  SimulatedDisk* storage() override { return &disk_; }

  // Messages that would have to cross a partition are lost; what is under way when it begins still
  // arrives. What is never lost by chance (see Runtime::send) arrives when it has healed.
  PartitionId partition(Partition partition);
  PartitionId cut(Cut cut);
  void heal(PartitionId id);

  // A paused host handles nothing, and its deadlines do not pass, until no pause holds it any more:
  // then all that has come meanwhile is handled at once, in order. Others see it only be silent.
  // A crash ends all pauses of the host, and pauses none that is down: that gives 0.
  FaultId pause(HostId host);
  void end_pause(HostId host, FaultId id);  // this one, where it still holds
  void resume(HostId host);                 // all that hold

  // slow() supersedes what has begun before, for good; what begin_slow() begins ends with
  // end_slow() or a crash. Nothing happens to a host that is down: that gives 0.
  void slow(HostId host, Duration each_message);
  FaultId begin_slow(HostId host, Duration each_message);
  void end_slow(HostId host, FaultId id);

  // Actor::now() and timers that are set from now on go by the clock of their host. Deadlines of
  // calls do not, and neither do timers and sleeps that run already. set_clock() supersedes what
  // has begun before, for good; what begin_clock() begins ends with end_clock().
  void set_clock(HostId host, Duration ahead, double drift);
  FaultId begin_clock(HostId host, Duration ahead, double drift);
  void end_clock(HostId host, FaultId id);

  // From now on, messages between these hosts travel otherwise. Requires
  // SimulatorOptions::links_change.
  FaultId begin_link_change(LinkChange change);
  void end_link_change(FaultId id);

  const Faults& faults() const { return faults_; }

  // --- Results ---

  // A rolling hash of every event so far.
  std::uint64_t event_hash() const { return hash_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t messages() const override { return messages_; }
  std::uint64_t drops(DropReason reason) const override {
    return drops_[static_cast<std::size_t>(reason)];
  }
  std::uint64_t duplicates() const { return duplicates_; }  // messages that the network doubled
  std::uint64_t failures() const override { return failures_; }
  std::string first_failure() const override { return first_failure_; }
  Measurements& measurements() { return measurements_; }
  const Measurements& measurements() const { return measurements_; }
  Choices& choices() { return choices_; }
  std::uint64_t seed() const { return options_.seed; }
  World& world() { return world_; }

  // From now on, notes whom World::name_of() is asked for; null: nobody does.
  void note_names_in(std::vector<ActorId>* names) { world_.note_names_in(names); }

  // Called for each actor's report, in its turn.
  void on_report(std::function<void(const ActorBase&, const Report&)> judge) {
    judge_ = std::move(judge);
  }

  // Called with the running hash after every event, for comparing two runs.
  void on_hash(std::function<void(std::uint64_t events, std::uint64_t hash)> watcher) {
    hash_watcher_ = std::move(watcher);
  }

  // Whether no message and no timer is left.
  bool is_quiet() const { return queue_.size() == 0; }
  // Messages and timers that are still to come.
  std::size_t pending() const { return queue_.size(); }

  std::vector<std::string> who_waits() override;

  // --- The seam (Runtime) ---
  Time now() const override { return now_; }
  void send(const ActorBase& from, Message* message) override;
  void schedule(Time time, Message* message) override;
  void watch_deadline(ActorBase& actor, std::uint32_t slot, std::uint32_t generation, Time deadline,
                      Duration timeout) override;
  void run_blocking(const ActorBase& actor, std::function<absl::Status()> job,
                    Message* done) override;
  absl::StatusOr<ActorId> adopt(std::unique_ptr<ActorBase> actor, Placement placement) override;
  void retire(ActorBase& actor) override;
  void gave_up_timer(const ActorBase&, std::uint32_t, std::uint32_t) override {
    if (++given_up_ > kGivenUpAtLeast && given_up_ > queue_.size() / 2) drop_given_up();
  }
  Duration default_timeout() const override { return options_.default_timeout; }
  void measure(std::string_view name, double value) override { measurements_.add(name, value); }
  void count(std::string_view name, std::int64_t by) override { measurements_.count(name, by); }
  void report(const ActorBase& from, const Report& report) override {
    if (judge_) judge_(from, report);
  }
  void count_drop(DropReason reason) override { ++drops_[static_cast<std::size_t>(reason)]; }
  void note_failure(const ActorBase& actor, const MethodInfo& method,
                    const absl::Status& failure) override;
  std::string name_of(ActorId actor) const override;
  std::string host_name(HostId host) const override;
  std::optional<HostId> find_host(std::string_view name) const override;
  const ActorType* type_of(ActorId actor) const override;
  void visit_actors(HostId host, const std::function<void(const ActorBase&)>& visit) const override;
  std::string explain(const internal::PendingCall& pending) const override;

 private:
  static constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  // So many timers that nobody wants may wait in any case.
  static constexpr std::size_t kGivenUpAtLeast = 1024;

  struct Slot {
    ActorBase* actor = nullptr;  // owned
    std::uint32_t incarnation = 0;
    std::uint32_t next = kNobody;      // on the same host, or in the list of free slots
    std::uint32_t previous = kNobody;  // on the same host
    std::uint32_t ordinal = 0;         // counts the actors of its class on its host, from 1
  };
  struct Host {
    std::uint32_t first = kNobody;  // of its actors
    bool up = true;
    // How many actors of the class that was here first have been started; see count_actor().
    std::uint32_t of_first_type = 0;
    const ActorType* first_type = nullptr;
  };
  // What is known of an actor that has ended.
  struct Ended {
    const ActorType* type = nullptr;
    std::uint32_t ordinal = 0;
  };

  class SimulatedWorld final : public World {
   public:
    explicit SimulatedWorld(Simulator& simulator) : simulator_(simulator) {}
    Time now() const override { return simulator_.now_; }
    std::vector<ActorBase*> everybody() const override;
    std::string name_of(ActorId actor) const override {
      if (names_ != nullptr) names_->push_back(actor);
      return simulator_.name_of(actor);
    }
    void note_names_in(std::vector<ActorId>* names) { names_ = names; }
    std::uint64_t changes() const override { return simulator_.changes_; }
    void measure(std::string_view name, double value) const override {
      simulator_.measurements_.add(name, value);
    }
    void count(std::string_view name, std::int64_t by) const override {
      simulator_.measurements_.count(name, by);
    }

   private:
    Simulator& simulator_;
    std::vector<ActorId>* names_ = nullptr;
  };

  void forget_outside(internal::PendingCall& call) override;
  void wait_outside(internal::OutsideCall& call) override;
  void route(HostId from, Message* message);
  void pass(HostId from, Message* message);
  void travel(HostId from, Message* message);
  void depart(Message* departure);
  void lose_uplink(HostId host);
  Message* copy_of(const Message& message) const;
  void show_copy(const Message& copy);
  void cut_off(HostId from, Message* message);
  bool holds_back(Message* message);
  void let_go(HostId host);
  void go_on(HostId host);
  void note_slowness(HostId host);
  void note_clock(HostId host);
  void count_fault(std::uint64_t kind, HostId host);
  void note(const std::string& what) const;
  Time shown_by_clock(HostId host) const override { return faults_.clock_of(host, now_); }
  Duration measured_by_clock(HostId host, Duration span) const override {
    return faults_.true_span(host, span);
  }
  void deliver(Message* message);
  // Whether it is a timer that was cancelled or whose actor has ended, or wakes a sleeper that is
  // gone.
  bool is_given_up(const Message& message);
  void give_up(Message* message);
  void drop_given_up();
  void undeliverable(Message* message);
  bool recode(Message* message);
  void malformed(const ActorBase& from, Message* message);
  void drop(Message* message, DropReason reason);
  bool expire_one();
  void prefetch() const;
  void remove(std::uint32_t index);
  std::uint32_t count_actor(HostId host, const ActorType& type);
  void remember(const ActorBase& actor, std::uint32_t ordinal);
  std::string name_of(HostId host, const ActorType& type, std::uint32_t ordinal) const;
  void count_event(const Message& message);
  void observe_crash(ActorId actor, const std::string& host);
  void end_of_turn();
  void look_whether_time_goes_on(Time time, ActorId actor);
  std::string describe_standstill() const;

  SimulatorOptions options_;
  Choices choices_;
  Network network_;
  Uplinks uplinks_;
  Time now_{};
  EventQueue queue_;
  std::size_t given_up_ = 0;  // timers in the queue that nobody wants any more, at most
  Deadlines deadlines_;
  std::vector<Slot> slots_;
  std::uint32_t free_slot_ = kNobody;
  std::vector<Host> hosts_;
  std::vector<std::pair<HostId, std::string>> host_names_;  // those that were given, in order
  std::vector<std::uint32_t> ended_;                        // to be destroyed after the turn
  // How many actors of each further class have been started on a host. Never iterated.
  absl::flat_hash_map<std::pair<HostId, const ActorType*>, std::uint32_t> of_further_types_;
  // Of the last actors that have ended, for their names. Never iterated.
  absl::flat_hash_map<ActorId, Ended> remembered_;
  std::deque<ActorId> remembered_order_;
  Faults faults_;
  SimulatedDisk disk_;
  struct AtPausedHost {
    std::vector<Message*> messages;  // owned; in the order of their arrival
    std::vector<Deadlines::Entry> deadlines;
  };
  std::map<HostId, AtPausedHost> held_;
  std::vector<std::pair<HostId, Message*>> cut_off_;  // owned; with where they come from, in order
  bool closing_ = false;
  std::uint64_t changes_ = 0;  // spawns and ends
  bool crashing_ = false;

  std::uint64_t hash_ = 0;
  std::uint64_t events_ = 0;
  // Whether time goes on is looked at when so many events have happened.
  std::uint64_t next_look_at_time_ = 0;
  Time standing_at_{};                     // the time of the last look
  std::uint64_t start_of_standstill_ = 0;  // in events
  std::map<ActorId, std::uint64_t>
      standing_;  // who had the last events; empty until it is too long
  std::function<void(const std::string&)> standstill_handler_;
  std::uint64_t messages_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t failures_ = 0;
  std::string first_failure_;
  std::array<std::uint64_t, static_cast<std::size_t>(DropReason::kCount)> drops_{};
  Measurements measurements_;
  std::function<void(const ActorBase&, const Report&)> judge_;
  std::function<void(std::uint64_t, std::uint64_t)> hash_watcher_;
  SimulatedWorld world_{*this};
};

}  // namespace troupe::sim
