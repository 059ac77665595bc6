// What is behind a Future, as far as its type does not matter: who waits for it, and what hangs on
// it. It belongs to one actor, and is touched in that actor's turns alone.
//
// A future's call is nobody's method: the reply of a call that a method made must not wait for that
// method to end. But where the method that keeps the turn waits for the future, nothing else may
// run, and the reply must come through: the method is lent the call while it waits.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actor/internal/coroutine.h"

namespace troupe::internal {

class FutureStateBase;

// A method that waits for a future: lives in the frame that waits.
struct FutureWait : PendingCall {
  std::shared_ptr<FutureStateBase> state;
  bool lent = false;  // the waiting method keeps the turn

  FutureWait() { kind = WaitKind::kFuture; }
  ~FutureWait();
};

// Whether the future is done, also by answers that wait for the turn which the method keeps.
bool is_done(FutureWait& wait);
// The waiting method goes on when the future is done. Else says why it does not wait.
absl::Status begin(FutureWait& wait, Duration timeout);

// What then() was given: runs as a message when `future` is done.
class Continuation {
 public:
  virtual ~Continuation() = default;
  virtual void run() = 0;
  std::shared_ptr<FutureStateBase> future;  // once it is done
};

class FutureStateBase : public std::enable_shared_from_this<FutureStateBase> {
 public:
  FutureStateBase() = default;
  FutureStateBase(const FutureStateBase&) = delete;
  FutureStateBase& operator=(const FutureStateBase&) = delete;
  virtual ~FutureStateBase() = default;

  bool done() const { return done_; }
  // Of one that is done: ok where it has a value.
  virtual absl::Status failure() const = 0;

  // Lends the calls behind this to the method that keeps the turn; null: takes them back.
  virtual void lend_to(Activation* holder) { static_cast<void>(holder); }
  // Whether it can be done while the actor handles nothing but answers to the calls behind it.
  virtual bool can_be_done_by_answers() const { return false; }
  // For a text that goes on with "within 2s": "Store.get of Store@n1 did not answer".
  virtual std::string describe() const { return "nobody completed the future"; }
  // The first callee that has not answered, if any.
  virtual ActorId callee() const { return {}; }

  // The actor whose future this is; null where it has not been used yet.
  ActorBase* actor = nullptr;

  void add_wait(FutureWait& wait) { waits_.push_back(&wait); }
  void remove_wait(FutureWait& wait) { std::erase(waits_, &wait); }
  void add_dependent(const std::shared_ptr<FutureStateBase>& dependent) {
    dependents_.push_back(dependent);
  }
  // Sends `continuation` to the running actor when this is done.
  void add_continuation(std::unique_ptr<Continuation> continuation);
  // The actor has ended: nothing will come.
  void drop_continuations() { continuations_.clear(); }

 protected:
  // One of those that this depends on is done.
  virtual void source_done(FutureStateBase& source) { static_cast<void>(source); }
  // The result has been set: tells everybody.
  void finish();

 private:
  bool done_ = false;
  std::vector<FutureWait*> waits_;
  std::vector<std::weak_ptr<FutureStateBase>> dependents_;
  std::vector<std::unique_ptr<Continuation>> continuations_;
  std::list<std::shared_ptr<FutureStateBase>>::iterator kept_;  // where there are continuations
};

}  // namespace troupe::internal
