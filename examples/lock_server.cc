// Lock server: whoever asks gets the lock in the order of asking. Its method is Parallel, so that a
// release can come while others wait.
#include <cstdio>
#include <string>
#include <vector>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(LockServer, acquire, release)

class LockServer : public Actor<LockServer> {
 public:
  Parallel<Sync<>> acquire() {
    const int ticket = next_ticket_++;
    co_await until([this, ticket] { return serving_ == ticket; });
  }
  Async release() {
    ++serving_;
    return {};
  }

 private:
  int next_ticket_ = 0;
  int serving_ = 0;
};

ACTOR_METHODS(Account, balance)

// Somebody's file: reading and writing it takes time, and it cannot do both in one step.
class Account : public Actor<Account> {
 public:
  Attribute<int> balance = 0;
};

ACTOR_METHODS(Teller, deposit)

class Teller : public Actor<Teller> {
 public:
  Teller(Ref<LockServer> lock, Ref<Account> account) : lock_(lock), account_(account) {}

  Sync<> deposit(int amount) {
    co_await lock_.acquire().within(1min);
    const int before = co_await account_.balance();
    co_await sleep(1ms);
    co_await account_.balance(before + amount);
    lock_.release();
  }

 private:
  Ref<LockServer> lock_;
  Ref<Account> account_;
};

void play(System& system) {
  Ref<LockServer> lock = system.spawn<LockServer>(system.add_host());
  Ref<Account> account = system.spawn<Account>(system.add_host());
  std::vector<Call<>> deposits;
  for (int i = 0; i < 50; ++i) {
    Ref<Teller> teller = system.spawn<Teller>(system.add_host(), lock, account);
    deposits.push_back(teller.deposit(10).within(1min));
  }
  int failed = 0;
  for (const auto& deposit : system.ask_all(std::move(deposits))) failed += deposit.ok() ? 0 : 1;
  std::printf("50 deposits of 10, %d failed: %d\n", failed, *system.ask(account.balance()));
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv,
                                       "A lock that actors pass on in the order in which they ask.",
                                       troupe::examples::play);
}
