// EXPECT: A Sync method's failure already is a status: write Sync<> where nothing else comes back,
#include "absl/status/status.h"
#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<absl::Status> sell() { return absl::OkStatus(); }
};
