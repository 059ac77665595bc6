// Workers, the clock, and the ways of a message between threads.
#include "runtime/thread_runtime.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "actor/internal/directory.h"
#include "actor/internal/turn.h"
#include "actor/saved.h"
#include "runtime/internal/run_queue.h"

namespace troupe {

using internal::Cell;
using internal::PendingCall;
using internal::Turns;

namespace {

constexpr std::uint32_t kPlacesAtOnce = 64;  // of free cells, for one worker

// From this number on, one after another to one actor in one turn, messages stay with the worker
// that makes them until the turn ends, at most so long.
constexpr std::uint32_t kKeepFrom = 8;
constexpr auto kLongestKept = std::chrono::microseconds(500);
// So many are a flood: the actor comes to the worker that has made them. To fetch messages from
// another core's cache takes several times as long as to make and to handle them.
constexpr std::uint32_t kFlood = 512;
// The worker waits for the actor while another one, which runs it, handles kMessagesInARow in so
// long.
constexpr auto kPatienceForFlooded = std::chrono::microseconds(100);
// Also where this one has run it meanwhile and has left it to others, with so many packs still to
// be handled: so few fit into the caches.
constexpr std::uint32_t kMostPacks = 512;

// Of one actor, before others have their turn: so many messages, or as many as take so long. Where
// an actor is flooded by others, what it has not handled would pile up behind their turns.
constexpr std::uint32_t kMessagesInARow = 128;
constexpr auto kSlice = std::chrono::milliseconds(1);
constexpr std::uint32_t kNextInARow = 32;  // actors that go before the queue
constexpr std::uint32_t kTicks = 64;       // between two looks at timers and at the common queue
constexpr int kSearches = 40;              // for work, before a worker parks
constexpr auto kStuck = std::chrono::milliseconds(1);
constexpr auto kVisit = std::chrono::microseconds(100);  // then a visitor begins no more turns
constexpr auto kPatience = std::chrono::seconds(5);

std::int64_t nanoseconds(Time time) { return time.time_since_epoch().count(); }

// A message to oneself that the actor's deadlines are to be looked at: no call is its own.
bool is_deadline_check(const Message& message) {
  return message.kind == MessageKind::kWake && message.generation == 0;
}

[[noreturn]] void waited_inside_an_actor() {
  std::fprintf(stderr,
               "troupe: ask(), answer() or run_until() of a ThreadRuntime was called in an actor, "
               "whose thread would wait for itself. In an actor, co_await the call.\n");
  std::abort();
}

}  // namespace

// What a blocking job needs of the runtime, which may be gone when the job is done.
struct ThreadRuntime::Link {
  std::mutex mutex;
  ThreadRuntime* runtime;
};

// --- Workers ------------------------------------------------------------------------------------

class ThreadRuntime::Worker {
 public:
  Worker(ThreadRuntime& runtime, std::uint32_t number, std::uint64_t seed)
      : runtime_(runtime),
        maker_{.number = number},
        random_(seed),
        seen_(runtime.options_.threads) {}

  void start() {
    thread_ = std::thread([this] { work(); });
  }
  void join() { thread_.join(); }

  // The worker that this thread is for `runtime`, or null.
  static Worker* current(const ThreadRuntime& runtime) {
    return current_ != nullptr && &current_->runtime_ == &runtime ? current_ : nullptr;
  }
  static bool is_current() { return current_ != nullptr; }

  // A visitor takes its place, where it is parked and has none yet; runs actors; gives it back, and
  // leaves to all what is left.
  bool let_visit_locked();
  void run_visitor();
  void leave_visitor();

  void post(Cell& cell, Message* message) {
    if (&cell != last_target_) {
      post_kept();
      last_target_ = &cell;
      in_a_row_ = 0;
    } else if (++in_a_row_ >= kKeepFrom && running_.load(std::memory_order_relaxed) != nullptr) {
      keep(message);
      return;
    }
    if (cell.inbox.push(message)) make_runnable(&cell);
  }

  // The actor may be run from now on. It is the next, since what it works on is still near.
  void make_runnable(Cell* cell) {
    Cell* before = next_.exchange(cell, std::memory_order_acq_rel);
    if (before != nullptr) push(before);
  }

