// BlockingPool: threads for work that waits. As many as there is such work, up to a bound; those
// that have had none for a while end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "actor/time.h"

namespace troupe::internal {

class BlockingPool {
 public:
  BlockingPool(std::size_t most_threads, Duration idle_time)
      : shared_(std::make_shared<Shared>(most_threads, idle_time)) {}
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Runs `job` as soon as a thread is free. Not after close().
  void run(std::function<void()> job) { start(shared_, std::move(job)); }

  // Waits for the jobs that run, but no longer than `patience`; those that have not begun never do.
  // Gives how many still run: their threads are left alone, and end with them.
  std::size_t close(Duration patience);

  std::size_t threads() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->threads;
  }

 private:
  // Shared with the threads, which may outlive the pool.
  struct Shared {
    Shared(std::size_t most, Duration idle) : most_threads(most), idle_time(idle) {}
    const std::size_t most_threads;
    const Duration idle_time;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool closed = false;
  };

  static void start(const std::shared_ptr<Shared>& shared, std::function<void()> job);
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace troupe::internal
