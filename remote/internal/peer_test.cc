// Peer alone, with streams that do what the test says: what comes in which order is up to gRPC and
// to other hosts, so every order must be good.
#include "remote/internal/peer.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe::internal {
namespace {

using testing::HasSubstr;

const HostIdentity kHere = {"here:1", 7};
const HostIdentity kThere = {"there:2", 8};

Hello hello_of(const HostIdentity& who, std::uint64_t session) {
  static std::uint64_t number = 0;
  Hello hello;
  hello.number = ++number;
  hello.host = who;
  hello.session = session;
  return hello;
}

class FakeStream final : public Stream {
 public:
  void write(grpc::ByteBuffer bytes) override {
    EXPECT_FALSE(is_writing) << "two writes at once";
    is_writing = true;
    grpc::Slice slice;
    EXPECT_TRUE(bytes.DumpToSingleSlice(&slice).ok());
    Frame frame;
    last.assign(reinterpret_cast<const char*>(slice.begin()), slice.size());
    EXPECT_TRUE(read_frame(last, frame));
    if (frame.has_hello) hello = frame.hello;
    messages += frame.messages.size();
    said_goodbye |= frame.goodbye;
  }
  void read_next() override { ++reads; }
  void close(const absl::Status&) override { is_closed = true; }
  std::string peer() const override { return "fake"; }
  std::size_t size_of_last() const { return last.size(); }

  bool is_writing = false;
  bool is_closed = false;
  bool said_goodbye = false;
  int reads = 1;
  std::size_t messages = 0;
  Hello hello;
  std::string last;
};

// From the other host, to an actor here.
std::string frame_with_message(std::string frame) {
  Hosts hosts;
  hosts.add_local(kThere, 0);
  const HostId here = *hosts.number_of(kHere);
  PairReferences references(hosts, 0, here, here);
  const ReferenceScope scope(references);
  const MessagePtr stop(Message::create(MessageKind::kStop, nullptr, 0));
  stop->target = {here, 1, 1};
  append_envelope(*stop, 0, frame);
  return frame;
}

class PeerTest : public testing::Test, private PeerOwner {
 protected:
  PeerTest() {
    hosts_.add_local(kHere, 0);
    there_ = *hosts_.number_of(kThere);
    peer_ = std::make_unique<Peer>(static_cast<PeerOwner&>(*this), 0, kThere.address, limits_, 1);
  }

  // From an actor here to one there.
  void send(std::uint32_t slot) {
    static constexpr MethodInfo kMethod = {
        .actor = "Store",
        .name = "get",
        .destroy_arguments = [](void*) {},
        .encode_arguments = [](const void*, std::string*) {},
    };
    Message* message = Message::create(MessageKind::kCall, &kMethod, 0);
    message->target = {there_, 1, 1};
    message->sender = {0, 2, 2};
    message->slot = slot;
    message->generation = 1;
    peer_->send(message);
  }

  FakeStream& stream(std::size_t i) { return *streams_.at(i); }
  void written(std::size_t i) {
    ASSERT_TRUE(std::exchange(stream(i).is_writing, false));
    peer_->on_written(streams_[i]);
  }
  void answer(std::size_t i, std::uint64_t session, const HostIdentity& who = kThere) {
    peer_->on_frame(streams_[i], frame_of(hello_of(who, session)));
  }
  void come_up(std::size_t i, std::uint64_t session) {
    written(i);
    answer(i, session);
  }
  // A stream that the other host has opened.
  std::size_t accept(std::uint64_t session, const HostIdentity& who = kThere) {
    return accept(hello_of(who, session));
  }
  std::size_t accept(const Hello& hello) {
    streams_.push_back(std::make_shared<FakeStream>());
    const StreamPtr stream = streams_.back();
    stream->use(nullptr);
    peer_->accept(stream, hello);
    return streams_.size() - 1;
  }
  void break_stream(std::size_t i) {
    stream(i).is_closed = true;
    peer_->on_closed(streams_[i], absl::UnavailableError("broken"));
  }
  // Those that nobody has closed.
  std::size_t open_streams() const {
    std::size_t open = 0;
    for (const auto& stream : streams_) open += stream->is_closed ? 0 : 1;
    return open;
  }

  // So many messages while there is no stream, which has been lost.
  void send_while_broken(std::uint32_t count) {
    send(1);
    come_up(0, 5);
    written(0);
    break_stream(0);
    for (std::uint32_t i = 2; i <= count; ++i) send(i);
    peer_->tick(Clock::now());
  }

