// EXPECT: no viable conversion from 'troupe::Ref<Animal>' to 'Ref<Dog>'
#include "actor/actor.h"

ACTOR_METHODS(Animal, legs)

class Animal : public troupe::Actor<Animal> {
 public:
  troupe::Sync<int> legs() { return 4; }
};

ACTOR_METHODS_WITH_BASE(Dog, Animal, bark)

class Dog : public troupe::Actor<Dog, Animal> {
 public:
  troupe::Async bark() { return {}; }
};

troupe::Ref<Dog> convert(troupe::Ref<Animal> animal) { return animal; }
