"""measure - the figures themselves: processor time, memory, system calls, instructions, from a load that is counted."""

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import time

import cases
import machine
from servers import Failure, Running, become

LIMIT = 120			# seconds before any program is given up
SETTLE = 0.02			# for a server to be done with what the load left behind
COUNTED = 250			# requests under strace
COUNTED_RATE = 250		# a second: the server has gone to sleep before the next one comes
INSPECTED = 400			# and under callgrind, after as many to warm up
H2LOAD_LEAST = 0.5		# seconds: it does not wait for what is under way when they are over
WRK_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrk.lua")
FUNCTIONS = 16			# that are named
ALLOCATORS = ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign")


@dataclasses.dataclass
class Tools:
    folder: str			# of our programs
    processor: int		# where the load runs
    server_processor: int
    prefer_wrk: bool
    seconds: float

    @property
    def load(self):
        return os.path.join(self.folder, "load")

    @property
    def limit(self):
        return os.path.join(self.folder, "limit")

    @property
    def start(self):
        return os.path.join(self.folder, "start")

    def run(self, command, **more):
        return subprocess.Popen(command, preexec_fn=lambda: become(self.processor),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


# ---------------------------------------------------------------- what the kernel counts

def tasks(pids):
    for pid in pids:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                yield f"/proc/{pid}/task/{task}"


def processor_ns(pids):
    """Nanoseconds that these processes have run, user and system, by thread."""
    found = {}
    for task in tasks(pids):
        with contextlib.suppress(OSError):
            try:
                found[task] = int(machine.read(task + "/schedstat").split()[0])
            except FileNotFoundError:		# a kernel that does not count so finely
                words = machine.read(task + "/stat").rpartition(")")[2].split()
                found[task] = (int(words[11]) + int(words[12])) * 10**9 // os.sysconf("SC_CLK_TCK")
    return found


def spent_ns(before, after):
    gone = set(before) - set(after)
    if gone:
        raise Failure(f"{len(gone)} threads ended, and what they had used is not known")
    return sum(after[task] - before.get(task, 0) for task in after)


def memory_bytes(pids):
    """Memory that holds no file, of all these processes, shared parts counted once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in machine.read(f"/proc/{pid}/smaps_rollup").splitlines():
                if line.startswith(("Pss_Anon:", "Pss_Shmem:", "SwapPss:")):
                    total += int(line.split()[1]) * 1024
    return total


# ---------------------------------------------------------------- the load

def requests_file(case, running, etag):
    path = os.path.join(running.folder, case.name + ".requests")
    with open(path, "wb") as f:
        f.write(b"".join(cases.request(case, target, etag) for target in case.targets))
    return path


def load_command(tools, what, case, running, etag, *options):
    command = [tools.load, what, "-p", str(running.port), "-s", str(case.status)]
    return [*command, *options, requests_file(case, running, etag)]


def wrk_command(tools, case, running, etag):
    fields = [f"Host: {cases.HOST}", *cases.request_fields(case, etag)]
    command = ["wrk", "-t", "1", "-c", str(case.connections), "-d", f"{tools.seconds:.0f}s", "-s", WRK_SCRIPT]
    for field in fields:
        command += ["-H", field]
    return [*command, f"http://127.0.0.1:{running.port}{case.targets[0]}"]


def by_wrk(tools, case):
    return case.wrk and tools.prefer_wrk and tools.seconds >= 1 and shutil.which("wrk") is not None


def h2load_command(case, running, etag, seconds, requests):
    if requests is None and seconds < H2LOAD_LEAST:
        requests = case.connections * case.depth
    often = ["-n", str(requests)] if requests else ["-D", f"{seconds * 1000:.0f}ms"]
    command = ["h2load", *often, "-c", str(case.connections), "-m", str(case.depth), "--connect-to", f"127.0.0.1:{running.port}",
               "--tls13-ciphers", "TLS_AES_128_GCM_SHA256", "--groups", "X25519", "--npn-list", "h2"]
    for field in cases.request_fields(case, etag):
        command += ["-H", field]
    return [*command, *(f"https://{cases.HOST}{target}" for target in case.targets)]


def read_json(words):
    return json.loads(words.strip().splitlines()[-1])


def read_h2load(words):
    """What it counted, in the words of our own load.  ValueError if that is not in there."""
    seconds = re.search(r"^finished in ([\d.]+)(us|ms|s|m),", words, re.M)
    requests = re.search(r"^requests: .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$", words, re.M)
    traffic = re.search(r"^traffic: .*\((\d+)\) data$", words, re.M)
    if not (seconds and requests and traffic):
        raise ValueError(words)
    if not re.search(r"^Application protocol: h2$", words, re.M):
        raise Failure("HTTP/2 was not agreed upon")
    done, succeeded, failed, errored, late = map(int, requests.groups())
    return {"requests": succeeded, "bytes": int(traffic[1]), "errors": max(done - succeeded, failed, errored, late),
            "complaint": requests[0], "seconds": float(seconds[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[seconds[2]]}


def finish(process, who, read=read_json):
    """Waits for a load to end; what it counted."""
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired as e:
        process.kill()
        process.communicate()
        raise Failure(f"the load on {who} did not end") from e
    try:
        counted = read(out.decode())
    except (ValueError, IndexError) as e:
        raise Failure(f"the load on {who} failed: {err.decode(errors='replace').strip()}") from e
    if counted["errors"]:
        raise Failure(f"the load on {who} met {counted['errors']} errors, the last: {counted.get('complaint', '?')}")
    if counted["requests"] == 0:
        raise Failure(f"the load on {who} had no answer in its time")
    return counted


def load(tools, case, running, etag, seconds=None, requests=None):
    """Loads a server for that long, or with so many requests; what was counted."""
    if case.http2:
        if not shutil.which("h2load"):
            raise Failure("h2load is not installed (on Debian: apt install nghttp2-client)")
        command = h2load_command(case, running, etag, seconds or tools.seconds, requests)
        return {**finish(tools.run(command), running.name, read_h2load), "by": "h2load"}
    if requests is None and seconds is None and by_wrk(tools, case):
        return {**finish(tools.run(wrk_command(tools, case, running, etag)), running.name), "by": "wrk"}
    options = ["-c", str(case.connections), "-t", str(seconds or tools.seconds), "-d", str(case.depth)]
    options += ["-r", str(case.rate)] if case.rate else []
    options += ["-z"] if case.rate and case.connections == 1 else []
    options += ["-1"] if case.one_request else []
    options += ["-R" if case.resumed else "-T"] if case.tls else []
    options += ["-n", str(requests), "-t", str(LIMIT)] if requests else []
    counted = finish(tools.run(load_command(tools, "run", case, running, etag, *options)), running.name)
    if case.tls:
        check_sessions(case, counted, running.name)
    return {**counted, "by": "load"}


def check_sessions(case, counted, who):
    """Each handshake was of the kind that is measured; but the first of each connection finds no session yet."""
    if case.resumed and counted["handshakes"] - counted["resumed"] > case.connections:
        raise Failure(f"{who} took up {counted['resumed']} sessions in {counted['handshakes']} handshakes")
    if case.one_request and counted["handshakes"] < counted["requests"]:
        raise Failure(f"{counted['handshakes']} handshakes for {counted['requests']} requests on {who}")


# ---------------------------------------------------------------- what a round gives

def cost(tools, case, running, etag, size):
    """A round: the server's processor time for a request.  size: of a response on the wire."""
    before = processor_ns(running.processes())
    counted = load(tools, case, running, etag)
    time.sleep(SETTLE)
    spent = spent_ns(before, processor_ns(running.processes()))
    # wrk and h2load leave in the middle of responses; of large ones that is a part worth counting.
    requests = counted["bytes"] / size if case.large else counted["requests"]
    counted.update(processor_seconds=spent / 1e9, value=spent / 1000 / requests)
    return counted


def latency(tools, case, running, etag, size):
    counted = cost(tools, case, running, etag, size)
    counted.update(cost=counted["value"], value=counted["p99"])
    return counted


def idle(tools, case, running, etag, size):
    """The memory that a connection takes which has had its answer."""
    warm = dataclasses.replace(case, connections=8)
    load(tools, warm, running, etag, requests=200)
    pids = running.processes()
    before = memory_bytes(pids)
    process = tools.run(load_command(tools, "idle", case, running, etag, "-c", str(case.connections)),
                        stdin=subprocess.PIPE)
    try:
        line = process.stdout.readline()
        lowest, end = memory_bytes(pids), time.monotonic() + tools.seconds / 2
        while time.monotonic() < end:		# some give back what they need no more, a little later
            time.sleep(0.1)
            lowest = min(lowest, memory_bytes(pids))
    finally:
        process.communicate()
    counted = json.loads(line or b"{}")
    if counted.get("errors", 1) or counted["requests"] != case.connections:
        raise Failure(f"{running.name} did not take {case.connections} connections: {counted.get('complaint', '?')}")
    counted["value"] = max(0, lowest - before) / case.connections
    return counted


# ---------------------------------------------------------------- system calls

def system_calls(tools, case, running, etag):
    """System calls for a request, by name."""
    if not shutil.which("strace"):
        raise Failure("strace is not installed")
    load(tools, case, running, etag, requests=COUNTED)		# what is cached is cached
    paced = dataclasses.replace(case, rate=COUNTED_RATE)
    report = os.path.join(running.folder, "strace")
    pids = [option for pid in running.processes() for option in ("-p", str(pid))]
    watcher = subprocess.Popen(["strace", "-c", "-f", "-U", "calls,name", "-o", report, *pids],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: become(tools.server_processor))
    try:
        _wait_traced(running, watcher)
        load(tools, paced, running, etag, seconds=COUNTED / COUNTED_RATE)
    finally:
        watcher.send_signal(signal.SIGINT)
        words = watcher.communicate(timeout=LIMIT)[1]
    found = {}
    with contextlib.suppress(FileNotFoundError):
        for line in machine.read(report).splitlines():
            match = re.fullmatch(r"\s*(\d+) (\w+)\s*", line)
            if match and match[2] != "total":
                found[match[2]] = int(match[1]) / COUNTED
    if not found:
        raise Failure(f"strace saw nothing: {words.strip()}")
    return found


def _wait_traced(running, watcher):
    """Until every thread of the server is watched."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if watcher.poll() is not None:
            raise Failure(f"strace cannot watch {running.name}: {watcher.communicate()[1].strip()}")
        status = [machine.read(task + "/status") for task in tasks(running.processes())]
        if all("\nTracerPid:\t0\n" not in s for s in status):
            return
        time.sleep(0.01)
    raise Failure(f"strace does not get hold of {running.name}")


# ---------------------------------------------------------------- instructions

def instructions(tools, case, server, setup, folder, port, processor, etag_of):
    """What a request takes of the program itself: instructions and allocations, seen by callgrind.

    Returns also the file that callgrind wrote, for callgrind_annotate and kcachegrind.
    """
    if not shutil.which("valgrind"):
        raise Failure("valgrind is not installed")
    wrap = ["valgrind", "-q", "--tool=callgrind", "--trace-children=yes", f"--vgdb-prefix={folder}/vgdb",
            f"--callgrind-out-file={folder}/callgrind.%p", "--fair-sched=yes"]
    running = Running(server, dataclasses.replace(setup, inspected=True), folder, port, processor, wrap)
    try:
        etag = etag_of(running)
        load(tools, case, running, etag, requests=INSPECTED)
        _callgrind(folder, running, "zero")
        load(tools, case, running, etag, requests=INSPECTED)
        _callgrind(folder, running, "dump")
        # The first dump of each process; what it does when it ends comes in another.
        files = [f for f in (os.path.join(folder, f"callgrind.{pid}.1") for pid in running.processes())
                 if os.path.exists(f)]
    finally:
        running.stop()
    if not files:
        raise Failure(f"callgrind wrote nothing about {server.name}: {running.last_words()}")
    found = [read_callgrind(file) for file in files]
    largest = max(range(len(files)), key=lambda i: found[i][0])
    functions = sorted(found[largest][2].items(), key=lambda item: -item[1])[:FUNCTIONS]
    return {"instructions": sum(f[0] for f in found) / INSPECTED, "allocations": sum(f[1] for f in found) / INSPECTED,
            "functions": {name: own / INSPECTED for name, own in functions}, "file": files[largest]}


def _callgrind(folder, running, what):
    for pid in running.processes():
        done = subprocess.run(["vgdb", f"--vgdb-prefix={folder}/vgdb", f"--pid={pid}", "--wait=10", what],
                              capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Failure(f"callgrind does not listen: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")


def read_callgrind(path):
    """What a file of callgrind says: instructions, calls of what allocates, and each function's own instructions."""
    names, own, total, allocations, function, called = {}, {}, 0, 0, "", ""
    with open(path, errors="replace") as f:
        for line in f:
            if line.startswith(("fn=", "cfn=")):
                # "(7) name" the first time, "(7)" from then on
                number, _, name = line.partition("=")[2].strip().partition(" ")
                names.setdefault(number, name)
                called = names[number].split("'")[0]
                if line.startswith("fn="):
                    function = called
            elif line.startswith("calls="):
                if called in ALLOCATORS:
                    allocations += int(line[6:].split()[0])
                next(f)		# the instructions of what was called
            elif line.startswith(("summary:", "totals:")):
                total = max(total, int(line.split(":")[1].split()[0]))
            elif line[:1] in "0123456789+-*" and function:
                words = line.split()
                own[function] = own.get(function, 0) + (int(words[1]) if len(words) > 1 else 0)
    return total, allocations, own
