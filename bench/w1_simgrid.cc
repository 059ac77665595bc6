// Benchmark W1 with SimGrid (S4U interface), written to be as fast as SimGrid goes: one host, one
// actor and one mailbox per node. It is the peer that Troupe's simulator is measured against.
//
// What makes it fast:
//   - contexts that switch in a few instructions, on stacks of 8 KiB without guard pages;
//   - logging off; the CM02 network model with lazy updates; messages of no bytes, so that only the
//     latency of two private links of 25 ms counts;
//   - mailboxes with a permanent receiver, looked up by name once; messages from a pool;
//   - a receive that stays posted: waiting for it with a time limit costs a timer, where a receive
//     with a time limit would cost an exception;
//   - detached messages, but on a small ring only: see kDetachBelow.

#include <xbt/log.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

#include "bench/w1_definition.h"

namespace s4u = simgrid::s4u;

namespace troupe::bench {
namespace {

enum class Kind : std::uint8_t {
  kGetPredecessor,
  kPredecessor,
  kNotify,
  kAlive,
  kAliveAnswer,
  kFind,
  kFound,
};

struct Message {
  Kind kind;
  std::uint16_t hops;
  Node node;  // Who asked (kFind), the answer (kPredecessor, kFound), else the sender.
  Id key;     // kFind: what is looked for.
  Message* next;
};

// SimGrid keeps all detached messages under way in one list and walks through it whenever one
// arrives. With more nodes than this, that costs more than a node's own look at what it has sent.
constexpr Node kDetachBelow = 10'000;

class MessagePool {
 public:
  Message* make(Kind kind, Node node, Id key, std::uint16_t hops) {
    if (free_ == nullptr) grow();
    Message* const message = free_;
    free_ = message->next;
    *message = {kind, hops, node, key, nullptr};
    return message;
  }

  void give_back(Message* message) {
    message->next = free_;
    free_ = message;
  }

 private:
  static constexpr std::size_t kBlock = 4096;

  void grow() {
    blocks_.push_back(std::make_unique<Message[]>(kBlock));
    for (std::size_t i = 0; i < kBlock; ++i) give_back(&blocks_.back()[i]);
  }

  std::vector<std::unique_ptr<Message[]>> blocks_;
  Message* free_ = nullptr;
};

struct Finger {
  Id id;
  Node node;
};

// What the nodes share. SimGrid runs one actor at a time, so nothing needs a lock.
struct World {
  const Ring& ring;
  const Date end;
  std::vector<s4u::Mailbox*> mailboxes;
  MessagePool pool;
  Counts counts;
};

Date now() { return Date(std::llround(s4u::Engine::get_clock() * 1e9)); }

class Peer {
 public:
  Peer(World* world, Node self)
      : world_(world),
        self_(self),
        id_(world->ring.id(self)),
        predecessor_(world->ring.predecessor_of(self)),
        agenda_(world->ring.number(self)) {
    for (int k = 0; k < kFingers; ++k) {
      const Node node = world->ring.finger(self, k);
      fingers_[k] = {world->ring.id(node), node};
    }
  }

  // The actor's code. It never returns: the simulation ends around it.
  void run() {
    s4u::Mailbox* const mailbox = world_->mailboxes[self_];
    Message* message = nullptr;
    std::vector<s4u::ActivityPtr> receiving = {mailbox->get_async<Message>(&message)};
    go_on(now());
    for (;;) {
      if (s4u::Activity::wait_any_for(receiving, time_limit()) == 0) {
        const Message arrived = *message;
        world_->pool.give_back(message);
        receiving[0] = mailbox->get_async<Message>(&message);
        forget_arrived();
        handle(arrived);
      } else {
        // SimGrid's clock is a double: it may stand a hair before the date.
        go_on(std::max(now(), agenda_.due()));
      }
    }
  }

 private:
  struct Sent {
    s4u::CommPtr message;
    double date;
  };

  // How long to wait for a message; negative means until there is one.
  double time_limit() const {
    if (busy_ || agenda_.due() >= world_->end) return -1;
    const double due = std::chrono::duration<double>(agenda_.due()).count();
    return std::max(0., due - s4u::Engine::get_clock());
  }

  const Finger& successor() const { return fingers_[0]; }

  // A finger k is at least 2^k away: no use to look above the highest that can come before `key`.
  const Finger& closest_preceding(Id key) const {
    for (int k = std::bit_width(Id(key - id_ - 1)) - 1; k >= 0; --k) {
      if (in_open(fingers_[k].id, id_, key)) return fingers_[k];
    }
    return successor();
  }

  void send(Node to, Kind kind, Node node, Id key = 0, std::uint16_t hops = 0) {
    ++world_->counts.messages;
    Message* const message = world_->pool.make(kind, node, key, hops);
    s4u::Mailbox* const mailbox = world_->mailboxes[to];
    if (world_->ring.size() < kDetachBelow) {
      mailbox->put_init(message, 0)->detach();
    } else {
      sent_.push_back({mailbox->put_async(message, 0), s4u::Engine::get_clock()});
    }
  }

  // SimGrid holds on to a message that is not detached until its sender has waited for it. Those
  // sent long enough ago have arrived, so that this never waits.
  void forget_arrived() {
    const double margin = 0.001;
    const double before =
        s4u::Engine::get_clock() - std::chrono::duration<double>(kLatency).count() - margin;
    auto sent = sent_.begin();
    for (; sent != sent_.end() && sent->date < before; ++sent) sent->message->wait();
    sent_.erase(sent_.begin(), sent);
  }

