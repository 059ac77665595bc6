// What a host does with messages of a peer that says anything: a message is delivered to the actor
// that it names, or to nobody, and the host goes on.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "actor/actor.h"
#include "actor/address.h"
#include "actor/host.h"
#include "actor/names.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "remote/internal/grpc.h"
#include "remote/internal/hosts.h"
#include "remote/raw_peer.h"
#include "remote/remote_host.h"

namespace troupe::remote_test {
namespace {

using namespace std::chrono_literals;
using absl::StatusCode;
using testing::HasSubstr;

ACTOR_METHODS(Store, number, text, ask, hand_on, hand_on_text, large, fail_at_length, wait)

class Store : public Actor<Store> {
 public:
  Sync<int> number() { return 7; }
  Sync<std::string> text() { return std::string(1000, 'x'); }
  Parallel<Sync<int>> ask(Ref<Store> other) { co_return co_await other.number().within(20s); }
  // The other one's answer is this one's.
  Sync<int> hand_on(Ref<Store> other) { return delegate(other.number()); }
  Sync<std::string> hand_on_text(Ref<Store> other) { return delegate(other.text()); }
  Parallel<Sync<>> wait() { co_await sleep(1min); }
  Sync<std::string> large(std::uint64_t bytes) { return std::string(bytes, 'x'); }
  Sync<int> fail_at_length(std::uint64_t bytes) {
    return absl::InvalidArgumentError(std::string(bytes, 'x'));
  }
};

class Delivery : public testing::Test {
 protected:
  static std::unique_ptr<RemoteHost> start(RemoteHostOptions options = {}) {
    auto host = RemoteHost::start(std::move(options));
    EXPECT_TRUE(host.ok()) << host.status();
    return host.ok() ? *std::move(host) : nullptr;
  }
  static Ref<Store> store_on(RemoteHost& host) {
    const auto store = spawn_with<Store>(host, 0, {});
    EXPECT_TRUE(store.ok()) << store.status();
    return store.value_or(Ref<Store>());
  }
  // The same actor, as another host of this test knows it.
  static Ref<Store> from(RemoteHost& host, RemoteHost& home, Ref<Store> store) {
    const auto same = resolve(host, address_of(home, DynamicRef(store)));
    EXPECT_TRUE(same.ok()) << same.status();
    return same.ok() ? Ref<Store>(same->id) : Ref<Store>();
  }
};

// --- What a peer says ---------------------------------------------------------------------------

TEST_F(Delivery, NoMessageEndsAHost) {
  const auto host = start();
  host->on_log([](const std::string&) {});
  const Ref<Store> store = store_on(*host);
  const ActorId own = id_of(store);
  RawPeer peer(host->address(), {});
  ASSERT_TRUE(peer.wait_until_up());

  std::vector<remote::Envelope> messages;
  for (const std::string_view method : {"Store.number", "Host.statistics", "Nobody.nothing"}) {
    const remote::Envelope good = RawPeer::call(method, own);
    // Nobody is its target.
    messages.push_back(good);
    messages.back().clear_target();
    // An actor that does not exist; the host itself; whoever is outside every actor.
    for (const std::uint32_t index : {1'000'000U, ~0U, ~0U - 1}) {
      messages.push_back(good);
      messages.back().mutable_target()->set_index(index);
    }
    // Its sender is an actor of the host, which waits for nothing; or nobody; or outside.
    for (const std::uint32_t slot : {0U, 1U, 1'000'000U}) {
      for (const std::uint32_t generation : {0U, 1U, 2U}) {
        for (const std::uint32_t index : {own.index, 77U, ~0U, ~0U - 1}) {
          messages.push_back(good);
          *messages.back().mutable_sender() = RawPeer::actor_of_the_host(own);
          messages.back().mutable_sender()->set_index(index);
          messages.back().set_slot(slot);
          messages.back().set_generation(generation);
        }
        messages.push_back(good);
        messages.back().clear_sender();
        messages.back().set_slot(slot);
        messages.back().set_generation(generation);
      }
    }
  }
  // The same as answers, failures and cancellations (as stops they would end the actor).
  const std::size_t calls = messages.size();
  for (std::size_t i = 0; i < calls; ++i) {
    for (const std::uint32_t kind : {1U, 2U, 5U}) {
      messages.push_back(messages[i]);
      messages.back().set_kind(kind);
    }
  }
  // The second time all methods are known.
  for (int round = 0; round < 2; ++round) {
    for (const remote::Envelope& message : messages) peer.send({message});
  }

  peer.send({RawPeer::call("Store.number", own, /*slot=*/4711)});
  const auto answer =
      peer.wait_for_message([](const remote::Envelope& one) { return one.slot() == 4711; });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->kind(), 1U);
  EXPECT_EQ(host->ask(store.number()).value_or(0), 7);
}

TEST_F(Delivery, ACallInTheNameOfAnActorOfThisHostIsNotAnsweredIntoAnotherCallOfIt) {
  const auto host = start();
  host->on_log([](const std::string&) {});
  const Ref<Store> asker = store_on(*host);
  const Ref<Store> other = store_on(*host);
  RawPeer peer(host->address(), {.address = "127.0.0.1:1"});
  ASSERT_TRUE(peer.wait_until_up());
  const auto there = resolve(*host, "troupe://127.0.0.1:1/Store/5.1");
  ASSERT_TRUE(there.ok()) << there.status();
  auto question = host->begin(asker.ask(Ref<Store>(there->id)).within(30s));
  const auto asked = peer.wait_for_message([](const auto& one) { return one.kind() == 0; });
  ASSERT_TRUE(asked.has_value());

  // The peer hands the call on to a method that gives something else.
  remote::Envelope forged = RawPeer::call("Store.text", id_of(other));
  *forged.mutable_sender() = RawPeer::actor_of_the_host(id_of(asker));
  forged.set_slot(asked->slot());
  forged.set_generation(asked->generation());
  peer.send({forged});
  // It is told that this cannot be, or nobody answers it; then the true answer comes.
  peer.send({RawPeer::call("Store.number", id_of(other), /*slot=*/4711)});
  ASSERT_TRUE(peer.wait_for_message([](const auto& one) { return one.slot() == 4711; }));
  EXPECT_FALSE(question.done()) << question.answer().status();
  remote::Envelope right;
  right.set_kind(1);
  *right.mutable_target() = RawPeer::actor_of_the_host(id_of(asker));
  *right.mutable_sender() = RawPeer::own_actor(5);
  right.set_slot(asked->slot());
  right.set_generation(asked->generation());
  right.set_payload(std::string("\x08\x54", 2));  // 42
  peer.send({right});
  EXPECT_EQ(question.answer().value_or(-1), 42);
}

TEST_F(Delivery, ACallThatIsHandedOnBackHomeIsAnsweredThere) {
  const auto a = start();
  const auto b = start();
  const Ref<Store> home = store_on(*a);
  const Ref<Store> away = from(*a, *b, store_on(*b));
  EXPECT_EQ(a->ask(away.hand_on(home)).value_or(-1), 7);
  EXPECT_EQ(a->ask(away.hand_on_text(home)).value_or("").size(), 1000U);
}

TEST_F(Delivery, ALongChainOfCallersIsRefusedAndCostsNoMemory) {
  const auto host = start();
  host->on_log([](const std::string&) {});
  const Ref<Store> store = store_on(*host);
  RawPeer peer(host->address(), {});
  ASSERT_TRUE(peer.wait_until_up());
  // A caller of two bytes would be an object of sixty.
  std::string message = RawPeer::call("Store.number", id_of(store), 3).SerializeAsString();
  for (int i = 0; i < 1'000'000; ++i) message += std::string("\x52\x00", 2);
  remote::Frame head;
  head.set_first(1);
  std::string frame = head.SerializeAsString() + "\x22";
  for (std::size_t size = message.size(); size != 0; size >>= 7) {
    frame += static_cast<char>((size & 127) | (size >= 128 ? 128 : 0));
  }
  peer.send_bytes(frame + message);
  remote::Frame next;
  next.set_first(2);
  *next.add_messages() = RawPeer::call("Store.number", id_of(store), 4);
  peer.send_bytes(next.SerializeAsString());
  const auto answer = peer.wait_for_message([](const auto& one) { return one.kind() == 1; });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->slot(), 4U) << "the first one has been delivered";
}

