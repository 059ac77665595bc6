"""The JSON Schema of scenario files accepts what is right, and refuses what it can see is wrong."""

import json
import re
import subprocess
import unittest

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = None

from command_line import ROOT, SCENARIOS, CommandLineTest

# Of the wrong files that are YAML, this part has a mistake that only the parser sees: a name that
# another part of the file does not have, numbers that do not fit together, words of an expression.
MOST_UNSEEN = 0.38


def loader():
    """Reads YAML 1.2, where `on` is a word, with numbers as the schema's validators see them."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {
            letter: [(tag, pattern) for tag, pattern in resolvers
                     if tag.rpartition(":")[2] not in
                     ("bool", "timestamp", "int", "float", "merge")]
            for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[-+]?[0-9]+$"),
                                 list("-+0123456789"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:float",
                                 re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"),
                                 list("-+.0123456789"))
    return Loader


@unittest.skipIf(jsonschema is None, "python3-jsonschema or python3-yaml is not installed")
class Schema(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        cls.cases = json.loads(subprocess.run([str(ROOT / "scenario/schema_cases")], check=True,
                                              capture_output=True, text=True).stdout)
        jsonschema.Draft7Validator.check_schema(cls.cases["schema"])
        cls.validator = jsonschema.Draft7Validator(cls.cases["schema"])
        cls.loader = loader()

    def mistakes(self, text, validator=None):
        validator = validator or self.validator
        return [f"{list(error.absolute_path)}: {error.message}"[:300]
                for error in validator.iter_errors(yaml.load(text, self.loader))]

    def test_it_accepts_every_scenario(self):
        schema = json.loads(self.troupe("check", "--schema")[0])
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        files = sorted(set(SCENARIOS.glob("**/*.yaml")) - set(SCENARIOS.glob("networks/*")))
        self.assertGreater(len(files), 10)
        for file in files:
            self.assertEqual(self.mistakes(file.read_text(), validator), [], file.name)

    def test_it_accepts_every_example_of_the_reference(self):
        reference = (ROOT / "docs/reference/scenario.md").read_text()
        examples = re.findall("```yaml\n(.*?)```", reference, re.DOTALL)
        self.assertGreater(len(examples), 40)
        for text in examples:
            if "algorithm:" not in text:
                text += "algorithm: ring\n"
            self.assertEqual(self.mistakes(text), [], text)

    def test_it_accepts_every_key(self):
        for name in ("everything", "shared"):
            text = (ROOT / f"scenario/testdata/{name}.yaml").read_text()
            self.assertEqual(self.mistakes(text), [], name)

    def test_it_refuses_most_of_what_the_parser_refuses(self):
        seen, unseen = 0, []
        for case in self.cases["wrong"]:
            try:
                found = self.mistakes(case["text"])
            except (yaml.YAMLError, RecursionError):
                continue
            if found:
                seen += 1
            else:
                unseen.append(case["promise"])
        print(f"{seen} wrong files are refused, {len(unseen)} are not: {unseen}")
        self.assertGreater(seen, 80)
        self.assertLess(len(unseen) / (seen + len(unseen)), MOST_UNSEEN)

    def test_it_refuses_wrong_forms(self):
        head = "algorithm: ring\nphases:\n  - spawn: {}\n"
        for line in WRONG_LINES:
            text = head + line
            self.assertNotEqual(self.mistakes(text), [], text)
        for line in RIGHT_LINES:
            text = head + line
            self.assertEqual(self.mistakes(text), [], text)


# After a phase that spawns.
WRONG_LINES = """
hsts: 3
hosts: 0
hosts: -3
hosts: many
name: [a]
includes: {a: b}
variables: [a]
variables: {a-b: 3}
algorithm: cord
start: idle
seed: -1
parameters: {bitz: 3}
parameters: {bits: 65}
parameters: {bits: few}
parameters: {careful: 1}
parameters: {protocol: new}
parameters: {stabilize_every: 3}
groups: {a: {b: c}}
groups: {3a: [1]}
network: {latncy: 3s}
network: {latency: 30}
network: {latency: 30 ms 5}
network: {latency: [1ms, 2ms]}
network: {latency: {constant: 3}}
network: {latency: {uniform: 5ms}}
network: {latency: {uniform: [5ms]}}
network: {latency: {uniform: [5ms, 6]}}
network: {latency: {normal: {mean: 5ms}}}
network: {latency: {normal: {mean: 5, deviation: 1ms}}}
network: {latency: {lognormal: {median: 5ms, sigma: 11}}}
network: {latency: {pareto: {least: 5ms, shape: 0}}}
network: {latency: {exponential: 5ms}}
network: {latency: {exponential: {mean: 5ms}, constant: 1ms}}
network: {latency: {matrix: {file: a, unit: m}}}
network: {latency: {regions: a.csv}}
network: {latency: {coordinates: {scale: 1ms}}}
network: {latency: {coordinates: {scale: 1ms, box: [1]}}}
network: {latency: {coordinates: {scale: 1ms, box: [1, 2], file: a}}}
network: {jitter: {matrix: a}}
network: {jitter: {weibull: {scale: 1s, shape: 2}}}
network: {loss: 2}
network: {loss: much}
network: {bandwidth: 10}
network: {bandwidth: {up: 10Mbit}}
network: {bandwidth: {queue: 10kB}}
network: {links: {from: 3}}
network: {links: [{from: 3, latency: {matrix: a}}]}
network: {links: [{from: -1, loss: 1%}]}
disk: 5ms
disk: {sync_takes: fast}
disk: {sync_takes: {matrix: a}}
call_timeout: 3
checks: ring_is_one
checks: [3, {always: a, never: b}]
checks: [{every: 1s}]
checks: [{always: a, every: often}]
measure_every: 5
stop_after: soon
most_events_at_once: 0
sweep: {vary: [a]}
sweep: {vary: {hosts: 3}}
sweep: {vary: {hosts: []}}
sweep: {vary: {hosts: {from: 1, to: 3}}}
sweep: {vary: {hosts: {from: 1, to: 3, step: 1, factor: 2}}}
sweep: {seeds: 5}
sweep: {seeds: 1..2, confidence: 40%}
sweep: {seeds: 1..2, plots: [{over: a}]}
sweep: {seeds: 1..2, precision: {within: 1%}}
  - 5
  - {spawn: 5}
  - {spawn: {actor: Nobody}}
  - {spawn: {every: 3}}
  - {crsh: 20%}
  - {crash: 0.2}
  - {crash: [-1]}
  - {crash: {lasts: 3s}}
  - {crash: {hosts: 1, lsts: 3s}}
  - {crash: {hosts: 1, lasts: 3}}
  - {crash: {hosts: 1, lasts: {pareto: 1}}}
  - {crash: {hosts: 1, lasts: {weibull: {scale: 1s}}}}
  - {crash: {hosts: 1, lasts: {weibull: {scale: 1s, shape: 2}, constant: 1s}}}
  - {crash: {hosts: 1, at: {uniform: [1s]}}}
  - {crash: {hosts: 1, storage: gone}}
  - {slow: 20%}
  - {clock: {hosts: all, drift: 60ppmm}}
  - {clock: {hosts: all, ahead: 5}}
  - {partition: {name: a}}
  - {partition: {hosts: 1, groups: [1]}}
  - {partition: {hosts: 1, direction: up}}
  - {churn: {hosts: all, ends_by: fire}}
  - {calls: {arguments: []}}
  - {calls: {method: lokup}}
  - {calls: {method: lookup}}
  - {calls: {method: lookup, arguments: 5}}
  - {calls: {method: lookup, arguments: []}}
  - {calls: {method: lookup, arguments: [1, 2]}}
  - {calls: {method: lookup, arguments: [-1]}}
  - {calls: {method: Node.lookup, arguments: [5_000_000_000x]}}
  - {calls: {method: Node.lookup, arguments: [4294967296]}}
  - {calls: {method: lookup, arguments: [{uniform: [1]}]}}
  - {calls: {method: lookup, arguments: [{zipf: {}}]}}
  - {calls: {method: lookup, arguments: [{one_of: []}]}}
  - {calls: {method: lookup, arguments: [{one_of: [a]}]}}
  - {calls: {method: lookup, arguments: [{unform: [1, 2]}]}}
  - {calls: {method: join, arguments: [5]}}
  - {calls: {method: meet, arguments: [{ids: 7}]}}
  - {calls: {method: many, arguments: [5]}}
  - {calls: {method: pair, arguments: [[1]]}}
  - {calls: {method: prices, arguments: [{a: b}]}}
  - {calls: {method: at, arguments: [later]}}
  - {calls: {method: tune, arguments: [1, yes, 1, 1, a, 1s, 1, 1]}}
  - {calls: {method: poke, rate: 5}}
  - {calls: {method: poke, rate: {from: 1/s}}}
  - {calls: {method: poke, times: 0}}
  - {calls: {method: poke, may_fail: 1}}
  - {calls: {method: poke, in_flight: 0}}
  - {lasts: 10}
  - {lasts: 1s, until: [a]}