  void count_message() {
    messages_.store(messages_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void count_turn() {
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::uint64_t messages() const { return messages_.load(std::memory_order_relaxed); }
  bool has_next() const { return next_.load(std::memory_order_acquire) != nullptr; }
  bool has_stealable() const { return !queue_.empty(); }
  // What it runs just now.
  Cell* running() const { return running_.load(std::memory_order_acquire); }

  std::vector<std::uint32_t> free_places;

 private:
  void work();
  bool park();
  Cell* take();
  Cell* search();
  Cell* steal();
  Cell* steal_next();
  void run(Cell& cell);
  void limit(Cell& cell, internal::Taken& taken);
  void handle(Cell& cell, Message* message);
  bool give_to(const internal::PackMaker& maker, Cell& cell, const internal::Taken& taken);
  Cell* await(Cell& cell);
  bool take_next_of_others(Cell& cell);
  const Worker* find_runner(const Cell& cell) const;
  void count_no_more(Message& message) {
    message.counted = false;
    runtime_.transport_->handled(message);
  }

  void push(Cell* cell) {
    if (!queue_.push(cell)) {
      share_half(cell);
    } else if (runtime_.workers_.size() > 1) {
      runtime_.wake_one();
    }
  }

  // The queue is full: half of it is for all workers.
  void share_half(Cell* cell) {
    std::vector<Cell*> cells;
    while (cells.size() < internal::RunQueue::kRoom / 2) {
      Cell* first = queue_.pop();
      if (first == nullptr) break;
      cells.push_back(first);
    }
    cells.push_back(cell);
    runtime_.enqueue(cells);
  }

  void keep(Message* message) {
    if (!kept_.add(message, maker_)) return;
    const auto time = std::chrono::steady_clock::now();
    if (kept_since_ == std::chrono::steady_clock::time_point{}) kept_since_ = time;
    if (time - kept_since_ > kLongestKept) post_kept();
  }

  void post_kept() {
    if (kept_.empty()) return;
    kept_since_ = {};
    if (last_target_->inbox.push(kept_)) make_runnable(last_target_);
  }

  static thread_local Worker* current_;

  ThreadRuntime& runtime_;
  internal::RunQueue queue_;

  // What other workers look at, apart from what this one writes for each message.
  alignas(64) std::atomic<Cell*> next_ = nullptr;
  std::atomic<Cell*> running_ = nullptr;
  std::atomic<std::uint64_t> turns_ = 0;  // counted again every kMessagesInARow of one turn
  std::atomic<Cell*> awaited_ = nullptr;  // was flooded by this worker; null: or given to it
  internal::PackMaker maker_;

  alignas(64) std::atomic<std::uint64_t> messages_ = 0;
  std::uint32_t ticks_ = 0;
  std::uint32_t nexts_ = 0;

  Cell* last_target_ = nullptr;
  std::uint32_t in_a_row_ = 0;
  internal::Kept kept_;  // for last_target_
  std::chrono::steady_clock::time_point kept_since_;

  Random random_;
  std::vector<std::uint64_t> seen_;  // turns of the other workers, a while ago
  Cell* found_ = nullptr;            // while parked
  Cell* before_next_ = nullptr;      // has its turn now

  // Guarded by park_mutex_.
  bool parked_ = false;
  bool visited_ = false;  // another thread is this worker
  std::int64_t sleeps_until_ = internal::Timers::kNone;

  std::thread thread_;
};

constinit thread_local ThreadRuntime::Worker* ThreadRuntime::Worker::current_ = nullptr;

void ThreadRuntime::Worker::work() {
  current_ = this;
  for (;;) {
    Cell* cell = std::exchange(before_next_, nullptr);
    if (!runtime_.hold_.load(std::memory_order_acquire)) [[likely]] {
      if (++ticks_ % kTicks == 0) {
        runtime_.fire_timers();
        if (cell == nullptr) cell = runtime_.dequeue();
      }
      if (cell == nullptr) cell = take();
      if (cell == nullptr) cell = search();
    } else if (cell != nullptr) {
      push(std::exchange(cell, nullptr));
    }
    if (cell == nullptr) {
      if (!park()) return;
      cell = std::exchange(found_, nullptr);
      if (cell == nullptr) continue;
    }
    run(*cell);
  }
}

Cell* ThreadRuntime::Worker::take() {
  if (next_.load(std::memory_order_relaxed) != nullptr) {
    Cell* cell = next_.exchange(nullptr, std::memory_order_acq_rel);
    if (cell != nullptr) {
      // Where nobody else waits, it stays: in the queue, another worker would take it away.
      if (++nexts_ < kNextInARow || queue_.empty()) return cell;
      nexts_ = 0;
      push(cell);
    }
  } else {
    nexts_ = 0;
  }
  return queue_.pop();
}

Cell* ThreadRuntime::Worker::search() {
  for (int i = 0; i < kSearches; ++i) {
    runtime_.fire_timers();
    if (Cell* cell = runtime_.dequeue(); cell != nullptr) return cell;
    if (Cell* cell = take(); cell != nullptr) return cell;  // What a timer has made runnable.
    if (Cell* cell = steal(); cell != nullptr) return cell;
    if (runtime_.workers_.size() == 1 || runtime_.hold_.load(std::memory_order_relaxed)) break;
    __builtin_ia32_pause();
  }
  return nullptr;
}

Cell* ThreadRuntime::Worker::steal() {
  const std::size_t count = runtime_.workers_.size();
  const std::size_t first = random_.below(count);
  for (std::size_t i = 0; i < count; ++i) {
    Worker& other = *runtime_.workers_[(first + i) % count];
    if (&other == this) continue;
    if (Cell* cell = other.queue_.steal_half(queue_); cell != nullptr) return cell;
  }
  return nullptr;
}

// The next of a worker that has been in one piece of code for a while.
Cell* ThreadRuntime::Worker::steal_next() {
  for (std::size_t i = 0; i < runtime_.workers_.size(); ++i) {
    Worker& other = *runtime_.workers_[i];
    if (&other == this) continue;
    const std::uint64_t turns = other.turns_.load(std::memory_order_relaxed);
    if (std::exchange(seen_[i], turns) != turns) continue;
    if (other.next_.load(std::memory_order_relaxed) == nullptr) continue;
    if (Cell* cell = other.next_.exchange(nullptr, std::memory_order_acq_rel); cell != nullptr) {
      return cell;
    }
  }
  return nullptr;
}

// Waits for something to do. False where the worker shall end.
bool ThreadRuntime::Worker::park() {
  ThreadRuntime& all = runtime_;
  std::unique_lock lock(all.park_mutex_);
  all.idle_.fetch_add(1, std::memory_order_seq_cst);
  parked_ = true;
  bool go_on = true;
  for (;;) {
    sleeps_until_ = internal::Timers::kNone;
    if (visited_) {
      if (all.wake_ups_ > 0) all.wake_.notify_one();  // It was for another one.
      all.wake_.wait(lock);
      continue;
    }
    if (all.stopping_.load(std::memory_order_relaxed)) {
      go_on = false;
      break;
    }
    if (all.paused_) {
      all.quiet_.notify_all();
      all.wake_.wait(lock);
      continue;
    }
    if (all.wake_ups_ > 0) {
      --all.wake_ups_;
      break;
    }
    const bool real = all.options_.clock == ClockKind::kReal;
    const std::int64_t due = real ? all.timers_.next() : internal::Timers::kNone;
    const std::int64_t now = due == internal::Timers::kNone ? 0 : nanoseconds(all.now());
    if (next_.load(std::memory_order_relaxed) != nullptr || all.has_work() || due <= now) break;
    const bool all_idle = all.idle_.load(std::memory_order_relaxed) == all.workers_.size();
    if (all_idle) all.quiet_.notify_all();
    bool woken = true;
    if (!all_idle) {
      Duration wait = kStuck;
      if (due != internal::Timers::kNone) wait = std::min(wait, Duration(due - now));
      sleeps_until_ = due;
      woken = all.wake_.wait_for(lock, wait) == std::cv_status::no_timeout;
    } else if (due != internal::Timers::kNone) {
      sleeps_until_ = due;
      all.wake_.wait_for(lock, Duration(due - now));
    } else {
      all.wake_.wait(lock);
    }
    if (!woken && !visited_ && !all.paused_ && all.wake_ups_ == 0) {
      found_ = steal_next();
      if (found_ != nullptr) break;
    }
  }
  parked_ = false;
  all.idle_.fetch_sub(1, std::memory_order_seq_cst);
  return go_on;
}

bool ThreadRuntime::Worker::let_visit_locked() {
  if (!parked_ || visited_) return false;
  visited_ = true;
  runtime_.idle_.fetch_sub(1, std::memory_order_seq_cst);
  current_ = this;
  return true;
}

void ThreadRuntime::Worker::run_visitor() {
  const auto end = std::chrono::steady_clock::now() + kVisit;
  while (!runtime_.hold_.load(std::memory_order_acquire)) {
    Cell* cell = std::exchange(before_next_, nullptr);
    if (cell == nullptr) cell = take();
    if (cell == nullptr) break;
    run(*cell);
    if (std::chrono::steady_clock::now() >= end) break;
  }
  for (Cell* cell : {std::exchange(before_next_, nullptr), next_.exchange(nullptr)}) {
    if (cell != nullptr) push(cell);
  }
}

void ThreadRuntime::Worker::leave_visitor() {
  current_ = nullptr;
  bool more = false;
  {
    const std::lock_guard lock(runtime_.park_mutex_);
    visited_ = false;
    const bool all_idle =
        runtime_.idle_.fetch_add(1, std::memory_order_seq_cst) + 1 == runtime_.workers_.size();
    if (all_idle) runtime_.quiet_.notify_all();
    if (runtime_.hold_.load(std::memory_order_relaxed)) runtime_.wake_.notify_all();
    more = runtime_.has_work() ||
           (runtime_.options_.clock == ClockKind::kReal && runtime_.timers_.next() < sleeps_until_);
  }
  if (more) runtime_.wake_one();
}

void ThreadRuntime::Worker::run(Cell& cell) {
  running_.store(&cell, std::memory_order_release);
  count_turn();
  // Apart from the cell, whose cache line the senders write to.
  internal::Taken taken = std::exchange(cell.taken, {});
  bool more = false;
  bool gave = false;
  std::chrono::steady_clock::time_point end;
  for (std::uint32_t handled = 0;; ++handled) {
    if (taken.empty()) {
      taken = cell.inbox.take();
      if (taken.empty()) {
        if (cell.inbox.rest()) break;
        continue;
      }
      if (cell.actor != nullptr && Turns::is_limited(*cell.actor)) limit(cell, taken);
    }
    if (handled == kMessagesInARow) [[unlikely]] {
      const auto time = std::chrono::steady_clock::now();
      if (end == std::chrono::steady_clock::time_point{}) end = time + kSlice;
      if (time >= end || runtime_.hold_.load(std::memory_order_relaxed)) {
        cell.taken = taken;
        more = true;
        break;
      }
      handled = 0;
      count_turn();
    }
    if (taken.empty()) continue;
    if (const internal::Pack* pack = taken.whole_pack();
        pack != nullptr && pack->maker != &maker_ && give_to(*pack->maker, cell, taken))
        [[unlikely]] {
      gave = true;
      break;
    }
    handle(cell, taken.pop());
  }
  post_kept();
  Cell* flooded = in_a_row_ >= kFlood ? last_target_ : nullptr;
  if (gave && maker_.packs.load(std::memory_order_relaxed) > kMostPacks) flooded = &cell;
  last_target_ = nullptr;
  running_.store(nullptr, std::memory_order_release);
  if (!more) {
    if (flooded != nullptr) before_next_ = await(*flooded);
    return;
  }
  // One of those that wait has its turn, then this goes on: behind all of them, what others send
  // it meanwhile would outgrow the caches.
  ticks_ |= kTicks - 1;  // It was long enough for a look at the timers.
  before_next_ = runtime_.dequeue();
  if (before_next_ == nullptr) before_next_ = queue_.pop();
  if (before_next_ != nullptr) {
    make_runnable(&cell);
  } else {
    push(&cell);
  }
}

// The cell goes to the worker that has made these messages, where that waits for it.
bool ThreadRuntime::Worker::give_to(const internal::PackMaker& maker, Cell& cell,
                                    const internal::Taken& taken) {
  Worker& other = *runtime_.workers_[maker.number];
  if (other.awaited_.load(std::memory_order_relaxed) != &cell) return false;
  cell.taken = taken;
  Cell* awaited = &cell;
  if (other.awaited_.compare_exchange_strong(awaited, nullptr, std::memory_order_acq_rel)) {
    return true;
  }
  cell.taken = {};
  return false;
}

// Waits for a cell that this worker has flooded and that another one has. Gives it where that one
// has left it to this, or null.
Cell* ThreadRuntime::Worker::await(Cell& cell) {
  if (runtime_.workers_.size() == 1 || next_.load(std::memory_order_relaxed) == &cell) {
    return nullptr;
  }
  awaited_.store(&cell, std::memory_order_release);
  const Worker* runner = nullptr;
  std::uint64_t turns = 0;
  auto end = std::chrono::steady_clock::now() + kPatienceForFlooded;
  while (!runtime_.hold_.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 8; ++i) __builtin_ia32_pause();
    if (awaited_.load(std::memory_order_acquire) == nullptr) return &cell;
    if (cell.inbox.is_idle()) break;
    const auto time = std::chrono::steady_clock::now();
    if (runner == nullptr || runner->running() != &cell) {
      runner = find_runner(cell);
      turns = 0;
    }
    if (runner != nullptr) {
      if (const std::uint64_t now = runner->turns_.load(std::memory_order_relaxed); now != turns) {
        turns = now;
        end = time + kPatienceForFlooded;
      }
    } else if (take_next_of_others(cell)) {
      awaited_.store(nullptr, std::memory_order_relaxed);
      return &cell;
    }
    if (time >= end) break;
  }
  return awaited_.exchange(nullptr, std::memory_order_acq_rel) == nullptr ? &cell : nullptr;
}

// The cell, where it waits for the end of another worker's turn.
bool ThreadRuntime::Worker::take_next_of_others(Cell& cell) {
  for (const auto& worker : runtime_.workers_) {
    Cell* next = &cell;
    if (worker.get() != this && worker->next_.load(std::memory_order_relaxed) == next &&
        worker->next_.compare_exchange_strong(next, nullptr, std::memory_order_acq_rel)) {
      return true;
    }
  }
  return false;
}

// The other worker that runs the cell, or null.
const ThreadRuntime::Worker* ThreadRuntime::Worker::find_runner(const Cell& cell) const {
  for (const auto& worker : runtime_.workers_) {
    if (worker.get() != this && worker->running() == &cell) return worker.get();
  }
  return nullptr;
}

// Lets what has come while the actor ran wait in its mailbox, which has a limit; handles it, too.
void ThreadRuntime::Worker::limit(Cell& cell, internal::Taken& taken) {
  if (Turns::holder(*cell.actor) != nullptr) return;  // All of it will wait there anyway.
  Message* first = taken.pop();
  std::vector<Message*> others;
  while (!taken.empty()) {
    Message* message = taken.pop();
    const bool waits = message->kind == MessageKind::kCall || message->kind == MessageKind::kStop;
    if (waits && !message->timer && !message->of_system() && message->target == cell.actor->id()) {
      if (message->counted) count_no_more(*message);
      Turns::let_wait(*cell.actor, message);
    } else {
      others.push_back(message);
    }
  }
  while (!others.empty()) {
    taken.push_front(others.back());
    others.pop_back();
  }
  handle(cell, first);
  if (cell.actor == nullptr) return;
  Turns::go_on(*cell.actor);
  if (Turns::has_ended(*cell.actor)) runtime_.remove(cell);
}

void ThreadRuntime::Worker::handle(Cell& cell, Message* message) {
  if (message->counted) [[unlikely]]
    count_no_more(*message);
  if (cell.actor == nullptr) [[unlikely]] {
    cell.actor = Turns::take_starting(*message);
  }
  ActorBase* actor = cell.actor;
  if (actor == nullptr || actor->id() != message->target) [[unlikely]] {
    runtime_.undeliverable(message);
    return;
  }
  if (message->timer) [[unlikely]] {
    if (is_deadline_check(*message)) {
      runtime_.check_deadlines(*actor, cell.armed, message);
    } else if (Turns::is_open(*actor, message->slot, message->generation)) {
      Turns::receive(*actor, message);
    } else {
      Message::destroy(message);  // A timer that was cancelled, a sleeper that is gone.
    }
  } else {
    Turns::receive(*actor, message);
  }
  if (actor->saves_at_once() && !Turns::has_ended(*actor)) [[unlikely]] {
    internal::Disk::store(*actor);
  }
  if (Turns::has_ended(*actor)) [[unlikely]] {
    runtime_.remove(cell);
  }
}

ThreadRuntime::Visit::Visit(ThreadRuntime& runtime) : runtime_(runtime), place_(nullptr) {
  if (Worker::is_current() || runtime.idle_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(runtime.park_mutex_);
  // Who has been woken is not parked, even where it has not heard of it yet.
  if (runtime.hold_.load(std::memory_order_relaxed) ||
      runtime.wake_ups_ >= runtime.idle_.load(std::memory_order_relaxed)) {
    return;
  }
  for (const auto& worker : runtime.workers_) {
    if (!worker->let_visit_locked()) continue;
    place_ = worker.get();
    return;
  }
}

ThreadRuntime::Visit::~Visit() {
  if (place_ == nullptr) return;
  place_->run_visitor();
  place_->leave_visitor();
}

// --- All the workers ----------------------------------------------------------------------------

void ThreadRuntime::enqueue(std::span<Cell* const> cells) {
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.insert(queue_.end(), cells.begin(), cells.end());
    queue_size_.store(queue_.size(), std::memory_order_release);
  }
  wake_one();
}

Cell* ThreadRuntime::dequeue() {
  if (queue_size_.load(std::memory_order_acquire) == 0) return nullptr;
  const std::lock_guard lock(queue_mutex_);
  if (queue_.empty()) return nullptr;
  Cell* cell = queue_.front();
  queue_.pop_front();
  queue_size_.store(queue_.size(), std::memory_order_release);
  return cell;
}

// Whether there is something that any parked worker could do.
bool ThreadRuntime::has_work() const {
  if (queue_size_.load(std::memory_order_acquire) != 0) return true;
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->has_stealable(); });
}

bool ThreadRuntime::nobody_has_work() const {
  return !has_work() && std::none_of(workers_.begin(), workers_.end(),
                                     [](const auto& worker) { return worker->has_next(); });
}

// After work has been added: either a worker that parks sees the work, or this sees the worker.
void ThreadRuntime::wake_one() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (idle_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(park_mutex_);
  if (wake_ups_ >= idle_.load(std::memory_order_relaxed)) return;
  ++wake_ups_;
  wake_.notify_one();
}

bool ThreadRuntime::is_quiet_locked() const {
  return idle_.load(std::memory_order_seq_cst) == workers_.size() && nobody_has_work() &&
         jobs_.load(std::memory_order_acquire) == 0;
}

// The actors stand still while this lives: all but those that are in one piece of code for longer
// than this is ready to wait.
class ThreadRuntime::Paused {
 public:
  explicit Paused(ThreadRuntime& runtime) : runtime_(runtime) {
    std::unique_lock lock(runtime.park_mutex_);
    runtime.quiet_.wait(lock, [&] { return !runtime.paused_; });
    runtime.paused_ = true;
    runtime.hold_.store(true, std::memory_order_release);
    runtime.quiet_.wait_for(lock, kPatience, [&] { return all_stand_locked(); });
    all_stand_ = all_stand_locked();
  }
  Paused(const Paused&) = delete;
  Paused& operator=(const Paused&) = delete;
  ~Paused() {
    const std::lock_guard lock(runtime_.park_mutex_);
    runtime_.paused_ = false;
    runtime_.hold_.store(runtime_.stopping_.load(), std::memory_order_release);
    runtime_.wake_.notify_all();
    runtime_.quiet_.notify_all();
  }

