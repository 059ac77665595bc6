// The simulator as a TestWorld, with messages as objects and with every message encoded.
#include <memory>
#include <utility>

#include "sim/simulator.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
namespace {

class SimulatedQuestion final : public OpenQuestion {
 public:
  internal::PendingCall call;
  bool done() const override { return call.reply != nullptr; }
  MessagePtr take() override { return MessagePtr(std::exchange(call.reply, nullptr)); }
};

class SimulatedWorld final : public TestWorld {
 public:
  SimulatedWorld(const WorldOptions& options, bool encode)
      : simulator_(
            {.seed = options.seed,
             .network = {.latency = scenario::Constant{options.latency}, .loss = options.loss},
             .default_timeout = options.default_timeout,
             .encode_everything = encode}) {}

  HostId add_host() override { return simulator_.add_host(); }
  void act(const std::function<void()>& body) override { simulator_.act(body); }
  Time now() const override { return simulator_.now(); }
  bool run_until(const std::function<bool()>& done) override { return simulator_.run_until(done); }
  void run_for(Duration span) override { simulator_.run_for(span); }
  void settle() override { simulator_.run_until_quiet(); }
  void crash(HostId host) override { simulator_.crash(host); }
  void restore(HostId host) override { simulator_.restore(host); }
  std::uint64_t drops(DropReason reason) const override { return simulator_.drops(reason); }
  std::uint64_t failures() const override { return simulator_.failures(); }
  std::string name_of(ActorId actor) const override { return simulator_.name_of(actor); }
  Runtime& system() override { return simulator_; }

 protected:
  ActorId adopt(std::unique_ptr<ActorBase> actor, HostId host) override {
    return *simulator_.adopt(std::move(actor), Placement{host});
  }
  std::unique_ptr<OpenQuestion> begin_message(MessagePtr message, Duration timeout) override {
    auto question = std::make_unique<SimulatedQuestion>();
    simulator_.begin_outside(question->call, std::move(message), timeout);
    return question;
  }

 private:
  sim::Simulator simulator_;
};

Backend simulator(std::string name, bool encode) {
  return {std::move(name), [encode](const WorldOptions& options) {
            return std::make_unique<SimulatedWorld>(options, encode);
          }};
}

}  // namespace

std::vector<Backend> backends() {
  return {simulator("Simulator", false), simulator("SimulatorEncoded", true)};
}

}  // namespace troupe::conformance
