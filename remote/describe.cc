// The descriptors of actors, made of what their codecs say.
#include "remote/describe.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace troupe {

namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptorProto;
using Kind = TypeDescription::Kind;

constexpr char kReference[] = "Reference";

// The numbers of the fields of descriptors, of which the paths of comments consist.
constexpr int kMessages = pb::FileDescriptorProto::kMessageTypeFieldNumber;
constexpr int kServices = pb::FileDescriptorProto::kServiceFieldNumber;
constexpr int kFields = pb::DescriptorProto::kFieldFieldNumber;
constexpr int kParts = pb::DescriptorProto::kNestedTypeFieldNumber;
constexpr int kMethods = pb::ServiceDescriptorProto::kMethodFieldNumber;

// "find_successor" -> "FindSuccessor"
std::string camel_case(std::string_view name) {
  std::string result;
  bool upper = true;
  for (const char letter : name) {
    if (letter == '_') {
      upper = true;
    } else {
      result += upper ? absl::ascii_toupper(static_cast<unsigned char>(letter)) : letter;
      upper = false;
    }
  }
  return result;
}

// What FIELDS names may be no name in a .proto: base.x, total_.
std::string identifier(std::string_view name, int number) {
  std::string result;
  for (const char letter : name) {
    result += absl::ascii_isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  }
  const std::size_t last = result.find_last_not_of('_');
  result.resize(last == std::string::npos ? 0 : last + 1);
  if (result.empty() || absl::ascii_isdigit(static_cast<unsigned char>(result[0]))) {
    return absl::StrCat("field_", number);
  }
  return result;
}

bool is_identifier(std::string_view name) { return !name.empty() && identifier(name, 0) == name; }

// Whether both look alike. A struct within itself is there by its name alone.
bool same(const TypeDescription& a, const TypeDescription& b) {
  if (a.kind != b.kind || a.name != b.name || a.bits != b.bits) return false;
  if (a.kind == Kind::kMessage && !a.name.empty() && (a.parts.empty() || b.parts.empty())) {
    return true;
  }
  return a.field_names == b.field_names && a.has_default == b.has_default &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), same);
}

// Whether it is one value, so that it can be an element and optional as it is.
bool is_singular(const TypeDescription& type) {
  return type.kind != Kind::kRepeated && type.kind != Kind::kOptional && type.kind != Kind::kMap;
}

// What protobuf allows as the key of a map.
bool is_key(const TypeDescription& type) {
  switch (type.kind) {
    case Kind::kUnsigned:
    case Kind::kSigned:
    case Kind::kBool:
    case Kind::kString:
    case Kind::kDuration:
    case Kind::kTime:
      return true;
    default:
      return false;
  }
}

// What a reader should know of a value that its type does not say.
std::string note_on(const TypeDescription& type) {
  switch (type.kind) {
    case Kind::kDuration:
      return "nanoseconds";
    case Kind::kTime:
      return "nanoseconds on the clock of the host";
    case Kind::kUnsigned:
    case Kind::kSigned:
      return type.bits < 32 ? absl::StrCat("of ", type.bits, " bits") : "";
    case Kind::kReference:
      return type.name.empty() || type.name == "AnyActor" ? ""
                                                          : absl::StrCat("of class ", type.name);
    case Kind::kRepeated:
    case Kind::kOptional:
      return note_on(type.parts[0]);
    default:
      return {};
  }
}

// Takes imports from what is linked into the program.
class Pool {
 public:
  Pool() : pool_(pb::DescriptorPool::generated_pool()) {}
  const pb::FileDescriptor* build(const pb::FileDescriptorProto& file) {
    class Errors final : public pb::DescriptorPool::ErrorCollector {
     public:
      void AddError(const std::string& filename, const std::string& element, const pb::Message*,
                    ErrorLocation, const std::string& message) override {
        std::fprintf(stderr, "troupe: %s: %s: %s\n", filename.c_str(), element.c_str(),
                     message.c_str());
      }
    } errors;
    return pool_.BuildFileCollectingErrors(file, &errors);
  }

 private:
  pb::DescriptorPool pool_;
};

}  // namespace

ProtoFile::ProtoFile(const std::vector<DescribedClass>& classes) : names_({kReference}) {
  file_.set_name(std::string(kActorsFile));
  file_.set_package(std::string(kActorsPackage));
  file_.set_syntax("proto3");
  // A class has its name, whatever structs are called.
  std::vector<const DescribedClass*> first;
  for (const DescribedClass& one : classes) {
    if (names_.emplace(one.type->name).second) first.push_back(&one);
  }
  for (const DescribedClass* one : first) add_class(*one->type, one->help);
}

std::string ProtoFile::text() const {
  Pool pool;
  const pb::FileDescriptor* file = pool.build(file_);
  if (file == nullptr) {
    std::fprintf(stderr, "troupe: a description of actors is no .proto; this is a bug\n");
    std::abort();
  }
  pb::DebugStringOptions options;
  options.include_comments = true;
  return file->DebugStringWithOptions(options);
}

