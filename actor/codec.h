// Codec<T>: C++ values to and from the Protocol Buffers wire format.
//
// The arguments of a call are one protobuf message with the fields 1, 2, 3, ...; a result is
// field 1. So a .proto can describe every method, and any protobuf library can talk to an actor.
// Nothing is encoded while a message stays in its process; the simulator can be told to encode
// everything, and then gives the same results.
//
// A value may be: an integer, bool, enum, float, double, string, Bytes, Duration, Time, optional,
// vector, array, set, map, pair, tuple, a Ref, a protobuf message, or a struct with one FIELDS
// line:
//
//   struct Peer {
//     Id id = 0;
//     Ref<Node> ref;
//     FIELDS(id, ref)
//   };
//
// Fields may be added at the end: an old reader skips them, a new reader keeps their defaults.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/actor_id.h"
#include "actor/time.h"

// Names the members of a struct that travel, in order: member i is protobuf field i.
#define FIELDS(...)                                            \
  auto troupe_fields() { return std::tie(__VA_ARGS__); }       \
  auto troupe_fields() const { return std::tie(__VA_ARGS__); } \
  static constexpr std::string_view troupe_field_names() { return #__VA_ARGS__; }

namespace troupe {

// Writes one protobuf message into a string.
class Encoder {
 public:
  explicit Encoder(std::string* out) : out_(out) {}

  void write_uint(int field, std::uint64_t value);    // varint
  void write_sint(int field, std::int64_t value);     // zigzag varint
  void write_fixed64(int field, std::uint64_t bits);  // double
  void write_fixed32(int field, std::uint32_t bits);  // float
  void write_bytes(int field, std::string_view bytes);

  // Elements of a packed field: no tag of their own.
  void append_uint(std::uint64_t value);
  void append_sint(std::int64_t value);
  void append_fixed64(std::uint64_t bits);
  void append_fixed32(std::uint32_t bits);

 private:
  std::string* out_;
};

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Reads one protobuf message. Never reads outside its bytes, whatever they are, and refuses
// messages that are nested more deeply than protobuf's own parser takes them.
class Decoder {
 public:
  static constexpr int kDeepest = 100;

  explicit Decoder(std::string_view bytes, int depth = 0) : rest_(bytes), depth_(depth) {}

  // Moves to the next field. False at the end, and after an error.
  bool next();
  int field() const { return field_; }
  WireType wire_type() const { return wire_type_; }

  // The value of the field that next() found. False, and an error, where the type is another.
  bool read_uint(std::uint64_t& value);
  bool read_sint(std::int64_t& value);
  bool read_fixed64(std::uint64_t& bits);
  bool read_fixed32(std::uint32_t& bits);
  bool read_bytes(std::string_view& bytes);
  bool skip();

  // True while elements of a packed field are left; they are read with the functions above.
  bool more() const { return ok_ && !rest_.empty(); }
  void pretend_field(WireType type) { wire_type_ = type; }

  int depth() const { return depth_; }
  bool ok() const { return ok_; }
  bool fail() { return ok_ = false; }

 private:
  bool take_varint(std::uint64_t& value);

  std::string_view rest_;
  int depth_;
  int field_ = 0;
  WireType wire_type_ = WireType::kVarint;
  bool ok_ = true;
};

// What a value looks like on the wire, for `describe` and for scenarios that call methods by name.
struct TypeDescription {
  enum class Kind : std::uint8_t {
    kUnsigned,
    kSigned,
    kBool,
    kFloat,
    kDouble,
    kString,  // text; what is not is kBytes
    kBytes,
    kDuration,
    kTime,
    kReference,
    kMessage,   // parts are its fields
    kRepeated,  // parts[0] is the element
    kOptional,  // parts[0] is the value
    kMap,       // parts are key and value
    kProtobuf,  // a protobuf message, by its name
  };
  Kind kind = Kind::kUnsigned;
  std::string name = {};  // of a message, of a reference's actor
  int bits = 0;           // of a number
  std::vector<TypeDescription> parts = {};
  std::vector<std::string> field_names = {};  // of a message's parts
  // Of a message's parts: whether one that is absent is something else than zero. None: no part is.
  std::vector<bool> has_default = {};
};

// "list of uint64", for people.
std::string to_string(const TypeDescription& type);

template <class T>
struct Codec;  // Not marshallable: no specialization.

namespace internal {

template <class T>
concept HasFields = requires(T value) { value.troupe_fields(); };

template <class T>
concept ProtobufMessage = requires(T value, const T& constant, std::string* out) {
  { constant.SerializeToString(out) } -> std::same_as<bool>;
  { value.ParseFromString(*out) } -> std::same_as<bool>;
  { T::descriptor() };
};

// One value as the whole of a field, with no container around it.
template <class T>
concept SingularCodec = requires { requires Codec<T>::kSingular; };

// A number whose repeated form is packed.
template <class T>
concept PackableCodec = requires { requires Codec<T>::kPackable; };

std::vector<std::string> split_field_names(std::string_view names);

// An unordered container, or one of these in a container. What comes out of it in its own order
// would differ from run to run, so none can be sent.
template <class T>
constexpr bool kUnordered = requires { typename T::hasher; };
template <template <class...> class Container, class... Ts>
  requires(!requires { typename Container<Ts...>::hasher; })
constexpr bool kUnordered<Container<Ts...>> = (kUnordered<std::remove_cvref_t<Ts>> || ...);

}  // namespace internal

template <class T>
concept Marshallable = requires(Encoder& out, Decoder& in, T& value) {
  Codec<T>::write(out, 1, value);
  { Codec<T>::read(in, value) } -> std::same_as<bool>;
};

// --- Numbers --------------------------------------------------------------------------------

template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
struct Codec<T> {
  static constexpr bool kSingular = true;
  static constexpr bool kPackable = true;
  static constexpr bool is_signed() {
    if constexpr (std::is_enum_v<T>) {
      return std::is_signed_v<std::underlying_type_t<T>>;
    } else {
      return std::is_signed_v<T>;
    }
  }
  static constexpr WireType kWireType = WireType::kVarint;

  static void write(Encoder& out, int field, T value) {
    if constexpr (is_signed()) {
      out.write_sint(field, static_cast<std::int64_t>(value));
    } else {
      out.write_uint(field, static_cast<std::uint64_t>(value));
    }
  }
  static void append(Encoder& out, T value) {
    if constexpr (is_signed()) {
      out.append_sint(static_cast<std::int64_t>(value));
    } else {
      out.append_uint(static_cast<std::uint64_t>(value));
    }
  }
  // A number that T cannot hold is an error, not another number.
  static bool read(Decoder& in, T& value) {
    std::conditional_t<is_signed(), std::int64_t, std::uint64_t> wide = 0;
    if constexpr (is_signed()) {
      if (!in.read_sint(wide)) return false;
    } else {
      if (!in.read_uint(wide)) return false;
    }
    value = static_cast<T>(wide);
    return static_cast<decltype(wide)>(value) == wide || in.fail();
  }
  static TypeDescription describe() {
    using Kind = TypeDescription::Kind;
    if constexpr (std::is_same_v<T, bool>) return {.kind = Kind::kBool, .bits = 1};
    return {.kind = is_signed() ? Kind::kSigned : Kind::kUnsigned,
            .bits = static_cast<int>(sizeof(T) * 8)};
  }
};

template <>
struct Codec<double> {
  static constexpr bool kSingular = true;
  static constexpr bool kPackable = true;
  static constexpr WireType kWireType = WireType::kFixed64;
  static void write(Encoder& out, int field, double value);
  static void append(Encoder& out, double value);
  static bool read(Decoder& in, double& value);
  static TypeDescription describe() { return {.kind = TypeDescription::Kind::kDouble, .bits = 64}; }
};

template <>
struct Codec<float> {
  static constexpr bool kSingular = true;
  static constexpr bool kPackable = true;
  static constexpr WireType kWireType = WireType::kFixed32;
  static void write(Encoder& out, int field, float value);
  static void append(Encoder& out, float value);
  static bool read(Decoder& in, float& value);
  static TypeDescription describe() { return {.kind = TypeDescription::Kind::kFloat, .bits = 32}; }
};

// Durations and times: nanoseconds.
template <class Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  using T = std::chrono::duration<Rep, Period>;
  static constexpr bool kSingular = true;
  static constexpr bool kPackable = true;
  static constexpr WireType kWireType = WireType::kVarint;
  static void write(Encoder& out, int field, T value) {
    out.write_sint(field, std::chrono::duration_cast<Duration>(value).count());
  }
  static void append(Encoder& out, T value) {
    out.append_sint(std::chrono::duration_cast<Duration>(value).count());
  }
  static bool read(Decoder& in, T& value) {
    std::int64_t nanoseconds = 0;
    if (!in.read_sint(nanoseconds)) return false;
    value = std::chrono::duration_cast<T>(Duration(nanoseconds));
    return true;
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kDuration, .bits = 64};
  }
};

