// From variables and YAML to options.
#include "cli/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "remote/credential_file.h"
#include "scenario/diagnostic.h"
#include "scenario/units.h"
#include "scenario/yaml_document.h"

namespace troupe::cli {

namespace {

constexpr char kConfig[] = "--config";

using scenario::Node;

// "--token-file" is TOKEN_FILE in the environment, and token-file in a file.
std::string variable_of(const std::string& option) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(option.substr(2), {{"-", "_"}}));
}

const OptionSpec* find(const VerbSpec& verb, const std::string& option) {
  const auto found = std::ranges::find(verb.options, option, &OptionSpec::name);
  return found == verb.options.end() || found->hidden ? nullptr : &*found;
}

// Adds a value of an option; of a flag, whether it is set.
absl::Status add(const OptionSpec& option, const std::string& value, const std::string& place,
                 Options& options) {
  if (!option.value.empty()) {
    options.add(option.name, value, place);
    return absl::OkStatus();
  }
  const std::optional<bool> flag = scenario::parse_flag(value).value;
  if (!flag) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, " must be true or false, not '", value, "'"));
  }
  if (*flag) options.add(option.name, "", place);
  return absl::OkStatus();
}

class FileReader {
 public:
  // `given` is what the command line and the variables have said, and `left_out` names the flags of
  // which the variables have said that they are not set.
  FileReader(const VerbSpec& verb, const Options& given, std::vector<std::string> left_out,
             Options& options)
      : verb_(verb), given_(given), left_out_(std::move(left_out)), options_(options) {}

  absl::Status read(const std::string& path) {
    const absl::StatusOr<std::string> text = read_credential_file("file", path);
    if (!text.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(given_.place_of(kConfig), ": ", std::string(text.status().message())));
    }
    std::vector<scenario::Diagnostic> errors;
    document_.load(*text, path, errors);
    if (!errors.empty()) return absl::InvalidArgumentError(scenario::to_string(errors.front()));
    for (const Node::Entry& entry : document_.root()->entries) {
      if (absl::Status status = read_option(entry); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status mistake(const Node& node, const std::string& message) const {
    return absl::InvalidArgumentError(
        absl::StrCat(scenario::to_string(document_.place(node)), ": ", message));
  }

  absl::Status read_option(const Node::Entry& entry) {
    const std::string& key = entry.key->text;
    const OptionSpec* const option = find(verb_, absl::StrCat("--", key));
    if (option == nullptr || option->name == kConfig) {
      std::vector<std::string> known;
      for (const OptionSpec& one : verb_.options) {
        if (!one.hidden && one.name != kConfig) known.push_back(one.name.substr(2));
      }
      return mistake(*entry.key, absl::StrCat("unknown option '", key, "'; ",
                                              scenario::did_you_mean(key, known)));
    }
    std::vector<const Node*> values = {entry.value};
    if (entry.value->kind == Node::Kind::kList) {
      if (!option->repeats) return mistake(*entry.value, absl::StrCat(key, " takes one value"));
      values = entry.value->items;
    }
    for (const Node* value : values) {
      if (value->kind != Node::Kind::kText) {
        return mistake(
            *value,
            absl::StrCat(key, " needs ", option->value.empty() ? "true or false" : option->value));
      }
      if (given_.has(option->name) || std::ranges::count(left_out_, option->name) > 0) continue;
      const std::string place =
          absl::StrCat(scenario::to_string(document_.place(*value)), ": ", key);
      if (absl::Status status = add(*option, value->text, place, options_); !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  const VerbSpec& verb_;
  const Options& given_;
  const std::vector<std::string> left_out_;
  Options& options_;
  scenario::Document document_;
};

}  // namespace

std::map<std::string, std::string> variables_with(const std::string& prefix) {
  std::map<std::string, std::string> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(prefix) || equals == std::string_view::npos) continue;
    found.emplace(variable.substr(prefix.size(), equals - prefix.size()),
                  variable.substr(equals + 1));
  }
  return found;
}

absl::Status add_settings(const VerbSpec& verb, const std::string& prefix,
                          const std::map<std::string, std::string>& variables, Options& options) {
  std::map<std::string, const OptionSpec*> known;
  for (const OptionSpec& option : verb.options) {
    if (!option.hidden) known.emplace(variable_of(option.name), &option);
  }
  const Options of_command_line = options;
  std::vector<std::string> not_set;
  for (const auto& [name, value] : variables) {
    const std::string place = absl::StrCat(prefix, name);
    const auto found = known.find(name);
    if (found == known.end()) {
      std::vector<std::string> names;
      for (const auto& [one, option] : known) names.push_back(absl::StrCat(prefix, one));
      return absl::InvalidArgumentError(absl::StrCat("unknown variable ", place,
                                                     " in the environment; ",
                                                     scenario::did_you_mean(place, names)));
    }
    const OptionSpec& option = *found->second;
    if (value.empty() || of_command_line.has(option.name)) continue;
    std::vector<std::string> values = {value};
    if (option.repeats) values = absl::StrSplit(value, ' ', absl::SkipEmpty());
    for (const std::string& one : values) {
      if (absl::Status status = add(option, one, place, options); !status.ok()) return status;
    }
    if (option.value.empty() && !options.has(option.name)) not_set.push_back(option.name);
  }
  const std::optional<std::string> file = options.value(kConfig);
  if (!file) return absl::OkStatus();
  const Options given = options;
  return FileReader(verb, given, std::move(not_set), options).read(*file);
}

}  // namespace troupe::cli
