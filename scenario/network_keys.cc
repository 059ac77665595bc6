// The keys of `network`, and of all that stands below it.
#include "scenario/network_keys.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/data_file.h"
#include "scenario/host_keys.h"
#include "scenario/latency_files.h"
#include "scenario/region_hosts.h"
#include "scenario/span_keys.h"

namespace troupe::scenario {
namespace {

// With this, one message in a thousand takes 10^13 times the median: no more is asked for.
constexpr double kLargestSigma = 10;
// Below the least, most messages would take longer than an hour; above the most, all the same.
constexpr double kLeastShape = 0.1;
constexpr double kLargestShape = 1000;
constexpr double kLargestBox = 1e9;

// What a distribution without end is drawn around; its tail is cut at an hour.
Format<Duration> typical() { return duration_between(Duration(1), std::chrono::hours(1)); }

// --- Distributions ------------------------------------------------------------------------------

KeyTable<Normal> normal_keys() {
  return {
      "normal",
      {
          {"mean", into(&Normal::mean, duration_between(Duration::zero(), std::chrono::hours(1))),
           std::string(kRequired), "The mean, before what is negative is left out."},
          {"deviation", into(&Normal::deviation, typical()), std::string(kRequired),
           "The standard deviation, before what is negative is left out."},
      }};
}

KeyTable<Lognormal> lognormal_keys() {
  return {"lognormal",
          {
              {"median", into(&Lognormal::median, typical()), std::string(kRequired),
               "Half of the messages take longer."},
              {"sigma", into(&Lognormal::sigma, number(0, kLargestSigma)), std::string(kRequired),
               "The standard deviation of the logarithm: the larger, the longer the tail."},
          }};
}

KeyTable<Exponential> exponential_keys() {
  return {"exponential",
          {
              {"mean", into(&Exponential::mean, typical()), std::string(kRequired), "The mean."},
          }};
}

KeyTable<Pareto> pareto_keys() {
  return {"pareto",
          {
              {"least", into(&Pareto::least, typical()), std::string(kRequired),
               "No message takes less."},
              {"shape", into(&Pareto::shape, number(kLeastShape, kLargestShape)),
               std::string(kRequired), "The smaller, the longer the tail."},
          }};
}

Format<Empirical> empirical() {
  return {"a file",
          [](Reader& reader, const Node& node, std::string_view what) -> std::optional<Empirical> {
            std::optional<DataFile> file = DataFile::open(reader, node, what);
            if (!file) return std::nullopt;
            return read_distribution(*file);
          },
          {},
          text().schema};
}

// --- Latencies of pairs -------------------------------------------------------------------------

// The file, and what the numbers in it mean.
struct MatrixFile {
  const Node* file = nullptr;
  Duration unit = std::chrono::milliseconds(1);
  bool shuffled = false;
};

Slot<MatrixFile> file_of_matrix() {
  return {
      "a file",
      [](Reader&, const Node& node, std::string_view, MatrixFile& matrix) { matrix.file = &node; },
      {},
      text().schema};
}

Slot<MatrixFile> unit_of_matrix() {
  const Format<std::string> format = one_of("a unit", {"ms", "us", "s"});
  return {"ms, us or s",
          [format](Reader& reader, const Node& node, std::string_view what, MatrixFile& matrix) {
            const std::optional<std::string> unit = format.read(reader, node, what);
            if (unit == "us") matrix.unit = std::chrono::microseconds(1);
            if (unit == "s") matrix.unit = std::chrono::seconds(1);
          },
          format.words, format.schema};
}

Slot<MatrixFile> rows_of_matrix() {
  const Format<std::string> format = one_of("an order of the rows", {"in_order", "random"});
  return {"in_order or random",
          [format](Reader& reader, const Node& node, std::string_view what, MatrixFile& matrix) {
            matrix.shuffled = format.read(reader, node, what) == "random";
          },
          format.words, format.schema};
}

KeyTable<MatrixFile> matrix_keys() {
  return {"matrix",
          {
              {"file", file_of_matrix(), std::string(kRequired),
               "Round trips between all pairs of hosts: a line for each host."},
              {"unit", unit_of_matrix(), "ms", "The unit of the numbers in the file."},
              {"rows", rows_of_matrix(), "in_order",
               "Which row a host has: that of its number, or one chosen at random."},
          }};
}

Format<Matrix> matrix(const Facts& facts) {
  return {
      "a file, or a map of keys",
      [&facts](Reader& reader, const Node& node, std::string_view what) -> std::optional<Matrix> {
        MatrixFile wanted{.file = &node};
        if (node.kind != Node::Kind::kText && !matrix_keys().read(reader, node, what, wanted)) {
          return std::nullopt;
        }
        if (wanted.file == &node && node.kind != Node::Kind::kText) return std::nullopt;
        std::optional<DataFile> file = DataFile::open(reader, *wanted.file, what);
        if (!file) return std::nullopt;
        std::optional<Matrix> matrix = read_matrix(*file, wanted.unit);
        if (!matrix) return std::nullopt;
        matrix->shuffled = wanted.shuffled;
        const auto rows = static_cast<std::int64_t>(matrix->size);
        if (facts.hosts && *facts.hosts > rows) {
          reader.error(
              *wanted.file,
              absl::StrCat("the matrix is for ", written(rows), rows == 1 ? " host" : " hosts",
                           ", and the scenario has ", written(*facts.hosts)));
        }
        return matrix;
      },
      {},
      either(text().schema, schema_of_map("matrix"))};
}

Slot<Regions> file_of_regions() {
  return {"a file",
          [](Reader& reader, const Node& node, std::string_view what, Regions& regions) {
            std::optional<DataFile> file = DataFile::open(reader, node, what);
            std::optional<Regions::Table> table;
            if (file) table = read_regions(*file);
            if (table) regions.table = std::make_shared<const Regions::Table>(*std::move(table));
          },
          {},
          text().schema};
}

Slot<Regions> hosts_of_regions(const Facts& facts) {
  return {std::string(kRegionHosts),
          [&facts](Reader& reader, const Node& node, std::string_view what, Regions& regions) {
            read_region_hosts(reader, node, what, facts, regions);
          },
          {},
          R"({"anyOf":[{"const":"round_robin"},{"type":"object"}]})"};
}

KeyTable<Regions> regions_keys(const Facts& facts) {
  return {"regions",
          {
              {"file", file_of_regions(), std::string(kRequired),
               "Round trips between regions, in milliseconds."},
              {"hosts", hosts_of_regions(facts), "round_robin", "Who is where."},
          }};
}

Format<Regions> regions(const Facts& facts) {
  return {
      "a map of keys",
      [&facts](Reader& reader, const Node& node, std::string_view what) -> std::optional<Regions> {
        Regions regions;
        const bool is_map = regions_keys(facts).read(reader, node, what, regions);
        if (!is_map || regions.table == nullptr) return std::nullopt;
        return regions;
      },
      {},
      schema_of_map("regions")};
}

Slot<Coordinates> box() {
  const std::string name = "the sizes of a box, [100, 100] or [100, 100, 100]";
  return {
      name,
      [name](Reader& reader, const Node& node, std::string_view what, Coordinates& coordinates) {
        const bool is_list = node.kind == Node::Kind::kList;
        if (!is_list || (node.items.size() != 2 && node.items.size() != 3)) {
          reader.refuse(node, what, name);
          return;
        }
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          const auto size = number(0, kLargestBox).read(reader, *node.items[i], "a size of 'box'");
          coordinates.box[i] = size.value_or(0);
        }
      },
      {},
      absl::StrCat(R"({"type":"array","minItems":2,"maxItems":3,"items":)",
                   or_variable(number(0, kLargestBox).schema), "}")};
}

Slot<Coordinates> file_of_places(const Facts& facts) {
  return {
      "a file",
      [&facts](Reader& reader, const Node& node, std::string_view what, Coordinates& coordinates) {
        std::optional<DataFile> file = DataFile::open(reader, node, what);
        if (!file) return;
        auto places = read_places(*file);
        if (!places) return;
        const auto count = static_cast<std::int64_t>(places->size());
        if (facts.hosts && *facts.hosts > count) {
          reader.error(node, absl::StrCat("the file has the places of ", written(count),
                                          count == 1 ? " host" : " hosts",
                                          ", and the scenario has ", written(*facts.hosts)));
        }
        coordinates.places =
            std::make_shared<const std::vector<Coordinates::Point>>(*std::move(places));
      },
      {},
      text().schema};
}

KeyTable<Coordinates> coordinates_keys(const Facts& facts) {
  return {"coordinates",
          {
              {"box", box(), "", "Hosts have places at random in a box of this size."},
              {"file", file_of_places(facts), "", "Hosts have these places: a line for each."},
              {"base", into(&Coordinates::base, duration()), "0s",
               "What a message takes over no distance."},
              {"scale", into(&Coordinates::scale, typical()), std::string(kRequired),
               "What each unit of distance adds."},
          },
          [](Reader& reader, const Node& map, Coordinates&) {
            if ((map.find("box") != nullptr) != (map.find("file") != nullptr)) return;
            reader.error(map, "'coordinates' have either 'box' or 'file'");
          },
          {.exactly_one = {"box", "file"}}};
}

// --- Latencies ----------------------------------------------------------------------------------

// Drawn for each message.
std::vector<Key<Latency>> distributions() {
  return {
      {"constant", alternative<Latency>(constant()), "", "Always the same."},
      {"uniform", alternative<Latency>(uniform()), "", "Anything between two durations."},
      {"normal", alternative<Latency>(map_of(normal_keys())), "", "Around a mean; never negative."},
      {"lognormal", alternative<Latency>(map_of(lognormal_keys())), "",
       "Most near the median, a few much longer."},
      {"exponential", alternative<Latency>(map_of(exponential_keys())), "",
       "The shorter, the more likely: waiting without memory."},
      {"pareto", alternative<Latency>(map_of(pareto_keys())), "",
       "Most near the least, a few extremely long."},
      {"cdf", alternative<Latency>(empirical()), "", "As it was measured."},
  };
}

KeyTable<Latency> distribution_keys() {
  static const auto* const kTable =
      new KeyTable<Latency>(alternatives<Latency>("a distribution", "a latency", distributions()));
  return *kTable;
}

// Also those that depend on the pair of hosts.
KeyTable<Latency> latency_keys(const Facts& facts) {
  std::vector<Key<Latency>> keys = distributions();
  keys.push_back({"matrix", alternative<Latency>(matrix(facts)), "",
                  "Half of the round trip that a file has for each pair of hosts."});
  keys.push_back({"regions", alternative<Latency>(regions(facts)), "",
                  "Half of the round trip between the regions that the hosts are in."});
  keys.push_back({"coordinates", alternative<Latency>(map_of(coordinates_keys(facts))), "",
                  "By the distance between the places of the hosts."});
  return alternatives<Latency>("latency", "a latency", std::move(keys));
}

// --- Sets of hosts ------------------------------------------------------------------------------

const Regions::Table* table_of(const Network& network) {
  const auto* regions = std::get_if<Regions>(&network.latency);
  return regions == nullptr ? nullptr : regions->table.get();
}

// Hosts as in a phase, or the name of a region. `network` has been read as far as its latency.
std::optional<HostSet> read_host_set(Reader& reader, const Node& node, std::string_view what,
                                     const Facts& facts, const Network& network) {
  const Regions::Table* table = table_of(network);
  if (table != nullptr && node.kind == Node::Kind::kText) {
    const auto name = std::find(table->names.begin(), table->names.end(), node.text);
    if (name != table->names.end()) {
      return HostsInRegion{static_cast<std::uint16_t>(name - table->names.begin())};
    }
  }
  const std::optional<Hosts> hosts = hosts_format(facts).read(reader, node, what);
  if (!hosts) return std::nullopt;
  if (std::holds_alternative<AllHosts>(*hosts)) return EveryHost{};
  if (const auto* list = std::get_if<HostList>(&*hosts)) return NumberedHosts{list->numbers};
  if (std::holds_alternative<HostsAmong>(*hosts)) {
    reader.error(node, absl::StrCat(std::string(what), " cannot be a part of a group"),
                 "the whole group can, or a part of all hosts");
    return std::nullopt;
  }
  if (!facts.hosts) return std::nullopt;
  const std::int64_t all = *facts.hosts;
  std::int64_t count = 0;
  if (const auto* fraction = std::get_if<HostFraction>(&*hosts)) {
    count = static_cast<std::int64_t>(fraction->part_of(static_cast<std::size_t>(all)));
  } else {
    count = std::get<HostCount>(*hosts).count;
  }
  if (count == 0 || count > all) {
    reader.error(node, absl::StrCat(std::string(what), " stands for ",
                                    count == 0 ? "no host" : "more hosts than there are", ", of ",
                                    written(all)));
    return std::nullopt;
  }
  return ChosenHosts{count};
}

template <class Owner>
Slot<Owner> host_set(HostSet Owner::* member, const Facts& facts, const Network& network) {
  return {hosts_format(facts).name + ", or a region",
          [member, &facts, &network](Reader& reader, const Node& node, std::string_view what,
                                     Owner& owner) {
            const auto hosts = read_host_set(reader, node, what, facts, network);
            if (hosts) owner.*member = *hosts;
          },
          {},
          hosts_format(facts).schema};
}

// --- Links and bandwidth ------------------------------------------------------------------------

const NumberedHosts* only_one(const HostSet& set) {
  const auto* numbered = std::get_if<NumberedHosts>(&set);
  return numbered != nullptr && numbered->numbers.size() == 1 ? numbered : nullptr;
}

void complete_link(Reader& reader, const Node& map, const Link& link, const Network& network) {
  const bool changes = std::any_of(map.entries.begin(), map.entries.end(), [](const auto& entry) {
    const std::string& key = entry.key->text;
    return key != "from" && key != "to" && key != "both_ways";
  });
  if (!changes) {
    reader.error(map,
                 "a link changes at least one of latency, jitter, loss, duplication, corruption, "
                 "reordering");
  }
  const NumberedHosts* from = only_one(link.from);
  const NumberedHosts* to = only_one(link.to);
  if (from != nullptr && to != nullptr && from->numbers == to->numbers) {
    reader.error(map, "a link is between two hosts, and this one has the same at both ends");
  }
  const bool varies =
      is_random(link.latency.value_or(network.latency)) ||
      (link.jitter ? is_random(*link.jitter) : network.jitter && is_random(*network.jitter));
  if (link.reordering.value_or(0) > 0 && !varies) {
    reader.error(*map.find("reordering"),
                 "'reordering' has no effect where all messages take as long", "give a 'jitter'");
  }
}

KeyTable<Link> link_keys(const Facts& facts, const Network& network) {
  const std::string as_before = "that of the network";
  return {
      "links",
      {
          {"from", host_set(&Link::from, facts, network), "all", "Where messages come from."},
          {"to", host_set(&Link::to, facts, network), "all", "Where they go."},
          {"both_ways", into(&Link::both_ways, flag()), "false",
           "Whether the same holds for messages that go back."},
          {"latency", into(&Link::latency, link_latency()), as_before,
           "In the place of the network's."},
          {"jitter", into(&Link::jitter, link_latency()), as_before,
           "In the place of the network's."},
          {"loss", into(&Link::loss, probability()), as_before, "In the place of the network's."},
          {"duplication", into(&Link::duplication, probability()), as_before,
           "In the place of the network's."},
          {"corruption", into(&Link::corruption, probability()), as_before,
           "In the place of the network's."},
          {"reordering", into(&Link::reordering, probability()), as_before,
           "In the place of the network's."},
      },
      [&network](Reader& reader, const Node& map, Link& link) {
        complete_link(reader, map, link, network);
      }};
}

Slot<Network> links(const Facts& facts) {
  return {"a list",
          [&facts](Reader& reader, const Node& node, std::string_view what, Network& network) {
            const Network so_far = network;
            auto read = list_of(map_of(link_keys(facts, so_far))).read(reader, node, what);
            if (read) network.links = *std::move(read);
          },
          {},
          schema_of_list(schema_of_map("links"))};
}

KeyTable<Bandwidth::Exception> exception_keys(const Facts& facts, const Network& network) {
  return {"exceptions",
          {
              {"hosts", host_set(&Bandwidth::Exception::hosts, facts, network),
               std::string(kRequired), "These hosts."},
              {"up", into(&Bandwidth::Exception::up, positive_rate()), std::string(kRequired),
               "What each of them can send."},
          }};
}

KeyTable<Bandwidth> bandwidth_keys(const Facts& facts, const Network& network) {
  return {"bandwidth",
          {
              {"up", into(&Bandwidth::up, positive_rate()), std::string(kRequired),
               "What each host can send: its messages leave one after another."},
              {"payload", into(&Bandwidth::payload, size()), "as it is encoded",
               "The size of every message, without its overhead."},
              {"overhead", into(&Bandwidth::overhead, size()), "64B",
               "What headers add to every message."},
              {"queue", into(&Bandwidth::queue, size()), "without end",
               "What may wait in a host; a message that finds no room is dropped."},
              {"exceptions",
               into(&Bandwidth::exceptions, list_of(map_of(exception_keys(facts, network)))), "[]",
               "Hosts that can send more, or less. The last that names a host holds."},
          },
          [](Reader& reader, const Node& map, Bandwidth& bandwidth) {
            if (bandwidth.payload.value_or(1) + bandwidth.overhead > 0) return;
            reader.error(map, "messages of no size need no 'bandwidth'");
          }};
}

Slot<Network> bandwidth(const Facts& facts) {
  const std::string name = positive_rate().name + ", or a map of keys";
  return {name,
          [&facts](Reader& reader, const Node& node, std::string_view what, Network& network) {
            Bandwidth bandwidth;
            if (node.kind == Node::Kind::kText) {
              const auto up = positive_rate().read(reader, node, what);
              if (!up) return;
              bandwidth.up = *up;
            } else if (!bandwidth_keys(facts, network).read(reader, node, what, bandwidth)) {
              return;
            }
            network.bandwidth = std::move(bandwidth);
          },
          {},
          either(positive_rate().schema, schema_of_map("bandwidth"))};
}

void complete_network(Reader& reader, const Node& map, const Network& network) {
  const bool varies = is_random(network.latency) ||
                      (network.jitter && is_random(*network.jitter)) ||
                      std::any_of(network.links.begin(), network.links.end(), [](const Link& link) {
                        return (link.latency && is_random(*link.latency)) ||
                               (link.jitter && is_random(*link.jitter));
                      });
  if (network.reordering > 0 && !varies) {
    reader.error(*map.find("reordering"),
                 "'reordering' has no effect where all messages take as long", "give a 'jitter'");
  }
}

}  // namespace

