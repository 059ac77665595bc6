// Courier: an actor that sends numbered messages to its like on all other hosts, receives theirs,
// and keeps account of both. The soak test has one on each host.
//
//   courier.meet({"127.0.0.1:7000", "127.0.0.1:7001"}, {.pause = 50ms});
//   courier.rest();                       // sends nothing new; returns when all calls have ended
//   courier.account();
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/actor.h"
#include "actor/host.h"

namespace troupe::remote_test {

using namespace std::chrono_literals;

ACTOR_METHODS(Courier, meet, rest, probe, deliver, tell, work, account)

struct CourierOptions {
  Duration pause = 50ms;                  // between two messages of one worker, on average
  std::uint64_t large_bytes = 1'000'000;  // of one message in `large_every`
  std::uint64_t large_every = 40;
  std::uint64_t small_bytes = 100;  // of the others
  FIELDS(pause, large_bytes, large_every, small_bytes)
};

// What has become of the messages of one courier, as a sender and as a receiver.
struct CourierAccount {
  std::uint64_t sent = 0;          // calls
  std::uint64_t answered = 0;      // with what was expected
  std::uint64_t reported = 0;      // as failed, with a failure that says that it may have been lost
  std::uint64_t unreported = 0;    // calls that ran into their deadline
  std::uint64_t wrong = 0;         // other failures, and answers to something else
  std::uint64_t told = 0;          // one-way messages
  std::uint64_t received = 0;      // calls and one-way messages
  std::uint64_t out_of_order = 0;  // of these: late, or twice
  std::uint64_t out_of_order_answers = 0;  // more answers than messages
  std::string first_trouble;               // of those that are unreported or wrong
  FIELDS(sent, answered, reported, unreported, wrong, told, received, out_of_order,
         out_of_order_answers, first_trouble)

  void add(const CourierAccount& other) {
    sent += other.sent;
    answered += other.answered;
    reported += other.reported;
    unreported += other.unreported;
    wrong += other.wrong;
    told += other.told;
    received += other.received;
    out_of_order += other.out_of_order;
    out_of_order_answers += other.out_of_order_answers;
    if (first_trouble.empty()) first_trouble = other.first_trouble;
  }
  std::uint64_t faults() const { return unreported + wrong + out_of_order + out_of_order_answers; }
};

// The answer to a message: its number, and how many have come from its sender.
struct Receipt {
  std::uint64_t number = 0;
  std::uint64_t received = 0;
  std::uint64_t bytes = 0;
  FIELDS(number, received, bytes)
};

class Courier : public Actor<Courier> {
 public:
  // Sends to the couriers of these hosts from now on, also after rest(). The own host is left out.
  Sync<> meet(std::vector<std::string> addresses, CourierOptions options) {
    std::erase(addresses, own_address());
    addresses_ = std::move(addresses);
    options_ = options;
    rests_ = false;
    for (; workers_ < kWorkers; ++workers_) self().work();
    return {};
  }

  // Sends nothing new; gives the account when every call has its answer or its failure.
  Parallel<Sync<CourierAccount, NoTimeout>> rest() {
    rests_ = true;
    co_await until([this] { return workers_ == 0; });
    co_return account_;
  }

  // Sends one-way messages and a call behind them to everybody while nothing disturbs the network.
  // Gives how many of them were lost, which must be none.
  Parallel<Sync<std::uint64_t, NoTimeout>> probe() {
    std::uint64_t lost = 0;
    for (const std::string& address : addresses_) {
      const absl::StatusOr<Nothing> probed = co_await probe_one(address, &lost).status_or();
      if (probed.ok()) continue;
      ++lost;
      trouble(absl::StrCat(address, ": ", probed.status().ToString()));
    }
    co_return lost;
  }

  // Asked by other couriers. Their messages are numbered, calls and others together.
  Sync<Receipt> deliver(Ref<Courier> from, std::uint64_t number, std::string payload) {
    receive(from, number);
    return Receipt{number, received_from_[from].count, payload.size()};
  }
  Async tell(Ref<Courier> from, std::uint64_t number, std::string) {
    receive(from, number);
    return {};
  }

  Sync<CourierAccount> account() { return account_; }

