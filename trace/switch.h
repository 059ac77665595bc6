// Switch: tracing on and off while a run goes on, for one actor, a class, a host or everything.
//
//   trace::Switch tracing(**writer, simulator);       // shows nothing yet
//   simulator.observe_with(&tracing);
//   simulator.run_for(1h);
//   tracing.host(3, true);                            // from now on
//   tracing.of_class("Node", true);
//   tracing.actor(id_of(noisy), false);
//
// What is said about an actor goes before its class, that before its host, that before everything.
// An event is shown where one of its two ends is traced. Actors that exist already are traced as
// others are. May be used from several threads.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "actor/observe.h"
#include "actor/runtime.h"

namespace troupe::trace {

class Switch final : public Observer {
 public:
  // Both live as long as this.
  Switch(Observer& to, const Runtime& runtime) : to_(to), runtime_(runtime) {}

  void everything(bool on);
  void actor(ActorId actor, bool on);
  void of_class(const std::string& name, bool on);
  void host(HostId host, bool on);

  void on_event(const troupe::Event& event) override;

 private:
  bool is_on(ActorId actor);
  const std::string& class_of(ActorId actor);

  Observer& to_;
  const Runtime& runtime_;
  std::mutex mutex_;
  bool everything_ = false;
  std::map<ActorId, bool> actors_;
  std::map<std::string, bool> classes_;
  std::map<HostId, bool> hosts_;
  std::map<ActorId, std::string> class_names_;  // of those that were asked for
};

}  // namespace troupe::trace
