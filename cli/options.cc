// Reading a command line: --name value, --name=value, and arguments between them.
#include "cli/options.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "scenario/diagnostic.h"
#include "scenario/units.h"

namespace troupe::cli {

std::optional<std::string> Options::value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Options::values(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

void Options::add(const std::string& name, std::string value, std::string place) {
  values_[name].push_back(std::move(value));
  places_[name] = std::move(place);
}

std::string Options::place_of(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? std::string(name) : found->second;
}

absl::StatusOr<Options> Options::parse(const VerbSpec& verb,
                                       const std::vector<std::string>& words) {
  Options options;
  bool only_arguments = false;  // after "--"
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_arguments || word.size() < 2 || word[0] != '-') {
      options.arguments_.push_back(word);
      continue;
    }
    if (word == "--") {
      only_arguments = true;
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto spec = std::ranges::find(verb.options, name, &OptionSpec::name);
    if (spec == verb.options.end()) {
      std::vector<std::string> known = {"--help"};
      for (const OptionSpec& option : verb.options) {
        if (!option.hidden) known.push_back(option.name);
      }
      return absl::InvalidArgumentError(absl::StrCat("unknown option ", name, " of '", verb.name,
                                                     "'; ", scenario::did_you_mean(name, known)));
    }
    std::vector<std::string>& values = options.values_[name];
    if (!values.empty() && !spec->repeats) {
      return absl::InvalidArgumentError(absl::StrCat(name, " is given twice"));
    }
    if (spec->value.empty()) {
      if (equals != std::string::npos) {
        return absl::InvalidArgumentError(absl::StrCat(name, " takes no value"));
      }
      values.emplace_back();
    } else if (equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
    } else if (i + 1 < words.size()) {
      values.push_back(words[++i]);
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " needs a value: ", name, " ", spec->value));
    }
  }
  if (options.arguments_.size() < verb.least_arguments) {
    return absl::InvalidArgumentError(absl::StrCat("'", verb.name, "' needs ", verb.arguments));
  }
  if (options.arguments_.size() > verb.most_arguments) {
    return absl::InvalidArgumentError(absl::StrCat("'", verb.name,
                                                   "' does not know what to do with '",
                                                   options.arguments_[verb.most_arguments], "'"));
  }
  return options;
}

absl::StatusOr<Duration> duration_of(const Options& options, std::string_view name) {
  const std::optional<std::string> text = options.value(name);
  if (!text) return Duration::zero();
  const scenario::Parsed<Duration> time = scenario::parse_duration(*text);
  if (!time.value || *time.value <= Duration::zero()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.place_of(name), " ", *text, " is no duration; write for example 2h"));
  }
  return *time.value;
}

std::string as_argument(const std::string& file) {
  return file.starts_with('-') ? absl::StrCat("./", file) : file;
}

std::string help_of(const std::string& program, const VerbSpec& verb) {
  std::string text = absl::StrCat(
      "Usage: ", program, " ", verb.name, verb.arguments.empty() ? "" : " ", verb.arguments,
      verb.options.empty() ? "" : " [options]", "\n\n", verb.help, "\n");
  if (!verb.details.empty()) absl::StrAppend(&text, "\n", verb.details, "\n");
  if (verb.options.empty()) return text;
  absl::StrAppend(&text, "\nOptions:\n");
  for (const OptionSpec& option : verb.options) {
    if (option.hidden) continue;
    absl::StrAppend(
        &text, absl::StrFormat("  %-22s %s\n",
                               option.value.empty() ? option.name
                                                    : absl::StrCat(option.name, " ", option.value),
                               option.help));
  }
  return text;
}

}  // namespace troupe::cli
