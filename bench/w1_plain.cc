// Benchmark W1 as a plain loop over a bucket queue: no actors, no coroutines, no configuration. It
// shows what the machine can do on this work, the speed of light beside which simulators are set.
//
// What makes it fast: a node is an index, a message is 32 bytes in a pool, and the memory which the
// next few events will touch is asked for before they are handled.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/w1_definition.h"

namespace troupe::bench {
namespace {

enum class Kind : std::uint8_t {
  kDue,  // Not a message: the node's next operation may start.
  kGetPredecessor,
  kPredecessor,
  kNotify,
  kAlive,
  kAliveAnswer,
  kFind,
  kFound,
};

struct Event {
  Date date;
  Node to;
  Node node = 0;  // Who asked (kFind), the answer (kPredecessor, kFound), else the sender.
  Id key = 0;     // kFind: what is looked for.
  std::uint16_t hops = 0;
  Kind kind;
};

// Events by date. Each bucket holds the events of a short stretch of time, unsorted; they are
// sorted when their turn comes. Events of the same date come in no particular order: the counts of
// W1 do not depend on it.
class Calendar {
 public:
  // A node causes about one event a second, and none is further away than the shortest period.
  explicit Calendar(Node nodes) {
    const auto bucket = std::uint64_t{kEventsPerBucket} * 1'000'000'000 / nodes;
    shift_ = std::bit_width(std::clamp<std::uint64_t>(bucket, 1, kLatency.count())) - 1;
    const Date horizon = *std::min_element(kPeriods.begin(), kPeriods.end()) + kLatency;
    heads_.resize(std::bit_ceil(std::uint64_t(horizon.count() >> shift_) + 2), kNone);
    slots_.reserve(nodes + nodes / 8);
  }

  void add(const Event& event) {
    const std::int64_t bucket = event.date.count() >> shift_;
    if (bucket == opened_) {
      const auto place = std::upper_bound(open_.begin(), open_.end(), event, earlier);
      open_.insert(place, event);
      return;
    }
    std::uint32_t slot = free_;
    if (slot == kNone) {
      slot = std::uint32_t(slots_.size());
      slots_.emplace_back();
    } else {
      free_ = slots_[slot].next;
    }
    std::uint32_t& head = heads_[std::size_t(bucket) & (heads_.size() - 1)];
    slots_[slot] = {event, head};
    head = slot;
    ++waiting_;
  }

  // The events of the next bucket that has any, in order; empty when nothing is left. Events that
  // are added to this very bucket appear in it, after all events of their date and earlier.
  const std::vector<Event>& open_next() {
    open_.clear();
    while (waiting_ != 0 && open_.empty()) {
      ++opened_;
      std::uint32_t& head = heads_[std::size_t(opened_) & (heads_.size() - 1)];
      while (head != kNone) {
        Slot& slot = slots_[head];
        open_.push_back(slot.event);
        --waiting_;
        const std::uint32_t next = slot.next;
        slot.next = free_;
        free_ = head;
        head = next;
      }
    }
    std::sort(open_.begin(), open_.end(), earlier);
    return open_;
  }

 private:
  static constexpr int kEventsPerBucket = 16;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Slot {
    Event event;
    std::uint32_t next;
  };

  static bool earlier(const Event& a, const Event& b) { return a.date < b.date; }

  int shift_ = 0;                     // An event's bucket is its date >> shift_.
  std::vector<std::uint32_t> heads_;  // The first slot of each bucket; the buckets go round.
  std::vector<Slot> slots_;
  std::uint32_t free_ = kNone;
  std::size_t waiting_ = 0;   // Events in buckets that are not open yet.
  std::int64_t opened_ = -1;  // The number of the open bucket.
  std::vector<Event> open_;
};

struct Finger {
  Id id;
  Node node;
};

// What a hop reads stands first: it touches this cache line, that of one finger, and no other.
struct alignas(64) Peer {
  Id id;
  Node predecessor;
  Id key = 0;  // Of the find in progress.
  Operation busy_with = Operation::kStabilize;
  Finger fingers[kFingers];
  Agenda agenda;

  Peer(const Ring& ring, Node self)
      : id(ring.id(self)), predecessor(ring.predecessor_of(self)), agenda(ring.number(self)) {
    for (int k = 0; k < kFingers; ++k) {
      const Node node = ring.finger(self, k);
      fingers[k] = {ring.id(node), node};
    }
  }

  const Finger& successor() const { return fingers[0]; }