  // Who does not stand still.
  std::vector<Cell*> running() const {
    std::vector<Cell*> cells;
    if (all_stand_) return cells;
    for (const auto& worker : runtime_.workers_) {
      if (Cell* cell = worker->running(); cell != nullptr) cells.push_back(cell);
    }
    return cells;
  }

 private:
  bool all_stand_locked() const {
    return runtime_.idle_.load(std::memory_order_relaxed) == runtime_.workers_.size();
  }
  ThreadRuntime& runtime_;
  bool all_stand_ = false;
};

// --- Life of the runtime ------------------------------------------------------------------------

// Frees the messages that nobody will handle. While no worker runs.
template <class Cells>
static void discard_messages(Cells& cells) {
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    Cell& cell = *cells.find(i);
    for (;;) {
      if (cell.taken.empty() && !cell.inbox.is_idle()) cell.taken = cell.inbox.take();
      if (cell.taken.empty()) break;
      Message::destroy(cell.taken.pop());
    }
  }
}

ThreadRuntime::ThreadRuntime(ThreadRuntimeOptions options)
    : options_([&] {
        if (options.threads == 0)
          options.threads = std::max(1U, std::thread::hardware_concurrency());
        return options;
      }()),
      started_(std::chrono::steady_clock::now()),
      blocking_(options_.most_blocking_threads, options_.blocking_thread_idle),
      link_(std::make_shared<Link>()),
      loss_(Random::stream(options_.seed, "loss")) {
  link_->runtime = this;
  Turns::place(outside_, *this, ActorId{kOutside, 0, 1}, Random::stream(options_.seed, "outside"));
  for (unsigned i = 0; i < options_.threads; ++i) {
    workers_.push_back(
        std::make_unique<Worker>(*this, i, Random::stream(options_.seed, "worker", i)()));
  }
  for (const auto& worker : workers_) worker->start();
}

