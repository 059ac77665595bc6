// TROUPE_FOR_EACH(macro, context, names...): macro(context, name) for each of up to 64 names.
//
// The preprocessor's one loop: __VA_OPT__ recursion that is rescanned often enough.
#pragma once

#define TROUPE_PARENS ()

#define TROUPE_EXPAND(...) \
  TROUPE_EXPAND3(TROUPE_EXPAND3(TROUPE_EXPAND3(TROUPE_EXPAND3(__VA_ARGS__))))
#define TROUPE_EXPAND3(...) \
  TROUPE_EXPAND2(TROUPE_EXPAND2(TROUPE_EXPAND2(TROUPE_EXPAND2(__VA_ARGS__))))
#define TROUPE_EXPAND2(...) \
  TROUPE_EXPAND1(TROUPE_EXPAND1(TROUPE_EXPAND1(TROUPE_EXPAND1(__VA_ARGS__))))
#define TROUPE_EXPAND1(...) __VA_ARGS__

#define TROUPE_FOR_EACH(macro, context, ...) \
  __VA_OPT__(TROUPE_EXPAND(TROUPE_FOR_EACH_STEP(macro, context, __VA_ARGS__)))
#define TROUPE_FOR_EACH_STEP(macro, context, name, ...) \
  macro(context, name) __VA_OPT__(TROUPE_FOR_EACH_AGAIN TROUPE_PARENS(macro, context, __VA_ARGS__))
#define TROUPE_FOR_EACH_AGAIN() TROUPE_FOR_EACH_STEP
