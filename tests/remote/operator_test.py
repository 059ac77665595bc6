"""What whoever runs a host sees of it and tells it: its log and status, signals, roles, settings,
and readiness."""

import configparser
import datetime
import importlib
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

import grpc

from host_process import DEADLINE, ROOT, SECOND, TROUPE, HostProcess, HostTest

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
QUICK = ("--heartbeat", "20ms", "--silence", "200ms", "--connect", "300ms", "--reconnect", "300ms")


class LoggedHost(HostProcess):
    """A host whose log goes to a file, so that it can be read while it runs."""

    def __init__(self, test, *options, environment=None, listen="127.0.0.1:0"):
        # pylint: disable=super-init-not-called
        self.log = pathlib.Path(test.folder.name) / f"log{len(os.listdir(test.folder.name))}"
        with self.log.open("w", encoding="utf-8") as file:
            words = ["--listen", listen] if listen else []
            self.process = subprocess.Popen([TROUPE, "host", *words, *map(str, options)],
                                            stdout=subprocess.PIPE, stderr=file, text=True,
                                            env={**os.environ, **(environment or {})})
        test.addCleanup(self.end)
        words = self.process.stdout.readline().split()
        assert len(words) == 3 and words[0] == "ready", (words, self.log.read_text())
        self.name, self.address = words[1:]

    def lines(self):
        """What a host with --log json has written, line by line."""
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def events(self, **fields):
        return [line["event"] for line in self.lines()
                if all(line.get(key) == value for key, value in fields.items())]