ThreadRuntime::~ThreadRuntime() {
  for (const std::string& line : stop()) {
    std::fprintf(stderr, "troupe: the runtime has stopped, but %s\n", line.c_str());
  }
  discard_messages(cells_);  // What other threads were about to send when it stopped.
}

std::vector<std::string> ThreadRuntime::stop() {
  if (Worker::is_current()) waited_inside_an_actor();
  const std::lock_guard stopping(stop_mutex_);
  if (stopping_.load()) return {};
  std::vector<std::string> waiting = who_waits();
  {
    const std::lock_guard lock(park_mutex_);
    stopping_.store(true);
    hold_.store(true, std::memory_order_release);
    wake_.notify_all();
    quiet_.notify_all();
  }
  for (const auto& worker : workers_) worker->join();
  {
    const std::lock_guard lock(link_->mutex);
    link_->runtime = nullptr;
  }
  if (const std::size_t left = blocking_.close(kPatience); left > 0) {
    waiting.push_back(absl::StrCat(left, " blocking() jobs still run"));
  }
  hearing_.store(Hearing::kNothing);
  observe_with(nullptr);
  const absl::Status why = absl::UnavailableError("the runtime has stopped");
  place_unstarted();
  std::vector<Cell*> cells = occupied();
  std::sort(cells.begin(), cells.end(),
            [](const Cell* a, const Cell* b) { return a->order > b->order; });
  for (Cell* cell : cells) Turns::end(*cell->actor, why);
  for (Cell* cell : cells) {
    cells_.shown(cell->index).store(nullptr, std::memory_order_relaxed);
    delete std::exchange(cell->actor, nullptr);
  }
  discard_messages(cells_);
  timers_.clear();
  {
    const std::lock_guard lock(outside_mutex_);
    Turns::end(outside_, why);
    answered_.notify_all();
  }
  return waiting;
}

