// Multi<A>: many actors, called at once. It has the same methods as Ref<A>.
//
//   Multi<Acceptor> all(acceptors);
//   all.learn(value);                                         // Async: each gets it once
//   auto answers = co_await all.prepare(ballot).within(1s);   // map of Ref -> StatusOr<Promise>
//   auto quorum = co_await all.prepare(ballot).at_least(majority).within(1s);
//
// The answers come as a map from Ref to StatusOr. Without at_least(), all members are waited for,
// each until its answer or the one overall deadline: a partial result is still a result. With
// at_least(k), the method goes on with the k-th success, and fails with UNAVAILABLE as soon as k
// successes are out of reach. The rest is not waited for: late replies are dropped.
//
//   const int value = co_await all.read(key).first().within(1s);   // of whoever succeeds first
//
// A member is in it once, however often it is named. attach(all, ref) and detach(all, ref) change
// it; they are functions so that a method of A may have any name. A Pool (pool.h) forgets members
// that end.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "actor/call.h"
#include "actor/error.h"
#include "actor/ref.h"

namespace troupe {

template <class A, class T>
class MultiCall;

template <class A>
class Multi : public internal::InterfaceOf<A>::template Methods<Multi<A>> {
 public:
  Multi() = default;
  explicit Multi(std::vector<Ref<A>> members) : members_(std::move(members)) {
    std::set<Ref<A>> seen;
    std::erase_if(members_, [&](const Ref<A>& member) { return !seen.insert(member).second; });
  }

  friend const std::vector<Ref<A>>& members_of(const Multi& multi) { return multi.members_; }
  // False where it is a member already.
  friend bool attach(Multi& multi, const Ref<A>& ref) {
    const auto& members = multi.members_;
    if (std::find(members.begin(), members.end(), ref) != members.end()) return false;
    multi.members_.push_back(ref);
    return true;
  }
  // False where it is no member.
  friend bool detach(Multi& multi, const Ref<A>& ref) {
    return std::erase(multi.members_, ref) > 0;
  }

 private:
  std::vector<Ref<A>> members_;
};

namespace internal {

// Waits for many calls at once. Lives in the waiting frame.
template <class A, class T>
class MultiAwaiter {
 public:
  using Answers = std::map<Ref<A>, absl::StatusOr<Value<T>>>;

  MultiAwaiter(std::vector<MessagePtr> messages, std::size_t needed, bool quorum, Duration timeout)
      : messages_(std::move(messages)), needed_(needed), quorum_(quorum), timeout_(timeout) {}

  bool await_ready() const { return messages_.empty() && needed_ == 0; }

  template <class P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    waiter_ = &handle.promise();
    left_ = messages_.size();
    if (left_ < needed_) {
      give_up();
      return true;
    }
    for (MessagePtr& message : messages_) {
      auto one = std::make_unique<One>();
      one->all = this;
      one->member = Ref<A>(message->target);
      one->pending.completed = &MultiAwaiter::one_completed;
      begin_call(*waiter_->activation, one->pending, message.release(), timeout_);
      calls_.push_back(std::move(one));
    }
    if (!quorum_ || needed_ > 0) return true;
    forget_the_rest();  // Nobody's answer is needed.
    return false;
  }

  Answers await_resume() { return std::move(answers_); }

 private:
  struct One {
    PendingCall pending;  // first: `completed` gets its address
    MultiAwaiter* all = nullptr;
    Ref<A> member;
  };

  static void one_completed(PendingCall& pending) {
    One& one = reinterpret_cast<One&>(pending);
    MultiAwaiter& all = *one.all;
    --all.left_;
    if (pending.failed()) {
      all.answers_.insert_or_assign(one.member, pending.failure());
    } else {
      ++all.successes_;
      all.answers_.insert_or_assign(one.member, pending.template take<Value<T>>());
    }
    if (all.quorum_ ? all.successes_ == all.needed_ : all.left_ == 0) {
      all.go_on();
    } else if (all.quorum_ && all.successes_ + all.left_ < all.needed_) {
      all.go_on_failed();
    }
  }

