// Names of one host, and actors that are spawned with one.
#include "actor/names.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "actor/internal/directory.h"
#include "actor/internal/turn.h"
#include "actor/saved.h"
#include "actor/spelling.h"
#include "actor/storage.h"

namespace troupe {

absl::Status Names::bind(std::string_view name, const DynamicRef& actor, IfTaken if_taken) {
  const DynamicRef itself(runtime_->true_id(actor.id), actor.classes);
  return runtime_->directory().bind(host_, name, itself, if_taken == IfTaken::kReplace);
}

absl::Status Names::unbind(std::string_view name) {
  return runtime_->directory().unbind(host_, name);
}

absl::StatusOr<DynamicRef> Names::lookup_any(std::string_view name) const {
  return runtime_->directory().lookup(host_, name);
}

std::map<std::string, DynamicRef> Names::list() const { return runtime_->directory().list(host_); }

absl::Status Names::with_name(std::string_view name, const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat(in_quotes(name), " on ", runtime_->host_name(host_), " ",
                                   std::string(status.message())));
}

std::vector<DynamicRef> all_actors(const Runtime& runtime, HostId host) {
  std::vector<DynamicRef> found;
  runtime.visit_actors(host, [&](const ActorBase& actor) {
    found.emplace_back(actor.id(), internal::class_names(actor.type()));
  });
  return found;
}

namespace internal {

absl::StatusOr<ActorId> spawn_with(Runtime& runtime, HostId host, SpawnOptions options,
                                   std::string_view class_name, const MakeActor& make) {
  const std::string name = options.name;
  if (!name.empty()) {
    absl::Status status = runtime.directory().reserve(host, name, class_name);
    if (!status.ok()) return status;
  }
  absl::StatusOr<ActorId> id = [&]() -> absl::StatusOr<ActorId> {
    absl::StatusOr<std::unique_ptr<ActorBase>> actor = make();
    if (!actor.ok()) return actor.status();
    Turns::prepare(**actor, std::move(options));
    if (Storage* storage = runtime.storage(); storage != nullptr && !name.empty()) {
      std::optional<ReferenceScope> lasting;  // As it was stored: see Disk::store().
      if (ReferenceCodec* codec = runtime.references()) lasting.emplace(*codec);
      absl::Status status = Disk::keep(**actor, *storage, host, name);
      if (!status.ok()) return status;
    }
    return runtime.adopt(*std::move(actor), Placement{host});
  }();
  if (!id.ok() && !name.empty()) runtime.directory().give_up(host, name);
  return id;
}

}  // namespace internal
}  // namespace troupe