  void handle(const Message& message) {
    switch (message.kind) {
      case Kind::kGetPredecessor:
        send(message.node, Kind::kPredecessor, predecessor_);
        break;
      case Kind::kPredecessor: {
        const Id candidate = world_->ring.id(message.node);
        if (in_open(candidate, id_, successor().id)) fingers_[0] = {candidate, message.node};
        send(successor().node, Kind::kNotify, self_);
        go_on(now());
        break;
      }
      case Kind::kNotify:
        if (in_open(world_->ring.id(message.node), world_->ring.id(predecessor_), id_)) {
          predecessor_ = message.node;
        }
        break;
      case Kind::kAlive:
        send(message.node, Kind::kAliveAnswer, self_);
        break;
      case Kind::kAliveAnswer:
        go_on(now());
        break;
      case Kind::kFind:
        if (in_half_open(message.key, id_, successor().id)) {
          send(message.node, Kind::kFound, successor().node, 0, message.hops);
        } else {
          forward(message.node, message.key, message.hops);
        }
        break;
      case Kind::kFound:
        found(message.node, message.hops);
        go_on(now());
        break;
    }
  }

  void forward(Node origin, Id key, std::uint16_t hops) {
    send(closest_preceding(key).node, Kind::kFind, origin, key, std::uint16_t(hops + 1));
  }

  void found(Node answer, std::uint16_t hops) {
    if (operation_ == Operation::kLookup) {
      ++world_->counts.lookups;
      world_->counts.hops += hops;
      if (answer != world_->ring.successor(key_)) ++world_->counts.wrong;
    } else {
      // The finger that was to be fixed is the one whose start is the key.
      fingers_[std::countr_zero(Id(key_ - id_))] = {world_->ring.id(answer), answer};
    }
  }

  // The node waits for nothing: starts what is due, until something has to be waited for.
  void go_on(Date now) {
    busy_ = false;
    while (!busy_ && agenda_.due() <= now && agenda_.due() < world_->end) busy_ = start();
  }

  // Starts the next operation; whether its answer has to be waited for.
  bool start() {
    ++world_->counts.timer_operations;
    operation_ = agenda_.take();
    switch (operation_) {
      case Operation::kStabilize:
        send(successor().node, Kind::kGetPredecessor, self_);
        return true;
      case Operation::kCheckPredecessor:
        send(predecessor_, Kind::kAlive, self_);
        return true;
      case Operation::kFixFinger:
        key_ = id_ + (Id{1} << agenda_.next_finger());
        break;
      case Operation::kLookup:
        key_ = agenda_.lookup_key();
        break;
    }
    if (in_half_open(key_, id_, successor().id)) {
      found(successor().node, 0);
      return false;
    }
    forward(self_, key_, 0);
    return true;
  }

  World* world_;
  Node self_;
  Id id_;
  Node predecessor_;
  Finger fingers_[kFingers];
  Agenda agenda_;
  bool busy_ = false;                            // An operation waits for its answer.
  Operation operation_ = Operation::kStabilize;  // The last one started, and
  Id key_ = 0;                                   // what it looks for.
  std::vector<Sent> sent_;                       // Oldest first; empty if messages are detached.
};

void configure() {
  xbt_log_control_set("root.thres:critical");
  for (const char* setting :
       {"contexts/factory:raw", "contexts/stack-size:8", "contexts/guard-size:0",
        "network/model:CM02", "network/optim:Lazy", "network/crosstraffic:no", "cpu/optim:Lazy"}) {
    s4u::Engine::set_config(setting);
  }
}

// A star whose every node is one private link away from the middle.
std::vector<s4u::Host*> make_hosts(Node nodes) {
  s4u::NetZone* const zone = s4u::create_star_zone("ring");
  std::vector<s4u::Host*> hosts;
  for (Node i = 0; i < nodes; ++i) {
    const std::string name = std::to_string(i);
    s4u::Host* const host = zone->create_host(name, 1e9);
    s4u::Link* const link = zone->create_link(name, 1e9);
    link->set_latency(std::chrono::duration<double>(kLatency / 2).count())->seal();
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {s4u::LinkInRoute(link)});
    hosts.push_back(host);
  }
  zone->seal();
  return hosts;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  const Options options = parse_options(argc, argv);
  Measurement measurement("w1_simgrid", options);
  int no_options = 1;
  s4u::Engine engine(&no_options, argv);
  configure();

  const Ring ring(options.nodes);
  World world{.ring = ring, .end = options.end(), .mailboxes = {}, .pool = {}, .counts = {}};
  const std::vector<s4u::Host*> hosts = make_hosts(ring.size());
  std::vector<Peer> peers;
  peers.reserve(ring.size());  // The actors keep pointers into it.
  for (Node i = 0; i < ring.size(); ++i) {
    Peer* const peer = &peers.emplace_back(&world, i);
    world.mailboxes.push_back(s4u::Mailbox::by_name(std::to_string(i)));
    world.mailboxes[i]->set_receiver(s4u::Actor::create("node", hosts[i], [peer] { peer->run(); }));
  }

  // By then every operation in flight at T has its answer. The nodes wait for messages for ever,
  // which SimGrid takes for a deadlock as soon as nothing else is to come; hence the sleeper.
  const double drained = double(options.seconds) + 60;
  s4u::Actor::create("sleeper", hosts[0], [=] { s4u::this_actor::sleep_for(2 * drained); });

  measurement.start();
  engine.run_until(drained);
  measurement.stop(world.counts);
  measurement.print();

  // Ending properly would throw an exception into every waiting actor, on a stack of 8 KiB.
  std::fflush(stdout);
  std::_Exit(0);
}
