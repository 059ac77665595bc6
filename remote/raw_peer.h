// RawPeer: the other end of a host's stream, which says what a test or a fuzzer wants it to say.
//
//   RawPeer peer(host->address(), {.address = "127.0.0.1:1", .incarnation = 7});
//   ASSERT_TRUE(peer.wait_until_up());
//   peer.send({peer.call("Counter.total", target)});
//   const auto answer = peer.wait_for_message([](const auto& m) { return m.kind() == 1; });
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/time.h"
#include "remote/internal/stream.h"
#include "remote/wire.pb.h"

namespace troupe::remote_test {

struct RawPeerOptions {
  std::string address = "127.0.0.1:1";  // what it says that it is
  std::uint64_t incarnation = 7;
  std::string name = {};
  std::string dialled = {};  // what it says that it has dialled
  std::string token = {};
  std::shared_ptr<grpc::ChannelCredentials> credentials = {};  // none: plain text
};

class RawPeer final : private internal::StreamUser {
 public:
  // Connects and says hello.
  RawPeer(const std::string& host, RawPeerOptions options);
  ~RawPeer() override;

  // Whether the host has answered the hello, within half a minute.
  bool wait_until_up();
  // The host's own hello, after wait_until_up().
  remote::Hello hello() const;

  // Writes the messages in one frame, with their numbers.
  void send(const std::vector<remote::Envelope>& messages);
  // Writes the bytes as one frame, whatever they are.
  void send_bytes(std::string frame);

  // A call from an actor of this peer to an actor of the host. Its caller waits for the answer.
  static remote::Envelope call(std::string_view method, ActorId target, std::uint32_t slot = 1,
                               std::uint32_t generation = 1);
  static remote::Reference own_actor(std::uint32_t index);    // of this peer
  static remote::Reference actor_of_the_host(ActorId actor);  // of the host

  // The first message that fits, of those that have come or come within half a minute. It is
  // removed from those that have come.
  std::optional<remote::Envelope> wait_for_message(
      const std::function<bool(const remote::Envelope&)>& fits);
  // How the stream has ended, within half a minute; none: it has not.
  std::optional<absl::Status> wait_until_closed();
  bool is_open() const;
  // Those that have come and have not been waited for.
  void forget_messages();
  std::size_t frames_received() const;
  std::size_t largest_frame_received() const;
  // Acknowledges all that has come with every frame that comes, unless told not to.
  void acknowledge(bool yes);

 private:
  void on_frame(const internal::StreamPtr& stream, std::string_view bytes) override;
  void on_written(const internal::StreamPtr& stream) override;
  void on_closed(const internal::StreamPtr& stream, const absl::Status& why) override;
  void write(std::string frame);

  const RawPeerOptions options_;
  internal::StreamCount streams_;
  internal::StreamPtr stream_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool writing_ = false;
  std::deque<std::string> to_write_;
  std::uint64_t next_ = 1;
  std::uint64_t received_ = 0;
  bool acknowledges_ = true;
  std::optional<remote::Hello> hello_;
  std::deque<remote::Envelope> messages_;
  std::size_t frames_ = 0;
  std::size_t largest_frame_ = 0;
  std::optional<absl::Status> closed_;
};

}  // namespace troupe::remote_test
