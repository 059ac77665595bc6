// Algorithms with a known mistake each, for tests of what the command line says about it.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actor/actor.h"
#include "actor/algorithm.h"
#include "cli/cli.h"

namespace wrong {

using namespace troupe;

// Two actors that call each other and keep their turns: a cycle.
ACTOR_METHODS(Polite, greet, answer)

class Polite : public Actor<Polite> {
 public:
  explicit Polite(Ref<Polite> other) : other_(other) {}
  // Asks the other one, who asks back.
  Sync<int> greet(Ref<Polite> back) {
    const Ref<Polite> asked = other_ ? other_ : back;
    const int theirs = co_await asked.greet(self());
    co_return theirs + 1;
  }
  Sync<int> answer() {
    if (!other_) co_return 0;  // the first one has nobody to ask
    const int theirs = co_await other_.greet(self());
    co_return theirs;
  }

 private:
  Ref<Polite> other_;
};

Algorithm cycle() {
  return Algorithm("cycle", "Two actors wait for each other.")
      .actor<Polite>("asks the other", [](const Parameters&, const Spawning& spawning) {
        return std::make_unique<Polite>(spawning.contact<Polite>());
      });
}

// Waits for ever for somebody who never answers.
ACTOR_METHODS(Silent, wait_for_ever)

class Silent : public Actor<Silent> {
 public:
  Parallel<Sync<void, NoTimeout>> wait_for_ever() {
    co_await until([] { return false; });
  }
};

Algorithm silent() {
  return Algorithm("silent", "Nobody ever answers.")
      .actor<Silent>("never answers",
                     [](const Parameters&, const Spawning&) { return std::make_unique<Silent>(); });
}

// Takes its decisions from the number of its process: another one in every run.
ACTOR_METHODS(Stray, tick)

class Stray : public Actor<Stray> {
 public:
  Async tick() {
    const auto process = static_cast<std::uint64_t>(getpid());
    after(Duration(static_cast<std::int64_t>(mix(process) >> 34) + 1), &Stray::tick);
    return {};
  }

 private:
  Async on_start() override { return tick(); }
};

Algorithm stray() {
  return Algorithm("stray", "Depends on the process.")
      .actor<Stray>("ticks",
                    [](const Parameters&, const Spawning&) { return std::make_unique<Stray>(); });
}

// Sends a struct with a member that FIELDS does not name: right until messages are encoded.
ACTOR_METHODS(Forgetful, pack, deliver)

struct Parcel {
  int weight = 0;
  int label = 0;
  FIELDS(weight)
};

class Forgetful : public Actor<Forgetful> {
 public:
  explicit Forgetful(Ref<Forgetful> other) : other_(other) {}
  Sync<Parcel> pack(int label) { return Parcel{.weight = 1, .label = label}; }
  Sync<> deliver() {
    if (!other_) co_return;
    const Parcel parcel = co_await other_.pack(7);
    if (parcel.label != 7) co_await fail(absl::DataLossError("the label is gone"));
  }

 private:
  Ref<Forgetful> other_;
};

Algorithm forgetful() {
  return Algorithm("forgetful", "A member does not travel.")
      .actor<Forgetful>("asks the other for a parcel",
                        [](const Parameters&, const Spawning& spawning) {
                          return std::make_unique<Forgetful>(spawning.contact<Forgetful>());
                        });
}

// Works, and has a check that does not hold.
ACTOR_METHODS(Idle, nothing)

class Idle : public Actor<Idle> {
 public:
  Sync<> nothing() { return {}; }
};

Algorithm idle() {
  return Algorithm("idle", "Does nothing.")
      .actor<Idle>("does nothing",
                   [](const Parameters&, const Spawning&) { return std::make_unique<Idle>(); })
      .check("pigs_fly", "never", [](const World& world, const Parameters&) {
        return absl::FailedPreconditionError(std::to_string(world.actors<Idle>().size()) +
                                             " actors, and no pig flies");
      });
}

// Takes its whole process along, where it is asked to.
ACTOR_METHODS(Fragile, nothing)

class Fragile : public Actor<Fragile> {
 public:
  explicit Fragile(bool breaks) : breaks_(breaks) {}
  Sync<> nothing() { return {}; }

 private:
  Async on_start() override {
    if (breaks_) std::abort();
    return {};
  }
  bool breaks_;
};

Algorithm fragile() {
  return Algorithm("fragile", "Ends with its process.")
      .parameter("breaks", false, "whether it does")
      .actor<Fragile>("does nothing, or too much",
                      [](const Parameters& parameters, const Spawning&) {
                        return std::make_unique<Fragile>(parameters.flag("breaks"));
                      });
}

// Ends its run in one of many ways: whatever an actor can do to the process that it is in.
ACTOR_METHODS(Doomed, nothing, go)

class Doomed : public Actor<Doomed> {
 public:
  explicit Doomed(std::string way) : way_(std::move(way)) {}
  Sync<> nothing() { return {}; }
  Async go() {
    if (way_ == "aborts") std::abort();
    if (way_ == "crashes") raise(SIGSEGV);
    if (way_ == "exits with 0") std::exit(0);
    if (way_ == "exits at once") _exit(0);
    if (way_ == "exits quickly") std::quick_exit(0);
    if (way_ == "exits with 3") std::exit(3);
    if (way_ == "is killed") raise(SIGKILL);
    if (way_ == "is terminated") raise(SIGTERM);
    if (way_ == "loops") spin();
    if (way_ == "floods") self().go();
    if (way_ == "takes all memory") take_all_memory();
    if (way_ == "fills the disk") fill_the_disk();
    if (way_ == "leaves") stop();
    return {};
  }

