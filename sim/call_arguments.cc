// Arguments are written as protobuf fields, and decoded by the method's own codec.
#include "sim/call_arguments.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/diagnostic.h"
#include "sim/portable_math.h"
#include "sim/spans.h"

namespace troupe::sim {
namespace {

using Kind = TypeDescription::Kind;

void write_bits(Encoder& out, int field, const TypeDescription& type, std::uint64_t bits) {
  if (type.kind == Kind::kUnsigned || type.kind == Kind::kBool) {
    out.write_uint(field, bits);
  } else {
    out.write_sint(field, static_cast<std::int64_t>(bits));
  }
}

std::uint64_t bits_of(Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

// What stands in a field by itself; the rest is wrapped into a message where it is an element.
bool is_singular(const TypeDescription& type) {
  return type.kind != Kind::kRepeated && type.kind != Kind::kOptional && type.kind != Kind::kMap;
}

}  // namespace

absl::StatusOr<MessagePtr> CallArguments::make(const scenario::Calls& calls, ActorId target) {
  const auto [types, is_new] = types_.try_emplace(calls.method);
  if (is_new) types->second = calls.method->describe_arguments();
  std::string bytes;
  Encoder out(&bytes);
  for (std::size_t i = 0; i < calls.arguments.size(); ++i) {
    write(out, static_cast<int>(i) + 1, types->second[i], calls.arguments[i]);
  }
  MessagePtr message(Message::create(MessageKind::kCall, calls.method, calls.method->payload_size));
  message->arguments_taken = true;
  if (!calls.method->decode_arguments(bytes, message->payload())) {
    return absl::InvalidArgumentError(
        absl::StrCat(scenario::to_string(calls.place), ": an argument does not fit the method"));
  }
  message->arguments_taken = false;
  message->target = target;
  return message;
}

void CallArguments::write(Encoder& out, int field, const TypeDescription& type,
                          const scenario::Argument& argument) {
  if (type.kind == Kind::kOptional) {
    if (!std::holds_alternative<scenario::NothingArgument>(argument.value)) {
      write_element(out, field, type.parts[0], argument);
    }
    return;
  }
  std::visit(
      [&](const auto& it) {
        using T = std::decay_t<decltype(it)>;
        if constexpr (std::is_same_v<T, scenario::Literal>) {
          write_literal(out, field, type, it);
        } else if constexpr (std::is_same_v<T, scenario::RandomArgument>) {
          write_random(out, field, type);
        } else if constexpr (std::is_same_v<T, scenario::UniformArgument>) {
          const auto span =
              static_cast<std::uint64_t>(it.high) - static_cast<std::uint64_t>(it.low) + 1;
          const std::uint64_t offset = span == 0 ? random()() : random().below(span);
          write_bits(out, field, type, static_cast<std::uint64_t>(it.low) + offset);
        } else if constexpr (std::is_same_v<T, scenario::UniformNumber>) {
          write_number(out, field, type, it.low + (it.high - it.low) * random().unit());
        } else if constexpr (std::is_same_v<T, scenario::SpanArgument>) {
          write_bits(out, field, type, bits_of(draw(it.span, random())));
        } else if constexpr (std::is_same_v<T, scenario::ZipfArgument>) {
          write_bits(out, field, type, zipf(it));
        } else if constexpr (std::is_same_v<T, std::shared_ptr<const scenario::OneOfArgument>>) {
          write(out, field, type, it->choices[random().below(it->choices.size())]);
        } else if constexpr (std::is_same_v<T, scenario::ReferenceArgument>) {
          Codec<ActorId>::write(out, field, somebody(it));
        } else if constexpr (std::is_same_v<T, scenario::NowArgument>) {
          write_bits(out, field, type, bits_of(simulator_.now() - Time{} + it.later));
        } else if constexpr (std::is_same_v<T, std::shared_ptr<const scenario::CompoundArgument>>) {
          write_compound(out, field, type, *it);
        }
      },
      argument.value);
}

void CallArguments::write_compound(Encoder& out, int field, const TypeDescription& type,
                                   const scenario::CompoundArgument& compound) {
  if (type.kind == Kind::kRepeated) {
    for (const auto& part : compound.parts) write_element(out, field, type.parts[0], *part);
    return;
  }
  if (type.kind == Kind::kMap) {
    for (std::size_t i = 0; i + 1 < compound.parts.size(); i += 2) {
      std::string body;
      Encoder entry(&body);
      write(entry, 1, type.parts[0], *compound.parts[i]);
      write(entry, 2, type.parts[1], *compound.parts[i + 1]);
      out.write_bytes(field, body);
    }
    return;
  }
  std::string body;
  Encoder inner(&body);
  for (std::size_t i = 0; i < compound.parts.size(); ++i) {
    if (!compound.parts[i]) continue;
    write(inner, static_cast<int>(i) + 1, type.parts[i], *compound.parts[i]);
  }
  out.write_bytes(field, body);
}

void CallArguments::write_element(Encoder& out, int field, const TypeDescription& type,
                                  const scenario::Argument& argument) {
  if (is_singular(type)) {
    write(out, field, type, argument);
    return;
  }
  std::string body;
  Encoder inner(&body);
  write(inner, 1, type, argument);
  out.write_bytes(field, body);
}

void CallArguments::write_literal(Encoder& out, int field, const TypeDescription& type,
                                  const scenario::Literal& literal) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) {
          out.write_bytes(field, value);
        } else if constexpr (std::is_same_v<T, Duration>) {
          write_bits(out, field, type, bits_of(value));
        } else if (type.kind == Kind::kDouble || type.kind == Kind::kFloat) {
          write_number(out, field, type, static_cast<double>(value));
        } else {
          write_bits(out, field, type, static_cast<std::uint64_t>(value));
        }
      },
      literal);
}

