// Messages that come to nobody: counted by reason, and told to whoever wants to know.
#include "actor/dead_letter.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

ACTOR_METHODS(Box, put, slow, end)

class Box : public Actor<Box> {
 public:
  Async put(int value) {
    value_ = value;
    return {};
  }
  Parallel<Sync<>> slow(Duration delay) { co_await sleep(delay); }
  Async end() {
    stop();
    return {};
  }

 private:
  int value_ = 0;
};

// Sends from its own host.
ACTOR_METHODS(Sender, put, ask)

class Sender : public Actor<Sender> {
 public:
  Async put(Ref<Box> box) {
    box.put(1);
    return {};
  }
  Sync<int> ask(Ref<Box> box, Duration delay) {
    absl::StatusOr<Nothing> done = co_await box.slow(delay).within(1s).status_or();
    co_return static_cast<int>(done.status().code());
  }
};

ACTOR_METHODS(Auditor, read, stop_reading, end)

class Auditor : public Actor<Auditor> {
 public:
  explicit Auditor(Log* log) : log_(log) {}

  Async read(DeadLetter letter) {
    log_->add(letter.method + (letter.of_answer ? " (answer) " : " ") +
              std::string(to_string(letter.reason)));
    return {};
  }
  Async stop_reading() {
    unsubscribe_dead_letters();
    return {};
  }
  Async end() {
    stop();
    return {};
  }

 protected:
  Async on_start() override {
    subscribe_dead_letters(&Auditor::read);
    return {};
  }

 private:
  Log* log_;
};

class DeadLetters : public ConformanceTest {
 protected:
  DeadLetters() { world().settle(); }  // The auditors have subscribed.

  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Box> box_ = world().spawn<Box>(there_);
  Ref<Sender> sender_ = world().spawn<Sender>(here_);
  Log here_log_;
  Log there_log_;
  Ref<Auditor> here_auditor_ = world().spawn<Auditor>(here_, &here_log_);
  Ref<Auditor> there_auditor_ = world().spawn<Auditor>(there_, &there_log_);
};
ON_EVERY_RUNTIME(DeadLetters);

TEST_P(DeadLetters, AreToldWhereTheTargetWas) {
  world().act([&] { box_.end(); });
  world().settle();
  world().act([&] { sender_.put(box_); });
  world().settle();
  EXPECT_THAT(there_log_.lines(), ElementsAre("Box.put no_actor"));
  EXPECT_THAT(here_log_.lines(), IsEmpty());
  EXPECT_EQ(world().drops(DropReason::kNoActor), 1u);
}

TEST_P(DeadLetters, OfAHostThatIsDownAreToldAtTheSender) {
  world().crash(there_);
  world().act([&] { sender_.put(box_); });
  world().settle();
  EXPECT_THAT(here_log_.lines(), ElementsAre("Box.put host_down"));
}

TEST_P(DeadLetters, AreLateAnswersToo) {
  EXPECT_THAT(world().ask(sender_.ask(box_, 2s)),
              Gives(static_cast<int>(absl::StatusCode::kDeadlineExceeded)));
  world().settle();
  EXPECT_THAT(here_log_.lines(), ElementsAre("Box.slow (answer) late_reply"));
}

TEST_P(DeadLetters, AreCallsThatFailBecauseNobodyIsThere) {
  world().act([&] { box_.end(); });
  world().settle();
  EXPECT_THAT(world().ask(sender_.ask(box_, 0s)),
              Gives(static_cast<int>(absl::StatusCode::kNotFound)));
  world().settle();
  EXPECT_THAT(there_log_.lines(), ElementsAre("Box.slow no_actor"));
}

TEST_P(DeadLetters, ThroughAnEmptyRefAreToldAtTheSender) {
  world().act([&] { sender_.put(Ref<Box>()); });
  world().settle();
  EXPECT_THAT(here_log_.lines(), ElementsAre("Box.put no_actor"));
}

TEST_P(DeadLetters, AreToldToEverySubscriberUntilItHasEnoughOrEnds) {
  Log more;
  const Ref<Auditor> second = world().spawn<Auditor>(there_, &more);
  const Ref<Auditor> third = world().spawn<Auditor>(there_, &more);
  world().act([&] { box_.end(); });
  world().settle();
  world().act([&] { box_.put(1); });
  world().settle();
  EXPECT_EQ(more.lines().size(), 2u);
  world().act([&] {
    second.stop_reading();
    third.end();
  });
  world().settle();
  world().act([&] { box_.put(2); });
  world().settle();
  EXPECT_EQ(more.lines().size(), 2u);
  EXPECT_EQ(there_log_.lines().size(), 2u);
}

// An auditor that ends with its first letter, while more are on their way to it.
ACTOR_METHODS(Faint, read, know)

class Faint : public Actor<Faint> {
 public:
  Async read(DeadLetter letter) {
    static_cast<void>(letter);
    stop();
    return {};
  }
  Async know(Ref<Box> box) {
    subscribe_dead_letters(&Faint::read);
    for (int i = 0; i < 10; ++i) box.put(i);
    return {};
  }
};

TEST_P(DeadLetters, ThatComeToNobodyThemselvesAreCountedAndNotTold) {
  world().act([&] { box_.end(); });
  world().settle();
  const Ref<Faint> faint = world().spawn<Faint>(there_);
  world().act([&] { faint.know(box_); });
  world().settle();
  EXPECT_EQ(there_log_.lines().size(), 10u);
  EXPECT_EQ(there_log_.count("Box.put no_actor"), 10u);
  EXPECT_GE(world().drops(DropReason::kNoActor), 10u);
}

TEST_P(DeadLetters, AreToldOutside) {
  std::mutex mutex;
  std::vector<DeadLetter> letters;
  world().system().on_dead_letter([&](const DeadLetter& letter) {
    const std::lock_guard lock(mutex);
    letters.push_back(letter);
  });
  world().crash(there_);
  world().act([&] { sender_.put(box_); });
  world().act([&] { box_.put(1); });
  world().settle();
  ASSERT_EQ(letters.size(), 2u);
  for (const DeadLetter& letter : letters) {
    EXPECT_EQ(letter.target, id_of(box_));
    EXPECT_EQ(letter.reason, DropReason::kHostDown);
    EXPECT_EQ(letter.method, "Box.put");
  }
  EXPECT_THAT((std::vector<std::string>{world().name_of(letters[0].sender),
                                        world().name_of(letters[1].sender)}),
              UnorderedElementsAre("Sender@n0", "outside"));
  world().system().on_dead_letter(nullptr);
  world().act([&] { box_.put(1); });
  world().settle();
  EXPECT_EQ(letters.size(), 2u);
}

}  // namespace troupe::conformance
