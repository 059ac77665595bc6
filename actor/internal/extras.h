// Extras: what few actors have. Made when it is first needed; costs the others a null pointer.
#pragma once

#include <string>

#include "actor/mailbox.h"

namespace troupe::internal {

struct Extras {
  // Reserved for the actor; its own as soon as it has its place.
  std::string reserved_name;
  Mailbox mailbox;
};

}  // namespace troupe::internal
