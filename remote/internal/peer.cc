// Sessions, streams, and what waits.
#include "remote/internal/peer.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "actor/runtime.h"
#include "remote/internal/methods.h"

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

// Another one each time, and on every host.
std::uint64_t new_session() {
  std::uint64_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number));
  return number | 1;
}

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
      may_dial_(owner.may_dial(address_)),
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

bool Peer::try_to_become(const std::string& address) {
  const std::unique_lock delivery(delivery_, std::try_to_lock);
  if (!delivery.owns_lock()) return false;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || stopped_ || state_ != State::kNew || stream_ != nullptr ||
      parting_ != nullptr || !waiting_.empty() || blocked_out_ || blocked_in_) {
    return false;
  }
  address_ = address;
  may_dial_ = owner_.may_dial(address_);
  any_number_ = owner_.hosts().number_of({address_, 0}).value_or(0);
  number_ = 0;
  heard_from_ = {};
  heard_ = 0;
  name_.clear();
  said_.clear();
  last_heard_ = {};
  return true;
}

bool Peer::is_up() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kUp;
}

// --- Sending ------------------------------------------------------------------------------------

void Peer::send(Message* message) {
  std::unique_lock lock(mutex_);
  Outcome outcome;
  if (stopped_) {
    outcome.refused.push_back(
        {message, DropReason::kHostDown, absl::UnavailableError("this host has stopped")});
  } else if (state_ == State::kNew && !may_dial_.ok()) {
    outcome.refused.push_back({message, DropReason::kHostDown, may_dial_});
  } else if (state_ == State::kNew) {
    wait_locked(message, outcome);
  } else {
    add_locked(message, /*accepted=*/false, outcome);
    write_locked(outcome);
  }
  finish(lock, outcome);
}