  // A finger k is at least 2^k away, so the search starts at the highest one that can come before
  // `key`, instead of at the top.
  const Finger& closest_preceding(Id wanted) const {
    for (int k = std::bit_width(Id(wanted - id - 1)) - 1; k >= 0; --k) {
      if (in_open(fingers[k].id, id, wanted)) return fingers[k];
    }
    return successor();
  }
};

class Simulation {
 public:
  Simulation(const Ring& ring, Date end) : ring_(ring), end_(end), calendar_(ring.size()) {
    peers_.reserve(ring.size());
    for (Node i = 0; i < ring.size(); ++i) {
      peers_.emplace_back(ring, i);
      go_on(i);
    }
  }

  Counts run() {
    for (;;) {
      const std::vector<Event>& events = calendar_.open_next();
      if (events.empty()) return counts_;
      for (const Event& event : events) __builtin_prefetch(&peers_[event.to]);
      for (std::size_t i = 0; i < events.size(); ++i) {
        const Event event = events[i];  // A copy: handling it may add to the bucket.
        now_ = event.date;
        handle(event);
      }
    }
  }

 private:
  void send(Node to, Kind kind, Node node, Id key = 0, std::uint16_t hops = 0) {
    ++counts_.messages;
    calendar_.add({now_ + kLatency, to, node, key, hops, kind});
  }

  void handle(const Event& event) {
    const Node self = event.to;
    Peer& peer = peers_[self];
    switch (event.kind) {
      case Kind::kDue:
        go_on(self);
        break;
      case Kind::kGetPredecessor:
        send(event.node, Kind::kPredecessor, peer.predecessor);
        break;
      case Kind::kPredecessor: {
        const Id candidate = ring_.id(event.node);
        if (in_open(candidate, peer.id, peer.successor().id)) {
          peer.fingers[0] = {candidate, event.node};
        }
        send(peer.successor().node, Kind::kNotify, self);
        go_on(self);
        break;
      }
      case Kind::kNotify:
        if (in_open(ring_.id(event.node), ring_.id(peer.predecessor), peer.id)) {
          peer.predecessor = event.node;
        }
        break;
      case Kind::kAlive:
        send(event.node, Kind::kAliveAnswer, self);
        break;
      case Kind::kAliveAnswer:
        go_on(self);
        break;
      case Kind::kFind:
        if (in_half_open(event.key, peer.id, peer.successor().id)) {
          send(event.node, Kind::kFound, peer.successor().node, 0, event.hops);
        } else {
          forward(peer, event.node, event.key, event.hops);
        }
        break;
      case Kind::kFound:
        found(peer, event.node, event.hops);
        go_on(self);
        break;
    }
  }

  void forward(const Peer& peer, Node origin, Id key, std::uint16_t hops) {
    send(peer.closest_preceding(key).node, Kind::kFind, origin, key, std::uint16_t(hops + 1));
  }

  void found(Peer& peer, Node answer, std::uint16_t hops) {
    if (peer.busy_with == Operation::kLookup) {
      ++counts_.lookups;
      counts_.hops += hops;
      if (answer != ring_.successor(peer.key)) ++counts_.wrong;
    } else {
      // The finger that was to be fixed is the one whose start is the key.
      const int k = std::countr_zero(Id(peer.key - peer.id));
      peer.fingers[k] = {ring_.id(answer), answer};
    }
  }

  // The node waits for nothing: starts what is due, until something has to be waited for.
  void go_on(Node self) {
    Peer& peer = peers_[self];
    while (peer.agenda.due() < end_) {
      if (peer.agenda.due() > now_) {
        calendar_.add({.date = peer.agenda.due(), .to = self, .kind = Kind::kDue});
        return;
      }
      if (!start(self, peer)) return;
    }
  }

  // Starts the next operation; whether it is over at once.
  bool start(Node self, Peer& peer) {
    ++counts_.timer_operations;
    peer.busy_with = peer.agenda.take();
    switch (peer.busy_with) {
      case Operation::kStabilize:
        send(peer.successor().node, Kind::kGetPredecessor, self);
        return false;
      case Operation::kCheckPredecessor:
        send(peer.predecessor, Kind::kAlive, self);
        return false;
      case Operation::kFixFinger:
        peer.key = peer.id + (Id{1} << peer.agenda.next_finger());
        break;
      case Operation::kLookup:
        peer.key = peer.agenda.lookup_key();
        break;
    }
    if (in_half_open(peer.key, peer.id, peer.successor().id)) {
      found(peer, peer.successor().node, 0);
      return true;
    }
    forward(peer, self, peer.key, 0);
    return false;
  }

  const Ring& ring_;
  const Date end_;
  Date now_{-1};  // Before everything: an operation may be due at 0.
  Calendar calendar_;
  std::vector<Peer> peers_;
  Counts counts_;
};

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  const Options options = parse_options(argc, argv);
  Measurement measurement("w1_plain", options);
  const Ring ring(options.nodes);
  Simulation simulation(ring, options.end());
  measurement.start();
  measurement.stop(simulation.run());
  measurement.print();
}
