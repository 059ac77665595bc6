// The slow paths of the pool: spare magazines, the depot, and carving blocks out of chunks.
#include "actor/internal/pool.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace troupe::internal {

constinit thread_local Magazine pool_magazines[kPoolLargest / kPoolStep + 1] = {};

namespace {

constexpr std::size_t kSteps = kPoolLargest / kPoolStep + 1;
// A thread's first chunk, and its largest: each is twice as large as the one before.
constexpr std::size_t kFirstChunk = std::size_t{64} * 1024;
constexpr std::size_t kLargestChunk = std::size_t{1024} * 1024;

// What the threads have too much of, by size. Lives until the process ends.
struct Depot {
  std::mutex mutex;
  std::vector<Magazine> magazines[kSteps];

  void give(std::size_t step, Magazine& magazine) {
    if (magazine.first == nullptr) return;
    const std::lock_guard lock(mutex);
    magazines[step].push_back(std::exchange(magazine, {}));
  }
  Magazine take(std::size_t step) {
    const std::lock_guard lock(mutex);
    if (magazines[step].empty()) return {};
    const Magazine magazine = magazines[step].back();
    magazines[step].pop_back();
    return magazine;
  }
};

Depot& depot() {
  static auto* const kDepot = new Depot;
  return *kDepot;
}

// What a thread has beside its magazines in use.
struct Reserve {
  Magazine spare[kSteps];     // each empty or full
  std::byte* next = nullptr;  // what is left of its newest chunk
  std::byte* end = nullptr;
  std::size_t chunk = kFirstChunk;  // the size of the next

  // The thread ends: its blocks are for others.
  ~Reserve() {
    for (std::size_t step = 0; step < kSteps; ++step) {
      depot().give(step, spare[step]);
      depot().give(step, pool_magazines[step]);
    }
  }
};

thread_local Reserve reserve;

}  // namespace

void* pool_refill(std::size_t step) {
  Magazine& magazine = pool_magazines[step];
  std::swap(magazine, reserve.spare[step]);
  if (magazine.first == nullptr) magazine = depot().take(step);
  if (FreeBlock* block = magazine.first; block != nullptr) {
    magazine.first = block->next;
    --magazine.count;
    return block;
  }
  const std::size_t size = step * kPoolStep;
  if (static_cast<std::size_t>(reserve.end - reserve.next) < size) {
    reserve.next = static_cast<std::byte*>(::operator new(reserve.chunk));
    reserve.end = reserve.next + reserve.chunk;
    reserve.chunk = std::min(2 * reserve.chunk, kLargestChunk);
  }
  void* block = reserve.next;
  reserve.next += size;
  return block;
}

void pool_unload(std::size_t step) {
  depot().give(step, reserve.spare[step]);
  std::swap(pool_magazines[step], reserve.spare[step]);
}

}  // namespace troupe::internal
