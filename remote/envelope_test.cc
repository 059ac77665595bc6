// The own codec of remote/internal/envelope.h against the contract, wire.proto, as protobuf's
// generated classes read and write it.
#include "remote/internal/envelope.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "remote/wire.pb.h"

namespace troupe::internal {
namespace {

class EnvelopeTest : public testing::Test {
 protected:
  EnvelopeTest() {
    hosts_.add_local({"here:1", 7}, 0);
    peer_ = *hosts_.number_of({"there:2", 8});
    third_ = *hosts_.number_of({"third:3", 9});
  }

  Hosts hosts_;
  HostId peer_ = 0;
  HostId third_ = 0;
};

TEST_F(EnvelopeTest, WhatIsWrittenIsWhatTheContractSays) {
  MessagePtr message(Message::create(MessageKind::kFailure, nullptr, sizeof(absl::Status)));
  new (message->payload()) absl::Status(absl::NotFoundError("gone"));
  message->target = {peer_, 3, 4};
  message->sender = {0, 5, 6};
  message->slot = 11;
  message->generation = 12;
  message->is_notice = true;
  message->deadline = 1500;
  message->id = 13;
  static constexpr MethodInfo kCaller = {.actor = "Store", .name = "get"};
  message->chain =
      new CallChain{.actor = {third_, 21, 22}, .slot = 23, .generation = 24, .method = &kCaller};
  std::string bytes = frame_head(41, 42, true);
  PairReferences references(hosts_, 0, peer_, 0);
  const ReferenceScope scope(references);
  append_envelope(*message, 500, bytes, /*description=*/0x1234567890abcdef);

  remote::Frame frame;
  ASSERT_TRUE(frame.ParseFromString(bytes));
  EXPECT_EQ(frame.first(), 41U);
  EXPECT_EQ(frame.received(), 42U);
  EXPECT_TRUE(frame.goodbye());
  ASSERT_EQ(frame.messages_size(), 1);
  const remote::Envelope& envelope = frame.messages(0);
  EXPECT_EQ(envelope.kind(), 2U);
  EXPECT_EQ(envelope.target().host(), 2U);
  EXPECT_EQ(envelope.target().index(), 3U);
  EXPECT_EQ(envelope.target().incarnation(), 4U);
  EXPECT_EQ(envelope.sender().host(), 1U);
  EXPECT_EQ(envelope.sender().index(), 5U);
  EXPECT_EQ(envelope.slot(), 11U);
  EXPECT_EQ(envelope.generation(), 12U);
  EXPECT_EQ(envelope.flags(), 2U);
  EXPECT_EQ(envelope.time_left(), 1000U);
  EXPECT_EQ(envelope.id(), 13U);
  EXPECT_EQ(envelope.description(), 0x1234567890abcdefU);
  EXPECT_FALSE(envelope.payload().empty());
  ASSERT_EQ(envelope.chain_size(), 1);
  EXPECT_EQ(envelope.chain(0).actor().host(), 0U);
  EXPECT_EQ(envelope.chain(0).actor().text(), "third:3#0000000000000009");
  EXPECT_EQ(envelope.chain(0).actor().index(), 21U);
  EXPECT_EQ(envelope.chain(0).slot(), 23U);
  EXPECT_EQ(envelope.chain(0).generation(), 24U);
  EXPECT_EQ(envelope.chain(0).method(), "Store.get");
}

TEST_F(EnvelopeTest, WhatTheContractSaysIsRead) {
  remote::Frame frame;
  frame.set_first(1);
  frame.set_received(2);
  remote::Envelope& envelope = *frame.add_messages();
  envelope.set_kind(5);
  envelope.mutable_target()->set_host(2);
  envelope.mutable_target()->set_index(3);
  envelope.mutable_target()->set_incarnation(4);
  envelope.mutable_sender()->set_text("third:3#9");
  envelope.mutable_sender()->set_index(5);
  envelope.mutable_sender()->set_incarnation(6);
  envelope.set_slot(7);
  envelope.set_generation(8);
  envelope.set_method(9);
  envelope.set_payload("ten");
  envelope.set_time_left(11);
  envelope.set_flags(1);
  envelope.set_id(12);
  const std::string bytes = frame.SerializeAsString();

  Frame read;
  ASSERT_TRUE(read_frame(bytes, read));
  EXPECT_EQ(read.first, 1U);
  EXPECT_EQ(read.received, 2U);
  ASSERT_EQ(read.messages.size(), 1U);
  PairReferences references(hosts_, 0, peer_, 0);
  const ReferenceScope scope(references);
  Envelope message;
  ASSERT_TRUE(read_envelope(read.messages[0], message));
  EXPECT_EQ(message.kind, MessageKind::kCancel);
  EXPECT_EQ(message.target, (ActorId{0, 3, 4}));
  EXPECT_EQ(message.sender, (ActorId{third_, 5, 6}));
  EXPECT_EQ(message.slot, 7U);
  EXPECT_EQ(message.generation, 8U);
  EXPECT_EQ(message.method, 9U);
  EXPECT_EQ(message.payload, "ten");
  EXPECT_EQ(message.time_left, 11U);
  EXPECT_EQ(message.flags, Envelope::kCancelIfAbandoned);
  EXPECT_EQ(message.id, 12U);
}

TEST_F(EnvelopeTest, AHelloIsWhatTheContractSays) {
  remote::Frame frame;
  ASSERT_TRUE(frame.ParseFromString(frame_of({.host = {"here:1", 7},
                                              .name = "one",
                                              .session = 8,
                                              .received = 9,
                                              .number = 10,
                                              .dialled = "there:2"})));
  EXPECT_EQ(frame.hello().version(), Hello::kVersion);
  EXPECT_EQ(frame.hello().address(), "here:1");
  EXPECT_EQ(frame.hello().incarnation(), 7U);
  EXPECT_EQ(frame.hello().name(), "one");
  EXPECT_EQ(frame.hello().session(), 8U);
  EXPECT_EQ(frame.hello().received(), 9U);
  EXPECT_EQ(frame.hello().number(), 10U);
  EXPECT_EQ(frame.hello().dialled(), "there:2");
  Frame read;
  const std::string bytes = frame.SerializeAsString();
  ASSERT_TRUE(read_frame(bytes, read));
  EXPECT_EQ(read.hello.host, (HostIdentity{"here:1", 7}));
  EXPECT_EQ(read.hello.session, 8U);
  EXPECT_EQ(read.hello.received, 9U);
  EXPECT_EQ(read.hello.number, 10U);
}

TEST_F(EnvelopeTest, CutBytesAreNoFrame) {
  PairReferences references(hosts_, 0, peer_, 0);
  const ReferenceScope scope(references);
  MessagePtr message(Message::create(MessageKind::kCancel, nullptr, 0));
  message->target = {peer_, 3, 4};
  std::string bytes = frame_head(1, 0);
  append_envelope(*message, 0, bytes);
  Frame read;
  EXPECT_FALSE(read_frame(std::string_view(bytes).substr(0, bytes.size() - 1), read));
}

}  // namespace
}  // namespace troupe::internal