// --- Classes ------------------------------------------------------------------------------------

void ProtoFile::add_class(const ActorType& type, std::string_view help) {
  const std::string name(type.name);
  pb::ServiceDescriptorProto& service = *file_.add_service();
  service.set_name(name);
  const std::vector<int> path = {kServices, file_.service_size() - 1};
  comment(path, help);
  for (const MethodInfo* method : type.methods) {
    const std::string method_name(method->name);
    if (method->describe_arguments == nullptr || !is_identifier(method_name)) continue;
    const std::string stem = absl::StrCat(name, camel_case(method_name));
    Scope request = new_message(stem + "Request", "");
    const std::vector<TypeDescription> arguments = method->describe_arguments();
    std::vector<std::string> argument_names;
    for (std::size_t i = 1; i <= arguments.size(); ++i) {
      argument_names.push_back(absl::StrCat("argument_", i));
    }
    fill(request, argument_names, arguments, {});
    Scope response = new_message(stem + "Response", "");
    fill(response, {"result"}, method->describe_result(), {});
    pb::MethodDescriptorProto& rpc = *service.add_method();
    rpc.set_name(method_name);
    rpc.set_input_type(request.full_name);
    rpc.set_output_type(response.full_name);
    if (method->one_way) {
      std::vector<int> place = path;
      place.insert(place.end(), {kMethods, service.method_size() - 1});
      comment(place, "Answered before it has run.");
    }
  }
}

void ProtoFile::add_message(std::string_view name, const std::vector<std::string>& field_names,
                            const std::vector<TypeDescription>& fields, std::string_view help) {
  Scope scope = new_message(std::string(name), help);
  fill(scope, field_names, fields, {});
}

// --- Messages -----------------------------------------------------------------------------------

std::string ProtoFile::unused(const std::string& name) const {
  std::string free = name;
  for (int i = 2; names_.contains(free); ++i) free = absl::StrCat(name, i);
  return free;
}

ProtoFile::Scope ProtoFile::new_message(const std::string& name, std::string_view help) {
  const std::string free = unused(name);
  names_.insert(free);
  pb::DescriptorProto* message = file_.add_message_type();
  message->set_name(free);
  Scope scope = {message,
                 absl::StrCat(".", file_.package(), ".", free),
                 {kMessages, file_.message_type_size() - 1}};
  comment(scope.path, help);
  return scope;
}

ProtoFile::Scope ProtoFile::new_part(Scope& scope, const std::string& name) {
  std::string free = name;
  const auto is_taken = [&] {
    return std::ranges::any_of(scope.message->nested_type(),
                               [&](const auto& part) { return part.name() == free; });
  };
  for (int i = 2; is_taken(); ++i) free = absl::StrCat(name, i);
  pb::DescriptorProto* message = scope.message->add_nested_type();
  message->set_name(free);
  std::vector<int> path = scope.path;
  path.insert(path.end(), {kParts, scope.message->nested_type_size() - 1});
  return {message, absl::StrCat(scope.full_name, ".", free), std::move(path)};
}

void ProtoFile::fill(Scope& scope, const std::vector<std::string>& field_names,
                     const std::vector<TypeDescription>& fields,
                     const std::vector<bool>& has_default) {
  std::set<std::string> used;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const int number = static_cast<int>(i) + 1;
    std::string name = i < field_names.size() ? identifier(field_names[i], number)
                                              : absl::StrCat("field_", number);
    if (!used.insert(camel_case(name)).second) {
      name = absl::StrCat("field_", number);
      used.insert(camel_case(name));
    }
    add_field(scope, name, fields[i], i < has_default.size() && has_default[i]);
  }
}

void ProtoFile::add_field(Scope& scope, const std::string& name, const TypeDescription& type,
                          bool has_default) {
  Field& field = *scope.message->add_field();
  const int index = scope.message->field_size() - 1;
  field.set_name(name);
  field.set_number(index + 1);
  field.set_label(Field::LABEL_OPTIONAL);
  const auto be_optional = [&] {
    field.set_proto3_optional(true);
    field.set_oneof_index(scope.message->oneof_decl_size());
    scope.message->add_oneof_decl()->set_name("_" + name);
  };
  switch (type.kind) {
    case Kind::kRepeated:
      field.set_label(Field::LABEL_REPEATED);
      set_type(scope, field, type.parts[0]);
      break;
    case Kind::kMap:
      field.set_label(Field::LABEL_REPEATED);
      add_map(scope, field, type);
      break;
    case Kind::kOptional:
      set_type(scope, field, type.parts[0]);
      if (field.type() != Field::TYPE_MESSAGE) be_optional();
      break;
    default:
      set_type(scope, field, type);
      // Zero is said, too: absent is something else.
      if (has_default && field.type() != Field::TYPE_MESSAGE) be_optional();
  }
  std::vector<int> path = scope.path;
  path.insert(path.end(), {kFields, index});
  comment(path, note_on(type));
}

