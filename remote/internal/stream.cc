// Streams over gRPC's callback interface.
#include "remote/internal/stream.h"

#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "remote/internal/grpc.h"
#include "remote/internal/handover.h"

namespace troupe::internal {

namespace {

constexpr char kMethod[] = "/troupe.remote.Dispatcher/Connect";

// Hands the bytes on, in one piece.
void hand_on(StreamUser* user, const StreamPtr& stream, const grpc::ByteBuffer& buffer) {
  if (user == nullptr) return;
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok()) {
    user->on_frame(stream, {reinterpret_cast<const char*>(slice.begin()), slice.size()});
  } else {
    stream->close(absl::DataLossError("a frame could not be read"));
  }
}

class ClientStream final : public Stream,
                           public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  ClientStream(const std::string& address, std::shared_ptr<grpc::ChannelCredentials> credentials,
               std::size_t largest_frame, StreamCount& count)
      : count_(count) {
    count_.enter();
    grpc::ChannelArguments arguments;
    // Each attempt is made now, and not when an earlier one's delay is over: the delays are ours.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetInt("grpc.enable_http_proxy", 0);
    arguments.SetMaxReceiveMessageSize(static_cast<int>(largest_frame));
    arguments.SetMaxSendMessageSize(static_cast<int>(largest_frame));
    channel_ = grpc::CreateCustomChannel(address, credentials, arguments);
    stub_ = std::make_unique<grpc::GenericStub>(channel_);
  }

  void start(StreamPtr self, const std::string& token, StreamUser& user) {
    use(&user);
    {
      const std::lock_guard lock(mutex_);
      self_ = std::move(self);
    }
    if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
    stub_->PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
    AddHold();
    hand_over(this);
    StartRead(&in_);
    StartCall();
  }

  void write(grpc::ByteBuffer bytes) override {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    out_ = std::move(bytes);
    StartWrite(&out_);
  }

  void read_next() override {
    const std::lock_guard lock(mutex_);
    if (!closed_) StartRead(&in_);
  }

  void close(const absl::Status& why) override {
    {
      const std::lock_guard lock(mutex_);
      if (why_.ok()) why_ = why;
    }
    context_.TryCancel();
    release();
  }

  std::string peer() const override { return context_.peer(); }

  // A channel that goes while its connection is being made leaves that one, and its descriptor,
  // behind for ever: the packaged gRPC forgets it. An attempt takes 20 s at most.
  bool may_be_destroyed() const override {
    return channel_->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_CONNECTING;
  }

 private:
  StreamPtr hold() {
    const std::lock_guard lock(mutex_);
    return self_;
  }
  void OnReadDone(bool ok) override {
    const Handover handover(this);
    const StreamPtr self = hold();
    if (!ok) {
      // The other end has ended it, and its status is on its way: cancelling now might hide it.
      release();
    } else {
      hand_on(user(), self, std::exchange(in_, {}));
    }
  }
  void OnWriteDone(bool ok) override {
    const Handover handover(this);
    const StreamPtr self = hold();
    // Where it is over, reading tells: there may be something left to read, and the status comes
    // behind it.
    if (!ok) return;
    if (StreamUser* const who = user(); who != nullptr) who->on_written(self);
  }
  absl::Status closed_for() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  // No more is read or written.
  void release() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(closed_, true)) return;
    }
    RemoveHold();
  }
  void OnDone(const grpc::Status& status) override {
    take_over(this);
    StreamPtr self = hold();
    absl::Status why = closed_for();
    if (why.ok()) why = to_absl(status);
    if (why.ok()) why = absl::UnavailableError("the stream has ended");
    if (StreamUser* const who = end(); who != nullptr) who->on_closed(self, why);
    self_.reset();
    count_.leave(std::move(self));
  }

  StreamCount& count_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
  std::mutex mutex_;
  bool closed_ = false;
  absl::Status why_;
  StreamPtr self_;  // until it is done
};

