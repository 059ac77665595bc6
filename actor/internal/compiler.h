// Refuses a compiler that builds actors wrongly. Included first, so that this is what it says.
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#error \
    "g++ 12 miscompiles coroutines (co_await f(Struct{...}) destroys its argument twice, without \
a word). Build with clang 16 or newer, or with g++ 13 or newer: CC=clang-19 bazel build ..."
#endif
