// RemoteRing: a Chord ring whose nodes are in processes of their own, and who should own what.
//
//   RemoteRing ring({.bits = 6, .successors = 3, .processes = 10});
//   ring.join(0, 8);                        // on the first of them, a node with the identifier 8
//   ASSERT_TRUE(ring.settles(true)) << ring.difference(true);
//   ring.find(8, 54)->owner.id;
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/random.h"
#include "tests/remote/actors.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {

struct RemoteRingOptions {
  int bits = 16;
  std::uint64_t successors = 8;
  std::size_t processes = 1;
  // Of process number i, from 0: all of them on loopback where this is not said.
  std::function<RemoteHostOptions(std::size_t i)> host = {};
  std::function<std::vector<std::string>(std::size_t i)> prefix = {};
  RemoteHostOptions here = {};
};

class RemoteRing {
 public:
  explicit RemoteRing(RemoteRingOptions options);

  // A node on this process. Another with the same identifier is none.
  void join(std::size_t process, chord::Id id);
  // The same without waiting until it has joined. Where it is on no process, it is on here().
  void plant(std::optional<std::size_t> process, chord::Id id, Ref<chord::RingNode> contact);
  Ref<chord::RingNode> node(chord::Id id) const { return nodes_.at(id).ref; }
  // The nodes of the process are gone with it.
  void forget(std::size_t process);
  // The process is killed, with all its nodes.
  void kill(std::size_t process);
  // From now on the ring is that of the nodes on these processes; all of them where none are named.
  void look_at(const std::vector<std::size_t>& processes);

  RemoteHost& here() { return *here_; }
  HostProcess& process(std::size_t i) { return *processes_.at(i); }
  std::size_t size() const { return nodes_.size(); }
  std::vector<chord::Table> tables();

  // Whether all tables become what a sorted set says; within a time in which they surely do.
  bool settles(bool fingers);
  // "" where they are; else the first difference.
  std::string difference(bool fingers);

  absl::StatusOr<chord::Found> find(chord::Id from, chord::Id key);
  chord::Id owner(chord::Id key) const;  // by the sorted set
  // Looks random keys up from random nodes; "" where all are right, else what was wrong.
  std::string wrong_lookups(std::uint64_t seed, int count);

 private:
  struct Member {
    Ref<chord::RingNode> ref;
    std::optional<std::size_t> process;
  };

  chord::Id after(chord::Id id) const;  // the next one clockwise

  RemoteRingOptions options_;
  std::unique_ptr<RemoteHost> here_;
  std::vector<std::unique_ptr<HostProcess>> processes_;
  std::map<chord::Id, Member> nodes_;
  std::map<chord::Id, Member> elsewhere_;  // those that are not looked at
};

}  // namespace troupe::remote_test
