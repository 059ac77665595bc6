// Refusals: who was not let in. All are counted; each reason is logged once for whoever it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace troupe::internal {

class Refusals {
 public:
  using Log = std::function<void(const std::string& who, const std::string& why)>;

  // Remembers so many of them.
  Refusals(std::size_t most, Log log) : most_(most), log_(std::move(log)) {}

  void add(const std::string& who, const std::string& why) {
    const std::lock_guard lock(mutex_);
    ++count_;
    if (logged_.size() >= most_) logged_.clear();
    if (logged_.emplace(who, why).second && log_) log_(who, why);
  }

  // From now on they are counted only: whoever takes the lines goes away.
  void stop_logging() {
    const std::lock_guard lock(mutex_);
    log_ = nullptr;
  }

  std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  Log log_;
  std::set<std::pair<std::string, std::string>> logged_;
  std::uint64_t count_ = 0;
};

}  // namespace troupe::internal
