// Work that blocks, outside its actor's turn.
#include <stdexcept>
#include <string>
#include <vector>

#include "actor/blocking.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::HasSubstr;

ACTOR_METHODS(Reader, read, keep_turn_and_read, burn, explode, busy, read_and_stop)

class Reader : public Actor<Reader> {
 public:
  explicit Reader(Log* log) : log_(log) {}

  Parallel<Sync<std::string>> read(std::string name) {
    co_return co_await blocking([name] { return "what is in " + name; });
  }
  Sync<std::string> keep_turn_and_read(std::string name) {
    log_->add("begin " + name);
    std::string text = co_await blocking([name] { return name; });
    log_->add("end " + name);
    co_return text;
  }
  Parallel<Sync<int>> burn() {
    co_return co_await blocking(
        []() -> absl::StatusOr<int> { return absl::DataLossError("disk on fire"); });
  }
  Parallel<Sync<>> explode() {
    co_await blocking([] { throw std::runtime_error("boom"); });
  }
  Sync<bool> busy() { return false; }
  Parallel<Async> read_and_stop() {
    stop();
    const Witness witness(*log_, "frame");
    co_await blocking([] {});
    co_await sleep(1s);  // In which the actor ends.
    log_->add("never");
  }

 private:
  Log* log_;
};

class BlockingWork : public ConformanceTest {
 protected:
  Log log_;
  Ref<Reader> reader_ = world().spawn<Reader>(world().add_host(), &log_);
};
ON_EVERY_RUNTIME(BlockingWork);

TEST_P(BlockingWork, GivesItsValue) {
  EXPECT_THAT(world().ask(reader_.read("a file")), Gives("what is in a file"));
}

TEST_P(BlockingWork, FailsItsMethodWithItsFailure) {
  EXPECT_THAT(world().ask(reader_.burn()), FailsWith(absl::StatusCode::kDataLoss, "disk on fire"));
  EXPECT_THAT(world().ask(reader_.busy()), Gives(false));
}

TEST_P(BlockingWork, FailsItsMethodWithItsException) {
  EXPECT_THAT(world().ask(reader_.explode()),
              FailsWith(absl::StatusCode::kUnknown,
                        AllOf(HasSubstr("std::runtime_error"), HasSubstr("boom"))));
}

TEST_P(BlockingWork, KeepsTheTurnWhereItsMethodDoes) {
  std::vector<Call<std::string>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(reader_.keep_turn_and_read(std::to_string(i)));
  for (const auto& answer : world().system().ask_all(std::move(calls))) {
    EXPECT_THAT(answer, Succeeds());
  }
  EXPECT_THAT(log_.lines(),
              testing::ElementsAre("begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"));
}

TEST_P(BlockingWork, EndsWithItsActor) {
  world().act([&] { reader_.read_and_stop(); });
  world().settle();
  EXPECT_THAT(log_.lines(), testing::ElementsAre("begin frame", "end frame"));
}

}  // namespace troupe::conformance
