// Stream: one gRPC stream between two hosts, seen from either end. Bytes in, bytes out.
//
// One write and one read at a time; on_written() and on_frame() say when the next may follow. When
// all is over, on_closed() is called, once, and the stream destroys itself when nobody holds it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "remote/internal/grpc.h"

namespace troupe::internal {

class Stream;
using StreamPtr = std::shared_ptr<Stream>;

// Who uses a stream. Called on threads of gRPC, one call at a time of each kind for each stream.
class StreamUser {
 public:
  virtual ~StreamUser() = default;
  virtual void on_frame(const StreamPtr& stream, std::string_view bytes) = 0;
  virtual void on_written(const StreamPtr& stream) = 0;
  virtual void on_closed(const StreamPtr& stream, const absl::Status& why) = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // After the last write has been written.
  virtual void write(grpc::ByteBuffer bytes) = 0;
  // After the last frame has been handled.
  virtual void read_next() = 0;
  // No more is read or written; on_closed() follows.
  virtual void close(const absl::Status& why) = 0;

  // What the other end is, as the transport knows it: for logs.
  virtual std::string peer() const = 0;
  // Of a stream that has ended: whether it can be destroyed already.
  virtual bool may_be_destroyed() const { return true; }

  StreamUser* user() const { return user_.load(); }
  // From now on this one is told. False where all is over, and on_closed() may not come any more.
  bool use(StreamUser* user) {
    user_.store(user);
    return !over_.load();
  }

 protected:
  // All is over: gives who is to be told.
  StreamUser* end() {
    over_.store(true);
    return user();
  }

 private:
  std::atomic<StreamUser*> user_ = nullptr;
  std::atomic<bool> over_ = false;
};

// The streams that there are, for whoever wants to outlive them.
//
// A stream that has ended waits here until bury(). With it goes its channel, and with the last
// channel of a process gRPC joins the threads that run its callbacks: so none of these may do it.
class StreamCount {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  // By gRPC's thread, as the last that it does with the stream.
  void leave(StreamPtr ended) {
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(ended));
    if (--count_ == 0) none_.notify_all();
  }
  // By a thread of ours: destroys those that have ended and that nobody holds.
  void bury() {
    std::vector<StreamPtr> buried;
    const std::lock_guard lock(mutex_);
    std::erase_if(ended_, [&](StreamPtr& stream) {
      if (stream.use_count() > 1 || !stream->may_be_destroyed()) return false;
      buried.push_back(std::move(stream));
      return true;
    });
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [&] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
  std::vector<StreamPtr> ended_;
};

// Opens a stream to a host: it lives until on_closed(). `token` is sent along unless it is empty.
StreamPtr open_stream(const std::string& address,
                      const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                      const std::string& token, std::size_t largest_frame, StreamUser& user,
                      StreamCount& count);

// A stream that has come. `reactor` is what gRPC wants for it.
using ServerReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;
struct Accepted {
  StreamPtr stream;
  ServerReactor* reactor = nullptr;
};
Accepted accept_stream(grpc::CallbackServerContext& context, StreamUser& user, StreamCount& count);

// What a reactor is for a call that is refused at once.
ServerReactor* refuse_stream(const grpc::Status& why);

absl::Status to_absl(const grpc::Status& status);
grpc::Status to_grpc(const absl::Status& status);

}  // namespace troupe::internal