class ServerStream final : public Stream, public ServerReactor {
 public:
  ServerStream(grpc::CallbackServerContext& context, StreamCount& count)
      : count_(count), context_(context) {
    count_.enter();
  }

  void start(StreamPtr self, StreamUser& user) {
    use(&user);
    const std::lock_guard lock(mutex_);
    self_ = std::move(self);
    reading_ = true;
    hand_over(this);
    StartRead(&in_);
  }

  void write(grpc::ByteBuffer bytes) override {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    out_ = std::move(bytes);
    writing_ = true;
    StartWrite(&out_);
  }

  void read_next() override {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    reading_ = true;
    StartRead(&in_);
  }

  void close(const absl::Status& why) override {
    bool cancel = false;
    {
      const std::lock_guard lock(mutex_);
      if (why_.ok()) why_ = why;
      cancel = !std::exchange(closed_, true) && (reading_ || writing_);
    }
    if (cancel) {
      // A refusal has a text, which only arrives where nothing is cancelled; whoever is refused
      // has sent one frame, and that has been read.
      context_.TryCancel();
    }
    finish_if_still();
  }

  std::string peer() const override { return context_.peer(); }

 private:
  StreamPtr hold() {
    const std::lock_guard lock(mutex_);
    return self_;
  }
  void OnReadDone(bool ok) override {
    const Handover handover(this);
    const StreamPtr self = hold();
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      if (!ok) closed_ = true;
      if (closed_) ok = false;
    }
    if (!ok) {
      finish_if_still();
    } else {
      hand_on(user(), self, std::exchange(in_, {}));
    }
  }
  void OnWriteDone(bool ok) override {
    const Handover handover(this);
    const StreamPtr self = hold();
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      if (!ok) closed_ = true;
      if (closed_) ok = false;
    }
    if (!ok) {
      finish_if_still();
    } else if (StreamUser* const who = user(); who != nullptr) {
      who->on_written(self);
    }
  }
  void OnCancel() override {
    const Handover handover(this);
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    finish_if_still();
  }
  void OnDone() override {
    take_over(this);
    StreamPtr self = hold();
    absl::Status why = closed_for();
    if (why.ok()) why = absl::UnavailableError("the connection has broken");
    if (StreamUser* const who = end(); who != nullptr) who->on_closed(self, why);
    self_.reset();
    count_.leave(std::move(self));
  }

  absl::Status closed_for() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  void finish_if_still() {
    absl::Status why;
    {
      const std::lock_guard lock(mutex_);
      if (!closed_ || reading_ || writing_ || std::exchange(finished_, true)) return;
      why = why_;
    }
    Finish(why.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream has ended")
                    : to_grpc(why));
  }

  StreamCount& count_;
  grpc::CallbackServerContext& context_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
  std::mutex mutex_;
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;
  bool finished_ = false;
  absl::Status why_;
  StreamPtr self_;  // until it is done
};

class Refusal final : public ServerReactor {
 public:
  explicit Refusal(const grpc::Status& why) {
    hand_over(this);
    Finish(why);
  }
  void OnDone() override {
    take_over(this);
    delete this;
  }
};

}  // namespace

StreamPtr open_stream(const std::string& address,
                      const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                      const std::string& token, std::size_t largest_frame, StreamUser& user,
                      StreamCount& count) {
  auto stream = std::make_shared<ClientStream>(address, credentials, largest_frame, count);
  stream->start(stream, token, user);
  return stream;
}

Accepted accept_stream(grpc::CallbackServerContext& context, StreamUser& user, StreamCount& count) {
  auto stream = std::make_shared<ServerStream>(context, count);
  stream->start(stream, user);
  return {stream, stream.get()};
}

ServerReactor* refuse_stream(const grpc::Status& why) { return new Refusal(why); }

absl::Status to_absl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

grpc::Status to_grpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace troupe::internal
