// MethodInfo: what a runtime knows of one annotated method. One constant per method.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actor/codec.h"
#include "actor/time.h"

namespace troupe {

class ActorBase;
struct Message;

struct MethodInfo {
  std::string_view actor;  // the class, as ACTOR_METHODS names it
  std::string_view name;
  std::uint32_t id = 0;  // of "Actor.method"; the same in every build
  bool one_way = false;
  bool parallel = false;
  // The engine's own, of every actor: no network loses it by chance, and nobody misses it where it
  // comes to nobody.
  bool system = false;
  Duration timeout = {};           // of a call; zero: the runtime's default
  std::uint32_t payload_size = 0;  // room for the arguments, the result or a status

  // Runs the method for a message of kind kCall, and takes the message.
  void (*invoke)(ActorBase& actor, Message* message) = nullptr;
  // Runs it as part of a method of the same actor; gives an Outcome<Result>. Takes the message.
  void (*invoke_inline)(ActorBase& actor, Message* message, void* outcome) = nullptr;

  void (*destroy_arguments)(void* arguments) = nullptr;
  void (*encode_arguments)(const void* arguments, std::string* bytes) = nullptr;
  // Constructs the arguments in `place`; false, and nothing constructed, for malformed bytes.
  bool (*decode_arguments)(std::string_view bytes, void* place) = nullptr;
  void (*destroy_result)(void* result) = nullptr;
  void (*encode_result)(const void* result, std::string* bytes) = nullptr;
  bool (*decode_result)(std::string_view bytes, void* place) = nullptr;

  std::vector<TypeDescription> (*describe_arguments)() = nullptr;
  std::vector<TypeDescription> (*describe_result)() = nullptr;  // none: nothing but success

  std::string full_name() const { return std::string(actor) + "." + std::string(name); }
};

}  // namespace troupe