HostId ThreadRuntime::add_host(std::string name) {
  const std::lock_guard lock(hosts_mutex_);
  hosts_.push_back({.name = std::move(name)});
  host_count_.store(static_cast<std::uint32_t>(hosts_.size()), std::memory_order_release);
  return static_cast<HostId>(hosts_.size() - 1);
}

bool ThreadRuntime::is_down(HostId host) const {
  if (down_hosts_.load(std::memory_order_acquire) == 0) return false;
  const std::lock_guard lock(hosts_mutex_);
  return host < hosts_.size() && !hosts_[host].up;
}

Cell& ThreadRuntime::take_place() {
  Worker* worker = Worker::current(*this);
  std::unique_lock lock(free_mutex_, std::defer_lock);
  if (worker == nullptr) lock.lock();
  std::vector<std::uint32_t>& places = worker == nullptr ? free_cells_ : worker->free_places;
  if (places.empty() && worker != nullptr) {
    lock.lock();
    const std::size_t count = std::min<std::size_t>(free_cells_.size(), kPlacesAtOnce);
    places.assign(free_cells_.end() - static_cast<std::ptrdiff_t>(count), free_cells_.end());
    free_cells_.resize(free_cells_.size() - count);
  }
  if (places.empty()) {
    const std::uint32_t first = cells_.grow(kPlacesAtOnce);
    for (std::uint32_t i = kPlacesAtOnce; i-- > 0;) places.push_back(first + i);
  }
  const std::uint32_t index = places.back();
  places.pop_back();
  return *cells_.find(index);
}

void ThreadRuntime::free_place(Cell& cell) {
  Worker* worker = Worker::current(*this);
  if (worker != nullptr && worker->free_places.size() < 2 * kPlacesAtOnce) {
    worker->free_places.push_back(cell.index);
    return;
  }
  const std::lock_guard lock(free_mutex_);
  free_cells_.push_back(cell.index);
}

absl::StatusOr<ActorId> ThreadRuntime::adopt(std::unique_ptr<ActorBase> actor,
                                             Placement placement) {
  if (stopping_.load(std::memory_order_relaxed)) {
    return absl::UnavailableError("the runtime has stopped");
  }
  if (placement.host >= host_count_.load(std::memory_order_acquire)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no host ", placement.host));
  }
  if (is_down(placement.host)) {
    return absl::UnavailableError(absl::StrCat(host_name(placement.host), " is down"));
  }
  Cell& cell = take_place();
  if (cell.incarnation == 0) cell.incarnation = options_.first_incarnation;
  const ActorId id{placement.host, cell.index, ++cell.incarnation};
  cell.order = starts_.fetch_add(1, std::memory_order_relaxed);
  cell.host.store(placement.host, std::memory_order_relaxed);
  cell.type.store(&actor->type(), std::memory_order_release);
  Turns::place(*actor, *this, id,
               Random::stream(options_.seed, "actor", id.host,
                              std::uint64_t{id.index} << 32 | id.incarnation));
  cells_.shown(id.index).store(actor.get(), std::memory_order_release);
  hand_over(Turns::start_message(*actor.release()));
  return id;
}

void ThreadRuntime::retire(ActorBase&) {}  // Whoever runs its cell sees that it has ended.

void ThreadRuntime::remove(Cell& cell) {
  cell.type.store(nullptr, std::memory_order_release);
  cell.armed = Message::kNoDeadline;
  {
    const std::lock_guard lock(seeing(cell.index));
    cells_.shown(cell.index).store(nullptr, std::memory_order_relaxed);
  }
  forget(cell.actor->id());  // A name that it was given while it ended.
  delete std::exchange(cell.actor, nullptr);
  free_place(cell);
}

// Puts actors whose start is still on its way into their cells. While nobody runs.
void ThreadRuntime::place_unstarted() {
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = *cells_.find(i);
    if (cell.actor != nullptr || (cell.taken.empty() && cell.inbox.is_idle())) continue;
    std::vector<Message*> messages;
    for (internal::Taken taken : {cell.taken, cell.inbox.take()}) {
      while (!taken.empty()) messages.push_back(taken.pop());
    }
    cell.taken = {};
    for (std::size_t at = messages.size(); at-- > 0;) cell.taken.push_front(messages[at]);
    for (Message* message : messages) {
      if (ActorBase* starting = Turns::take_starting(*message); starting != nullptr) {
        cell.actor = starting;
      }
    }
  }
}

