// An algorithm's actors on hosts: each host's program has the algorithm, and spawns its actors by
// the names of their classes, for whoever asks.
//
//   allow_spawning(*host, chord());                               // the program of a host
//
//   const DynamicRef first = co_await one.spawn(spawn_request("Node", {}));   // one, two:
//   Ref<Host> const DynamicRef second = co_await two.spawn(
//       spawn_request("Node", {.parameters = {{"successors", "4"}}, .contact = first.id}));
//
// The class is the one that a simulated scenario spawns, and is made by the same code.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actor/algorithm.h"
#include "actor/codec.h"
#include "actor/host.h"

namespace troupe {

// What an actor of an algorithm is made of. Spawning::index() counts the actors of the class that
// this host has spawned; Spawning::host_name() is the host's address, and for all but the first of
// the class "/1", "/2", ... behind it, so that each has another.
struct SpawnArguments {
  std::map<std::string, std::string> parameters;  // written as in a scenario; the rest: as declared
  ActorId contact;                                // to join through; nobody: it is the first
  FIELDS(parameters, contact)
};

SpawnRequest spawn_request(std::string class_name, const SpawnArguments& arguments);

// The hosts of this runtime spawn the algorithm's actors, from now on.
void allow_spawning(Runtime& runtime, const Algorithm& algorithm);

}  // namespace troupe
