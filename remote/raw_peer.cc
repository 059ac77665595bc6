// The stream of a peer that says anything.
#include "remote/raw_peer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actor/method.h"
#include "remote/internal/envelope.h"
#include "remote/internal/grpc.h"

namespace troupe::remote_test {

namespace {

constexpr std::size_t kLargestFrame = std::size_t{256} << 20;
constexpr std::chrono::seconds kPatience(30);

}  // namespace

RawPeer::RawPeer(const std::string& host, RawPeerOptions options) : options_(std::move(options)) {
  remote::Frame frame;
  remote::Hello& hello = *frame.mutable_hello();
  hello.set_version(internal::Hello::kVersion);
  hello.set_address(options_.address);
  hello.set_incarnation(options_.incarnation);
  hello.set_name(options_.name);
  hello.set_number(1);
  hello.set_dialled(options_.dialled);
  const auto credentials =
      options_.credentials ? options_.credentials : grpc::InsecureChannelCredentials();
  const std::lock_guard lock(mutex_);
  stream_ =
      internal::open_stream(host, credentials, options_.token, kLargestFrame, *this, streams_);
  write(frame.SerializeAsString());
}

RawPeer::~RawPeer() {
  stream_->close(absl::OkStatus());
  streams_.wait_for_none();
  stream_.reset();
  streams_.bury();
}

bool RawPeer::wait_until_up() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return hello_ || closed_; }) && hello_;
}

remote::Hello RawPeer::hello() const {
  const std::lock_guard lock(mutex_);
  return hello_.value_or(remote::Hello());
}

void RawPeer::send(const std::vector<remote::Envelope>& messages) {
  remote::Frame frame;
  for (const remote::Envelope& message : messages) *frame.add_messages() = message;
  const std::lock_guard lock(mutex_);
  frame.set_first(next_);
  next_ += messages.size();
  write(frame.SerializeAsString());
}

void RawPeer::send_bytes(std::string frame) {
  const std::lock_guard lock(mutex_);
  write(std::move(frame));
}

remote::Envelope RawPeer::call(std::string_view method, ActorId target, std::uint32_t slot,
                               std::uint32_t generation) {
  const std::size_t dot = method.find('.');
  remote::Envelope message;
  *message.mutable_target() = actor_of_the_host(target);
  *message.mutable_sender() = own_actor(5);
  message.set_slot(slot);
  message.set_generation(generation);
  message.set_method(internal::method_id(method.substr(0, dot), method.substr(dot + 1)));
  return message;
}

remote::Reference RawPeer::own_actor(std::uint32_t index) {
  remote::Reference reference;
  reference.set_host(1);
  reference.set_index(index);
  reference.set_incarnation(1);
  return reference;
}

remote::Reference RawPeer::actor_of_the_host(ActorId actor) {
  remote::Reference reference;
  reference.set_host(2);
  reference.set_index(actor.index);
  reference.set_incarnation(actor.incarnation);
  return reference;
}

std::optional<remote::Envelope> RawPeer::wait_for_message(
    const std::function<bool(const remote::Envelope&)>& fits) {
  std::unique_lock lock(mutex_);
  auto found = messages_.end();
  const auto look = [&] {
    found = std::find_if(messages_.begin(), messages_.end(), fits);
    return found != messages_.end() || closed_;
  };
  if (!changed_.wait_for(lock, kPatience, look) || found == messages_.end()) return std::nullopt;
  remote::Envelope message = std::move(*found);
  messages_.erase(found);
  return message;
}

std::optional<absl::Status> RawPeer::wait_until_closed() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return closed_.has_value(); });
  return closed_;
}

bool RawPeer::is_open() const {
  const std::lock_guard lock(mutex_);
  return !closed_.has_value();
}

void RawPeer::forget_messages() {
  const std::lock_guard lock(mutex_);
  messages_.clear();
}

std::size_t RawPeer::frames_received() const {
  const std::lock_guard lock(mutex_);
  return frames_;
}

std::size_t RawPeer::largest_frame_received() const {
  const std::lock_guard lock(mutex_);
  return largest_frame_;
}

void RawPeer::acknowledge(bool yes) {
  const std::lock_guard lock(mutex_);
  acknowledges_ = yes;
}

// With the lock held.
void RawPeer::write(std::string frame) {
  if (std::exchange(writing_, true)) {
    to_write_.push_back(std::move(frame));
    return;
  }
  grpc::Slice slice(frame);
  stream_->write(grpc::ByteBuffer(&slice, 1));
}

void RawPeer::on_frame(const internal::StreamPtr& stream, std::string_view bytes) {
  remote::Frame frame;
  const bool is_read = frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  {
    const std::lock_guard lock(mutex_);
    ++frames_;
    largest_frame_ = std::max(largest_frame_, bytes.size());
    if (is_read && frame.has_hello()) hello_ = frame.hello();
    for (remote::Envelope& message : *frame.mutable_messages()) {
      messages_.push_back(std::move(message));
    }
    if (frame.first() != 0) {
      received_ = frame.first() + static_cast<std::uint64_t>(frame.messages_size()) - 1;
    }
    if (acknowledges_ && frame.first() != 0 && stream_ != nullptr) {
      remote::Frame acknowledgement;
      acknowledgement.set_received(received_);
      write(acknowledgement.SerializeAsString());
    }
    changed_.notify_all();
  }
  stream->read_next();
}

void RawPeer::on_written(const internal::StreamPtr& stream) {
  const std::lock_guard lock(mutex_);
  if (to_write_.empty()) {
    writing_ = false;
    return;
  }
  grpc::Slice slice(to_write_.front());
  to_write_.pop_front();
  stream->write(grpc::ByteBuffer(&slice, 1));
}

void RawPeer::on_closed(const internal::StreamPtr&, const absl::Status& why) {
  const std::lock_guard lock(mutex_);
  closed_ = why;
  changed_.notify_all();
}

}  // namespace troupe::remote_test
