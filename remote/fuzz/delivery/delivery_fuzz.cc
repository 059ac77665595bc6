// What must hold for all messages that a peer sends to a live host, through admission, the frames
// of its stream, delivery and the actors: the host goes on, and answers whoever asks properly. The
// bytes of an input say which messages there are, in a form that mostly makes sense, so that they
// come far. A fuzzer calls this (--config=fuzz), and a test does with what is worth keeping.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/address.h"
#include "actor/host.h"
#include "actor/names.h"
#include "remote/raw_peer.h"
#include "remote/remote_host.h"
#include "tools/fuzz/require.h"

namespace {

using troupe::ActorId;
using troupe::Async;
using troupe::Parallel;
using troupe::Ref;
using troupe::RemoteHost;
using troupe::Sync;
using troupe::fuzz::require;
using troupe::remote_test::RawPeer;
namespace wire = troupe::remote;

ACTOR_METHODS(Fuzzed, number, text, list, ask, ask_text, hand_on, keep, note, pair_with)

// Methods of all kinds, with arguments and results of several types.
class Fuzzed : public troupe::Actor<Fuzzed> {
 public:
  Sync<int> number() { return 7; }
  Sync<std::string> text(std::string text) { return text; }
  Sync<std::vector<std::string>> list(std::map<std::string, std::int64_t> numbers) {
    std::vector<std::string> names;
    for (const auto& [name, number] : numbers) names.push_back(name);
    return names;
  }
  Parallel<Sync<int>> ask(Ref<Fuzzed> other) {
    co_return co_await other.number().within(std::chrono::milliseconds(200));
  }
  Parallel<Sync<std::string>> ask_text(Ref<Fuzzed> other, std::string text) {
    co_return co_await other.text(text).within(std::chrono::milliseconds(200));
  }
  Sync<int> hand_on(Ref<Fuzzed> other) { return delegate(other.number()); }
  Sync<int> keep(Ref<Fuzzed> other) {
    co_return co_await other.number().within(std::chrono::milliseconds(5));
  }
  Async note(std::optional<double> value) {
    last_ = value;
    return {};
  }
  Sync<> pair_with(Ref<Fuzzed> other) {
    monitor(other);
    return {};
  }

