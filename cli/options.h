// Options: what stands on a command line, against what a verb allows there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/time.h"

namespace troupe::cli {

// One option of a verb, as --help shows it.
struct OptionSpec {
  std::string name;        // "--seed"
  std::string value = {};  // "N"; empty: a flag
  std::string help = {};
  bool repeats = false;  // may be given several times
  bool hidden = false;   // for the program's own use
};

// A verb of the command line, as --help shows it.
struct VerbSpec {
  std::string name;
  std::string arguments;  // "FILE"
  std::string help;       // one line
  std::string details;    // more, for its own --help; may be empty
  std::vector<OptionSpec> options;
  std::size_t least_arguments = 0;
  std::size_t most_arguments = 0;
};

// What was given.
class Options {
 public:
  bool has(std::string_view name) const { return values_.contains(name); }
  // The last value given; nothing where the option was not.
  std::optional<std::string> value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  const std::vector<std::string>& arguments() const { return arguments_; }

  // What was given elsewhere: `place` says where, for messages.
  void add(const std::string& name, std::string value, std::string place);
  // How messages call an option: by its name, or by where its value stands: "host.yaml:3:9: join".
  std::string place_of(std::string_view name) const;

  // INVALID_ARGUMENT with one sentence where something is not allowed.
  static absl::StatusOr<Options> parse(const VerbSpec& verb, const std::vector<std::string>& words);

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> places_;  // of those that were given elsewhere
  std::vector<std::string> arguments_;
};

// The value of an option that is a duration: above zero, or zero where the option was not given.
absl::StatusOr<Duration> duration_of(const Options& options, std::string_view name);

// A file's name as an argument that is not taken for an option: "./-x.yaml".
std::string as_argument(const std::string& file);

// The help of a verb: usage, what it does, its options.
std::string help_of(const std::string& program, const VerbSpec& verb);

}  // namespace troupe::cli
