"""A gRPC client in Python calls actors, with messages that protoc makes of 'troupe describe'.

It knows nothing of Troupe but what the hosts and 'describe' say."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import grpc

from host_process import DEADLINE, SECOND, TROUPE, HostProcess, HostTest


class ClientTest(HostTest):
    def test_calls_the_methods_of_an_actor_and_of_its_host(self):
        channel = self.channel(HostProcess(self, "--name", "one"))
        node = self.spawn_node(channel, "first", bits="16", identifiers="42")
        self.assertEqual(list(node.classes), ["Node"])
        self.assertEqual(self.call(channel, "Host", "lookup", "first"), node)
        self.assertEqual(dict(self.call(channel, "Host", "names_here")), {"first": node})
        self.assertEqual(list(self.call(channel, "Host", "actors", "Node")), [node])
        self.assertEqual(list(self.call(channel, "Host", "actors", "Office")), [])
        found = self.call(channel, "Node", "lookup", 7, actor="first")
        self.assertEqual((found.owner.id, found.owner.ref), (42, node.id))
        self.assertEqual(self.call(channel, "Host", "statistics").actors, 1)
        self.assertTrue(self.call(channel, "Host", "stop_actor", node, 5 * SECOND))
        self.assertFalse(self.call(channel, "Host", "stop_actor", node, 5 * SECOND))
        self.assertEqual(self.call(channel, "Host", "statistics").actors, 0)

    def test_addresses_an_actor_by_its_address(self):
        host = HostProcess(self)
        channel = self.channel(host)
        node = self.spawn_node(channel, "a node", identifiers="5")
        place = f"{node.id.index}.{node.id.incarnation}"
        for address in (f"troupe://{host.address}/a%20node", f"troupe://{host.address}/Node/{place}",
                        "a node"):
            self.assertEqual(self.call(channel, "Node", "lookup", 1, actor=address).owner.id, 5)

    def test_nodes_on_several_hosts_form_one_ring(self):
        first = HostProcess(self, "--name", "h0")
        hosts = [first] + [HostProcess(self, "--name", f"h{i}", "--join", first.address)
                           for i in (1, 2)]
        channels = [self.channel(host) for host in hosts]
        quick = {"bits": "16", "stabilize_every": "20ms", "fix_fingers_every": "5ms",
                 "check_predecessor_every": "50ms", "join_retry": "20ms"}
        identifiers = [9000, 40000, 21000, 60000, 33000, 3000]
        nodes = []
        for i, identifier in enumerate(identifiers):
            # The second node on a host takes the second of its list; nobody has the first.
            listed = f"0 {identifier}" if i >= len(hosts) else str(identifier)
            nodes.append(self.spawn_node(channels[i % len(hosts)], f"node{i}",
                                         nodes[0] if nodes else None, identifiers=listed, **quick))
        ring = sorted(identifiers)

        def successors():
            found = {}
            for i, identifier in enumerate(identifiers):
                known = self.call(channels[i % 3], "Node", "neighbours", actor=f"node{i}")
                found[identifier] = [peer.id for peer in known.successors][:1]
            return found

        right = {one: [other] for one, other in zip(ring, ring[1:] + ring[:1])}
        self.wait_until(lambda: successors() == right)
        for key in (0, 3001, 20999, 33000, 50000, 65000):
            owner = next((one for one in ring if one >= key), ring[0])
            for i in range(len(nodes)):
                found = self.call(channels[i % 3], "Node", "lookup", key, actor=f"node{i}")
                self.assertEqual(found.owner.id, owner)
        # A reference that has come from one host is good at another.
        found = self.call(channels[0], "Node", "lookup", 40000, actor="node0")
        self.assertTrue(found.owner.ref.text.startswith(hosts[1].address + "#"))

    def test_what_is_wrong_has_a_status_of_its_own(self):
        host = HostProcess(self)
        channel = self.channel(host)
        node = self.spawn_node(channel, "first")
        code = grpc.StatusCode
        self.assertIn("must say which Node", self.fails(code.INVALID_ARGUMENT, channel, "Node",
                                                        "lookup", 1))
        self.assertIn("'frist'", self.fails(code.NOT_FOUND, channel, "Node", "lookup", 1,
                                            actor="frist"))
        self.assertIn("is a Node, not a 'Host'", self.fails(code.INVALID_ARGUMENT, channel, "Host",
                                                            "statistics", actor="first"))
        self.assertIn("is not on this host", self.fails(
            code.INVALID_ARGUMENT, channel, "Node", "lookup", 1,
            actor="troupe://10.9.8.7:1/first"))
        self.assertIn("is no address", self.fails(code.INVALID_ARGUMENT, channel, "Node", "lookup",
                                                  1, actor="troupe:///"))
        details = self.fails(code.NOT_FOUND, channel, "Host", "spawn",
                             self.actors.SpawnRequest(class_name="Nodee"))
        self.assertIn("it spawns Node", details)
        self.assertIn("did you mean 'successors'?", self.spawn_fails(channel, succesors="3"))
        self.assertIn("'many'", self.spawn_fails(channel, successors="many"))
        self.assertIn("from 1 to 64", self.spawn_fails(channel, bits="65"))
        self.assertIn("recursive, iterative", self.spawn_fails(channel, lookups="circular"))
        for path, expected in (("/troupe.actors.Node/look_up", code.UNIMPLEMENTED),
                               ("/troupe.actors.Node/lookup", code.INVALID_ARGUMENT),
                               ("/greeter.Greeter/Hello", code.UNIMPLEMENTED)):
            with self.assertRaises(grpc.RpcError) as raised:
                channel.unary_unary(path)(b"\xff\xff", timeout=DEADLINE,
                                          metadata=(("troupe-actor", "first"),))
            self.assertEqual(raised.exception.code(), expected, raised.exception.details())
        self.call(channel, "Host", "stop_actor", node, 5 * SECOND)
        self.fails(code.NOT_FOUND, channel, "Node", "lookup", 1, actor="first")

    def spawn_fails(self, channel, **parameters):
        with self.assertRaises(grpc.RpcError) as raised:
            self.spawn_node(channel, **parameters)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        return raised.exception.details()

    def test_a_token_is_asked_for(self):
        token = pathlib.Path(self.folder.name) / "token"
        token.write_text("swordfish\n")
        host = HostProcess(self, "--token-file", str(token))
        channel = self.channel(host)
        for metadata in ((), (("authorization", "Bearer herring"),)):
            self.fails(grpc.StatusCode.UNAUTHENTICATED, channel, "Host", "statistics",
                       metadata=metadata)
        right = (("authorization", "Bearer swordfish"),)
        self.assertEqual(self.call(channel, "Host", "statistics", metadata=right).actors, 0)
        # A host with the token comes in, one without does not.
        HostProcess(self, "--token-file", str(token), "--join", host.address)
        refused = subprocess.run([TROUPE, "host", "--listen", "127.0.0.1:0", "--join",
                                  host.address], capture_output=True, text=True, check=False,
                                 timeout=DEADLINE)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn(f"cannot join {host.address}", refused.stderr)
        code, _, err = host.stop()
        self.assertEqual(code, 0)
        self.assertIn("no token", err)

    def test_a_certificate_is_asked_for(self):
        folder = pathlib.Path(self.folder.name)
        subprocess.run(["tools/make_certificates", folder, "host=127.0.0.1"], check=True)
        host = HostProcess(self, "--certificate", folder / "host.pem", "--key", folder / "host.key",
                           "--authority", folder / "ca.pem")
        authority, key, certificate = [(folder / name).read_bytes()
                                       for name in ("ca.pem", "host.key", "host.pem")]
        nothing = self.channel(host, grpc.ssl_channel_credentials(authority))
        self.fails(grpc.StatusCode.UNAVAILABLE, nothing, "Host", "statistics")
        right = self.channel(host, grpc.ssl_channel_credentials(authority, key, certificate))
        self.assertEqual(self.call(right, "Host", "statistics").actors, 0)
        code, _, err = host.stop()
        self.assertEqual(code, 0)
        self.assertIn("refused somebody: no certificate", err)

    def test_a_trace_goes_off_and_on(self):
        trace = pathlib.Path(self.folder.name) / "trace.jsonl"
        host = HostProcess(self, "--trace", str(trace))
        channel = self.channel(host)
        self.call(channel, "Host", "trace", False)
        self.spawn_node(channel, "unseen")
        self.call(channel, "Host", "trace", True)
        self.spawn_node(channel, "seen")
        self.assertEqual(host.stop()[0], 0)
        spawned = [line for line in trace.read_text().splitlines()
                   if '"spawn"' in line and "Node" in line]
        self.assertEqual(len(spawned), 1, spawned)
        self.fails(grpc.StatusCode.FAILED_PRECONDITION,
                   self.channel(HostProcess(self)), "Host", "trace", True)

    def test_a_node_of_a_host_that_is_killed_and_started_again_joins_its_ring_again(self):
        first = HostProcess(self)
        host = HostProcess(self, "--join", first.address)
        contact = self.spawn_node(self.channel(first), "node")
        self.spawn_node(self.channel(host), "node", contact=contact)
        for pause in (0, 0, 3):
            # Its former self is in the ring, has its identifier, and may not be missed yet.
            host.end()
            time.sleep(pause)
            host = HostProcess(self, "--join", first.address, listen=host.address)
            channel = self.channel(host)
            self.spawn_node(channel, "node", contact=contact)
            self.call(channel, "Node", "neighbours", actor="node")  # When it has joined.

            def is_known():
                known = self.call(self.channel(first), "Node", "neighbours", actor="node")
                own = self.call(channel, "Host", "lookup", "node")
                incarnations = [peer.ref.incarnation for peer in known.successors]
                return incarnations == [own.id.incarnation]

            self.wait_until(is_known)
            self.call(channel, "Node", "ping", actor="node")

    def test_stops_in_an_orderly_way(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            host = HostProcess(self, "--verbose")
            self.spawn_node(self.channel(host))
            code, out, err = host.stop(how)
            self.assertEqual((code, out), (0, ""))
            self.assertRegex(err, r"Node@.*: spawn\n(.*\n)*.*Node@.*: stop")

    def test_keeps_what_a_named_actor_saves_over_a_kill(self):
        data = pathlib.Path(self.folder.name) / "data"
        known = HostProcess(self)
        contact = self.spawn_node(self.channel(known), "known")
        host = HostProcess(self, "--data", str(data))
        self.spawn_node(self.channel(host), "mine", contact, remember="8", stabilize_every="20ms")
        saved = data / "0" / "mine"
        self.wait_until(lambda: saved.exists() and saved.stat().st_size > 0)
        second = subprocess.run([TROUPE, "host", "--listen", "127.0.0.1:0", "--data", str(data)],
                                capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertEqual(second.returncode, 2)
        self.assertIn("in use by another process", second.stderr)
        host.stop(signal.SIGKILL)
        again = HostProcess(self, "--data", str(data))
        # It remembers whom it knew, and needs no contact.
        self.spawn_node(self.channel(again), "mine", None, remember="8", stabilize_every="20ms")
        self.wait_until(lambda: self.is_member(self.channel(again), "mine"))

    def test_faults_between_hosts_are_switched_by_an_actor(self):
        one = HostProcess(self, "--name", "one", "--faults")
        two = HostProcess(self, "--name", "two", "--join", one.address)
        first, second = self.channel(one), self.channel(two)
        node = self.spawn_node(second, "there")
        self.call(first, "NetworkFaults", "set", "two", self.actors.LinkFault(
            no_way_out=True, no_way_in=True), actor="faults")
        # A node that would join through the other host does not come to be a member.
        self.spawn_node(first, "here", node, join_attempts="1", join_retry="1ms")
        self.assertIn("two", self.call(first, "NetworkFaults", "list", actor="faults"))
        self.fails(grpc.StatusCode.NOT_FOUND, first, "NetworkFaults", "set", "three",
                   self.actors.LinkFault(loss=0.5), actor="faults")
        self.call(first, "NetworkFaults", "heal", actor="faults")
        self.assertEqual(dict(self.call(first, "NetworkFaults", "list", actor="faults")), {})
        self.spawn_node(first, "again", node, join_retry="10ms", stabilize_every="20ms")
        self.wait_until(lambda: self.is_member(first, "again"))

    def test_a_reference_to_an_actor_of_another_host_reaches_that_very_actor_or_nobody(self):
        code = grpc.StatusCode
        one, two = HostProcess(self), HostProcess(self)
        first, second = self.channel(one), self.channel(two)
        here = self.spawn_node(first, "here", bits="16", identifiers="100")
        there = self.spawn_node(second, "there", bits="16", identifiers="200")
        self.assertIn("own host", self.fails(code.INVALID_ARGUMENT, first, "Host", "bind", "to two",
                                             there, False))
        self.assertIn("is not on", self.fails(code.INVALID_ARGUMENT, first, "Host", "stop_actor",
                                              there, SECOND))
        self.call(first, "Node", "notify", self.actors.Peer(id=200, ref=there.id), actor="here")
        self.wait_until(lambda: self.predecessor(first, "here").id == 200)
        self.assertEqual(self.predecessor(first, "here").ref, there.id)
        # What is no reference that a host has given is none.
        for host in (1, 3, 77, 2**32 - 1):
            wrong = self.actors.DynamicRef()
            wrong.CopyFrom(there)
            wrong.id.host = host
            self.fails(code.INVALID_ARGUMENT, first, "Host", "stop_actor", wrong, SECOND)
        # A host that has been started anew has none of its earlier actors, whatever their place.
        two.stop(signal.SIGKILL)
        two = HostProcess(self, listen=two.address)
        second = self.channel(two)
        self.spawn_node(second, "there", bits="16", identifiers="200")
        self.fails(code.INVALID_ARGUMENT, second, "Host", "stop_actor", there, SECOND)
        self.fails(code.NOT_FOUND, second, "Node", "ping",
                   actor=f"troupe://{two.address}/Node/{there.id.index}.{there.id.incarnation}")
        for channel, name in ((first, "here"), (second, "there")):
            self.call(channel, "Node", "ping", actor=name)
        self.assertTrue(self.call(first, "Host", "stop_actor", here, 5 * SECOND))

    def predecessor(self, channel, name):
        return self.call(channel, "Node", "neighbours", actor=name).predecessor

    def refused(self, *options):
        """What a host says that does not start."""
        ended = subprocess.run([TROUPE, "host", *map(str, options)], capture_output=True, text=True,
                               check=False, timeout=DEADLINE)
        self.assertEqual((ended.returncode, ended.stdout), (2, ""), ended.stderr)
        return ended.stderr

    def test_addresses_that_others_cannot_use_are_refused(self):
        there = HostProcess(self)
        port = there.address.split(":")[1]
        self.assertIn("advertise", self.refused("--listen", "0.0.0.0:0", "--insecure"))
        self.assertIn("host:port", self.refused("--listen", "unix:/tmp/troupe"))
        self.assertIn("host:port", self.refused("--listen", "127.0.0.1:0", "--join", "xds:///a:1"))
        for options in ((), ("--join", there.address)):
            error = self.refused("--listen", "127.0.0.1:0", *options, "--join", f"localhost:{port}")
            self.assertIn(f"localhost:{port}", error)
            self.assertIn(there.address, error)
        self.assertIn("plain text", self.refused("--listen", "127.0.0.1:0", "--join",
                                                 "192.0.2.1:7000"))

    def test_a_token_or_a_certificate_that_cannot_be_good_is_told_at_the_start(self):
        folder = pathlib.Path(self.folder.name)
        listen = ("--listen", "127.0.0.1:0")
        token = folder / "token"
        self.assertIn("it is a folder", self.refused(*listen, "--token-file", folder))
        token.write_text("x" * 8000)
        self.assertIn("at most 1024", self.refused(*listen, "--token-file", token))
        token.write_text("x")
        token.chmod(0o644)
        err = HostProcess(self, "--token-file", token).stop()[2]
        self.assertIn("can be guessed", err)
        self.assertIn(f"everybody on this machine may read {token}", err)
        token.write_text("0123456789abcdef0123456789abcdef")
        token.chmod(0o600)
        self.assertNotIn("warning", HostProcess(self, "--token-file", token).stop()[2])

        subprocess.run(["tools/make_certificates", folder, "good=127.0.0.1", "far=10.9.8.7"],
                       check=True)
        subprocess.run(["tools/make_certificates", "--expired", folder, "old=127.0.0.1"],
                       check=True)
        subprocess.run(["openssl", "pkey", "-in", folder / "good.key", "-aes128", "-passout",
                        "pass:secret", "-out", folder / "locked.key"], check=True)

        def certified(certificate, key):
            return ("--certificate", folder / certificate, "--key", folder / key, "--authority",
                    folder / "ca.pem")

        self.assertIn("has a password", self.refused(*listen, *certified("good.pem", "locked.key")))
        self.assertIn("it is a folder", self.refused(*listen, *certified("good.pem", "")))
        for name, doubt in (("good", None), ("old", "has expired on"), ("far", "is not for 127")):
            err = HostProcess(self, *certified(name + ".pem", name + ".key")).stop()[2]
            self.assertEqual(doubt is None, "warning" not in err, err)
            self.assertIn(doubt or "", err)

    def test_a_host_whose_standard_error_nobody_reads_lives(self):
        token = pathlib.Path(self.folder.name) / "token"
        token.write_text("a long word that is one\n".replace(" ", "-"))
        host = HostProcess(self, "--token-file", str(token))
        host.process.stderr.close()
        channel = self.channel(host)
        self.fails(grpc.StatusCode.UNAUTHENTICATED, channel, "Host", "statistics")  # It is logged.
        right = (("authorization", "Bearer " + token.read_text().strip()),)
        for _ in range(2):
            self.assertEqual(self.call(channel, "Host", "statistics", metadata=right).actors, 0)
        host.process.send_signal(signal.SIGTERM)
        self.assertEqual(host.process.wait(DEADLINE), 0)

    def test_health_says_serving_when_the_host_is_ready_and_a_signal_ends_joining(self):
        address = HostProcess(self).address
        host = subprocess.Popen([TROUPE, "host", "--listen", "127.0.0.1:0", "--join",
                                 "127.0.0.1:1", "--trace", "/dev/stderr"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(host.kill)
        self.wait_until(lambda: self.listens_at(host.pid))
        listen = self.listens_at(host.pid)
        channel = grpc.insecure_channel(listen)
        self.addCleanup(channel.close)
        health = channel.unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(health(b"", timeout=DEADLINE), b"\x08\x02")  # NOT_SERVING
        begin = time.monotonic()
        host.send_signal(signal.SIGTERM)
        out, _ = host.communicate(timeout=DEADLINE)
        self.assertEqual((host.returncode, out), (0, ""))
        self.assertLess(time.monotonic() - begin, 8)
        self.assertNotEqual(listen, address)

    def listens_at(self, pid):
        """The address that a process listens at, or None."""
        own = set()
        for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(link)
            except FileNotFoundError:  # It has been closed meanwhile.
                continue
            if target.startswith("socket:["):
                own.add(target[len("socket:["):-1])
        for sockets in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/net/{sockets}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and words[9] in own:
                    return f"127.0.0.1:{int(words[1].split(':')[1], 16)}"
        return None

    def test_names_are_utf8_and_long_failures_are_cut(self):
        code = grpc.StatusCode
        channel = self.channel(HostProcess(self))
        node = self.spawn_node(channel, "first")
        bind = channel.unary_unary("/troupe.actors.Host/bind")
        request = self.actors.DESCRIPTOR.services_by_name["Host"].methods_by_name["bind"].input_type
        message = getattr(self.actors, request.name)(argument_1="??", argument_2=node)
        with self.assertRaises(grpc.RpcError) as raised:
            bind(message.SerializeToString().replace(b"??", b"\xff\xfe"), timeout=DEADLINE)
        self.assertEqual(raised.exception.code(), code.INVALID_ARGUMENT)
        self.assertEqual(dict(self.call(channel, "Host", "names_here")), {"first": node})
        details = self.fails(code.NOT_FOUND, channel, "Host", "spawn",
                             self.actors.SpawnRequest(class_name="x" * 20_000))
        self.assertLess(len(details), 2500)
        self.fails(code.NOT_FOUND, channel, "Host", "lookup", "x" * 10_000_000)

    def is_member(self, channel, name):
        return len(self.call(channel, "Node", "neighbours", actor=name).successors) > 0

    def test_health_and_reflection(self):
        channel = self.channel(HostProcess(self))
        health = channel.unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(health(b"", timeout=DEADLINE), b"\x08\x01")  # SERVING
        ask = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        answers = list(ask(iter([b"\x3a\x00",  # list_services
                                 b"\x22\x12troupe.actors.Node"]), timeout=DEADLINE))
        self.assertEqual(len(answers), 2)
        for service in (b"troupe.actors.Node", b"troupe.actors.Host", b"troupe.remote.Dispatcher"):
            self.assertIn(service, answers[0])
        self.assertIn(b"find_successor", answers[1])


if __name__ == "__main__":
    unittest.main()
