// A Runtime that does nothing but give names to actors, for tests of who watches.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/message.h"
#include "actor/runtime.h"

namespace troupe::trace {

class FakeRuntime final : public Runtime {
 public:
  std::map<ActorId, std::string> names;

  std::string name_of(ActorId actor) const override {
    const auto name = names.find(actor);
    return name == names.end() ? "actor" : name->second;
  }

  std::string host_name(HostId) const override { return "host"; }
  std::optional<HostId> find_host(std::string_view) const override { return std::nullopt; }
  bool is_alive(ActorId) const override { return false; }
  void visit_actors(HostId, const std::function<void(const ActorBase&)>&) const override {}

  std::uint64_t messages() const override { return 0; }
  std::uint64_t drops(DropReason) const override { return 0; }
  std::uint64_t failures() const override { return 0; }

  Time now() const override { return {}; }
  void send(const ActorBase&, Message* message) override { Message::destroy(message); }
  void schedule(Time, Message* message) override { Message::destroy(message); }
  void watch_deadline(ActorBase&, std::uint32_t, std::uint32_t, Time, Duration) override {}
  void run_blocking(const ActorBase&, std::function<absl::Status()>, Message* done) override {
    Message::destroy(done);
  }
  absl::StatusOr<ActorId> adopt(std::unique_ptr<ActorBase>, Placement) override {
    return absl::UnimplementedError("nobody lives here");
  }
  void retire(ActorBase&) override {}
  Duration default_timeout() const override { return std::chrono::seconds(1); }
  void measure(std::string_view, double) override {}
  void count(std::string_view, std::int64_t) override {}
  void report(const ActorBase&, const Report&) override {}
  void count_drop(DropReason) override {}
  void note_failure(const ActorBase&, const MethodInfo&, const absl::Status&) override {}
};

}  // namespace troupe::trace