template <>
struct Codec<Time> {
  static constexpr bool kSingular = true;
  static constexpr bool kPackable = true;
  static constexpr WireType kWireType = WireType::kVarint;
  static void write(Encoder& out, int field, Time value) {
    out.write_sint(field, value.time_since_epoch().count());
  }
  static void append(Encoder& out, Time value) {
    out.append_sint(value.time_since_epoch().count());
  }
  static bool read(Decoder& in, Time& value) {
    std::int64_t nanoseconds = 0;
    if (!in.read_sint(nanoseconds)) return false;
    value = Time(Duration(nanoseconds));
    return true;
  }
  static TypeDescription describe() { return {.kind = TypeDescription::Kind::kTime, .bits = 64}; }
};

// --- Text -----------------------------------------------------------------------------------

template <>
struct Codec<std::string> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const std::string& value) {
    out.write_bytes(field, value);
  }
  static bool read(Decoder& in, std::string& value) {
    std::string_view bytes;
    if (!in.read_bytes(bytes)) return false;
    value.assign(bytes);
    return true;
  }
  static TypeDescription describe() { return {.kind = TypeDescription::Kind::kString}; }
};

// Bytes that are no text. On the wire they look alike; but who reads a string in another language
// may insist on UTF-8.
struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

template <>
struct Codec<Bytes> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const Bytes& value) {
    out.write_bytes(field, value.data);
  }
  static bool read(Decoder& in, Bytes& value) { return Codec<std::string>::read(in, value.data); }
  static TypeDescription describe() { return {.kind = TypeDescription::Kind::kBytes}; }
};

