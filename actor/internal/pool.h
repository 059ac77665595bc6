// Pooled memory for what comes and goes with every message: messages and coroutine frames.
//
// Each thread has two magazines of free blocks for each size, and a depot has what the threads have
// too much of: where one thread makes messages and another ends them, the blocks flow back sixty
// at a time (Bonwick and Adams, "Magazines and Vmem", 2001). Blocks are never given back to the
// system. Under a sanitizer every block comes from the heap, so that a use after free is seen.
#pragma once

#include <cstddef>
#include <cstdint>

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

struct Magazine {
  static constexpr std::uint32_t kMost = 60;
  FreeBlock* first = nullptr;
  std::uint32_t count = 0;
};

extern constinit thread_local Magazine pool_magazines[kPoolLargest / kPoolStep + 1];

// A block for an empty magazine, from the spare one, the depot or a new chunk.
void* pool_refill(std::size_t step);
// Makes room in a full magazine.
void pool_unload(std::size_t step);

inline void* pool_allocate(std::size_t size) {
#ifdef TROUPE_NO_POOL
  return ::operator new(size);
#else
  if (size > kPoolLargest) return ::operator new(size);
  const std::size_t step = (size + kPoolStep - 1) / kPoolStep;
  Magazine& magazine = pool_magazines[step];
  FreeBlock* block = magazine.first;
  if (block == nullptr) [[unlikely]]
    return pool_refill(step);
  magazine.first = block->next;
  --magazine.count;
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
  const std::size_t step = (size + kPoolStep - 1) / kPoolStep;
  Magazine& magazine = pool_magazines[step];
  if (magazine.count == Magazine::kMost) [[unlikely]]
    pool_unload(step);
  auto* block = static_cast<FreeBlock*>(memory);
  block->next = magazine.first;
  magazine.first = block;
  ++magazine.count;
#endif
}

}  // namespace troupe::internal