// Who the other host is, and so how references to it look, shows only with its hello: the messages
// wait as they are, and are encoded here to learn how large they are.
void Peer::wait_locked(Message* message, Outcome& outcome) {
  std::string encoded;
  {
    PairReferences references(owner_.hosts(), owner_.self(), any_number_, any_number_);
    const ReferenceScope scope(references);
    append_envelope(*message, owner_.now(), encoded);
  }
  const bool is_full = waiting_.size() >= limits_.waiting_messages ||
                       (!waiting_.empty() && !message->of_system() &&
                        waiting_bytes_ + encoded.size() > limits_.queue_bytes);
  if (is_full) {
    outcome.refused.push_back({message, DropReason::kMailboxFull,
                               absl::ResourceExhaustedError(absl::StrCat(
                                   "too many messages wait for a connection to ", address_, ": ",
                                   waiting_.size(), " of ", waiting_bytes_, " bytes"))});
    return;
  }
  if (waiting_.empty()) trouble_since_ = Clock::now();
  waiting_.push_back(message);
  waiting_bytes_ += encoded.size();
  if (waiting_.size() > kWaitUnpaced || waiting_bytes_ > limits_.queue_bytes / 2) {
    pace_locked(*message);
  }
  if (stream_ == nullptr) dial_locked(Clock::now());
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

// Whether the queue has room for the message. Answers are what callers wait for: where there is no
// room for a result, a failure takes its place, and failures have as much room again.
bool Peer::has_room_locked(Message& message) const {
  const std::size_t queued = queued_locked();
  if (queued <= limits_.queue_bytes || message.of_system()) return true;
  if (message.kind == MessageKind::kReply) {
    message.destroy_payload();
    message.kind = MessageKind::kFailure;
    new (message.payload()) absl::Status(absl::ResourceExhaustedError(absl::StrCat(
        "the result of ", message.method->full_name(), " could not be sent: the way to host ",
        address_, " is full: ", queued, " bytes wait, at most ", limits_.queue_bytes)));
  }
  return message.kind == MessageKind::kFailure && queued <= 2 * limits_.queue_bytes;
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
  if (!accepted && !has_room_locked(*message)) {
    outcome.refused.push_back({message, DropReason::kMailboxFull,
                               absl::ResourceExhaustedError(absl::StrCat(
                                   "the way to host ", address_, " is full: ", queued_locked(),
                                   " bytes wait, at most ", limits_.queue_bytes))});
    return;
  }
  const std::size_t before = pending_.size();
  const std::uint64_t description = description_locked(*message);
  {
    PairReferences references(owner_.hosts(), owner_.self(), number_, any_number_);
    const ReferenceScope scope(references);
    append_envelope(*message, owner_.now(), pending_, description);
  }
  if (const std::size_t size = pending_.size() - before; size > limits_.largest_message) {
    pending_.resize(before);
    const bool is_result = message->kind == MessageKind::kReply;
    absl::Status why = absl::ResourceExhaustedError(
        absl::StrCat(is_result                                ? "a result"
                     : message->kind == MessageKind::kFailure ? "the text of a failure"
                                                              : "a message",
                     " of ", size, " bytes is too large for host ", address_, ": at most ",
                     limits_.largest_message, " bytes"));
    if (!is_result && message->kind != MessageKind::kFailure) {
      outcome.refused.push_back({message, DropReason::kMalformed, std::move(why)});
      return;
    }
    // Whoever waits for the answer is told at once.
    message->destroy_payload();
    message->kind = MessageKind::kFailure;
    new (message->payload()) absl::Status(std::move(why));
    add_locked(message, accepted, outcome);
    return;
  }
  if (before > 0 && pending_.size() > limits_.frame_bytes) {
    std::string last = pending_.substr(before);
    pending_.resize(before);
    full_bytes_ += before;
    full_.push_back(take_pending_locked());
    pending_ = std::move(last);
  }
  note_locked(*message);
  if (description != 0) described_.insert(last_described_ = message->method->id);
  ++pending_count_;
  ++next_;
  ++statistics_.sent;
  if (queued_locked() > limits_.queue_bytes / 2) pace_locked(*message);
  owner_.sent(*message);
  Message::destroy(message);
}

std::uint64_t Peer::description_locked(const Message& message) const {
  if (message.kind != MessageKind::kCall || message.method->id == last_described_ ||
      described_.contains(message.method->id)) {
    return 0;
  }
  return digest_of(*message.method);
}

// Keeps track of the calls that are open.
void Peer::note_locked(const Message& message) {
  const bool is_call = message.kind == MessageKind::kCall && message.wants_reply();
  // Of a call that is handed on, its first caller's host keeps track.
  const HostId from = message.sender.host;
  if (is_call && (from == owner_.self() || from == kOutsideHost)) {
    open_calls_.insert_or_assign(CallKey(message.sender, message.slot, message.generation),
                                 OpenCall{message.method, message.target, message.deadline});
    if (open_calls_.size() >= sweep_at_) sweep_locked();
  } else if (message.kind == MessageKind::kCancel) {
    open_calls_.erase(CallKey(message.sender, message.slot, message.generation));
  } else if (message.kind == MessageKind::kCall && !is_call) {
    ++pending_one_way_;
  }
}

Peer::Batch Peer::take_pending_locked() {
  Batch batch = {next_ - pending_count_, pending_count_, pending_one_way_,
                 std::make_shared<const std::string>(std::move(pending_))};
  pending_ = {};
  pending_count_ = pending_one_way_ = 0;
  return batch;
}

void Peer::write_locked(Outcome& outcome) {
  if (state_ != State::kUp || writing_ || blocked_out_ || stream_ == nullptr) return;
  const std::uint64_t received = received_;
  grpc::ByteBuffer bytes;
  const auto frame_of_batch = [&](const Batch& batch) {
    std::array<grpc::Slice, 2> slices = {slice_of(frame_head(batch.first, received)),
                                         slice_of(batch.bytes)};
    return grpc::ByteBuffer(slices.data(), slices.size());
  };
  if (owes_hello_) {
    owes_hello_ = false;
    grpc::Slice slice = slice_of(hello_locked(/*dials=*/false));
    bytes = grpc::ByteBuffer(&slice, 1);
  } else if (resend_ > 0) {
    bytes = frame_of_batch(unacknowledged_[unacknowledged_.size() - resend_]);
    --resend_;
  } else if ((pending_count_ > 0 || !full_.empty()) &&
             unacknowledged_bytes_ < limits_.window_bytes) {
    Batch batch;
    if (full_.empty()) {
      batch = take_pending_locked();
    } else {
      batch = std::move(full_.front());
      full_.pop_front();
      full_bytes_ -= batch.bytes->size();
    }
    bytes = frame_of_batch(batch);
    last_message_ = Clock::now();
    if (std::exchange(said_idle_, false)) owner_.wake();
    unacknowledged_bytes_ += batch.bytes->size();
    unacknowledged_.push_back(std::move(batch));
  } else if (received - reported_ >= kAcknowledgeMessages ||
             unreported_bytes_ >= kAcknowledgeBytes ||
             Clock::now() - last_written_ >= heartbeat_locked()) {
    said_idle_ = is_idle_locked(Clock::now());
    grpc::Slice slice = slice_of(frame_head(0, received, /*goodbye=*/false, said_idle_));
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
  for (const LogLine& line : outcome.lines) owner_.report(line);
  if (!outcome.name.empty()) owner_.learn_name(outcome.name, outcome.named);
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
    has_progress_ = true;
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

// The same thing is said once, until the host is up again.
void Peer::report_locked(LogLevel level, const char* event, std::string text, Outcome& outcome) {
  if (text == said_) return;
  said_ = text;
  LogLine line = {.level = level, .event = event, .text = std::move(text)};
  line.fields = {{"peer", address_}};
  if (!name_.empty() && name_ != address_) line.fields.emplace_back("name", name_);
  outcome.lines.push_back(std::move(line));
}

// Those whose callers have given up.
void Peer::sweep_locked() {
  const std::int64_t now = owner_.now();
  std::erase_if(open_calls_, [&](const auto& call) { return call.second.deadline < now; });
  sweep_at_ = std::max<std::size_t>(1024, 2 * open_calls_.size());
}

// Whether nothing has been said for a while, and nothing is waited for: no call is open, and no
// actor watches one there.
bool Peer::is_idle_locked(Clock::time_point now) {
  if (now - last_message_ < limits_.idle_after || queued_locked() > 0) return false;
  if (!open_calls_.empty()) sweep_locked();
  return open_calls_.empty();
}

Clock::duration Peer::heartbeat_locked() const {
  return said_idle_ && heard_idle_ ? limits_.idle_beats * limits_.heartbeat : limits_.heartbeat;
}

Peer::Answered Peer::close_call(ActorId caller, std::uint32_t slot, std::uint32_t generation) {
  const std::lock_guard lock(mutex_);
  const auto found = open_calls_.find(CallKey(caller, slot, generation));
  if (found == open_calls_.end()) return {};
  const Answered answered = {found->second.method, found->second.callee};
  open_calls_.erase(found);
  return answered;
}

const MethodInfo* Peer::open_call(ActorId caller, std::uint32_t slot,
                                  std::uint32_t generation) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_calls_.find(CallKey(caller, slot, generation));
  return found == open_calls_.end() ? nullptr : found->second.method;
}

// --- Connecting ---------------------------------------------------------------------------------

std::string Peer::hello_locked(bool dials) {
  return frame_of({.host = owner_.identity(),
                   .name = owner_.name(),
                   .session = session_,
                   .received = received_,
                   .number = owner_.next_hello(),
                   .dialled = dials ? address_ : std::string()});
}

// Whether the host that has answered is the one that was dialled, and can be talked to.
absl::Status Peer::verify_answer_locked(const Hello& hello) const {
  if (hello.version != Hello::kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("host ", address_, " speaks version ", hello.version, ", and this host ",
                     Hello::kVersion, ": run the same Troupe on all hosts"));
  }
  if (hello.host.address != address_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the host that was called ", address_, " says that it is ", hello.host.address,
                     ": call it that, or let it advertise ", address_));
  }
  if (hello.host.incarnation == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("host ", address_, " does not say which incarnation it is"));
  }
  return absl::OkStatus();
}

