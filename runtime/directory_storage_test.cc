// Files of what actors save: over a restart of the program, and over its sudden death.
#include "runtime/directory_storage.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "actor/actor.h"
#include "actor/saved.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/thread_runtime.h"

namespace troupe {
namespace {

using testing::HasSubstr;

ACTOR_METHODS(Ledger, add, total)

class Ledger : public Actor<Ledger> {
 public:
  Sync<int> add(int amount) {
    total_ += amount;
    return total_;
  }
  Sync<int> total() { return total_; }

 private:
  int total_ = 0;
  SAVED(total_)
};

class Directories : public testing::Test {
 protected:
  Directories() : path_(testing::TempDir() + "/storage") { std::filesystem::remove_all(path_); }

  std::unique_ptr<DirectoryStorage> open() {
    absl::StatusOr<std::unique_ptr<DirectoryStorage>> storage = DirectoryStorage::open(path_);
    EXPECT_TRUE(storage.ok()) << storage.status();
    return *std::move(storage);
  }

  const std::string path_;
};

TEST_F(Directories, HaveWhatWasWrittenLast) {
  {
    const auto storage = open();
    EXPECT_EQ(*storage->read(0, "a"), std::nullopt);
    ASSERT_TRUE(storage->write(0, "a", "first").ok());
    ASSERT_TRUE(storage->write(0, "a", std::string("second\0", 7)).ok());
    ASSERT_TRUE(storage->write(1, "a", "").ok());
  }
  const auto storage = open();
  EXPECT_EQ(*storage->read(0, "a"), std::string("second\0", 7));
  EXPECT_EQ(*storage->read(1, "a"), "");
  ASSERT_TRUE(storage->erase(0).ok());
  EXPECT_EQ(*storage->read(0, "a"), std::nullopt);
  EXPECT_EQ(*storage->read(1, "a"), "");
}

TEST_F(Directories, HaveAFileForEveryName) {
  const auto storage = open();
  for (const char* name : {"a", "A", ".", "..", "../a", "a/b", "a b", "a%20b", "a~", "ä", ".a"}) {
    ASSERT_TRUE(storage->write(0, name, name).ok()) << name;
  }
  for (const char* name : {"a", "A", ".", "..", "../a", "a/b", "a b", "a%20b", "a~", "ä", ".a"}) {
    EXPECT_EQ(*storage->read(0, name), name);
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
    if (entry.is_regular_file()) ++files;
  }
  EXPECT_EQ(files, 11 + 1);  // and the lock
}

TEST_F(Directories, BelongToOneProcess) {
  const auto storage = open();
  const auto second = DirectoryStorage::open(path_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use by another process"));
}

TEST_F(Directories, AreMadeOrRefused) {
  std::ofstream(path_) << "a file";
  const auto storage = DirectoryStorage::open(path_ + "/below");
  ASSERT_FALSE(storage.ok());
  EXPECT_THAT(std::string(storage.status().message()), HasSubstr("cannot make the directory"));
  std::filesystem::remove(path_);
}

TEST_F(Directories, LetActorsRememberInTheNextRuntime) {
  for (int round = 1; round <= 3; ++round) {
    const auto storage = open();
    ThreadRuntime runtime({.threads = 2, .storage = storage.get()});
    const Ref<Ledger> ledger = runtime.install<Ledger>(runtime.add_host(), "ledger");
    EXPECT_EQ(runtime.ask(ledger.add(5)).value(), 5 * round);
  }
}

TEST_F(Directories, RefuseWhatIsNoLongerTheActors) {
  const auto storage = open();
  ASSERT_TRUE(storage->write(0, "ledger", "\xFF\xFF").ok());
  ThreadRuntime runtime({.threads = 1, .storage = storage.get()});
  const absl::StatusOr<Ref<Ledger>> ledger =
      Names(runtime, runtime.add_host()).spawn<Ledger>("ledger");
  ASSERT_FALSE(ledger.ok());
  EXPECT_EQ(ledger.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(ledger.status().message()), HasSubstr("cannot be read again"));
}

TEST_F(Directories, EndAnActorWhoseChangeCannotBeWritten) {
  const auto storage = open();
  ThreadRuntime runtime({.threads = 1, .storage = storage.get()});
  const Ref<Ledger> ledger = runtime.install<Ledger>(runtime.add_host(), "ledger");
  EXPECT_EQ(runtime.ask(ledger.add(1)).value(), 1);
  // A directory stands where the next version is to be written.
  std::filesystem::create_directory(path_ + "/0/ledger~");
  EXPECT_FALSE(runtime.ask(ledger.add(1).within(1s)).ok());
  EXPECT_EQ(runtime.ask(ledger.total()).status().code(), absl::StatusCode::kNotFound);
}

// A process is killed at any moment; what it has answered must be there.
TEST_F(Directories, HaveAllThatWasAnsweredBeforeAKill) {
  int answered = 0;
  for (int round = 0; round < 12; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto storage = DirectoryStorage::open(path_);
      ThreadRuntime runtime({.threads = 2, .storage = storage->get()});
      const Ref<Ledger> ledger = runtime.install<Ledger>(runtime.add_host(), "ledger");
      for (;;) {
        const int total = runtime.ask(ledger.add(1)).value_or(-1);
        if (::write(pipe[1], &total, sizeof total) != sizeof total) ::_exit(1);
      }
    }
    ::close(pipe[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 7 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    int total = 0;
    while (::read(pipe[0], &total, sizeof total) == sizeof total) {
      EXPECT_EQ(total, answered + 1) << "round " << round;
      answered = total;
    }
    ::close(pipe[0]);
    const auto storage = open();
    ThreadRuntime runtime({.threads = 1, .storage = storage.get()});
    const Ref<Ledger> ledger = runtime.install<Ledger>(runtime.add_host(), "ledger");
    const int found = runtime.ask(ledger.total()).value();
    EXPECT_GE(found, answered) << "round " << round;
    EXPECT_LE(found, answered + 1) << "round " << round;
    answered = found;
  }
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace troupe
