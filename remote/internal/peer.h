// Peer: one other host, as a dispatcher sees it: the session with it, what waits to be sent there,
// and which calls it has not answered.
//
//   kNew    nothing has been said yet; messages wait as they are
//   kUp     a stream is there; messages are written as fast as it takes them, all that wait at once
//   kBroken the stream is gone, the session is not: what was not acknowledged is sent once more
//
// A session that ends takes with it every call that has not been answered: their callers get
// UNAVAILABLE. The next message begins a new one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "actor/internal/message.h"
#include "actor/random.h"
#include "actor/runtime.h"
#include "remote/internal/envelope.h"
#include "remote/internal/stream.h"
#include "remote/log.h"

namespace troupe::internal {

using Clock = std::chrono::steady_clock;

class Peer;

// What a peer needs of its dispatcher.
class PeerOwner {
 public:
  virtual ~PeerOwner() = default;
  virtual const HostIdentity& identity() const = 0;
  virtual HostId self() const = 0;
  virtual const std::string& name() const = 0;
  virtual Hosts& hosts() = 0;
  virtual std::int64_t now() const = 0;  // the runtime's
  // Whether a host of this address may be dialled; else why not.
  virtual absl::Status may_dial(const std::string& address) const = 0;
  virtual StreamPtr dial(Peer& peer) = 0;
  // The number of a hello: greater than of all before.
  virtual std::uint64_t next_hello() = 0;
  // A host says that this is its name.
  virtual void learn_name(const std::string& name, HostId host) = 0;
  // Calls `deliver`, by which messages come; and tells it whether their actors run when it is over,
  // before this returns.
  // While they run, it sees to it that read_on() is called before long.
  virtual void bring(Peer& peer, absl::FunctionRef<void(bool at_once)> deliver) = 0;
  // A message has come from the peer, whose number in this session is `from`; `bytes` is its size.
  virtual void receive(Peer& peer, HostId from, const Envelope& envelope, std::size_t bytes) = 0;
  // Where there is none, nothing is read until resume().
  virtual bool has_room(const Peer& peer) = 0;
  // The call is answered by a failure.
  virtual void fail(ActorId caller, ActorId callee, std::uint32_t slot, std::uint32_t generation,
                    const MethodInfo* method, absl::Status why) = 0;
  virtual void bounce(Message* message, DropReason reason, absl::Status why) = 0;
  virtual void count_lost(std::uint64_t messages) = 0;
  // Too much waits for the host `peer`: the sender shall not send more for now, or may again.
  virtual void pace(ActorId sender, HostId peer) = 0;
  virtual void unpace(ActorId sender, HostId peer) = 0;
  virtual void sent(const Message& message) = 0;
  // Something is to be done at a date of its own.
  virtual void wake() = 0;
  // What goes wrong with what another host has sent.
  virtual void log(const std::string& text) = 0;
  // What has become of another host.
  virtual void report(const LogLine& line) = 0;
};

struct PeerLimits {
  std::size_t queue_bytes = std::size_t{64} << 20;  // not acknowledged; then messages are refused
  std::size_t window_bytes = std::size_t{8} << 20;  // of these, written and not acknowledged
  std::size_t largest_message = std::size_t{16} << 20;
  // Messages are written together up to this size; one that is larger has a frame of its own.
  std::size_t frame_bytes = std::size_t{1} << 20;
  // Before there is a connection, when their bytes are bounded by queue_bytes, too.
  std::size_t waiting_messages = 100'000;
  Clock::duration heartbeat = std::chrono::milliseconds(500);
  Clock::duration silence = std::chrono::seconds(3);
  Clock::duration connect = std::chrono::seconds(1);
  Clock::duration reconnect = std::chrono::seconds(2);

  // Between two hosts that have had nothing to say for so long, heartbeats are so many times rarer.
  Clock::duration idle_after = std::chrono::seconds(5);
  int idle_beats = 40;

  // No frame is larger, with what stands before its messages.
  std::size_t largest_frame() const { return frame_bytes + largest_message + (64 << 10); }
};

class Peer final : public StreamUser {
 public:
  Peer(PeerOwner& owner, std::uint32_t place, std::string address, const PeerLimits& limits,
       std::uint64_t seed);
  ~Peer() override;

