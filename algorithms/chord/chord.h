// Chord as a scenario sees it: parameters, the ideal ring to start from, checks, measurements.
#pragma once

#include "actor/algorithm.h"

namespace chord {

troupe::Algorithm chord();

}  // namespace chord