// Whether the other host has said something else since, on another stream.
bool Peer::is_outdated_locked(const Hello& hello) const {
  return hello.host == heard_from_ && hello.number < heard_;
}

void Peer::dial_locked(Clock::time_point now) {
  if (!may_dial_.ok()) {  // It may come back by itself.
    next_dial_ = now + kLongestBackoff;
    owner_.wake();
    return;
  }
  if (blocked_out_ || blocked_in_) {
    next_dial_ = now + kFirstBackoff;
    owner_.wake();
    return;
  }
  dialing_ = true;
  owes_hello_ = false;
  stream_ = owner_.dial(*this);
  grpc::Slice slice = slice_of(hello_locked(/*dials=*/true));
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
    // A session whose streams break again and again before anything has come through ends as one
    // that has no stream.
    if (has_progress_ || now - up_since_ >= limits_.reconnect) {
      trouble_since_ = now;
      backoff_ = {};
    }
    next_dial_ = now + backoff_;
    ++statistics_.reconnects;
  }
  stream_.reset();
  dialing_ = false;
  writing_ = false;
  reading_paused_ = reads_later_ = false;
  owner_.wake();
}

// Both ends have said hello.
void Peer::come_up_locked(const Hello& hello, bool goes_on, Outcome& outcome) {
  const bool is_anew = heard_from_.incarnation != 0 && heard_from_ != hello.host;
  heard_from_ = hello.host;
  heard_ = hello.number;
  name_ = hello.name;
  said_.clear();
  const char* const event = goes_on ? "peer_reconnected" : is_anew ? "peer_restarted" : "peer_up";
  const char* const what = goes_on   ? " is connected again, and nothing is lost"
                           : is_anew ? " has been started anew, and is connected"
                                     : " is connected";
  report_locked(LogLevel::kInfo, event, absl::StrCat("host ", address_, what), outcome);
  identity_ = hello.host;
  number_ = owner_.hosts().number_of(identity_).value_or(any_number_);
  outcome.name = hello.name;
  outcome.named = number_;
  state_ = State::kUp;
  dialing_ = false;
  up_since_ = Clock::now();
  has_progress_ = !goes_on;
  if (has_progress_) backoff_ = {};
  trouble_ = absl::OkStatus();
  last_heard_ = last_message_ = Clock::now();
  said_idle_ = heard_idle_ = false;
  // They have been accepted already, and are not refused for want of room.
  waiting_bytes_ = 0;
  for (Message* message : std::exchange(waiting_, {})) {
    add_locked(message, /*accepted=*/true, outcome);
  }
  acknowledge_locked(goes_on ? hello.received : 0, outcome);
  resend_ = unacknowledged_.size();
}

