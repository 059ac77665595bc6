// A program that serves ends in order when it is told to.
#include "runtime/serve.h"

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe {
namespace {

ACTOR_METHODS(Server, stay)

class Server : public Actor<Server> {
 public:
  explicit Server(std::shared_ptr<std::atomic<int>> stopped) : stopped_(std::move(stopped)) {}
  // Says that it runs, and then never lets go.
  Sync<> stay() { co_await sleep(1h); }

 private:
  void on_stop() override { ++*stopped_; }
  std::shared_ptr<std::atomic<int>> stopped_;
};

class Serve : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Signals, Serve, testing::Values(SIGINT, SIGTERM));

TEST_P(Serve, StopsAllActorsInOrderAtASignal) {
  auto stopped = std::make_shared<std::atomic<int>>(0);
  ThreadRuntime runtime({.threads = 2});
  const HostId host = runtime.add_host();
  for (int i = 0; i < 3; ++i) runtime.spawn<Server>(host, stopped);
  std::atomic<bool> done = false;
  // Until then the signal would end the test: it is sent again and again, by then to serve().
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(GetParam(), &ignored, nullptr);
  std::thread killer([&] {
    while (!done) {
      raise(GetParam());
      std::this_thread::yield();
    }
  });
  EXPECT_THAT(serve(runtime), testing::IsEmpty());
  done = true;
  killer.join();
  EXPECT_EQ(*stopped, 3);
}

TEST(ServeTest, NamesTheActorsThatHadToBeKilled) {
  auto stopped = std::make_shared<std::atomic<int>>(0);
  ThreadRuntime runtime({.threads = 2});
  Ref<Server> server = runtime.spawn<Server>(runtime.add_host("lab"), stopped);
  Question<void> busy = runtime.begin(server.stay().within(kNoTimeout));
  std::atomic<bool> done = false;
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGINT, &ignored, nullptr);
  std::thread killer([&] {
    while (!done) {
      raise(SIGINT);
      std::this_thread::yield();
    }
  });
  EXPECT_THAT(serve(runtime, 20ms), testing::ElementsAre("Server@lab"));
  done = true;
  killer.join();
  EXPECT_FALSE(busy.answer().ok());
}

}  // namespace
}  // namespace troupe