  void go_on() {
    PromiseBase& waiter = *waiter_;
    forget_the_rest();
    Turns::resume(*waiter.activation, waiter.handle);
  }
  void go_on_failed() {
    PromiseBase& waiter = *waiter_;
    forget_the_rest();
    give_up();
    Turns::resume_failed(*waiter.activation);
  }
  void give_up() {
    std::string text = absl::StrCat("of ", messages_.size(), " actors, ", successes_, " answered; ",
                                    needed_, " were needed");
    for (const auto& [member, answer] : answers_) {
      if (!answer.ok()) {
        absl::StrAppend(&text, "; the first failure: ", to_string(answer.status()));
        break;
      }
    }
    waiter_->fail(absl::UnavailableError(text));
  }
  void forget_the_rest() {
    for (auto& one : calls_) {
      if (one->pending.activation != nullptr) Turns::forget(one->pending);
    }
  }

  std::vector<MessagePtr> messages_;
  std::size_t needed_;
  bool quorum_;
  Duration timeout_;
  PromiseBase* waiter_ = nullptr;
  std::size_t left_ = 0;
  std::size_t successes_ = 0;
  std::vector<std::unique_ptr<One>> calls_;
  Answers answers_;
};

// The first success alone.
template <class A, class T>
class FirstAwaiter : public MultiAwaiter<A, T> {
 public:
  FirstAwaiter(std::vector<MessagePtr> messages, Duration timeout)
      : MultiAwaiter<A, T>(std::move(messages), 1, true, timeout) {}

  T await_resume() {
    auto answers = MultiAwaiter<A, T>::await_resume();
    for (auto& [member, answer] : answers) {
      if constexpr (!std::is_void_v<T>) {
        if (answer.ok()) return *std::move(answer);
      }
    }
    if constexpr (!std::is_void_v<T>) std::abort();  // It resumes with a success or not at all.
  }
};

}  // namespace internal

// What first() gives: await it.
template <class A, class T>
class [[nodiscard("calls are sent when they are awaited: write co_await")]] FirstCall {
 public:
  FirstCall(std::vector<MessagePtr> messages, Duration timeout)
      : messages_(std::move(messages)), timeout_(timeout) {}
  FirstCall within(Duration timeout) && {
    timeout_ = timeout > Duration::zero() ? timeout : Duration(1);
    return std::move(*this);
  }
  auto troupe_awaiter() && { return internal::FirstAwaiter<A, T>(std::move(messages_), timeout_); }

 private:
  std::vector<MessagePtr> messages_;
  Duration timeout_;
};

template <class A, class T>
class [[nodiscard("calls are sent when they are awaited: write co_await")]] MultiCall {
 public:
  explicit MultiCall(std::vector<MessagePtr> messages) : messages_(std::move(messages)) {}

  // The one deadline of all the calls.
  MultiCall within(Duration timeout) && {
    timeout_ = timeout > Duration::zero() ? timeout : Duration(1);
    return std::move(*this);
  }
  // Members stop working on what is no longer waited for: see Call.
  MultiCall cancel_if_abandoned() && {
    for (MessagePtr& message : messages_) message->cancel_if_abandoned = true;
    return std::move(*this);
  }
  // Goes on with this many successes.
  MultiCall at_least(std::size_t successes) && {
    needed_ = successes;
    quorum_ = true;
    return std::move(*this);
  }

  // Goes on with the first success, and gives it without its member.
  FirstCall<A, T> first() && { return {std::move(messages_), timeout_}; }

  auto troupe_awaiter() && {
    return internal::MultiAwaiter<A, T>(std::move(messages_), needed_, quorum_, timeout_);
  }

 private:
  std::vector<MessagePtr> messages_;
  std::size_t needed_ = 0;
  bool quorum_ = false;
  Duration timeout_{};
};

template <auto kMethod, internal::FixedString kActor, internal::FixedString kName, class A,
          class... Arguments>
auto call_through(const Multi<A>& multi, const Arguments&... arguments) {
  using Traits = internal::MethodTraits<decltype(kMethod)>;
  if constexpr (Traits::check() && Traits::kAnnotated) {
    if constexpr (Traits::Return::kOneWay) {
      for (const Ref<A>& member : members_of(multi)) {
        call_through<kMethod, kActor, kName>(member, arguments...);
      }
    } else {
      std::vector<MessagePtr> messages;
      messages.reserve(members_of(multi).size());
      for (const Ref<A>& member : members_of(multi)) {
        messages.push_back(
            internal::make_call<kMethod, kActor, kName>(id_of(member), arguments...));
      }
      return MultiCall<A, typename Traits::Return::Result>(std::move(messages));
    }
  }
}

}  // namespace troupe
