// The wire format, both ways.
#include "remote/internal/envelope.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "actor/internal/wire.h"

namespace troupe::internal {

namespace {

// Of Frame:
enum FrameField { kHello = 1, kFirst = 2, kReceived = 3, kMessage = 4, kGoodbye = 5, kIdle = 6 };
// Of Hello:
enum HelloField {
  kVersion = 1,
  kAddress = 2,
  kIncarnation = 3,
  kName = 4,
  kSession = 5,
  kGot = 6,
  kNumber = 7,
  kDialled = 8
};
// Of Envelope:
enum EnvelopeField {
  kKind = 1,
  kTarget = 2,
  kSender = 3,
  kSlot = 4,
  kGeneration = 5,
  kMethod = 6,
  kPayload = 7,
  kTimeLeft = 8,
  kFlags = 9,
  kChain = 10,
  kId = 11,
  kDescription = 12
};
// Of Reference:
enum ReferenceField { kHost = 1, kIndex = 2, kActorIncarnation = 3, kText = 4 };
enum HostCode : std::uint64_t { kByText = 0, kSelf = 1, kPeer = 2 };

template <class T>
bool read_number(Decoder& in, T& value) {
  return Codec<T>::read(in, value);
}

void write_number(Encoder& out, int field, std::uint64_t value) {
  if (value != 0) out.write_uint(field, value);
}

bool is_sent(std::uint64_t kind) {
  switch (static_cast<MessageKind>(kind)) {
    case MessageKind::kCall:
    case MessageKind::kReply:
    case MessageKind::kFailure:
    case MessageKind::kStop:
    case MessageKind::kCancel:
      return true;
    case MessageKind::kWake:
    case MessageKind::kPutOff:
      break;
  }
  return false;
}

bool read_hello(std::string_view bytes, Hello& hello) {
  Decoder in(bytes);
  while (in.next()) {
    std::string_view text;
    bool ok = true;
    switch (in.field()) {
      case kVersion:
        ok = read_number(in, hello.version);
        break;
      case kAddress:
        ok = in.read_bytes(text);
        hello.host.address = std::string(text);
        break;
      case kIncarnation:
        ok = in.read_fixed64(hello.host.incarnation);
        break;
      case kName:
        ok = in.read_bytes(text);
        hello.name = std::string(text);
        break;
      case kSession:
        ok = in.read_fixed64(hello.session);
        break;
      case kGot:
        ok = in.read_uint(hello.received);
        break;
      case kNumber:
        ok = in.read_uint(hello.number);
        break;
      case kDialled:
        ok = in.read_bytes(text);
        hello.dialled = std::string(text);
        break;
      default:
        ok = in.skip();
    }
    if (!ok) return false;
  }
  return in.ok();
}

}  // namespace

// --- References ---------------------------------------------------------------------------------

namespace {

// As it is on the wire.
struct WireReference {
  std::uint64_t host = kByText;
  std::uint32_t index = 0;
  std::uint32_t incarnation = 0;
  std::string text = {};
};

void write_reference(Encoder& out, int field, const WireReference& reference) {
  static thread_local std::string bytes;
  bytes.clear();
  Encoder inner(&bytes);
  write_number(inner, kHost, reference.host);
  write_number(inner, kIndex, reference.index);
  write_number(inner, kActorIncarnation, reference.incarnation);
  if (!reference.text.empty()) inner.write_bytes(kText, reference.text);
  out.write_bytes(field, bytes);
}

bool read_reference(Decoder& in, WireReference& reference) {
  std::string_view bytes;
  if (!in.read_bytes(bytes)) return false;
  Decoder inner(bytes, in.depth() + 1);
  while (inner.next()) {
    bool ok = true;
    std::string_view text;
    switch (inner.field()) {
      case kHost:
        ok = inner.read_uint(reference.host) && reference.host <= kPeer;
        break;
      case kIndex:
        ok = read_number(inner, reference.index);
        break;
      case kActorIncarnation:
        ok = read_number(inner, reference.incarnation);
        break;
      case kText:
        ok = inner.read_bytes(text);
        reference.text = std::string(text);
        break;
      default:
        ok = inner.skip();
    }
    if (!ok) return in.fail();
  }
  return inner.ok() || in.fail();
}

std::string text_of(const Hosts& hosts, HostId host) {
  const std::optional<HostIdentity> identity = hosts.identity_of(host);
  return identity ? identity->text() : std::string();
}

bool host_from_text(Hosts& hosts, const std::string& text, HostId told_by, HostId& host) {
  const std::optional<HostIdentity> identity = HostIdentity::parse(text);
  const std::optional<HostId> number =
      identity ? hosts.number_of(*identity, told_by) : std::optional<HostId>();
  if (number) host = *number;
  return number.has_value();
}

}  // namespace

void TextReferences::write(Encoder& out, int field, const ActorId& id) {
  WireReference reference;
  if (id) reference = {kByText, id.index, id.incarnation, text_of(hosts_, id.host)};
  write_reference(out, field, reference);
}

bool TextReferences::read(Decoder& in, ActorId& id) {
  WireReference reference;
  if (!read_reference(in, reference)) return false;
  id = {0, reference.index, reference.incarnation};
  if (!id) id = {};
  return !id ||
         (reference.host == kByText &&
          host_from_text(hosts_, reference.text, kOutsideHost, id.host)) ||
         in.fail();
}

void PairReferences::write(Encoder& out, int field, const ActorId& id) {
  WireReference reference;
  if (id.host == kOutsideHost && id) {
    reference = {kSelf, kOutsideIndex, 1, {}};
  } else if (id) {
    reference = {kByText, id.index, id.incarnation, {}};
    if (id.host == self_) {
      reference.host = kSelf;
    } else if (id.host == peer_ || id.host == peer_by_address_) {
      reference.host = kPeer;
    } else {
      reference.text = text_of(hosts_, id.host);
    }
  }
  write_reference(out, field, reference);
}

bool PairReferences::read(Decoder& in, ActorId& id) {
  WireReference reference;
  if (!read_reference(in, reference)) return false;
  id = {0, reference.index, reference.incarnation};
  if (!id) {
    id = {};
    return true;
  }
  // What is the sender's own is its peer's here.
  if (reference.host == kSelf) {
    id.host = peer_;
  } else if (reference.host == kPeer) {
    id.host = self_;
  } else if (!host_from_text(hosts_, reference.text, peer_by_address_, id.host)) {
    return in.fail();
  }
  if (id.index == kOutsideIndex && hosts_.is_local(id.host)) id = {kOutsideHost, 0, 1};
  return true;
}

// --- Envelopes ----------------------------------------------------------------------------------

void append_envelope(const Message& message, std::int64_t now, std::string& frame,
                     std::uint64_t description) {
  static thread_local std::string bytes;
  bytes.clear();
  Encoder out(&bytes);
  write_number(out, kKind, static_cast<std::uint64_t>(message.kind));
  Codec<ActorId>::write(out, kTarget, message.target);
  Codec<ActorId>::write(out, kSender, message.sender);
  write_number(out, kSlot, message.slot);
  write_number(out, kGeneration, message.generation);
  if (message.kind == MessageKind::kCall) write_number(out, kMethod, message.method->id);
  const std::string payload = encode_payload(message);
  if (!payload.empty()) out.write_bytes(kPayload, payload);
  if (message.deadline != Message::kNoDeadline) {
    // One that has passed just now: it shall be seen as such there.
    const std::int64_t left = std::max<std::int64_t>(message.deadline - now, 1);
    write_number(out, kTimeLeft, static_cast<std::uint64_t>(left));
  }
  std::uint32_t flags = 0;
  if (message.cancel_if_abandoned) flags |= Envelope::kCancelIfAbandoned;
  if (message.is_notice) flags |= Envelope::kIsNotice;
  write_number(out, kFlags, flags);
  std::size_t callers = 0;
  for (const CallChain* caller = message.chain; caller != nullptr && callers < kMostCallers;
       caller = caller->above, ++callers) {
    Codec<WireCaller>::write(
        out, kChain,
        WireCaller{caller->actor, caller->slot, caller->generation, caller->method->full_name()});
  }
  write_number(out, kId, message.id);
  if (description != 0) out.write_fixed64(kDescription, description);
  Encoder(&frame).write_bytes(kMessage, bytes);
}

bool read_envelope(std::string_view bytes, Envelope& envelope) {
  Decoder in(bytes);
  while (in.next()) {
    bool ok = true;
    std::uint64_t number = 0;
    switch (in.field()) {
      case kKind:
        ok = in.read_uint(number) && number < 256 && is_sent(number);
        envelope.kind = static_cast<MessageKind>(number);
        break;
      case kTarget:
        ok = Codec<ActorId>::read(in, envelope.target);
        break;
      case kSender:
        ok = Codec<ActorId>::read(in, envelope.sender);
        break;
      case kSlot:
        ok = read_number(in, envelope.slot);
        break;
      case kGeneration:
        ok = read_number(in, envelope.generation);
        break;
      case kMethod:
        ok = read_number(in, envelope.method);
        break;
      case kPayload:
        ok = in.read_bytes(envelope.payload);
        break;
      case kTimeLeft:
        ok = in.read_uint(envelope.time_left);
        break;
      case kFlags:
        ok = read_number(in, envelope.flags);
        break;
      case kChain:
        ok = envelope.chain.size() < kMostCallers &&
             Codec<WireCaller>::read(in, envelope.chain.emplace_back()) &&
             envelope.chain.back().method.size() <= kLongestName;
        break;
      case kId:
        ok = in.read_uint(envelope.id);
        break;
      case kDescription:
        ok = in.read_fixed64(envelope.description);
        break;
      default:
        ok = in.skip();
    }
    if (!ok) return false;
  }
  return in.ok();
}

// --- Frames -------------------------------------------------------------------------------------

std::string frame_of(const Hello& hello) {
  std::string bytes;
  Encoder inner(&bytes);
  inner.write_uint(kVersion, Hello::kVersion);
  inner.write_bytes(kAddress, hello.host.address);
  inner.write_fixed64(kIncarnation, hello.host.incarnation);
  inner.write_bytes(kName, hello.name);
  inner.write_fixed64(kSession, hello.session);
  inner.write_uint(kGot, hello.received);
  inner.write_uint(kNumber, hello.number);
  if (!hello.dialled.empty()) inner.write_bytes(kDialled, hello.dialled);
  std::string frame;
  Encoder(&frame).write_bytes(kHello, bytes);
  return frame;
}

std::string frame_head(std::uint64_t first, std::uint64_t received, bool goodbye, bool idle) {
  std::string frame;
  Encoder out(&frame);
  write_number(out, kFirst, first);
  write_number(out, kReceived, received);
  if (goodbye) write_number(out, kGoodbye, 1);
  if (idle) write_number(out, kIdle, 1);
  return frame;
}

bool read_frame(std::string_view bytes, Frame& frame) {
  Decoder in(bytes);
  while (in.next()) {
    bool ok = true;
    std::string_view part;
    switch (in.field()) {
      case kHello:
        ok = in.read_bytes(part) && read_hello(part, frame.hello);
        frame.has_hello = true;
        break;
      case kFirst:
        ok = in.read_uint(frame.first);
        break;
      case kReceived:
        ok = in.read_uint(frame.received);
        break;
      case kMessage:
        ok = frame.messages.size() < kMostMessages && in.read_bytes(part);
        frame.messages.push_back(part);
        break;
      case kGoodbye: {
        std::uint64_t value = 0;
        ok = in.read_uint(value);
        frame.goodbye = value != 0;
        break;
      }
      case kIdle: {
        std::uint64_t value = 0;
        ok = in.read_uint(value);
        frame.idle = value != 0;
        break;
      }
      default:
        ok = in.skip();
    }
    if (!ok) return false;
  }
  return in.ok() && (frame.messages.empty() || frame.first != 0);
}

}  // namespace troupe::internal
