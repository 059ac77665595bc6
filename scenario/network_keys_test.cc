// How a scenario writes its network: good ones, and word for word what is told of wrong ones and of
// wrong files that they name.
#include <cstdint>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "scenario/parse_testing.h"

namespace troupe::scenario {
namespace {

// The network of a scenario without mistakes.
Network good_network(const std::string& network, const Files& files = {}, int hosts = 4) {
  const Folder folder(files);
  const ParseResult result =
      folder.parse(absl::StrCat("algorithm: ring\nhosts: ", hosts, "\nnetwork: ", network, "\n"));
  EXPECT_EQ(lines_of(result.errors), Lines{}) << network;
  return result.scenario.value_or(Scenario{}).network;
}

// --- Good ones ----------------------------------------------------------------------------------

TEST(Networks, HaveDistributions) {
  const auto latency = [](const std::string& text) {
    return good_network("{latency: " + text + "}").latency;
  };
  EXPECT_EQ(std::get<Normal>(latency("{normal: {mean: 0s, deviation: 5ms}}")).deviation, 5ms);
  EXPECT_EQ(std::get<Exponential>(latency("{exponential: {mean: 5ms}}")).mean, 5ms);
  const auto pareto = std::get<Pareto>(latency("{pareto: {least: 5ms, shape: 2.5}}"));
  EXPECT_EQ(pareto.least, 5ms);
  EXPECT_EQ(pareto.shape, 2.5);
}

TEST(Networks, HaveFaultsAndJitter) {
  const Network network = good_network(
      "{jitter: {exponential: {mean: 5ms}}, duplication: 1%, corruption: 2%, reordering: 3%}");
  EXPECT_EQ(std::get<Exponential>(*network.jitter).mean, 5ms);
  EXPECT_EQ(network.duplication, 0.01);
  EXPECT_EQ(network.corruption, 0.02);
  EXPECT_EQ(network.reordering, 0.03);
  EXPECT_EQ(network.loss, 0);
}

TEST(Networks, HaveBandwidth) {
  EXPECT_EQ(good_network("{bandwidth: 10Mbit/s}").bandwidth->up, 10'000'000);
  EXPECT_EQ(good_network("{bandwidth: 10Mbit/s}").bandwidth->overhead, 64);
  EXPECT_FALSE(good_network("{bandwidth: 10Mbit/s}").bandwidth->payload.has_value());
  const Bandwidth all = *good_network(
                             "{bandwidth: {up: 1MB/s, payload: 1kB, overhead: 0B, queue: 64KiB, "
                             "exceptions: [{hosts: [3], up: 1bit/s}, {hosts: 50%, up: 2bit/s}]}}")
                             .bandwidth;
  EXPECT_EQ(all.up, 8'000'000);
  EXPECT_EQ(all.payload, 1000);
  EXPECT_EQ(all.overhead, 0);
  EXPECT_EQ(all.queue, 65536);
  ASSERT_EQ(all.exceptions.size(), 2u);
  EXPECT_EQ(std::get<NumberedHosts>(all.exceptions[0].hosts).numbers, std::vector<std::int64_t>{3});
  EXPECT_EQ(all.exceptions[0].up, 1);
  EXPECT_EQ(std::get<ChosenHosts>(all.exceptions[1].hosts).count, 2);
}

TEST(Networks, HaveLinks) {
  const Network network = good_network(
      "{links: [{from: [0], to: [1, 2], latency: 5ms, jitter: {uniform: [0s, 1ms]}}, "
      "{to: 2, both_ways: true, loss: 1%, duplication: 2%, corruption: 3%}, "
      "{jitter: {exponential: {mean: 1ms}}, reordering: 4%}]}");
  ASSERT_EQ(network.links.size(), 3u);
  const Link& first = network.links[0];
  EXPECT_EQ(std::get<NumberedHosts>(first.from).numbers, std::vector<std::int64_t>{0});
  EXPECT_EQ(std::get<NumberedHosts>(first.to).numbers, (std::vector<std::int64_t>{1, 2}));
  EXPECT_FALSE(first.both_ways);
  EXPECT_EQ(std::get<Constant>(*first.latency).value, 5ms);
  EXPECT_EQ(std::get<Uniform>(*first.jitter).high, 1ms);
  EXPECT_FALSE(first.loss.has_value());
  const Link& second = network.links[1];
  EXPECT_TRUE(std::holds_alternative<EveryHost>(second.from));
  EXPECT_EQ(std::get<ChosenHosts>(second.to).count, 2);
  EXPECT_TRUE(second.both_ways);
  EXPECT_FALSE(second.latency.has_value());
  EXPECT_EQ(second.loss, 0.01);
  EXPECT_EQ(second.duplication, 0.02);
  EXPECT_EQ(second.corruption, 0.03);
  EXPECT_EQ(network.links[2].reordering, 0.04);
}

TEST(Networks, HaveAMatrix) {
  const Files files = {{"m.txt",
                        "\xEF\xBB\xBF# S\xC3\xA3o\r\n0 20 30.5\t40\r\n\r\n  21, 0,1, 2 # b\n"
                        "30 1 0 3\n40 2 3 0"}};
  const auto matrix = std::get<Matrix>(good_network("{latency: {matrix: m.txt}}", files).latency);
  ASSERT_EQ(matrix.size, 4u);
  ASSERT_EQ(matrix.latency->size(), 16u);
  EXPECT_EQ((*matrix.latency)[1], 10ms);
  EXPECT_EQ((*matrix.latency)[2], 15250us);
  EXPECT_EQ((*matrix.latency)[4], 10500us);
  EXPECT_EQ((*matrix.latency)[15], 0s);
  EXPECT_FALSE(matrix.shuffled);
  const auto micro = std::get<Matrix>(
      good_network("{latency: {matrix: {file: m.txt, unit: us, rows: random}}}", files, 2).latency);
  EXPECT_EQ((*micro.latency)[1], 10us);
  EXPECT_TRUE(micro.shuffled);
}

constexpr const char* kRegionFile =
    "# two regions\n"
    "region, west, east\n"
    "west,   2,    100\n"
    "east,   101,  4\n";

// The regions of all hosts, where `hosts` says who is where.
std::vector<std::uint16_t> regions_of(const std::string& hosts, int count) {
  const Network network =
      good_network(absl::StrCat("{latency: {regions: {file: r.csv, hosts: ", hosts, "}}}"),
                   {{"r.csv", kRegionFile}}, count);
  const auto* regions = std::get_if<Regions>(&network.latency);
  if (regions == nullptr || regions->of_host == nullptr) return {};
  return *regions->of_host;
}

TEST(Networks, HaveRegions) {
  const auto regions = std::get<Regions>(
      good_network("{latency: {regions: {file: r.csv}}}", {{"r.csv", kRegionFile}}).latency);
  EXPECT_EQ(regions.table->names, (std::vector<std::string>{"west", "east"}));
  EXPECT_EQ(regions.table->latency, (std::vector<Duration>{1ms, 50ms, 50500us, 2ms}));
  EXPECT_EQ(regions.of_host, nullptr);
}

TEST(Networks, PutHostsIntoRegions) {
  using Numbers = std::vector<std::uint16_t>;
  EXPECT_EQ(regions_of("round_robin", 4), Numbers{});
  EXPECT_EQ(regions_of("{west: [0, 3], east: [1, 2]}", 4), (Numbers{0, 1, 1, 0}));
  EXPECT_EQ(regions_of("{east: 1, west: 3}", 4), (Numbers{1, 0, 0, 0}));
  EXPECT_EQ(regions_of("{east: 25%, west: 75%}", 4), (Numbers{1, 0, 0, 0}));
  EXPECT_EQ(regions_of("{east: rest, west: 50%}", 4), (Numbers{0, 0, 1, 1}));
  EXPECT_EQ(regions_of("{east: [0], west: rest}", 3), (Numbers{1, 0, 0}));
  EXPECT_EQ(regions_of("{west: rest}", 2), (Numbers{0, 0}));
  EXPECT_EQ(regions_of("{west: 0, east: rest}", 2), (Numbers{1, 1}));
  // Rounding loses nobody and doubles nobody.
  for (int hosts = 1; hosts < 50; ++hosts) {
    const Numbers numbers = regions_of("{west: 33.3%, east: 66.7%}", hosts);
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(hosts));
  }
}

TEST(Networks, HaveLinksBetweenRegions) {
  const Network network =
      good_network("{latency: {regions: {file: r.csv}}, links: [{from: east, to: west, loss: 1%}]}",
                   {{"r.csv", kRegionFile}});
  EXPECT_EQ(std::get<HostsInRegion>(network.links.at(0).from).region, 1);
  EXPECT_EQ(std::get<HostsInRegion>(network.links.at(0).to).region, 0);
}

TEST(Networks, HaveRegionsThatArePlacesOfHosts) {
  const Folder folder({{"r.csv", kRegionFile}});
  const ParseResult result = folder.parse(
      "algorithm: ring\n"
      "hosts: 7\n"
      "network: {latency: {regions: {file: r.csv, hosts: {west: [1, 2], east: rest}}}}\n"
      "phases:\n"
      "  - spawn: {}\n"
      "  - {crash: west, pause: 20% of east, partition: {groups: [west, [east]]}}\n"
      "  - calls: {method: poke, on: [west, 6]}\n");
  ASSERT_EQ(lines_of(result.errors), Lines{});
  using Numbers = std::vector<std::int64_t>;
  const std::vector<Action>& actions = result.scenario->phases.at(1).actions;
  EXPECT_EQ(std::get<HostList>(std::get<Crash>(actions.at(0)).hosts).numbers, (Numbers{1, 2}));
  EXPECT_EQ(std::get<HostsAmong>(std::get<Pause>(actions.at(1)).hosts).numbers,
            (Numbers{0, 3, 4, 5, 6}));
  EXPECT_EQ(std::get<HostList>(std::get<Partition>(actions.at(2)).groups.at(1)).numbers,
            (Numbers{0, 3, 4, 5, 6}));
  const auto& calls = std::get<Calls>(result.scenario->phases.at(2).actions.at(0));
  EXPECT_EQ(std::get<HostList>(std::get<Hosts>(calls.on)).numbers, (Numbers{1, 2, 6}));
}

TEST(Networks, HaveRegionsThatNoGroupIsNamedAfter) {
  const Folder folder({{"r.csv", kRegionFile}});
  EXPECT_EQ(lines_of(folder
                         .parse("algorithm: ring\n"
                                "hosts: 7\n"
                                "groups: {north: [0], west: [1]}\n"
                                "network: {latency: {regions: {file: r.csv}}}\n"
                                "phases: [{spawn: {}}, {crash: wst}]\n")
                         .errors),
            (Lines{"f.yaml:3:22: 'west' is a region, too; give the group another name",
                   "f.yaml:5:31: no group is called 'wst'; did you mean 'west'? allowed: "
                   "east, north, west"}));
}

TEST(Networks, HaveAMeasuredDistribution) {
  const auto cdf =
      std::get<Empirical>(good_network("{latency: {cdf: c.txt}}",
                                       {{"c.txt", "1.5 0\n10 0.5\n10 0.75\n20 0.75\n30 1\n"}})
                              .latency);
  ASSERT_EQ(cdf.points->size(), 5u);
  EXPECT_EQ((*cdf.points)[0].latency, 1500us);
  EXPECT_EQ((*cdf.points)[2].part, 0.75);
}

TEST(Networks, HaveCoordinates) {
  const auto flat = std::get<Coordinates>(
      good_network("{latency: {coordinates: {box: [10, 20.5], base: 1ms, scale: 2ms}}}").latency);
  EXPECT_EQ(flat.box, (Coordinates::Point{10, 20.5, 0}));
  EXPECT_EQ(flat.base, 1ms);
  EXPECT_EQ(flat.scale, 2ms);
  EXPECT_EQ(flat.places, nullptr);
  const auto placed =
      std::get<Coordinates>(good_network("{latency: {coordinates: {file: p.txt, scale: 2ms}}}",
                                         {{"p.txt", "1 2 3\n-1e3 0 .5\n"}}, 2)
                                .latency);
  ASSERT_EQ(placed.places->size(), 2u);
  EXPECT_EQ((*placed.places)[1], (Coordinates::Point{-1000, 0, 0.5}));
}

TEST(Networks, FindFilesBesideTheScenario) {
  const ParseResult result =
      parse_text("algorithm: ring\nnetwork: {latency: {cdf: king/cdf.txt}}\n", "scenarios/x.yaml",
                 known_algorithms(), {.set = {"network.latency={matrix: king/matrix.txt}"}});
  EXPECT_TRUE(result.errors.empty());
  EXPECT_TRUE(std::holds_alternative<Matrix>(result.scenario->network.latency));
}

// --- Wrong ones ---------------------------------------------------------------------------------

const std::vector<Wrong>& wrong_networks() {
  static const auto* const kWrong = new std::vector<Wrong>{
      {"ANormalNeedsItsDeviation",
       "  latency: {normal: {mean: 5ms}}\n",
       {},
       {("f.yaml:4:21: 'deviation' is missing in 'normal'; it is a duration from 1ns to 1h")}},
      {"ADeviationIsNotNegative",
       "  latency: {normal: {mean: 5ms, deviation: -1ms}}\n",
       {},
       {("f.yaml:4:44: 'deviation' must be a duration from 1ns to 1h, not '-1ms'")}},
      {"ADeviationIsMoreThanNothing",
       "  latency: {normal: {mean: 5ms, deviation: 0s}}\n",
       {},
       {("f.yaml:4:44: 'deviation' must be a duration from 1ns to 1h, not '0s'")}},
      {"AMeanIsAtMostAnHour",
       "  latency: {exponential: {mean: 2h}}\n",
       {},
       {("f.yaml:4:33: 'mean' must be a duration from 1ns to 1h, not '2h'")}},
      {"AShapeIsAboveZero",
       "  latency: {pareto: {least: 5ms, shape: 0}}\n",
       {},
       {("f.yaml:4:41: 'shape' must be a number from 0.1 to 1000, not '0'")}},
      {"AParetoNeedsALeast",
       "  latency: {pareto: {least: 0s, shape: 2}}\n",
       {},
       {("f.yaml:4:29: 'least' must be a duration from 1ns to 1h, not '0s'")}},
      {"AMisspeltKeyOfADistributionIsNamed",
       "  latency: {pareto: {leest: 5ms, shape: 2}}\n",
       {},
       {("f.yaml:4:21: 'least' is missing in 'pareto'; it is a duration from 1ns to 1h"),
        ("f.yaml:4:22: unknown key 'leest' in 'pareto'; did you mean 'least'? allowed: least, "
         "shape")}},
      {"JitterDependsOnNoPair",
       "  jitter: {matrix: m.txt}\n",
       {},
       {("f.yaml:4:12: unknown key 'matrix' in 'jitter'; allowed: constant, uniform, normal, "
         "lognormal, exponential, pareto, cdf")}},
      {"DuplicationIsAProbability",
       "  duplication: 1.5\n",
       {},
       {("f.yaml:4:16: 'duplication' must be a probability from 0 to 1, or from 0% to 100%, not "
         "'1.5'; for 1.5 percent, write 1.5%")}},
      {"CorruptionIsAProbability",
       "  corruption: -1%\n",
       {},
       {("f.yaml:4:15: 'corruption' must be a probability from 0 to 1, or from 0% to 100%, not "
         "'-1%'")}},
      {"ReorderingNeedsRandomLatencies",
       "  latency: 20ms\n  reordering: 10%\n",
       {},
       {("f.yaml:5:15: 'reordering' has no effect where all messages take as long; give a "
         "'jitter'")}},
      {"ReorderingOfALinkNeedsRandomLatencies",
       "  latency: {uniform: [1ms, 2ms]}\n  links: [{to: [1], latency: 5ms, reordering: 10%}]\n",
       {},
       {("f.yaml:5:47: 'reordering' has no effect where all messages take as long; give a "
         "'jitter'")}},
      {"ARateHasAUnit",
       "  bandwidth: 10\n",
       {},
       {("f.yaml:4:14: 'bandwidth' must be a rate such as 10Mbit/s or 1MB/s, not '10'; write "
         "10bit/s, or with another unit: bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, GB/s")}},
      {"ARateHasAKnownUnit",
       "  bandwidth: 10Mbps\n",
       {},
       {("f.yaml:4:14: 'bandwidth' must be a rate such as 10Mbit/s or 1MB/s, not '10Mbps'; the "
         "units are bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, GB/s")}},
      {"ARateIsNotZero",
       "  bandwidth: 0bit/s\n",
       {},
       {("f.yaml:4:14: 'bandwidth' must be a rate such as 10Mbit/s or 1MB/s, not '0bit/s'")}},
      {"ARateIsNotNegative",
       "  bandwidth: -5Mbit/s\n",
       {},
       {("f.yaml:4:14: 'bandwidth' must be a rate such as 10Mbit/s or 1MB/s, not '-5Mbit/s'")}},
      {"BandwidthNeedsItsRate",
       "  bandwidth: {queue: 1kB}\n",
       {},
       {("f.yaml:4:14: 'up' is missing in 'bandwidth'; it is a rate such as 10Mbit/s or 1MB/s")}},
      {"ASizeHasAUnit",
       "  bandwidth: {up: 1MB/s, payload: 100}\n",
       {},
       {("f.yaml:4:35: 'payload' must be a size such as 512B or 64kB, not '100'; write 100B, or "
         "with another unit: B, kB, MB, GB, KiB, MiB, GiB")}},
      {"ASizeIsNotNegative",
       "  bandwidth: {up: 1MB/s, queue: -1kB}\n",
       {},
       {("f.yaml:4:33: 'queue' must be a size such as 512B or 64kB, not '-1kB'")}},
      {"MessagesHaveASize",
       "  bandwidth: {up: 1MB/s, payload: 0B, overhead: 0B}\n",
       {},
       {("f.yaml:4:14: messages of no size need no 'bandwidth'")}},
      {"AnExceptionNamesItsHosts",
       "  bandwidth: {up: 1MB/s, exceptions: [{up: 1kB/s}]}\n",
       {},
       {("f.yaml:4:39: 'hosts' is missing in each of 'exceptions'; it is 'all', a percentage such "
         "as 20%, how many, a group, or a list of host numbers such as [0, 5], or a region")}},
      {"AnExceptionIsAboutHostsThatThereAre",
       "  bandwidth: {up: 1MB/s, exceptions: [{hosts: [4], up: 1kB/s}, {hosts: 5, up: 1kB/s}]}\n",
       {},
       {("f.yaml:4:48: a host number must be a whole number from 0 to 3, not '4'"),
        ("f.yaml:4:72: 'hosts' stands for more hosts than there are, of 4")}},
      {"APercentageOfFewHostsMayBeNobody",
       "  bandwidth: {up: 1MB/s, exceptions: [{hosts: 10%, up: 1kB/s}]}\n",
       {},
       {("f.yaml:4:47: 'hosts' stands for no host, of 4")}},
      {"LinksAreAList",
       "  links: {from: [0], loss: 1%}\n",
       {},
       {("f.yaml:4:10: 'links' must be a list, not a map; begin each item with '- '")}},
      {"ALinkChangesSomething",
       "  links: [{from: [0], to: [1]}]\n",
       {},
       {("f.yaml:4:11: a link changes at least one of latency, jitter, loss, duplication, "
         "corruption, reordering")}},
      {"ALinkHasTwoEnds",
       "  links: [{from: [0], to: [0], loss: 1%}]\n",
       {},
       {("f.yaml:4:11: a link is between two hosts, and this one has the same at both ends")}},
      {"AnEndOfALinkIsThere",
       "  links: [{from: [7], loss: 1%}]\n",
       {},
       {("f.yaml:4:19: a host number must be a whole number from 0 to 3, not '7'")}},
      {"AnEndOfALinkIsHosts",
       "  links: [{from: west, loss: 1%}]\n",
       {},
       {("f.yaml:4:18: 'from' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of "
         "host numbers such as [0, 5], not 'west'")}},
      {"ALinkHasALatencyOfItsOwn",
       "  links: [{from: [0], latency: {matrix: m.txt}}]\n",
       {},
       {("f.yaml:4:33: unknown key 'matrix' in 'latency'; allowed: constant, uniform, normal, "
         "lognormal, exponential, pareto, cdf")}},
      {"AMisspeltKeyOfALinkIsNamed",
       "  links: [{form: [0], loss: 1%}]\n",
       {},
       {("f.yaml:4:12: unknown key 'form' in each of 'links'; did you mean 'from'? allowed: from, "
         "to, both_ways, latency, jitter, loss, duplication, corruption, reordering")}},
      {"AFileThatIsNotThereIsNamed",
       "  latency: {matrix: king.txt}\n",
       {},
       {("f.yaml:4:21: 'matrix': king.txt cannot be read: No such file or directory; paths are "
         "relative to the folder of the scenario")}},
      {"AFolderIsNoFile",
       "  latency: {cdf: .}\n",
       {},
       {("f.yaml:4:18: 'cdf': . cannot be read: Is a directory; paths are relative to the folder "
         "of the scenario")}},
      {"AFileIsAText",
       "  latency: {cdf: [a]}\n",
       {},
       {("f.yaml:4:18: 'cdf' must be a text, not a list")}},
      {"ABinaryFileIsRefused",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", std::string("0 1\0\n1 0\n", 9)}},
       {("m.txt: this is not a text file of numbers")}},
      {"AFileInAnotherEncodingIsRefused",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt",
         "# S\xE3"
         "o\n0 1\n1 0\n"}},
       {("m.txt: this is not a text file of numbers")}},
      {"AnEmptyMatrixIsRefused",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "# nothing\n\n"}},
       {("m.txt: there are no numbers in the file")}},
      {"AShortMatrixIsNamedByItsLastLine",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "0 1 2 3\n1 0 2 3\n2 2 0 3\n"}},
       {("m.txt:3:1: the matrix ends with this line: it has 3 lines, and 4 numbers in each")}},
      {"ALongMatrixIsNamedByItsFirstLineTooMany",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "0 1 2 3\n1 0 2 3\n2 2 0 3\n3 3 3 0\n\n4 4 4 4\n"}},
       {("m.txt:6:1: the matrix has 4 numbers in a line, so it ends before this line")}},
      {"ARaggedMatrixIsNamedByEachLine",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "0 1 2 3\n1 0 2\n2 2 0 3 4\n  3\n"}},
       {("m.txt:2:1: 3 numbers in this line, and 4 in the first"),
        ("m.txt:3:1: 5 numbers in this line, and 4 in the first"),
        ("m.txt:4:3: 1 number in this line, and 4 in the first")}},
      {"AMatrixOfWordsIsNamedByEachWord",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "0 1 2 3\n1 zero 2 3\n2 2 0 NaN\n3 1e999 3 0\n"}},
       {("m.txt:2:3: a round trip must be a number from 0 to 3_600_000, not 'zero'"),
        ("m.txt:3:7: a round trip must be a number from 0 to 3_600_000, not 'NaN'"),
        ("m.txt:4:3: a round trip must be a number from 0 to 3_600_000, not '1e999'")}},
      {"AnEmptyCellIsNamed",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "0, 1, 2, 3\n1, 0,, 3\n2, 2, 0, 3\n3, 3, 3,\n"}},
       {("m.txt:2:6: a round trip must be a number from 0 to 3_600_000, not nothing"),
        ("m.txt:4:9: a round trip must be a number from 0 to 3_600_000, not nothing")}},
      {"ARoundTripIsNotNegative",
       "  latency: {matrix: m.txt}\n",
       {{"m.txt", "0 1 2 3\n1 0 2 3\n-1 2 0 3\n3 3 3 0\n"}},
       {("m.txt:3:1: a round trip must be a number from 0 to 3_600_000, not '-1'")}},
      {"ARoundTripIsAtMostAnHour",
       "  latency: {matrix: {file: m.txt, unit: s}}\n",
       {{"m.txt", "0 1 2 3\n1 0 2 3\n1 2 0 3\n3 3 3601 0\n"}},
       {("m.txt:4:5: a round trip must be a number from 0 to 3600, not '3601'")}},
      {"AMatrixHasARowForEachHost",
       "  latency: {matrix: {rows: random, file: m.txt}}\n",
       {{"m.txt", "0 1\n1 0\n"}},
       {("f.yaml:4:42: the matrix is for 2 hosts, and the scenario has 4")}},
      {"AMatrixNeedsItsFile",
       "  latency: {matrix: {unit: us}}\n",
       {},
       {("f.yaml:4:21: 'file' is missing in 'matrix'; it is a file")}},
      {"AUnitIsKnown",
       "  latency: {matrix: {file: m.txt, unit: ns, rows: radnom}}\n",
       {{"m.txt", "0 1 2 3\n1 0 2 3\n1 2 0 3\n3 3 3 0\n"}},
       {("f.yaml:4:41: 'unit' must be a unit, not 'ns'; did you mean 'ms'? allowed: ms, us, s"),
        ("f.yaml:4:51: 'rows' must be an order of the rows, not 'radnom'; did you mean 'random'? "
         "allowed: in_order, random")}},
      {"RegionsNeedTheirFile",
       "  latency: {regions: {hosts: round_robin}}\n",
       {},
       {("f.yaml:4:22: 'file' is missing in 'regions'; it is a file")}},
      {"AnEmptyTableOfRegionsIsRefused",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", ""}},
       {("r.csv: there are no regions in the file")}},
      {"ATableNamesItsRegions",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region\n"}},
       {("r.csv:1:1: the first line names 0 regions behind its first word; it must be 1 to 1000")}},
      {"RegionsHaveNamesOfTheirOwn",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region, west, 5, west,\n"}},
       {("r.csv:1:15: '5' is no name of a region"),
        ("r.csv:1:18: the region 'west' is named twice"),
        ("r.csv:1:23: a name of a region is missing")}},
      {"LinesOfATableAreInTheOrderOfItsColumns",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region, west, east\neast, 1, 2\nwest, 3, 4\n"}},
       {("r.csv:2:1: this line is for 'east', where 'west' is due; lines stand in the order of the "
         "columns"),
        ("r.csv:3:1: this line is for 'west', where 'east' is due; lines stand in the order of the "
         "columns")}},
      {"AShortTableIsRefused",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region, west, east\nwest, 1, 2\n"}},
       {("r.csv: the table has no line for 'east'")}},
      {"ALongTableIsRefused",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\nnorth, 1, 2\n"}},
       {("r.csv:4:1: the first line names 2 regions, so the table ends before this line")}},
      {"ARaggedTableIsRefused",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region, west, east\nwest, 1\neast, 1, 2, 3\n"}},
       {("r.csv:2:1: 1 number in this line, for 2 regions"),
        ("r.csv:3:1: 3 numbers in this line, for 2 regions")}},
      {"ATableHoldsNumbers",
       "  latency: {regions: {file: r.csv}}\n",
       {{"r.csv", "region, west, east\nwest, 1, far\neast, -2, 1\n"}},
       {("r.csv:2:10: a round trip must be a number from 0 to 3_600_000, not 'far'"),
        ("r.csv:3:7: a round trip must be a number from 0 to 3_600_000, not '-2'")}},
      {"ARegionIsKnown",
       "  latency: {regions: {file: r.csv, hosts: {wset: rest}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:44: 'wset' is no region of the file; did you mean 'west'? allowed: west, "
         "east")}},
      {"HostsOfRegionsAreAMap",
       "  latency: {regions: {file: r.csv, hosts: robin}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:43: 'hosts' must be round_robin, or a map from regions to hosts, not 'robin'")}},
      {"EachHostIsInARegion",
       "  latency: {regions: {file: r.csv, hosts: {west: [0], east: 2}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:43: 1 host is in no region; give one region the 'rest'")}},
      {"NoHostIsInTwoRegions",
       "  latency: {regions: {file: r.csv, hosts: {west: [0, 1], east: [1, 2, 3]}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:65: host 1 is given twice")}},
      {"RegionsTakeNoMoreHostsThanThereAre",
       "  latency: {regions: {file: r.csv, hosts: {west: 60%, east: 60%}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:43: the regions ask for more hosts than there are, 4")}},
      {"ListsAndSharesOfRegionsFitTogether",
       "  latency: {regions: {file: r.csv, hosts: {west: [0, 1], east: 75%}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:43: the regions ask for more hosts than there are, 4")}},
      {"OnlyOneRegionHasTheRest",
       "  latency: {regions: {file: r.csv, hosts: {west: rest, east: rest}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:62: 'rest' is given twice")}},
      {"AShareOfARegionIsHosts",
       "  latency: {regions: {file: r.csv, hosts: {west: half, east: [9]}}}\n",
       {{"r.csv", "region, west, east\nwest, 2, 100\neast, 101, 4\n"}},
       {("f.yaml:4:50: 'west' must be a percentage such as 20%, how many, a list of host numbers "
         "such as [0, 5], or 'rest', not 'half'"),
        ("f.yaml:4:63: a host number must be a whole number from 0 to 3, not '9'")}},
      {"AnEmptyDistributionIsRefused",
       "  latency: {cdf: c.txt}\n",
       {{"c.txt", "\n"}},
       {("c.txt: there are no numbers in the file")}},
      {"ADistributionHasTwoNumbersInALine",
       "  latency: {cdf: c.txt}\n",
       {{"c.txt", "1 0\n2\n3 1 1\n"}},
       {("c.txt:2:1: a line has a latency and the part of messages that take no longer, not 1 "
         "word"),
        ("c.txt:3:1: a line has a latency and the part of messages that take no longer, not 3 "
         "words")}},
      {"ADistributionRises",
       "  latency: {cdf: c.txt}\n",
       {{"c.txt", "1 0\n3 0.5\n2 0.4\n4 1\n"}},
       {("c.txt:3:1: latencies rise from line to line, and this one falls"),
        ("c.txt:3:3: parts rise from line to line, and this one falls")}},
      {"ADistributionEndsWithAll",
       "  latency: {cdf: c.txt}\n",
       {{"c.txt", "1 0\n3 0.5\n"}},
       {("c.txt:2:3: the last part must be 1: all messages")}},
      {"ADistributionHasPartsAndNotPercentages",
       "  latency: {cdf: c.txt}\n",
       {{"c.txt", "1 0%\n3 50\nx 1\n"}},
       {("c.txt:1:3: a part of all messages must be a number from 0 to 1, not '0%'"),
        ("c.txt:2:3: a part of all messages must be a number from 0 to 1, not '50'"),
        ("c.txt:3:1: a latency must be a number from 0 to 3_600_000, not 'x'")}},
      {"CoordinatesHaveABoxOrAFile",
       "  latency: {coordinates: {scale: 1ms}}\n",
       {},
       {("f.yaml:4:26: 'coordinates' have either 'box' or 'file'")}},
      {"CoordinatesHaveNotBoth",
       "  latency: {coordinates: {box: [1, 1], file: p.txt, scale: 1ms}}\n",
       {{"p.txt", "1 1\n1 2\n1 3\n1 4\n"}},
       {("f.yaml:4:26: 'coordinates' have either 'box' or 'file'")}},
      {"CoordinatesNeedAScale",
       "  latency: {coordinates: {box: [1, 1]}}\n",
       {},
       {("f.yaml:4:26: 'scale' is missing in 'coordinates'; it is a duration from 1ns to 1h")}},
      {"ABoxHasTwoOrThreeSizes",
       "  latency: {coordinates: {box: [1], scale: 1ms}}\n",
       {},
       {("f.yaml:4:32: 'box' must be the sizes of a box, [100, 100] or [100, 100, 100], not a "
         "list")}},
      {"ABoxHasSizes",
       "  latency: {coordinates: {box: [1, -2, x], scale: 1ms}}\n",
       {},
       {("f.yaml:4:36: a size of 'box' must be a number from 0 to 1_000_000_000, not '-2'"),
        ("f.yaml:4:40: a size of 'box' must be a number from 0 to 1_000_000_000, not 'x'")}},
      {"APlaceHasTwoOrThreeNumbers",
       "  latency: {coordinates: {file: p.txt, scale: 1ms}}\n",
       {{"p.txt", "1 1 1 1\n"}},
       {("p.txt:1:1: a place has 2 or 3 numbers, not 4")}},
      {"PlacesHaveTheSameDimensions",
       "  latency: {coordinates: {file: p.txt, scale: 1ms}}\n",
       {{"p.txt", "1 1\n1 1 1\n1 x\n1 1\n"}},
       {("p.txt:2:1: 3 numbers in this line, and 2 in the first"),
        ("p.txt:3:3: a coordinate must be a number from -1_000_000_000 to 1_000_000_000, not "
         "'x'")}},
      {"ThereAreAsManyPlacesAsHosts",
       "  latency: {coordinates: {file: p.txt, scale: 1ms}}\n",
       {{"p.txt", "1 1\n1 2\n1 3\n"}},
       {("f.yaml:4:33: the file has the places of 3 hosts, and the scenario has 4")}},
      {"NoPlacesAreNoCoordinates",
       "  latency: {coordinates: {file: p.txt, scale: 1ms}}\n",
       {{"p.txt", "# none\n"}},
       {("p.txt: there are no places in the file")}},
      {"MistakesOfAllFilesAreToldTogether",
       "  latency: {matrix: m.txt}\n  links: [{to: [1], latency: {cdf: c.txt}}]\n  loss: 2\n",
       {{"m.txt", "0 1 2 x\n1 0 2 3\n1 2 0 3\n3 3 3 0\n"}, {"c.txt", "1 2\n"}},
       {("f.yaml:6:9: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '2'; for 2 "
         "percent, write 2%"),
        ("c.txt:1:3: a part of all messages must be a number from 0 to 1, not '2'"),
        ("m.txt:1:7: a round trip must be a number from 0 to 3_600_000, not 'x'")}},
  };
  return *kWrong;
}

