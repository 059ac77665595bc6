// Cell: the place of one actor in a thread runtime, and the table of all places.
//
// A cell never moves and is never freed, so a message can be put into its inbox whoever lives there
// by then; whether it is for that one is looked at by the thread that runs the cell.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "actor/internal/actor_base.h"
#include "runtime/internal/inbox.h"

namespace troupe::internal {

struct alignas(64) Cell {
  Inbox inbox;
  // The rest is for the thread that runs the cell, but for what is atomic.
  Taken taken;                                // out of the inbox, and not handled yet
  ActorBase* actor = nullptr;                 // owned
  std::int64_t armed = Message::kNoDeadline;  // when its deadlines will be looked at
  std::uint64_t order = 0;                    // of its start among all actors
  std::uint32_t index = 0;
  std::uint32_t incarnation = 0;  // of the last actor; for the thread that has the free place
  // Who is there, for names in reports.
  std::atomic<const ActorType*> type = nullptr;
  std::atomic<HostId> host = 0;
};

class CellTable {
 public:
  static constexpr std::uint32_t kChunk = 4096;
  static constexpr std::uint32_t kMostChunks = 1 << 16;

  // Who can be seen at each place; apart from the cells, which fill their cache lines.
  using Shown = std::atomic<const ActorBase*>;

  CellTable()
      : chunks_(new std::atomic<Cell*>[kMostChunks]()),
        shown_(new std::atomic<Shown*>[kMostChunks]()) {}
  CellTable(const CellTable&) = delete;
  CellTable& operator=(const CellTable&) = delete;
  ~CellTable() {
    for (std::uint32_t i = 0; i * kChunk < size(); ++i) {
      delete[] chunks_[i].load();
      delete[] shown_[i].load();
    }
  }

  // Null where there has never been one.
  Cell* find(std::uint32_t index) const {
    if (index / kChunk >= kMostChunks) return nullptr;
    Cell* chunk = chunks_[index / kChunk].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &chunk[index % kChunk];
  }

  Shown& shown(std::uint32_t index) const {
    return shown_[index / kChunk].load(std::memory_order_acquire)[index % kChunk];
  }

  // So many cells more, as the index of the first. `count` divides kChunk.
  std::uint32_t grow(std::uint32_t count) {
    const std::lock_guard lock(mutex_);
    const std::uint32_t first = size_.load(std::memory_order_relaxed);
    if (first % kChunk == 0) {
      auto* chunk = new Cell[kChunk];
      for (std::uint32_t i = 0; i < kChunk; ++i) chunk[i].index = first + i;
      shown_[first / kChunk].store(new Shown[kChunk](), std::memory_order_release);
      chunks_[first / kChunk].store(chunk, std::memory_order_release);
    }
    size_.store(first + count, std::memory_order_release);
    return first;
  }

  std::uint32_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  std::mutex mutex_;
  std::unique_ptr<std::atomic<Cell*>[]> chunks_;
  std::unique_ptr<std::atomic<Shown*>[]> shown_;
  std::atomic<std::uint32_t> size_ = 0;
};

}  // namespace troupe::internal
