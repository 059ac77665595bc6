// From a spawn's arguments to an algorithm's own factory.
#include "remote/hosted_algorithm.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/spelling.h"
#include "scenario/units.h"

namespace troupe {

namespace {

std::string signature() { return internal::list_of({Codec<SpawnArguments>::describe()}); }

// A value of the type that the parameter has; none for what cannot be read as one.
struct ReadAs {
  const std::string& text;
  std::optional<ParameterValue> operator()(bool) const { return scenario::parse_flag(text).value; }
  std::optional<ParameterValue> operator()(std::int64_t) const {
    return scenario::parse_integer(text).value;
  }
  std::optional<ParameterValue> operator()(double) const {
    return scenario::parse_number(text).value;
  }
  std::optional<ParameterValue> operator()(Duration) const {
    return scenario::parse_duration(text).value;
  }
  std::optional<ParameterValue> operator()(const std::string&) const { return text; }
};

// Why the value is not allowed; empty where it is.
std::string out_of_range(const Parameter& parameter, const ParameterValue& value) {
  struct Number {
    std::optional<double> operator()(bool) const { return std::nullopt; }
    std::optional<double> operator()(std::int64_t number) const {
      return static_cast<double>(number);
    }
    std::optional<double> operator()(double number) const { return number; }
    std::optional<double> operator()(Duration span) const { return to_seconds(span); }
    std::optional<double> operator()(const std::string&) const { return std::nullopt; }
  };
  if (const std::optional<double> number = std::visit(Number(), value)) {
    if (*number >= parameter.least && *number <= parameter.most) return {};
    return absl::StrCat("from ", parameter.least, " to ", parameter.most);
  }
  const std::string* text = std::get_if<std::string>(&value);
  if (text == nullptr || parameter.choices.empty() ||
      std::ranges::find(parameter.choices, *text) != parameter.choices.end()) {
    return {};
  }
  return absl::StrJoin(parameter.choices, ", ");
}

absl::StatusOr<Parameters> read_parameters(const std::vector<Parameter>& declared,
                                           const std::map<std::string, std::string>& given) {
  Parameters parameters;
  std::vector<std::string> names;
  for (const Parameter& parameter : declared) {
    names.push_back(parameter.name);
    parameters.set(parameter.name, parameter.value);
  }
  for (const auto& [name, text] : given) {
    const auto parameter = std::ranges::find(declared, name, &Parameter::name);
    if (parameter == declared.end()) {
      const std::string meant = nearest(name, names);
      return absl::InvalidArgumentError(
          absl::StrCat("unknown parameter ", in_quotes(name), "; ",
                       meant.empty() ? "" : absl::StrCat("did you mean ", in_quotes(meant), "? "),
                       "allowed: ", absl::StrJoin(names, ", ")));
    }
    std::optional<ParameterValue> value = std::visit(ReadAs{text}, parameter->value);
    if (!value) {
      return absl::InvalidArgumentError(absl::StrCat("the parameter ", name, " (", parameter->help,
                                                     ") cannot be ", in_quotes(text)));
    }
    if (const std::string allowed = out_of_range(*parameter, *value); !allowed.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("the parameter ", name, " cannot be ",
                                                     in_quotes(text), "; allowed: ", allowed));
    }
    parameters.set(name, *std::move(value));
  }
  for (const Parameter& parameter : declared) {
    if (!parameter.mistake) continue;
    const std::string mistake = parameter.mistake(parameters.text(parameter.name), parameters);
    if (!mistake.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the parameter ", parameter.name, " ", mistake));
    }
  }
  return parameters;
}

class Placed final : public Spawning {
 public:
  Placed(std::int64_t index, std::string host_name, ActorId contact)
      : index_(index), host_name_(std::move(host_name)), contact_(contact) {}
  std::int64_t index() const override { return index_; }
  std::int64_t count() const override { return index_ + 1; }
  std::string host_name() const override {
    return index_ == 0 ? host_name_ : absl::StrCat(host_name_, "/", index_);
  }

 protected:
  ActorId contact_of(const ActorType&) const override { return contact_; }

 private:
  const std::int64_t index_;
  const std::string host_name_;
  const ActorId contact_;
};

}  // namespace

SpawnRequest spawn_request(std::string class_name, const SpawnArguments& arguments) {
  SpawnRequest request = {.class_name = std::move(class_name), .parameters = signature()};
  const internal::SpawnReferences writing(request.references);
  request.arguments.data = encode_fields(arguments.troupe_fields());
  return request;
}

void allow_spawning(Runtime& runtime, const Algorithm& algorithm) {
  for (const Algorithm::ActorClass& actor : algorithm.actors()) {
    internal::allow_spawning(
        runtime, {.type = actor.type,
                  .classes = internal::class_names(*actor.type),
                  .parameters = signature(),
                  .make = [declared = algorithm.parameters(), factory = actor.factory,
                           name = std::string(actor.type->name),
                           spawned = std::make_shared<std::atomic<std::int64_t>>(0)](
                              const std::string& bytes, const internal::SpawnPlace& place)
                      -> absl::StatusOr<std::unique_ptr<ActorBase>> {
                    SpawnArguments arguments;
                    if (!decode_fields(bytes, arguments.troupe_fields())) {
                      return internal::cannot_decode(name);
                    }
                    absl::StatusOr<Parameters> parameters =
                        read_parameters(declared, arguments.parameters);
                    if (!parameters.ok()) return parameters.status();
                    return factory(*parameters,
                                   Placed(spawned->fetch_add(1),
                                          place.runtime.host_name(place.host), arguments.contact));
                  }});
  }
}

}  // namespace troupe
