// The command line, with this workspace's algorithm.
#include "cli/cli.h"
#include "greeting.h"

int main(int argc, char** argv) {
  return troupe::run_command_line(argc, argv, {greeting::greeting()});
}