// --- Messages: anything that is a list of fields ----------------------------------------------

namespace internal {

// A struct's FIELDS are looked at here and not by Marshallable, so that a struct may contain
// itself.
template <class Tuple, std::size_t... I>
constexpr bool can_all_be_sent(std::index_sequence<I...>) {
  return (Marshallable<std::remove_cvref_t<std::tuple_element_t<I, Tuple>>> && ...);
}

template <class Tuple>
void write_fields(Encoder& out, const Tuple& fields) {
  constexpr bool kOrdered = !kUnordered<Tuple>;
  static_assert(kOrdered,
                "A member that FIELDS or SAVED names is an unordered container: its order would "
                "differ from run to run. Write std::map or std::set.");
  constexpr bool kCanBeSent =
      !kOrdered || can_all_be_sent<Tuple>(std::make_index_sequence<std::tuple_size_v<Tuple>>{});
  static_assert(kCanBeSent,
                "A member that FIELDS or SAVED names cannot be sent: it is not a number, string, "
                "container, Ref or protobuf message, nor a struct with FIELDS of its own.");
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (Codec<std::remove_cvref_t<std::tuple_element_t<I, Tuple>>>::write(out, static_cast<int>(I) + 1,
                                                                       std::get<I>(fields)),
     ...);
  }(std::make_index_sequence<std::tuple_size_v<Tuple>>{});
}