 private:
  Async on_start() override {
    after(1s, &Doomed::go);
    return {};
  }
  static void spin() {
    volatile bool forever = true;
    while (forever) continue;
  }
  static void take_all_memory() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    std::get_new_handler()();  // Their allocators have limits of their own.
#endif
#endif
    constexpr rlim_t kMost = rlim_t{1} << 32;
    const rlimit limit = {.rlim_cur = kMost, .rlim_max = kMost};
    setrlimit(RLIMIT_AS, &limit);
    std::vector<std::unique_ptr<char[]>> all;
    while (true) all.push_back(std::make_unique_for_overwrite<char[]>(1 << 28));
  }
  static void fill_the_disk() {
    const rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::FILE* file = std::tmpfile();
    while (file != nullptr) std::fputs("all of it, and more", file);
  }

  std::string way_;
};

Algorithm doomed() {
  return Algorithm("doomed", "Ends its run in a way that can be chosen.")
      .parameter("way", std::string("passes"), "how it ends")
      .actor<Doomed>("ends its run",
                     [](const Parameters& parameters, const Spawning&) {
                       return std::make_unique<Doomed>(parameters.text("way"));
                     })
      .start("as_it_likes", "refuses where that is its way",
             [](const World&, const Parameters& parameters) {
               return parameters.text("way") == "refuses"
                          ? absl::InvalidArgumentError("two actors have the same identifier")
                          : absl::OkStatus();
             })
      .check("has_passed", "fails where that is its way",
             [](const World&, const Parameters& parameters) {
               return parameters.text("way").find("fails") != std::string::npos
                          ? absl::FailedPreconditionError("it has not")
                          : absl::OkStatus();
             });
}

// Lends one thing to whoever asks first, for a while. Whoever borrows it may use it for so long;
// one that is careless does not look at the time again before it does.
ACTOR_METHODS(Lender, borrow)
ACTOR_METHODS(Borrower, work)

class Lender : public Actor<Lender> {
 public:
  // Until when; nothing where somebody else has it.
  Sync<std::optional<Time>> borrow(Ref<Borrower> who) {
    if (borrower_ && borrower_ != who && now() < until_) co_return std::nullopt;
    borrower_ = who;
    until_ = now() + 1s;
    co_return until_;
  }

 private:
  Ref<Borrower> borrower_;
  Time until_{};
};

class Borrower : public Actor<Borrower> {
 public:
  Borrower(bool careless, Ref<Lender> lender) : careless_(careless), lender_(lender) {}
  Async work() {
    using_ = false;
    const absl::StatusOr<std::optional<Time>> until = co_await lender_.borrow(self()).status_or();
    if (!until.ok() || !until->has_value()) co_return;
    co_await sleep(random().uniform(100ms, 600ms));  // gets ready, and may be paused meanwhile
    if (!careless_ && now() + 300ms > **until) co_return;
    using_ = true;
    if (!careless_) ended_by_ = now() + 200ms;
    co_await sleep(200ms);
    using_ = false;
  }
  // One that is careful has said beforehand when it stops.
  bool is_using(Time now) const { return using_ && now < ended_by_; }

 private:
  Async on_start() override {
    every(1s, &Borrower::work, random().uniform(0s, 1s));
    return {};
  }
  bool careless_;
  Ref<Lender> lender_;
  bool using_ = false;
  Time ended_by_ = kNever;
};

Algorithm lease() {
  return Algorithm("lease", "One thing, lent for a while.")
      .parameter("careless", false, "whether borrowers do not look at the time again")
      .actor<Lender>("lends",
                     [](const Parameters&, const Spawning&) { return std::make_unique<Lender>(); })
      .actor<Borrower>("borrows",
                       [](const Parameters& parameters, const Spawning& spawning) {
                         return std::make_unique<Borrower>(parameters.flag("careless"),
                                                           spawning.contact<Lender>());
                       })
      .check("two_have_it", "two use it at once", [](const World& world, const Parameters&) {
        std::string names;
        int count = 0;
        for (const Borrower* borrower : world.actors<Borrower>()) {
          if (!borrower->is_using(world.now())) continue;
          names += (++count > 1 ? " and " : "") + world.name_of(borrower->id());
        }
        if (count > 1) return absl::OkStatus();
        return absl::FailedPreconditionError(count == 1 ? "only " + names : "nobody has it");
      });
}

}  // namespace wrong

int main(int argc, char** argv) {
  return troupe::run_command_line(
      argc, argv,
      {wrong::cycle(), wrong::silent(), wrong::stray(), wrong::forgetful(), wrong::idle(),
       wrong::fragile(), wrong::doomed(), wrong::lease()});
}
