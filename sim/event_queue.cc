// The calendar behind EventQueue: placing, opening and sorting buckets.
#include "sim/event_queue.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

namespace troupe::sim {
namespace {

constexpr std::uint64_t bit(std::int64_t index) { return std::uint64_t{1} << (index & 63); }

// Buckets hold about this many events when the width is right.
constexpr std::uint64_t kAimedPerBucket = 8;
// The width is looked at after this many events.
constexpr std::uint64_t kAdaptEvery = 1 << 14;
constexpr int kWidestBits = 40;
constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();

}  // namespace

EventQueue::EventQueue()
    : fine_(std::make_unique<Bucket[]>(kFine)), coarse_(std::make_unique<Bucket[]>(kCoarse)) {}

EventQueue::~EventQueue() {
  auto destroy = [](const Entry& entry) { Message::destroy(entry.message); };
  while (instant_ != nullptr) Message::destroy(std::exchange(instant_, instant_->next));
  for (; ready_next_ < ready_.size(); ++ready_next_) destroy(ready_[ready_next_]);
  for (const SoonEntry& entry : soon_) Message::destroy(entry.message);
  for (std::int64_t i = 0; i < kFine; ++i) take_all(fine_[i], destroy);
  for (std::int64_t i = 0; i < kCoarse; ++i) take_all(coarse_[i], destroy);
  for (auto& [number, bucket] : far_) take_all(bucket, destroy);
}

void EventQueue::add_chunk(Bucket& bucket) {
  if (free_chunks_ == nullptr) {
    constexpr std::size_t kBlock = 64;
    chunk_blocks_.push_back(std::make_unique<Chunk[]>(kBlock));
    for (std::size_t i = 0; i < kBlock; ++i) {
      chunk_blocks_.back()[i].older = std::exchange(free_chunks_, &chunk_blocks_.back()[i]);
    }
  }
  Chunk* chunk = free_chunks_;
  free_chunks_ = chunk->older;
  chunk->older = bucket;
  chunk->used = 0;
  bucket = chunk;
}

void EventQueue::push_soon(Message* message) {
  if (message->time < now_) {
    // The last popped turned out not to count. What was pushed for its instant comes later.
    while (instant_ != nullptr) {
      Message* later = std::exchange(instant_, instant_->next);
      soon_.push_back({later->time, soon_order_++, later});
      std::push_heap(soon_.begin(), soon_.end());
    }
    now_ = std::numeric_limits<std::int64_t>::min();
  }
  soon_.push_back({message->time, soon_order_++, message});
  std::push_heap(soon_.begin(), soon_.end());
}

Message* EventQueue::pop_soon() {
  std::pop_heap(soon_.begin(), soon_.end());
  Message* message = soon_.back().message;
  soon_.pop_back();
  return message;
}

void EventQueue::place(const Entry& entry) {
  const std::int64_t fine = entry.time >> width_bits_;
  const std::int64_t coarse = fine >> kFineBits;
  if (coarse == coarse_at_) {
    const std::int64_t index = fine & (kFine - 1);
    fine_used_[index / 64] |= bit(index);
    fine_words_used_[index / 4096] |= bit(index / 64);
    append(fine_[index], entry);
  } else if (coarse - coarse_at_ < kCoarse) {
    const std::int64_t index = coarse & (kCoarse - 1);
    coarse_used_[index / 64] |= bit(index);
    append(coarse_[index], entry);
  } else {
    append(far_[coarse], entry);
  }
}

// Loads the next fine bucket that holds something. False where nothing is due by `limit`.
bool EventQueue::load_next(std::int64_t limit) {
  if (loaded_events_ >= kAdaptEvery) adapt_width();
  for (;;) {
    // The first used fine bucket; those that were loaded are empty.
    for (std::size_t group = 0; group < fine_words_used_.size(); ++group) {
      if (fine_words_used_[group] == 0) continue;
      const std::int64_t word =
          static_cast<std::int64_t>(group) * 64 + std::countr_zero(fine_words_used_[group]);
      const std::int64_t index = word * 64 + std::countr_zero(fine_used_[word]);
      const std::int64_t number = (coarse_at_ << kFineBits) + index;
      if (number << width_bits_ > limit) return false;
      fine_used_[word] &= ~bit(index);
      if (fine_used_[word] == 0) fine_words_used_[group] &= ~bit(word);
      ready_end_ = number == kEndOfTime >> width_bits_ ? kEndOfTime : (number + 1) << width_bits_;
      ready_.clear();
      ready_next_ = 0;
      take_all(fine_[index], [this](const Entry& entry) {
        __builtin_prefetch(entry.message);
        __builtin_prefetch(reinterpret_cast<const char*>(entry.message) + 64);
        ready_.push_back(entry);
      });
      sort_ready();
      loaded_events_ += ready_.size();
      ++loaded_buckets_;
      return true;
    }
    if (!open_next_coarse(limit)) return false;
  }
}

bool EventQueue::open_next_coarse(std::int64_t limit) {
  std::int64_t next = -1;
  for (std::int64_t step = 1; step < kCoarse;) {
    const std::int64_t index = (coarse_at_ + step) & (kCoarse - 1);
    const std::uint64_t rest = coarse_used_[index / 64] >> (index & 63);
    if (rest != 0) {
      const std::int64_t found = step + std::countr_zero(rest);
      if (found < kCoarse) next = coarse_at_ + found;
      break;
    }
    step += 64 - (index & 63);
  }
  if (next < 0) {
    if (far_.empty()) return false;
    next = far_.begin()->first;
  }
  if ((next << kFineBits) << width_bits_ > limit) return false;
  coarse_at_ = next;
  // Nothing is left before it; what is still pushed there has no bucket any more.
  ready_end_ = (next << kFineBits) << width_bits_;
  // What was far comes within reach, before anything new is placed beside it.
  while (!far_.empty() && far_.begin()->first - coarse_at_ < kCoarse) {
    const std::int64_t index = far_.begin()->first & (kCoarse - 1);
    coarse_used_[index / 64] |= bit(index);
    coarse_[index] = far_.begin()->second;  // It was out of reach, so nothing is there.
    far_.erase(far_.begin());
  }
  const std::int64_t index = next & (kCoarse - 1);
  coarse_used_[index / 64] &= ~bit(index);
  take_all(coarse_[index], [this](const Entry& entry) { place(entry); });
  return true;
}

// Sorts by time; entries of one time keep their order.
void EventQueue::sort_ready() {
  const auto before = [](const Entry& a, const Entry& b) { return a.time < b.time; };
  if (std::is_sorted(ready_.begin(), ready_.end(), before)) return;
  // Insertion for runs, then merging of runs: buckets are small when their width is right.
  constexpr std::size_t kRun = 32;
  const std::size_t size = ready_.size();
  for (std::size_t begin = 0; begin < size; begin += kRun) {
    const std::size_t end = std::min(begin + kRun, size);
    for (std::size_t i = begin + 1; i < end; ++i) {
      const Entry entry = ready_[i];
      std::size_t at = i;
      for (; at > begin && ready_[at - 1].time > entry.time; --at) ready_[at] = ready_[at - 1];
      ready_[at] = entry;
    }
  }
  for (std::size_t run = kRun; run < size; run *= 2) {
    merged_.clear();
    for (std::size_t begin = 0; begin < size; begin += 2 * run) {
      const auto first = ready_.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto middle = ready_.begin() + static_cast<std::ptrdiff_t>(std::min(begin + run, size));
      const auto last =
          ready_.begin() + static_cast<std::ptrdiff_t>(std::min(begin + 2 * run, size));
      std::merge(first, middle, middle, last, std::back_inserter(merged_), before);
    }
    ready_.swap(merged_);
  }
}

void EventQueue::adapt_width() {
  const std::int64_t span = ready_end_ - adapted_at_;
  const std::uint64_t events = std::exchange(loaded_events_, 0);
  loaded_buckets_ = 0;
  adapted_at_ = ready_end_;
  if (span <= 0) return;
  const std::uint64_t wanted =
      static_cast<std::uint64_t>(span) / std::max<std::uint64_t>(events, 1) * kAimedPerBucket;
  const int bits = std::min<int>(std::bit_width(wanted | 1), kWidestBits);
  if (bits > width_bits_ + 1 || bits < width_bits_ - 1) set_width(bits);
}

// Places every message anew. Messages of one time are in one list, and keep their order.
void EventQueue::set_width(int bits) {
  std::vector<Entry> all;
  auto gather = [&all](const Entry& entry) { all.push_back(entry); };
  for (std::int64_t i = 0; i < kFine; ++i) take_all(fine_[i], gather);
  for (std::int64_t i = 0; i < kCoarse; ++i) take_all(coarse_[i], gather);
  for (auto& [number, bucket] : far_) take_all(bucket, gather);
  far_.clear();
  fine_used_.fill(0);
  fine_words_used_.fill(0);
  coarse_used_.fill(0);
  width_bits_ = bits;
  const std::int64_t next_fine = ready_end_ >> bits;
  coarse_at_ = next_fine >> kFineBits;
  for (const Entry& entry : all) place(entry);
}

}  // namespace troupe::sim
