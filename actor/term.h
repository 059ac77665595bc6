// Term: a value that says itself what it is. What an actor receives that does not know beforehand
// what will come: see receive.h and any_ref.h.
//
//   Term nothing, number = 5, text = "five", list = std::vector{1, 2};
//   Term point = Term::record("Point", {{"x", 1}, {"y", 2}});
//   Term ping = Ping{.number = 7};               // a struct with FIELDS: a record of that name
//   std::optional<Ping> same = ping.as<Ping>();  // back; nothing where it is no Ping
//
// Whatever can be sent becomes a Term, and comes back as what it was: numbers, text, containers,
// Refs, structs with FIELDS, protobuf messages. Integers stay integers and never become doubles. A
// Term is a plain value: a copy shares nothing with its original. It looks the same after a way
// over the wire.
//
// A struct may name the struct that it extends; it is then taken where that one is expected:
//
//   struct RushOrder : Order {
//     using Extends = Order;
//     Duration within{};
//     FIELDS(number, within)  // all that travels, also what Order has
//   };
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/time.h"

namespace troupe {

class Term;

namespace internal {

// How a T becomes a Term, and back: to_term(value), from_term(term, value). Empty: not at all.
template <class T>
struct TermTraits {};

// Text that is owned elsewhere does not come back from a Term.
template <>
struct TermTraits<const char*> {
  static Term to_term(const char* text);
};
template <>
struct TermTraits<std::string_view> {
  static Term to_term(std::string_view text);
};

}  // namespace internal

// What becomes a Term.
template <class T>
concept IntoTerm = requires(const T& constant) { internal::TermTraits<T>::to_term(constant); };

// And what also comes back from one.
template <class T>
concept TermValue = IntoTerm<T> && requires(T& value, const Term& term) {
  { internal::TermTraits<T>::from_term(term, value) } -> std::same_as<bool>;
};

class Term {
 public:
  enum class Kind : std::uint8_t {
    kNull,
    kBool,
    kInteger,   // all integers but those that only an std::uint64_t holds,
    kUnsigned,  // and those
    kDouble,
    kString,
    kBytes,
    kList,
    kRecord,  // named fields, and the name of a type where there is one
    kReference,
  };
  struct Field;
  using List = std::vector<Term>;
  using Names = std::vector<std::string>;

  struct Record {
    Names names;  // of its type and of what that extends; none: no type
    Names fields;
    List values;  // as many
  };
  struct Reference {
    ActorId id;
    Names names;  // of the actor's class and of what that extends; none: not known
  };

  Term() = default;
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Term> && IntoTerm<std::remove_cvref_t<T>>)
  Term(T&& value)
      : Term(internal::TermTraits<std::remove_cvref_t<T>>::to_term(std::forward<T>(value))) {}
  Term(std::string_view text) : value_(std::string(text)) {}
  Term(const char* text) : Term(std::string_view(text)) {}

  static Term null() { return Term(); }
  static Term list(List elements) { return Term(Value(std::move(elements))); }
  static Term record(std::string type, std::vector<Field> fields);
  static Term record(std::vector<Field> fields);

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }

  // The value as a T; nothing where it is none.
  template <class T>
  std::optional<T> as() const {
    constexpr bool kIsTermValue = TermValue<T>;
    static_assert(kIsTermValue,
                  "A Term is asked for a number, string, container, Ref or protobuf message, or "
                  "for a struct with FIELDS.");
    if constexpr (kIsTermValue) {
      std::optional<T> value(std::in_place);
      if (!internal::TermTraits<T>::from_term(*this, *value)) value.reset();
      return value;
    }
  }

  // The parts, where the term has them; else null.
  const List* elements() const { return std::get_if<List>(&value_); }
  const Record* as_record() const { return std::get_if<Record>(&value_); }
  const Reference* as_reference() const { return std::get_if<Reference>(&value_); }
  const Term* field(std::string_view name) const;

  // The name of a record's type; else empty.
  std::string_view type_name() const;
  // Whether this is a record of that type, or of one that extends it.
  bool is_a(std::string_view type) const;

  // Records are equal where their types and fields are; the order of fields does not matter.
  friend bool operator==(const Term& a, const Term& b);
  // As people write it: Ping{number: 7}.
  friend std::string to_string(const Term& term);
  friend std::ostream& operator<<(std::ostream& out, const Term& term);

 private:
  // In the order of Kind.
  using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                             Bytes, List, Record, Reference>;
  template <class T>
  friend struct internal::TermTraits;
  friend struct Codec<Term>;

  explicit Term(Value value) : value_(std::move(value)) {}

  Value value_;
};

