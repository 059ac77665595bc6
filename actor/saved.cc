// Keeping what SAVED names, and putting it back.
#include "actor/saved.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/extras.h"
#include "actor/internal/turn.h"
#include "actor/spelling.h"
#include "actor/storage.h"

namespace troupe {

absl::StatusOr<std::optional<std::string>> MemoryStorage::read(HostId host, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find({host, std::string(name)});
  if (found == kept_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

absl::Status MemoryStorage::write(HostId host, std::string_view name, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  kept_.insert_or_assign({host, std::string(name)}, std::string(bytes));
  return absl::OkStatus();
}

absl::Status MemoryStorage::erase(HostId host) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [host](const auto& entry) { return entry.first.first == host; });
  return absl::OkStatus();
}

namespace internal {

std::optional<std::string> Disk::saved_by(const ActorBase& actor) { return actor.troupe_saved(); }

bool Disk::restore(ActorBase& actor, std::string_view saved) { return actor.troupe_restore(saved); }

absl::Status Disk::keep(ActorBase& actor, Storage& storage, HostId host, std::string_view name) {
  std::optional<std::string> fresh = actor.troupe_saved();
  if (!fresh) return absl::OkStatus();
  absl::StatusOr<std::optional<std::string>> stored = storage.read(host, name);
  if (!stored.ok()) return stored.status();
  if (stored->has_value() && !restore(actor, **stored)) {
    return absl::DataLossError(absl::StrCat("what the ", std::string(actor.type().name), " ",
                                            in_quotes(name), " has saved cannot be read again"));
  }
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  actor.extras_->saved = std::make_unique<SavedPlace>(SavedPlace{
      .storage = &storage, .host = host, .name = std::string(name), .last = *std::move(stored)});
  actor.saves_at_once_ = storage.wants_every_change();
  return absl::OkStatus();
}

bool Disk::store(ActorBase& actor) {
  SavedPlace& place = *actor.extras_->saved;
  // Numbers of hosts may mean something in this process alone, and what is stored outlives it.
  std::optional<ReferenceScope> lasting;
  if (ReferenceCodec* codec = actor.runtime_->references()) lasting.emplace(*codec);
  std::optional<std::string> bytes = actor.troupe_saved();
  if (!bytes || bytes == place.last) return true;
  absl::Status status = place.storage->write(place.host, place.name, *bytes);
  if (status.ok()) {
    place.last = std::move(bytes);
    return true;
  }
  Turns::request_end(actor, {.why = std::move(status), .failed = "saved", .by = actor.id_});
  return false;
}

Time Disk::stored_at(ActorBase& actor) {
  const Time now = actor.runtime_->now();
  if (!actor.saves_at_once_) return now;
  if (!store(actor)) return kNever;
  const SavedPlace& place = *actor.extras_->saved;
  return place.storage->stored_at(place.host, now);
}

}  // namespace internal
}  // namespace troupe