template <class Tuple>
bool read_fields(Decoder& in, Tuple&& fields) {
  using Plain = std::remove_cvref_t<Tuple>;
  while (in.next()) {
    const bool known = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((in.field() == static_cast<int>(I) + 1 &&
               (Codec<std::remove_cvref_t<std::tuple_element_t<I, Plain>>>::read(
                    in, std::get<I>(fields)) ||
                !in.fail())) ||
              ...);
    }(std::make_index_sequence<std::tuple_size_v<Plain>>{});
    if (!known && (!in.ok() || !in.skip())) return false;
  }
  return in.ok();
}

template <class Tuple>
std::vector<TypeDescription> describe_fields() {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<TypeDescription>{
        Codec<std::remove_cvref_t<std::tuple_element_t<I, Tuple>>>::describe()...};
  }(std::make_index_sequence<std::tuple_size_v<Tuple>>{});
}

template <class T>
bool has_default(const T& value) {
  if constexpr (std::is_default_constructible_v<T>) {
    std::string bytes;
    std::string plain;
    Encoder out(&bytes);
    Encoder plain_out(&plain);
    Codec<T>::write(out, 1, value);
    Codec<T>::write(plain_out, 1, T{});
    return bytes != plain;
  } else {
    return true;
  }
}

// Which fields of a new value are something else than a new value of their type.
template <class Tuple>
std::vector<bool> fields_with_defaults(const Tuple& fields) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<bool>{has_default(std::get<I>(fields))...};
  }(std::make_index_sequence<std::tuple_size_v<Tuple>>{});
}

template <class Tuple>
void write_message(Encoder& out, int field, const Tuple& fields) {
  std::string body;
  Encoder inner(&body);
  write_fields(inner, fields);
  out.write_bytes(field, body);
}

template <class Tuple>
bool read_message(Decoder& in, Tuple&& fields) {
  std::string_view body;
  if (in.depth() == Decoder::kDeepest) return in.fail();
  if (!in.read_bytes(body)) return false;
  Decoder inner(body, in.depth() + 1);
  return read_fields(inner, std::forward<Tuple>(fields)) || in.fail();
}

// The types that are being described just now on this thread, innermost first.
class Describing {
 public:
  explicit Describing(const void* type) : type_(type), outer_(innermost_) { innermost_ = this; }
  ~Describing() { innermost_ = outer_; }
  Describing(const Describing&) = delete;
  Describing& operator=(const Describing&) = delete;

  bool within_itself() const {
    const Describing* at = outer_;
    while (at != nullptr && at->type_ != type_) at = at->outer_;
    return at != nullptr;
  }

 private:
  static inline constinit thread_local const Describing* innermost_ = nullptr;
  const void* type_;
  const Describing* outer_;
};

// "troupe::chord::Peer" -> "Peer"; never with the compiler's namespace noise.
template <class T>
constexpr std::string_view short_type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]<"));
  const std::size_t colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

// "troupe::chord::Peer": the same in every build.
template <class T>
constexpr std::string_view full_type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("T = ") + 4);
  return text.substr(0, text.rfind(']'));
}

}  // namespace internal

template <internal::HasFields T>
struct Codec<T> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const T& value) {
    internal::write_message(out, field, value.troupe_fields());
  }
  static bool read(Decoder& in, T& value) {
    return internal::read_message(in, value.troupe_fields());
  }
  // A struct that contains itself is described once; within itself by its name alone.
  static TypeDescription describe() {
    static constexpr char kType = 0;
    TypeDescription description = {.kind = TypeDescription::Kind::kMessage,
                                   .name = std::string(internal::short_type_name<T>())};
    if (const internal::Describing here(&kType); !here.within_itself()) {
      description.parts = internal::describe_fields<decltype(std::declval<T&>().troupe_fields())>();
      description.field_names = internal::split_field_names(T::troupe_field_names());
      const T fresh{};
      description.has_default = internal::fields_with_defaults(fresh.troupe_fields());
    }
    return description;
  }
};

