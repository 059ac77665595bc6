// Wrong scenario files, and word for word what their author is told.
#include "scenario/wrong_files.h"

namespace troupe::scenario {

const std::vector<Wrong>& wrong_files() {
  static const auto* const kFiles = new std::vector<Wrong>{
      {"AnEmptyFileIsRefused",
       "",
       {"f.yaml: the file is empty; a scenario begins with 'algorithm: NAME'"}},
      {"AFileOfCommentsIsRefused",
       "# nothing\n"
       "# at all\n",
       {"f.yaml: the file is empty; a scenario begins with 'algorithm: NAME'"}},
      {"AFileOfNothingIsRefused",
       "~\n",
       {"f.yaml: the file is empty; a scenario begins with 'algorithm: NAME'"}},
      {"AListAtTheTopIsRefused",
       "- algorithm: ring\n",
       {"f.yaml:1:1: the file must hold 'key: value' lines, not a list"}},
      {"ATextAtTheTopIsRefused",
       "just a text\n",
       {"f.yaml:1:1: the file must hold 'key: value' lines, not a single text"}},
      {"ATabIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "\t- lasts: 1s\n",
       {"f.yaml:3:2: not YAML: illegal block entry; indent with spaces, not with tabs"}},
      {"AColonInAValueIsRefused",
       "name: a: b\n",
       {("f.yaml:1:8: not YAML: illegal map value; check the indentation, or put a text with ': ' "
         "in it into quotes")}},
      {"AnUnclosedListIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [ring_is_one\n",
       {"f.yaml:4:9: not YAML: what begins here never ends; a ']' or '}' is missing"}},
      {"AnUnclosedMapIsRefused",
       "algorithm: ring\n"
       "network: {loss: 1%\n",
       {"f.yaml:2:10: not YAML: what begins here never ends; a ']' or '}' is missing"}},
      {"AnUnclosedQuoteIsRefusedAndNotTheRestSwallowed",
       "algorithm: ring\n"
       "description: \"a ring\n"
       "hosts: 3\n"
       "checks: [ring_is_one]\n",
       {"f.yaml:2:14: not YAML: this quote is never closed"}},
      {"WrongIndentationIsRefused",
       "algorithm: ring\n"
       "network:\n"
       "    loss: 1%\n"
       "  latency: 1ms\n",
       {"f.yaml:4:3: not YAML: end of map not found; check the indentation"}},
      {"AnUnknownAliasIsRefused",
       "algorithm: ring\n"
       "phases: *later\n",
       {("f.yaml:2:9: not YAML: the referenced anchor is not defined; an anchor '&name' stands "
         "before its aliases '*name'")}},
      {"AnAliasWithinItselfIsRefused",
       "algorithm: ring\n"
       "phases: &all [*all]\n",
       {"f.yaml:2:15: an alias stands for what it is a part of"}},
      {"ATagIsRefused",
       "algorithm: ring\n"
       "hosts: !!int 3\n",
       {"f.yaml:2:8: a scenario has no tags such as 'tag:yaml.org,2002:int'; leave the tag out"}},
      {"ASecondDocumentIsRefused",
       "algorithm: ring\n"
       "---\n"
       "algorithm: ring\n",
       {("f.yaml:2:1: a second document starts here; a file holds one: check the indentation, or "
         "leave '---' out")}},
      {"AComplexKeyIsRefused",
       "algorithm: ring\n"
       "[a, b]: 3\n",
       {"f.yaml:2:1: a key must be a word"}},
      {"AValueWithoutASpaceIsExplained",
       "algorithm: ring\n"
       "hosts:3\n",
       {"f.yaml:2:1: not YAML: end of map not found; a space belongs behind the ':' in line 2"}},
      {"AnUnknownKeyIsRefused",
       "algorithm: ring\n"
       "hsts: 3\n",
       {("f.yaml:2:1: unknown key 'hsts' in the scenario; did you mean 'hosts'? allowed: name, "
         "description, includes, variables, algorithm, seed, parameters, hosts, groups, network, "
         "disk, call_timeout, "
         "phases, start, checks, measure, measure_every, stop_after, most_events_at_once, sweep")}},
      {"AnUnknownKeyFarFromAllIsRefused",
       "algorithm: ring\n"
       "zzzzzz: 3\n",
       {("f.yaml:2:1: unknown key 'zzzzzz' in the scenario; allowed: name, description, includes, "
         "variables, algorithm, seed, parameters, hosts, groups, network, disk, call_timeout, "
         "phases, "
         "start, "
         "checks, measure, measure_every, stop_after, most_events_at_once, sweep")}},
      {"ADuplicateKeyIsRefused",
       "algorithm: ring\n"
       "hosts: 3\n"
       "seed: 4\n"
       "hosts: 5\n",
       {"f.yaml:4:1: 'hosts' is given twice; the first is in line 2"}},
      {"ADuplicateKeyDeepDownIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: a\n"
       "    spawn: {}\n",
       {"f.yaml:5:5: 'spawn' is given twice; the first is in line 3"}},
      {"AMissingAlgorithmIsRefused",
       "hosts: 3\n",
       {"f.yaml:1:1: 'algorithm' is missing in the scenario; it is one of ring, shop"}},
      {"AnUnknownAlgorithmIsRefused",
       "algorithm: rinng\n"
       "start: whatever\n"
       "parameters: {x: 1}\n"
       "phases:\n"
       "  - spawn: {actor: X}\n"
       "    calls: {method: Y.z}\n"
       "    until: anything\n",
       {("f.yaml:1:12: 'algorithm' must be an algorithm, not 'rinng'; did you mean 'ring'? "
         "allowed: ring, shop")}},
      {"AnAlgorithmIsAWord",
       "algorithm: [ring]\n",
       {"f.yaml:1:12: 'algorithm' must be an algorithm, not a list"}},
      {"HostsAreANumber",
       "algorithm: ring\n"
       "hosts: abc\n",
       {"f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not 'abc'"}},
      {"HostsAreThere",
       "algorithm: ring\n"
       "hosts:\n",
       {"f.yaml:2:1: 'hosts' must be a whole number from 1 to 10_000_000, not nothing"}},
      {"HostsAreAtLeastOne",
       "algorithm: ring\n"
       "hosts: 0\n",
       {"f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not '0'"}},
      {"HostsAreNotMoreThanTenMillion",
       "algorithm: ring\n"
       "hosts: 10_000_001\n",
       {"f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not '10_000_001'"}},
      {"HostsAreWhole",
       "algorithm: ring\n"
       "hosts: 2.5\n",
       {"f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not '2.5'"}},
      {"ARoundNumberInAnotherFormIsExplained",
       "algorithm: ring\n"
       "hosts: 1e3\n",
       {("f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not '1e3'; write "
         "1000")}},
      {"UnderscoresStandBetweenDigits",
       "algorithm: ring\n"
       "hosts: 1__0\n",
       {"f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not '1__0'"}},
      {"ASeedIsNotNegative",
       "algorithm: ring\n"
       "seed: -1\n",
       {("f.yaml:2:7: 'seed' must be a whole number from 0 to 18_446_744_073_709_551_615, not "
         "'-1'")}},
      {"ASeedFitsInto64Bits",
       "algorithm: ring\n"
       "seed: 18446744073709551616\n",
       {("f.yaml:2:7: 'seed' must be a whole number from 0 to 18_446_744_073_709_551_615, not "
         "'18446744073709551616'")}},
      {"AnUnknownParameterIsRefused",
       "algorithm: ring\n"
       "parameters: {bitss: 3}\n",
       {("f.yaml:2:14: unknown key 'bitss' in 'parameters'; did you mean 'bits'? allowed: bits, "
         "stabilize_every, patience, successors, share, careful, protocol, note")}},
      {"AParameterOfAnAlgorithmWithoutAnyIsRefused",
       "algorithm: shop\n"
       "parameters: {bits: 3}\n",
       {"f.yaml:2:14: unknown key 'bits' in 'parameters'; nothing is allowed here"}},
      {"AParameterOutOfRangeIsRefused",
       "algorithm: ring\n"
       "parameters: {bits: 65}\n",
       {"f.yaml:2:20: 'bits' must be a whole number from 1 to 64, not '65'"}},
      {"AParameterWithoutALimitIsAtLeastZero",
       "algorithm: ring\n"
       "parameters: {successors: -1}\n",
       {"f.yaml:2:26: 'successors' must be a whole number, at least 0, not '-1'"}},
      {"AnIntegerParameterIsNoText",
       "algorithm: ring\n"
       "parameters: {successors: many}\n",
       {"f.yaml:2:26: 'successors' must be a whole number, at least 0, not 'many'"}},
      {"ADurationParameterHasAUnit",
       "algorithm: ring\n"
       "parameters: {stabilize_every: 30}\n",
       {("f.yaml:2:31: 'stabilize_every' must be a duration, at least 1us, not '30'; write 30s, or "
         "with another unit: ns, us, ms, s, m, h, d")}},
      {"AFlagIsTrueOrFalse",
       "algorithm: ring\n"
       "parameters: {careful: yes}\n",
       {"f.yaml:2:23: 'careful' must be true or false, not 'yes'"}},
      {"ANumberIsFinite",
       "algorithm: ring\n"
       "parameters: {share: .inf}\n",
       {"f.yaml:2:21: 'share' must be a number, at least 0, not '.inf'"}},
      {"NotANumberIsNoNumber",
       "algorithm: ring\n"
       "parameters: {share: nan}\n",
       {"f.yaml:2:21: 'share' must be a number, at least 0, not 'nan'"}},
      {"AWordIsOneOfItsChoices",
       "algorithm: ring\n"
       "parameters: {protocol: naiv}\n",
       {("f.yaml:2:24: 'protocol' must be an allowed word, not 'naiv'; did you mean 'naive'? "
         "allowed: correct, naive")}},
      {"ParametersAreAMap",
       "algorithm: ring\n"
       "parameters: [bits, 3]\n",
       {"f.yaml:2:13: 'parameters' must be a map of keys, not a list"}},
      {"ALatencyHasAUnit",
       "algorithm: ring\n"
       "network: {latency: 50}\n",
       {("f.yaml:2:20: 'latency' must be a duration, not '50'; write 50s, or with another unit: "
         "ns, us, ms, s, m, h, d")}},
      {"ALatencyIsNotNegative",
       "algorithm: ring\n"
       "network: {latency: -5ms}\n",
       {"f.yaml:2:20: 'latency' must be a duration, not '-5ms'"}},
      {"ALatencyHasAKnownUnit",
       "algorithm: ring\n"
       "network: {latency: 5 parsecs}\n",
       {("f.yaml:2:20: 'latency' must be a duration, not '5 parsecs'; the units are ns, us, ms, s, "
         "m, h, d")}},
      {"AnUnknownDistributionIsRefused",
       "algorithm: ring\n"
       "network: {latency: {lognormla: {median: 1ms, sigma: 1}}}\n",
       {("f.yaml:2:21: unknown key 'lognormla' in 'latency'; did you mean 'lognormal'? allowed: "
         "constant, uniform, normal, lognormal, exponential, pareto, cdf, matrix, regions, "
         "coordinates")}},
      {"ALatencyHasOneDistribution",
       "algorithm: ring\n"
       "network: {latency: {constant: 1ms, uniform: [1ms, 2ms]}}\n",
       {("f.yaml:2:20: a latency has exactly one of constant, uniform, normal, lognormal, "
         "exponential, pareto, cdf, matrix, regions, coordinates")}},
      {"ALatencyHasADistribution",
       "algorithm: ring\n"
       "network: {latency: {}}\n",
       {("f.yaml:2:20: a latency has exactly one of constant, uniform, normal, lognormal, "
         "exponential, pareto, cdf, matrix, regions, coordinates")}},
      {"ALatencyIsNoList",
       "algorithm: ring\n"
       "network: {latency: [1ms, 2ms]}\n",
       {("f.yaml:2:20: 'latency' must be a duration, or a map with one of constant, uniform, "
         "normal, lognormal, exponential, pareto, cdf, matrix, regions, coordinates, not a list")}},
      {"AUniformLatencyHasTwoEnds",
       "algorithm: ring\n"
       "network: {latency: {uniform: [1ms]}}\n",
       {"f.yaml:2:30: 'uniform' must be two durations, [low, high], not a list"}},
      {"TheEndsOfAUniformLatencyAreInOrder",
       "algorithm: ring\n"
       "network: {latency: {uniform: [2ms, 1ms]}}\n",
       {"f.yaml:2:31: the low end of 'uniform' is above the high end"}},
      {"TheEndsOfAUniformLatencyAreDurations",
       "algorithm: ring\n"
       "network: {latency: {uniform: [2, soon]}}\n",
       {("f.yaml:2:31: the low end of 'uniform' must be a duration, not '2'; write 2s, or with "
         "another unit: ns, us, ms, s, m, h, d"),
        "f.yaml:2:34: the high end of 'uniform' must be a duration, not 'soon'"}},
      {"ALognormalLatencyHasAllItsParts",
       "algorithm: ring\n"
       "network: {latency: {lognormal: {median: 5ms}}}\n",
       {"f.yaml:2:32: 'sigma' is missing in 'lognormal'; it is a number from 0 to 10"}},
      {"SigmaIsLimited",
       "algorithm: ring\n"
       "network: {latency: {lognormal: {median: 5ms, sigma: 11}}}\n",
       {"f.yaml:2:53: 'sigma' must be a number from 0 to 10, not '11'"}},
      {"ALossIsAtMostOne",
       "algorithm: ring\n"
       "network: {loss: 5}\n",
       {("f.yaml:2:17: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '5'; for "
         "5 percent, write 5%")}},
      {"ALossIsAtMostAHundredPercent",
       "algorithm: ring\n"
       "network: {loss: 101%}\n",
       {"f.yaml:2:17: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '101%'"}},
      {"ALossIsNotNegative",
       "algorithm: ring\n"
       "network: {loss: -0.1}\n",
       {"f.yaml:2:17: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '-0.1'"}},
      {"ALossIsANumber",
       "algorithm: ring\n"
       "network: {loss: few}\n",
       {"f.yaml:2:17: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not 'few'"}},
      {"ANetworkIsAMap",
       "algorithm: ring\n"
       "network: fast\n",
       {"f.yaml:2:10: 'network' must be a map of keys, not 'fast'"}},
      {"AnUnknownKeyOfTheNetworkIsRefused",
       "algorithm: ring\n"
       "network: {latncy: 1ms}\n",
       {("f.yaml:2:11: unknown key 'latncy' in 'network'; did you mean 'latency'? allowed: "
         "latency, jitter, loss, duplication, corruption, reordering, bandwidth, links")}},
      {"AnUnknownKeyOfTheDiskIsRefused",
       "algorithm: ring\n"
       "disk: {sync_take: 1ms}\n",
       {("f.yaml:2:8: unknown key 'sync_take' in 'disk'; did you mean 'sync_takes'? allowed: "
         "sync_takes")}},
      {"ADiskTakesATime",
       "algorithm: ring\n"
       "disk: {sync_takes: -1ms}\n",
       {"f.yaml:2:20: 'sync_takes' must be a duration, not '-1ms'"}},
      {"ATimeoutIsLongerThanNothing",
       "algorithm: ring\n"
       "call_timeout: 0s\n",
       {"f.yaml:2:15: 'call_timeout' must be a duration longer than 0s, not '0s'"}},
      {"ATimeoutIsShorterThanACentury",
       "algorithm: ring\n"
       "call_timeout: 36501d\n",
       {("f.yaml:2:15: 'call_timeout' must be a duration longer than 0s, not '36501d'; the longest "
         "is 36500d")}},
      {"ADurationDoesNotOverflow",
       "algorithm: ring\n"
       "call_timeout: 99999999999999999h\n",
       {("f.yaml:2:15: 'call_timeout' must be a duration longer than 0s, not '99999999999999999h'; "
         "the longest is 36500d")}},
      {"TheUnitsOfADurationFall",
       "algorithm: ring\n"
       "call_timeout: 5s1m\n",
       {"f.yaml:2:15: 'call_timeout' must be a duration longer than 0s, not '5s1m'"}},
      {"AnUnknownStartIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "start: idael\n",
       {("f.yaml:4:8: 'start' must be a starting state of the algorithm, not 'idael'; did you mean "
         "'ideal'? allowed: ideal, chaos")}},
      {"AStartNeedsSomebody",
       "algorithm: ring\n"
       "start: ideal\n"
       "phases: [{lasts: 1s}]\n",
       {"f.yaml:2:8: there is nobody to start: no phase spawns anything"}},
      {"AStartNeedsSomebodyInTheFirstPhase",
       "algorithm: ring\n"
       "start: ideal\n"
       "phases:\n"
       "  - lasts: 1s\n"
       "  - spawn: {}\n",
       {("f.yaml:2:8: there is nobody to start: the first phase spawns nobody; put 'spawn' into "
         "the first phase")}},
      {"AStartNeedsEverybodyAtOnce",
       "algorithm: ring\n"
       "hosts: 10\n"
       "start: ideal\n"
       "phases:\n"
       "  - spawn:\n"
       "      - {on: [0]}\n"
       "      - {on: [1, 2], every: 1s}\n"
       "      - {on: [3], at: 1s}\n",
       {("f.yaml:7:9: 'start' needs all actors of the first phase at its beginning, so this spawn "
         "can have no 'every'; spawn those that come later in another phase"),
        ("f.yaml:8:9: 'start' needs all actors of the first phase at its beginning, so this spawn "
         "can have no 'at'; spawn those that come later in another phase")}},
      {"AnAlgorithmMayHaveNoStarts",
       "algorithm: shop\n"
       "start: ideal\n"
       "phases: [{spawn: {actor: Server}}]\n",
       {("f.yaml:2:8: 'start' must be a starting state of the algorithm, not 'ideal'; nothing is "
         "allowed here")}},
      {"PhasesAreAList",
       "algorithm: ring\n"
       "phases: {spawn: {}}\n",
       {"f.yaml:2:9: 'phases' must be a list, not a map; begin each item with '- '"}},
      {"APhaseIsAMap",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn\n",
       {"f.yaml:3:5: each of 'phases' must be a map of keys, not 'spawn'"}},
      {"APhaseDoesSomething",
       "algorithm: ring\n"
       "phases:\n"
       "  - name: rest\n",
       {("f.yaml:3:5: this phase does nothing; it needs an action, such as spawn, calls or "
         "crash, or lasts, or until")}},
      {"AnEmptyPhaseDoesNothing",
       "algorithm: ring\n"
       "phases:\n"
       "  -\n",
       {("f.yaml:3:3: this phase does nothing; it needs an action, such as spawn, calls or "
         "crash, or lasts, or until")}},
      {"CallsInFlightAreAtLeastOne",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    calls: {method: poke, in_flight: 0}\n",
       {"f.yaml:4:38: 'in_flight' must be a whole number from 1 to 1_000_000_000, not '0'"}},
      {"AtMostIsForUntil",
       "algorithm: ring\n"
       "phases:\n"
       "  - lasts: 1s\n"
       "    at_most: 2s\n"
       "    look_every: 1s\n",
       {"f.yaml:4:14: 'at_most' is for 'until', which this phase does not have",
        "f.yaml:5:17: 'look_every' is for 'until', which this phase does not have"}},
      {"AtMostIsNotShorterThanLasts",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    lasts: 1m\n"
       "    until: ring_is_one\n"
       "    at_most: 30s\n",
       {("f.yaml:6:14: the phase would fail after 'at_most', 30s, before it may end: it lasts 1m; "
         "'at_most' is at least 'lasts'")}},
      {"APhaseLastsLongerThanNothing",
       "algorithm: ring\n"
       "phases:\n"
       "  - lasts: 0s\n",
       {"f.yaml:3:12: 'lasts' must be a duration longer than 0s, not '0s'"}},
      {"AnUnknownActorClassIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {actor: Nod}\n",
       {("f.yaml:3:20: 'actor' must be an actor class of the algorithm, not 'Nod'; did you mean "
         "'Node'? allowed: Node")}},
      {"TheActorClassIsNamedWhereThereAreTwo",
       "algorithm: shop\n"
       "phases:\n"
       "  - spawn: {on: all}\n",
       {"f.yaml:3:12: 'actor' is missing in 'spawn'; one of Client, Server"}},
      {"AnUnknownKeyOfASpawnIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {actr: Node}\n",
       {("f.yaml:3:13: unknown key 'actr' in 'spawn'; did you mean 'actor'? allowed: actor, on, "
         "every, at")}},
      {"SpawnTakesKnownHosts",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {on: everywhere}\n",
       {("f.yaml:3:17: 'on' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of host numbers such as [0, 5], not 'everywhere'")}},
      {"AFractionOfHostsHasAPercentSign",
       "algorithm: ring\n"
       "hosts: 9\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: 0.2\n",
       {("f.yaml:5:12: 'crash' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of host numbers such as [0, 5], not '0.2'; write 20%")}},
      {"ACrashOfMoreThanAllIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: 120%\n",
       {("f.yaml:4:12: 'crash' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of host numbers such as [0, 5], not '120%'")}},
      {"AHostNumberIsBelowTheNumberOfHosts",
       "algorithm: ring\n"
       "hosts: 5\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [3, 5]\n",
       {"f.yaml:5:16: a host number must be a whole number from 0 to 4, not '5'"}},
      {"ThereIsOneHostWhereNothingIsSaid",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [1]\n",
       {"f.yaml:4:13: a host number must be a whole number from 0 to 0, not '1'"}},
      {"AHostNumberIsGivenOnce",
       "algorithm: ring\n"
       "hosts: 5\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [3, 3]\n",
       {"f.yaml:5:16: host 3 is given twice"}},
      {"AHostNumberIsANumber",
       "algorithm: ring\n"
       "hosts: 5\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [x, -1]\n",
       {"f.yaml:5:13: a host number must be a whole number from 0 to 4, not 'x'",
        "f.yaml:5:16: a host number must be a whole number from 0 to 4, not '-1'"}},
      {"CallsNeedAMethod",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {times: 3}\n",
       {"f.yaml:4:12: 'method' is missing in 'calls'; it is a method, as Actor.method"}},
      {"AnUnknownMethodIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: Node.lokup, arguments: [1]}\n",
       {("f.yaml:4:21: 'Node' has no method 'lokup'; did you mean 'lookup'? allowed: lookup, "
         "poke, join, tune, many, perhaps, meet, at, leave, prices, pair")}},
      {"AnUnknownMethodWithoutItsClassIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lokup}\n",
       {("f.yaml:4:21: no actor of 'ring' has a method 'lokup'; did you mean 'lookup'? allowed: "
         "lookup, poke, join, tune, many, perhaps, meet, at, leave, prices, pair")}},
      {"AMethodOfAnUnknownClassIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: Noode.lookup}\n",
       {"f.yaml:4:21: 'Noode' is no actor class of 'ring'; did you mean 'Node'? allowed: Node"}},
      {"AMethodOfTwoClassesNeedsItsClass",
       "algorithm: shop\n"
       "phases:\n"
       "  - spawn: {actor: Server}\n"
       "    calls: {method: ping}\n",
       {("f.yaml:4:21: several actors have a method 'ping'; write one of Client.ping, "
         "Server.ping")}},
      {"AMethodIsAWord",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: [lookup]}\n",
       {"f.yaml:4:21: 'method' must be a method, as Actor.method, not a list"}},
      {"CallsComeAfterASpawn",
       "algorithm: ring\n"
       "phases:\n"
       "  - calls: {method: poke}\n"
       "  - spawn: {}\n",
       {("f.yaml:3:12: nothing has been spawned that could be called; 'spawn' belongs into this "
         "phase or one before")}},
      {"TooFewArgumentsAreRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup}\n",
       {"f.yaml:4:12: 'Node.lookup' takes 1 argument, not 0"}},
      {"TooManyArgumentsAreRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1, 2]}\n",
       {"f.yaml:4:40: 'Node.lookup' takes 1 argument, not 2"}},
      {"ArgumentsAreAList",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: 1}\n",
       {("f.yaml:4:40: 'arguments' must be a list, one value for each parameter of the method, not "
         "'1'")}},
      {"AnUnsignedArgumentIsNotNegative",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [-1]}\n",
       {("f.yaml:4:41: argument 1 of 'Node.lookup' must be a whole number from 0 to 4_294_967_295, "
         "not '-1'")}},
      {"AnUnsignedArgumentFitsIntoItsBits",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [4294967296]}\n",
       {("f.yaml:4:41: argument 1 of 'Node.lookup' must be a whole number from 0 to 4_294_967_295, "
         "not '4294967296'")}},
      {"AnUnsignedArgumentIsWhole",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1e30]}\n",
       {("f.yaml:4:41: argument 1 of 'Node.lookup' must be a whole number from 0 to 4_294_967_295, "
         "not '1e30'")}},
      {"AnUnsignedArgumentIsNoText",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [abc]}\n",
       {("f.yaml:4:41: argument 1 of 'Node.lookup' must be a whole number from 0 to 4_294_967_295, "
         "not 'abc'")}},
      {"AQuotedRandomIsAText",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: ['random']}\n",
       {("f.yaml:4:41: argument 1 of 'Node.lookup' must be a whole number from 0 to 4_294_967_295, "
         "not 'random'")}},
      {"EachArgumentHasItsType",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls:\n"
       "      method: tune\n"
       "      arguments:\n"
       "        - 32768\n"
       "        - 1\n"
       "        - high\n"
       "        - 1e39\n"
       "        - [a]\n"
       "        - 5\n"
       "        - -1\n"
       "        - 9223372036854775808\n",
       {("f.yaml:7:11: argument 1 of 'Node.tune' must be a whole number from -32768 to 32767, not "
         "'32768'"),
        "f.yaml:8:11: argument 2 of 'Node.tune' must be true or false, not '1'",
        "f.yaml:9:11: argument 3 of 'Node.tune' must be a number, not 'high'",
        ("f.yaml:10:11: argument 4 of 'Node.tune' must be a number that fits into 32 bits, not "
         "'1e39'"),
        "f.yaml:11:11: argument 5 of 'Node.tune' must be a text, not a list",
        ("f.yaml:12:11: argument 6 of 'Node.tune' must be a duration, not '5'; write 5s, or with "
         "another unit: ns, us, ms, s, m, h, d"),
        ("f.yaml:13:11: argument 7 of 'Node.tune' must be a whole number from 0 to "
         "18_446_744_073_709_551_615, not '-1'"),
        ("f.yaml:14:11: argument 8 of 'Node.tune' must be a whole number from "
         "-9_223_372_036_854_775_808 to 9_223_372_036_854_775_807, not '9223372036854775808'")}},
      {"ADurationIsNotRandom",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls:\n"
       "      method: tune\n"
       "      arguments: [random, random, random, random, random, random, random, random]\n",
       {("f.yaml:6:59: argument 6 of 'Node.tune' cannot be random: a duration has no limits of its "
         "own; write for example {uniform: [1s, 2s]}")}},
      {"AUniformArgumentIsANumberOrADuration",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls:\n"
       "      method: tune\n"
       "      arguments: [1, true, 1, 1, {uniform: [a, b]}, {uniform: [1s, 2s]}, 1, 1]\n",
       {("f.yaml:6:34: argument 5 of 'Node.tune' cannot be uniform: only a number or a duration "
         "can")}},
      {"AUniformArgumentFitsIntoItsType",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{uniform: [-1, 4294967296]}]}\n",
       {("f.yaml:4:52: the low end of 'uniform' must be a whole number from 0 to 4_294_967_295, "
         "not '-1'"),
        ("f.yaml:4:56: the high end of 'uniform' must be a whole number from 0 to 4_294_967_295, "
         "not '4294967296'")}},
      {"TheEndsOfAUniformArgumentAreInOrder",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{uniform: [9, 1]}]}\n",
       {"f.yaml:4:52: the low end of 'uniform' is above the high end"}},
      {"AnotherMapIsNoArgument",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{normal: [9, 1]}]}\n",
       {("f.yaml:4:41: argument 1 of 'Node.lookup' must be a value, random, or {uniform: [low, "
         "high]}, not a map")}},
      {"AReferenceIsToSomebody",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: join, arguments: [1]}\n",
       {"f.yaml:4:39: argument 1 of 'Node.join' must be random, or {host: NUMBER}, not '1'"}},
      {"AListIsWrittenAsOne",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: many, arguments: [7]}\n",
       {"f.yaml:4:39: argument 1 of 'Node.many' must be a list of values, not '7'"}},
      {"AStructHasFields",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: meet, arguments: [{idd: 1}]}\n",
       {("f.yaml:4:40: argument 1 of 'Node.meet', a Peer, has no field 'idd'; did you mean "
         "'id'? allowed: id")}},
      {"AnOptionalIsOfItsType",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: perhaps, arguments: [many]}\n",
       {("f.yaml:4:42: argument 1 of 'Node.perhaps' must be a whole number from -2_147_483_648 "
         "to 2_147_483_647, not 'many'")}},
      {"ATimeIsADurationOrNow",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: at, arguments: [later]}\n",
       {"f.yaml:4:37: argument 1 of 'Node.at' must be a duration, not 'later'"}},
      {"CallsAreMadeAtLeastOnce",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: poke, times: 0}\n",
       {"f.yaml:4:34: 'times' must be a whole number from 1 to 1_000_000_000, not '0'"}},
      {"NobodyWaitsForAnAsyncMethod",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: poke, timeout: 1s}\n",
       {"f.yaml:4:36: nobody waits for 'Node.poke', so its calls have no timeout"}},
      {"CallsAreAMapOrAList",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: lookup\n",
       {"f.yaml:4:12: 'calls' must be a map of keys, not 'lookup'"}},
      {"AnUnknownCheckIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [ring_is_idel]\n",
       {("f.yaml:4:10: 'ring_is_idel' is no check of 'ring'; did you mean 'ring_is_ideal'? "
         "allowed: ring_is_ideal, ring_is_one, successor_is_right; a comparison looks like "
         "lookup_hops.mean <= 5.2")}},
      {"AnAlgorithmMayHaveNoChecks",
       "algorithm: shop\n"
       "phases: [{spawn: {actor: Server}}]\n"
       "checks: [sold]\n",
       {("f.yaml:3:10: 'sold' is no check of 'shop'; it has none; a comparison looks like "
         "lookup_hops.mean <= 5.2")}},
      {"AnUnknownStatisticIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [hops.medium < 3]\n",
       {("f.yaml:4:10: a measurement has no statistic 'medium'; allowed: count, sum, mean, "
         "deviation, min, p1, p5, p10, p50, p90, p95, p99, p99.9, max, last")}},
      {"APercentileIsAPercentage",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [hops.p101 < 3, hops.p99.9.9 < 3, hops.p9x / 2 < 3]\n",
       {("f.yaml:4:10: a measurement has no statistic 'p101'; a percentile is from p0 to p100, "
         "such as p99.9"),
        ("f.yaml:4:25: a measurement has no statistic 'p99.9.9'; a percentile is from p0 to "
         "p100, such as p99.9"),
        ("f.yaml:4:43: a measurement has no statistic 'p9x'; a percentile is from p0 to p100, "
         "such as p99.9")}},
      {"WhatIsMeasuredIsAStateOfTheAlgorithm",
       "algorithm: ring\n"
       "phases: [{name: join, spawn: {}}]\n"
       "measure:\n"
       "  - wrong_successor\n"
       "  - hops\n"
       "  - {every: 2s}\n"
       "  - {what: ring_is_one, every: 0s, durng: join}\n"
       "  - {what: ring_is_ideal, after: leave}\n"
       "  - [wrong_successors]\n",
       {("f.yaml:4:5: 'wrong_successor' is no check and no number of 'ring'; did you mean "
         "'wrong_successors'? allowed: wrong_successors, ring_is_ideal, ring_is_one, "
         "successor_is_right"),
        ("f.yaml:5:5: 'hops' is no check and no number of 'ring'; its actors measure it, so it is "
         "in the results without 'measure'"),
        ("f.yaml:6:5: 'what' is missing in each of 'measure'; it is a check or a number of the "
         "algorithm"),
        "f.yaml:7:32: 'every' must be a duration longer than 0s, not '0s'",
        ("f.yaml:7:36: unknown key 'durng' in each of 'measure'; did you mean 'during'? allowed: "
         "what, "
         "every, after, during"),
        "f.yaml:8:34: no phase is called 'leave'; allowed: join",
        ("f.yaml:9:5: each of 'measure' must be a check or a number of the algorithm, not a "
         "list")}},
      {"AStateIsMeasuredOnceAndInOnePlace",
       "algorithm: ring\n"
       "phases: [{name: join, spawn: {}}]\n"
       "measure:\n"
       "  - wrong_successors\n"
       "  - {what: wrong_successors, every: 2s}\n"
       "  - {what: ring_is_one, after: join, during: join}\n",
       {"f.yaml:4:3: 'wrong_successors' is measured twice",
        "f.yaml:6:46: 'during' does not go with 'after'"}},
      {"AStateIsMeasuredInThePhaseThatACheckAsksFor",
       "algorithm: ring\n"
       "phases: [{name: join, spawn: {}}, {name: rest, lasts: 1s}, {name: end, lasts: 1s}]\n"
       "measure:\n"
       "  - {what: wrong_successors, during: rest}\n"
       "  - {what: ring_is_one, after: rest}\n"
       "checks:\n"
       "  - wrong_successors[join].mean < 3\n"
       "  - wrong_successors[rest].mean < 3\n"
       "  - ring_is_one[rest].mean > 0.5\n"
       "  - ring_is_one[end].mean > 0.5\n",
       {"f.yaml:7:5: 'wrong_successors' is never measured in phase 'join'",
        "f.yaml:9:5: 'ring_is_one' is never measured in phase 'rest'"}},
      {"AStateHasStatisticsWhereItIsMeasured",
       "algorithm: ring\n"
       "phases:\n"
       "  - {name: join, spawn: {}}\n"
       "checks:\n"
       "  - wrong_successors.mean < 3\n"
       "  - ring_is_one[join].mean > 0.5\n"
       "  - ring_is_one == 1\n"
       "  - wrong_successors[join] < 3\n"
       "  - wrong_successors < 3\n",
       {("f.yaml:5:5: 'wrong_successors' has statistics only where the scenario measures it; add "
         "'measure: [wrong_successors]' to the scenario"),
        ("f.yaml:6:5: 'ring_is_one' has statistics only where the scenario measures it; add "
         "'measure: [ring_is_one]' to the scenario"),
        ("f.yaml:7:5: 'ring_is_one' is a check, which holds or does not; write it alone; or "
         "measure it, and write for example ring_is_one.mean > 0.99"),
        ("f.yaml:8:5: 'wrong_successors' has statistics in a phase, but no value; for example "
         "wrong_successors[a phase].mean")}},
      {"AnUnknownComparisonIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [hops.mean = 3]\n",
       {"f.yaml:4:10: unknown comparison '='; allowed: <= >= == != < >"}},
      {"AComparisonNeedsANumber",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [hops.mean <= few, hops.p99 < 2s, hops.max <=, hops > nan]\n",
       {"f.yaml:4:10: 'hops' must be compared with a number, not 'few'",
        ("f.yaml:4:28: 'hops' must be compared with a number, not '2s'; a measurement has no unit"),
        "f.yaml:4:43: 'hops' must be compared with a number, not ''",
        "f.yaml:4:56: 'hops' must be compared with a number, not 'nan'"}},
      {"AComparisonNeedsAComparison",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [hops.mean]\n",
       {("f.yaml:4:10: 'hops.mean' is compared with nothing; for example lookup_hops.mean <= "
         "5.2")}},
      {"ACheckIsNoSentence",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks:\n"
       "  - the ring is ideal\n"
       "  - <= 3\n"
       "  - {ring: ideal}\n",
       {("f.yaml:5:5: each of 'checks' must be a check or a comparison, not 'the ring is "
         "ideal'; for example lookup_hops.mean <= 5.2"),
        ("f.yaml:6:5: each of 'checks' must be a check or a comparison, not '<= 3'; for example "
         "lookup_hops.mean <= 5.2"),
        "f.yaml:7:5: a check has exactly one of at_end, always, never, eventually",
        ("f.yaml:7:6: unknown key 'ring' in each of 'checks'; allowed: at_end, always, never, "
         "eventually, within, every, after, during, sample")}},
      {"ChecksAreAList",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: ring_is_ideal\n",
       {"f.yaml:4:9: 'checks' must be a list, not 'ring_is_ideal'; begin each item with '- '"}},
      {"AnUntilIsACondition",
       "algorithm: ring\n"
       "phases:\n"
       "  - until: ring_is_ready\n",
       {("f.yaml:3:12: 'ring_is_ready' is no check of 'ring'; did you mean 'ring_is_ideal'? "
         "allowed: ring_is_ideal, ring_is_one, successor_is_right; a comparison looks like "
         "lookup_hops.mean <= 5.2")}},
      {"StopAfterIsADuration",
       "algorithm: ring\n"
       "stop_after: never\n",
       {"f.yaml:2:13: 'stop_after' must be a duration longer than 0s, not 'never'"}},
      {"SixMistakesInOneFileAreAllToldInTheirOrder",
       "algorithm: ring\n"
       "hosts: 5\n"
       "network: {latncy: 5ms, loss: 2}\n"
       "phases:\n"
       "  - spawn: {actor: Nod}\n"
       "  - crash: [7]\n"
       "  - calls: {method: lookup, arguments: [-1]}\n"
       "checks: [ring_is_idel]\n",
       {("f.yaml:3:11: unknown key 'latncy' in 'network'; did you mean 'latency'? allowed: "
         "latency, jitter, loss, duplication, corruption, reordering, bandwidth, links"),
        ("f.yaml:3:30: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '2'; for "
         "2 percent, write 2%"),
        ("f.yaml:5:20: 'actor' must be an actor class of the algorithm, not 'Nod'; did you mean "
         "'Node'? allowed: Node"),
        "f.yaml:6:13: a host number must be a whole number from 0 to 4, not '7'",
        ("f.yaml:7:41: argument 1 of 'Node.lookup' must be a whole number from 0 to "
         "4_294_967_295, not '-1'"),
        ("f.yaml:8:10: 'ring_is_idel' is no check of 'ring'; did you mean 'ring_is_ideal'? "
         "allowed: ring_is_ideal, ring_is_one, successor_is_right; a comparison looks like "
         "lookup_hops.mean <= 5.2")}},
      {"AByteThatIsNoTextIsRefused",
       "algorithm: ring\n"
       "name: \x01\n",
       {"f.yaml:2:7: this is not text in UTF-8; is it a YAML file?"}},
      {"ADeepNestIsRefused",
       "algorithm: ring\n"
       "phases: "
       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]"
       "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
       {"f.yaml:2:72: lists and maps are nested more than 64 deep"}},
      {"AnUntilIsNoList",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    until: [a]\n",
       {"f.yaml:4:12: 'until' must be a check or a comparison, not a list"}},
      {"ANegativeNumberOfHostsIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: -2\n",
       {("f.yaml:4:12: 'crash' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of host numbers such as [0, 5], not '-2'")}},
      {"AnEmptyItemOfChecksHasItsPlace",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks:\n"
       "  - ring_is_one\n"
       "  -\n"
       "  - ring_is_ideal\n",
       {"f.yaml:6:3: each of 'checks' must be a check or a comparison, not nothing"}},
      {"AKeyOfMergingIsNotKnown",
       "algorithm: ring\n"
       "x: &x {loss: 1%}\n"
       "network: {<<: *x}\n",
       {("f.yaml:2:1: unknown key 'x' in the scenario; allowed: name, description, includes, "
         "variables, algorithm, "
         "seed, parameters, hosts, groups, network, disk, call_timeout, phases, start, checks, "
         "measure, "
         "measure_every, stop_after, most_events_at_once, sweep"),
        ("f.yaml:3:11: unknown key '<<' in 'network'; allowed: latency, jitter, loss, "
         "duplication, corruption, reordering, bandwidth, links")}},
      {"AnUnknownMeasurementIsRefused",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [lookup_hop.mean < 3, other == 0]\n",
       {("f.yaml:4:10: 'lookup_hop' is no measurement of 'ring'; did you mean 'lookup_hops'? "
         "allowed: lookup_hops, hops, lookup_failures, wrong_successors"),
        ("f.yaml:4:31: 'other' is no measurement of 'ring'; allowed: lookup_hops, hops, "
         "lookup_failures, wrong_successors")}},
      {"AnAlgorithmMayMeasureNothing",
       "algorithm: shop\n"
       "phases: [{spawn: {actor: Server}}]\n"
       "checks: [sold > 3]\n",
       {"f.yaml:3:10: 'sold' is no measurement of 'shop'; nothing is allowed here"}},
      {"ACounterHasNoStatistics",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "checks: [lookup_failures.mean < 3]\n",
       {("f.yaml:4:10: 'lookup_failures' is a counter, which has no statistics; write "
         "lookup_failures alone")}},
      {"ADurationParameterMayHaveALeast",
       "algorithm: ring\n"
       "parameters: {stabilize_every: 0s}\n",
       {"f.yaml:2:31: 'stabilize_every' must be a duration, at least 1us, not '0s'"}},
      {"ADurationParameterMayHaveARange",
       "algorithm: ring\n"
       "parameters: {patience: 61s}\n",
       {"f.yaml:2:24: 'patience' must be a duration from 1ms to 1m, not '61s'"}},
      {"TheEndsOfAUniformDurationHaveUnits",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls:\n"
       "      method: tune\n"
       "      arguments: [1, true, 1, 1, a, {uniform: [1, 2s]}, 1, 1]\n",
       {("f.yaml:6:48: the low end of 'uniform' must be a duration, not '1'; write 1s, or with "
         "another unit: ns, us, ms, s, m, h, d")}},
      {"AFaultMissesItsHosts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - pause: {lasts: 10s}\n",
       {("f.yaml:5:12: 'hosts' is missing in 'pause'; say which hosts, or 'where' for those with "
         "a role")}},
      {"AnUnknownKeyOfAFaultIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, last: 10s}\n",
       {("f.yaml:5:23: unknown key 'last' in 'crash'; did you mean 'lasts'? allowed: hosts, "
         "where, lasts, storage, at, times, every")}},
      {"StorageOfACrashIsForItsRestart",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, storage: lost}\n",
       {("f.yaml:5:32: 'storage' is for the restart after 'lasts', which this crash does not "
         "have; or write it at 'restart'")}},
      {"StorageIsKeptOrLost",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - restart: {storage: gone}\n",
       {"f.yaml:5:24: 'storage' must be kept or lost, not 'gone'; allowed: kept, lost"}},
      {"WhatHappensOnceIsNotRepeated",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, every: 10s}\n",
       {"f.yaml:5:30: 'every' is for what happens several times; add 'times'"}},
      {"AFaultLastsForSomeTime",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - pause: {hosts: 1, lasts: 0s}\n",
       {"f.yaml:5:30: 'lasts' must be longer than 0s"}},
      {"ASpanHasOneForm",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, at: {uniform: [1s, 2s], exponential: {mean: 1s}}}\n",
       {("f.yaml:5:27: a span of time has exactly one of constant, uniform, exponential, "
         "pareto, weibull, lognormal")}},
      {"AnUnknownFormOfASpanIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, at: {exponental: {mean: 1s}}}\n",
       {("f.yaml:5:28: unknown key 'exponental' in 'at'; did you mean 'exponential'? allowed: "
         "constant, uniform, exponential, pareto, weibull, lognormal")}},
      {"AnExponentialHasAMean",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, at: {exponential: {}}}\n",
       {"f.yaml:5:41: 'mean' is missing in 'exponential'; it is a duration longer than 0s"}},
      {"AParetoHasAShapeAboveZero",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, at: {pareto: {least: 1s, shape: 0}}}\n",
       {"f.yaml:5:55: 'shape' must be a number from 0.01 to 100, not '0'"}},
      {"AWeibullHasAScaleAboveZero",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1, at: {weibull: {scale: 0s, shape: 1}}}\n",
       {"f.yaml:5:45: 'scale' must be a duration longer than 0s, not '0s'"}},
      {"NobodyOfTheShopCanLeave",
       "algorithm: shop\n"
       "phases:\n"
       "  - spawn: {actor: Server}\n"
       "  - leave: all\n",
       {("f.yaml:4:12: nobody of 'shop' can leave: it names no method to leave by; its author "
         "can, with Algorithm::leaves_by(); or use 'crash'")}},
      {"JoinNamesItsClassWhereThereAreTwo",
       "algorithm: shop\n"
       "phases:\n"
       "  - spawn: {actor: Server}\n"
       "  - join: {hosts: 1}\n",
       {"f.yaml:4:11: 'actor' is missing in 'join'; one of Client, Server"}},
      {"ASlowHostSaysHowSlow",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - slow: {hosts: 1}\n",
       {"f.yaml:5:11: 'each_message' is missing in 'slow'; it is a duration"}},
      {"SlowIsAMap",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - slow: 20%\n",
       {"f.yaml:5:11: 'slow' must be a map of keys, not '20%'"}},
      {"AClockThatIsRightIsNoFault",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - clock: {hosts: all}\n",
       {"f.yaml:5:12: this clock is right: 'ahead' or 'drift' is missing"}},
      {"ADriftIsAtMostHalf",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - clock: {hosts: all, drift: 2}\n",
       {"f.yaml:5:32: 'drift' must be a drift such as 100ppm or -0.1%, at most 50%, not '2'"}},
      {"ADriftHasItsEndsInOrder",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - clock: {hosts: all, drift: {uniform: [100ppm, -100ppm]}}\n",
       {"f.yaml:5:43: the low end of 'uniform' is above the high end"}},
      {"ADriftIsANumber",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - clock: {hosts: all, drift: fast}\n",
       {"f.yaml:5:32: 'drift' must be a drift such as 100ppm or -0.1%, at most 50%, not 'fast'"}},
      {"APartitionHasHostsOrGroups",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - partition: {lasts: 10s}\n",
       {"f.yaml:5:16: a partition has either 'hosts' or 'groups'"}},
      {"APartitionHasNotBoth",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - partition: {hosts: 30%, groups: [[0], [1]]}\n",
       {"f.yaml:5:37: a partition has either 'hosts' or 'groups'"}},
      {"ADirectionGoesWithHosts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - partition: {groups: [[0], [1]], direction: in}\n",
       {"f.yaml:5:48: 'direction' goes with 'hosts', not with 'groups'"}},
      {"ADirectionIsOneOfThree",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - partition: {hosts: 1, direction: inward}\n",
       {"f.yaml:5:38: 'direction' must be both, in or out, not 'inward'; allowed: both, in, out"}},
      {"GroupsOfAPartitionAreAList",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - partition: {groups: all}\n",
       {("f.yaml:5:25: 'groups' must be a list of hosts, each as in 'hosts' or {where: a role}, "
         "not "
         "'all'")}},
      {"APercentageIsSuggestedExactly",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: 0.29\n",
       {("f.yaml:5:12: 'crash' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list "
         "of host numbers such as [0, 5], not '0.29'; write 29%")}},
      {"ARoleIsOneOfTheAlgorithm",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {where: is_last}\n",
       {("f.yaml:5:20: 'where' must be a role of the algorithm, or 'not' and a role, not "
         "'is_last'; allowed: is_first")}},
      {"AnAlgorithmMayHaveNoRoles",
       "algorithm: shop\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {actor: Client}\n"
       "  - pause: {where: is_first}\n",
       {("f.yaml:5:20: 'where' must be a role of the algorithm, or 'not' and a role, not "
         "'is_first'; 'shop' has no roles; its author can give it some, with Algorithm::role()")}},
      {"HostsThatAreDownHaveNoRole",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: {hosts: 1}\n"
       "  - restart: {where: is_first}\n",
       {("f.yaml:6:15: unknown key 'where' in 'restart'; allowed: hosts, storage, at, times, "
         "every")}},
      {"ACutHasEnds",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - cut: {lasts: 1s}\n",
       {"f.yaml:5:10: a cut has 'from' or 'to', or both"}},
      {"ACutIsNotCalledAll",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - cut: {name: all, from: [0], to: [1]}\n",
       {"f.yaml:5:17: 'all' cannot name a cut: 'heal' has it for all"}},
      {"TheEndsOfACutAreHosts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - cut: {from: [0], to: [10]}\n",
       {"f.yaml:5:27: a host number must be a whole number from 0 to 9, not '10'"}},
      {"ALinkChangesSomething",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - link: {from: [0], lasts: 1s}\n",
       {("f.yaml:5:11: this link stays as it is: it changes at least one of latency, jitter, loss, "
         "duplication, corruption, reordering")}},
      {"TheLossOfALinkIsAProbability",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - link: {from: [0], loss: 5}\n",
       {("f.yaml:5:29: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '5'; for "
         "5 percent, write 5%")}},
      {"AHealHasAName",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - heal: {nam: split}\n",
       {("f.yaml:5:12: unknown key 'nam' in 'heal'; did you mean 'name'? allowed: name, at, "
         "times, every")}},
      {"AChurnHasSessions",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - churn: {downtime: 1m}\n"
       "    lasts: 1h\n",
       {"f.yaml:5:12: 'session' is missing in 'churn'; or a 'trace'"}},
      {"AChurnHasDowntimesOrArrivals",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - churn: {session: 1m, downtime: 1m, arrivals: 1s}\n"
       "    lasts: 1h\n",
       {"f.yaml:5:50: 'arrivals' does not go with 'downtime'"}},
      {"AChurnWithoutEndIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - churn: {session: 1m, downtime: 1m}\n",
       {("f.yaml:5:12: this churn would never end; it goes on for as long as the phase does: "
         "add 'lasts' to that")}},
      {"AChurnTraceThatIsNotThereIsNamed",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - churn: {trace: nowhere.txt}\n"
       "    lasts: 1h\n",
       {("f.yaml:5:20: 'trace': nowhere.txt cannot be read: No such file or directory; paths "
         "are relative to the folder of the scenario")}},
      {"AChurnTraceSaysItAll",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - churn: {trace: nowhere.txt, session: 1m}\n"
       "    lasts: 1h\n",
       {("f.yaml:5:20: 'trace': nowhere.txt cannot be read: No such file or directory; paths "
         "are relative to the folder of the scenario"),
        "f.yaml:5:42: 'session' does not go with 'trace', which says it all"}},
      {"ASessionLastsForSomeTime",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - churn: {session: 0s}\n"
       "    lasts: 1h\n",
       {"f.yaml:5:22: 'session' must be longer than 0s"}},
      {"ARateHasAUnit",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: 5}\n"
       "    lasts: 1m\n",
       {("f.yaml:5:51: 'rate' must be a rate such as 5/s, not '5'; write 5/s, or with another "
         "unit: /ms, /s, /m, /h, /d")}},
      {"ARateIsNotNegative",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: -5/s}\n"
       "    lasts: 1m\n",
       {"f.yaml:5:51: 'rate' must be a rate such as 5/s, not '-5/s'; a rate is not negative"}},
      {"ARateOfZeroIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: 0/s}\n"
       "    lasts: 1m\n",
       {"f.yaml:5:51: at this rate nothing ever comes"}},
      {"AnUnknownUnitOfARateIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: 5/week}\n"
       "    lasts: 1m\n",
       {("f.yaml:5:51: 'rate' must be a rate such as 5/s, not '5/week'; the units are /ms, /s, "
         "/m, /h, /d")}},
      {"ARateGoesWithoutEvery",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: 5/s, every: 1s}\n"
       "    lasts: 1m\n",
       {"f.yaml:5:63: 'every' does not go with 'rate'"}},
      {"CallsAtARateHaveAnEnd",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: 5/s}\n",
       {"f.yaml:5:12: these calls would never end; add 'times', or 'lasts' to the phase"}},
      {"ARampSaysHowLongItTakes",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], rate: {from: 1/s, to: 5/s}}\n",
       {"f.yaml:5:12: these calls would never end; add 'times', or 'lasts' to the phase",
        "f.yaml:5:51: 'over' is missing in 'rate'; it is a duration longer than 0s"}},
      {"CallsGoToHostsOrAtRandom",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [1], on: nobody}\n",
       {("f.yaml:5:49: 'on' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of host numbers such as [0, 5], not 'nobody'")}},
      {"ARangeOfHostsIsInOrder",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [5..3]\n",
       {"f.yaml:5:13: a range of hosts must be two numbers from 0 to 9, such as 0..4, not '5..3'"}},
      {"ARangeOfHostsEndsBelowTheNumberOfHosts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: 5..10\n",
       {"f.yaml:5:12: a range of hosts must be two numbers from 0 to 9, such as 0..4, not "
        "'5..10'"}},
      {"AHostInTwoRangesIsGivenTwice",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [1..3, 3]\n",
       {"f.yaml:5:19: host 3 is given twice"}},
      {"AGroupThatIsNotThereIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {servers: [0, 1]}\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: 1 of server\n",
       {"f.yaml:6:12: no group is called 'server'; did you mean 'servers'? allowed: servers"}},
      {"AGroupInAListIsKnown",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {servers: [0, 1]}\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: [clients, 3]\n",
       {"f.yaml:6:13: no group is called 'clients'; allowed: servers"}},
      {"AGroupOfNoGroupIsRefused",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - crash: 20% of servers\n",
       {("f.yaml:5:12: no group is called 'servers'; 'groups' at the top of the scenario names "
         "some")}},
      {"AGroupHasAName",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {all: [0], 3: [1]}\n",
       {("f.yaml:3:10: 'all' cannot name a group; a name begins with a letter; letters, digits, "
         "_ and - follow; 'all' and 'random' mean something else"),
        ("f.yaml:3:20: '3' cannot name a group; a name begins with a letter; letters, digits, _ "
         "and - follow; 'all' and 'random' mean something else")}},
      {"AGroupIsAListOfHosts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {servers: {a: 1}}\n",
       {"f.yaml:3:19: 'servers' must be a list of host numbers, not a map"}},
      {"GroupsAreAMap",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: [0, 1]\n",
       {"f.yaml:3:9: 'groups' must be a map from names to lists of host numbers, not a list"}},
      {"AHostOfAGroupIsBelowTheNumberOfHosts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {servers: [10]}\n",
       {"f.yaml:3:20: a host number must be a whole number from 0 to 9, not '10'"}},
      {"ACheckHasOneMoment",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, never: ring_is_one}\n",
       {"f.yaml:7:5: a check has exactly one of at_end, always, never, eventually"}},
      {"EventuallyHasALimit",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {eventually: ring_is_one}\n",
       {"f.yaml:7:5: 'within' is missing: until when must it have come true?"}},
      {"WithinIsForEventually",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, within: 5s}\n",
       {"f.yaml:7:35: 'within' is for 'eventually'"}},
      {"ACheckAtTheEndIsLookedAtOnce",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {at_end: ring_is_one, every: 5s}\n",
       {"f.yaml:7:34: 'every' is for 'always', 'never' and 'eventually'"}},
      {"ACheckIsAfterAPhaseThatIsThere",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, after: jion}\n",
       {"f.yaml:7:34: no phase before this is called 'jion'; did you mean 'join'? allowed: join"}},
      {"ACheckAfterTheLastPhaseIsNeverLookedAt",
       "algorithm: ring\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, after: join}\n"
       "  - {never: hops > 5, after: join}\n",
       {("f.yaml:6:5: this check can never be looked at: the run ends with the phase 'join'; leave "
         "'after' out, or write the condition alone: it must hold at the end"),
        ("f.yaml:7:5: this check can never be looked at: the run ends with the phase 'join'; leave "
         "'after' out, or write the condition alone: it must hold at the end")}},
      {"ACheckIsAfterOrDuring",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, after: join, during: join}\n",
       {"f.yaml:7:48: 'during' does not go with 'after'"}},
      {"OnlyChecksOfEachActorAreSampled",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, sample: 10}\n",
       {"f.yaml:7:35: 'ring_is_one' is no check of each actor by itself, so it cannot be sampled"}},
      {"ASampleHasSomebody",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: successor_is_right, sample: 0}\n",
       {"f.yaml:7:42: 'sample' must be a whole number from 1 to 10_000_000, not '0'"}},
      {"ACheckIsLookedAtNowAndThen",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - {always: ring_is_one, every: 0s}\n",
       {"f.yaml:7:34: 'every' must be a duration longer than 0s, not '0s'"}},
      {"AnExpressionIsComplete",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - lookup_failures / hops.count <\n",
       {("f.yaml:7:5: something is missing at the end; for example lookup_wrong / "
         "lookup_correct < 0.01")}},
      {"AnExpressionComparesNumbers",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - ring_is_one + 1 < 3\n",
       {("f.yaml:7:5: a check holds or does not: one cannot calculate with it; for example "
         "lookup_wrong / lookup_correct < 0.01")}},
      {"AnExpressionIsACondition",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - hops.mean * 2\n",
       {("f.yaml:7:5: this is a number, compared with nothing; for example lookup_wrong / "
         "lookup_correct < 0.01")}},
      {"AnExpressionCloses",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - (hops.mean + 1 < 3\n",
       {"f.yaml:7:5: a ')' is missing; for example lookup_wrong / lookup_correct < 0.01"}},
      {"EqualityHasTwoSigns",
       "algorithm: ring\n"
       "phases: [{spawn: {}, name: join}]\n"
       "checks:\n"
       "  - hops[join].count = 3\n"
       "  - hops.count[join] == 3\n",
       {"f.yaml:4:5: nothing can follow here: '= 3'; equality is written ==",
        "f.yaml:5:5: nothing can follow here: '[join] == 3'; a phase stands before the statistic: "
        "hops[join].count"}},
      {"AnExpressionHasNoPercent",
       "algorithm: ring\n"
       "phases: [{spawn: {}, name: join}]\n"
       "checks:\n"
       "  - lookup_failures / hops.count < 1%\n"
       "  - lookup_failures < 1%\n",
       {"f.yaml:4:5: nothing can follow here: '%'; write 0.01 for 1%",
        "f.yaml:5:5: 'lookup_failures' must be compared with a number, not '1%'; write 0.01 for "
        "1%"}},
      {"ARangeOfHostsHasDots",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {a: 0-4, b: [5-6, -1]}\n",
       {"f.yaml:3:13: a host number must be a whole number from 0 to 9, not '0-4'; a range is "
        "written 0..4",
        "f.yaml:3:22: a host number must be a whole number from 0 to 9, not '5-6'; a range is "
        "written 0..4",
        "f.yaml:3:27: a host number must be a whole number from 0 to 9, not '-1'"}},
      {"APartOfAGroupIsAPercentage",
       "algorithm: ring\n"
       "hosts: 10\n"
       "groups: {a: 0..4}\n"
       "phases: [{spawn: {}}, {crash: 0.5 of a}]\n",
       {("f.yaml:4:31: 'crash' must be 'all', a percentage such as 20%, how many, a group, or a "
         "list of host numbers such as [0, 5], not '0.5 of a'; write 50% of a")}},
      {"AnExpressionHasNoUnits",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - hops.mean / 2s < 3\n",
       {"f.yaml:7:5: '2s' is no number; a measurement has no unit"}},
      {"AnExpressionKnowsItsNames",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - hops.mean < 3 and ring_is_won\n",
       {("f.yaml:7:5: 'ring_is_won' is no check of 'ring'; did you mean 'ring_is_one'? allowed: "
         "ring_is_ideal, ring_is_one, successor_is_right; a comparison looks like "
         "lookup_hops.mean <= 5.2")}},
      {"AnExpressionKnowsItsPhases",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - hops[jion].mean < 3\n",
       {"f.yaml:7:5: no phase before this is called 'jion'; did you mean 'join'? allowed: join"}},
      {"AnExpressionHasTwoSides",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - hops.mean < 3 or hops.max\n",
       {("f.yaml:7:5: a number on one side of 'or' is compared with nothing; for example "
         "lookup_wrong / lookup_correct < 0.01")}},
      {"AnExpressionEnds",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - (hops.mean) < 3 4\n",
       {("f.yaml:7:5: nothing can follow here: '4'; for example lookup_wrong / lookup_correct < "
         "0.01")}},
      {"ANegationIsOfACondition",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "    name: join\n"
       "checks:\n"
       "  - not hops.mean\n",
       {("f.yaml:7:5: a number cannot be negated with 'not'; for example lookup_wrong / "
         "lookup_correct < 0.01")}},
      {"AStructIsAMap",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: meet, arguments: [7]}\n",
       {"f.yaml:5:39: argument 1 of 'Node.meet' must be a map from fields to values, not '7'"}},
      {"AReferenceIsToAHostThatIsThere",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: join, arguments: [{host: 10}]}\n",
       {("f.yaml:5:46: the host of argument 1 of 'Node.join' must be a whole number from 0 to "
         "9, not '10'")}},
      {"AMapArgumentIsAMap",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: prices, arguments: [[a, 1]]}\n",
       {"f.yaml:5:41: argument 1 of 'Node.prices' must be a map, not a list"}},
      {"AValueOfAMapArgumentHasItsType",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: prices, arguments: [{apple: red}]}\n",
       {("f.yaml:5:49: 'apple' of argument 1 of 'Node.prices' must be a whole number from "
         "-2_147_483_648 to 2_147_483_647, not 'red'")}},
      {"APairHasTwoParts",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: pair, arguments: [[1, a, b]]}\n",
       {"f.yaml:5:39: argument 1 of 'Node.pair' has 2 parts, not 3"}},
      {"AZipfHasALimit",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{zipf: {most: 0}}]}\n",
       {"f.yaml:5:55: 'most' must be a whole number from 1 to 1_000_000, not '0'"}},
      {"OneOfIsAList",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{one_of: 3}]}\n",
       {"f.yaml:5:50: 'one_of' must be a list of values, not '3'"}},
      {"OneOfHasTheRightType",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{one_of: [1, two]}]}\n",
       {"f.yaml:5:54: each of 'one_of' must be a whole number from 0 to 4_294_967_295, not 'two'"}},
      {"AKeyIsAText",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{key: [a]}]}\n",
       {"f.yaml:5:47: 'key' must be a text, not a list"}},
      {"AKeyFitsIntoItsParameter",
       "algorithm: ring\n"
       "hosts: 10\n"
       "parameters: {bits: 64}\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: lookup, arguments: [{key: \"a long text\"}]}\n",
       {("f.yaml:6:47: the key of 'a long text' does not fit into argument 1 of 'Node.lookup', "
         "which has 32 bits")}},
      {"ATimeIsNoList",
       "algorithm: ring\n"
       "hosts: 10\n"
       "phases:\n"
       "  - spawn: {}\n"
       "  - calls: {method: at, arguments: [[1s]]}\n",
       {("f.yaml:5:37: argument 1 of 'Node.at' must be a duration since the start of the run, "
         "now, or {now: DURATION}, not a list")}},
      {"MoreHostsThanASimulatorHoldsAreRefused",
       "algorithm: ring\n"
       "hosts: 1_000_000_000_000\n",
       {"f.yaml:2:8: 'hosts' must be a whole number from 1 to 10_000_000, not "
        "'1_000_000_000_000'"}},
      {"SamplesAreTakenNowAndThen",
       "algorithm: ring\n"
       "measure_every: 0s\n",
       {"f.yaml:2:16: 'measure_every' must be a duration longer than 0s, not '0s'"}},
  };
  return *kFiles;
}

}  // namespace troupe::scenario
