// Questions of reflection, each answered from the descriptors of that moment.
#include "remote/internal/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "remote/describe.h"
#include "remote/operations.pb.h"
#include "remote/reflection.pb.h"
#include "remote/wire.pb.h"

namespace troupe::internal {

namespace {

namespace pb = google::protobuf;
namespace wire = remote::reflection;

std::vector<DescribedClass> classes_of(ThreadRuntime& runtime, HostId host) {
  // By name: the same order each time.
  std::map<std::string, const ActorType*> types;
  const auto add = [&](const ActorType* type) { types.emplace(type->name, type); };
  add(&actor_type<Host>());
  for (const ActorType* type : runtime.directory().spawnable_types()) add(type);
  runtime.visit_actors(host, [&](const ActorBase& actor) { add(&actor.type()); });
  std::vector<DescribedClass> classes;
  for (const auto& [name, type] : types) classes.push_back({.type = type});
  return classes;
}

// The file, and before it what it imports.
void add_file(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& seen,
              wire::Files& files) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), seen, files);
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  files.add_file_descriptor_proto(proto.SerializeAsString());
}

class Reflection final : public grpc::ServerGenericBidiReactor {
 public:
  Reflection(ThreadRuntime& runtime, HostId host, std::function<void()> done)
      : done_(std::move(done)),
        actors_(ProtoFile(classes_of(runtime, host)).descriptor()),
        pool_(pb::DescriptorPool::generated_pool()) {
    pool_.BuildFile(actors_);
    StartRead(&in_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    wire::Request request;
    grpc::Slice slice;
    const bool read = (in_.TrySingleSlice(&slice).ok() || in_.DumpToSingleSlice(&slice).ok()) &&
                      request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
    if (!read) {
      return Finish({grpc::StatusCode::INVALID_ARGUMENT, "this is no question of reflection"});
    }
    const grpc::Slice answer(answer_to(request).SerializeAsString());
    out_ = grpc::ByteBuffer(&answer, 1);
    StartWrite(&out_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&in_);
  }
  void OnDone() override {
    const std::function<void()> done = std::move(done_);
    delete this;
    done();
  }

  wire::Response answer_to(const wire::Request& request) {
    wire::Response response;
    response.set_valid_host(request.host());
    *response.mutable_original_request() = request;
    switch (request.question_case()) {
      case wire::Request::kListServices:
        for (const auto& service : actors_.service()) {
          response.mutable_list_services_response()->add_service()->set_name(
              absl::StrCat(actors_.package(), ".", service.name()));
        }
        for (const auto* file :
             {remote::Frame::descriptor()->file(), remote::HostStatus::descriptor()->file()}) {
          response.mutable_list_services_response()->add_service()->set_name(
              file->service(0)->full_name());
        }
        break;
      case wire::Request::kFileByFilename:
        give_file(pool_.FindFileByName(request.file_by_filename()), request.file_by_filename(),
                  response);
        break;
      case wire::Request::kFileContainingSymbol:
        give_file(pool_.FindFileContainingSymbol(request.file_containing_symbol()),
                  request.file_containing_symbol(), response);
        break;
      default:
        fail(grpc::StatusCode::NOT_FOUND, "there are no extensions", response);
    }
    return response;
  }

  void give_file(const pb::FileDescriptor* file, const std::string& name,
                 wire::Response& response) {
    if (file == nullptr) {
      return fail(grpc::StatusCode::NOT_FOUND, absl::StrCat("there is no ", name), response);
    }
    std::set<const pb::FileDescriptor*> seen;
    add_file(*file, seen, *response.mutable_file_descriptor_response());
  }

  static void fail(grpc::StatusCode code, const std::string& why, wire::Response& response) {
    response.mutable_error_response()->set_error_code(code);
    response.mutable_error_response()->set_error_message(why);
  }

  std::function<void()> done_;
  const pb::FileDescriptorProto actors_;
  pb::DescriptorPool pool_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
};

}  // namespace

bool is_reflection(const std::string& path) {
  return path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo" ||
         path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
}

grpc::ServerGenericBidiReactor* new_reflection(ThreadRuntime& runtime, HostId host,
                                               std::function<void()> done) {
  return new Reflection(runtime, host, std::move(done));
}

}  // namespace troupe::internal