template <Marshallable... Ts>
struct Codec<std::tuple<Ts...>> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const std::tuple<Ts...>& value) {
    internal::write_message(out, field, value);
  }
  static bool read(Decoder& in, std::tuple<Ts...>& value) {
    return internal::read_message(in, value);
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kMessage,
            .parts = internal::describe_fields<std::tuple<Ts...>>()};
  }
};

template <Marshallable A, Marshallable B>
struct Codec<std::pair<A, B>> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const std::pair<A, B>& value) {
    internal::write_message(out, field, std::tie(value.first, value.second));
  }
  static bool read(Decoder& in, std::pair<A, B>& value) {
    return internal::read_message(in, std::tie(value.first, value.second));
  }
  static TypeDescription describe() { return Codec<std::tuple<A, B>>::describe(); }
};

template <internal::ProtobufMessage T>
struct Codec<T> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const T& value) {
    std::string body;
    value.SerializeToString(&body);
    out.write_bytes(field, body);
  }
  static bool read(Decoder& in, T& value) {
    std::string_view body;
    if (!in.read_bytes(body)) return false;
    return value.ParseFromArray(body.data(), static_cast<int>(body.size())) || in.fail();
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kProtobuf, .name = T::descriptor()->full_name()};
  }
};

// --- Containers -----------------------------------------------------------------------------

namespace internal {

// Writes and reads one element of a repeated field. What is itself repeated (a vector in a
// vector) is wrapped into a message with the one field 1, as protobuf has no lists of lists.
template <class T>
void write_element(Encoder& out, int field, const T& value) {
  if constexpr (SingularCodec<T>) {
    Codec<T>::write(out, field, value);
  } else {
    write_message(out, field, std::tie(value));
  }
}

template <class T>
bool read_element(Decoder& in, T& value) {
  if constexpr (SingularCodec<T>) {
    return Codec<T>::read(in, value);
  } else {
    return read_message(in, std::tie(value));
  }
}

template <class T, class Range>
void write_repeated(Encoder& out, int field, const Range& values) {
  if constexpr (PackableCodec<T>) {
    if (values.begin() == values.end()) return;
    std::string body;
    Encoder inner(&body);
    for (const T value : values) Codec<T>::append(inner, value);
    out.write_bytes(field, body);
  } else {
    for (const T& value : values) write_element<T>(out, field, value);
  }
}

// Calls `add` with each element; numbers may come packed or one by one.
template <class T, class Add>
bool read_repeated(Decoder& in, Add add) {
  if constexpr (PackableCodec<T>) {
    if (in.wire_type() == WireType::kBytes) {
      std::string_view body;
      if (!in.read_bytes(body)) return false;
      Decoder inner(body);
      inner.pretend_field(Codec<T>::kWireType);
      while (inner.more()) {
        T value{};
        if (!Codec<T>::read(inner, value) || !add(std::move(value))) return in.fail();
      }
      return true;
    }
  }
  T value{};
  return read_element<T>(in, value) && (add(std::move(value)) || in.fail());
}

template <class T>
TypeDescription describe_repeated() {
  return {.kind = TypeDescription::Kind::kRepeated,
          .name = {},
          .parts = {Codec<T>::describe()},
          .field_names = {}};
}

}  // namespace internal

template <Marshallable T>
struct Codec<std::optional<T>> {
  static void write(Encoder& out, int field, const std::optional<T>& value) {
    if (value) internal::write_element<T>(out, field, *value);
  }
  static bool read(Decoder& in, std::optional<T>& value) {
    return internal::read_element<T>(in, value.emplace());
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kOptional, .parts = {Codec<T>::describe()}};
  }
};