  // Does not change while one of its messages is delivered.
  const std::string& address() const { return address_; }
  // Takes another address, where nothing is left of what was with the one before. False: something
  // is, or somebody is busy with it.
  bool try_to_become(const std::string& address);
  std::uint32_t place() const { return place_; }
  HostId number() const;

  // Takes the message.
  void send(Message* message);

  bool is_up() const;

  // A stream has come from there, and this is its first frame.
  void accept(const StreamPtr& stream, const Hello& hello);

  // Reads on, where reading was put off for want of room.
  void resume();
  // Reads on, where an answer was to go first.
  void read_on();

  // What is due; gives when it wants to be called next.
  Clock::time_point tick(Clock::time_point now);

  // For the end of the dispatcher. Says goodbye; nothing is taken or sent any more.
  void stop(const absl::Status& why);
  // After stop(), when goodbye has had its time.
  void close_streams();

  // Faults. While an outgoing direction is blocked nothing is written, while an incoming one is,
  // nothing is read.
  void block(bool outgoing, bool incoming);

  // The method of an open call, which is open no more.
  struct Answered {
    const MethodInfo* method = nullptr;
    ActorId callee;
  };
  Answered close_call(ActorId caller, std::uint32_t slot, std::uint32_t generation);
  // The method of an open call, which stays open; null: there is none.
  const MethodInfo* open_call(ActorId caller, std::uint32_t slot, std::uint32_t generation) const;

  struct Statistics {
    bool up = false;
    bool broken = false;       // and dialled again
    HostIdentity last_heard;   // who was there last
    std::string name;          // that it has given itself
    Clock::duration silent{};  // since it was heard; zero where it never was
    std::size_t open_calls = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t writes = 0;
    std::uint64_t reconnects = 0;
    std::size_t queued_bytes = 0;
  };
  Statistics statistics() const;

  // --- StreamUser ---
  void on_frame(const StreamPtr& stream, std::string_view bytes) override;
  void on_written(const StreamPtr& stream) override;
  void on_closed(const StreamPtr& stream, const absl::Status& why) override;

 private:
  enum class State : std::uint8_t { kNew, kUp, kBroken };

  // What one write has taken.
  struct Batch {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t one_way = 0;
    std::shared_ptr<const std::string> bytes;
  };
  struct OpenCall {
    const MethodInfo* method;
    ActorId callee;
    std::int64_t deadline;
  };
  using CallKey = std::tuple<ActorId, std::uint32_t, std::uint32_t>;
  struct Refused {
    Message* message;
    DropReason reason;
    absl::Status why;
  };
  struct FailedCall {
    CallKey key;
    OpenCall call;
    absl::Status why;
  };
  struct Write {
    StreamPtr stream;
    grpc::ByteBuffer bytes;
  };
  struct Close {
    StreamPtr stream;
    absl::Status why;
  };
  // What follows from a change of the state, and is done when the lock is free. So no change is
  // seen half done: whoever hears of a failure and sends at once finds the state that came after.
  struct Outcome {
    std::vector<Close> closed;
    std::vector<Write> writes;
    StreamPtr reads;
    std::uint64_t lost = 0;
    std::vector<FailedCall> failed;
    std::vector<Refused> refused;
    std::vector<std::pair<ActorId, HostId>> unpaced;
    std::string name;  // that the other host has given itself
    HostId named = 0;
    std::vector<LogLine> lines;
  };

