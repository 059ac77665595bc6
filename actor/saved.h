// SAVED: what an actor keeps on its host's disk, and has again when its host has been restarted.
//
//   class Acceptor : public Actor<Acceptor> {
//    ...
//    private:
//     std::int64_t promised_ = 0;
//     std::optional<Proposal> accepted_;
//     std::vector<Peer> guests_;  // forgotten
//     SAVED(promised_, accepted_)
//   };
//
// A change of such a member is on the disk before anybody can learn of it: before the next message
// leaves the actor. There is nothing to call. Everything else of the actor is gone with a crash. A
// restarted actor is constructed as it was at first, then gets what was saved, and then on_start()
// runs. Where the disk is lost, too, it starts as a new one.
//
// What was saved is found again by the actor's name on its host. So it is kept for actors that have
// a name: those of System::install(), spawn_named() and spawn_with(), and those that a scenario
// spawns, which are known by their place in it. Where it is kept says storage.h.
//
// A simulation can have a disk that takes time (`disk:` in a scenario): then what was changed just
// now is lost with a crash. An algorithm that must not forget what it promises waits for the disk
// before it answers; with any other disk this takes no time:
//
//   promised_ = ballot;
//   co_await saved();
//   co_return Promise{...};
//
// What is saved is what could be sent. It is written whole at each change, so it should be small.
// A class that extends another names what it inherits, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/time.h"

// Names the members that a restart keeps. In the class, in whatever section.
#define SAVED(...)                                                           \
  std::optional<std::string> troupe_saved() const override {                 \
    return ::troupe::encode_fields(std::tie(__VA_ARGS__));                   \
  }                                                                          \
  bool troupe_restore(std::string_view bytes) override {                     \
    return ::troupe::internal::restore_fields(bytes, std::tie(__VA_ARGS__)); \
  }

namespace troupe {

class ActorBase;
class Storage;

namespace internal {

// What is saved replaces what a constructor has put there. False, and nothing changed, for bytes
// that are not of these members.
template <class... T>
bool restore_fields(std::string_view bytes, std::tuple<T&...> members) {
  std::tuple<T...> saved{};
  if (!decode_fields(bytes, saved)) return false;
  members = std::move(saved);
  return true;
}

// For runtimes: what is on the disk of a host.
struct Disk {
  // Nothing for an actor that saves nothing.
  static std::optional<std::string> saved_by(const ActorBase& actor);
  // Before the actor has its place. False where the bytes are another class's.
  static bool restore(ActorBase& actor, std::string_view saved);

  // Before the actor has its place: gives it what `storage` has under this name, and lets it keep
  // there from now on what SAVED names. Does nothing for an actor that saves nothing. DATA_LOSS
  // where what is stored cannot be read as these members.
  static absl::Status keep(ActorBase& actor, Storage& storage, HostId host, std::string_view name);
  // Stores what has changed since the last time. False where that failed: the actor will end with
  // the failure, and nothing that it says now may be heard.
  static bool store(ActorBase& actor);
  // Stores what has changed, and gives when all of it will be on the disk.
  static Time stored_at(ActorBase& actor);
};

}  // namespace internal
}  // namespace troupe
