// RunQueue: the actors that one worker has to run. Its worker adds and takes, others steal half.
//
// A ring with room for 256 and no locks, first in, first out, as in the schedulers of Go and Tokio.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace troupe::internal {

struct Cell;

class RunQueue {
 public:
  static constexpr std::uint32_t kRoom = 256;

  // By its worker. False where it is full.
  bool push(Cell* cell) {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kRoom) return false;
    cells_[tail % kRoom].store(cell, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // By its worker. Null where it is empty.
  Cell* pop() {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      if (head == tail_.load(std::memory_order_relaxed)) return nullptr;
      Cell* cell = cells_[head % kRoom].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel)) return cell;
    }
  }

  // By the worker of `to`, which is empty: takes half of what is here, gives one of these and puts
  // the others there.
  Cell* steal_half(RunQueue& to) {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      const std::uint32_t there = tail_.load(std::memory_order_acquire) - head;
      const std::uint32_t count = there - there / 2;
      if (count == 0) return nullptr;
      if (there > kRoom) {  // Others have taken some since `head` was read.
        head = head_.load(std::memory_order_acquire);
        continue;
      }
      const std::uint32_t tail = to.tail_.load(std::memory_order_relaxed);
      for (std::uint32_t i = 0; i < count; ++i) {
        to.cells_[(tail + i) % kRoom].store(
            cells_[(head + i) % kRoom].load(std::memory_order_relaxed), std::memory_order_relaxed);
      }
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel)) {
        Cell* last = to.cells_[(tail + count - 1) % kRoom].load(std::memory_order_relaxed);
        to.tail_.store(tail + count - 1, std::memory_order_release);
        return last;
      }
    }
  }

  bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  alignas(64) std::atomic<std::uint32_t> head_ = 0;
  alignas(64) std::atomic<std::uint32_t> tail_ = 0;
  std::array<std::atomic<Cell*>, kRoom> cells_{};
};

}  // namespace troupe::internal
