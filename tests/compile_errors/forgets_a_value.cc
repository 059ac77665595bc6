// EXPECT: error: ignoring return value
// EXPECT: the sum is what it is for

#include "actor/actor.h"

[[nodiscard("the sum is what it is for")]] int sum(int a, int b) { return a + b; }

int main() { sum(1, 2); }
