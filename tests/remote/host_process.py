"""What tests of 'troupe host' in Python have in common: a host as a process, calls over gRPC."""

import importlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import grpc

ROOT = pathlib.Path(os.environ.get("TEST_SRCDIR", ".")) / os.environ.get("TEST_WORKSPACE", "")
TROUPE = str(ROOT / "cli/troupe")
DEADLINE = 60  # seconds; far beyond what anything takes
SECOND = 1_000_000_000


class HostProcess:
    """A 'troupe host' of its own port, which ends with the test."""

    def __init__(self, test, *options, listen="127.0.0.1:0"):
        self.process = subprocess.Popen([TROUPE, "host", "--listen", listen, *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.end)
        words = self.process.stdout.readline().split()
        assert len(words) == 3 and words[0] == "ready", (words, self.process.stderr.read())
        self.name, self.address = words[1:]

    def stop(self, how=signal.SIGTERM):
        """Gives (exit code, what was left on standard output, standard error)."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, err

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class HostTest(unittest.TestCase):
    """Starts hosts and calls their actors."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(folder.cleanup)
        text = subprocess.run([TROUPE, "describe"], check=True, capture_output=True, text=True)
        (pathlib.Path(folder.name) / "actors.proto").write_text(text.stdout)
        subprocess.run(["protoc", "-I", folder.name, "--python_out", folder.name, "actors.proto"],
                       check=True)
        sys.path.insert(0, folder.name)
        cls.actors = importlib.import_module("actors_pb2")

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(self.folder.cleanup)

    def channel(self, host, credentials=None):
        # A connection of its own, and not one to an earlier host at the same address.
        options = [("grpc.use_local_subchannel_pool", 1)]
        channel = (grpc.insecure_channel(host.address, options) if credentials is None else
                   grpc.secure_channel(host.address, credentials, options))
        self.addCleanup(channel.close)
        return channel

    def call(self, channel, class_name, method, *arguments, actor=None, timeout=DEADLINE,
             metadata=()):
        """Calls an actor's method; gives its result, or None where it has none."""
        service = self.actors.DESCRIPTOR.services_by_name[class_name]
        rpc = service.methods_by_name[method]
        request = getattr(self.actors, rpc.input_type.name)()
        for i, value in enumerate(arguments, 1):
            name = f"argument_{i}"
            if hasattr(value, "DESCRIPTOR"):
                getattr(request, name).CopyFrom(value)
            elif isinstance(value, (list, tuple)):
                getattr(request, name).extend(value)
            else:
                setattr(request, name, value)
        stub = channel.unary_unary(
            f"/{service.full_name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=getattr(self.actors, rpc.output_type.name).FromString)
        if actor is not None:
            metadata = (*metadata, ("troupe-actor", actor))
        response = stub(request, timeout=timeout, metadata=metadata)
        return getattr(response, "result", None)

    def fails(self, code, *arguments, **named):
        with self.assertRaises(grpc.RpcError) as raised:
            self.call(*arguments, **named)
        self.assertEqual(raised.exception.code(), code, raised.exception.details())
        return raised.exception.details()

    def spawn_node(self, channel, name="", contact=None, **parameters):
        arguments = self.actors.SpawnArguments(parameters=parameters)
        if contact is not None:
            arguments.contact.CopyFrom(contact.id)
        return self.call(channel, "Host", "spawn", self.actors.SpawnRequest(
            class_name="Node", arguments=arguments.SerializeToString(), name=name))

    def wait_until(self, holds):
        end = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)  # What others do takes real time.
