// COMPILES
//
// The control: the headers are found, so what the other programs get wrong is what they say.

#include "actor/actor.h"

template <typename T>
struct Doubled {
  static_assert(sizeof(T) > 1, "Only what is larger than a byte can be doubled.");
};

int main() { [[maybe_unused]] Doubled<int> doubled; }
