// Hosts whose programs differ: what both have in common works, and for the rest they refuse each
// other by name. No host decodes bytes that mean something else to the other one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "remote/log.h"
#include "tests/remote/builds/shelf.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::HasSubstr;

class Builds : public testing::Test {
 protected:
  // A host of a program: its address.
  static std::string listening(Process& process) {
    const auto line = process.line();
    EXPECT_TRUE(line.ok() && line->starts_with("listening ")) << line.status();
    return line.ok() ? line->substr(line->find(' ') + 1) : "";
  }
  static std::string program(const std::string& build) {
    const std::string beside = test_host_program();
    return beside.substr(0, beside.rfind('/')) + "/" + build + "_host";
  }
  Ref<Shelf> shelf_on(const std::string& address) {
    const auto found = HostProcess::find_at<Shelf>(*here_, address, "shelf");
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(Ref<Shelf>());
  }
  int lines_with(const std::string& event) {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const LogLine& line : lines_) count += line.event == event ? 1 : 0;
    return count;
  }

  std::mutex mutex_;
  std::vector<LogLine> lines_;
  // This test is of the earlier build.
  const std::unique_ptr<RemoteHost> here_ = host_here({.log = [this](const LogLine& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
  }});
};

TEST_F(Builds, OfOneProgramUnderstandEachOther) {
  Process process({program("earlier")});
  const Ref<Shelf> shelf = shelf_on(listening(process));
  EXPECT_TRUE(here_->ask(shelf.put({.weight = 3, .count = 4})).ok());
  EXPECT_EQ(here_->ask(shelf.digits()).value_or(0), 34);
}

TEST_F(Builds, ThatDifferInFieldsRefuseEachOtherByName) {
  Process process({program("later")});
  const std::string there = listening(process);
  const Ref<Shelf> shelf = shelf_on(there);
  const auto says = [](const std::string& caller, const std::string& callee) {
    return AllOf(HasSubstr(absl::StrCat("host ", caller, " and host ", callee)),
                 HasSubstr("Shelf.put"), HasSubstr("FIELDS"));
  };
  // Again and again, and after what nobody waits for.
  for (int i = 0; i < 3; ++i) {
    here_->act([&] { shelf.drop({.weight = 5, .count = 6}); });
    const auto put = here_->ask(shelf.put({.weight = 3, .count = 4}));
    EXPECT_EQ(put.status().code(), StatusCode::kFailedPrecondition) << put.status();
    EXPECT_THAT(std::string(put.status().message()), says(here_->address(), there));
    // What is the same on both goes on.
    EXPECT_EQ(here_->ask(shelf.digits()).value_or(-1), 0);
  }

  // The other way round, it is this host that refuses.
  const auto own = spawn_with<Shelf>(*here_, 0, {.name = "own"});
  ASSERT_TRUE(own.ok()) << own.status();
  for (int i = 0; i < 3; ++i) {
    const auto put = here_->ask(shelf.put_on(*own));
    EXPECT_EQ(put.status().code(), StatusCode::kFailedPrecondition) << put.status();
    EXPECT_THAT(std::string(put.status().message()), says(there, here_->address()));
  }
  EXPECT_EQ(here_->ask(own->digits()).value_or(-1), 0);
  EXPECT_EQ(lines_with("method_differs"), 1);
  EXPECT_EQ(process.terminate(), 0);
  const std::string log = process.errors();
  EXPECT_THAT(log, AllOf(HasSubstr("[method_differs peer=" + here_->address()),
                         HasSubstr("method=Shelf.put"), HasSubstr("method=Shelf.drop")));
}

TEST_F(Builds, AreComparedAnewWhenAHostHasBeenStartedAnew) {
  Process process({program("later")});
  const Ref<Shelf> later = shelf_on(listening(process));
  EXPECT_EQ(here_->ask(later.put({})).status().code(), StatusCode::kFailedPrecondition);
  process.kill();
  process.start({program("earlier")});
  const Ref<Shelf> earlier = shelf_on(listening(process));
  EXPECT_TRUE(here_->ask(earlier.put({.weight = 1, .count = 2})).ok());
  EXPECT_EQ(here_->ask(earlier.digits()).value_or(0), 12);
}

}  // namespace
}  // namespace troupe::remote_test