  absl::Status may_dial_;
  bool has_room_ = true;
  bool at_once_ = false;
  std::function<void()> actors_run_ = [] {};  // before what brings their messages is over
  int received_ = 0;
  int paced_ = 0;
  int unpaced_ = 0;
  std::vector<std::string> failures_;  // of calls, in their order
  std::function<void()> on_failure_ = [] {};
  std::vector<std::shared_ptr<FakeStream>> streams_;
  PeerLimits limits_;
  std::unique_ptr<Peer> peer_;

 private:
  // --- PeerOwner ---
  const HostIdentity& identity() const override { return kHere; }
  absl::Status may_dial(const std::string&) const override { return may_dial_; }
  void learn_name(const std::string&, HostId) override {}
  std::uint64_t next_hello() override { return ++hellos_; }
  HostId self() const override { return 0; }
  const std::string& name() const override { return kHere.address; }
  Hosts& hosts() override { return hosts_; }
  std::int64_t now() const override { return 0; }
  StreamPtr dial(Peer& peer) override {
    streams_.push_back(std::make_shared<FakeStream>());
    streams_.back()->use(&peer);
    return streams_.back();
  }
  void bring(Peer&, absl::FunctionRef<void(bool)> deliver) override {
    deliver(at_once_);
    actors_run_();
  }
  void receive(Peer&, HostId, const Envelope&, std::size_t) override { ++received_; }
  bool has_room(const Peer&) override { return has_room_; }
  void fail(ActorId, ActorId, std::uint32_t slot, std::uint32_t, const MethodInfo*,
            absl::Status why) override {
    failures_.push_back(absl::StrCat(slot, ": ", std::string(why.message())));
    on_failure_();
  }
  void bounce(Message* message, DropReason, absl::Status why) override {
    failures_.push_back(absl::StrCat(message->slot, ": ", std::string(why.message())));
    Message::destroy(message);
    on_failure_();
  }
  void count_lost(std::uint64_t) override {}
  void pace(ActorId, HostId) override { ++paced_; }
  void unpace(ActorId, HostId) override { ++unpaced_; }
  void sent(const Message&) override {}
  void wake() override {}
  void log(const std::string&) override {}
  void report(const LogLine&) override {}

