// Pattern receive: a post office sorts what comes by its shape, urgent letters first.
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include "actor/receive.h"
#include "examples/example.h"

namespace troupe::examples {

struct Letter {
  std::string to;
  bool urgent = false;
  FIELDS(to, urgent)
};

Task<std::string> post_office(Process& process) {
  using namespace match;
  co_await process.receive("open");  // Whatever has come before it waits in the mailbox.
  std::string sorted;
  for (;;) {
    // What is urgent first, wherever it stands in the mailbox; a poll does not wait.
    absl::StatusOr<Match> urgent =
        co_await process.receive(record("Letter", {{"urgent", true}})).within(0s).status_or();
    const Match found =
        urgent.ok()
            ? *std::move(urgent)
            : co_await process.receive(is<Letter>(), tuple("parcel", capture("grams", is<int>())),
                                       list_of(is<std::string>()), "close");
    if (found.message.as<Letter>()) {
      sorted += (urgent.ok() ? "urgent to " : "letter to ") + found.message.as<Letter>()->to + "; ";
    } else if (found.pattern == 1) {
      sorted += "parcel of " + std::to_string(*found.get<int>("grams")) + " g; ";
    } else if (found.pattern == 2) {
      sorted += std::to_string(found.message.as<std::vector<std::string>>()->size()) + " cards; ";
    } else {
      co_return sorted + "closed";
    }
  }
}

void play(System& system) {
  Ref<Process> office = system.spawn<Process>(system.add_host(), post_office);
  Question<Exit> end = system.begin(join(office).within(1min));
  system.act([&] {
    office.send(Letter{"Ada"});
    office.send(std::tuple("parcel", 500));
    office.send(std::vector<std::string>{"a card", "another"});
    office.send(Letter{"Bob", true});
    office.send("open");
    office.send("close");
  });
  const absl::StatusOr<Exit> exit = end.answer();
  std::printf("%s\n", exit.ok() ? exit->value<std::string>().value_or("nothing").c_str() : "lost");
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "A post office receives by pattern.",
                                       troupe::examples::play);
}
