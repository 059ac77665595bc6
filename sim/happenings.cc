// From what a scenario says to what a simulator does, at the right times.
#include "sim/happenings.h"

#include <algorithm>
#include <utility>

#include "sim/spans.h"

namespace troupe::sim {

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

void Happenings::befall(const scenario::Fault& fault, Time begin, int rank,
                        const Deployment::Fits& fits, const Befall& deed) {
  repeat(fault.timing, begin, rank, [this, &fault, fits, deed] {
    return deed(deployment_.choose(fault.hosts, fits, random()));
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

// --- Hosts that go and come
// -------------------------------------------------------------------------

void Happenings::plan(const scenario::Crash& crash, Time begin, int rank) {
  repeat(crash.timing, begin, rank, [this, &crash, rank] {
    const std::vector<HostId> hosts = deployment_.choose(
        crash.hosts, [&](HostId host) { return deployment_.is_up(host); },
        simulator_.choices().scenario());
    for (const HostId host : hosts) deployment_.crash(host);
    for (const HostId host : hosts) {  // Each for its own time.
      later(crash, rank, [this, host, &crash] { return deployment_.restart(host, crash.storage); });
    }
    return absl::OkStatus();
  });
}

void Happenings::plan(const scenario::Restart& restart, Time begin, int rank) {
  befall(
      restart, begin, rank, [this](HostId host) { return deployment_.can_restart(host); },
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
      leave, begin, rank, [this](HostId host) { return deployment_.can_leave(host); },
      [this](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) deployment_.leave(host);
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Join& join, Time begin, int rank) {
  befall(
      join, begin, rank,
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
      pause, begin, rank,
      [this](HostId host) {
        return deployment_.is_up(host) && !simulator_.faults().is_paused(host);
      },
      [this, &pause, rank](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          simulator_.pause(host);
          later(pause, rank, [this, host] {
            simulator_.resume(host);
            return absl::OkStatus();
          });
        }
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Resume& resume, Time begin, int rank) {
  befall(
      resume, begin, rank, [this](HostId host) { return simulator_.faults().is_paused(host); },
      [this](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) simulator_.resume(host);
        return absl::OkStatus();
      });
}

void Happenings::plan(const scenario::Slow& slow, Time begin, int rank) {
  befall(
      slow, begin, rank, [this](HostId host) { return deployment_.is_up(host); },
      [this, &slow, rank](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          simulator_.slow(host, slow.each_message);
          later(slow, rank, [this, host] {
            simulator_.slow(host, Duration::zero());
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
      clock, begin, rank, [](HostId) { return true; },
      [this, &clock, rank](const std::vector<HostId>& hosts) {
        for (const HostId host : hosts) {
          const Duration ahead = random().uniform(clock.ahead.first, clock.ahead.second);
          simulator_.set_clock(host, ahead, drawn(clock.drift));
          later(clock, rank, [this, host] {
            simulator_.set_clock(host, Duration::zero(), 0);
            return absl::OkStatus();
          });
        }
        return absl::OkStatus();
      });
}

// --- The network
// ------------------------------------------------------------------------------------

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
    Partition made;
    if (groups.size() == 1) {
      made = Partition::of(groups[0], static_cast<Direction>(partition.direction),
                           simulator_.host_count());
    } else {
      made = Partition::of(groups, simulator_.host_count());
    }
    const PartitionId id = simulator_.partition(std::move(made));
    partitions_.emplace_back(partition.name, id);
    later(partition, rank, [this, id] {
      simulator_.heal(id);
      std::erase_if(partitions_, [id](const auto& entry) { return entry.second == id; });
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
    for (const auto& entry : partitions_) {
      if (meant(entry)) simulator_.heal(entry.second);
    }
    std::erase_if(partitions_, meant);
    return absl::OkStatus();
  });
}

// --- Churn
// ------------------------------------------------------------------------------------------

void Happenings::plan(const scenario::Churn& churn, Time begin, int rank) {
  OngoingChurn& it = churns_.emplace_back(OngoingChurn{&churn, rank, {}});
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
  if (deployment_.can_restart(host)) return deployment_.restart(host, churn.churn->storage);
  return deployment_.start_anything(host);
}

void Happenings::replay(OngoingChurn& churn, Time begin) {
  for (const scenario::ChurnEvent& event : churn.churn->trace) {
    agenda_.add({.time = saturated_sum(begin, event.at), .rank = churn.rank, .awaited = false},
                [this, &churn, &event] {
                  const auto host = static_cast<HostId>(event.host);
                  if (event.up) return come_back(churn, host);
                  end_session(churn, host);
                  return absl::OkStatus();
                });
  }
}

}  // namespace troupe::sim
