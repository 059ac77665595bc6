// Which hosts: one text, or a list of numbers, ranges and groups.
#include "scenario/host_keys.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/fraction.h"

namespace troupe::scenario {
namespace {

constexpr std::int64_t kMostListed = 20'000'000;

constexpr std::string_view kHostForms =
    "'all', a percentage such as 20%, how many, a group, or a list of host numbers such as [0, 5]";

constexpr char kSomeHosts[] =
    R"({"anyOf":[{"type":"integer","minimum":0},{"type":"string","pattern":)"
    R"("^([0-9_]+|[0-9.]+%|[0-9_]+\\.\\.[0-9_]+|((random|[0-9_]+|[0-9.]+%) of )?[A-Za-z$].*)$"}]})";

std::vector<std::string> group_names(const Facts& facts) {
  std::vector<std::string> names;
  for (const auto& [name, numbers] : facts.groups) names.push_back(name);
  return names;
}

// Numbers of hosts, each once.
class NumberList {
 public:
  NumberList(Reader& reader, const Facts& facts)
      : reader_(reader), most_(facts.hosts.value_or(kMostHosts) - 1), facts_(facts) {}

  void add(const Node& item) {
    if (item.kind == Node::Kind::kText && add_range(item)) return;
    if (item.kind == Node::Kind::kText && !facts_.groups.empty() &&
        !parse_integer(item.text).value) {
      add(item, item.text);
      return;
    }
    const Format<std::int64_t> format = whole_number(0, most_);
    if (is_range_with_a_dash(item)) {
      reader_.refuse(item, "a host number", format.name, "a range is written 0..4");
      return;
    }
    const auto number = format.read(reader_, item, "a host number");
    if (number) add(item, *number);
  }

  // All hosts of a group.
  void add(const Node& item, const std::string& name) {
    const auto group = facts_.groups.find(name);
    if (group == facts_.groups.end()) {
      reader_.error(item, absl::StrCat("no group is called ", in_quotes(name)),
                    did_you_mean(name, group_names(facts_)));
      return;
    }
    for (const std::int64_t number : group->second) {
      if (!add(item, number)) break;
    }
  }

  std::vector<std::int64_t> take() { return std::move(numbers_); }

 private:
  // "0-4"
  static bool is_range_with_a_dash(const Node& item) {
    const std::size_t dash = item.text.find('-');
    return item.kind == Node::Kind::kText && dash != std::string::npos && dash > 0 &&
           parse_integer(item.text.substr(0, dash)).value &&
           parse_integer(item.text.substr(dash + 1)).value;
  }

  // False where that is a mistake.
  bool add(const Node& item, std::int64_t number) {
    const auto index = static_cast<std::size_t>(number);
    if (index >= seen_.size()) seen_.resize(index + 1);
    if (seen_[index]) {
      reader_.error(item, absl::StrCat("host ", number, " is given twice"));
      return false;
    }
    // Lists that stand for lists take more room than the file does.
    if (++facts_.listed_hosts > kMostListed) {
      if (facts_.listed_hosts == kMostListed + 1) {
        reader_.error(item, absl::StrCat("the lists of this file name more than ",
                                         written(kMostListed), " hosts"));
      }
      return false;
    }
    seen_[index] = true;
    numbers_.push_back(number);
    return true;
  }

  // "3..9"; false where it is not written so.
  bool add_range(const Node& item) {
    const std::size_t dots = item.text.find("..");
    if (dots == std::string::npos) return false;
    const auto first = parse_integer(item.text.substr(0, dots)).value;
    const auto last = parse_integer(item.text.substr(dots + 2)).value;
    if (!first || !last || *first < 0 || *last < *first || *last > most_) {
      reader_.refuse(item, "a range of hosts",
                     absl::StrCat("two numbers from 0 to ", written(most_), ", such as 0..",
                                  written(std::min<std::int64_t>(most_, 4))));
      return true;
    }
    for (std::int64_t number = *first; number <= *last && add(item, number);) ++number;
    return true;
  }

