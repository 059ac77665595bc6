// Chat room: the room monitors its guests, and a guest is linked to its window. When a window
// crashes its guest goes with it, and the room tells the others.
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Room, join_in, say, history, wait_for_lines)
ACTOR_METHODS(Guest, open, break_window)
ACTOR_METHODS(Window, shatter)

class Room : public Actor<Room> {
 public:
  Sync<> join_in(Ref<Guest> guest, std::string name) {
    guests_[id_of(guest)] = name;
    monitor(guest);
    history_.push_back(name + " comes in");
    return {};
  }
  Async say(std::string name, std::string words) {
    history_.push_back(name + ": " + words);
    return {};
  }
  Sync<std::vector<std::string>> history() { return history_; }
  Parallel<Sync<>> wait_for_lines(int count) {
    co_await until([this, count] { return static_cast<int>(history_.size()) >= count; });
  }

 private:
  Async on_down(Exit exit) override {
    history_.push_back(guests_[exit.actor] + " has left: " +
                       (exit.why.ok() ? "goodbye" : std::string(exit.why.message())));
    guests_.erase(exit.actor);
    return {};
  }

  std::map<ActorId, std::string> guests_;
  std::vector<std::string> history_;
};

class Window : public Actor<Window> {
 public:
  Async shatter() { co_await exit(absl::InternalError("the window broke")); }
};

class Guest : public Actor<Guest> {
 public:
  Guest(Ref<Room> room, std::string name) : room_(room), name_(std::move(name)) {}

  Sync<> open() {
    window_ = spawn_link<Window>();
    co_await room_.join_in(self(), name_);
    room_.say(name_, "hello");
  }
  Async break_window() {
    window_.shatter();
    return {};
  }

 private:
  Ref<Room> room_;
  std::string name_;
  Ref<Window> window_;
};

void play(System& system) {
  Ref<Room> room = system.spawn<Room>(system.add_host("room"));
  Ref<Guest> ada = system.spawn<Guest>(system.add_host(), room, "Ada");
  Ref<Guest> bob = system.spawn<Guest>(system.add_host(), room, "Bob");
  for (Ref<Guest>& guest : {std::ref(ada), std::ref(bob)}) {
    if (!system.ask(guest.open()).ok()) return;
  }
  auto wait = [&](int lines) { return system.ask(room.wait_for_lines(lines).within(5s)).ok(); };
  if (!wait(4)) return;
  system.act([&] { ada.break_window(); });
  if (!wait(5)) return;
  const absl::StatusOr<std::vector<std::string>> history = system.ask(room.history());
  for (const std::string& line : *history) std::printf("%s\n", line.c_str());
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(
      argc, argv, "Guests of a chat room, with monitors and links.", troupe::examples::play);
}
