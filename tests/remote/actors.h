// The actors that the tests of remote hosts talk to, and those that talk to them. A host process of
// these tests (test_host.cc) has one Target, which is called "target", and spawns the others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/host.h"
#include "algorithms/chord/node.h"

namespace troupe::remote_test {

using namespace std::chrono_literals;

ACTOR_METHODS(Target, echo, record, note, received, wait, open_waits, toil, toiled, pass_on, gate,
              open, stand)

// What a Target was told with record() and note().
struct Received {
  std::uint64_t count = 0;
  std::uint64_t out_of_order = 0;  // not greater than the one before: late, or twice
  std::string numbers;             // '1' in the place of each
  FIELDS(count, out_of_order, numbers)
};

class Target : public Actor<Target> {
 public:
  Sync<std::string> echo(std::string text) { return text; }

  // Numbered messages, with and without an answer.
  Sync<> record(std::uint64_t number, std::string payload) {
    remember(number, payload);
    return {};
  }
  Async note(std::uint64_t number, std::string payload) {
    remember(number, payload);
    return {};
  }
  Sync<Received> received() { return received_; }

  // A call that stays open.
  Parallel<Sync<>> wait(Duration span) {
    ++open_waits_;
    co_await sleep(span);
    --open_waits_;
  }
  Sync<int> open_waits() { return open_waits_; }

  // Works for so long, as far as others can tell.
  Async toil(Duration span, std::string payload) {
    std::this_thread::sleep_for(span);
    toiled_ += payload.size();
    return {};
  }
  Sync<std::uint64_t> toiled() { return toiled_; }

  // One that keeps its turn until another one is open.
  Sync<> stand(Ref<Target> at) { co_await at.gate().within(10min); }
  Parallel<Sync<>> gate() {
    co_await until([this] { return open_; }).within(10min);
  }
  Async open() {
    open_ = true;
    return {};
  }

  // Asks the next one to ask, and so on; the last one gives the text.
  Parallel<Sync<std::string>> pass_on(std::string text, std::vector<Ref<Target>> others) {
    if (others.empty()) co_return text;
    const Ref<Target> next = others.back();
    others.pop_back();
    co_return co_await next.pass_on(text + ".", others);
  }

 private:
  void remember(std::uint64_t number, const std::string&) {
    ++received_.count;
    if (received_.count > 1 && number <= last_) ++received_.out_of_order;
    last_ = number;
    if (received_.numbers.size() <= number) received_.numbers.resize(number + 1, '0');
    received_.numbers[number] = '1';
  }

  Received received_;
  std::uint64_t last_ = 0;
  int open_waits_ = 0;
  bool open_ = false;
  std::uint64_t toiled_ = 0;
};

ACTOR_METHODS(Watcher, watch, tie, downs, exits)

// Tells how those that it watches have ended.
class Watcher : public Actor<Watcher> {
 public:
  Sync<> watch(Ref<Target> target) {
    monitor(target);
    return {};
  }
  Sync<> tie(Ref<Target> target) {
    trap_exits();
    link(target);
    return {};
  }
  // As soon as there are so many.
  Parallel<Sync<std::vector<Exit>, NoTimeout>> downs(std::uint64_t count) {
    co_await until([this, count] { return downs_.size() >= count; });
    co_return downs_;
  }
  Parallel<Sync<std::vector<Exit>, NoTimeout>> exits(std::uint64_t count) {
    co_await until([this, count] { return exits_.size() >= count; });
    co_return exits_;
  }

 private:
  Async on_down(Exit exit) override {
    downs_.push_back(exit);
    return {};
  }
  Async on_exit(Exit exit) override {
    exits_.push_back(exit);
    return {};
  }