  Reader& reader_;
  const std::int64_t most_;
  const Facts& facts_;
  std::vector<std::int64_t> numbers_;
  std::vector<bool> seen_;
};

std::vector<std::int64_t> read_numbers(Reader& reader, const Node& list, const Facts& facts) {
  NumberList numbers(reader, facts);
  for (const Node* item : list.items) numbers.add(*item);
  return numbers.take();
}

// "20%", "3", "random"
std::optional<std::variant<HostFraction, HostCount>> how_many(std::string_view text) {
  if (text == "random") return HostCount{1};
  const Parsed<double> fraction = parse_probability(text);
  if (fraction.value && text.ends_with('%')) return HostFraction{*fraction.value};
  const Parsed<std::int64_t> count = parse_integer(text);
  if (count.value && *count.value >= 0) return HostCount{*count.value};
  return std::nullopt;
}

std::optional<Hosts> read_hosts(Reader& reader, const Node& node, std::string_view what,
                                const Facts& facts) {
  if (node.kind == Node::Kind::kList) return HostList{read_numbers(reader, node, facts)};
  std::string remedy;
  if (node.kind == Node::Kind::kText) {
    const std::string_view text = node.text;
    if (text == "all") return AllHosts{};
    if (const auto part = how_many(text)) {
      return std::visit([](const auto& some) -> Hosts { return some; }, *part);
    }
    // "20% of clients", "clients", "7..9"
    const std::size_t of = text.find(" of ");
    const std::string group(of == std::string_view::npos ? text : text.substr(of + 4));
    const auto known = facts.groups.find(group);
    if (known != facts.groups.end()) {
      NumberList numbers(reader, facts);
      numbers.add(node, group);
      if (of == std::string_view::npos) return HostList{numbers.take()};
      if (const auto part = how_many(text.substr(0, of))) return HostsAmong{numbers.take(), *part};
    } else if (text.find("..") != std::string_view::npos) {
      NumberList range(reader, facts);
      range.add(node);
      return HostList{range.take()};
    } else if (of != std::string_view::npos ||
               (!facts.groups.empty() && !nearest(group, group_names(facts)).empty())) {
      reader.error(node, absl::StrCat("no group is called ", in_quotes(group)),
                   facts.groups.empty() ? "'groups' at the top of the scenario names some"
                                        : did_you_mean(group, group_names(facts)));
      return std::nullopt;
    }
    const std::string_view part = text.substr(0, std::min(of, text.size()));
    const Parsed<double> fraction = parse_probability(part);
    if (fraction.value && *fraction.value > 0) {
      remedy = absl::StrCat("write ", written_percentage(*fraction.value),
                            std::string(text.substr(part.size())));
    }
  }
  reader.refuse(node, what, kHostForms, std::move(remedy));
  return std::nullopt;
}

bool can_be_a_name(std::string_view text) {
  if (text == "all" || text == "random" || text.empty()) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text.front())) return false;
  for (const char c : text) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace

Format<Hosts> hosts_format(const Facts& facts) {
  return {std::string(kHostForms),
          [&facts](Reader& reader, const Node& node, std::string_view what) {
            return read_hosts(reader, node, what, facts);
          },
          {},
          either(kSomeHosts, absl::StrCat(R"({"type":"array","items":)", kSomeHosts, "}"))};
}

Format<HostsWhere> role_format(const Facts& facts) {
  const std::string name = "a role of the algorithm, or 'not' and a role";
  return {name,
          [name, &facts](Reader& reader, const Node& node,
                         std::string_view what) -> std::optional<HostsWhere> {
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, name);
              return std::nullopt;
            }
            HostsWhere where;
            std::string_view role = node.text;
            if (role.starts_with("not ")) {
              where.negated = true;
              role.remove_prefix(4);
            }
            if (facts.algorithm == nullptr) return where;
            where.role = find_named(facts.algorithm->roles(), role);
            if (where.role != nullptr) return where;
            const std::vector<std::string> names = names_of(facts.algorithm->roles());
            reader.refuse(node, what, name,
                          names.empty() ? absl::StrCat(in_quotes(facts.algorithm->name()),
                                                       " has no roles; its author can give it "
                                                       "some, with Algorithm::role()")
                                        : did_you_mean(role, names));
            return std::nullopt;
          },
          {},
          R"({"type":"string"})"};
}

