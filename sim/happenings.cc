// From what a scenario says to what a simulator does, at the right times.
#include "sim/happenings.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/diagnostic.h"
#include "sim/spans.h"

namespace troupe::sim {
namespace {

// Whether it says itself which hosts, and leaves nothing to chance.
bool names_hosts(const scenario::Hosts& hosts) {
  return std::holds_alternative<scenario::HostList>(hosts) ||
         std::holds_alternative<scenario::AllHosts>(hosts);
}

bool is_left_to_chance(const scenario::Hosts& hosts) {
  if (const auto* where = std::get_if<scenario::HostsWhere>(&hosts)) {
    return is_left_to_chance(where->among->hosts);
  }
  return !names_hosts(hosts);
}

}  // namespace

// --- Once and again
// -------------------------------------------------------------------------------

void Happenings::repeat(const scenario::Timing& timing, Time begin, int rank,
                        const std::function<absl::Status()>& deed) {
  // Dates are drawn one after the other: how long a run lasts changes none of them.
  const Time first = saturated_sum(begin, draw(timing.at, random()));
  struct Series {
    const scenario::Timing& timing;
    std::int64_t left;
    std::function<absl::Status()> deed;
    std::function<void(Time)> plan;
  };
  auto series = std::make_shared<Series>(Series{timing, timing.times, deed, {}});
  series->plan = [this, rank, weak = std::weak_ptr<Series>(series)](Time date) {
    const std::shared_ptr<Series> it = weak.lock();
    agenda_.add({.time = date, .rank = rank, .awaited = true}, [this, it, date] {
      if (--it->left > 0) it->plan(saturated_sum(date, draw(it->timing.every, random())));
      return it->deed();
    });
  };
  series->plan(first);
}

void Happenings::befall(const scenario::Fault& fault, const std::string& what, Time begin, int rank,
                        const Deployment::Fits& fits, const Befall& deed) {
  repeat(fault.timing, begin, rank, [this, &fault, what, fits, deed] {
    const std::vector<HostId> hosts = deployment_.choose(fault.hosts, fits, random());
    has_befallen(fault.place, what, hosts.size());
    return deed(hosts);
  });
}

void Happenings::later(const scenario::PassingFault& fault, int rank,
                       const std::function<absl::Status()>& deed) {
  if (!fault.lasts) return;
  agenda_.add({.time = saturated_sum(simulator_.now(), draw(*fault.lasts, random())),
               .rank = rank,
               .awaited = true},
              deed);
}

// --- What is told at the end
// ------------------------------------------------------------------------

void Happenings::has_befallen(const scenario::Place& place, const std::string& what,
                              std::size_t hosts) {
  const auto is_meant = [&](const Tally& tally) {
    return tally.place.line == place.line && tally.place.column == place.column &&
           tally.place.file == place.file && tally.what == what;
  };
  auto tally = std::find_if(tallies_.begin(), tallies_.end(), is_meant);
  if (tally == tallies_.end()) {
    tally = tallies_.insert(tally, Tally{.place = place, .what = what});
  }
  ++tally->times;
  if (hosts == 0 && tally->in_vain++ == 0) tally->first_in_vain = simulator_.now();
}

std::vector<std::string> Happenings::notes() const {
  std::vector<std::string> notes;
  for (const Tally& tally : tallies_) {
    if (tally.in_vain == 0) continue;
    notes.push_back(absl::StrCat(
        scenario::to_string(tally.place), ": ", tally.what, " had no effect on any host ",
        tally.times == 1
            ? absl::StrCat("after ", to_string(tally.first_in_vain - Time{}))
            : absl::StrCat(tally.in_vain, " of ", tally.times, " times, the first time after ",
                           to_string(tally.first_in_vain - Time{}))));
  }
  notes.insert(notes.end(), late_.begin(), late_.end());
  return notes;
}

// --- Hosts that go and come
// -------------------------------------------------------------------------

void Happenings::plan(const scenario::Crash& crash, Time begin, int rank) {
  repeat(crash.timing, begin, rank, [this, &crash, rank] {
    // A host that is named is held down, too, where it is down already.
    const std::vector<HostId> hosts = deployment_.choose(
        crash.hosts,
        [&](HostId host) { return deployment_.is_up(host) || names_hosts(crash.hosts); },
        simulator_.choices().scenario());
    has_befallen(crash.place, "this crash", hosts.size());
    std::vector<FaultId> crashes;
    for (const HostId host : hosts) {
      if (crash.lasts) {
        crashes.push_back(deployment_.begin_crash(host));
      } else {
        deployment_.crash(host);
      }
    }
    for (std::size_t i = 0; i < crashes.size(); ++i) {  // Each for its own time.
      later(crash, rank, [this, host = hosts[i], id = crashes[i], &crash] {
        return deployment_.end_crash(host, id, crash.storage);
      });
    }
    return absl::OkStatus();
  });
}

void Happenings::plan(const scenario::Restart& restart, Time begin, int rank) {
  befall(
      restart, "this restart", begin, rank,
      [this](HostId host) { return deployment_.can_restart(host); },
      [this, &restart](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          if (absl::Status status = deployment_.restart(host, restart.storage); !status.ok()) {
            return status;
          }
        }
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Leave& leave, Time begin, int rank) {
  befall(
      leave, "this leave", begin, rank, [this](HostId host) { return deployment_.can_leave(host); },
      [this](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) deployment_.leave(host);
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Join& join, Time begin, int rank) {
  befall(
      join, "this join", begin, rank,
      [this, &join](HostId host) { return deployment_.can_join(host, *join.actor->type); },
      [this, &join](const std::vector<HostId>& hosts) {
        const auto count = static_cast<std::int64_t>(hosts.size());
        for (const HostId host : hosts) {
          if (absl::Status status = deployment_.join(*join.actor, host, count); !status.ok()) {
            return status;
          }
        }
        return absl::OkStatus();
      });
}

// --- Hosts that are not quite well
// ------------------------------------------------------------------

void Happenings::plan(const scenario::Pause& pause, Time begin, int rank) {
  befall(
      pause, "this pause", begin, rank,
      [this, &pause](HostId host) {
        const bool is_new = !simulator_.faults().is_paused(host);
        return deployment_.is_up(host) && (is_new || names_hosts(pause.hosts));
      },
      [this, &pause, rank](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          const FaultId id = simulator_.pause(host);
          later(pause, rank, [this, host, id] {
            simulator_.end_pause(host, id);
            return absl::OkStatus();
          });
        }
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Resume& resume, Time begin, int rank) {
  befall(
      resume, "this resume", begin, rank,
      [this](HostId host) { return simulator_.faults().is_paused(host); },
      [this](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) simulator_.resume(host);
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Slow& slow, Time begin, int rank) {
  befall(
      slow, "this slow", begin, rank, [this](HostId host) { return deployment_.is_up(host); },
      [this, &slow, rank](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          if (!slow.lasts) {
            simulator_.slow(host, slow.each_message);
            continue;
          }
          const FaultId id = simulator_.begin_slow(host, slow.each_message);
          later(slow, rank, [this, host, id] {
            simulator_.end_slow(host, id);
            return absl::OkStatus();
          });
        }
        return absl::OkStatus();
      });
}

double Happenings::drawn(std::pair<double, double> range) {
  return range.first + (range.second - range.first) * random().unit();
}

void Happenings::plan(const scenario::WrongClock& clock, Time begin, int rank) {
  befall(
      clock, "this clock", begin, rank, [](HostId) { return true; },
      [this, &clock, rank](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          const Duration ahead = random().uniform(clock.ahead.first, clock.ahead.second);
          const double drift = drawn(clock.drift);
          if (!clock.lasts) {
            simulator_.set_clock(host, ahead, drift);
            continue;
          }
          const FaultId id = simulator_.begin_clock(host, ahead, drift);
          later(clock, rank, [this, host, id] {
            simulator_.end_clock(host, id);
            return absl::OkStatus();
          });
        }
        return absl::OkStatus();
      });
}

// --- The network
// ------------------------------------------------------------------------------------

void Happenings::heals_later(const scenario::PassingFault& fault, const std::string& name,
                             PartitionId id, int rank) {
  partitions_.emplace_back(name, id);
  later(fault, rank, [this, id] {
    simulator_.heal(id);
    std::erase_if(partitions_, [id](const auto& entry) { return entry.second == id; });
    return absl::OkStatus();
  });
}

void Happenings::plan(const scenario::Partition& partition, Time begin, int rank) {
  repeat(partition.timing, begin, rank, [this, &partition, rank] {
    // Groups are chosen one after the other, each among those that no other group has yet.
    std::vector<std::vector<HostId>> groups;
    std::vector<bool> taken(simulator_.host_count());
    for (const scenario::Hosts& group : partition.groups) {
      groups.push_back(
          deployment_.choose(group, [&](HostId host) { return !taken[host]; }, random()));
      for (const HostId host : groups.back()) taken[host] = true;
    }
    const std::size_t first = groups.empty() ? 0 : groups[0].size();
    has_befallen(partition.place, "this partition", groups.size() == 1 ? first % taken.size() : 1);
    Partition made;
    if (groups.size() == 1) {
      made = Partition::of(groups[0], static_cast<Direction>(partition.direction),
                           simulator_.host_count());
    } else {
      made = Partition::of(groups, simulator_.host_count());
    }
    const PartitionId id = simulator_.partition(std::move(made));
    heals_later(partition, partition.name, id, rank);
    return absl::OkStatus();
  });
}

Happenings::Ends Happenings::choose_ends(const scenario::Hosts& from, const scenario::Hosts& to) {
  Ends ends;
  ends.from = deployment_.choose(from, [](HostId) { return true; }, random());
  std::vector<bool> taken(simulator_.host_count());
  for (const HostId host : ends.from) taken[host] = true;
  // What is left to chance falls on others, as long as there are any.
  const bool only_others = is_left_to_chance(to) && ends.from.size() < taken.size();
  ends.to =
      deployment_.choose(to, [&](HostId host) { return !only_others || !taken[host]; }, random());
  return ends;
}

void Happenings::plan(const scenario::Cut& cut, Time begin, int rank) {
  repeat(cut.timing, begin, rank, [this, &cut, rank] {
    const Ends ends = choose_ends(cut.from, cut.to);
    has_befallen(cut.place, "this cut", std::min(ends.from.size(), ends.to.size()));
    Cut made = Cut::of(ends.from, ends.to, simulator_.host_count());
    made.both_ways = cut.both_ways;
    heals_later(cut, cut.name, simulator_.cut(std::move(made)), rank);
    return absl::OkStatus();
  });
}

void Happenings::plan(const scenario::LinkChange& change, Time begin, int rank) {
  repeat(change.timing, begin, rank, [this, &change, rank] {
    const Ends ends = choose_ends(change.from, change.to);
    has_befallen(change.place, "this link", std::min(ends.from.size(), ends.to.size()));
    LinkChange made;
    made.link = change.link;
    made.from.resize(simulator_.host_count());
    made.to.resize(simulator_.host_count());
    for (const HostId host : ends.from) made.from[host] = true;
    for (const HostId host : ends.to) made.to[host] = true;
    const FaultId id = simulator_.begin_link_change(std::move(made));
    later(change, rank, [this, id] {
      simulator_.end_link_change(id);
      return absl::OkStatus();
    });
    return absl::OkStatus();
  });
}

void Happenings::plan(const scenario::Heal& heal, Time begin, int rank) {
  repeat(heal.timing, begin, rank, [this, &heal] {
    const auto meant = [&](const auto& entry) {
      return heal.name.empty() || entry.first == heal.name;
    };
    std::size_t healed = 0;
    for (const auto& entry : partitions_) {
      if (!meant(entry)) continue;
      simulator_.heal(entry.second);
      ++healed;
    }
    has_befallen(heal.place, "this heal", healed);
    std::erase_if(partitions_, meant);
    return absl::OkStatus();
  });
}

// --- Churn
// ------------------------------------------------------------------------------------------

void Happenings::plan(const scenario::Churn& churn, Time begin, int rank) {
  OngoingChurn& it = churns_.emplace_back();
  it.churn = &churn;
  it.rank = rank;
  agenda_.add({.time = begin, .rank = rank, .awaited = false}, [this, &it, begin] {
    if (it.churn->trace.empty()) {
      begin_churn(it);
    } else {
      replay(it, begin);
    }
    return absl::OkStatus();
  });
}

void Happenings::begin_churn(OngoingChurn& churn) {
  const std::vector<HostId> hosts =
      deployment_.choose(churn.churn->hosts, [](HostId) { return true; }, random());
  for (const HostId host : hosts) {
    if (deployment_.is_up(host) && deployment_.is_used(host)) {
      plan_end(churn, host);
    } else if (churn.churn->downtime) {
      plan_return(churn, host);
    } else {
      churn.away.push_back(host);
    }
  }
  if (churn.churn->arrivals) plan_arrival(churn);
}

void Happenings::plan_end(OngoingChurn& churn, HostId host) {
  const Duration session = draw(*churn.churn->session, simulator_.choices().churn(host));
  agenda_.add(
      {.time = saturated_sum(simulator_.now(), session), .rank = churn.rank, .awaited = false},
      [this, &churn, host] {
        end_session(churn, host);
        if (churn.churn->downtime) {
          plan_return(churn, host);
        } else {
          churn.away.push_back(host);
        }
        return absl::OkStatus();
      });
}

void Happenings::plan_return(OngoingChurn& churn, HostId host) {
  const Duration away = draw(*churn.churn->downtime, simulator_.choices().churn(host));
  agenda_.add({.time = saturated_sum(simulator_.now(), away), .rank = churn.rank, .awaited = false},
              [this, &churn, host] {
                plan_end(churn, host);
                return come_back(churn, host);
              });
}

void Happenings::plan_arrival(OngoingChurn& churn) {
  agenda_.add({.time = saturated_sum(simulator_.now(), draw(*churn.churn->arrivals, random())),
               .rank = churn.rank,
               .awaited = false},
              [this, &churn] {
                plan_arrival(churn);
                if (churn.away.empty()) return absl::OkStatus();
                const std::size_t index = random().below(churn.away.size());
                const HostId host = churn.away[index];
                churn.away[index] = churn.away.back();
                churn.away.pop_back();
                plan_end(churn, host);
                return come_back(churn, host);
              });
}

void Happenings::end_session(OngoingChurn& churn, HostId host) {
  if (!deployment_.is_up(host)) return;
  if (churn.churn->ends_by == scenario::Churn::End::kLeave && deployment_.can_leave(host)) {
    deployment_.leave(host);
  } else {
    deployment_.crash(host);
  }
}

absl::Status Happenings::come_back(OngoingChurn& churn, HostId host) {
  if (!deployment_.is_up(host)) {
    absl::Status status = deployment_.release(host, churn.churn->storage);
    // A crash that lasts may hold it.
    if (!status.ok() || !deployment_.is_up(host) || deployment_.is_used(host)) return status;
  }
  return deployment_.start_anything(host);
}

void Happenings::replay(OngoingChurn& churn, Time begin) {
  churn.events_left = churn.churn->trace.size();
  for (const scenario::ChurnEvent& event : churn.churn->trace) {
    agenda_.add({.time = saturated_sum(begin, event.at), .rank = churn.rank, .awaited = false},
                [this, &churn, &event] {
                  --churn.events_left;
                  const auto host = static_cast<HostId>(event.host);
                  if (event.up) return come_back(churn, host);
                  end_session(churn, host);
                  return absl::OkStatus();
                });
  }
}

void Happenings::end_phase() {
  for (const OngoingChurn& churn : churns_) {
    if (churn.events_left == 0) continue;
    late_.push_back(absl::StrCat(scenario::to_string(churn.churn->place), ": ", churn.events_left,
                                 " of the ", churn.churn->trace.size(),
                                 " events of this churn's trace come after the end of the phase, "
                                 "and did not happen"));
  }
  churns_.clear();
}

}  // namespace troupe::sim
