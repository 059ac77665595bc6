// Storage: where the actors of a runtime keep what SAVED names, so that they have it again when
// their host has crashed or their program has been started anew.
//
//   MemoryStorage storage;                        // outlives a runtime, but not the process
//   {
//     ThreadRuntime runtime({.storage = &storage});
//     runtime.install<Acceptor>(runtime.add_host(), "acceptor");
//     ...
//   }
//   ThreadRuntime next({.storage = &storage});    // its acceptor remembers
//
// A DirectoryStorage (runtime/directory_storage.h) keeps files. What is stored belongs to a host,
// by its number in the runtime, and to a name there.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor_id.h"
#include "actor/time.h"

namespace troupe {

// Functions are called by any thread.
class Storage {
 public:
  virtual ~Storage() = default;

  // What was written last under this name; nothing where that never happened.
  virtual absl::StatusOr<std::optional<std::string>> read(HostId host, std::string_view name) = 0;

  // Replaces what is there, as a whole or not at all. When it returns, the bytes are kept, or will
  // be at stored_at().
  virtual absl::Status write(HostId host, std::string_view name, std::string_view bytes) = 0;

  // Forgets all that is kept for a host.
  virtual absl::Status erase(HostId host) = 0;

  // Whether a change must be written as soon as it is made, since the actor may vanish without a
  // word: with its process, or in a simulation whose disk takes time. Where this is false, an actor
  // is looked at when it ends.
  virtual bool wants_every_change() const = 0;

  // When all that was written for the host so far is kept.
  virtual Time stored_at(HostId host, Time now) {
    static_cast<void>(host);
    return now;
  }
};

// In memory.
class MemoryStorage : public Storage {
 public:
  absl::StatusOr<std::optional<std::string>> read(HostId host, std::string_view name) override;
  absl::Status write(HostId host, std::string_view name, std::string_view bytes) override;
  absl::Status erase(HostId host) override;
  bool wants_every_change() const override { return false; }

 private:
  std::mutex mutex_;
  std::map<std::pair<HostId, std::string>, std::string> kept_;
};

}  // namespace troupe
