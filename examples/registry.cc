// Registry: actors have names, and are found by them; a name goes with its actor.
#include <cstdio>
#include <string>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Printer, print)

class Printer : public Actor<Printer> {
 public:
  explicit Printer(std::string tray) : tray_(tray) {}
  Sync<std::string> print(std::string text) { return text + ", on " + tray_; }

 private:
  std::string tray_;
};

ACTOR_METHODS(Clerk, open_office, print, close_office)

class Clerk : public Actor<Clerk> {
 public:
  Sync<> open_office() {
    Ref<Printer> printer = co_await spawn_named<Printer>("printer", "plain paper");
    co_await names().bind("the good one", printer);
  }
  Sync<std::string> print(std::string name, std::string text) {
    Ref<Printer> printer = co_await names().lookup<Printer>(name);
    co_return co_await printer.print(text);
  }
  Sync<bool> close_office() {
    Ref<Printer> printer = co_await names().lookup<Printer>("printer");
    co_return co_await graceful_stop(printer, 1s);
  }
};

void play(System& system) {
  Ref<Clerk> clerk = system.spawn<Clerk>(system.add_host("office"));
  auto print = [&](const std::string& name) {
    const absl::StatusOr<std::string> page = system.ask(clerk.print(name, "a page"));
    std::printf("%s\n", page.ok() ? page->c_str() : std::string(page.status().message()).c_str());
  };
  if (!system.ask(clerk.open_office()).ok()) return;
  print("the good one");
  print("pinter");
  std::printf("closed: %s\n", *system.ask(clerk.close_office()) ? "yes" : "no");
  print("the good one");
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "Actors are found by their names.",
                                       troupe::examples::play);
}
