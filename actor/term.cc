// Terms: comparison, text, and the wire.
#include "actor/term.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace troupe {
namespace {

bool is_in(const Term::Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Term* find_field(const Term::Record& record, std::string_view name) {
  const auto found = std::find(record.fields.begin(), record.fields.end(), name);
  if (found == record.fields.end()) return nullptr;
  return &record.values[static_cast<std::size_t>(found - record.fields.begin())];
}

bool same_fields(const Term::Record& a, const Term::Record& b) {
  if (a.names != b.names || a.fields.size() != b.fields.size()) return false;
  if (a.fields == b.fields) return a.values == b.values;
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    const Term* other = find_field(b, a.fields[i]);
    if (other == nullptr || !(*other == a.values[i])) return false;
  }
  return true;
}

Term::Record make_record(Term::Names names, std::vector<Term::Field> fields) {
  Term::Record record{std::move(names), {}, {}};
  for (Term::Field& field : fields) {
    record.fields.push_back(std::move(field.name));
    record.values.push_back(std::move(field.value));
  }
  return record;
}

// The fields of a Term on the wire. Parts of lists and of records are Terms, one level down.
constexpr int kKind = 1;
constexpr int kSigned = 2;
constexpr int kUnsigned = 3;
constexpr int kDouble = 4;
constexpr int kText = 5;
constexpr int kNames = 6;
constexpr int kFieldNames = 7;
constexpr int kParts = 8;
constexpr int kActor = 9;

void write_names(Encoder& out, int field, const Term::Names& names) {
  for (const std::string& name : names) out.write_bytes(field, name);
}

// What was read before it is known to fit together.
struct Parts {
  std::uint64_t kind = 0;
  std::int64_t number = 0;
  std::uint64_t large = 0;
  double real = 0;
  std::string text;
  Term::Names names;
  Term::Names field_names;
  Term::List parts;
  ActorId actor;
};

bool read_parts(Decoder& in, Parts& parts) {
  while (in.next()) {
    bool ok = true;
    switch (in.field()) {
      case kKind:
        ok = in.read_uint(parts.kind);
        break;
      case kSigned:
        ok = in.read_sint(parts.number);
        break;
      case kUnsigned:
        ok = in.read_uint(parts.large);
        break;
      case kDouble:
        ok = Codec<double>::read(in, parts.real);
        break;
      case kText:
        ok = Codec<std::string>::read(in, parts.text);
        break;
      case kNames:
        ok = Codec<Term::Names>::read(in, parts.names);
        break;
      case kFieldNames:
        ok = Codec<Term::Names>::read(in, parts.field_names);
        break;
      case kParts:
        ok = Codec<Term>::read(in, parts.parts.emplace_back());
        break;
      case kActor:
        ok = Codec<ActorId>::read(in, parts.actor);
        break;
      default:
        ok = in.skip();
    }
    if (!ok) return in.fail();
  }
  return in.ok();
}

}  // namespace

Term Term::record(std::string type, std::vector<Field> fields) {
  return Term(Value(make_record({std::move(type)}, std::move(fields))));
}

Term Term::record(std::vector<Field> fields) {
  return Term(Value(make_record({}, std::move(fields))));
}

const Term* Term::field(std::string_view name) const {
  const Record* record = as_record();
  return record == nullptr ? nullptr : find_field(*record, name);
}

std::string_view Term::type_name() const {
  const Record* record = as_record();
  return record == nullptr || record->names.empty() ? std::string_view() : record->names.front();
}

bool Term::is_a(std::string_view type) const {
  const Record* record = as_record();
  return record != nullptr && is_in(record->names, type);
}

bool operator==(const Term& a, const Term& b) {
  if (a.value_.index() != b.value_.index()) return false;
  return std::visit(
      [&b]<class T>(const T& value) {
        const T& other = std::get<T>(b.value_);
        if constexpr (std::is_same_v<T, Term::Record>) {
          return same_fields(value, other);
        } else if constexpr (std::is_same_v<T, Term::Reference>) {
          return value.id == other.id;
        } else {
          return value == other;
        }
      },
      a.value_);
}