template <Marshallable T>
struct Codec<std::vector<T>> {
  static void write(Encoder& out, int field, const std::vector<T>& values) {
    internal::write_repeated<T>(out, field, values);
  }
  static bool read(Decoder& in, std::vector<T>& values) {
    return internal::read_repeated<T>(in, [&](T value) {
      values.push_back(std::move(value));
      return true;
    });
  }
  static TypeDescription describe() { return internal::describe_repeated<T>(); }
};

template <Marshallable T>
struct Codec<std::set<T>> {
  static void write(Encoder& out, int field, const std::set<T>& values) {
    internal::write_repeated<T>(out, field, values);
  }
  static bool read(Decoder& in, std::set<T>& values) {
    return internal::read_repeated<T>(in, [&](T value) {
      values.insert(std::move(value));
      return true;
    });
  }
  static TypeDescription describe() { return internal::describe_repeated<T>(); }
};

// A message with one field for each element.
template <Marshallable T, std::size_t N>
struct Codec<std::array<T, N>> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const std::array<T, N>& values) {
    internal::write_message(out, field, values);
  }
  static bool read(Decoder& in, std::array<T, N>& values) {
    return internal::read_message(in, values);
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kMessage,
            .parts = internal::describe_fields<std::array<T, N>>()};
  }
};

// As protobuf's map: repeated entries of key (1) and value (2); the later of two equal keys wins.
template <Marshallable K, Marshallable V>
struct Codec<std::map<K, V>> {
  static void write(Encoder& out, int field, const std::map<K, V>& values) {
    for (const auto& [key, value] : values) {
      internal::write_message(out, field, std::tie(key, value));
    }
  }
  static bool read(Decoder& in, std::map<K, V>& values) {
    std::pair<K, V> entry{};
    if (!Codec<std::pair<K, V>>::read(in, entry)) return false;
    values.insert_or_assign(std::move(entry.first), std::move(entry.second));
    return true;
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kMap,
            .parts = {Codec<K>::describe(), Codec<V>::describe()}};
  }
};

namespace internal {

// How references are written where they may leave their process, in which alone the numbers of
// hosts mean something.
class ReferenceCodec {
 public:
  virtual ~ReferenceCodec() = default;
  virtual void write(Encoder& out, int field, const ActorId& id) = 0;
  virtual bool read(Decoder& in, ActorId& id) = 0;

  // The one of the innermost ReferenceScope of this thread; else that of the runtime whose actor
  // runs here; null where a runtime is alone.
  static ReferenceCodec* current();
};

class ReferenceScope {
 public:
  explicit ReferenceScope(ReferenceCodec& codec);
  ReferenceScope(const ReferenceScope&) = delete;
  ReferenceScope& operator=(const ReferenceScope&) = delete;
  ~ReferenceScope();

 private:
  ReferenceCodec* outer_;
};

}  // namespace internal

// An actor: where it is. The receiver can call it.
template <>
struct Codec<ActorId> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const ActorId& id) {
    if (auto* codec = internal::ReferenceCodec::current(); codec != nullptr) {
      codec->write(out, field, id);
    } else {
      internal::write_message(out, field, std::tie(id.host, id.index, id.incarnation));
    }
  }
  static bool read(Decoder& in, ActorId& id) {
    if (auto* codec = internal::ReferenceCodec::current(); codec != nullptr) {
      return codec->read(in, id);
    }
    return internal::read_message(in, std::tie(id.host, id.index, id.incarnation));
  }
  static TypeDescription describe() { return {.kind = TypeDescription::Kind::kReference}; }
};

// --- Whole messages ---------------------------------------------------------------------------

// The wire form of a list of fields, and back. decode_fields leaves what is absent as it was.
template <class Tuple>
std::string encode_fields(const Tuple& fields) {
  std::string bytes;
  Encoder out(&bytes);
  internal::write_fields(out, fields);
  return bytes;
}

template <class Tuple>
bool decode_fields(std::string_view bytes, Tuple&& fields) {
  Decoder in(bytes);
  return internal::read_fields(in, std::forward<Tuple>(fields));
}

}  // namespace troupe