  std::vector<Exit> downs_;
  std::vector<Exit> exits_;
};

ACTOR_METHODS(Sender, send_all, work, failures)

// What became of numbered messages, for their sender.
struct Sent {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::vector<std::uint64_t> failed;  // the numbers of those whose calls failed
  std::string first_failure;
  FIELDS(sent, answered, failed, first_failure)
};

// Sends numbered messages to a Target, some at a time, and keeps account of them.
class Sender : public Actor<Sender> {
 public:
  // Gives the account when each of them has its answer, or its failure.
  Parallel<Sync<Sent, NoTimeout>> send_all(Ref<Target> target, std::uint64_t count, int at_a_time,
                                           std::uint64_t bytes) {
    target_ = target;
    count_ = count;
    payload_.assign(bytes, 'x');
    workers_ = at_a_time;
    for (int i = 0; i < at_a_time; ++i) self().work();
    co_await until([this] { return workers_ == 0; });
    co_return sent_;
  }
  Parallel<Async> work() {
    while (sent_.sent < count_) {
      const std::uint64_t number = sent_.sent++;
      const auto answer = co_await target_.record(number, payload_).status_or();
      if (answer.ok()) {
        ++sent_.answered;
        continue;
      }
      if (sent_.first_failure.empty()) sent_.first_failure = to_string(answer.status());
      sent_.failed.push_back(number);
      co_await sleep(1ms);  // No use in losing all of them at once.
    }
    --workers_;
  }
  Sync<std::uint64_t> failures() { return sent_.failed.size(); }

 private:
  Ref<Target> target_;
  std::uint64_t count_ = 0;
  std::string payload_;
  int workers_ = 0;
  Sent sent_;
};

ACTOR_METHODS(Flooder, flood, go_on, is_done, echo_of)

// Sends one-way messages as fast as it can.
class Flooder : public Actor<Flooder> {
 public:
  Async flood(Ref<Target> target, std::uint64_t count, std::uint64_t bytes, Duration each_takes) {
    target_ = target;
    left_ = count;
    payload_.assign(bytes, 'x');
    each_takes_ = each_takes;
    self().go_on();
    return {};
  }
  Sync<bool> is_done() { return left_ == 0; }
  Sync<std::string> echo_of(Ref<Target> target) { co_return co_await target.echo(payload_); }
  Async go_on() {
    for (int i = 0; i < 10 && left_ > 0; ++i, --left_) target_.toil(each_takes_, payload_);
    if (left_ > 0) self().go_on();
    return {};
  }

 private:
  Ref<Target> target_;
  std::uint64_t left_ = 0;
  std::string payload_;
  Duration each_takes_ = {};
};

inline constexpr Spawnable<Target> kTarget;
inline constexpr Spawnable<Sender> kSender;
inline constexpr Spawnable<Flooder> kFlooder;

}  // namespace troupe::remote_test

namespace chord {

ACTOR_METHODS_WITH_BASE(RingNode, Node, table)

// What a node knows of others, by their identifiers.
struct Table {
  Id id = 0;
  std::optional<Id> predecessor;
  std::vector<Id> successors;
  std::vector<Id> fingers;  // the whole row of the paper's figure; 0 where there is none
  FIELDS(id, predecessor, successors, fingers)
};

// A node of Chord that can be looked at from elsewhere, and is in a hurry.
class RingNode : public Actor<RingNode, Node> {
 public:
  RingNode(int bits, std::uint64_t successors, Id id, Ref<Node> contact)
      : Actor(NodeOptions{.circle = Circle(bits),
                          .successors = successors,
                          .route_with_successors = bits > 6,
                          .stabilize_every = 100ms,
                          .fix_fingers_every = 100ms,
                          .check_predecessor_every = 200ms,
                          .lookup_timeout = 10s,
                          .join_retry = 100ms,
                          .join_attempts = 1000,
                          .remember = 32,
                          .check_partition_every = 2s},
              id, contact) {}

  Sync<Table> table() {
    Table table{.id = identifier(), .predecessor = {}, .successors = {}, .fingers = {}};
    if (predecessor()) table.predecessor = predecessor()->id;
    for (const Peer& peer : successor_list()) table.successors.push_back(peer.id);
    for (int i = 0; i < circle().bits(); ++i) {
      const Peer& peer = finger(i);
      table.fingers.push_back(peer.ref ? peer.id : 0);
    }
    return table;
  }
};

ACTOR_METHODS(Nursery, plant)

// Makes nodes on its own host; each host process has one that is called "nursery".
class Nursery : public Actor<Nursery> {
 public:
  Sync<Ref<RingNode>> plant(int bits, std::uint64_t successors, Id id, Ref<Node> contact) {
    return spawn<RingNode>(bits, successors, id, contact);
  }
};

}  // namespace chord