  // Run by the courier itself.
  Parallel<Async> work() {
    while (!rests_) {
      co_await sleep(random().uniform(0s, 2 * options_.pause));
      if (rests_ || addresses_.empty()) continue;
      const std::string address = addresses_[random().below(addresses_.size())];
      const absl::StatusOr<Ref<Courier>> other = co_await find(address).status_or();
      if (!other.ok()) continue;
      if (random().chance(0.5)) {
        ++account_.told;
        other->tell(self(), ++sent_to_[*other], "");
      }
      const absl::StatusOr<Receipt> answer = co_await ask(*other).status_or();
      if (!answer.ok()) forget(address, *other);
    }
    --workers_;
  }

 private:
  static constexpr int kWorkers = 4;
  // All failures of hosts and networks are told long before.
  static constexpr Duration kLongest = 60s;

  struct From {
    std::uint64_t last = 0;
    std::uint64_t count = 0;
  };

  std::string own_address() const { return runtime().host_name(id_of(self()).host); }

  Parallel<Sync<Ref<Courier>>> find(std::string address) {
    if (const auto known = others_.find(address); known != others_.end()) co_return known->second;
    const Ref<Host> host = co_await host_named(address);
    const DynamicRef any = co_await host.lookup("courier").within(10s);
    const Ref<Courier> other = co_await any.as<Courier>();
    others_[address] = other;
    co_return other;
  }
  void forget(const std::string& address, Ref<Courier> other) {
    const auto known = others_.find(address);
    if (known != others_.end() && known->second == other) others_.erase(known);
  }

  Parallel<Sync<>> probe_one(std::string address, std::uint64_t* lost) {
    constexpr int kTold = 10;
    Ref<Courier> other;
    absl::StatusOr<Receipt> before = absl::UnavailableError("");
    // The first question may be lost with the session with what was there before a restart.
    for (int i = 0; i < 50 && !before.ok(); ++i) {
      if (i > 0) co_await sleep(100ms);
      others_.erase(address);
      const absl::StatusOr<Ref<Courier>> found = co_await find(address).status_or();
      other = found.value_or(Ref<Courier>());
      if (found.ok()) before = co_await ask(other).status_or();
    }
    if (!before.ok()) co_await fail(before.status());
    for (int i = 0; i < kTold; ++i) other.tell(self(), ++sent_to_[other], "");
    const Receipt after = co_await ask(other);
    *lost += before->received + kTold + 1 - after.received;
  }

  Parallel<Sync<Receipt>> ask(Ref<Courier> other) {
    const bool is_large = random().below(options_.large_every) == 0;
    std::string payload(is_large ? options_.large_bytes : options_.small_bytes, 'x');
    const std::uint64_t bytes = payload.size();
    const std::uint64_t number = ++sent_to_[other];
    ++account_.sent;
    const absl::StatusOr<Receipt> answer =
        co_await other.deliver(self(), number, std::move(payload)).within(kLongest).status_or();
    if (answer.ok() && answer->number == number && answer->bytes == bytes) {
      ++account_.answered;
      if (answer->received > number) ++account_.out_of_order_answers;
    } else if (answer.ok()) {
      ++account_.wrong;
      trouble(absl::StrCat("the answer to message ", answer->number, ", and not to ", number));
    } else if (absl::IsDeadlineExceeded(answer.status())) {
      ++account_.unreported;
      trouble(answer.status().ToString());
    } else if (absl::IsUnavailable(answer.status()) || absl::IsNotFound(answer.status()) ||
               absl::IsResourceExhausted(answer.status())) {
      ++account_.reported;
    } else {
      ++account_.wrong;
      trouble(answer.status().ToString());
    }
    co_return answer;
  }

  void receive(Ref<Courier> from, std::uint64_t number) {
    ++account_.received;
    From& known = received_from_[from];
    if (number <= known.last) ++account_.out_of_order;
    known.last = number;
    ++known.count;
  }
  void trouble(std::string text) {
    if (account_.first_trouble.empty()) account_.first_trouble = std::move(text);
  }

  CourierOptions options_;
  std::vector<std::string> addresses_;
  std::map<std::string, Ref<Courier>> others_;
  std::map<Ref<Courier>, std::uint64_t> sent_to_;
  std::map<Ref<Courier>, From> received_from_;
  CourierAccount account_;
  int workers_ = 0;
  bool rests_ = false;
};

}  // namespace troupe::remote_test