std::vector<Cell*> ThreadRuntime::occupied() const {
  std::vector<Cell*> cells;
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    Cell* cell = cells_.find(i);
    if (cell->actor != nullptr) cells.push_back(cell);
  }
  return cells;
}

// --- Messages -----------------------------------------------------------------------------------

void ThreadRuntime::send(const ActorBase& from, Message* message) {
  if (const Hearing hearing = hearing_.load(std::memory_order_relaxed); hearing != Hearing::kAll)
      [[unlikely]] {
    if (hearing == Hearing::kNothing || message->kind == MessageKind::kCall) {
      Message::destroy(message);
      return;
    }
  }
  // Nobody learns of what is not stored. (`from` is the actor whose turn it is, or an end of it.)
  if (from.saves_at_once() && !internal::Disk::store(const_cast<ActorBase&>(from))) [[unlikely]] {
    Message::destroy(message);
    return;
  }
  if (Worker* worker = Worker::current(*this); worker != nullptr) {
    worker->count_message();
  } else {
    outside_messages_.fetch_add(1, std::memory_order_relaxed);
  }
  route(from.id().host, message);
}

void ThreadRuntime::route(HostId from, Message* message) {
  message->from_afar = false;
  const HostId to = message->target.host;
  const bool beyond = to >= kFirstRemoteHost && to != kOutside;
  if ((from == to || from == kOutside || to == kOutside) && !beyond) [[likely]] {
    hand_over(message);
    return;
  }
  if (beyond && transport_ == nullptr) [[unlikely]] {
    undeliverable(message);
    return;
  }
  if (options_.loss > 0 && !message->of_system()) {
    std::unique_lock lock(loss_mutex_);
    const bool lost = loss_.chance(options_.loss);
    lock.unlock();
    if (lost) {
      note_drop(*message, DropReason::kLost);
      Message::destroy(message);
      return;
    }
  }
  if (transport_ != nullptr) {
    // A host of this process: what comes from outside, or from another process and goes on, leaves
    // by the first one.
    transport_->carry(from >= kFirstRemoteHost ? 0 : from, message);
  } else {
    arrive(message);
  }
}

void ThreadRuntime::arrive(Message* message) {
  if (options_.latency == Duration::zero()) {
    hand_over(message);
    return;
  }
  message->time = nanoseconds(now() + options_.latency);
  if (timers_.add(message->time, false, message)) wake_one();
}

void ThreadRuntime::bounce(Message* message, DropReason reason, absl::Status why) {
  note_drop(*message, reason);
  if (message->kind != MessageKind::kCall || !message->wants_reply()) {
    Message::destroy(message);
    return;
  }
  message->turn_into_failure(message->target, std::move(why));
  route(message->target.host, message);
}

void ThreadRuntime::hand_over(Message* message) {
  if (message->target.host == kOutside) [[unlikely]] {
    deliver_outside(message);
    return;
  }
  Cell* cell = cells_.find(message->target.index);
  if (cell == nullptr) [[unlikely]] {
    undeliverable(message);
  } else if (Worker* worker = Worker::current(*this); worker != nullptr) {
    worker->post(*cell, message);
  } else if (cell->inbox.push(message)) {
    enqueue({&cell, 1});
  }
}

void ThreadRuntime::deliver_outside(Message* message) {
  const std::lock_guard lock(outside_mutex_);
  if (is_deadline_check(*message)) {
    check_deadlines(outside_, outside_armed_, message);
  } else {
    Turns::receive(outside_, message);
  }
  answered_.notify_all();
}

void ThreadRuntime::undeliverable(Message* message) {
  const bool down = is_down(message->target.host);
  if (!down && holds_until_started(message)) return;
  if (wakes_host_object(*message)) {
    hand_over(message);
    return;
  }
  if (Message* answer = refuse(message, down); answer != nullptr) {
    route(answer->sender ? answer->sender.host : answer->target.host, answer);
  }
}

void ThreadRuntime::schedule(Time time, Message* message) {
  if (hearing_.load(std::memory_order_relaxed) == Hearing::kNothing) {
    Message::destroy(message);
    return;
  }
  message->time = nanoseconds(time);
  if (time <= now()) {
    hand_over(message);
  } else if (timers_.add(message->time, false, message)) {
    wake_one();  // Somebody who waits for a later date.
  }
}

void ThreadRuntime::watch_deadline(ActorBase& actor, std::uint32_t, std::uint32_t, Time deadline,
                                   Duration) {
  if (actor.id().host == kOutside) {
    arm(actor.id(), outside_armed_, deadline);
  } else {
    arm(actor.id(), cells_.find(actor.id().index)->armed, deadline);
  }
}

// An actor's deadlines are looked at together: mostly a look is asked for already.
void ThreadRuntime::arm(ActorId actor, std::int64_t& armed, Time deadline) {
  const std::int64_t date = nanoseconds(deadline);
  if (date >= armed) return;
  armed = date;
  Message* check = Message::create(MessageKind::kWake, nullptr, 0);
  check->target = check->sender = actor;
  check->timer = true;
  check->time = date;
  if (timers_.add(date, true, check)) wake_one();
}

void ThreadRuntime::check_deadlines(ActorBase& actor, std::int64_t& armed, Message* check) {
  const std::int64_t date = check->time;
  Message::destroy(check);
  if (date != armed) return;  // Another look has been asked for since.
  armed = Message::kNoDeadline;
  const Time next = Turns::expire_due(actor, now());
  if (!Turns::has_ended(actor)) arm(actor.id(), armed, next);
}

void ThreadRuntime::run_blocking(const ActorBase&, std::function<absl::Status()> job,
                                 Message* done) {
  begin_job();
  blocking_.run(
      [link = link_, job = std::move(job), owned = std::make_shared<MessagePtr>(done)]() mutable {
        internal::finish_blocking(**owned, job());
        job = nullptr;
        const std::lock_guard lock(link->mutex);
        ThreadRuntime* runtime = link->runtime;
        if (runtime == nullptr) return;
        runtime->hand_over(owned->release());
        runtime->end_job();
      });
}

