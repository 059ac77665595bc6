// FailureDetector: an actor that pings others, and says who does not answer any more.
//
//   detector_ = spawn<FailureDetector>(
//       FailureDetectorOptions{.period = 1s, .timeout = 500ms, .retries = 2},
//       [me = self()](FailureDetector::Change change) { me.changed(change.actor, change.up); });
//   detector_.add(id_of(peer));
//
// A monitor (life.h) says that an actor has ended or that its host is known to be down. A detector
// also finds those who are merely silent: behind a broken network, or stuck. So it may be wrong:
// one that is only slow is reported as down, and as up again when it answers.
//
// Each member is pinged once a period. It is down when it has not answered `retries` + 1 pings in a
// row, and at once when it has ended for certain. Each change is reported once. A member that has
// ended is pinged no more; its incarnation never comes back.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "actor/actor.h"

namespace troupe {

struct FailureDetectorOptions {
  Duration period = std::chrono::seconds(1);
  Duration timeout = std::chrono::milliseconds(500);  // of one ping
  int retries = 2;                                    // so many unanswered pings are forgiven
};

ACTOR_METHODS(FailureDetector, add, remove, members, suspects, tick, probe)

class FailureDetector : public Actor<FailureDetector> {
 public:
  struct Change {
    ActorId actor;
    bool up = false;
    absl::Status why;  // of a down one: what its last ping gave
  };

  // `report` runs in the detector's own turn: let it do nothing but send a message.
  FailureDetector(FailureDetectorOptions options, std::function<void(const Change&)> report)
      : options_(options), report_(std::move(report)) {}

  // New members count as up. One that is a member already stays what it is.
  Async add(ActorId actor);
  Async remove(ActorId actor);
  Sync<std::vector<ActorId>> members();
  Sync<std::vector<ActorId>> suspects();  // those that are down

  // Called by its timer, and by itself.
  Async tick();
  Parallel<Async> probe(ActorId actor);

 private:
  struct Member {
    int misses = 0;  // in a row
    bool up = true;
    bool ended = false;
    bool probing = false;
  };
  Async on_start() override;

  FailureDetectorOptions options_;
  std::function<void(const Change&)> report_;
  std::map<ActorId, Member> members_;
};

}  // namespace troupe