Hosts those_with(HostsWhere where, Hosts among) {
  where.among = std::make_shared<const AnyHosts>(AnyHosts{std::move(among)});
  return where;
}

KeyTable<HostsWhere> hosts_where_keys(const Facts& facts) {
  const Format<Hosts> hosts = hosts_format(facts);
  const Format<HostsWhere> role = role_format(facts);
  return {
      "hosts with a role",
      {
          {"where",
           {role.name,
            [role](Reader& reader, const Node& node, std::string_view what, HostsWhere& where) {
              const std::optional<HostsWhere> read = role.read(reader, node, what);
              if (!read) return;
              where.role = read->role;
              where.negated = read->negated;
            },
            role.words, role.schema},
           std::string(kRequired),
           "Hosts with an actor that has this role just then."},
          {"hosts",
           {hosts.name,
            [hosts](Reader& reader, const Node& node, std::string_view what, HostsWhere& where) {
              std::optional<Hosts> read = hosts.read(reader, node, what);
              if (read) where.among = std::make_shared<const AnyHosts>(AnyHosts{*read});
            },
            {},
            hosts.schema},
           "all",
           "How many of them, or which hosts may be among them."},
      },
      [](Reader&, const Node&, HostsWhere& where) {
        if (where.among == nullptr) where.among = std::make_shared<const AnyHosts>();
      }};
}

Format<Hosts> hosts_or_role_format(const Facts& facts) {
  const Format<Hosts> hosts = hosts_format(facts);
  const Format<HostsWhere> where = map_of(hosts_where_keys(facts));
  return {hosts.name + ", or {where: a role}",
          [hosts, where](Reader& reader, const Node& node,
                         std::string_view what) -> std::optional<Hosts> {
            if (node.kind != Node::Kind::kMap) return hosts.read(reader, node, what);
            std::optional<HostsWhere> read = where.read(reader, node, what);
            if (!read) return std::nullopt;
            return *std::move(read);
          },
          {},
          either(hosts.schema, where.schema)};
}

Format<Groups> groups_format(const Facts& facts) {
  const std::string name = "a map from names to lists of host numbers";
  return {name,
          [name, &facts](Reader& reader, const Node& node,
                         std::string_view what) -> std::optional<Groups> {
            Groups groups;
            if (node.kind == Node::Kind::kNothing) return groups;
            if (node.kind != Node::Kind::kMap) {
              reader.refuse(node, what, name);
              return std::nullopt;
            }
            for (const Node::Entry& entry : node.entries) {
              const std::string group = in_quotes(entry.key->text);
              if (!can_be_a_name(entry.key->text)) {
                reader.error(*entry.key, absl::StrCat(group, " cannot name a group"),
                             "a name begins with a letter; letters, digits, _ and - follow; 'all' "
                             "and 'random' mean something else");
                continue;
              }
              if (entry.value->kind == Node::Kind::kList) {
                groups[entry.key->text] = read_numbers(reader, *entry.value, facts);
              } else if (entry.value->kind == Node::Kind::kText) {
                NumberList numbers(reader, facts);
                numbers.add(*entry.value);
                groups[entry.key->text] = numbers.take();
              } else {
                reader.refuse(*entry.value, group, "a list of host numbers");
              }
            }
            return groups;
          },
          {},
          absl::StrCat(R"({"type":["object","null"],"propertyNames":{"pattern":"^[A-Za-z]"},)"
                       R"("additionalProperties":)",
                       hosts_format(facts).schema, "}")};
}

}  // namespace troupe::scenario
