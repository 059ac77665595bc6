// Agenda: what a scenario will do, and when. The order of (time, rank, adding) is the order of
// doing: a rank is an action's place in its phase, so that what a file says first comes first.
//
//   agenda.add({.time = begin + 30s, .rank = 2, .awaited = true}, [&] { return crash(); });
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "actor/time.h"

namespace troupe::sim {

class Agenda {
 public:
  using Deed = std::function<absl::Status()>;
  struct Entry {
    Time time{};
    int rank = 0;
    bool awaited = true;  // the phase does not end before
  };

  void add(const Entry& entry, Deed deed) {
    if (entry.awaited) ++awaited_;
    deeds_.emplace(Key{entry.time, entry.rank, order_++}, Item{entry.awaited, std::move(deed)});
  }

  // When something is to be done next, or kNever.
  Time next() const { return deeds_.empty() ? kNever : deeds_.begin()->first.time; }
  bool awaits_something() const { return awaited_ > 0; }
  bool empty() const { return deeds_.empty(); }

  // Does all that is due, also what is added meanwhile; stops at the first failure.
  absl::Status do_what_is_due(Time now) {
    while (next() <= now) {
      const Item item = std::move(deeds_.begin()->second);
      deeds_.erase(deeds_.begin());
      if (item.awaited) --awaited_;
      if (absl::Status status = item.deed(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void clear() {
    deeds_.clear();
    awaited_ = 0;
  }

 private:
  struct Key {
    Time time;
    int rank;
    std::uint64_t order;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Item {
    bool awaited;
    Deed deed;
  };
  std::map<Key, Item> deeds_;
  std::uint64_t order_ = 0;
  std::size_t awaited_ = 0;
};

}  // namespace troupe::sim