""".strip("\n").split("\n")

RIGHT_LINES = """
hosts: 1_000
hosts: $nodes
variables: {nodes: 3, some: [1, 2]}
includes: a.yaml
includes: [a.yaml, b.yaml]
start: $state
parameters: {bits: 16, careful: false, protocol: naive, stabilize_every: 1m30s, share: 0.5}
parameters: $all
groups: {a: [1, 2..3, b], b: 4..6, c: $some}
network: {latency: $latency}
network: {latency: {uniform: [$low, 1s]}, links: [$link, {to: [1], loss: 1%}]}
network: {latency: {matrix: king.txt}, jitter: 1ms}
network: {bandwidth: {up: 1.5MB/s, queue: 64KiB, exceptions: [{hosts: 10%, up: 1kbit/s}]}}
checks: [a, {always: b, every: event}, $check]
  - {crash: 20%, restart: [{hosts: all, at: 1s}], pause: 3 of servers, resume: all}
  - {crash: [1, 2..3, servers, $some]}
  - {crash: {hosts: random, lasts: {exponential: {mean: $mean}}}}
  - {clock: {hosts: 1, ahead: -5s, drift: {uniform: [-1%, 100ppm]}}}
  - {partition: {groups: [servers, [1, 2], 20%]}, heal: all}
  - {calls: {method: lookup, arguments: [$key]}}
  - {calls: {method: Node.lookup, arguments: [{one_of: [1, random, {uniform: [1, 2]}]}]}}
  - {calls: {method: lookup, arguments: [{key: "a text"}]}}
  - {calls: {method: join, arguments: [{host: 5}]}}
  - {calls: {method: tune, arguments: [-3, random, 1.5, {uniform: [0, 1]}, random, 1s, 7, 8]}}
  - {calls: {method: perhaps, arguments: [~]}}
  - {calls: {method: at, arguments: [{now: 5s}]}}
  - {calls: {method: ping, on: [1], rate: {to: 5/s, over: 1m}}}
  - {calls: {method: poke, rate: 0.5/ms}}
sweep: {vary: {hosts: {from: 1, to: 9, factor: 2}, network.loss: [1%, 2%]}, seeds: 1..100}
""".strip("\n").split("\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
