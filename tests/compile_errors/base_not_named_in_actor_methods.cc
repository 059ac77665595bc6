// EXPECT: The class extends another actor class. Before it, write ACTOR_METHODS_WITH_BASE(Class,
// Base, ...), which names both.
#include "actor/actor.h"

ACTOR_METHODS(Animal, legs)

class Animal : public troupe::Actor<Animal> {
 public:
  troupe::Sync<int> legs() { return 4; }
};

ACTOR_METHODS(Dog, bark)

class Dog : public troupe::Actor<Dog, Animal> {
 public:
  troupe::Async bark() { return {}; }
};

Dog dog;
