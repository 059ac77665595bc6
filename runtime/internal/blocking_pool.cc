// Growing, shrinking and closing of the pool.
#include "runtime/internal/blocking_pool.h"

#include <thread>
#include <utility>

namespace troupe::internal {

void BlockingPool::start(const std::shared_ptr<Shared>& shared, std::function<void()> job) {
  const std::lock_guard lock(shared->mutex);
  if (shared->closed) return;
  shared->jobs.push_back(std::move(job));
  if (shared->idle >= shared->jobs.size() || shared->threads == shared->most_threads) {
    shared->changed.notify_all();
    return;
  }
  ++shared->threads;
  std::thread([shared] { work(shared); }).detach();
}

void BlockingPool::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->closed) {
    if (shared->jobs.empty()) {
      ++shared->idle;
      const bool woken = shared->changed.wait_for(
          lock, shared->idle_time, [&] { return shared->closed || !shared->jobs.empty(); });
      --shared->idle;
      if (!woken) break;
      continue;
    }
    std::function<void()> job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  --shared->threads;
  shared->changed.notify_all();
}

std::size_t BlockingPool::close(Duration patience) {
  std::unique_lock lock(shared_->mutex);
  shared_->closed = true;
  shared_->jobs.clear();
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, patience, [&] { return shared_->threads == 0; });
  return shared_->threads;
}

}  // namespace troupe::internal
