// Hosts stop while their actors call each other: nothing hangs, and whoever has asked gets an
// answer or an error.
#include <algorithm>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/actor.h"
#include "actor/host.h"
#include "actor/names.h"
#include "actor/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "remote/remote_host.h"

namespace troupe::remote_test {

using namespace std::chrono_literals;

// Far beyond what anything takes here.
constexpr Duration kPatience = 60s;

ACTOR_METHODS(Busy, meet, hop, hear, go_on, cease, account)

// What became of an actor's calls.
struct Account {
  std::uint64_t begun = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  FIELDS(begun, answered, failed)
};

// Calls all the others, on whatever host they are.
class Busy : public Actor<Busy> {
 public:
  Sync<> meet(std::vector<Ref<Busy>> others) {
    others_ = std::move(others);
    return {};
  }
  // From actor to actor, so many times.
  Parallel<Sync<int>> hop(int hops, std::string payload) {
    if (hops == 0) co_return 0;
    co_return 1 + co_await pick().hop(hops - 1, payload);
  }
  Async hear(std::string) { return {}; }
  Parallel<Async> go_on() {
    while (!ceased_) {
      pick().hear(std::string(random().below(2000), 'x'));
      ++account_.begun;
      const auto answer = co_await pick()
                              .hop(static_cast<int>(random().below(3)), std::string(100, 'x'))
                              .status_or();
      ++(answer.ok() ? account_.answered : account_.failed);
      if (!answer.ok()) co_await sleep(1ms);
    }
  }
  Async cease() {
    ceased_ = true;
    return {};
  }
  Sync<Account> account() { return account_; }

 private:
  Ref<Busy> pick() { return others_[random().below(others_.size())]; }

  std::vector<Ref<Busy>> others_;
  bool ceased_ = false;
  Account account_;
};

class StopUnderLoad : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::size_t kHosts = 4;
  static constexpr int kActors = 6;  // of each
  static constexpr int kLoops = 4;   // of each of these

  struct Member {
    std::unique_ptr<RemoteHost> host;
    std::vector<Ref<Busy>> own;
    std::vector<Question<int>> questions;  // from outside, when it stops
  };

  StopUnderLoad() {
    for (std::size_t i = 0; i < kHosts; ++i) {
      auto host = RemoteHost::start({.reach = {.connect = 200ms, .reconnect = 200ms},
                                     .runtime = {.threads = 2, .seed = GetParam()}});
      if (!host.ok()) std::abort();
      Member& member = members_.emplace_back();
      member.host = *std::move(host);
      for (int k = 0; k < kActors; ++k) {
        member.own.push_back(
            spawn_with<Busy>(*member.host, 0, {.name = absl::StrCat("busy", k)}).value());
      }
    }
    for (Member& member : members_) {
      std::vector<Ref<Busy>> all;
      for (const Member& other : members_) {
        const auto there = host_named(*member.host, other.host->address());
        for (int k = 0; k < kActors; ++k) {
          // On a slow machine it may take some attempts.
          absl::StatusOr<DynamicRef> found;
          member.host->run_until(
              [&] {
                found = member.host->ask(there->lookup(absl::StrCat("busy", k)));
                return found.ok();
              },
              member.host->now() + kPatience);
          EXPECT_TRUE(found.ok()) << found.status();
          if (found.ok()) all.push_back(Ref<Busy>(found->id));
        }
      }
      for (const Ref<Busy>& actor : member.own) {
        EXPECT_TRUE(member.host->ask(actor.meet(all)).ok());
      }
    }
    for (Member& member : members_) {
      member.host->act([&] {
        for (const Ref<Busy>& actor : member.own) {
          for (int i = 0; i < kLoops; ++i) actor.go_on();
        }
      });
    }
  }

  static Account account_of(Member& member) {
    Account sum;
    for (const Ref<Busy>& actor : member.own) {
      const auto one = member.host->ask(actor.account().within(kPatience));
      EXPECT_TRUE(one.ok()) << one.status();
      if (!one.ok()) continue;
      sum.begun += one->begun;
      sum.answered += one->answered;
      sum.failed += one->failed;
    }
    return sum;
  }

  // Until that many more calls of its actors have been answered.
  static void wait_for_answers(Member& member, std::uint64_t more) {
    const std::uint64_t enough = account_of(member).answered + more;
    EXPECT_TRUE(member.host->run_until([&] { return account_of(member).answered >= enough; },
                                       member.host->now() + kPatience));
  }

  // All at once.
  void stop(std::span<Member*> members) {
    std::vector<std::future<void>> stops;
    for (Member* member : members) {
      for (int i = 0; i < 20; ++i) {
        for (const Ref<Busy>& actor : member->own) {
          member->questions.push_back(member->host->begin(actor.hop(3, "").within(kPatience)));
        }
      }
      stops.push_back(std::async(std::launch::async, [member] { member->host->stop(); }));
    }
    for (std::future<void>& stopped : stops) {
      if (stopped.wait_for(kPatience) == std::future_status::ready) continue;
      std::fprintf(stderr, "a host hangs in stop(), seed %llu\n",
                   static_cast<unsigned long long>(GetParam()));
      std::abort();
    }
    for (Member* member : members) {
      for (Question<int>& question : member->questions) {
        const auto answer = question.answer();
        if (answer.ok()) EXPECT_EQ(*answer, 3);
      }
      member->questions.clear();
    }
  }

  std::vector<Member> members_;
};

TEST_P(StopUnderLoad, NothingHangsAndEveryCallEnds) {
  SCOPED_TRACE(absl::StrCat("seed ", GetParam()));
  Random random(GetParam());
  std::vector<Member*> order;
  for (Member& member : members_) order.push_back(&member);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  Member& survivor = *order.back();

  wait_for_answers(survivor, 200);
  stop({order.data(), 1});
  wait_for_answers(survivor, 100);
  stop({order.data() + 1, 2});
  wait_for_answers(survivor, 10);  // Those that it asks itself.
  EXPECT_GT(account_of(survivor).failed, 0U);

  survivor.host->act([&] {
    for (const Ref<Busy>& actor : survivor.own) actor.cease();
  });
  Account account;
  EXPECT_TRUE(survivor.host->run_until(
      [&] {
        account = account_of(survivor);
        return account.begun == account.answered + account.failed;
      },
      survivor.host->now() + kPatience))
      << account.begun << " begun, " << account.answered << " answered, " << account.failed
      << " failed";
  Member* last = &survivor;
  stop({&last, 1});
}

INSTANTIATE_TEST_SUITE_P(Seeds, StopUnderLoad, testing::Range<std::uint64_t>(1, 6));

}  // namespace troupe::remote_test