TEST_F(Delivery, HostsThatHaveGoneMakeRoomForOthers) {
  const auto host = start({.reach = {.reconnect = 20ms, .heartbeat = 10ms, .most_peers = 3}});
  const Ref<Store> store = store_on(*host);
  for (std::uint16_t port = 1; port <= 12; ++port) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    bool answered = false;
    while (!answered && std::chrono::steady_clock::now() < end) {
      RawPeer peer(host->address(), {.address = absl::StrCat("127.0.0.1:", port)});
      if (!peer.wait_until_up()) continue;
      peer.send({RawPeer::call("Store.number", id_of(store))});
      answered = peer.wait_for_message([](const auto& one) { return one.kind() == 1; }).has_value();
    }
    EXPECT_TRUE(answered) << "host " << port;
  }
}

TEST(HostsTest, WhoTellsOfManyHostsMakesItsOwnForgottenAndNobodyElses) {
  internal::Hosts hosts;
  const auto identity = [](int i) {
    return internal::HostIdentity{absl::StrCat("10.0.0.1:", 1 + i % 60'000),
                                  static_cast<std::uint64_t>(1 + i)};
  };
  const HostId peer = *hosts.number_of({"127.0.0.1:7000", 1});
  const HostId by_other = *hosts.number_of({"127.0.0.1:7001", 1}, /*told_by=*/1);
  const HostId first = *hosts.number_of(identity(0), /*told_by=*/2);
  const HostId met = *hosts.number_of(identity(1), /*told_by=*/2);
  ASSERT_EQ(hosts.number_of(identity(1)), met) << "there is a session with it";
  for (int i = 2; i < 200'000; ++i) ASSERT_TRUE(hosts.number_of(identity(i), /*told_by=*/2));
  for (const HostId kept : {peer, by_other, met}) EXPECT_TRUE(hosts.identity_of(kept));
  EXPECT_FALSE(hosts.identity_of(first));
  EXPECT_NE(hosts.number_of(identity(0), 2), first) << "a number is never another host's";
  EXPECT_TRUE(hosts.identity_of(*hosts.number_of(identity(199'999), 2)));
}

// --- Clients ------------------------------------------------------------------------------------

// A call of a gRPC client that is no host, of a method without arguments.
class ClientCall {
 public:
  ClientCall(RemoteHost& host, const std::string& method, const std::string& actor)
      : stub_(grpc::CreateChannel(host.address(), grpc::InsecureChannelCredentials())) {
    if (!actor.empty()) context_.AddMetadata("troupe-actor", actor);
    context_.set_deadline(std::chrono::system_clock::now() + 30s);
    grpc::Slice nothing;
    reader_ = stub_.PrepareUnaryCall(&context_, "/troupe.actors." + method,
                                     grpc::ByteBuffer(&nothing, 1), &queue_);
    reader_->StartCall();
    reader_->Finish(&answer_, &status_, this);
  }
  ~ClientCall() {
    context_.TryCancel();
    is_over(30s);
    queue_.Shutdown();
  }
  bool is_over(std::chrono::milliseconds within) {
    void* tag = nullptr;
    bool ok = false;
    over_ = over_ || queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + within) ==
                         grpc::CompletionQueue::GOT_EVENT;
    return over_;
  }
  grpc::Status status() { return is_over(30s) ? status_ : grpc::Status(); }

 private:
  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  bool over_ = false;
};

TEST_F(Delivery, OneClientDoesNotTakeAllPlacesNorThoseOfOperators) {
  const auto host = start({.reach = {.most_client_calls = 8}});
  ASSERT_TRUE(spawn_with<Store>(*host, 0, {.name = "store"}).ok());
  std::vector<std::unique_ptr<ClientCall>> waiting;
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    auto call = std::make_unique<ClientCall>(*host, "Store/wait", "store");
    if (i < 6) {
      EXPECT_FALSE(call->is_over(100ms));
    } else if (call->status().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      EXPECT_THAT(call->status().error_message(), HasSubstr("of one client at once: at most 6"));
      ++refused;
    }
    waiting.push_back(std::move(call));
  }
  EXPECT_EQ(refused, 4);
  ClientCall statistics(*host, "Host/statistics", "");
  EXPECT_TRUE(statistics.status().ok()) << statistics.status().error_message();
}

// --- Calls that are handed on -------------------------------------------------------------------

TEST_F(Delivery, ACallThatIsHandedOnToAHostThatIsGoneFails) {
  const auto a = start({.reach = {.connect = 100ms}});
  const auto b = start({.reach = {.connect = 100ms}});
  auto c = start();
  const Ref<Store> gone_store = store_on(*c);
  const Ref<Store> away = from(*a, *b, store_on(*b));
  const Ref<Store> gone = from(*a, *c, gone_store);
  EXPECT_EQ(a->ask(away.hand_on(gone)).value_or(-1), 7);
  c.reset();
  for (int i = 0; i < 2; ++i) {
    const auto failed = a->ask(away.hand_on(gone).within(20s));
    EXPECT_EQ(failed.status().code(), StatusCode::kUnavailable) << failed.status();
  }
  EXPECT_EQ(a->ask(away.number()).value_or(-1), 7) << "the host that handed it on lives";
}

TEST_F(Delivery, ACallThatIsHandedOnThroughAnEmptyReferenceFails) {
  const auto a = start();
  const auto b = start();
  const Ref<Store> away = from(*a, *b, store_on(*b));
  const auto failed = a->ask(away.hand_on(Ref<Store>()).within(20s));
  EXPECT_EQ(failed.status().code(), StatusCode::kNotFound) << failed.status();
  EXPECT_THAT(std::string(failed.status().message()), HasSubstr("empty Ref"));
  EXPECT_EQ(a->ask(away.number()).value_or(-1), 7) << "the host that handed it on lives";
}

// --- Earlier incarnations -----------------------------------------------------------------------

TEST_F(Delivery, AHostThatCallsItsOwnEarlierIncarnationIsToldAtOnce) {
  auto b = start();
  const std::string address = b->address();
  const auto a = start();
  const Ref<Store> keeper = from(*a, *b, store_on(*b));
  // A reference with the incarnation of its host: through a session.
  const auto host = host_named(*a, address);
  ASSERT_TRUE(host.ok());
  const auto listed = a->ask(host->actors("Store"));
  ASSERT_TRUE(listed.ok() && listed->size() == 1) << listed.status();
  const Ref<Store> before(listed->front().id);
  EXPECT_EQ(a->ask(before.number()).value_or(-1), 7);
  b.reset();
  b = start({.listen = address});
  const Ref<Store> after_on_b = store_on(*b);
  const auto again = a->ask(host->actors("Store").within(20s));
  const auto after = again.ok() ? again : a->ask(host->actors("Store").within(20s));
  ASSERT_TRUE(after.ok() && after->size() == 1) << after.status();
  const Ref<Store> now(after->front().id);

  const auto begin = std::chrono::steady_clock::now();
  for (const auto& failed :
       {a->ask(now.ask(before).within(20s)), a->ask(now.hand_on(before).within(20s))}) {
    EXPECT_EQ(failed.status().code(), StatusCode::kUnavailable) << failed.status();
    EXPECT_THAT(std::string(failed.status().message()), HasSubstr("started anew"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms) << "nothing has been dialled";
  // An address of before a restart does not reach another actor of the same place either.
  EXPECT_NE(a->ask(keeper.number().within(20s)).value_or(-1), 7);
  EXPECT_EQ(b->ask(after_on_b.number()).value_or(-1), 7);
}

// --- What is too large --------------------------------------------------------------------------

TEST_F(Delivery, AnAnswerThatIsTooLargeIsAFailureOfTheCall) {
  const Reach reach = {.largest_message = 1 << 20};
  const auto a = start({.reach = reach});
  const auto b = start({.reach = reach});
  const Ref<Store> away = from(*a, *b, store_on(*b));
  const auto fits = a->ask(away.large(1'000'000).within(20s));
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_EQ(fits->size(), 1'000'000U);
  const auto begin = std::chrono::steady_clock::now();
  const auto large = a->ask(away.large(2'000'000).within(20s));
  EXPECT_EQ(large.status().code(), StatusCode::kResourceExhausted) << large.status();
  EXPECT_THAT(std::string(large.status().message()), HasSubstr("2000"));
  EXPECT_THAT(std::string(large.status().message()), HasSubstr("1048576"));
  const auto text = a->ask(away.fail_at_length(2'000'000).within(20s));
  EXPECT_EQ(text.status().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(text.status().message().substr(0, 1000)), HasSubstr("1048576"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(Delivery, AnArgumentThatIsTooLargeIsAFailureOfTheCall) {
  const Reach reach = {.largest_message = 1 << 20};
  const auto a = start({.reach = reach});
  const auto b = start({.reach = reach});
  const auto host = host_named(*a, b->address());
  ASSERT_TRUE(host.ok());
  const auto large = a->ask(host->lookup(std::string(2'000'000, 'x')).within(20s));
  EXPECT_EQ(large.status().code(), StatusCode::kResourceExhausted) << large.status();
  EXPECT_THAT(std::string(large.status().message()), HasSubstr("1048576"));
}

}  // namespace
}  // namespace troupe::remote_test
