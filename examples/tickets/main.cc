// A program of one's own: the command line, with one algorithm.
#include "cli/cli.h"
#include "examples/tickets/tickets.h"

int main(int argc, char** argv) {
  return troupe::run_command_line(argc, argv, {tickets::tickets()});
}
