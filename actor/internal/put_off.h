// PutOff: an answer that its method has put off. What a Responder holds (actor/reply.h).
//
// A method gives it to the engine in place of its result: as a message of kind kPutOff, which
// stands where that of a delegated call would. The engine then hands the caller's ticket over.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/internal/coroutine.h"
#include "actor/internal/message.h"
#include "actor/internal/method_info.h"

namespace troupe::internal {

struct PutOff {
  enum class State : std::uint8_t { kNew, kOpen, kAnswered, kEnded };

  std::uint32_t references = 1;  // of the responder, and of the method's result
  State state = State::kNew;
  ActorBase* actor = nullptr;  // while open
  Message* ticket = nullptr;   // owned, while open: the call to answer; null when one-way
  CallChain* chain = nullptr;  // owned
  const MethodInfo* method = nullptr;
  PutOff* previous = nullptr;  // among those of the actor
  PutOff* next = nullptr;

  PutOff() = default;
  PutOff(const PutOff&) = delete;
  PutOff& operator=(const PutOff&) = delete;
  ~PutOff() { CallChain::release(chain); }

  // The message that a method gives instead of its result.
  static Message* message_of(PutOff& put_off, const MethodInfo& answer);
  static PutOff& of(Message& message) { return *message.payload_as<PutOff*>(); }

  static void release(PutOff* put_off) {
    if (--put_off->references == 0) delete put_off;
  }

  // The ticket to answer with, and the actor that does; only once. Null where nobody waits.
  struct Taken {
    ActorBase* actor = nullptr;
    Message* ticket = nullptr;
  };
  absl::StatusOr<Taken> take();
  // Nobody holds the responder any more: the caller learns it.
  void abandon();
};

// Keeps a responder's share.
struct PutOffHolder {
  void operator()(PutOff* put_off) const {
    put_off->abandon();
    PutOff::release(put_off);
  }
};

// What an answer of type T is, where a method of the same actor waits for it.
template <class T>
inline constexpr MethodInfo kPutOffInfo = [] {
  using Result = Value<T>;
  MethodInfo info;
  info.actor = "an own method";
  info.name = "answer";
  info.payload_size = std::max({sizeof(Result), sizeof(absl::Status), sizeof(PutOff*)});
  info.destroy_arguments = [](void*) {};
  info.destroy_result = [](void* result) { static_cast<Result*>(result)->~Result(); };
  info.encode_result = [](const void* result, std::string* bytes) {
    if constexpr (!std::is_void_v<T>) {
      *bytes = encode_fields(std::tie(*static_cast<const Result*>(result)));
    }
  };
  info.decode_result = [](std::string_view bytes, void* place) {
    auto result = std::make_unique<Result>();
    if constexpr (!std::is_void_v<T>) {
      if (!decode_fields(bytes, std::tie(*result))) return false;
    }
    new (place) Result(std::move(*result));
    return true;
  };
  return info;
}();

}  // namespace troupe::internal
