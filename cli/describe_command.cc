// Which classes are described, and what goes with them.
#include "cli/describe_command.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "cli/inform.h"
#include "remote/describe.h"
#include "remote/hosted_algorithm.h"
#include "remote/network_faults.h"
#include "scenario/diagnostic.h"

namespace troupe::cli {

namespace {

constexpr char kHostHelp[] =
    "A host: spawns, finds, lists and stops actors. Every host has one; no metadata is needed.";

constexpr char kFaultsHelp[] =
    "Makes the network of a host bad, for tests: the actor 'faults' of 'troupe host --faults'.";

struct Chosen {
  std::vector<DescribedClass> classes;
  bool spawns = false;  // some of them are an algorithm's
};

// All of a name: of an algorithm or a class; without one, all there are.
Chosen choose(const std::string& name, const std::vector<Algorithm>& algorithms) {
  Chosen chosen;
  for (const Algorithm& algorithm : algorithms) {
    for (const Algorithm::ActorClass& actor : algorithm.actors()) {
      if (!name.empty() && name != algorithm.name() && name != actor.type->name) continue;
      chosen.classes.push_back({.type = actor.type, .help = actor.help});
      chosen.spawns = true;
    }
  }
  const ActorType& faults = actor_type<NetworkFaults>();
  if (name.empty() || name == faults.name) {
    chosen.classes.push_back({.type = &faults, .help = kFaultsHelp});
  }
  const ActorType& host = actor_type<Host>();
  if (name.empty() || name == host.name || chosen.spawns) {
    chosen.classes.push_back({.type = &host, .help = kHostHelp});
  }
  return chosen;
}

}  // namespace

VerbSpec describe_verb() {
  return {.name = "describe",
          .arguments = "[ALGORITHM|CLASS]",
          .help = "Prints the .proto of actors, for gRPC clients in any language.",
          .details =
              "Of all algorithms, of one, or of one class of actors; with the class Host, "
              "which spawns\nthem. A running host ('troupe host') answers these calls.",
          .options = {},
          .least_arguments = 0,
          .most_arguments = 1};
}

int run_describe(const Options& options, const std::vector<Algorithm>& algorithms) {
  const std::string name = options.arguments().empty() ? "" : options.arguments()[0];
  const Chosen chosen = choose(name, algorithms);
  if (chosen.classes.empty()) {
    std::vector<std::string> known = {std::string(actor_type<Host>().name),
                                      std::string(actor_type<NetworkFaults>().name)};
    for (const Algorithm& algorithm : algorithms) {
      known.push_back(algorithm.name());
      for (const Algorithm::ActorClass& actor : algorithm.actors()) {
        known.emplace_back(actor.type->name);
      }
    }
    return wrong_input(absl::StrCat("unknown algorithm or class '", name, "'; ",
                                    scenario::did_you_mean(name, known)));
  }
  for (std::size_t i = 0; i < chosen.classes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const ActorType& one = *chosen.classes[i].type;
      if (&one == chosen.classes[j].type || one.name != chosen.classes[j].type->name) continue;
      return wrong_input(absl::StrCat("two algorithms have a class '", std::string(one.name),
                                      "': say which algorithm"));
    }
  }
  ProtoFile file(chosen.classes);
  if (chosen.spawns) {
    const TypeDescription arguments = Codec<SpawnArguments>::describe();
    file.add_message("SpawnArguments", arguments.field_names, arguments.parts,
                     "What SpawnRequest.arguments holds for the class of an algorithm: parameters "
                     "as in a scenario, and an actor to join through.");
  }
  std::fputs(file.text().c_str(), stdout);
  return kAllHolds;
}

}  // namespace troupe::cli
