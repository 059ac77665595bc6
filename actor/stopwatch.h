// Stopwatch: measures how long something truly takes, whatever the clock of the host shows.
//
// now() is what the host's clock shows, and a clock can be set or run too fast: the difference of
// two readings may be wrong, or negative. A stopwatch counts true time: virtual time in the
// simulator, the machine's steady clock elsewhere.
//
//   const Stopwatch stopwatch = start_stopwatch();   // in an actor
//   const Value value = co_await store_.get(key);
//   measure("get_seconds", to_seconds(stopwatch.elapsed()));
//
// It belongs to the actor that has started it, and cannot be sent to others.
#pragma once

#include "actor/runtime.h"
#include "actor/time.h"

namespace troupe {

class Stopwatch {
 public:
  // Starts now. The runtime must outlive the stopwatch, as that of an actor does.
  explicit Stopwatch(const Runtime& runtime) : runtime_(&runtime), begin_(runtime.now()) {}

  // How long ago it was started; never negative.
  Duration elapsed() const { return runtime_->now() - begin_; }

 private:
  const Runtime* runtime_;
  Time begin_;
};

}  // namespace troupe
