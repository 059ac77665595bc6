// System: a world of actors as the program around it sees it: main(), a test, a thread of a server.
//
//   void demo(System& system) {
//     Ref<Counter> counter = system.spawn<Counter>(system.add_host());
//     system.act([&] { counter.add(5); });                        // one-way: not waited for
//     absl::StatusOr<int> total = system.ask(counter.total());    // waits for the answer
//     int or_none = system.ask(counter.total().within(1s)).value_or(0);
//   }
//
//   sim::Simulator simulator({.seed = 7});      demo(simulator);   // one line chooses the world
//   ThreadRuntime threads({.threads = 2});      demo(threads);
//
// Every call has a deadline, so ask() comes back; also when the callee or its host dies. In an
// actor, co_await instead: asking would keep its thread.
#pragma once

#include <atomic>
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
#include "actor/peers.h"
#include "actor/runtime.h"

namespace troupe {

namespace internal {

// A call from outside every actor.
struct OutsideCall : PendingCall {
  OutsideCall() {
    completed = [](PendingCall& call) {
      static_cast<OutsideCall&>(call).done.store(true, std::memory_order_release);
    };
  }
  std::atomic<bool> done = false;
};

}  // namespace internal

class System;

// A call from outside that nobody waits for yet: see System::begin(). Ends before its System.
template <class T>
class [[nodiscard("the call is forgotten when its Question ends")]] Question {
 public:
  Question(System& system, std::unique_ptr<internal::OutsideCall> call)
      : system_(&system), call_(std::move(call)) {}
  Question(Question&&) = default;
  Question& operator=(Question&&) = delete;
  ~Question();

  bool done() const { return call_->done.load(std::memory_order_acquire); }
  // Waits for the answer. Once.
  absl::StatusOr<internal::Value<T>> answer();

 private:
  System* system_;
  std::unique_ptr<internal::OutsideCall> call_;
};

class System : public Runtime {
 public:
  // --- Building ---

  // Without a name a host is called n and its number.
  virtual HostId add_host(std::string name = {}) = 0;
  virtual std::size_t host_count() const = 0;

  // A wrong host is a mistake of the program's author: it says so and aborts.
  template <class A, class... Arguments>
  Ref<A> spawn(HostId host, Arguments&&... arguments) {
    return Ref<A>(adopt_or_abort(new_actor<A>(std::forward<Arguments>(arguments)...), host));
  }

  // --- Actors that belong to their host ---

  // A new actor with this name, now; and again, from copies of the same arguments, whenever the
  // host is restored after a crash. It has what SAVED names as it was. The Ref stays good all the
  // time. A name that is taken is a mistake of the program's author.
  template <class A, class... Arguments>
  Ref<A> install(HostId host, std::string name, Arguments... arguments) {
    const ActorId place = new_place(host, name);
    install_at(
        place, std::move(name), internal::class_name_of<A>(),
        [... arguments = std::move(arguments)] { return internal::make_actor<A>(arguments...); });
    return Ref<A>(place);
  }
  // One on each of these hosts, in this order, which know each other: the constructor of A gets
  // their Peers before the arguments. See peers.h.
  template <class A, class... Arguments>
  std::vector<Ref<A>> install_peers(const std::vector<HostId>& hosts, const std::string& name,
                                    Arguments... arguments) {
    std::vector<Ref<A>> all;
    all.reserve(hosts.size());
    for (const HostId host : hosts) all.emplace_back(new_place(host, name));
    for (std::size_t i = 0; i < all.size(); ++i) {
      install_at(id_of(all[i]), name, internal::class_name_of<A>(),
                 [peers = Peers<A>(all, i), arguments...] {
                   return internal::make_actor<A>(peers, arguments...);
                 });
    }
    return all;
  }

  // --- Calling ---

  // Calls an actor and waits for the answer. No network is between.
  template <class T>
  absl::StatusOr<internal::Value<T>> ask(Call<T> call) {
    return begin(std::move(call)).answer();
  }

  // Calls many, all at once, and waits for all. The answers are in the order of the calls.
  template <class T>
  std::vector<absl::StatusOr<internal::Value<T>>> ask_all(std::vector<Call<T>> calls) {
    std::vector<Question<T>> questions;
    questions.reserve(calls.size());
    for (Call<T>& call : calls) questions.push_back(begin(std::move(call)));
    std::vector<absl::StatusOr<internal::Value<T>>> answers;
    answers.reserve(calls.size());
    for (Question<T>& question : questions) answers.push_back(question.answer());
    return answers;
  }