struct Term::Field {
  std::string name;
  Term value;
};

template <>
struct Codec<Term> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const Term& term);
  static bool read(Decoder& in, Term& term);
  static TypeDescription describe();
};

namespace internal {

template <>
struct TermTraits<Term> {
  static Term to_term(Term term) { return term; }
  static bool from_term(const Term& term, Term& value) {
    value = term;
    return true;
  }
};

template <>
struct TermTraits<bool> {
  static Term to_term(bool value) { return Term(Term::Value(value)); }
  static bool from_term(const Term& term, bool& value) {
    const bool* found = std::get_if<bool>(&term.value_);
    if (found != nullptr) value = *found;
    return found != nullptr;
  }
};

template <>
struct TermTraits<std::int64_t> {
  static Term to_term(std::int64_t value) { return Term(Term::Value(value)); }
  static bool from_term(const Term& term, std::int64_t& value) {
    const std::int64_t* found = std::get_if<std::int64_t>(&term.value_);
    if (found != nullptr) value = *found;
    return found != nullptr;
  }
};

template <>
struct TermTraits<std::uint64_t> {
  static Term to_term(std::uint64_t value) {
    if (std::in_range<std::int64_t>(value)) {
      return TermTraits<std::int64_t>::to_term(static_cast<std::int64_t>(value));
    }
    return Term(Term::Value(value));
  }
  static bool from_term(const Term& term, std::uint64_t& value) {
    if (const std::uint64_t* large = std::get_if<std::uint64_t>(&term.value_)) {
      value = *large;
      return true;
    }
    const std::int64_t* found = std::get_if<std::int64_t>(&term.value_);
    if (found == nullptr || *found < 0) return false;
    value = static_cast<std::uint64_t>(*found);
    return true;
  }
};

template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
struct TermTraits<T> {
  using Wide = std::conditional_t<Codec<T>::is_signed(), std::int64_t, std::uint64_t>;
  static Term to_term(T value) { return TermTraits<Wide>::to_term(static_cast<Wide>(value)); }
  static bool from_term(const Term& term, T& value) {
    Wide wide = 0;
    if (!TermTraits<Wide>::from_term(term, wide)) return false;
    value = static_cast<T>(wide);
    return static_cast<Wide>(value) == wide;
  }
};

template <>
struct TermTraits<double> {
  static Term to_term(double value) { return Term(Term::Value(value)); }
  static bool from_term(const Term& term, double& value) {
    const double* found = std::get_if<double>(&term.value_);
    if (found != nullptr) value = *found;
    return found != nullptr;
  }
};

template <>
struct TermTraits<float> {
  static Term to_term(float value) { return TermTraits<double>::to_term(value); }
  static bool from_term(const Term& term, float& value) {
    double wide = 0;
    if (!TermTraits<double>::from_term(term, wide)) return false;
    value = static_cast<float>(wide);
    return true;
  }
};

// Durations and times: nanoseconds.
template <class Rep, class Period>
struct TermTraits<std::chrono::duration<Rep, Period>> {
  using T = std::chrono::duration<Rep, Period>;
  static Term to_term(T value) {
    return TermTraits<std::int64_t>::to_term(std::chrono::duration_cast<Duration>(value).count());
  }
  static bool from_term(const Term& term, T& value) {
    std::int64_t nanoseconds = 0;
    if (!TermTraits<std::int64_t>::from_term(term, nanoseconds)) return false;
    value = std::chrono::duration_cast<T>(Duration(nanoseconds));
    return true;
  }
};

template <>
struct TermTraits<Time> {
  static Term to_term(Time value) {
    return TermTraits<Duration>::to_term(value.time_since_epoch());
  }
  static bool from_term(const Term& term, Time& value) {
    Duration since{};
    if (!TermTraits<Duration>::from_term(term, since)) return false;
    value = Time(since);
    return true;
  }
};

template <>
struct TermTraits<std::string> {
  static Term to_term(std::string value) { return Term(Term::Value(std::move(value))); }
  static bool from_term(const Term& term, std::string& value) {
    const std::string* found = std::get_if<std::string>(&term.value_);
    if (found != nullptr) value = *found;
    return found != nullptr;
  }
};

inline Term TermTraits<const char*>::to_term(const char* text) { return Term(text); }
inline Term TermTraits<std::string_view>::to_term(std::string_view text) { return Term(text); }

template <>
struct TermTraits<Bytes> {
  static Term to_term(Bytes value) { return Term(Term::Value(std::move(value))); }
  static bool from_term(const Term& term, Bytes& value) {
    const Bytes* found = std::get_if<Bytes>(&term.value_);
    if (found != nullptr) value = *found;
    return found != nullptr;
  }
};

template <TermValue T>
struct TermTraits<std::optional<T>> {
  static Term to_term(const std::optional<T>& value) { return value ? Term(*value) : Term(); }
  static bool from_term(const Term& term, std::optional<T>& value) {
    if (term.is_null()) {
      value.reset();
      return true;
    }
    return TermTraits<T>::from_term(term, value.emplace());
  }
};

// --- Lists --------------------------------------------------------------------------------------

template <class Range>
Term list_of(const Range& values) {
  Term::List elements;
  elements.reserve(values.size());
  for (const auto& value : values) {
    elements.push_back(TermTraits<typename Range::value_type>::to_term(value));
  }
  return Term::list(std::move(elements));
}

// Calls `add` with each element of a list; false where it is none, or holds something else.
template <class T, class Add>
bool each_element(const Term& term, Add add) {
  const Term::List* elements = term.elements();
  if (elements == nullptr) return false;
  for (const Term& element : *elements) {
    T value{};
    if (!TermTraits<T>::from_term(element, value)) return false;
    add(std::move(value));
  }
  return true;
}

template <TermValue T>
struct TermTraits<std::vector<T>> {
  static Term to_term(const std::vector<T>& values) { return list_of(values); }
  static bool from_term(const Term& term, std::vector<T>& values) {
    values.clear();
    return each_element<T>(term, [&](T value) { values.push_back(std::move(value)); });
  }
};

template <TermValue T>
struct TermTraits<std::set<T>> {
  static Term to_term(const std::set<T>& values) { return list_of(values); }
  static bool from_term(const Term& term, std::set<T>& values) {
    values.clear();
    return each_element<T>(term, [&](T value) { values.insert(std::move(value)); });
  }
};

template <TermValue K, TermValue V>
struct TermTraits<std::map<K, V>> {
  static Term to_term(const std::map<K, V>& values) { return list_of(values); }
  static bool from_term(const Term& term, std::map<K, V>& values) {
    values.clear();
    return each_element<std::pair<K, V>>(term, [&](std::pair<K, V> entry) {
      values.insert_or_assign(std::move(entry.first), std::move(entry.second));
    });
  }
};

// What has a fixed number of parts: a list of just as many.
template <class Tuple, bool kComesBack>
struct TupleTermTraits {
  static Term to_term(const Tuple& parts) {
    return std::apply([](const auto&... part) { return Term::list({Term(part)...}); }, parts);
  }
  static bool from_term(const Term& term, Tuple& parts)
    requires kComesBack
  {
    const Term::List* elements = term.elements();
    if (elements == nullptr || elements->size() != std::tuple_size_v<Tuple>) return false;
    std::size_t next = 0;
    return std::apply(
        [&](auto&... part) {
          return (TermTraits<std::remove_cvref_t<decltype(part)>>::from_term((*elements)[next++],
                                                                             part) &&
                  ...);
        },
        parts);
  }
};
template <IntoTerm... Ts>
struct TermTraits<std::tuple<Ts...>> : TupleTermTraits<std::tuple<Ts...>, (TermValue<Ts> && ...)> {
};
// Also what a map holds, whose key is const.
template <class A, IntoTerm B>
  requires IntoTerm<std::remove_const_t<A>>
struct TermTraits<std::pair<A, B>>
    : TupleTermTraits<std::pair<A, B>, TermValue<A> && TermValue<B>> {};
template <IntoTerm T, std::size_t N>
struct TermTraits<std::array<T, N>> : TupleTermTraits<std::array<T, N>, TermValue<T>> {};

// --- Records ------------------------------------------------------------------------------------

template <class T>
const std::vector<std::string>& field_names() {
  static const std::vector<std::string> kNames = split_field_names(T::troupe_field_names());
  return kNames;
}

template <class T>
concept ExtendsAnother = requires { typename T::Extends; };

// "RushOrder", "Order".
template <class T>
void add_type_names(Term::Names& names) {
  names.emplace_back(short_type_name<T>());
  if constexpr (ExtendsAnother<T>) {
    constexpr bool kDerives =
        std::is_base_of_v<typename T::Extends, T> && !std::is_same_v<typename T::Extends, T>;
    static_assert(kDerives, "A message extends, by `using Extends = Base;`, what it derives from.");
    if constexpr (kDerives) add_type_names<typename T::Extends>(names);
  }
}

template <class T>
const Term::Names& type_names() {
  static const Term::Names kNames = [] {
    Term::Names names;
    add_type_names<T>(names);
    return names;
  }();
  return kNames;
}

template <HasFields T>
struct TermTraits<T> {
  static Term to_term(const T& value) {
    Term::List values = std::apply([](const auto&... field) { return Term::List{Term(field)...}; },
                                   value.troupe_fields());
    return Term(Term::Value(Term::Record{type_names<T>(), field_names<T>(), std::move(values)}));
  }
  // A record of the type may lack fields, as an old sender's: they keep their defaults. One of no
  // type has all of them.
  static bool from_term(const Term& term, T& value) {
    const Term::Record* record = term.as_record();
    if (record == nullptr) return false;
    if (!record->names.empty() && !term.is_a(short_type_name<T>())) return false;
    const std::vector<std::string>& names = field_names<T>();
    std::size_t next = 0;
    const auto take = [&](auto& field) {
      const Term* found = term.field(names[next++]);
      if (found == nullptr) return !record->names.empty();
      return TermTraits<std::remove_cvref_t<decltype(field)>>::from_term(*found, field);
    };
    return std::apply([&](auto&... field) { return (take(field) && ...); }, value.troupe_fields());
  }
};

// A record of the message's name, whose one field is its wire form.
template <ProtobufMessage T>
struct TermTraits<T> {
  static Term to_term(const T& value) {
    Bytes bytes;
    value.SerializeToString(&bytes.data);
    return Term::record(T::descriptor()->full_name(), {{"serialized", std::move(bytes)}});
  }
  static bool from_term(const Term& term, T& value) {
    if (!term.is_a(T::descriptor()->full_name())) return false;
    const Term* serialized = term.field("serialized");
    Bytes bytes;
    return serialized != nullptr && TermTraits<Bytes>::from_term(*serialized, bytes) &&
           value.ParseFromString(bytes.data);
  }
};

// An actor of whatever class.
template <>
struct TermTraits<ActorId> {
  static Term to_term(ActorId id) { return with_names(id, {}); }
  static Term with_names(ActorId id, Term::Names names) {
    return Term(Term::Value(Term::Reference{id, std::move(names)}));
  }
  static bool from_term(const Term& term, ActorId& id) {
    const Term::Reference* found = term.as_reference();
    if (found != nullptr) id = found->id;
    return found != nullptr;
  }
};

}  // namespace internal
}  // namespace troupe
