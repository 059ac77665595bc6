// Intervals: something that happens again and again, until it is cancelled; and something once.
#include <cstdio>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Clock, start, tick, stop_ticking, wait_until_stopped)

class Clock : public Actor<Clock> {
 public:
  Async start() {
    ticking_ = every(10ms, &Clock::tick);
    after(105ms, &Clock::stop_ticking);
    return {};
  }
  Async tick() {
    ++ticks_;
    if (ticks_ == 3) return absl::InternalError("a tick that fails does not end the interval");
    return {};
  }
  Async stop_ticking() {
    cancel(ticking_);
    stopped_ = true;
    return {};
  }
  Parallel<Sync<int>> wait_until_stopped() {
    co_await until([this] { return stopped_; });
    co_await sleep(50ms);  // In which no tick comes any more.
    co_return ticks_;
  }

 private:
  Timer ticking_;
  int ticks_ = 0;
  bool stopped_ = false;
};

void play(System& system) {
  Ref<troupe::examples::Clock> clock = system.spawn<troupe::examples::Clock>(system.add_host());
  system.act([&] { clock.start(); });
  const int ticks = *system.ask(clock.wait_until_stopped());
  // A machine that is very busy leaves ticks out.
  std::printf("%s\n", ticks >= 1 && ticks <= 10 ? "It ticked, and then it stopped." : "How odd.");
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "Timers: every, after, cancel.",
                                       troupe::examples::play);
}
