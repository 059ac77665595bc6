// Envelope: one message between actors of two hosts, as bytes and back. The contract is
// remote/wire.proto.
//
// Writing and reading take a PairReferences, which says who the two hosts are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actor/codec.h"
#include "actor/internal/message.h"
#include "remote/internal/hosts.h"

namespace troupe::internal {

// Who is outside every actor of a process has this place there, as seen from other processes.
inline constexpr std::uint32_t kOutsideIndex = ~std::uint32_t{0} - 1;

// A message has at most so many callers in its chain: the nearest ones are written, and a message
// with more is refused.
inline constexpr std::size_t kMostCallers = 1000;
// A frame has at most so many messages: those of a frame of the usual size are fewer.
inline constexpr std::size_t kMostMessages = 200'000;
// The largest name of a method, address or host that is read, in bytes.
inline constexpr std::size_t kLongestName = 256;

// References anywhere: with the host as text.
class TextReferences final : public ReferenceCodec {
 public:
  explicit TextReferences(Hosts& hosts) : hosts_(hosts) {}

  void write(Encoder& out, int field, const ActorId& id) override;
  bool read(Decoder& in, ActorId& id) override;

 private:
  Hosts& hosts_;
};

// References in what one host sends to another.
class PairReferences final : public ReferenceCodec {
 public:
  // `peer_by_address`: the same host, whatever its incarnation.
  PairReferences(Hosts& hosts, HostId self, HostId peer, HostId peer_by_address)
      : hosts_(hosts), self_(self), peer_(peer), peer_by_address_(peer_by_address) {}

  void write(Encoder& out, int field, const ActorId& id) override;
  bool read(Decoder& in, ActorId& id) override;

 private:
  Hosts& hosts_;
  const HostId self_;
  const HostId peer_;
  const HostId peer_by_address_;
};

struct WireCaller {
  ActorId actor;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::string method;
  FIELDS(actor, slot, generation, method)
};

// What has been read; `payload` is in the bytes that were read.
struct Envelope {
  enum Flag : std::uint32_t { kCancelIfAbandoned = 1, kIsNotice = 2 };

  MessageKind kind = MessageKind::kCall;
  ActorId target;
  ActorId sender;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint32_t method = 0;
  std::string_view payload;
  std::uint64_t time_left = 0;
  std::uint32_t flags = 0;
  std::vector<WireCaller> chain;
  std::uint64_t id = 0;
  std::uint64_t description = 0;  // 0: not said
};

// Adds the message to a Frame. `now` is the runtime's, `description` that of the method; 0: it is
// not said.
void append_envelope(const Message& message, std::int64_t now, std::string& frame,
                     std::uint64_t description = 0);

// False for what is none.
bool read_envelope(std::string_view bytes, Envelope& envelope);

// A Frame without its messages, and the places of these.
struct Hello {
  static constexpr std::uint32_t kVersion = 2;

  std::uint32_t version = 0;
  HostIdentity host;
  std::string name;
  std::uint64_t session = 0;
  std::uint64_t received = 0;
  std::uint64_t number = 0;
  std::string dialled;  // by the one who connects: how it calls the other
};

struct Frame {
  bool has_hello = false;
  Hello hello;
  bool goodbye = false;
  bool idle = false;
  std::uint64_t first = 0;
  std::uint64_t received = 0;
  std::vector<std::string_view> messages;
};

std::string frame_of(const Hello& hello);
// What stands before the messages of a frame.
std::string frame_head(std::uint64_t first, std::uint64_t received, bool goodbye = false,
                       bool idle = false);
bool read_frame(std::string_view bytes, Frame& frame);

}  // namespace troupe::internal