  Hosts hosts_;
  HostId there_ = 0;
  std::uint64_t hellos_ = 0;
};

TEST_F(PeerTest, WhatWaitedIsSentWhenTheOtherHostHasAnswered) {
  send(1);
  ASSERT_EQ(streams_.size(), 1U);
  EXPECT_EQ(stream(0).hello.session, 0U);
  EXPECT_EQ(stream(0).messages, 0U);
  come_up(0, 5);
  EXPECT_EQ(stream(0).messages, 1U);
  EXPECT_EQ(stream(0).reads, 2);
}

TEST_F(PeerTest, WhoeverSendsALotBeforeThereIsAConnectionIsHeldBackAndLosesNothing) {
  for (std::uint32_t i = 1; i <= 64; ++i) send(i);
  EXPECT_EQ(paced_, 0);
  send(65);
  EXPECT_EQ(paced_, 1);
  limits_.queue_bytes = 100;  // Less than waits now.
  come_up(0, 5);
  EXPECT_TRUE(failures_.empty()) << failures_.front();
  EXPECT_EQ(stream(0).messages, 65U);
  EXPECT_EQ(unpaced_, 0) << "all of it is still on its way";
  written(0);
  peer_->on_frame(streams_[0], frame_head(0, 65));
  EXPECT_EQ(unpaced_, 1);
}

TEST_F(PeerTest, WhatWaitsForAConnectionIsBoundedInBytes) {
  limits_.queue_bytes = 1000;
  std::uint32_t taken = 0;
  while (failures_.empty() && taken < 1000) send(++taken);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_THAT(failures_.front(), testing::HasSubstr("too many messages wait for a connection"));
  EXPECT_LT(taken, 100U) << "each takes ten bytes and more";
  EXPECT_GT(paced_, 0);
  come_up(0, 5);
  EXPECT_EQ(failures_.size(), 1U) << "what has been taken is not refused any more";
  EXPECT_EQ(stream(0).messages, taken - 1);
}

// The answer to our hello may come before we hear that it has been written.
TEST_F(PeerTest, AnAnswerFromAHostStartedAnewDoesNotMakeTwoWritesAtOnce) {
  send(1);
  come_up(0, 5);
  break_stream(0);
  send(2);
  peer_->tick(Clock::now());
  ASSERT_EQ(streams_.size(), 2U);
  EXPECT_EQ(stream(1).hello.session, 5U);
  answer(1, 6, {kThere.address, 9});
  EXPECT_THAT(failures_,
              testing::UnorderedElementsAre(HasSubstr("1: host there:2 has been started"),
                                            HasSubstr("2: host there:2 has been started")));
  written(1);
  EXPECT_EQ(stream(1).messages, 0U);
}

// An actor that hears of the end of a session may send at once: to the next one.
TEST_F(PeerTest, WhoeverSendsWhileASessionEndsMakesNoOtherStream) {
  send(1);
  come_up(0, 5);
  on_failure_ = [&] {
    if (failures_.size() == 1) send(2);
  };
  const std::size_t theirs = accept(/*session=*/0);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(open_streams(), 1U);
  EXPECT_FALSE(stream(theirs).is_closed);
  written(theirs);
  EXPECT_EQ(stream(theirs).messages, 1U);

  break_stream(theirs);
  peer_->tick(Clock::now());
  failures_.clear();
  written(streams_.size() - 1);
  answer(streams_.size() - 1, 99);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(open_streams(), 1U);
  EXPECT_EQ(stream(streams_.size() - 1).messages, 1U);
}

TEST_F(PeerTest, AStreamThatEndsWhileItIsTakenIsNotTakenForGood) {
  // Nobody is told of its end before the peer has it.
  class Ended final : public Stream {
   public:
    Ended() { end(); }
    void write(grpc::ByteBuffer) override {}
    void read_next() override { ADD_FAILURE() << "it is over"; }
    void close(const absl::Status&) override {}
    std::string peer() const override { return "ended"; }
  };
  peer_->accept(std::make_shared<Ended>(), hello_of(kThere, 0));
  EXPECT_FALSE(peer_->statistics().up);
  // The session goes on with the next stream.
  peer_->tick(Clock::now());
  ASSERT_EQ(streams_.size(), 1U);
  EXPECT_NE(stream(0).hello.session, 0U);
}

TEST_F(PeerTest, AStoppedPeerSaysGoodbyeAndMakesNoStreamAnyMore) {
  send(1);
  come_up(0, 5);
  peer_->stop(absl::UnavailableError("this host has stopped"));
  EXPECT_EQ(failures_.size(), 1U);
  EXPECT_FALSE(stream(0).said_goodbye) << "a message is being written";
  written(0);
  EXPECT_TRUE(stream(0).said_goodbye);
  send(2);
  EXPECT_EQ(failures_.size(), 2U);
  const std::size_t theirs = accept(0);
  EXPECT_TRUE(stream(theirs).is_closed);
  written(0);
  EXPECT_EQ(open_streams(), 0U);
}

// Both hosts have dialed. The other one has answered here before what it said there has come.
TEST_F(PeerTest, AHelloThatHasBeenOvertakenChangesNothing) {
  const Hello first = hello_of(kThere, 0);
  send(1);
  come_up(0, 5);
  written(0);
  const std::size_t late = accept(first);
  EXPECT_TRUE(stream(late).is_closed);
  EXPECT_FALSE(stream(0).is_closed);
  EXPECT_TRUE(peer_->statistics().up);
  EXPECT_TRUE(failures_.empty()) << failures_.front();
  send(2);
  EXPECT_EQ(stream(0).messages, 2U);
}

TEST_F(PeerTest, WhatWaitsGoesWithTheGoodbye) {
  send(1);
  come_up(0, 5);
  ASSERT_EQ(stream(0).messages, 1U);
  send(2);  // The first is being written.
  send(3);
  peer_->stop(absl::UnavailableError("this host has stopped"));
  EXPECT_EQ(stream(0).messages, 1U);
  written(0);
  EXPECT_EQ(stream(0).messages, 3U);
  EXPECT_TRUE(stream(0).said_goodbye);
}

TEST_F(PeerTest, WhatComesWithTheGoodbyeIsReceived) {
  const std::size_t theirs = accept(0);
  written(theirs);
  peer_->on_frame(streams_[theirs], frame_with_message(frame_head(1, 0, true)));
  EXPECT_EQ(received_, 1);
  EXPECT_FALSE(peer_->statistics().up);
  EXPECT_TRUE(stream(theirs).is_closed);
}

TEST_F(PeerTest, WhoeverIsNotListenedToForWantOfRoomIsNotTakenForSilent) {
  send(1);
  has_room_ = false;
  come_up(0, 5);
  EXPECT_EQ(stream(0).reads, 1);
  peer_->tick(Clock::now() + limits_.silence);
  EXPECT_TRUE(failures_.empty()) << failures_.front();
  has_room_ = true;
  peer_->resume();
  EXPECT_EQ(stream(0).reads, 2);
  peer_->tick(Clock::now() + limits_.silence + limits_.heartbeat);
  EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(PeerTest, WhereOneMessageComesAtATimeItsAnswerGoesBeforeTheNextIsRead) {
  const std::size_t theirs = accept(0);
  written(theirs);
  at_once_ = true;
  std::uint64_t next = 1;
  const auto receive = [&] {
    peer_->on_frame(streams_[theirs], frame_with_message(frame_head(next++, 0)));
  };
  for (int i = 0; i < 20; ++i) receive();
  EXPECT_EQ(received_, 20);
  EXPECT_EQ(stream(theirs).reads, 22) << "each is read, answered or not";

  int reads = 0;
  actors_run_ = [&] {
    reads = stream(theirs).reads;
    send(1);
  };
  receive();
  EXPECT_EQ(reads, 22) << "the answer goes first";
  EXPECT_EQ(stream(theirs).reads, 23);
  written(theirs);

  actors_run_ = [&] {
    reads = stream(theirs).reads;
    peer_->read_on();
    EXPECT_EQ(stream(theirs).reads, reads + 1) << "where an actor takes long, it is not waited for";
  };
  receive();
  EXPECT_EQ(reads, 23);
  EXPECT_EQ(stream(theirs).reads, 24);

  actors_run_ = [&] { EXPECT_EQ(stream(theirs).reads, 25); };
  at_once_ = false;
  receive();
}

TEST_F(PeerTest, WhateverWaitsIsWrittenInFramesOfAtMostTheirSize) {
  limits_.frame_bytes = 1000;
  send_while_broken(1000);
  written(1);
  std::size_t most = 0;
  std::uint64_t taken = 0;
  Hello hello = hello_of(kThere, 5);
  peer_->on_frame(streams_[1], frame_of(hello));
  while (stream(1).is_writing) {
    most = std::max(most, stream(1).size_of_last());
    taken = stream(1).messages;
    written(1);
    peer_->on_frame(streams_[1], frame_head(0, taken));
  }
  EXPECT_EQ(stream(1).messages, 1000U);
  EXPECT_LE(most, 1020U);
  EXPECT_GT(most, 900U);
  EXPECT_TRUE(failures_.empty()) << failures_.front();
}

TEST_F(PeerTest, AllThatWaitsGoesBeforeTheGoodbyeHoweverMuchItIs) {
  limits_.frame_bytes = 1000;
  send(1);
  come_up(0, 5);
  for (std::uint32_t i = 2; i <= 1000; ++i) send(i);
  peer_->stop(absl::UnavailableError("this host has stopped"));
  while (stream(0).is_writing) {
    EXPECT_LE(stream(0).size_of_last(), 1020U);
    written(0);
  }
  EXPECT_EQ(stream(0).messages, 1000U);
  EXPECT_TRUE(stream(0).said_goodbye);
  EXPECT_TRUE(stream(0).is_closed);
}

// The other host refuses each frame: the session ends after a time, and whoever waits is told.
TEST_F(PeerTest, ASessionWhoseStreamsBreakBeforeAnythingComesThroughEnds) {
  send(1);
  come_up(0, 5);
  written(0);
  const Clock::time_point end = Clock::now() + 4 * limits_.reconnect;
  for (std::size_t i = 0; failures_.empty() && Clock::now() < end; ++i) {
    break_stream(i);
    Clock::time_point due = Clock::now();
    while (streams_.size() == i + 1 && failures_.empty()) {
      std::this_thread::sleep_until(std::min(due, Clock::now() + std::chrono::milliseconds(20)));
      due = peer_->tick(Clock::now());
    }
    if (!failures_.empty()) break;
    come_up(i + 1, 5);
    if (stream(i + 1).is_writing) written(i + 1);
  }
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_THAT(failures_[0], HasSubstr("cannot be reached: broken"));
  EXPECT_LT(streams_.size(), 40U) << "attempts pause";
}

TEST_F(PeerTest, AHostThatIsAnotherThanWhatWasDialledIsRefusedWithBothNames) {
  send(1);
  written(0);
  answer(0, 5, {"elsewhere:3", 8});
  EXPECT_TRUE(stream(0).is_closed);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_THAT(failures_[0], HasSubstr("was called there:2 says that it is elsewhere:3"));
  EXPECT_EQ(stream(0).messages, 0U);
  EXPECT_EQ(stream(0).hello.dialled, "there:2");
}

// Both ends have given their session up, each for itself, and neither has been started anew.
TEST_F(PeerTest, AfterASilenceTheNextMessageBeginsANewSessionWithTheSameHost) {
  send(1);
  come_up(0, 5);
  written(0);
  peer_->tick(Clock::now() + limits_.silence);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_THAT(failures_[0], HasSubstr("silent"));
  send(2);
  ASSERT_EQ(streams_.size(), 2U);
  EXPECT_EQ(stream(1).hello.session, 0U);
  come_up(1, 6);
  EXPECT_EQ(stream(1).messages, 1U);
  EXPECT_EQ(failures_.size(), 1U);
}

}  // namespace
}  // namespace troupe::internal
