// hand_over(), take_over() and Handover: tell ThreadSanitizer of the order that gRPC makes, within
// a library that it cannot see into. Nothing in other builds.
//
//   hand_over(this); StartWrite(&out_);       // before gRPC gets an object
//   void OnWriteDone(bool) {
//     const Handover handover(this);            // while one of its threads has it
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TROUPE_TELLS_OF_HANDOVERS 1
#include <sanitizer/tsan_interface.h>
#endif
#endif

namespace troupe::internal {

inline void hand_over([[maybe_unused]] const void* object) {
#ifdef TROUPE_TELLS_OF_HANDOVERS
  __tsan_release(const_cast<void*>(object));
#endif
}

inline void take_over([[maybe_unused]] const void* object) {
#ifdef TROUPE_TELLS_OF_HANDOVERS
  __tsan_acquire(const_cast<void*>(object));
#endif
}

class Handover {
 public:
  explicit Handover(const void* object) : object_(object) { take_over(object); }
  ~Handover() { hand_over(object_); }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

 private:
  const void* object_;
};

}  // namespace troupe::internal
