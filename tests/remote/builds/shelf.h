// One actor class as two builds of a program have it: in the later one, a type has its fields in
// another order, and there is one method more.
#pragma once

#include <cstdint>

#include "actor/actor.h"

namespace troupe::remote_test {

struct Item {
  std::int64_t weight = 0;
  std::int64_t count = 0;
#ifdef TROUPE_TEST_LATER_BUILD
  FIELDS(count, weight)
#else
  FIELDS(weight, count)
#endif
};

#ifdef TROUPE_TEST_LATER_BUILD
ACTOR_METHODS(Shelf, put, drop, digits, put_on, clear)
#else
ACTOR_METHODS(Shelf, put, drop, digits, put_on)
#endif

class Shelf : public Actor<Shelf> {
 public:
  Sync<> put(Item item) {
    last_ = item;
    return {};
  }
  // The same, and nobody waits for it.
  Async drop(Item item) {
    last_ = item;
    return {};
  }
  // Weight and count of the last item, as decimal digits.
  Sync<std::int64_t> digits() { return 10 * last_.weight + last_.count; }
  Parallel<Sync<>> put_on(Ref<Shelf> other) { co_await other.put({.weight = 1, .count = 2}); }
#ifdef TROUPE_TEST_LATER_BUILD
  Sync<> clear() {
    last_ = {};
    return {};
  }
#endif

 private:
  Item last_;
};

}  // namespace troupe::remote_test