class WrongNetworks : public testing::TestWithParam<Wrong> {};

TEST_P(WrongNetworks, AreExplained) {
  expect_explained(GetParam(), "algorithm: ring\nhosts: 4\nnetwork:\n");
}

INSTANTIATE_TEST_SUITE_P(Each, WrongNetworks, testing::ValuesIn(wrong_networks()), promise_of);

// --- Files that mean harm -----------------------------------------------------------------------

TEST(Harm, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const std::string pieces = " \t\n,.#-0123456789eax%\x01\xFF";
  struct Kind {
    std::string latency;
    std::string contents;
  };
  const std::vector<Kind> kinds = {
      {"{matrix: f}", "0 1 2 3\n1 0 2 3 # first\n2 2 0 3\n3 3 3 0\n"},
      {"{regions: {file: f}}", kRegionFile},
      {"{cdf: f}", "1 0\n2 0.5\n3 0.75\n4 1\n"},
      {"{coordinates: {file: f, scale: 1ms}}", "1 2\n3 4\n5 6\n7 8\n"},
  };
  const Folder folder({});
  for (int round = 0; round < 500; ++round) {
    const Kind& kind = kinds[below(kinds.size())];
    std::string contents = kind.contents;
    for (std::size_t change = below(4) + 1; change > 0 && !contents.empty(); --change) {
      const std::size_t at = below(contents.size());
      switch (below(3)) {
        case 0:
          contents[at] = pieces[below(pieces.size())];
          break;
        case 1:
          contents.erase(at, below(8));
          break;
        default:
          contents.insert(at, 1, pieces[below(pieces.size())]);
          break;
      }
    }
    folder.write("f", contents);
    const ParseResult result = folder.parse(
        absl::StrCat("algorithm: ring\nhosts: 2\nnetwork: {latency: ", kind.latency, "}\n"));
    ASSERT_EQ(result.scenario.has_value(), result.errors.empty()) << contents;
    for (const std::string& line : lines_of(result.errors)) {
      ASSERT_EQ(line.find('\n'), std::string::npos) << contents;
      ASSERT_TRUE(line.starts_with("f:") || line.starts_with("f.yaml:")) << line;
    }
  }
}

TEST(Harm, AMatrixHasALimit) {
  std::string contents;
  for (int i = 0; i < 20'001; ++i) contents += "1 ";
  const Folder folder({{"f", contents}});
  EXPECT_EQ(lines_of(folder.parse("algorithm: ring\nnetwork: {latency: {matrix: f}}\n").errors),
            Lines{"f:1:1: a matrix has at most 20000 numbers in a line, and this one has 20001"});
}

TEST(Harm, TheFirstHundredMistakesOfAFileAreTold) {
  std::string contents = "0";
  for (int i = 1; i < 500; ++i) contents += " x";
  const Folder folder({{"f", contents + "\n" + contents + "\n"}});
  const ParseResult result = folder.parse("algorithm: ring\nnetwork: {latency: {matrix: f}}\n");
  EXPECT_EQ(result.errors.size(), 101u);
}

}  // namespace
}  // namespace troupe::scenario
