// EXPECT: no member named 'colour' in 'troupe::Ref<Lamp>'
#include "actor/actor.h"

ACTOR_METHODS(Lamp, brightness)

class Lamp : public troupe::Actor<Lamp> {
 public:
  troupe::Attribute<int> brightness;
  troupe::Attribute<int> colour;
};

void act(troupe::Ref<Lamp> lamp) { lamp.colour(5).tell(); }
