// The remote benchmarks of remote_definition.h in gRPC alone, without actors: what its users would
// write. Each --way is an own peer:
//
//   unary     one call for each request (callback API)
//   stream    one bidirectional stream, one packet a write
//   batches   one bidirectional stream; whatever waits goes into the next write
//
//   bazel run --config=opt //bench:remote_grpc -- ask --messages=20000 --outstanding=256
//   --way=batches
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "bench/remote.grpc.pb.h"
#include "bench/remote_definition.h"

namespace troupe::bench {
namespace {

const std::string& payload() {
  static const std::string* const kBytes = new std::string(kPayload, 'x');
  return *kBytes;
}

// Packets that wait to be written, one to a message.
struct OneByOne {
  using Message = Packet;

  Packet* add() { return &waiting.emplace_back(); }
  bool empty() const { return waiting.empty(); }
  void take(Packet& next) {
    next.Swap(&waiting.front());
    waiting.pop_front();
  }
  template <class Visit>
  static void for_each(Packet& message, Visit visit) {
    visit(message);
  }

  std::deque<Packet> waiting;
};

// All that wait in one message.
struct Together {
  using Message = Packets;

  Packet* add() { return waiting.add_packets(); }
  bool empty() const { return waiting.packets().empty(); }
  void take(Packets& next) {
    next.Clear();
    next.Swap(&waiting);
  }
  template <class Visit>
  static void for_each(Packets& message, Visit visit) {
    for (Packet& packet : *message.mutable_packets()) visit(packet);
  }

  Packets waiting;
};

// One side of a bidirectional stream: reads all the time, and writes what waits, one write at a
// time. `Reactor` is gRPC's own class for this side.
template <class Reactor, class Queue>
class Side : public Reactor {
 protected:
  using Message = typename Queue::Message;

  // Adds packets, and sees to it that they are written.
  template <class Fill>
  void write(Fill fill) {
    {
      const std::lock_guard lock(mutex_);
      fill(queue_);
      if (writing_ || queue_.empty()) return;
      writing_ = true;
      queue_.take(written_);
    }
    this->StartWrite(&written_);
  }

  void OnWriteDone(bool ok) final {
    {
      const std::lock_guard lock(mutex_);
      if (!ok || queue_.empty()) {
        writing_ = false;
        return;
      }
      queue_.take(written_);
    }
    this->StartWrite(&written_);
  }

  Message read_;

 private:
  std::mutex mutex_;  // guards queue_ and writing_
  Queue queue_;
  bool writing_ = false;
  Message written_;
};

// --- The server ---

template <class Queue>
class Answering final
    : public Side<grpc::ServerBidiReactor<typename Queue::Message, typename Queue::Message>,
                  Queue> {
 public:
  Answering() { this->StartRead(&this->read_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status::OK);
      return;
    }
    this->write([this](Queue& queue) {
      Queue::for_each(this->read_, [&queue](Packet& packet) {
        Packet* answer = queue.add();
        answer->set_number(packet.number() + 1);
        answer->set_allocated_payload(packet.release_payload());
      });
    });
    this->StartRead(&this->read_);
  }
  void OnDone() override { delete this; }
};

class Adding final : public grpc::ServerReadReactor<Packets> {
 public:
  explicit Adding(Sum* sum) : sum_(sum) { StartRead(&read_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    for (const Packet& packet : read_.packets()) sum_->set_sum(sum_->sum() + packet.number());
    StartRead(&read_);
  }
  void OnDone() override { delete this; }

  Sum* sum_;
  Packets read_;
};

class Service final : public Peer::CallbackService {
  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, const Packet* request,
                                Packet* answer) override {
    answer->set_number(request->number() + 1);
    answer->set_payload(request->payload());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<Packet, Packet>* AskStream(grpc::CallbackServerContext*) override {
    return new Answering<OneByOne>;
  }
  grpc::ServerBidiReactor<Packets, Packets>* AskBatches(grpc::CallbackServerContext*) override {
    return new Answering<Together>;
  }
  grpc::ServerReadReactor<Packets>* Tell(grpc::CallbackServerContext*, Sum* sum) override {
    return new Adding(sum);
  }
};

template <class TellPort>
void serve(TellPort tell_port) {
  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  tell_port(port);
  server->Shutdown(std::chrono::system_clock::now());
}

// --- The client ---

// The requests of one run: which is next, when each was made, what came back. Not locked.
class Requests {
 public:
  explicit Requests(const RemoteOptions& options)
      : messages_(options.messages), asked_(options.messages), measurement_(options) {}

  // The next one; false when there is none.
  bool make(Packet& packet) {
    if (made_ == messages_) return false;
    packet.set_number(made_);
    packet.set_payload(payload());
    asked_[made_++] = RemoteMeasurement::Clock::now();
    return true;
  }
  bool more() const { return made_ < messages_; }
  void answered(const Packet& answer) {
    measurement_.answered(asked_.at(answer.number() - 1));
    if (answer.payload() != payload()) std::abort();
    sum_ += answer.number();
  }
  bool done() const { return measurement_.answers() == messages_; }
  void print() { measurement_.print(sum_); }