class OperatorTest(HostTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(folder.cleanup)
        subprocess.run(["protoc", "-I", ROOT, "--python_out", folder.name,
                        "remote/operations.proto", "remote/wire.proto"], check=True)
        sys.path.insert(0, folder.name)
        cls.operations = importlib.import_module("remote.operations_pb2")
        cls.wire = importlib.import_module("remote.wire_pb2")

    def file(self, name, text):
        path = pathlib.Path(self.folder.name) / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    @staticmethod
    def bearer(token):
        return (("authorization", f"Bearer {token}"),)

    def status(self, channel, metadata=()):
        ask = channel.unary_unary("/troupe.remote.Operations/Status",
                                  response_deserializer=self.operations.HostStatus.FromString)
        return ask(b"", timeout=DEADLINE, metadata=metadata)

    def say_hello(self, channel, address, name, metadata=(), version=None, **fields):
        """Connects as a host of this address; gives the error with which that ends, or None."""
        hello = self.wire.Hello(version=version or self.wire_version, address=address,
                                incarnation=fields.pop("incarnation", 7), name=name, number=1,
                                **fields)
        connect = channel.stream_stream("/troupe.remote.Dispatcher/Connect")
        stream = connect(iter([self.wire.Frame(hello=hello).SerializeToString()]),
                         timeout=DEADLINE, metadata=metadata)
        try:
            next(stream)
            return None
        except grpc.RpcError as error:
            return error

    wire_version = 2

    # --- Its log --------------------------------------------------------------------------------

    def test_log_has_a_line_of_json_for_each_peer_that_comes_goes_restarts_is_silent(self):
        first = LoggedHost(self, "--log", "json", "--name", "first", *QUICK)
        second = LoggedHost(self, "--log", "json", "--name", "second", "--join", first.address,
                            *QUICK)
        of_second = {"peer": second.address, "name": "second"}
        self.wait_until(lambda: "peer_up" in first.events(peer=second.address))
        second.stop(signal.SIGKILL)
        second = LoggedHost(self, "--log", "json", "--name", "second", "--join", first.address,
                            *QUICK, listen=second.address)
        self.wait_until(lambda: "peer_restarted" in first.events(**of_second))
        second.process.send_signal(signal.SIGSTOP)
        self.wait_until(lambda: "peer_silent" in first.events(**of_second))
        second.process.send_signal(signal.SIGCONT)
        third = LoggedHost(self, "--log", "json", "--join", first.address, *QUICK)
        self.wait_until(lambda: "peer_up" in first.events(peer=third.address))
        self.assertEqual(third.stop()[0], 0)
        self.wait_until(lambda: "peer_left" in first.events(peer=third.address))
        self.assertEqual(first.stop()[0], 0)
        lines = first.lines()
        for line in lines:
            self.assertRegex(line["time"], TIME)
            self.assertIn(line["level"], ("info", "warning", "error"))
            self.assertTrue(line["event"] and line["text"])
        ended = datetime.datetime.fromisoformat(lines[-1]["time"].replace("Z", "+00:00"))
        now = datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(abs((now - ended).total_seconds()), DEADLINE)
        of_life = [line["event"] for line in lines if "peer" not in line]
        self.assertEqual(of_life, ["ready", "stopping", "stopped"])

    def test_nothing_that_others_send_forges_a_line_and_there_are_not_too_many(self):
        for form in ("text", "json"):
            host = LoggedHost(self, "--log", form, "--log-lines", "6")
            channel = self.channel(host)
            forged = "x\n2026-01-01T00:00:00.000Z error [forged] \x1b[2J\r\u2028" + "y" * 300
            for i in range(1, 40):
                self.say_hello(channel, f"127.0.0.1:{i}", forged)
            time.sleep(1.1)  # Then another second begins, which says what was left out.
            self.say_hello(channel, "127.0.0.1:41", "good")
            self.assertEqual(host.stop()[0], 0)
            text = host.log.read_text(encoding="utf-8")
            lines = text.split("\n")[:-1]
            self.assertTrue(all(character.isprintable() for line in lines for character in line))
            self.assertFalse([line for line in lines if "forged" in line[:60]], text)
            self.assertIn("lines have been left out", text)
            # 6 in each second, and those of the host's own life.
            self.assertLess(len(lines), 6 * 6, text)
            if form == "json":
                self.assertTrue(any("forged" in line["text"] for line in host.lines()), text)
            else:
                for line in lines:
                    self.assertRegex(line, r"^[\d-]{10}T[\d:.]{12}Z (info|warning) \[\w+[^\]]*\] ")

    def test_a_reader_that_does_not_read_does_not_stop_the_host(self):
        host = HostProcess(self, "--verbose", "--log", "json")
        channel = self.channel(host)
        for _ in range(400):  # Each is a line for the start and one for the end.
            self.call(channel, "Host", "stop_actor", self.spawn_node(channel), 5 * SECOND)
        self.assertEqual(self.call(channel, "Host", "statistics").actors, 0)
        code, _, err = host.stop()
        self.assertEqual(code, 0)
        lines = [json.loads(line) for line in err.splitlines()]
        self.assertIn("actor_spawn", {line["event"] for line in lines})
        self.assertLess(len(lines), 800)

    # --- Signals --------------------------------------------------------------------------------

    def test_sigterm_ends_it_in_order_at_every_moment(self):
        for delay in range(0, 300, 25):
            host = subprocess.Popen([TROUPE, "host", "--listen", "127.0.0.1:0", "--join",
                                     "127.0.0.1:1", "--log", "json"], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
            self.addCleanup(host.kill)
            self.wait_until(lambda pid=host.pid: self.listens_to_sigterm(pid))
            time.sleep(delay / 1000)
            host.send_signal(signal.SIGTERM)
            out, err = host.communicate(timeout=DEADLINE)
            self.assertEqual((host.returncode, out), (0, ""), (delay, err))
            self.assertIn('"stopped"', err)

    @staticmethod
    def listens_to_sigterm(pid):
        text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"SigBlk:\s*(\w+)", text)[1], 16) >> (signal.SIGTERM - 1) & 1

    def test_a_second_signal_ends_it_at_once(self):
        host = LoggedHost(self, "--log", "json", "--join", HostProcess(self).address)
        host.process.send_signal(signal.SIGSTOP)
        host.process.send_signal(signal.SIGTERM)
        host.process.send_signal(signal.SIGINT)
        host.process.send_signal(signal.SIGCONT)
        self.assertIn(host.process.wait(DEADLINE), (0, -signal.SIGINT, -signal.SIGTERM))

    def test_sighup_takes_other_tokens_and_two_are_good_while_they_change(self):
        old, new = "old-" + "o" * 20, "new-" + "n" * 20
        files = [self.file(f"token{i}", old + "\n") for i in (0, 1)]
        hosts = [LoggedHost(self, "--log", "json", "--token-file", files[0])]
        hosts.append(LoggedHost(self, "--log", "json", "--token-file", files[1], "--join",
                                hosts[0].address))
        channels = [self.channel(host) for host in hosts]

        def rotate(text):
            for host, file in zip(hosts, files):
                before = host.events().count("reloaded")
                file.write_text(text, encoding="utf-8")
                host.process.send_signal(signal.SIGHUP)
                self.wait_until(lambda host=host, before=before:
                                host.events().count("reloaded") > before)

        def admits(token):
            try:
                return [self.status(channel, self.bearer(token)).serving for channel in channels]
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.UNAUTHENTICATED)
                return False

        self.assertEqual((admits(old), admits(new)), ([True, True], False))
        rotate(f"{old}\n{new}\n")
        self.assertEqual((admits(old), admits(new)), ([True, True], [True, True]))
        rotate(f"{new}\n{old}\n")  # Now the new one is shown to others.
        joined = LoggedHost(self, "--token-file", self.file("third", new), "--join",
                            hosts[0].address)
        self.assertEqual(joined.stop()[0], 0)
        rotate(f"{new}\n")
        self.assertEqual((admits(old), admits(new)), (False, [True, True]))
        # A file that is wrong changes nothing.
        files[0].write_text("two words\n", encoding="utf-8")
        hosts[0].process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "not_reloaded" in hosts[0].events(level="error"))
        self.assertEqual(admits(new), [True, True])
        self.assertEqual([host.stop()[0] for host in hosts], [0, 0])

    def test_sighup_takes_another_certificate_and_another_authority(self):
        folder = pathlib.Path(self.folder.name) / "now"
        makes = ["tools/make_certificates", folder, "host=127.0.0.1"]
        subprocess.run(makes, check=True)
        certified = ("--certificate", folder / "host.pem", "--key", folder / "host.key",
                     "--authority", folder / "ca.pem")
        host = LoggedHost(self, "--log", "json", *certified)

        def credentials():
            return [(folder / name).read_bytes() for name in ("ca.pem", "host.key", "host.pem")]

        def shown():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols(["h2"])
            where, port = host.address.split(":")
            with socket.create_connection((where, int(port)), timeout=DEADLINE) as connection:
                with context.wrap_socket(connection) as secure:
                    return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))

        earlier = credentials()
        right = self.channel(host, grpc.ssl_channel_credentials(*earlier))
        self.assertTrue(self.status(right).serving)
        self.assertIn(shown().strip(), earlier[2].decode())
        for old in folder.iterdir():
            old.unlink()
        subprocess.run(makes, check=True)
        self.assertNotEqual(credentials(), earlier)
        host.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: shown().strip() in credentials()[2].decode())
        self.assertTrue(self.status(right).serving)  # What is connected stays so.
        new = self.channel(host, grpc.ssl_channel_credentials(*credentials()))
        self.assertTrue(self.status(new).serving)
        ca, key, certificate = credentials()
        del key, certificate
        wrong = self.channel(host, grpc.ssl_channel_credentials(ca, *earlier[1:]))
        with self.assertRaises(grpc.RpcError):
            self.status(wrong)
        # Both ends: a host that is started now talks with the one that has new certificates.
        other = LoggedHost(self, *certified, "--join", host.address)
        self.assertEqual((other.stop()[0], host.stop()[0]), (0, 0))

    # --- Roles ----------------------------------------------------------------------------------

    def test_a_client_may_do_what_its_token_says_and_is_no_host(self):
        of = {may: f"{may}-token-of-a-client" for may in ("look", "call", "spawn", "stop")}
        of["all"] = "all-token-of-a-client"
        words = []
        for may, token in of.items():
            rights = "look,call,spawn,stop" if may == "all" else may
            words += ["--client-token", f"{self.file(may, token)}={rights}"]
        host = LoggedHost(self, "--token-file", self.file("token", "h" * 32), *words)
        channel = self.channel(host)
        hosts = self.bearer("h" * 32)
        request = self.actors.SpawnRequest(class_name="Node",
                                           arguments=self.actors.SpawnArguments(
                                               parameters={}).SerializeToString())
        node = self.call(channel, "Host", "spawn", request, metadata=hosts)
        self.call(channel, "Host", "bind", "node", node, False, metadata=hosts)

        def spawn(metadata):
            self.call(channel, "Host", "spawn", request, metadata=metadata)

        def stop(metadata):
            self.call(channel, "Host", "stop_actor", node, 5 * SECOND, metadata=metadata)

        def trace(metadata):
            with self.assertRaises(grpc.RpcError) as raised:
                self.call(channel, "Host", "trace", True, metadata=metadata)
            if raised.exception.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise raised.exception  # Where it is allowed, nobody observes.

        def reflect(metadata):
            ask = channel.stream_stream(
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
            list(ask(iter([b"\x3a\x00"]), timeout=DEADLINE, metadata=metadata))

        deeds = [("look", lambda m: self.status(channel, m)),
                 ("look", lambda m: self.call(channel, "Host", "names_here", metadata=m)),
                 ("look", lambda m: self.call(channel, "Host", "lookup", "node", metadata=m)),
                 ("look", lambda m: self.call(channel, "Host", "statistics", metadata=m)),
                 ("look", reflect),
                 ("call", lambda m: self.call(channel, "Node", "neighbours", actor="node",
                                              metadata=m)),
                 ("spawn", spawn),
                 ("spawn", lambda m: self.call(channel, "Host", "unbind", "nobody", metadata=m)),
                 ("stop", trace),
                 ("stop", stop)]
        for takes, deed in deeds:
            for may, token in of.items():
                if may in (takes, "all"):
                    continue
                with self.assertRaises(grpc.RpcError) as raised:
                    deed(self.bearer(token))
                self.assertEqual(raised.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
                self.assertEqual(raised.exception.details(),
                                 f"this token is good for: {may}; this takes: {takes}")
            for may in (takes, "all"):
                try:
                    deed(self.bearer(of[may]))
                except grpc.RpcError as error:
                    self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND, error.details())
        error = self.say_hello(channel, "127.0.0.1:9", "client", self.bearer(of["all"]))
        self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertIn("no host may have it", error.details())
        self.assertIsNone(self.say_hello(channel, "127.0.0.1:9", "host", hosts))
        self.assertEqual(host.stop()[0], 0)

    # --- Status ---------------------------------------------------------------------------------

    def test_status_tells_what_a_host_is_and_whom_it_knows(self):
        first = LoggedHost(self, "--name", "first", *QUICK)
        second = LoggedHost(self, "--name", "second", "--join", first.address, *QUICK)
        channel = self.channel(first)
        version = subprocess.run([TROUPE, "--version"], check=True, capture_output=True, text=True)
        self.spawn_node(channel, "node")
        self.wait_until(lambda: len(self.status(channel).peers) == 1)
        status = self.status(channel)
        self.assertEqual((status.name, status.address, status.serving, status.actors),
                         ("first", first.address, True, 1))
        self.assertEqual(f"troupe {status.version}", version.stdout.splitlines()[0])
        self.assertEqual(status.wire_version, self.wire_version)
        self.assertRegex(status.build, "^[0-9a-f]{16}$")
        self.assertEqual(status.build, self.status(self.channel(second)).build)
        self.assertGreater(status.uptime_ms, 0)
        peer = status.peers[0]
        self.assertEqual((peer.address, peer.name, peer.state), (second.address, "second", "up"))
        self.assertEqual(peer.incarnation, self.status(self.channel(second)).incarnation)
        self.assertGreater(peer.received, 0)
        second.stop(signal.SIGKILL)
        self.wait_until(lambda: self.status(channel).peers[0].state == "down")
        self.assertGreater(self.status(channel).peers[0].silent_ms, 0)

    def test_hosts_of_other_versions_refuse_each_other_by_name(self):
        host = LoggedHost(self, "--log", "json")
        error = self.say_hello(self.channel(host), "127.0.0.1:9", "earlier", version=1)
        self.assertEqual(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertIn("this host speaks version 2, and not 1", error.details())
        self.wait_until(lambda: "refused" in host.events(level="warning"))
        self.assertEqual(host.stop()[0], 0)

    # --- Settings -------------------------------------------------------------------------------

    def test_the_command_line_goes_before_the_environment_and_that_before_the_file(self):
        config = self.file("host.yaml", "listen: 127.0.0.1:0\nname: file\nlog: json\n"
                                        "verbose: true\nmost-peers: 9\n")
        joined = HostProcess(self)

        def name_of(*options, **environment):
            host = LoggedHost(self, *options, environment=environment, listen=None)
            self.assertEqual(host.stop()[0], 0)
            self.assertEqual(host.lines()[-1]["event"], "stopped")  # As JSON: as the file says.
            return host.name

        self.assertEqual(name_of("--config", config), "file")
        self.assertEqual(name_of(TROUPE_HOST_CONFIG=str(config)), "file")
        self.assertEqual(name_of("--config", config, TROUPE_HOST_NAME=""), "file")
        self.assertEqual(name_of("--config", config, TROUPE_HOST_NAME="environment",
                                 TROUPE_HOST_VERBOSE="false",
                                 TROUPE_HOST_JOIN=joined.address), "environment")
        self.assertEqual(name_of("--config", config, "--name", "line",
                                 TROUPE_HOST_NAME="environment"), "line")

    def test_a_setting_that_is_wrong_is_told_with_its_place(self):
        def told(text, options=(), **environment):
            config = self.file("host.yaml", text)
            done = subprocess.run([TROUPE, "host", "--config", config, *options],
                                  capture_output=True, text=True, check=False, timeout=DEADLINE,
                                  env={**os.environ, **environment}, cwd=self.folder.name)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            return done.stderr.replace(str(config), "host.yaml")

        self.assertIn("host.yaml:2:1: unknown option 'lisen'; did you mean 'listen'?",
                      told("name: a\nlisen: 127.0.0.1:0\n"))
        self.assertIn("host.yaml:1:10: threads must be a number from 1 to 1024, not 'many'",
                      told("threads: many\nlisten: 127.0.0.1:0\n"))
        self.assertIn("host.yaml:1:11: insecure must be true or false, not 'yes'",
                      told("insecure: yes\n"))
        self.assertIn("host.yaml:1:9: listen takes one value", told("listen: [a, b]\n"))
        self.assertIn("host.yaml:1:1: the file must hold 'key: value' lines", told("- listen\n"))
        self.assertIn("host.yaml:1:1: unknown option 'config'", told("config: other.yaml\n"))
        self.assertIn("host.yaml:2:10: silence: 200ms of silence are too short for a heartbeat",
                      told("listen: 127.0.0.1:0\nsilence: 200ms\n"))
        self.assertIn("--queue must be a size from 65536B to", told("listen: 127.0.0.1:0\n",
                                                                     ("--queue", "1kB")))
        self.assertIn("--connect must be a time from 10ms to", told("listen: 127.0.0.1:0\n",
                                                                    ("--connect", "soon")))
        self.assertIn("TROUPE_HOST_THREADS must be a number from 1",
                      told("listen: 127.0.0.1:0\n", TROUPE_HOST_THREADS="0"))
        self.assertIn("unknown variable TROUPE_HOST_LISTENS in the environment; did you mean "
                      "'TROUPE_HOST_LISTEN'?", told("", TROUPE_HOST_LISTENS="127.0.0.1:0"))
        self.assertIn("TROUPE_HOST_CONFIG: the file nowhere.yaml cannot be read: No such file",
                      self.told_of_no_file())
        token = self.file("token", "t" * 32)
        self.assertIn("'jump' is nothing that a client may do; ",
                      told("listen: 127.0.0.1:0\n", ("--token-file", token, "--client-token",
                                                     f"{token}=look,jump")))
        self.assertIn("write token=call,look",
                      told("listen: 127.0.0.1:0\n", ("--client-token", "token")))
        self.assertIn("it needs --token-file, too",
                      told("listen: 127.0.0.1:0\n", ("--client-token", f"{token}=look")))
        self.assertIn("a client's token is that of hosts",
                      told("listen: 127.0.0.1:0\n", ("--token-file", token, "--client-token",
                                                     f"{token}=look")))
        error = json.loads(told("listen: 127.0.0.1:0\nlog: json\nthreads: 0\n"))
        self.assertEqual((error["level"], error["event"]), ("error", "failed"))

    def told_of_no_file(self):
        done = subprocess.run([TROUPE, "host"], capture_output=True, text=True, check=False,
                              env={**os.environ, "TROUPE_HOST_CONFIG": "nowhere.yaml"},
                              timeout=DEADLINE)
        return done.stderr

    # --- A service ------------------------------------------------------------------------------

    def test_a_service_manager_is_told_of_readiness_and_of_the_end(self):
        path = os.path.relpath(pathlib.Path(self.folder.name) / "notify")
        for name in (os.path.abspath(path), f"@troupe-operator-test-{os.getpid()}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                try:
                    manager.bind("\0" + name[1:] if name[0] == "@" else name)
                except OSError as error:  # A folder whose name is too long for a socket.
                    self.assertIn("too long", str(error))
                    continue
                manager.settimeout(DEADLINE)
                host = LoggedHost(self, "--name", "one", environment={"NOTIFY_SOCKET": name})
                self.assertEqual(manager.recv(1000).decode(),
                                 f"READY=1\nSTATUS=one can be reached at {host.address}")
                host.process.send_signal(signal.SIGTERM)
                self.assertEqual(manager.recv(1000), b"STOPPING=1")
                self.assertEqual(host.process.wait(DEADLINE), 0)
        host = LoggedHost(self, "--log", "json", environment={"NOTIFY_SOCKET": "/nowhere/socket"})
        self.assertEqual(host.stop()[0], 0)
        self.assertIn("notify", host.events(level="warning"))

    def test_the_unit_file_starts_a_host_as_it_is_meant(self):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        folder = ROOT / "packaging/systemd"
        unit.read(folder / "troupe-host.service")
        service = unit["Service"]
        self.assertEqual((service["Type"], service["ExecReload"]),
                         ("notify", "/bin/kill -HUP $MAINPID"))
        program, *words = service["ExecStart"].split()
        self.assertEqual(program, "/usr/bin/troupe")
        self.assertIn("/etc/troupe/host.yaml", words)
        words = [str(folder / "host.yaml") if word == "/etc/troupe/host.yaml" else word
                 for word in words]
        host = LoggedHost(self, *words[1:], "--listen", "127.0.0.1:0", listen=None)
        self.assertEqual(host.stop()[0], 0)
        self.assertEqual(host.lines()[-1]["event"], "stopped")


if __name__ == "__main__":
    unittest.main()
