// Troupe's own program: the command line with the algorithms that come with it.
#include "algorithms/chord/chord.h"
#include "cli/cli.h"

int main(int argc, char** argv) { return troupe::run_command_line(argc, argv, {chord::chord()}); }