 private:
  std::uint64_t messages_;
  std::uint64_t made_ = 0;
  std::uint64_t sum_ = 0;
  std::vector<RemoteMeasurement::Clock::time_point> asked_;
  RemoteMeasurement measurement_;
};

class Event {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

void must_be_ok(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "gRPC: %s\n", status.error_message().c_str());
  std::_Exit(1);
}

class Unary {
 public:
  Unary(Peer::Stub& stub, const RemoteOptions& options)
      : stub_(stub), requests_(options), open_(options.outstanding) {
    for (std::uint64_t i = 0; i < options.outstanding; ++i) ask();
    done_.wait();
    requests_.print();
  }

 private:
  struct Call {
    grpc::ClientContext context;
    Packet request;
    Packet answer;
  };

  void ask() {
    auto call = std::make_shared<Call>();
    {
      const std::lock_guard lock(mutex_);
      if (!requests_.make(call->request)) {
        if (--open_ == 0) done_.set();
        return;
      }
    }
    stub_.async()->Ask(&call->context, &call->request, &call->answer,
                       [this, call](const grpc::Status& status) {
                         must_be_ok(status);
                         {
                           const std::lock_guard lock(mutex_);
                           requests_.answered(call->answer);
                         }
                         ask();
                       });
  }

  Peer::Stub& stub_;
  std::mutex mutex_;  // guards requests_ and open_
  Requests requests_;
  std::uint64_t open_;
  Event done_;
};

template <class Queue>
class Asking final
    : public Side<grpc::ClientBidiReactor<typename Queue::Message, typename Queue::Message>,
                  Queue> {
 public:
  Asking(Peer::Stub& stub, const RemoteOptions& options) : requests_(options) {
    if constexpr (std::is_same_v<Queue, Together>) {
      stub.async()->AskBatches(&context_, this);
    } else {
      stub.async()->AskStream(&context_, this);
    }
    this->AddHold();
    this->write([&](Queue& queue) {
      for (std::uint64_t i = 0; i < options.outstanding && requests_.more(); ++i) {
        requests_.make(*queue.add());
      }
    });
    this->StartRead(&this->read_);
    this->StartCall();
    done_.wait();
    requests_.print();
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    this->write([this](Queue& queue) {
      Queue::for_each(this->read_, [&](Packet& packet) {
        requests_.answered(packet);
        if (requests_.more()) requests_.make(*queue.add());
      });
    });
    if (requests_.done()) {
      this->StartWritesDone();
      this->RemoveHold();
    }
    this->StartRead(&this->read_);
  }
  void OnDone(const grpc::Status& status) override {
    must_be_ok(status);
    done_.set();
  }

  grpc::ClientContext context_;
  Requests requests_;  // touched by the reader alone, after the beginning
  Event done_;
};

class Telling final : public grpc::ClientWriteReactor<Packets> {
 public:
  Telling(Peer::Stub& stub, const RemoteOptions& options)
      : options_(options), measurement_(options) {
    stub.async()->Tell(&context_, &sum_, this);
    write();
    StartCall();
    done_.wait();
    measurement_.print(sum_.sum());
  }

 private:
  void write() {
    packets_.Clear();
    for (std::uint64_t i = 0; i < options_.batch && next_ < options_.messages; ++i) {
      Packet* packet = packets_.add_packets();
      packet->set_number(next_++);
      packet->set_payload(payload());
    }
    if (packets_.packets().empty()) {
      StartWritesDone();
    } else {
      StartWrite(&packets_);
    }
  }
  void OnWriteDone(bool ok) override {
    if (ok) write();
  }
  void OnDone(const grpc::Status& status) override {
    must_be_ok(status);
    done_.set();
  }

  RemoteOptions options_;
  grpc::ClientContext context_;
  std::uint64_t next_ = 0;
  Packets packets_;
  Sum sum_;
  Event done_;
  RemoteMeasurement measurement_;
};

// Whatever it makes is left as it is: when the last answer is there, gRPC's threads may still be on
// their way out of a callback.
int run(const RemoteOptions& options, const std::string& address) {
  auto& channel = *new std::shared_ptr<grpc::Channel>(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  Peer::Stub& stub = *Peer::NewStub(channel).release();
  // The connection is there before the clock starts.
  grpc::ClientContext context;
  Packet first;
  Packet answer;
  must_be_ok(stub.Ask(&context, first, &answer));

  if (options.benchmark == "tell") {
    new Telling(stub, options);
  } else if (options.way == "unary") {
    new Unary(stub, options);
  } else if (options.way == "stream") {
    new Asking<OneByOne>(stub, options);
  } else if (options.way == "batches") {
    new Asking<Together>(stub, options);
  } else {
    std::fprintf(stderr, "--way is one of unary, stream, batches\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  const RemoteOptions options = parse_remote_options(argc, argv);
  ServerProcess server([](auto tell_port) { serve(tell_port); });
  const int code = run(options, server.address());
  server.end();
  std::_Exit(code);
}
