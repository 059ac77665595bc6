"""What the tables of benchmarks have in common: building, running and describing; printing."""

import json
import os
import platform
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def fail(message):
    print(f"{os.path.basename(sys.argv[0])}: {message}", file=sys.stderr)
    sys.exit(1)


def build(target, peer_missing=None):
    """The path of the program //bench:`target`, built; None where a peer is not installed:
    then Bazel's complaint has `peer_missing`, a regular expression, in it."""
    command = ["bazel", "build", "--config=opt", "--noshow_progress", f"//bench:{target}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        # Another build may change the links; the program itself stays.
        return os.path.realpath(f"{ROOT}/.bazel/bin/bench/{target}")
    if peer_missing is not None and re.search(peer_missing, done.stderr):
        return None
    return fail(f"{' '.join(command)}\n{done.stderr.strip()}")


def run(command, timeout=None):
    """The JSON object that a program prints, within so many seconds if there is a timeout."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=timeout)
    except subprocess.TimeoutExpired:
        return fail(f"{' '.join(command)} did not end within {timeout} s")
    if done.returncode != 0:
        fail(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr.strip()}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return fail(f"{' '.join(command)} did not print one JSON object:\n{done.stdout.strip()}")


def compiler_of(path):
    """Compilers leave their name in what they build; the start-up files may carry another's."""
    with open(path, "rb") as binary:
        content = binary.read()
    for pattern in (rb"[A-Za-z ]*clang version [^\0\n]*", rb"GCC: \([^\0\n]*"):
        match = re.search(pattern, content)
        if match:
            return match[0].decode(errors="replace").strip()
    return "unknown compiler"


def describe_machine(programs):
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
            model = re.search(r"model name\s*:\s*(.*)", cpuinfo.read())[1]
    except (OSError, TypeError):
        pass  # Not Linux, or a processor without a name there.
    return {"cpu": model, "cores": os.cpu_count(),
            "kernel": f"{platform.system()} {platform.release()}",
            "compilers": sorted({compiler_of(path) for path in programs})}


def machine_line(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}, "
            f"{' and '.join(machine['compilers'])}")


def rate(value):
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.0f} k" if value >= 1e4 else f"{value / 1e3:.1f} k"


def ratio(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def two_digits(value):
    """A ratio near 1, where tenths are too coarse."""
    return f"{value:.2f}" if value < 10 else ratio(value)


def versions(*packages):
    """The Debian packages that are there, with their versions; none where this is not Debian."""
    try:
        done = subprocess.run(["dpkg-query", "--show", *packages], capture_output=True, text=True,
                              check=False)
    except FileNotFoundError:
        return []
    return [" ".join(line.split("\t")) for line in done.stdout.splitlines()]


def table(lines):
    """The lines as a Markdown table; the first has the headings."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines)]
    lines = [lines[0], ["-" * (width - 1) + ":" for width in widths], *lines[1:]]
    return "\n".join(
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(line, widths)) + " |"
        for line in lines)