void CallArguments::write_random(Encoder& out, int field, const TypeDescription& type) {
  const std::uint64_t drawn = random()();
  switch (type.kind) {
    case Kind::kUnsigned:
    case Kind::kBool:
      write_bits(out, field, type, type.bits >= 64 ? drawn : drawn >> (64 - type.bits));
      break;
    case Kind::kSigned:
      write_bits(out, field, type,
                 static_cast<std::uint64_t>(static_cast<std::int64_t>(drawn) >> (64 - type.bits)));
      break;
    case Kind::kDouble:
      Codec<double>::write(out, field, static_cast<double>(drawn >> 11) * 0x1p-53);
      break;
    case Kind::kFloat:
      Codec<float>::write(out, field, static_cast<float>(drawn >> 40) * 0x1p-24F);
      break;
    default:
      out.write_bytes(field, absl::StrCat(drawn));
      break;
  }
}

void CallArguments::write_number(Encoder& out, int field, const TypeDescription& type,
                                 double value) {
  if (type.kind == Kind::kFloat) {
    Codec<float>::write(out, field, static_cast<float>(value));
  } else {
    Codec<double>::write(out, field, value);
  }
}

ActorId CallArguments::somebody(const scenario::ReferenceArgument& reference) {
  if (reference.host) {
    const ActorType* type = reference.actor == nullptr ? nullptr : reference.actor->type;
    const std::vector<ActorId> there = deployment_.on(static_cast<HostId>(*reference.host), type);
    return there.empty() ? ActorId{} : there.front();
  }
  return reference.actor == nullptr ? deployment_.pick_anybody()
                                    : deployment_.pick(*reference.actor->type);
}

std::uint64_t CallArguments::zipf(const scenario::ZipfArgument& argument) {
  std::vector<double>& sums = ranks_[{argument.most, argument.exponent}];
  if (sums.empty()) {
    double sum = 0;
    for (std::int64_t rank = 1; rank <= argument.most; ++rank) {
      sum += portable_exp(-argument.exponent * portable_log(static_cast<double>(rank)));
      sums.push_back(sum);
    }
  }
  const double at = random().unit() * sums.back();
  const auto found = std::upper_bound(sums.begin(), sums.end() - 1, at);
  return static_cast<std::uint64_t>(found - sums.begin());
}

}  // namespace troupe::sim
