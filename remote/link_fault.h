// LinkFault: what goes wrong on purpose between a host and another one. See network_faults.h.
#pragma once

#include "actor/codec.h"
#include "actor/time.h"

namespace troupe {

struct LinkFault {
  // Of each message that leaves for the other host: `latency`, and from 0 to `jitter` more.
  // Messages keep their order.
  Duration latency{};
  Duration jitter{};
  // How likely each of these is lost: from 0 to 1. Its caller waits in vain. The engine's own, of
  // links and monitors, are late at most.
  double loss = 0;
  // Nothing goes there, nothing comes from there.
  bool no_way_out = false;
  bool no_way_in = false;
  FIELDS(latency, jitter, loss, no_way_out, no_way_in)

  bool is_of_messages() const {
    return latency > Duration::zero() || jitter > Duration::zero() || loss > 0;
  }
  friend bool operator==(const LinkFault&, const LinkFault&) = default;
};

}  // namespace troupe
