// EXPECT: A function actor returns Task<T>.
#include <memory>

#include "actor/receive.h"

int count(troupe::Process&) { return 1; }

auto make() { return troupe::new_actor<troupe::Process>(count); }