Format<Latency> link_latency() { return duration_or(distribution_keys()); }

// What links and bandwidth are read by, the latency, stands before them.
KeyTable<Network> network_keys(const Facts& facts) {
  return {"network",
          {
              {"latency", into(&Network::latency, duration_or(latency_keys(facts))), "50ms",
               "How long a message takes, one way, between two hosts."},
              {"jitter", into(&Network::jitter, duration_or(distribution_keys())), "none",
               "What is added to the latency of each message."},
              {"loss", into(&Network::loss, probability()), "0",
               "The probability that a message between two hosts is lost."},
              {"duplication", into(&Network::duplication, probability()), "0",
               "The probability that a message between two hosts arrives twice."},
              {"corruption", into(&Network::corruption, probability()), "0",
               "The probability that a message between two hosts is damaged: its receiver drops "
               "it."},
              {"reordering", into(&Network::reordering, probability()), "0",
               "The probability that a message does not keep its place among those of its pair of "
               "hosts."},
              {"bandwidth", bandwidth(facts), "without limit", "How fast messages leave a host."},
              {"links", links(facts), "[]", "What is different between some hosts."},
          },
          [](Reader& reader, const Node& map, Network& network) {
            complete_network(reader, map, network);
          }};
}

KeyTable<Disk> disk_keys() {
  return {
      "disk",
      {
          {"sync_takes", into(&Disk::sync_takes, duration_or(distribution_keys())), "no time",
           "How long it takes until a change of what actors save is kept; with a crash, what is "
           "not kept yet is lost."},
      }};
}

std::vector<MapDescription> describe_network(const Facts& facts) {
  const Network network;
  return {network_keys(facts).description(),
          latency_keys(facts).description(),
          distribution_keys().description(),
          normal_keys().description(),
          lognormal_keys().description(),
          exponential_keys().description(),
          pareto_keys().description(),
          matrix_keys().description(),
          regions_keys(facts).description(),
          coordinates_keys(facts).description(),
          bandwidth_keys(facts, network).description(),
          exception_keys(facts, network).description(),
          link_keys(facts, network).description(),
          disk_keys().description()};
}

}  // namespace troupe::scenario
