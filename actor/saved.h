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
// A change of such a member is on the disk at once: there is nothing to call, and no moment at
// which it could be lost. Everything else of the actor is gone with a crash. A restarted actor is
// constructed as it was at first, then gets what was saved, and then on_start() runs. Where the
// disk is lost, too, it starts as a new one.
//
// What is saved is what could be sent. A class that extends another names what it inherits, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/codec.h"

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
};

}  // namespace internal
}  // namespace troupe
