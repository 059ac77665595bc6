// Pattern: what a message must look like. For receive() in a function actor (receive.h).
//
//   using namespace troupe::match;
//   tuple("get", is<std::string>())                     // a list of two: this text, any text
//   record("Order", {{"number", is<int>()}})            // other fields do not matter
//   list_of(is<int>())                                  // a list of integers, also an empty one
//   tuple("put", capture("key", is<std::string>()), capture("value"))
//
// A value stands for itself. A pattern looks at the message alone, and finds the same in one that
// has come over the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/term.h"

namespace troupe {

// What capture() has found, by name.
using Captures = std::map<std::string, Term>;

class Pattern {
 public:
  enum class Kind : std::uint8_t { kAny, kEqual, kTest, kRecord, kListOf, kTuple, kOneOf };
  struct Field;

  Pattern() = default;  // anything
  template <class T>
    requires(std::is_constructible_v<Term, T &&> &&
             !std::is_same_v<std::remove_cvref_t<T>, Pattern>)
  Pattern(T&& value) : kind_(Kind::kEqual), literal_(std::forward<T>(value)) {}

  // For the functions of namespace match.
  Pattern(Kind kind, std::vector<Pattern> parts) : kind_(kind), parts_(std::move(parts)) {}
  explicit Pattern(std::function<bool(const Term&)> test)
      : kind_(Kind::kTest), test_(std::move(test)) {}
  Pattern(std::string type, std::vector<Field> fields);
  Pattern captured_as(std::string name) &&;

  // Adds what was captured where the message matches; else `captures` stays as it was.
  bool matches(const Term& message, Captures& captures) const;

 private:
  bool look(const Term& message, Captures& captures) const;
  bool look_inside(const Term& message, Captures& captures) const;

  Kind kind_ = Kind::kAny;
  Term literal_;
  std::function<bool(const Term&)> test_;
  std::string type_;                      // of a record; empty: any
  std::vector<std::string> field_names_;  // as many as parts
  std::vector<Pattern> parts_;
  std::optional<std::string> capture_;
};

struct Pattern::Field {
  std::string name;
  Pattern pattern;
};

// A message that matched, and how.
struct Match {
  std::size_t pattern = 0;  // which of them: the first that matched
  Term message;
  Captures captures;

  // What was captured as `name`, as a T; nothing where there is no such thing.
  template <class T>
  std::optional<T> get(const std::string& name) const {
    const auto found = captures.find(name);
    return found == captures.end() ? std::nullopt : found->second.template as<T>();
  }
};

namespace match {

inline Pattern any() { return Pattern(); }

// Whatever is a T: see Term::as().
template <class T>
Pattern is() {
  return Pattern(
      std::function<bool(const Term&)>([](const Term& term) { return term.as<T>().has_value(); }));
}

// A record that has at least these fields, of this type or of one that extends it.
inline Pattern record(std::string type, std::vector<Pattern::Field> fields = {}) {
  return Pattern(std::move(type), std::move(fields));
}
// The same of whatever type.
inline Pattern record(std::vector<Pattern::Field> fields) { return Pattern({}, std::move(fields)); }

// A list, each of whose elements matches.
inline Pattern list_of(Pattern element) {
  return Pattern(Pattern::Kind::kListOf, std::vector<Pattern>{std::move(element)});
}

// A list of just these elements.
template <class... Elements>
Pattern tuple(Elements... elements) {
  return Pattern(Pattern::Kind::kTuple, std::vector<Pattern>{Pattern(std::move(elements))...});
}

template <class... Choices>
Pattern one_of(Choices... choices) {
  return Pattern(Pattern::Kind::kOneOf, std::vector<Pattern>{Pattern(std::move(choices))...});
}

// Keeps what matches under this name.
inline Pattern capture(std::string name, Pattern pattern = any()) {
  return std::move(pattern).captured_as(std::move(name));
}

}  // namespace match
}  // namespace troupe