void ThreadRuntime::end_job() {
  jobs_.fetch_sub(1, std::memory_order_acq_rel);
  const std::lock_guard parked(park_mutex_);
  quiet_.notify_all();
}

// --- Time ---------------------------------------------------------------------------------------

Time ThreadRuntime::now() const {
  if (options_.clock == ClockKind::kVirtual) {
    return Time(Duration(virtual_now_.load(std::memory_order_acquire)));
  }
  return Time(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started_));
}

void ThreadRuntime::fire_timers() {
  if (options_.clock != ClockKind::kReal || timers_.next() == internal::Timers::kNone) return;
  const std::int64_t time = nanoseconds(now());
  while (timers_.next() <= time) {
    Message* message = timers_.take(time);
    if (message == nullptr) return;
    hand_over(message);
  }
}

bool ThreadRuntime::run_until(const std::function<bool()>& done, Time end) {
  if (Worker::is_current()) waited_inside_an_actor();
  if (options_.clock == ClockKind::kReal) {
    while (!done()) {
      const Time time = now();
      if (time >= end) return false;
      std::this_thread::sleep_for(std::min<Duration>(kStuck, end - time));
    }
    return true;
  }
  const std::lock_guard driving(driver_mutex_);
  std::vector<Message*> wanted;
  for (;;) {
    {
      std::unique_lock lock(park_mutex_);
      quiet_.wait(lock, [&] { return is_quiet_locked() || stopping_.load(); });
    }
    if (done()) return true;
    const std::int64_t due = timers_.next();
    if (due > nanoseconds(end) || due == internal::Timers::kNone || stopping_.load()) {
      if (end != kNever) {
        virtual_now_.store(std::max(virtual_now_.load(), nanoseconds(end)),
                           std::memory_order_release);
      }
      return done();
    }
    // All that happens at one date; deadlines one by one, when the rest is over.
    for (bool deadline = false; !deadline && timers_.next() == due;) {
      Message* message = timers_.take(due);
      deadline = is_deadline_check(*message);
      if (is_wanted(*message, Time(Duration(due)))) {
        wanted.push_back(message);
      } else {
        postpone(message);
      }
    }
    if (wanted.empty()) continue;
    virtual_now_.store(std::max(virtual_now_.load(), due), std::memory_order_release);
    for (Message* message : wanted) hand_over(message);
    wanted.clear();
  }
}

// Ends a message that is not wanted: if a deadline check, until the next deadline.
void ThreadRuntime::postpone(Message* message) {
  const ActorId target = message->target;
  const std::int64_t date = message->time;
  const bool check = is_deadline_check(*message);
  Message::destroy(message);
  if (!check) return;
  Cell* cell = cells_.find(target.index);
  ActorBase* actor = target.host == kOutside ? &outside_ : cell->actor;
  if (actor == nullptr || actor->id() != target) return;
  std::int64_t& armed = target.host == kOutside ? outside_armed_ : cell->armed;
  if (date != armed) return;
  armed = Message::kNoDeadline;
  arm(target, armed, Turns::next_deadline(*actor));
}

// Whether a message is still wanted: if a deadline check, for a deadline until `limit`.
bool ThreadRuntime::is_wanted(const Message& message, Time limit) {
  if (!message.timer) return true;
  Cell* cell = cells_.find(message.target.index);
  ActorBase* actor = message.target.host == kOutside ? &outside_
                     : cell == nullptr               ? nullptr
                                                     : cell->actor;
  if (actor == nullptr || actor->id() != message.target) return false;
  if (!is_deadline_check(message)) {
    return Turns::is_open(*actor, message.slot, message.generation);
  }
  if ((actor == &outside_ ? outside_armed_ : cell->armed) != message.time) return false;
  const Time next = Turns::next_deadline(*actor);
  return next != kNever && next <= limit;
}

void ThreadRuntime::run_until(Time end) {
  run_until([] { return false; }, end);
}

void ThreadRuntime::run_until_quiet() {
  if (options_.clock == ClockKind::kVirtual) {
    run_until([] { return false; }, kNever);
    return;
  }
  if (Worker::is_current()) waited_inside_an_actor();
  while (!stopping_.load()) {
    {
      std::unique_lock lock(park_mutex_);
      quiet_.wait_for(lock, 10 * kStuck, [&] { return is_quiet_locked() || stopping_.load(); });
      if (!is_quiet_locked()) continue;
    }
    const Paused paused(*this);
    if (jobs_.load() == 0 && nobody_has_work() && paused.running().empty() &&
        !timers_.any([&](const Message& message) { return is_wanted(message, kNever); })) {
      return;
    }
  }
}

// --- From outside -------------------------------------------------------------------------------

void ThreadRuntime::begin_outside(PendingCall& call, MessagePtr message, Duration timeout) {
  const std::lock_guard lock(outside_mutex_);
  if (stopping_.load()) return;  // It is never answered.
  Turns::call(outside_activation_, call, message.release(), timeout);
}

void ThreadRuntime::forget_outside(PendingCall& call) {
  const std::lock_guard lock(outside_mutex_);
  if (call.activation != nullptr) Turns::forget(call);
}

void ThreadRuntime::wait_outside(internal::OutsideCall& call) {
  if (Worker::is_current()) waited_inside_an_actor();
  if (options_.clock == ClockKind::kVirtual) {
    run_until([&] { return call.done.load(std::memory_order_acquire); });
    return;
  }
  std::unique_lock lock(outside_mutex_);
  answered_.wait(lock, [&] { return call.done.load() || Turns::has_ended(outside_); });
}

// --- Faults -------------------------------------------------------------------------------------

void ThreadRuntime::crash(HostId host) {
  const Paused paused(*this);
  {
    const std::lock_guard lock(hosts_mutex_);
    if (host >= hosts_.size() || !hosts_[host].up) return;
    hosts_[host].up = false;
    down_hosts_.fetch_add(1, std::memory_order_acq_rel);
  }
  const absl::Status why =
      absl::UnavailableError(absl::StrCat("host ", host_name(host), " has crashed"));
  hearing_.store(Hearing::kAnswers);
  place_unstarted();
  for (Cell* cell : occupied()) {
    if (cell->actor->id().host != host) continue;
    Turns::end(*cell->actor, why);
    remove(*cell);
  }
  hearing_.store(Hearing::kAll);
}

void ThreadRuntime::restore(HostId host) {
  {
    const std::lock_guard lock(hosts_mutex_);
    if (host >= hosts_.size() || hosts_[host].up) return;
    hosts_[host].up = true;
    down_hosts_.fetch_sub(1, std::memory_order_acq_rel);
  }
  start_installed(host);
}