  // Where it has been accepted before, it is not refused for want of room.
  void add_locked(Message* message, bool accepted, Outcome& outcome);
  void note_locked(const Message& message);
  // What the message has to say of its method; 0: the other host knows.
  std::uint64_t description_locked(const Message& message) const;
  bool has_room_locked(Message& message) const;
  // The messages that wait, as one batch.
  Batch take_pending_locked();
  void pace_locked(const Message& message);
  // Takes the message before there is a connection, or refuses it.
  void wait_locked(Message* message, Outcome& outcome);
  void write_locked(Outcome& outcome);
  void finish(std::unique_lock<std::mutex>& lock, Outcome& outcome);
  std::string hello_locked(bool dials);
  absl::Status verify_answer_locked(const Hello& hello) const;
  bool is_outdated_locked(const Hello& hello) const;
  void dial_locked(Clock::time_point now);
  void break_locked(Clock::time_point now);
  void acknowledge_locked(std::uint64_t received, Outcome& outcome);
  void come_up_locked(const Hello& hello, bool goes_on, Outcome& outcome);
  void end_locked(const absl::Status& why, bool say_goodbye, Outcome& outcome);
  void unpace_locked(Outcome& outcome);
  void report_locked(LogLevel level, const char* event, std::string text, Outcome& outcome);
  void handle_frame(const StreamPtr& stream, std::string_view bytes, bool at_once);
  void read_on_locked(Outcome& outcome);
  void sweep_locked();
  bool is_idle_locked(Clock::time_point now);
  Clock::duration heartbeat_locked() const;
  std::size_t queued_locked() const {
    return pending_.size() + full_bytes_ + unacknowledged_bytes_;
  }

  PeerOwner& owner_;
  const std::uint32_t place_;
  std::string address_;
  absl::Status may_dial_;
  const PeerLimits& limits_;

  std::mutex delivery_;  // taken before mutex_, held while messages are handed on
  mutable std::mutex mutex_;
  State state_ = State::kNew;
  bool stopped_ = false;
  StreamPtr stream_;
  StreamPtr parting_;  // of the session that has ended, until its goodbye is written
  std::deque<grpc::ByteBuffer> goodbye_;  // to be written there
  bool dialing_ = false;                  // stream_ is ours and not answered yet
  bool writing_ = false;
  bool owes_hello_ = false;
  bool reading_paused_ = false;  // for want of room
  bool reads_later_ = false;     // with the next write, or when the actors have run
  bool blocked_out_ = false;
  bool blocked_in_ = false;
  std::uint64_t session_ = 0;
  HostIdentity identity_;    // of the session
  HostId number_ = 0;        // of that
  HostId any_number_ = 0;    // of the address
  HostIdentity heard_from_;  // the last hello there was
  std::uint64_t heard_ = 0;  // its number
  Clock::time_point trouble_since_{};
  Clock::time_point up_since_{};
  bool has_progress_ = false;  // since the session's last stream began
  Clock::time_point next_dial_{};
  Clock::time_point last_heard_{};
  Clock::time_point last_written_{};
  Clock::time_point last_message_{};  // in either direction
  bool said_idle_ = false;            // in the last frame of this end
  bool heard_idle_ = false;           // in that of the other one
  Clock::duration backoff_{};
  absl::Status trouble_;
  std::string name_;  // that it has given itself
  std::string said_;  // in the log, since it was up
  Random jitter_;

  std::vector<Message*> waiting_;  // kNew only
  std::size_t waiting_bytes_ = 0;  // as they would be encoded
  std::deque<Batch> full_;         // to be written, each as one frame
  std::size_t full_bytes_ = 0;
  std::string pending_;     // messages behind these, as they stand in a frame
  std::uint64_t next_ = 1;  // the number of the next message
  std::uint32_t pending_count_ = 0;
  std::uint32_t pending_one_way_ = 0;
  std::deque<Batch> unacknowledged_;
  std::size_t unacknowledged_bytes_ = 0;
  std::size_t resend_ = 0;  // so many of the last of these are to be written again
  std::map<ActorId, Clock::time_point> paced_;  // who was told to wait, and when

  std::uint64_t received_ = 0;
  std::uint64_t reported_ = 0;  // of these, acknowledged
  std::size_t unreported_bytes_ = 0;
  Frame frame_;                    // guarded by delivery_
  std::uint32_t lone_frames_ = 0;  // guarded by delivery_: in a row, of one message each

  std::unordered_set<std::uint32_t> described_;  // methods, to the other host, in this session
  std::uint32_t last_described_ = 0;             // of these, 0: none
  std::map<CallKey, OpenCall> open_calls_;
  std::size_t sweep_at_ = 1024;
  Statistics statistics_;
};

}  // namespace troupe::internal
