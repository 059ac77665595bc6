// Pool<A>: the actors of one class that an actor keeps. It forgets those that end, calls all of
// them at once, and picks one for each piece of work.
//
//   class Office : public Actor<Office> {
//    public:
//     Async join(Ref<Worker> worker) { workers_.attach(worker); return {}; }
//     Async announce(std::string text) { workers_.all().hear(text); return {}; }   // everybody
//     Sync<int> work(Task task) { return delegate(workers_.next().work(task)); }   // in turn
//     Parallel<Sync<int>> hard_work(Task task) {                                   // the idlest
//       const Lease<Worker> worker = workers_.least_loaded();
//       co_return co_await worker->work(task);
//     }
//    private:
//     Pool<Worker> workers_{*this};
//   };
//
// A Pool is a member of its actor. Members are in it once, in the order in which they came. Where
// it is empty, next() gives a Ref to nobody, and a call through it fails with NOT_FOUND.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "actor/actor.h"

namespace troupe {

template <class A>
class Pool;

// One piece of work of a pool's member: it counts as load until this is destroyed. Belongs into a
// local variable of a method of the pool's actor.
template <class A>
class [[nodiscard]] Lease {
 public:
  const Ref<A>* operator->() const { return &ref_; }
  const Ref<A>& ref() const { return ref_; }

 private:
  friend class Pool<A>;
  Lease(Ref<A> ref, std::shared_ptr<void> load) : ref_(ref), load_(std::move(load)) {}

  Ref<A> ref_;
  std::shared_ptr<void> load_;  // counted by its owners
};

template <class A>
class Pool {
 public:
  explicit Pool(ActorBase& owner) : owner_(owner) {}

  // False where it is a member already. One that is dead leaves again as soon as that is known.
  bool attach(const Ref<A>& ref) {
    if (find(ref) != members_.end()) return false;
    auto member = std::make_unique<Member>();
    member->pool = this;
    member->ref = ref;
    member->ended = &Pool::member_ended;
    internal::Life::watch(owner_, *member, id_of(ref));
    members_.push_back(std::move(member));
    return true;
  }

  // False where it is no member.
  bool detach(const Ref<A>& ref) {
    const auto member = find(ref);
    if (member == members_.end()) return false;
    internal::Life::unwatch(**member);
    remove(member);
    return true;
  }

  bool contains(const Ref<A>& ref) const {
    return std::any_of(members_.begin(), members_.end(),
                       [&](const auto& member) { return member->ref == ref; });
  }
  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }

  std::vector<Ref<A>> members() const {
    std::vector<Ref<A>> refs;
    refs.reserve(members_.size());
    for (const auto& member : members_) refs.push_back(member->ref);
    return refs;
  }
  // For calls to all of them.
  Multi<A> all() const { return Multi<A>(members()); }

  // Each of them in turn.
  Ref<A> next() {
    if (members_.empty()) return {};
    if (next_ >= members_.size()) next_ = 0;
    return members_[next_++]->ref;
  }

  // One with the fewest leases; among those, the one that has been a member the longest.
  Lease<A> least_loaded() {
    if (members_.empty()) return {{}, nullptr};
    const auto idlest = std::min_element(
        members_.begin(), members_.end(),
        [](const auto& a, const auto& b) { return a->load.use_count() < b->load.use_count(); });
    return {(*idlest)->ref, (*idlest)->load};
  }

 private:
  struct Member : internal::Watch {
    Pool* pool = nullptr;
    Ref<A> ref;
    std::shared_ptr<void> load = std::make_shared<char>();
  };
  using Members = std::vector<std::unique_ptr<Member>>;

  static void member_ended(internal::Watch& watch, Exit) {
    Pool& pool = *static_cast<Member&>(watch).pool;
    pool.remove(pool.find(static_cast<Member&>(watch).ref));
  }

  Members::iterator find(const Ref<A>& ref) {
    return std::find_if(members_.begin(), members_.end(),
                        [&](const auto& member) { return member->ref == ref; });
  }
  // Whose turn it is stays so.
  void remove(Members::iterator member) {
    if (static_cast<std::size_t>(member - members_.begin()) < next_) --next_;
    members_.erase(member);
  }

  ActorBase& owner_;
  Members members_;
  std::size_t next_ = 0;
};

}  // namespace troupe
