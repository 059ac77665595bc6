"""A sweep on a real Slurm gives the bytes of the same sweep on this machine.

The test starts a cluster of one node on the loopback interface: munged, slurmctld and slurmd, with
everything that they write in a folder of the test's. That takes root, and Debian's packages
slurm-wlm and munge; where these are missing, the tests are skipped and say so.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from command_line import DEADLINE, TROUPE, CommandLineTest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
CommunicationParameters=NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MaxArraySize=13
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs=16 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

SWEEP = """
algorithm: chord
parameters: {bits: 16, successors: 4}
network: {latency: {uniform: [5ms, 50ms]}}
start: ideal
phases:
  - spawn: {actor: Node, on: all}
  - calls: {method: Node.lookup, arguments: [random], times: 40, every: 20ms}
checks: [lookup_wrong == 0]
sweep:
  vary: {hosts: [4, 8], network.loss: [0%, 1%]}
"""
LARGE = SWEEP + "  seeds: 1..8\n"
SWEEP += "  seeds: 1..3\n"


def missing():
    """Why there can be no cluster here; nothing where there can."""
    if os.geteuid() != 0:
        return "a cluster can only be started by root"
    absent = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    if absent:
        return f"{', '.join(absent)} not installed: tools/setup --test"
    return None


PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """munged, slurmctld and slurmd on the loopback interface."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-slurm-", dir="/tmp"))
        self.folder.chmod(0o755)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        self.configuration = self.folder / "slurm.conf"
        self.configuration.write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], folder=self.folder,
            controller_port=free_port(), node_port=free_port()))
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=autodetect\n")
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(self.configuration)}
        self.processes = {}
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        self.begin("munged", "--foreground", "--force", f"--key-file={key}",
                   f"--socket={self.folder}/munge.socket", f"--pid-file={self.folder}/munged.pid",
                   f"--seed-file={self.folder}/munge.seed",
                   f"--log-file={self.folder}/munged.log")
        self.wait_until(lambda: (self.folder / "munge.socket").exists())
        self.begin_controller()
        self.begin("slurmd", "-D", "-N", "node", "-f", self.configuration)
        self.wait_until(lambda: self.ask("sinfo", "-h", "-o", "%T") == "idle")

    def begin_controller(self):
        self.begin("slurmctld", "-D", "-f", self.configuration)

    def begin(self, program, *words):
        with open(self.folder / f"{program}.out", "ab") as output:
            self.processes[program] = subprocess.Popen(
                [shutil.which(program, path=PATH), *map(str, words)], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def end(self, program):
        process = self.processes.pop(program)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def ask(self, *words):
        done = subprocess.run(words, env=self.environment, text=True, capture_output=True,
                              timeout=DEADLINE, check=False)
        return done.stdout.strip()

    def wait_until(self, holds):
        end = time.monotonic() + 120
        while not holds():
            if time.monotonic() > end or any(p.poll() is not None
                                             for p in self.processes.values()):
                raise AssertionError("the cluster does not start\n" + self.logs())
            time.sleep(0.05)

    def logs(self):
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}"
                         for pattern in ("*.log", "*.out") for log in self.folder.glob(pattern))

    def stop(self):
        self.ask("scancel", "--user=root")
        for program in ("slurmd", "slurmctld", "munged"):
            if program in self.processes:
                self.end(program)
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipIf(missing(), missing())
class OnSlurm(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.stop)

    def sweep(self, *words, code=0):
        done = subprocess.run([TROUPE, "sweep", *map(str, words)], cwd=self.folder,
                              env=self.environment(), text=True, capture_output=True,
                              timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, code,
                         f"{words}\n{done.stdout}\n{done.stderr}\n{self.cluster.logs()}")
        return done.stdout, done.stderr

    def environment(self):
        """With the wrappers of this test before Slurm's own programs."""
        environment = dict(self.cluster.environment)
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        return environment

    def wrap(self, program, script):
        """A script in the place of a program of Slurm's, which it finds as $REAL.

        $CALLS is how often it has been called before."""
        wrapper = self.folder / "bin" / program
        wrapper.parent.mkdir(exist_ok=True)
        calls = self.folder / f"{program}.calls"
        wrapper.write_text(f"#!/bin/bash\nREAL={shutil.which(program, path=PATH)}\n"
                           f"CALLS=$(cat {calls} 2> /dev/null | wc -l)\n"
                           f"printf '%q ' \"$@\" >> {calls}; echo >> {calls}\n{script}\n")
        wrapper.chmod(0o755)
        return calls

    def files(self, folder):
        return {p.name: p.read_bytes() for p in (self.folder / folder).iterdir()}

    def jobs(self):
        return self.cluster.ask("squeue", "-h", "-o", "%T").split()

    def test_32_runs_give_the_bytes_of_the_local_sweep(self):
        self.write("f.yaml", LARGE)
        self.sweep("f.yaml", "--out", "here", "--quiet")
        out, _ = self.sweep("f.yaml", "--out", "there", "--on", "slurm")
        self.assertIn("32 passed, 0 failed", out)
        there = self.files("there")
        self.assertEqual(there["results.csv"].count(b"\n"), 33)
        self.assertEqual(there, self.files("here"))

    def test_a_precision_comes_to_the_same_in_several_arrays(self):
        self.write("f.yaml", LARGE +
                   "  precision: {measurement: lookup_hops.mean, within: 0.2, at_least: 2}\n")
        self.sweep("f.yaml", "--out", "here", "--quiet")
        self.sweep("f.yaml", "--out", "there", "--on", "slurm", "--quiet")
        self.assertEqual(self.files("there"), self.files("here"))

    def begin(self, *words):
        return subprocess.Popen([TROUPE, "sweep", *words], cwd=self.folder,
                                env=self.environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def wait_for_results(self, folder):
        end = time.monotonic() + DEADLINE
        while not any(file.read_bytes().count(b"\n") > 1
                      for file in (self.folder / folder).glob("slurm/*/*.results")):
            self.assertLess(time.monotonic(), end, self.cluster.logs())
            time.sleep(0.01)

    def test_an_interrupted_sweep_goes_on_where_it_was(self):
        self.write("f.yaml", SWEEP)
        self.sweep("f.yaml", "--out", "here", "--quiet")
        for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
            run = self.begin("f.yaml", "--out", f"o{number}", "--on", "slurm", "--jobs", "1")
            self.wait_for_results(f"o{number}")
            run.send_signal(number)
            out, err = run.communicate(timeout=DEADLINE)
            self.assertEqual(run.returncode, code, err)
            if code == 130:
                self.assertIn("goes on from here", out)
                self.assertEqual(self.jobs(), [])
            self.sweep("f.yaml", "--out", f"o{number}", "--on", "slurm", "--quiet")
            self.assertEqual(self.files(f"o{number}"), self.files("here"))

    def test_begun_here_it_can_go_on_there(self):
        self.write("f.yaml", SWEEP)
        self.sweep("f.yaml", "--out", "here", "--quiet")
        run = self.begin("f.yaml", "--out", "o", "--seeds", "1..100000")
        partial = self.folder / "o/results.partial"
        end = time.monotonic() + DEADLINE
        while not (partial.exists() and partial.read_bytes().count(b"\n") > 3):
            self.assertLess(time.monotonic(), end)
        run.kill()
        run.communicate()
        self.sweep("f.yaml", "--out", "o", "--on", "slurm", "--quiet")
        self.assertEqual(self.files("o"), self.files("here"))

    def hold_jobs(self):
        self.cluster.ask("scontrol", "update", "partition=all", "state=down")
        self.addCleanup(self.let_jobs_run)

    def let_jobs_run(self):
        self.cluster.ask("scontrol", "update", "partition=all", "state=up")

    def test_a_deadline_ends_the_waiting_and_the_jobs(self):
        self.write("f.yaml", SWEEP)
        self.hold_jobs()
        _, err = self.sweep("f.yaml", "--out", "o", "--on", "slurm", "--at-most", "1s", code=2)
        self.assertRegex(err, r"^troupe: job array \d+ has not ended within 1s, and was stopped; "
                              r"Slurm says: 12 PENDING\. The same command goes on from here; "
                              r"--at-most waits longer\n$")
        self.assertEqual(self.jobs(), [])

    def test_what_slurm_refuses_is_told(self):
        self.write("f.yaml", SWEEP)
        environment = {**self.cluster.environment, "SBATCH_PARTITION": "nowhere"}
        done = subprocess.run([TROUPE, "sweep", "f.yaml", "--out", "o", "--on", "slurm"],
                              cwd=self.folder, env=environment, text=True, capture_output=True,
                              timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("troupe: Slurm does not take the job array: ", done.stderr)
        self.assertIn("invalid partition specified: nowhere", done.stderr)

    def both(self, text, folder="there"):
        """The same sweep here and on the cluster, whose programs may be wrapped by now."""
        self.write("f.yaml", text)
        self.sweep("f.yaml", "--out", "here", "--quiet")
        self.sweep("f.yaml", "--out", folder, "--on", "slurm", "--quiet")
        self.assertEqual(self.files(folder), self.files("here"))
        self.assertEqual(self.jobs(), [])

    def test_an_array_larger_than_the_cluster_allows_is_made_smaller(self):
        calls = self.wrap("sbatch", 'exec "$REAL" "$@"')
        self.both(LARGE)
        self.assertEqual([line.split("--array=")[1].split()[0]
                          for line in calls.read_text().splitlines()], ["0-31", "0-15", "0-7"])

    def test_the_name_of_the_folder_may_have_any_letters(self):
        self.both(SWEEP, "50% of %a, 'and' $more")

    def test_what_a_cluster_prints_around_the_number_of_the_job_is_left_out(self):
        self.wrap("sbatch", 'echo "Welcome to the 2 clusters"; out=$("$REAL" "$@") || exit; '
                            'echo "$out;test"; echo "Have a nice day"')
        for program in ("squeue", "scancel"):
            self.wrap(program, 'echo "Welcome"; [[ $1 == --clusters=test ]] && shift; '
                               'exec "$REAL" "$@"')
        self.both(SWEEP)
        self.assertIn("--clusters=test", (self.folder / "squeue.calls").read_text())

    def test_a_controller_that_does_not_answer_once_is_asked_again(self):
        refusal = ("[[ $CALLS == 0 ]] && { echo 'error: Unable to contact slurm controller "
                   "(connect failure)' >&2; exit 1; }; exec \"$REAL\" \"$@\"")
        for program in ("sbatch", "squeue"):
            self.wrap(program, refusal)
        self.both(SWEEP)

    def test_an_array_whose_answer_was_lost_is_not_submitted_twice(self):
        calls = self.wrap("sbatch", '"$REAL" "$@" > /dev/null; '
                                    "echo 'sbatch: error: Socket timed out on send/recv operation' "
                                    ">&2; exit 1")
        self.hold_jobs()
        self.write("f.yaml", SWEEP)
        run = self.begin("f.yaml", "--out", "o", "--on", "slurm")
        job = self.folder / "o/slurm/job"
        end = time.monotonic() + DEADLINE
        while not (job.exists() and job.read_text().count("\n") == 2):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(len(self.cluster.ask("squeue", "-h", "-o", "%F").split()), 1)
        self.let_jobs_run()
        out, err = run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 0, err)
        self.assertIn("12 passed", out)
        self.assertEqual(calls.read_text().count("\n"), 1)

    def test_jobs_are_stopped_also_where_slurm_does_not_listen_at_first(self):
        self.wrap("scancel", "[[ $CALLS == 0 ]] && { echo 'Unable to contact slurm controller' "
                             '>&2; exit 1; }; exec "$REAL" "$@"')
        self.hold_jobs()
        self.write("f.yaml", SWEEP)
        run = self.begin("f.yaml", "--out", "o", "--on", "slurm")
        end = time.monotonic() + DEADLINE
        while not self.jobs():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 143, err)
        self.assertEqual(self.jobs(), [])

    def test_an_array_of_which_only_the_mark_is_known_is_found_and_stopped(self):
        self.hold_jobs()
        self.write("f.yaml", SWEEP)
        run = self.begin("f.yaml", "--out", "o", "--on", "slurm")
        job = self.folder / "o/slurm/job"
        end = time.monotonic() + DEADLINE
        while not (job.exists() and job.read_text().count("\n") == 2):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        run.kill()
        run.communicate()
        self.assertNotEqual(self.jobs(), [])
        job.write_text(job.read_text().split("\n")[0] + "\n")
        run = self.begin("f.yaml", "--out", "o", "--on", "slurm")
        while job.read_text().count("\n") != 2:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(len(set(self.cluster.ask("squeue", "-h", "-o", "%F").split())), 1)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=DEADLINE)
        self.assertEqual(self.jobs(), [])

    def test_a_task_that_dies_is_told_with_its_last_words(self):
        self.write("f.yaml", SWEEP)
        self.hold_jobs()
        run = self.begin("f.yaml", "--out", "o", "--on", "slurm", "--quiet")
        end = time.monotonic() + DEADLINE
        while not (self.folder / "o/slurm/job").exists():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        # The tasks find another scenario than they were submitted for.
        self.write("f.yaml", SWEEP + "# changed\n")
        self.let_jobs_run()
        _, err = run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 2)
        self.assertRegex(err, r"troupe: task \d+ of job array \d+ has ended without its results; "
                              r".*/task-\d+\.log ends with: troupe: .*/runs was written by another "
                              r"program or for another scenario than they are now")


if __name__ == "__main__":
    unittest.main(verbosity=2)
