// Parallel: an ordinary method keeps its actor while it waits; a Parallel one lets others in.
#include <cstdio>
#include <string>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Library, lookup)

// Answers after a second.
class Library : public Actor<Library> {
 public:
  Parallel<Sync<std::string>> lookup(std::string word) {
    co_await sleep(1s);
    co_return "what \"" + word + "\" means";
  }
};

ACTOR_METHODS(Desk, research, research_in_parallel, is_open)

class Desk : public Actor<Desk> {
 public:
  explicit Desk(Ref<Library> library) : library_(library) {}

  Sync<std::string> research(std::string word) { co_return co_await library_.lookup(word); }
  Parallel<Sync<std::string>> research_in_parallel(std::string word) {
    co_return co_await library_.lookup(word);
  }
  Sync<bool> is_open() { return true; }

 private:
  Ref<Library> library_;
};

void play(System& system) {
  Ref<Library> library = system.spawn<Library>(system.add_host());
  Ref<Desk> desk = system.spawn<Desk>(system.add_host(), library);
  for (const bool parallel : {false, true}) {
    const Time start = system.now();
    Question<std::string> research =
        system.begin(parallel ? desk.research_in_parallel("actor") : desk.research("actor"));
    const bool open = *system.ask(desk.is_open());
    const bool at_once = system.now() - start < 500ms;
    std::printf("%s: the desk is %s, said %s the research ends\n",
                parallel ? "Parallel<Sync>" : "Sync", open ? "open" : "closed",
                at_once ? "before" : "after");
    std::printf("  %s\n", research.answer()->c_str());
  }
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "What Parallel means: who waits for whom.",
                                       troupe::examples::play);
}
