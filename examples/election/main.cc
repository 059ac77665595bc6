// The command line, with the election.
#include "cli/cli.h"
#include "examples/election/election.h"

int main(int argc, char** argv) {
  return troupe::run_command_line(argc, argv, {election::election()});
}
