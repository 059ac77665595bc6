// Peers: all actors of a fixed group, known to each of them from its start on. For algorithms whose
// membership does not change, as Paxos, Raft or an election among numbered processes.
//
//   class Replica : public Actor<Replica> {
//    public:
//     explicit Replica(Peers<Replica> peers) : peers_(std::move(peers)) {}
//    ...
//     for (const Ref<Replica>& other : peers_.others()) other.vote_for(peers_.index(), term_);
//
// In a scenario, the algorithm's factory hands on what Spawning::peers() gives: all that one
// `spawn` of the scenario creates, in its order. In a program, System::install_peers() makes them.
//
// A peer's Ref stays good when its host has crashed and has come back: it then reaches the actor
// that is there now. A message to a peer that has not started yet waits for it. In messages, name a
// peer by its index: self() and sender() are Refs to an actor as it lives now, and so not equal to
// these.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "actor/actor_id.h"
#include "actor/ref.h"

namespace troupe {

template <class A>
class Peers {
 public:
  Peers() = default;
  // `index` is the place of the actor itself.
  Peers(std::vector<Ref<A>> all, std::size_t index) : all_(std::move(all)), index_(index) {}
  // For runtimes.
  Peers(const std::vector<ActorId>& all, std::size_t index) : index_(index) {
    all_.reserve(all.size());
    for (const ActorId id : all) all_.emplace_back(id);
  }

  // In the same order for each of them; with the actor itself.
  const std::vector<Ref<A>>& all() const { return all_; }
  std::size_t size() const { return all_.size(); }
  const Ref<A>& operator[](std::size_t index) const { return all_[index]; }
  // The place of the actor itself.
  std::size_t index() const { return index_; }
  // All but the actor itself, in their order.
  std::vector<Ref<A>> others() const {
    std::vector<Ref<A>> others;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (i != index_) others.push_back(all_[i]);
    }
    return others;
  }
  // The smallest number that is more than half of them.
  std::size_t majority() const { return all_.size() / 2 + 1; }

 private:
  std::vector<Ref<A>> all_;
  std::size_t index_ = 0;
};

}  // namespace troupe