 private:
  std::optional<double> last_;
};

// Reads choices out of an input.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool is_over() const { return at_ >= size_; }
  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : 0; }
  std::uint32_t number() {
    const std::uint32_t low = byte();
    if (low < 240) return low % 12;  // Mostly a small one.
    return low << 24 | std::uint32_t{byte()} << 16 | std::uint32_t{byte()} << 8 | byte();
  }
  std::string bytes() {
    const std::size_t size = std::min<std::size_t>(byte() % 48, size_ - std::min(at_, size_));
    std::string text(reinterpret_cast<const char*>(data_) + at_, size);
    at_ += size;
    return text;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

constexpr std::array<std::string_view, 28> kMethods = {
    "Fuzzed.number", "Fuzzed.text",   "Fuzzed.list",     "Fuzzed.ask",       "Fuzzed.ask_text",
    "Fuzzed.keep",   "Fuzzed.note",   "Fuzzed.hand_on",  "Fuzzed.pair_with", "Host.spawn",
    "Host.bind",     "Host.unbind",   "Host.lookup",     "Host.names_here",  "Host.actors",
    "Host.trace",    "Host.stop_all", "Host.stop_actor", "Host.statistics",  "Actor.watch",
    "Actor.unwatch", "Actor.unlink",  "Actor.signal",    "Actor.end",        "Actor.ping",
    "Actor.mute",    "Actor.unmute",  "Actor.on_request"};

// The host, its actors, and its peer, for the life of the process.
class World {
 public:
  World() {
    auto host = RemoteHost::start({.runtime = {.threads = 2}});
    require(host.ok(), "a host starts");
    host_ = *std::move(host);
    host_->on_log([](const std::string&) {});
    troupe::allow_spawning(*host_, troupe::Spawnable<Fuzzed>());
    connect();
  }

  // How much has been tried; for the end of a fuzzer's run.
  void print() const {
    std::fprintf(stderr, "%llu messages in %llu inputs\n",
                 static_cast<unsigned long long>(messages_),
                 static_cast<unsigned long long>(inputs_));
  }

  void run(Choices choices) {
    fill();
    std::vector<wire::Envelope> messages;
    while (!choices.is_over() && messages.size() < 1000) messages.push_back(message(choices));
    ++inputs_;
    messages_ += messages.size();
    if (!peer_->is_open()) connect();
    peer_->send(messages);
    // Whoever asks properly is answered, by the host object and in its turn.
    const std::uint32_t slot = ++asked_ + 1'000'000;
    peer_->send({RawPeer::call("Host.statistics", troupe::internal::host_object_id(0), slot)});
    const auto answer =
        peer_->wait_for_message([&](const wire::Envelope& one) { return one.slot() == slot; });
    require(answer.has_value(), "the host answers");
    peer_->forget_messages();
  }

 private:
  // Some actors have ended by now.
  void fill() {
    actors_.resize(4);
    for (Ref<Fuzzed>& actor : actors_) {
      if (actor && host_->type_of(id_of(actor)) != nullptr) continue;
      actor = host_->spawn<Fuzzed>(0);
    }
    // Calls to the peer are open.
    const auto there = troupe::resolve(*host_, "troupe://127.0.0.1:1/Fuzzed/5.1");
    host_->act([&] {
      actors_[0].ask(Ref<Fuzzed>(there->id)).tell();
      actors_[1].ask_text(Ref<Fuzzed>(there->id), "text").tell();
      actors_[2].pair_with(Ref<Fuzzed>(there->id)).tell();
    });
  }

  void connect() {
    peer_ = std::make_unique<RawPeer>(host_->address(),
                                      troupe::remote_test::RawPeerOptions{.incarnation = ++lives_});
    require(peer_->wait_until_up(), "a peer is let in");
  }

  wire::Reference reference(Choices& choices) {
    wire::Reference reference;
    const std::uint8_t kind = choices.byte();
    switch (kind % 8) {
      case 0:
      case 1:
      case 2:
        return RawPeer::actor_of_the_host(id_of(actors_[kind / 8 % actors_.size()]));
      case 3:
        return RawPeer::own_actor(5);
      case 4:
        return RawPeer::actor_of_the_host(troupe::internal::host_object_id(0));
      case 5:  // Whoever is outside the actors of either.
        reference.set_host(1 + kind / 8 % 2);
        reference.set_index(~0U - 1);
        reference.set_incarnation(1);
        return reference;
      case 6:
        reference.set_text("127.0.0.1:" + std::to_string(1 + kind / 8) + "#0000000000000009");
        reference.set_index(choices.number());
        reference.set_incarnation(choices.number());
        return reference;
      default:
        reference.set_host(choices.number());
        reference.set_index(choices.number());
        reference.set_incarnation(choices.number());
        reference.set_text(choices.bytes());
        return reference;
    }
  }

  std::string payload(Choices& choices) {
    const std::uint8_t kind = choices.byte();
    if (kind % 4 == 0) return {};
    if (kind % 4 == 1) return choices.bytes();
    // A field or two, of which the first may be a reference.
    std::string bytes = "\x0a";
    const std::string inner =
        kind % 4 == 2 ? reference(choices).SerializeAsString() : choices.bytes();
    bytes += static_cast<char>(inner.size() & 0x7f);
    bytes += inner.substr(0, 0x7f);
    if (kind % 3 == 0) bytes += "\x12\x02hi";
    return bytes;
  }

  wire::Envelope message(Choices& choices) {
    static constexpr std::array<std::uint32_t, 16> kKinds = {0, 0, 0, 0, 0, 0, 0, 0,
                                                             0, 1, 1, 2, 2, 5, 4, 3};
    wire::Envelope message;
    const std::uint8_t kind = choices.byte();
    message.set_kind(kKinds[kind % kKinds.size()]);
    *message.mutable_target() = reference(choices);
    *message.mutable_sender() = reference(choices);
    message.set_slot(choices.number());
    message.set_generation(choices.number());
    const std::string_view method = kMethods[choices.byte() % kMethods.size()];
    message.set_method(RawPeer::call(method, {}).method());
    message.set_payload(payload(choices));
    if (kind & 0x10) message.set_time_left(choices.number());
    if (kind & 0x20) message.set_flags(choices.byte());
    for (int i = 0; (kind & 0x40) != 0 && i < 3; ++i) {
      wire::Caller& caller = *message.add_chain();
      *caller.mutable_actor() = reference(choices);
      caller.set_slot(choices.number());
      caller.set_generation(choices.number());
      caller.set_method(std::string(kMethods[choices.byte() % kMethods.size()]));
    }
    return message;
  }

  std::unique_ptr<RemoteHost> host_;
  std::unique_ptr<RawPeer> peer_;
  std::vector<Ref<Fuzzed>> actors_;
  std::uint64_t lives_ = 6;
  std::uint32_t asked_ = 0;
  std::uint64_t inputs_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // As long as the process, so that no thread of it comes too late.
  static World* const kWorld = [] {
    static World* world = nullptr;
    world = new World;
    std::atexit([] { world->print(); });
    return world;
  }();
  kWorld->run(Choices(data, size));
  return 0;
}
