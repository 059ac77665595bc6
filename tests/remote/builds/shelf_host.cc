// A host with a "shelf", of one build or the other. Prints "listening ADDRESS".
#include <cstdio>

#include "actor/spawn.h"
#include "remote/remote_host.h"
#include "runtime/serve.h"
#include "tests/remote/builds/shelf.h"

int main() {
  using namespace troupe;
  const auto host = RemoteHost::start();
  if (!host.ok() || !spawn_with<remote_test::Shelf>(**host, 0, {.name = "shelf"}).ok()) return 2;
  serve(**host, std::chrono::seconds(10), [&host] {
    std::printf("listening %s\n", (*host)->address().c_str());
    std::fflush(stdout);
  });
  return 0;
}