void ProtoFile::add_map(Scope& scope, Field& field, const TypeDescription& type) {
  const TypeDescription& key = type.parts[0];
  const TypeDescription& value = type.parts[1];
  // Its name is protobuf's rule.
  Scope entry = new_part(scope, camel_case(field.name()) + "Entry");
  const bool is_map = is_key(key) && is_singular(value) &&
                      entry.message->name() == camel_case(field.name()) + "Entry";
  fill(entry, {"key", "value"}, {key, value}, {});
  if (is_map) entry.message->mutable_options()->set_map_entry(true);
  set_message(field, entry.full_name);
}

void ProtoFile::set_message(Field& field, const std::string& full_name) {
  field.set_type(Field::TYPE_MESSAGE);
  field.set_type_name(full_name);
}

void ProtoFile::set_type(Scope& scope, Field& field, const TypeDescription& type) {
  switch (type.kind) {
    case Kind::kUnsigned:
      field.set_type(type.bits <= 32 ? Field::TYPE_UINT32 : Field::TYPE_UINT64);
      break;
    case Kind::kSigned:
      field.set_type(type.bits <= 32 ? Field::TYPE_SINT32 : Field::TYPE_SINT64);
      break;
    case Kind::kBool:
      field.set_type(Field::TYPE_BOOL);
      break;
    case Kind::kFloat:
      field.set_type(Field::TYPE_FLOAT);
      break;
    case Kind::kDouble:
      field.set_type(Field::TYPE_DOUBLE);
      break;
    case Kind::kString:
      field.set_type(Field::TYPE_STRING);
      break;
    case Kind::kBytes:
      field.set_type(Field::TYPE_BYTES);
      break;
    case Kind::kDuration:
    case Kind::kTime:
      field.set_type(Field::TYPE_SINT64);
      break;
    case Kind::kReference:
      set_message(field, reference());
      break;
    case Kind::kProtobuf:
      set_message(field, message_of(type));
      break;
    case Kind::kMessage:
      if (!type.name.empty()) {
        set_message(field, message_of(type));
      } else {
        Scope part = new_part(scope, camel_case(field.name()));
        fill(part, type.field_names, type.parts, type.has_default);
        set_message(field, part.full_name);
      }
      break;
    case Kind::kRepeated:
    case Kind::kOptional:
    case Kind::kMap: {
      // Protobuf has no lists of lists: a message with the one field 1 is between.
      Scope part = new_part(scope, camel_case(field.name()));
      fill(part, {"value"}, {type}, {});
      set_message(field, part.full_name);
      break;
    }
  }
}

// The full name of the message for a struct with a name, which is written where it is not known.
std::string ProtoFile::message_of(const TypeDescription& type) {
  if (type.kind == Kind::kProtobuf) {
    const pb::Descriptor* descriptor =
        pb::DescriptorPool::generated_pool()->FindMessageTypeByName(type.name);
    if (descriptor == nullptr) return absl::StrCat(".", type.name);
    const std::string& file = descriptor->file()->name();
    if (std::ranges::find(file_.dependency(), file) == file_.dependency().end()) {
      file_.add_dependency(file);
    }
    return absl::StrCat(".", descriptor->full_name());
  }
  const auto [begin, end] = structs_.equal_range(type.name);
  for (auto known = begin; known != end; ++known) {
    if (same(known->second.first, type)) return known->second.second;
  }
  Scope scope = new_message(identifier(type.name, 0), "");
  structs_.emplace(type.name, std::pair(type, scope.full_name));
  fill(scope, type.field_names, type.parts, type.has_default);
  return scope.full_name;
}

std::string ProtoFile::reference() {
  const std::string full_name = absl::StrCat(".", file_.package(), ".", kReference);
  if (std::exchange(has_reference_, true)) return full_name;
  names_.erase(kReference);
  Scope scope = new_message(kReference,
                            "An actor. What comes in a response can be sent in any request to the "
                            "hosts of this system.");
  const TypeDescription number = {.kind = Kind::kUnsigned, .bits = 32};
  // As in remote/wire.proto.
  fill(scope, {"host", "index", "incarnation", "text"},
       {number, number, number, {.kind = Kind::kString}}, {});
  comment({scope.path[0], scope.path[1], kFields, 0}, "0: see text; 2: the host that is called");
  comment({scope.path[0], scope.path[1], kFields, 3},
          "the host: its address, # and its incarnation");
  return full_name;
}

void ProtoFile::comment(const std::vector<int>& path, std::string_view text) {
  if (text.empty()) return;
  pb::SourceCodeInfo& info = *file_.mutable_source_code_info();
  pb::SourceCodeInfo::Location& location = *info.add_location();
  for (const int step : path) location.add_path(step);
  // Lines that are nowhere.
  for (int i = 0; i < 3; ++i) location.add_span(0);
  location.set_leading_comments(absl::StrCat(" ", std::string(text), "\n"));
}

}  // namespace troupe
