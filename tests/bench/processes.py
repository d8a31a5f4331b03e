"""Processes on loopback that a measurement starts: their CPU time, and their reliable end."""
import ctypes
import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time

# The time limit of an operation, in addition to its requested duration.
PATIENCE = 30


class Failed(Exception):
    """The measurement is not usable."""


def _end_with_parent():
    """In the child: SIGTERM when the process that started it ends, for whatever reason."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
    except FileNotFoundError:
        pass
    return found


def cpu_of(pid):
    """Seconds of CPU that a process has used, to the nanosecond, its ended threads included (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


class Process:
    """One process, and those that it starts. Ends with `stop`, or with this process."""

    def __init__(self, name, command, folder, environment=None):
        self.name = name
        self.log = os.path.join(folder, name.replace(" ", "-").replace("/", "-") + f"-{id(self)}.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder,
                env={**os.environ, "GRPC_VERBOSITY": "NONE", **(environment or {})}, preexec_fn=_end_with_parent)

    def family(self):
        """Its process id, and those of all that it started."""
        ids = [self.process.pid]
        for pid in ids:
            ids += _children(pid)
        return ids

    def cpu(self):
        """Seconds of CPU."""
        total = 0.0
        for pid in self.family():
            try:
                total += cpu_of(pid)
            except OSError:
                if pid == self.process.pid:
                    raise self.failed("it has ended") from None
        return total

    def stay_on(self, cores):
        """All its threads, and those that they start."""
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setaffinity(int(task), cores)

    def failed(self, why):
        with open(self.log, errors="replace") as log:
            tail = log.read()[-2000:].strip()
        return Failed(f"{self.name}: {why}" + (f"\n{tail}" if tail else ""))

    def stop(self):
        family = self.family()
        self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        for pid in family[1:]:  # workers that outlived their master
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Speaker(Process):
    """A process that prints JSON, one object a line: answers, and events (tests/bench/load/event_lines.h)."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.events = []
        self._answers = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        try:
            for line in self.process.stdout:
                printed = json.loads(line)
                if "event" in printed:
                    self.events.append(printed)
                else:
                    self._answers.put(printed)
        except ValueError:  # not JSON, or stopped
            pass
        self._answers.put(None)

    def answer(self, patience=PATIENCE):
        try:
            answer = self._answers.get(timeout=patience)
        except queue.Empty:
            answer = {"failed": f"it prints nothing for {patience:.0f} s"}
        if answer is None:
            raise self.failed("it ended, or printed a line that is not JSON")
        if isinstance(answer.get("failed"), str):
            raise self.failed(answer["failed"])
        return answer

    def begin(self, command):
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.failed("it has ended") from None

    def run(self, command):
        """The answer to a command, whose last word is its duration in seconds."""
        self.begin(command)
        return self.answer(PATIENCE + float(command.split()[-1]))

    def wait_for_event(self, matches, patience=PATIENCE):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            for event in list(self.events):
                if matches(event):
                    return event
            if self.process.poll() is not None:
                break
            time.sleep(0.002)
        raise self.failed("an event did not arrive")


class Server(Speaker):
    """A server that prints its port (tests/bench/load/server.cc)."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.port = self.answer()["port"]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for_port(process, port):
    """Waits until a process listens there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.process.poll() is not None:
            raise process.failed("it ended during its start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise process.failed(f"it does not listen on port {port}")
