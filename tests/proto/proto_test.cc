// proto_cc_library gives messages, imports of other .proto files, and gRPC services.

#include <grpcpp/grpcpp.h>

#include "gtest/gtest.h"
#include "tests/proto/greeter.grpc.pb.h"
#include "tests/proto/greeting.pb.h"

namespace troupe::tests {
namespace {

TEST(ProtoCcLibrary, GivesMessages) {
  Greeting greeting;
  greeting.set_text("good morning");
  Greeting copy;
  ASSERT_TRUE(copy.ParseFromString(greeting.SerializeAsString()));
  EXPECT_EQ(copy.text(), "good morning");
}

class PoliteGreeter : public Greeter::Service {
 public:
  grpc::Status Greet(grpc::ServerContext*, const Greeting* greeting,
                     google::protobuf::Empty*) override {
    heard_ = greeting->text();
    return grpc::Status::OK;
  }
  std::string heard_;
};

TEST(ProtoCcLibrary, GivesServices) {
  PoliteGreeter service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);

  std::unique_ptr<Greeter::Stub> stub = Greeter::NewStub(server->InProcessChannel({}));
  grpc::ClientContext context;
  Greeting greeting;
  greeting.set_text("hello");
  google::protobuf::Empty nothing;
  const grpc::Status status = stub->Greet(&context, greeting, &nothing);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(service.heard_, "hello");
}

}  // namespace
}  // namespace troupe::tests
