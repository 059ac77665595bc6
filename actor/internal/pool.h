// Pooled memory for what comes and goes with every message: messages and coroutine frames.
//
// Free lists by size, per thread; a block is never given back to the system before its thread
// ends. Under a sanitizer every block comes from the heap, so that a use after free is seen.
#pragma once

#include <cstddef>

namespace troupe::internal {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TROUPE_NO_POOL 1
#endif
#endif

inline constexpr std::size_t kPoolStep = 16;
inline constexpr std::size_t kPoolLargest = 1024;

struct FreeBlock {
  FreeBlock* next;
};

extern constinit thread_local FreeBlock* pool_free_lists[kPoolLargest / kPoolStep + 1];

// Takes a fresh block for an empty list.
void* pool_refill(std::size_t step);

inline void* pool_allocate(std::size_t size) {
#ifdef TROUPE_NO_POOL
  return ::operator new(size);
#else
  if (size > kPoolLargest) return ::operator new(size);
  const std::size_t step = (size + kPoolStep - 1) / kPoolStep;
  FreeBlock*& list = pool_free_lists[step];
  if (list == nullptr) [[unlikely]]
    return pool_refill(step);
  FreeBlock* block = list;
  list = block->next;
  return block;
#endif
}

// `size` is what pool_allocate was asked for.
inline void pool_free(void* memory, std::size_t size) {
#ifdef TROUPE_NO_POOL
  ::operator delete(memory, size);
#else
  if (size > kPoolLargest) {
    ::operator delete(memory, size);
    return;
  }
  FreeBlock*& list = pool_free_lists[(size + kPoolStep - 1) / kPoolStep];
  auto* block = static_cast<FreeBlock*>(memory);
  block->next = list;
  list = block;
#endif
}

}  // namespace troupe::internal