std::string to_string(const Term& term) {
  struct Writer {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return absl::StrCat(value); }
    std::string operator()(std::uint64_t value) const { return absl::StrCat(value); }
    std::string operator()(double value) const { return absl::StrFormat("%g", value); }
    std::string operator()(const std::string& value) const {
      return absl::StrCat("\"", absl::Utf8SafeCEscape(value), "\"");
    }
    std::string operator()(const Bytes& value) const {
      return absl::StrCat("<", value.data.size(), " bytes>");
    }
    std::string operator()(const Term::List& elements) const {
      std::string text;
      for (const Term& element : elements) {
        absl::StrAppend(&text, text.empty() ? "" : ", ", to_string(element));
      }
      return absl::StrCat("[", text, "]");
    }
    std::string operator()(const Term::Record& record) const {
      std::string text;
      for (std::size_t i = 0; i < record.fields.size(); ++i) {
        absl::StrAppend(&text, text.empty() ? "" : ", ", record.fields[i], ": ",
                        to_string(record.values[i]));
      }
      return absl::StrCat(record.names.empty() ? "" : record.names.front(), "{", text, "}");
    }
    std::string operator()(const Term::Reference& reference) const {
      return absl::StrCat(reference.names.empty() ? "actor" : reference.names.front(), "@",
                          reference.id.host, ":", reference.id.index, ":",
                          reference.id.incarnation);
    }
  };
  return std::visit(Writer(), term.value_);
}

std::ostream& operator<<(std::ostream& out, const Term& term) { return out << to_string(term); }

void Codec<Term>::write(Encoder& out, int field, const Term& term) {
  struct Writer {
    Encoder& out;
    void operator()(std::monostate) const {}
    void operator()(bool value) const { out.write_uint(kUnsigned, value ? 1 : 0); }
    void operator()(std::int64_t value) const { out.write_sint(kSigned, value); }
    void operator()(std::uint64_t value) const { out.write_uint(kUnsigned, value); }
    void operator()(double value) const { Codec<double>::write(out, kDouble, value); }
    void operator()(const std::string& value) const { out.write_bytes(kText, value); }
    void operator()(const Bytes& value) const { out.write_bytes(kText, value.data); }
    void operator()(const Term::List& elements) const {
      for (const Term& element : elements) Codec<Term>::write(out, kParts, element);
    }
    void operator()(const Term::Record& record) const {
      write_names(out, kNames, record.names);
      write_names(out, kFieldNames, record.fields);
      for (const Term& value : record.values) Codec<Term>::write(out, kParts, value);
    }
    void operator()(const Term::Reference& reference) const {
      write_names(out, kNames, reference.names);
      Codec<ActorId>::write(out, kActor, reference.id);
    }
  };
  std::string body;
  Encoder inner(&body);
  inner.write_uint(kKind, static_cast<std::uint64_t>(term.kind()));
  std::visit(Writer{inner}, term.value_);
  out.write_bytes(field, body);
}

bool Codec<Term>::read(Decoder& in, Term& term) {
  std::string_view body;
  if (in.depth() == Decoder::kDeepest || !in.read_bytes(body)) return in.fail();
  Decoder inner(body, in.depth() + 1);
  Parts parts;
  if (!read_parts(inner, parts)) return in.fail();
  using Kind = Term::Kind;
  if (parts.kind > static_cast<std::uint64_t>(Kind::kReference)) return in.fail();
  switch (static_cast<Kind>(parts.kind)) {
    case Kind::kNull:
      term = Term();
      break;
    case Kind::kBool:
      term = Term(parts.large != 0);
      break;
    case Kind::kInteger:
      term = Term(parts.number);
      break;
    case Kind::kUnsigned:
      term = Term(parts.large);
      break;
    case Kind::kDouble:
      term = Term(parts.real);
      break;
    case Kind::kString:
      term = Term(std::move(parts.text));
      break;
    case Kind::kBytes:
      term = Term(Bytes{std::move(parts.text)});
      break;
    case Kind::kList:
      term = Term::list(std::move(parts.parts));
      break;
    case Kind::kRecord:
      if (parts.field_names.size() != parts.parts.size()) return in.fail();
      term = Term(Term::Value(Term::Record{std::move(parts.names), std::move(parts.field_names),
                                           std::move(parts.parts)}));
      break;
    case Kind::kReference:
      term = Term(Term::Value(Term::Reference{parts.actor, std::move(parts.names)}));
      break;
  }
  return true;
}

TypeDescription Codec<Term>::describe() {
  using Kind = TypeDescription::Kind;
  const TypeDescription texts = Codec<std::vector<std::string>>::describe();
  const TypeDescription terms = {.kind = Kind::kRepeated,
                                 .parts = {{.kind = Kind::kMessage, .name = "Term"}}};
  return {.kind = Kind::kMessage,
          .name = "Term",
          .parts = {Codec<std::uint32_t>::describe(), Codec<std::int64_t>::describe(),
                    Codec<std::uint64_t>::describe(), Codec<double>::describe(),
                    Codec<Bytes>::describe(), texts, texts, terms, Codec<ActorId>::describe()},
          .field_names = {"kind", "signed", "unsigned", "real", "text", "names", "field_names",
                          "parts", "actor"}};
}

}  // namespace troupe