// --- Results ------------------------------------------------------------------------------------

void ThreadRuntime::measure(std::string_view name, double value) {
  const std::lock_guard lock(results_mutex_);
  measurements_.add(name, value);
}

void ThreadRuntime::count(std::string_view name, std::int64_t by) {
  const std::lock_guard lock(results_mutex_);
  measurements_.count(name, by);
}

void ThreadRuntime::report(const ActorBase& from, const Report& report) {
  const std::lock_guard lock(judge_mutex_);
  if (judge_) judge_(from, report);
}

void ThreadRuntime::on_report(std::function<void(const ActorBase&, const Report&)> judge) {
  const std::lock_guard lock(judge_mutex_);
  judge_ = std::move(judge);
}

void ThreadRuntime::count_drop(DropReason reason) {
  drops_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t ThreadRuntime::drops(DropReason reason) const {
  return drops_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
}

void ThreadRuntime::note_failure(const ActorBase& actor, const MethodInfo& method,
                                 const absl::Status& failure) {
  const std::lock_guard lock(results_mutex_);
  if (failures_++ > 0) return;
  first_failure_ = absl::StrCat(std::string(method.name), " of ", name_of(actor.id()), " at ",
                                to_string(now() - Time{}), ": ", failure.ToString());
}

std::uint64_t ThreadRuntime::failures() const {
  const std::lock_guard lock(results_mutex_);
  return failures_;
}

std::string ThreadRuntime::first_failure() const {
  const std::lock_guard lock(results_mutex_);
  return first_failure_;
}

Measurements ThreadRuntime::measurements() const {
  const std::lock_guard lock(results_mutex_);
  return measurements_;
}

std::uint64_t ThreadRuntime::messages() const {
  std::uint64_t all = outside_messages_.load(std::memory_order_relaxed);
  for (const auto& worker : workers_) all += worker->messages();
  return all;
}

void ThreadRuntime::OneAtATime::on_event(const Event& event) {
  const std::lock_guard lock(mutex_);
  if (observer_ != nullptr) observer_->on_event(event);
}

void ThreadRuntime::OneAtATime::hand_to(Observer* observer) {
  const std::lock_guard lock(mutex_);
  observer_ = observer;
}

void ThreadRuntime::observe_with(Observer* observer) {
  events_.hand_to(observer);
  Runtime::observe_with(observer == nullptr ? nullptr : &events_);
}

// --- For people ---------------------------------------------------------------------------------

std::string ThreadRuntime::host_name(HostId host) const {
  if (host == kOutside) return "outside";
  if (host >= kFirstRemoteHost && transport_ != nullptr) return transport_->host_name(host);
  const std::lock_guard lock(hosts_mutex_);
  if (host < hosts_.size() && !hosts_[host].name.empty()) return hosts_[host].name;
  return absl::StrCat("n", host);
}

std::optional<HostId> ThreadRuntime::find_host(std::string_view name) const {
  {
    const std::lock_guard lock(hosts_mutex_);
    for (HostId host = 0; host < hosts_.size(); ++host) {
      if (hosts_[host].name == name) return host;
      if (hosts_[host].name.empty() && name == absl::StrCat("n", host)) return host;
    }
  }
  return transport_ == nullptr ? std::nullopt : transport_->find_host(name);
}

const ActorType* ThreadRuntime::type_of(ActorId id) const {
  if (!id || id.index >= cells_.size()) return nullptr;
  const std::lock_guard lock(seeing(id.index));
  const ActorBase* actor = cells_.shown(id.index).load(std::memory_order_acquire);
  return actor != nullptr && actor->id() == id ? &actor->type() : nullptr;
}

void ThreadRuntime::visit_actors(HostId host,
                                 const std::function<void(const ActorBase&)>& visit) const {
  struct Seen {
    std::uint64_t order;
    ActorId id;
    auto operator<=>(const Seen&) const = default;
  };
  std::vector<Seen> all;
  const auto look = [&](std::uint32_t index, const std::function<void(const ActorBase&)>& at) {
    const std::lock_guard lock(seeing(index));
    const ActorBase* actor = cells_.shown(index).load(std::memory_order_acquire);
    if (actor != nullptr) at(*actor);
  };
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    look(i, [&](const ActorBase& actor) {
      if (actor.id().host == host) all.push_back({cells_.find(i)->order, actor.id()});
    });
  }
  std::sort(all.begin(), all.end());
  for (const Seen& seen : all) {
    look(seen.id.index, [&](const ActorBase& actor) {
      if (actor.id() == seen.id) visit(actor);
    });
  }
}

std::string ThreadRuntime::name_of(ActorId id) const {
  if (id.host == kOutside) return "outside";
  if (id == internal::host_object_id(id.host)) return absl::StrCat("Host@", host_name(id.host));
  if (internal::is_stable(id)) {
    const ActorId actor = true_id(id);
    return type_of(actor) == nullptr ? directory().name_of_stable(id) : name_of(actor);
  }
  if (!id) return "nobody";
  const Cell* cell = cells_.find(id.index);
  const ActorType* type = cell == nullptr ? nullptr : cell->type.load(std::memory_order_acquire);
  if (type == nullptr || cell->host.load(std::memory_order_relaxed) != id.host) {
    return absl::StrCat("actor#", id.index, "@", host_name(id.host));
  }
  // One actor of a class on a host needs no number.
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    const Cell* other = cells_.find(i);
    if (other != cell && other->type.load(std::memory_order_acquire) == type &&
        other->host.load(std::memory_order_relaxed) == id.host) {
      return absl::StrCat(std::string(type->name), "#", id.index, "@", host_name(id.host));
    }
  }
  return absl::StrCat(std::string(type->name), "@", host_name(id.host));
}

std::vector<std::string> ThreadRuntime::who_waits() {
  const Paused paused(*this);
  const std::vector<Cell*> running = paused.running();
  std::vector<std::string> lines;
  for (const Cell* cell : running) {
    lines.push_back(absl::StrCat(name_of(ActorId{0, cell->index, 1}),
                                 " has been in one piece of code for more than ",
                                 to_string(kPatience)));
  }
  for (Cell* cell : occupied()) {
    if (std::find(running.begin(), running.end(), cell) != running.end()) continue;
    list_waits(*cell->actor, lines);
  }
  const std::lock_guard lock(outside_mutex_);
  list_waits(outside_, lines);
  return lines;
}

}  // namespace troupe