  // Calls an actor, and does not wait.
  template <class T>
  Question<T> begin(Call<T> call) {
    auto open = std::make_unique<internal::OutsideCall>();
    const Duration timeout = call.timeout();
    begin_outside(*open, std::move(call).release(), timeout);
    return Question<T>(*this, std::move(open));
  }

  // Runs `body` as somebody who can call actors but does not wait: for Async methods.
  template <class Body>
  void act(Body&& body) {
    internal::CurrentActivation scope(&outside_activation_);
    std::forward<Body>(body)();
  }

  // Sends a one-way message from outside.
  void tell_outside(MessagePtr message) {
    internal::Turns::one_way(outside_activation_, message.release());
  }

  // --- Running ---

  // Until `done` holds, but not past `end`. Gives whether it holds.
  virtual bool run_until(const std::function<bool()>& done, Time end = kNever) = 0;
  virtual void run_until(Time end) = 0;
  void run_for(Duration span) { run_until(saturated_sum(now(), span)); }
  // Until nothing can happen any more. Does not end where a timer goes on for ever.
  virtual void run_until_quiet() = 0;

  // --- Ending ---

  // Stops all actors in an orderly way: on each host one after the other, in the reverse order of
  // their starts, with their on_stop(); hosts side by side. Those that have not ended when the time
  // is over are killed; gives their names. Afterwards the system can be used again.
  std::vector<std::string> shutdown(Duration timeout);

  // Stops these, after the messages that they have before this, and waits for their ends. Gives how
  // each has ended: NOT_FOUND where it had before.
  template <class A>
  std::vector<absl::StatusOr<Exit>> stop(const std::vector<Ref<A>>& actors, Duration timeout) {
    std::vector<Call<Exit>> calls;
    for (const Ref<A>& actor : actors) {
      calls.push_back(Call<Exit>(internal::Life::end_call(id_of(actor), absl::OkStatus(), false))
                          .within(timeout));
    }
    return ask_all(std::move(calls));
  }

  // --- Faults ---

  // The host is gone with all its actors; open calls to them fail with UNAVAILABLE.
  virtual void crash(HostId host) = 0;
  // It is there again, with the actors that were installed on it and nobody else.
  virtual void restore(HostId host) = 0;

  // --- Seeing ---

  virtual std::string first_failure() const = 0;
  // Every open call: who waits for whom, since when. One line each; nothing where nobody waits.
  virtual std::vector<std::string> who_waits() = 0;

 protected:
  template <class T>
  friend class Question;

  static constexpr HostId kOutside = kOutsideHost;

  System();

  // Makes a call from outside. When it is answered, call.completed is called. The call stays where
  // it is until then, or until forget_outside().
  virtual void begin_outside(internal::PendingCall& call, MessagePtr message, Duration timeout) = 0;
  virtual void forget_outside(internal::PendingCall& call) = 0;
  // Until the call is done, or nothing is left that could answer it.
  virtual void wait_outside(internal::OutsideCall& call) = 0;

  // Nobody is there for a message: shows and counts that. Gives the answer for its caller, to be
  // sent on; null where nobody waits.
  Message* refuse(Message* message, bool host_is_down);
  // Adds a line for each open call of an actor that stands still.
  void list_waits(ActorBase& actor, std::vector<std::string>& lines) const;

  ActorId adopt_or_abort(std::unique_ptr<ActorBase> actor, HostId host);

  // The host is up again: starts what was installed on it, in the order of its installation.
  void start_installed(HostId host);

  // Whoever is outside: an actor that is nowhere and has no methods.
  class Outside final : public ActorBase {
   public:
    const ActorType& type() const override;
  };
  Outside outside_;
  internal::Activation outside_activation_;

 private:
  struct Installed {
    ActorId place;
    std::string name;
    std::string_view class_name;
    internal::MakeActor make;
  };

  // A stable reference to what will have this name.
  ActorId new_place(HostId host, const std::string& name);
  void install_at(ActorId place, std::string name, std::string_view class_name,
                  internal::MakeActor make);
  void start(const Installed& installed);

  std::mutex installed_mutex_;
  std::vector<Installed> installed_;
};

template <class T>
Question<T>::~Question() {
  if (call_ != nullptr) system_->forget_outside(*call_);
}

template <class T>
absl::StatusOr<internal::Value<T>> Question<T>::answer() {
  system_->wait_outside(*call_);
  if (!done()) return absl::UnavailableError("nothing is left that could answer the call");
  if (call_->failed()) return call_->failure();
  return call_->template take<internal::Value<T>>();
}

}  // namespace troupe
