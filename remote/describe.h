// Describe: what actors say on the wire, as a .proto that any protobuf library reads. With it, a
// program in another language calls an actor's methods through gRPC (docs/reference/grpc.md).
//
//   ProtoFile file({{&actor_type<Office>(), "gives out numbered tickets"}});
//   std::puts(file.text().c_str());
//
//   service Office {
//     rpc take(OfficeTakeRequest) returns (OfficeTakeResponse);
//   }
//
// A method's arguments are the fields 1, 2, 3, ... of its request, what it gives is the field 1 of
// its response. A test compares the bytes that the codec writes with what protobuf makes of them.
#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/codec.h"

namespace troupe {

// Where all services and messages are: a method's path is /troupe.actors.Office/take.
inline constexpr std::string_view kActorsPackage = "troupe.actors";
inline constexpr std::string_view kActorsFile = "troupe/actors.proto";

struct DescribedClass {
  const ActorType* type;
  std::string help = {};
};

class ProtoFile {
 public:
  // Of several classes of one name, the first is there.
  explicit ProtoFile(const std::vector<DescribedClass>& classes);

  // A message that is no method's: what a spawn takes, for instance.
  void add_message(std::string_view name, const std::vector<std::string>& field_names,
                   const std::vector<TypeDescription>& fields, std::string_view help = {});

  std::string text() const;
  const google::protobuf::FileDescriptorProto& descriptor() const { return file_; }

 private:
  // A message that is being written.
  struct Scope {
    google::protobuf::DescriptorProto* message;
    std::string full_name;
    std::vector<int> path;  // as SourceCodeInfo has it
  };

  void add_class(const ActorType& type, std::string_view help);
  Scope new_message(const std::string& name, std::string_view help);
  Scope new_part(Scope& scope, const std::string& name);
  void fill(Scope& scope, const std::vector<std::string>& field_names,
            const std::vector<TypeDescription>& fields, const std::vector<bool>& has_default);
  void add_field(Scope& scope, const std::string& name, const TypeDescription& type,
                 bool has_default);
  void add_map(Scope& scope, google::protobuf::FieldDescriptorProto& field,
               const TypeDescription& type);
  void set_type(Scope& scope, google::protobuf::FieldDescriptorProto& field,
                const TypeDescription& type);
  void set_message(google::protobuf::FieldDescriptorProto& field, const std::string& full_name);
  std::string message_of(const TypeDescription& type);
  std::string reference();
  void comment(const std::vector<int>& path, std::string_view text);
  std::string unused(const std::string& name) const;

  google::protobuf::FileDescriptorProto file_;
  std::set<std::string> names_;  // of what stands in the package
  std::multimap<std::string, std::pair<TypeDescription, std::string>> structs_;  // by C++ name
  bool has_reference_ = false;
};

}  // namespace troupe
