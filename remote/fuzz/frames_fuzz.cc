// What must hold for all bytes that another host sends as a frame: they are refused, or read as
// what protobuf's generated classes read by the contract, remote/wire.proto. A fuzzer calls this
// (--config=fuzz), and a test does with what the fuzzer has found worth keeping.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actor/codec.h"
#include "google/protobuf/stubs/logging.h"
#include "remote/internal/envelope.h"
#include "remote/wire.pb.h"
#include "tools/fuzz/require.h"

namespace {

using troupe::fuzz::require;
using troupe::internal::Envelope;
using troupe::internal::Frame;
using troupe::internal::Hosts;

void compare(const Envelope& ours, const troupe::remote::Envelope& theirs) {
  require(static_cast<std::uint32_t>(ours.kind) == theirs.kind(), "its kind");
  require(ours.slot == theirs.slot() && ours.generation == theirs.generation(), "its call");
  require(ours.method == theirs.method(), "its method");
  require(ours.payload == theirs.payload(), "its payload");
  require(ours.time_left == theirs.time_left(), "its deadline");
  require(ours.flags == theirs.flags(), "its flags");
  require(static_cast<int>(ours.chain.size()) == theirs.chain_size(), "its callers");
  require(ours.id == theirs.id(), "its id");
  require(ours.description == theirs.description(), "its method's description");
  require(!ours.target || ours.target.index == theirs.target().index() ||
              ours.target.host == troupe::kOutsideHost,
          "its target");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // It would tell of each text that is not UTF-8.
  [[maybe_unused]] static auto* const kQuiet = google::protobuf::SetLogHandler(nullptr);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Frame frame;
  if (!read_frame(bytes, frame)) return 0;
  // Protobuf refuses some of what is good for us: text that is not UTF-8, for one.
  troupe::remote::Frame contract;
  const bool comparable = contract.ParseFromArray(data, static_cast<int>(size));
  if (comparable) {
    require(frame.has_hello == contract.has_hello(), "whether there is a hello");
    require(frame.hello.version == contract.hello().version(), "the hello's version");
    require(frame.hello.host.address == contract.hello().address(), "the hello's address");
    require(frame.hello.host.incarnation == contract.hello().incarnation(), "its incarnation");
    require(frame.hello.name == contract.hello().name(), "the hello's name");
    require(frame.hello.session == contract.hello().session(), "the hello's session");
    require(frame.hello.received == contract.hello().received(), "what it has received");
    require(frame.hello.number == contract.hello().number(), "the hello's number");
    require(frame.hello.dialled == contract.hello().dialled(), "what the hello has dialled");
    require(frame.goodbye == contract.goodbye(), "whether it is a goodbye");
    require(frame.idle == contract.idle(), "whether its sender is idle");
    require(frame.first == contract.first(), "the first message's number");
    require(frame.received == contract.received(), "what has been received");
    require(static_cast<int>(frame.messages.size()) == contract.messages_size(), "how many");
  }
  Hosts hosts;
  hosts.add_local({"here:1", 7}, 0);
  const troupe::HostId peer = *hosts.number_of({"there:2", 8});
  troupe::internal::PairReferences references(hosts, 0, peer, 0);
  const troupe::internal::ReferenceScope scope(references);
  for (std::size_t i = 0; i < frame.messages.size(); ++i) {
    Envelope envelope;
    if (!read_envelope(frame.messages[i], envelope)) continue;
    if (comparable) compare(envelope, contract.messages(static_cast<int>(i)));
  }
  return 0;
}
