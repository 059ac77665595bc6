// Sessions, streams, and what waits.
#include "remote/internal/peer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "actor/runtime.h"

namespace troupe::internal {

namespace {

constexpr Clock::duration kFirstBackoff = std::chrono::milliseconds(50);
constexpr Clock::duration kLongestBackoff = std::chrono::seconds(1);
// The other's attempt goes on in place of ours: how long it may take.
constexpr Clock::duration kCrossing = std::chrono::milliseconds(200);
// A mute ends by itself after a second.
constexpr Clock::duration kPace = std::chrono::milliseconds(900);
// So many messages wait for a connection before their senders are held back.
constexpr std::size_t kWaitUnpaced = 64;
constexpr std::size_t kAcknowledgeBytes = std::size_t{1} << 20;
constexpr std::uint64_t kAcknowledgeMessages = 4096;
constexpr std::uint32_t kLoneFrames = 8;  // in a row, before answers go first

grpc::Slice slice_of(std::string text) { return grpc::Slice(text); }

// Without a copy: the bytes live as long as gRPC needs them.
grpc::Slice slice_of(const std::shared_ptr<const std::string>& bytes) {
  using Shared = std::shared_ptr<const std::string>;
  return grpc::Slice(
      const_cast<char*>(bytes->data()), bytes->size(),
      [](void* shared) { delete static_cast<Shared*>(shared); }, new Shared(bytes));
}

}  // namespace

Peer::Peer(PeerOwner& owner, std::uint32_t place, std::string address, const PeerLimits& limits,
           std::uint64_t seed)
    : owner_(owner),
      place_(place),
      address_(std::move(address)),
      limits_(limits),
      any_number_(owner.hosts().number_of({address_, 0}).value_or(0)),
      jitter_(Random::stream(seed, "backoff", place)) {}

Peer::~Peer() {
  for (Message* message : waiting_) Message::destroy(message);
}

HostId Peer::number() const {
  const std::lock_guard lock(mutex_);
  return number_;
}

// --- Sending ------------------------------------------------------------------------------------

void Peer::send(Message* message) {
  std::unique_lock lock(mutex_);
  Outcome outcome;
  if (stopped_) {
    outcome.refused.push_back(
        {message, DropReason::kHostDown, absl::UnavailableError("this host has stopped")});
  } else if (state_ == State::kNew) {
    if (waiting_.size() >= limits_.waiting_messages) {
      outcome.refused.push_back({message, DropReason::kMailboxFull,
                                 absl::ResourceExhaustedError(absl::StrCat(
                                     "too many messages wait for a connection to ", address_))});
    } else {
      if (waiting_.empty()) trouble_since_ = Clock::now();
      waiting_.push_back(message);
      if (waiting_.size() > kWaitUnpaced) pace_locked(*message);
      if (stream_ == nullptr) dial_locked(Clock::now());
    }
  } else {
    add_locked(message, /*accepted=*/false, outcome);
    write_locked(outcome);
  }
  finish(lock, outcome);
}

// Its sender shall not send more for now.
void Peer::pace_locked(const Message& message) {
  if (message.of_system() || message.kind != MessageKind::kCall ||
      message.sender.host != owner_.self()) {
    return;
  }
  Clock::time_point& paced = paced_[message.sender];
  if (const auto now = Clock::now(); now - paced > kPace) {
    paced = now;
    owner_.pace(message.sender, any_number_);
  }
}

void Peer::add_locked(Message* message, bool accepted, Outcome& outcome) {
  const HostId to = message->target.host;
  if (to != number_ && to != any_number_) {
    outcome.refused.push_back(
        {message, DropReason::kHostDown,
         absl::UnavailableError(
             absl::StrCat("host ", address_,
                          " has been started anew: a reference is to what was there before"))});
    return;
  }
  if (!accepted && queued_locked() > limits_.queue_bytes && !message->of_system()) {
    outcome.refused.push_back(
        {message, DropReason::kMailboxFull,
         absl::ResourceExhaustedError(absl::StrCat("the way to host ", address_,
                                                   " is full: ", queued_locked(), " bytes wait"))});
    return;
  }
  const std::size_t before = pending_.size();
  {
    PairReferences references(owner_.hosts(), owner_.self(), number_, any_number_);
    const ReferenceScope scope(references);
    append_envelope(*message, owner_.now(), pending_);
  }
  if (pending_.size() - before > limits_.largest_message) {
    const std::size_t size = pending_.size() - before;
    pending_.resize(before);
    outcome.refused.push_back({message, DropReason::kMalformed,
                               absl::InvalidArgumentError(
                                   absl::StrCat("a message of ", size, " bytes is too large for ",
                                                address_, ": at most ", limits_.largest_message))});
    return;
  }
  const bool is_call = message->kind == MessageKind::kCall && message->wants_reply();
  // Of a call that is handed on, its first caller's host keeps track.
  const HostId from = message->sender.host;
  if (is_call && (from == owner_.self() || from == kOutsideHost)) {
    open_calls_.insert_or_assign(CallKey(message->sender, message->slot, message->generation),
                                 OpenCall{message->method, message->target, message->deadline});
    if (open_calls_.size() >= sweep_at_) sweep_locked();
  } else if (message->kind == MessageKind::kCancel) {
    open_calls_.erase(CallKey(message->sender, message->slot, message->generation));
  } else if (message->kind == MessageKind::kCall && !is_call) {
    ++pending_one_way_;
  }
  ++pending_count_;
  ++next_;
  ++statistics_.sent;
  if (queued_locked() > limits_.queue_bytes / 2) pace_locked(*message);
  owner_.sent(*message);
  Message::destroy(message);
}

void Peer::write_locked(Outcome& outcome) {
  if (state_ != State::kUp || writing_ || blocked_out_ || stream_ == nullptr) return;
  const std::uint64_t received = received_;
  grpc::ByteBuffer bytes;
  if (owes_hello_) {
    owes_hello_ = false;
    grpc::Slice slice = slice_of(hello_locked());
    bytes = grpc::ByteBuffer(&slice, 1);
  } else if (resend_ > 0) {
    const Batch& batch = unacknowledged_[unacknowledged_.size() - resend_];
    --resend_;
    std::array<grpc::Slice, 2> slices = {slice_of(frame_head(batch.first, received)),
                                         slice_of(batch.bytes)};
    bytes = grpc::ByteBuffer(slices.data(), slices.size());
  } else if (pending_count_ > 0 && unacknowledged_bytes_ < limits_.window_bytes) {
    Batch batch = {next_ - pending_count_, pending_count_, pending_one_way_,
                   std::make_shared<const std::string>(std::move(pending_))};
    pending_ = {};
    pending_count_ = pending_one_way_ = 0;
    std::array<grpc::Slice, 2> slices = {slice_of(frame_head(batch.first, received)),
                                         slice_of(batch.bytes)};
    bytes = grpc::ByteBuffer(slices.data(), slices.size());
    unacknowledged_bytes_ += batch.bytes->size();
    unacknowledged_.push_back(std::move(batch));
  } else if (received - reported_ >= kAcknowledgeMessages ||
             unreported_bytes_ >= kAcknowledgeBytes ||
             Clock::now() - last_written_ >= limits_.heartbeat) {
    grpc::Slice slice = slice_of(frame_head(0, received));
    bytes = grpc::ByteBuffer(&slice, 1);
  } else {
    return;
  }
  reported_ = received;
  unreported_bytes_ = 0;
  last_written_ = Clock::now();
  writing_ = true;
  ++statistics_.writes;
  outcome.writes.push_back({stream_, std::move(bytes)});
  read_on_locked(outcome);
}

void Peer::finish(std::unique_lock<std::mutex>& lock, Outcome& outcome) {
  lock.unlock();
  for (const Close& close : outcome.closed) close.stream->close(close.why);
  for (Write& write : outcome.writes) write.stream->write(std::move(write.bytes));
  if (outcome.reads != nullptr) outcome.reads->read_next();
  if (outcome.lost > 0) owner_.count_lost(outcome.lost);
  for (const auto& [key, call, why] : outcome.failed) {
    const auto& [caller, slot, generation] = key;
    owner_.fail(caller, call.callee, slot, generation, call.method, why);
  }
  for (Refused& refused : outcome.refused) {
    owner_.bounce(refused.message, refused.reason, std::move(refused.why));
  }
  for (const auto& [sender, number] : outcome.unpaced) owner_.unpace(sender, number);
}

void Peer::acknowledge_locked(std::uint64_t received, Outcome& outcome) {
  while (!unacknowledged_.empty()) {
    const Batch& batch = unacknowledged_.front();
    if (batch.first + batch.count - 1 > received) break;
    unacknowledged_bytes_ -= batch.bytes->size();
    unacknowledged_.pop_front();
  }
  resend_ = std::min(resend_, unacknowledged_.size());
  if (!paced_.empty() && queued_locked() < limits_.queue_bytes / 4) {
    unpace_locked(outcome);
  }
}

void Peer::unpace_locked(Outcome& outcome) {
  for (const auto& [sender, since] : std::exchange(paced_, {})) {
    outcome.unpaced.emplace_back(sender, any_number_);
  }
}

// Those whose callers have given up.
void Peer::sweep_locked() {
  const std::int64_t now = owner_.now();
  std::erase_if(open_calls_, [&](const auto& call) { return call.second.deadline < now; });
  sweep_at_ = std::max<std::size_t>(1024, 2 * open_calls_.size());
}

Peer::Answered Peer::close_call(ActorId caller, std::uint32_t slot, std::uint32_t generation) {
  const std::lock_guard lock(mutex_);
  const auto found = open_calls_.find(CallKey(caller, slot, generation));
  if (found == open_calls_.end()) return {};
  const Answered answered = {found->second.method, found->second.callee};
  open_calls_.erase(found);
  return answered;
}

// --- Connecting ---------------------------------------------------------------------------------

std::string Peer::hello_locked() {
  return frame_of({.host = owner_.identity(),
                   .name = owner_.name(),
                   .session = session_,
                   .received = received_,
                   .number = ++hellos_});
}

// Whether the other host has said something else since, on another stream.
bool Peer::is_outdated_locked(const Hello& hello) const {
  return hello.host == heard_from_ && hello.number < heard_;
}

void Peer::dial_locked(Clock::time_point now) {
  if (blocked_out_ || blocked_in_) {
    next_dial_ = now + kFirstBackoff;
    owner_.wake();
    return;
  }
  dialing_ = true;
  owes_hello_ = false;
  stream_ = owner_.dial(*this);
  grpc::Slice slice = slice_of(hello_locked());
  writing_ = true;
  stream_->write(grpc::ByteBuffer(&slice, 1));
  backoff_ = std::clamp(2 * backoff_, kFirstBackoff, kLongestBackoff);
  // Between half of it and all of it.
  next_dial_ = now + backoff_ / 2 +
               Clock::duration(static_cast<Clock::rep>(
                   jitter_.below(static_cast<std::uint64_t>(backoff_.count() / 2))));
  owner_.wake();
}

void Peer::break_locked(Clock::time_point now) {
  if (state_ == State::kUp) {
    state_ = State::kBroken;
    trouble_since_ = now;
    next_dial_ = now;
    backoff_ = {};
    ++statistics_.reconnects;
  }
  stream_.reset();
  dialing_ = false;
  writing_ = false;
  reading_paused_ = reads_later_ = false;
  owner_.wake();
}

// Both ends have said hello.
void Peer::come_up_locked(const Hello& hello, Outcome& outcome) {
  heard_from_ = hello.host;
  heard_ = hello.number;
  identity_ = hello.host;
  number_ = owner_.hosts().number_of(identity_).value_or(any_number_);
  if (!hello.name.empty()) owner_.hosts().set_name(hello.name, number_);
  state_ = State::kUp;
  dialing_ = false;
  backoff_ = {};
  trouble_ = absl::OkStatus();
  last_heard_ = Clock::now();
  // How large they are shows only now; no more than this have been taken.
  for (Message* message : std::exchange(waiting_, {})) {
    add_locked(message, /*accepted=*/true, outcome);
  }
  acknowledge_locked(hello.received, outcome);
  resend_ = unacknowledged_.size();
}

void Peer::accept(const StreamPtr& stream, const Hello& hello) {
  const std::lock_guard delivery(delivery_);
  std::unique_lock lock(mutex_);
  absl::Status refusal;
  if (stopped_) {
    refusal = absl::UnavailableError("this host has stopped");
  } else if (blocked_in_ || blocked_out_) {
    refusal = absl::UnavailableError("partitioned");
  } else if (dialing_ && owner_.identity().address < address_ &&
             Clock::now() < next_dial_ + kCrossing) {
    refusal = absl::AbortedError("crossed: the other host's attempt goes on");
  } else if (is_outdated_locked(hello)) {
    refusal = absl::AbortedError("crossed: another attempt has gone on");
  }
  if (!refusal.ok()) {
    lock.unlock();
    stream->close(refusal);
    return;
  }
  Outcome outcome;
  const bool goes_on = session_ != 0 && hello.session == session_ && hello.host == identity_;
  if (stream_ != nullptr) {
    outcome.closed.push_back(
        {stream_, absl::UnavailableError("another stream has taken its place")});
  }
  break_locked(Clock::now());
  if (!goes_on && session_ != 0) {
    end_locked(absl::UnavailableError(
                   hello.host == identity_
                       ? absl::StrCat("the connection to host ", address_, " was lost for too long")
                       : absl::StrCat("host ", address_, " has been started anew")),
               false, outcome);
  }
  if (session_ == 0) session_ = jitter_() | 1;
  stream_ = stream;
  Hello theirs = hello;
  if (!goes_on) theirs.received = 0;
  come_up_locked(theirs, outcome);
  owes_hello_ = true;
  write_locked(outcome);
  const bool lives = stream->use(this);
  finish(lock, outcome);
  if (lives) {
    stream->read_next();
  } else {
    on_closed(stream, absl::UnavailableError("the connection has broken"));
  }
}

void Peer::on_closed(const StreamPtr& stream, const absl::Status& why) {
  std::unique_lock lock(mutex_);
  if (stream != stream_) return;
  trouble_ = why;
  break_locked(Clock::now());
  const absl::StatusCode code = why.code();
  const bool hopeless = code == absl::StatusCode::kUnauthenticated ||
                        code == absl::StatusCode::kPermissionDenied ||
                        code == absl::StatusCode::kFailedPrecondition;
  if (!hopeless) return;
  Outcome outcome;
  end_locked(absl::Status(code, absl::StrCat("host ", address_, " has refused this host: ",
                                             std::string(why.message()))),
             false, outcome);
  finish(lock, outcome);
}

void Peer::on_written(const StreamPtr& stream) {
  std::unique_lock lock(mutex_);
  if (stream != stream_) {
    const bool parting = stream == parting_;
    if (parting && !goodbye_.empty()) {
      grpc::Slice slice = slice_of(std::exchange(goodbye_, {}));
      lock.unlock();
      stream->write(grpc::ByteBuffer(&slice, 1));
      return;
    }
    if (parting) parting_.reset();
    lock.unlock();
    if (parting) stream->close(absl::OkStatus());
    return;
  }
  writing_ = false;
  Outcome outcome;
  write_locked(outcome);
  finish(lock, outcome);
}

Clock::time_point Peer::tick(Clock::time_point now) {
  std::unique_lock lock(mutex_);
  Outcome outcome;
  switch (state_) {
    case State::kUp: {
      // Whoever is not listened to is not silent.
      if (!reading_paused_ && !reads_later_ && now - last_heard_ >= limits_.silence) {
        end_locked(
            absl::UnavailableError(absl::StrCat(
                "host ", address_, " has been silent for ",
                std::chrono::duration_cast<std::chrono::milliseconds>(limits_.silence).count(),
                "ms")),
            false, outcome);
        finish(lock, outcome);
        return now + limits_.heartbeat;
      }
      write_locked(outcome);
      finish(lock, outcome);
      return now + limits_.heartbeat / 2;
    }
    case State::kBroken:
    case State::kNew: {
      if (state_ == State::kNew && waiting_.empty()) return now + std::chrono::hours(1);
      const Clock::duration patience = state_ == State::kNew ? limits_.connect : limits_.reconnect;
      if (now >= trouble_since_ + patience) {
        const std::string reason = trouble_.ok() ? "no answer" : std::string(trouble_.message());
        end_locked(
            absl::UnavailableError(absl::StrCat("host ", address_, " cannot be reached: ", reason)),
            false, outcome);
        finish(lock, outcome);
        return now + limits_.heartbeat;
      }
      if (stream_ == nullptr && now >= next_dial_) dial_locked(now);
      return std::min(trouble_since_ + patience,
                      stream_ == nullptr ? std::max(next_dial_, now + std::chrono::milliseconds(1))
                                         : trouble_since_ + patience);
    }
  }
  return now + limits_.heartbeat;
}

void Peer::stop(const absl::Status& why) {
  std::unique_lock lock(mutex_);
  Outcome outcome;
  stopped_ = true;
  end_locked(why, true, outcome);
  finish(lock, outcome);
}

// The next message begins another session.
void Peer::end_locked(const absl::Status& why, bool say_goodbye, Outcome& outcome) {
  const StreamPtr stream = std::exchange(stream_, nullptr);
  if (stream != nullptr && say_goodbye && state_ == State::kUp && !blocked_out_) {
    parting_ = stream;
    // With what waits, unless something before it has to be sent again.
    const bool whole = resend_ == 0 && !owes_hello_ && pending_count_ > 0;
    std::string last = frame_head(whole ? next_ - pending_count_ : 0, received_, true);
    if (whole) {
      last += pending_;
      pending_one_way_ = 0;
    }
    if (writing_) {
      goodbye_ = std::move(last);  // After what is being written.
    } else {
      grpc::Slice slice = slice_of(last);
      outcome.writes.push_back({stream, grpc::ByteBuffer(&slice, 1)});
    }
  } else if (stream != nullptr) {
    outcome.closed.push_back({stream, why});
  }
  outcome.lost += pending_one_way_;
  for (const Batch& batch : unacknowledged_) outcome.lost += batch.one_way;
  for (auto& [key, call] : std::exchange(open_calls_, {})) {
    outcome.failed.push_back({key, call, why});
  }
  for (Message* message : std::exchange(waiting_, {})) {
    outcome.refused.push_back({message, DropReason::kHostDown, why});
  }
  unpace_locked(outcome);
  state_ = State::kNew;
  session_ = 0;
  identity_ = {};
  dialing_ = writing_ = owes_hello_ = reading_paused_ = reads_later_ = false;
  pending_.clear();
  pending_count_ = pending_one_way_ = 0;
  next_ = 1;
  unacknowledged_.clear();
  unacknowledged_bytes_ = resend_ = 0;
  received_ = reported_ = 0;
  unreported_bytes_ = 0;
  backoff_ = {};
  trouble_ = absl::OkStatus();
}

void Peer::close_streams() {
  std::unique_lock lock(mutex_);
  const StreamPtr stream = std::exchange(stream_, nullptr);
  const StreamPtr parting = std::exchange(parting_, nullptr);
  lock.unlock();
  const absl::Status why = absl::UnavailableError("this host has stopped");
  if (stream != nullptr) stream->close(why);
  if (parting != nullptr) parting->close(why);
}

void Peer::block(bool outgoing, bool incoming) {
  std::unique_lock lock(mutex_);
  blocked_out_ = outgoing;
  blocked_in_ = incoming;
  if (!outgoing && !incoming) {
    Outcome outcome;
    write_locked(outcome);
    finish(lock, outcome);
  }
}

// --- Receiving ----------------------------------------------------------------------------------

void Peer::on_frame(const StreamPtr& stream, std::string_view bytes) {
  owner_.bring(*this, [&](bool at_once) {
    const std::lock_guard delivery(delivery_);
    handle_frame(stream, bytes, at_once);
  });
  read_on();
}

void Peer::read_on() {
  std::unique_lock lock(mutex_);
  Outcome outcome;
  read_on_locked(outcome);
  finish(lock, outcome);
}

void Peer::read_on_locked(Outcome& outcome) {
  if (std::exchange(reads_later_, false)) outcome.reads = stream_;
}

// To read on, gRPC sends the other end a packet of its own; together with an answer, none. So where
// one message comes at a time and its actor runs at once, its answer goes first. Should that actor
// be long about it, the owner has this read on.
void Peer::handle_frame(const StreamPtr& stream, std::string_view bytes, bool at_once) {
  frame_ = {};
  if (!read_frame(bytes, frame_)) {
    owner_.log(absl::StrCat("host ", address_, " has sent what is no frame; the stream is closed"));
    stream->close(absl::InvalidArgumentError("this is no frame"));
    return;
  }
  std::unique_lock lock(mutex_);
  if (stream != stream_) return;
  if (blocked_in_) {  // Lost on its way, and with it the stream.
    break_locked(Clock::now());
    lock.unlock();
    stream->close(absl::UnavailableError("partitioned"));
    return;
  }
  last_heard_ = Clock::now();
  Outcome outcome;
  if (frame_.has_hello && dialing_) {
    const bool goes_on =
        session_ != 0 && frame_.hello.session == session_ && frame_.hello.host == identity_;
    if (!goes_on && session_ != 0) {
      // It ended there, or the host is another: all that was underway is lost. The stream stays,
      // and on it the write of our hello, of whose end we may not have heard yet.
      const bool writing = writing_;
      stream_.reset();
      end_locked(absl::UnavailableError(absl::StrCat("host ", address_,
                                                     frame_.hello.host == identity_
                                                         ? " was out of reach for too long"
                                                         : " has been started anew")),
                 false, outcome);
      stream_ = stream;
      writing_ = writing;
    }
    session_ = frame_.hello.session;
    Hello theirs = frame_.hello;
    if (!goes_on) theirs.received = 0;
    come_up_locked(theirs, outcome);
  } else if (state_ != State::kUp) {
    lock.unlock();
    stream->close(absl::InvalidArgumentError("the first frame must be a hello"));
    return;
  }
  if (frame_.received != 0) acknowledge_locked(frame_.received, outcome);
  const std::uint64_t before = received_;
  if (!frame_.messages.empty()) {
    if (frame_.first > received_ + 1) {
      outcome.closed.push_back({stream, absl::DataLossError("messages are missing")});
      finish(lock, outcome);
      return;
    }
    received_ = std::max(received_, frame_.first + frame_.messages.size() - 1);
    unreported_bytes_ += bytes.size();
    statistics_.received += frame_.messages.size();
  }
  const HostId number = number_;
  const HostId any_number = any_number_;
  if (!frame_.goodbye) write_locked(outcome);
  finish(lock, outcome);

  for (std::size_t i = 0; i < frame_.messages.size(); ++i) {
    if (frame_.first + i <= before) continue;  // It has come before.
    PairReferences references(owner_.hosts(), owner_.self(), number, any_number);
    const ReferenceScope scope(references);
    Envelope envelope;
    if (read_envelope(frame_.messages[i], envelope)) {
      owner_.receive(*this, envelope, frame_.messages[i].size());
    } else {
      owner_.log(absl::StrCat("host ", address_, " has sent a message that cannot be decoded"));
      owner_.count_lost(1);
    }
  }
  if (frame_.goodbye) {
    lock.lock();
    if (stream != stream_) return;
    stream_.reset();
    Outcome end;
    end.closed.push_back({stream, absl::OkStatus()});
    end_locked(absl::UnavailableError(absl::StrCat("host ", address_, " has ended")), false, end);
    finish(lock, end);
    return;
  }
  lone_frames_ = frame_.messages.size() == 1 ? lone_frames_ + 1 : 0;
  const bool has_room = owner_.has_room(*this);
  if (has_room && !(at_once && lone_frames_ > kLoneFrames)) {
    stream->read_next();
    return;
  }
  lock.lock();
  if (stream == stream_) (has_room ? reads_later_ : reading_paused_) = true;
  lock.unlock();
  if (!has_room) resume();  // Unless there is room by now.
}

void Peer::resume() {
  if (!owner_.has_room(*this)) return;
  std::unique_lock lock(mutex_);
  if (!std::exchange(reading_paused_, false) || stream_ == nullptr) return;
  last_heard_ = Clock::now();
  const StreamPtr stream = stream_;
  lock.unlock();
  stream->read_next();
}

Peer::Statistics Peer::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics now = statistics_;
  now.up = state_ == State::kUp;
  now.queued_bytes = queued_locked();
  return now;
}

}  // namespace troupe::internal
