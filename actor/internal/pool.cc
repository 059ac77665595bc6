// The slow path of the pool: carving blocks out of chunks.
#include "actor/internal/pool.h"

#include <memory>
#include <new>
#include <vector>

namespace troupe::internal {

constinit thread_local FreeBlock* pool_free_lists[kPoolLargest / kPoolStep + 1] = {};

namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;

// What this thread has left of its newest chunk, and all its chunks.
struct Chunks {
  std::byte* next = nullptr;
  std::byte* end = nullptr;
  std::vector<std::unique_ptr<std::byte[]>> all;

  // The thread ends, and its blocks with it.
  ~Chunks() {
    for (FreeBlock*& list : pool_free_lists) list = nullptr;
  }
};

thread_local Chunks chunks;

}  // namespace

void* pool_refill(std::size_t step) {
  const std::size_t size = step * kPoolStep;
  if (static_cast<std::size_t>(chunks.end - chunks.next) < size) {
    chunks.all.emplace_back(new std::byte[kChunk]);
    chunks.next = chunks.all.back().get();
    chunks.end = chunks.next + kChunk;
  }
  void* block = chunks.next;
  chunks.next += size;
  return block;
}

}  // namespace troupe::internal