void Peer::accept(const StreamPtr& stream, const Hello& hello) {
  const std::lock_guard delivery(delivery_);
  std::unique_lock lock(mutex_);
  absl::Status refusal;
  if (stopped_) {
    refusal = absl::UnavailableError("this host has stopped");
  } else if (hello.host.address != address_) {
    refusal = absl::AbortedError("this host has been forgotten just now: try again");
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
  if (session_ == 0) session_ = new_session();
  stream_ = stream;
  come_up_locked(hello, goes_on, outcome);
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
  const std::string text =
      absl::StrCat("host ", address_, " has refused this host: ", std::string(why.message()));
  report_locked(LogLevel::kWarning, "peer_refuses", text, outcome);
  end_locked(absl::Status(code, text), false, outcome);
  finish(lock, outcome);
}

void Peer::on_written(const StreamPtr& stream) {
  std::unique_lock lock(mutex_);
  if (stream != stream_) {
    const bool parting = stream == parting_;
    if (parting && !goodbye_.empty()) {
      grpc::ByteBuffer next = std::move(goodbye_.front());
      goodbye_.pop_front();
      lock.unlock();
      stream->write(std::move(next));
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
      const Clock::duration rarer =
          heard_idle_ ? limits_.idle_beats * limits_.heartbeat : Clock::duration::zero();
      if (!reading_paused_ && !reads_later_ && now - last_heard_ >= limits_.silence + rarer) {
        const std::string text = absl::StrCat(
            "host ", address_, " has been silent for ",
            std::chrono::duration_cast<std::chrono::milliseconds>(limits_.silence).count(), "ms");
        report_locked(LogLevel::kWarning, "peer_silent", text, outcome);
        end_locked(absl::UnavailableError(text), false, outcome);
        finish(lock, outcome);
        return now + limits_.heartbeat;
      }
      write_locked(outcome);
      const Clock::duration beat = heartbeat_locked();
      finish(lock, outcome);
      return now + beat / 2;
    }
    case State::kBroken:
    case State::kNew: {
      if (state_ == State::kNew && waiting_.empty()) return now + std::chrono::hours(1);
      const Clock::duration patience = state_ == State::kNew ? limits_.connect : limits_.reconnect;
      if (now >= trouble_since_ + patience) {
        const std::string reason = trouble_.ok() ? "no answer" : std::string(trouble_.message());
        const std::string text = absl::StrCat("host ", address_, " cannot be reached: ", reason);
        report_locked(LogLevel::kWarning, state_ == State::kNew ? "peer_unreachable" : "peer_lost",
                      text, outcome);
        end_locked(absl::UnavailableError(text), false, outcome);
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
    const bool whole = resend_ == 0 && !owes_hello_;
    goodbye_.clear();
    if (whole && pending_count_ > 0) full_.push_back(take_pending_locked());
    if (!whole || full_.empty()) {
      grpc::Slice last = slice_of(frame_head(0, received_, true));
      goodbye_.emplace_back(&last, 1);
    } else {
      std::size_t left = full_.size();
      for (const Batch& batch : std::exchange(full_, {})) {
        std::array<grpc::Slice, 2> slices = {
            slice_of(frame_head(batch.first, received_, /*goodbye=*/--left == 0)),
            slice_of(batch.bytes)};
        goodbye_.emplace_back(slices.data(), slices.size());
      }
    }
    if (!writing_) {  // Else it follows what is being written.
      outcome.writes.push_back({stream, std::move(goodbye_.front())});
      goodbye_.pop_front();
    }
  } else if (stream != nullptr) {
    outcome.closed.push_back({stream, why});
  }
  outcome.lost += pending_one_way_;
  for (const Batch& batch : full_) outcome.lost += batch.one_way;
  for (const Batch& batch : unacknowledged_) outcome.lost += batch.one_way;
  for (auto& [key, call] : std::exchange(open_calls_, {})) {
    outcome.failed.push_back({key, call, why});
  }
  waiting_bytes_ = 0;
  for (Message* message : std::exchange(waiting_, {})) {
    outcome.refused.push_back({message, DropReason::kHostDown, why});
  }
  unpace_locked(outcome);
  state_ = State::kNew;
  session_ = 0;
  identity_ = {};
  dialing_ = writing_ = owes_hello_ = reading_paused_ = reads_later_ = false;
  full_.clear();
  full_bytes_ = 0;
  pending_.clear();
  pending_count_ = pending_one_way_ = 0;
  next_ = 1;
  unacknowledged_.clear();
  unacknowledged_bytes_ = resend_ = 0;
  described_.clear();
  last_described_ = 0;
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
    if (const absl::Status wrong = verify_answer_locked(frame_.hello); !wrong.ok()) {
      stream_.reset();
      outcome.closed.push_back({stream, wrong});
      report_locked(LogLevel::kWarning, "peer_wrong", std::string(wrong.message()), outcome);
      end_locked(wrong, false, outcome);
      finish(lock, outcome);
      return;
    }
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
    come_up_locked(frame_.hello, goes_on, outcome);
  } else if (state_ != State::kUp) {
    lock.unlock();
    stream->close(absl::InvalidArgumentError("the first frame must be a hello"));
    return;
  }
  if (std::exchange(heard_idle_, frame_.idle) && !frame_.idle) owner_.wake();
  if (!frame_.messages.empty()) last_message_ = last_heard_;
  if (frame_.received != 0) acknowledge_locked(frame_.received, outcome);
  const std::uint64_t before = received_;
  if (!frame_.messages.empty()) {
    if (frame_.first > received_ + 1) {
      outcome.closed.push_back({stream, absl::DataLossError("messages are missing")});
      finish(lock, outcome);
      return;
    }
    const std::uint64_t last = frame_.first + frame_.messages.size() - 1;
    if (last > received_) has_progress_ = true;
    received_ = std::max(received_, last);
    unreported_bytes_ += bytes.size();
    statistics_.received += frame_.messages.size();
  }
  const HostId number = number_;
  const HostId any_number = any_number_;
  if (!frame_.goodbye) write_locked(outcome);
  finish(lock, outcome);

  std::uint64_t undecoded = 0;
  for (std::size_t i = 0; i < frame_.messages.size(); ++i) {
    if (frame_.first + i <= before) continue;  // It has come before.
    PairReferences references(owner_.hosts(), owner_.self(), number, any_number);
    const ReferenceScope scope(references);
    Envelope envelope;
    if (read_envelope(frame_.messages[i], envelope)) {
      owner_.receive(*this, number, envelope, frame_.messages[i].size());
    } else {
      ++undecoded;
    }
  }
  if (undecoded > 0) {
    owner_.log(absl::StrCat("host ", address_, " has sent ", undecoded,
                            " messages that cannot be decoded"));
    owner_.count_lost(undecoded);
  }
  if (frame_.goodbye) {
    lock.lock();
    if (stream != stream_) return;
    stream_.reset();
    Outcome end;
    end.closed.push_back({stream, absl::OkStatus()});
    report_locked(LogLevel::kInfo, "peer_left", absl::StrCat("host ", address_, " has ended"), end);
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
  now.broken = state_ == State::kBroken;
  now.last_heard = heard_from_;
  now.name = name_;
  if (last_heard_ != Clock::time_point()) now.silent = Clock::now() - last_heard_;
  now.open_calls = open_calls_.size();
  now.queued_bytes = queued_locked();
  return now;
}

}  // namespace troupe::internal
