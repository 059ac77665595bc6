// Two actors: a guest greets a host, and measures how long the answer takes.
#pragma once

#include <string>

#include "actor/actor.h"
#include "actor/algorithm.h"

namespace greeting {

using namespace troupe;

ACTOR_METHODS(Host, greet)
ACTOR_METHODS(Guest, arrive)

class Host : public Actor<Host> {
 public:
  Sync<std::string> greet(std::string name) { return "Welcome, " + name; }
};

class Guest : public Actor<Guest> {
 public:
  explicit Guest(Ref<Host> host) : host_(host) {}
  Parallel<Sync<std::string>> arrive(std::string name);

 private:
  Ref<Host> host_;
};

Algorithm greeting();

}  // namespace greeting
