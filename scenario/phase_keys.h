// How a scenario writes its phases and what happens in them. A new action is one line in
// phase_keys(), with a table of its own keys.
#pragma once

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the tables.
KeyTable<Phase> phase_keys(Facts& facts);
KeyTable<Spawn> spawn_keys(Facts& facts);
KeyTable<Calls> calls_keys(const Facts& facts);

// An actor class of the algorithm; null where the algorithm is not known.
Format<const Algorithm::ActorClass*> actor_class(const Facts& facts);
// The class where `actor` is left out: the only one.
void complete_actor(Reader& reader, const Node& map, const Algorithm::ActorClass*& actor,
                    std::string_view owner, const Facts& facts);
// Tells it where the algorithm names no method to leave by.
void check_leave(Reader& reader, const Node& node, const Facts& facts);

}  // namespace troupe::scenario
