#!/usr/bin/python3
"""bench - measures tinyhttpd beside other servers and beside the least that an answer can cost.

make bench runs it; HACKING says how to read what it prints.  Server and load have a processor each;
every answer is compared with what it should be before anything is timed; then each server has its
turn, round by round, so that whatever disturbs the machine disturbs all of them.
"""

import argparse
import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time

import answers
import cases
import chart
import machine
import measure
import report
import servers
from servers import Failure, Running

WARM_SECONDS = 0.2
STARTS = 4			# in a round

ROUNDS = {cases.COST: measure.cost, cases.LATENCY: measure.latency, cases.MEMORY: measure.idle}


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--programs", required=True, help="the build folder")
    add("--against", default="", help="another tinyhttpd, measured beside this one")
    add("--out", required=True, help="the folder for results.json, results.txt and results.svg")
    add("--rounds", default="", help="5")
    add("--seconds", default="", help="of a round, 3")
    add("--cases", default="", help=" ".join(c.name for c in cases.CASES))
    add("--servers", default="", help="limit tinyhttpd " + " ".join(p.name for p in servers.PEERS))
    add("--idle", default="", help="connections of the case idle, 10000")
    add("--files", default="", help="of the case files, 2000")
    add("--congestion", default="", help="congestion control, cubic")
    add("--no-wrk", action="store_true", help="the load is always our own")
    add("--built", default="", help="how tinyhttpd was built, for the report")
    args = parser.parse_args(argv)
    try:
        args.rounds = max(1, int(args.rounds or 5))
        args.seconds = float(args.seconds or 3)
        args.idle = int(args.idle or cases.find("idle").connections)
        args.files = min(cases.FILES, max(2, int(args.files or cases.FILES)))
    except ValueError as e:
        parser.error(str(e))
    for name, known in (("cases", [c.name for c in cases.CASES]),
                        ("servers", ["limit", "tinyhttpd", *(p.name for p in servers.PEERS)])):
        chosen = getattr(args, name).replace(",", " ").split() or known
        unknown = [word for word in chosen if word not in known]
        if unknown:
            parser.error(f"no such {name}: {' '.join(unknown)}; there are {' '.join(known)}")
        setattr(args, name, [word for word in known if word in chosen])
    return args


class Bench:
    def __init__(self, args, work):
        self.args, self.work, self.programs = args, work, os.path.abspath(args.programs)
        self.root = os.path.join(work, "www")
        self.facts = machine.facts()
        load_processor, self.processor = machine.processors()
        os.sched_setaffinity(0, {load_processor})
        self.tools = measure.Tools(os.path.join(self.programs, "tests/bench"), load_processor, self.processor,
                                   not args.no_wrk, args.seconds)
        self.descriptors = machine.many_descriptors()
        self.ours = servers.Tinyhttpd(os.path.join(self.programs, "tinyhttpd"))
        self.servers, self.skipped = self._choose()
        self.results, self.failures, self.requests = {}, {}, {}

    def _choose(self):
        kinds = [servers.Limit(self.tools.limit), self.ours]
        if self.args.against:
            kinds.append(servers.Tinyhttpd(os.path.abspath(self.args.against), "against"))
        kinds += [peer() for peer in servers.PEERS]
        chosen = [k for k in kinds if k.name in self.args.servers or k.name == "against"]
        skipped = {k.name: k.absent() for k in chosen if k.absent()}
        for name, why in skipped.items():
            say(f"{name} is skipped: {why}")
        return [k for k in chosen if k.name not in skipped], skipped

    # ---- a case

    def run(self, case):
        say(f"{case.name}: {case.title}")
        self.folder = os.path.join(self.work, case.name)
        os.mkdir(self.folder)
        if case.gives == cases.INSTRUCTIONS:
            self._inspect(case)
            return
        setup = self._setup(case)
        if case.tls:
            self._turns(case, setup)
            return
        try:
            first = Running(self.ours, setup, self._own_folder("first"), machine.free_port(), self.processor)
            try:
                setup.limit_options = self._limit_options(case, self._check(case, first)[1])
            finally:
                first.stop()
        except (Failure, answers.Broken, OSError) as e:
            self._fail(case, self.ours.name, e)
            return
        if case.gives == cases.START:
            self._starts(case, setup)
        else:
            self._turns(case, setup)

    def _setup(self, case):
        return servers.Setup(self.root, case.connections, case.log, case.gzip, case.large,
                             self._certificate() if case.tls else "", case.http2)

    def _certificate(self):
        """One for all servers, with its key in the same file."""
        path = os.path.join(self.work, "certificate.pem")
        if not os.path.exists(path):
            command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                       "-subj", f"/CN={cases.HOST}", "-addext", f"subjectAltName = DNS:{cases.HOST}", "-keyout", path, "-out", path + "-"]
            subprocess.run(command, check=True, capture_output=True)
            with open(path, "ab") as all_of_it, open(path + "-", "rb") as certificate:
                all_of_it.write(certificate.read())
            os.chmod(path, 0o644)
        return path

    def _own_folder(self, name):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)		# some give up being root before they write there
        return folder

    def _fail(self, case, name, why):
        say(f"  {name} falls out: {why}")
        self.failures.setdefault(case.name, {})[name] = str(why)

    def _turns(self, case, setup):
        with contextlib.ExitStack() as stack:
            running = self._started(case, setup, stack)
            rounds = self._calls(case, running) if case.gives == cases.CALLS else self._rounds(case, running)
            if case.log:
                self._check_logs(case, running, rounds)
        self._add(case, {name: rounds[name] for name in running if name in rounds})

    def _started(self, case, setup, stack):
        """All servers whose answers are right, each with the entity-tag to ask with and the size of an answer."""
        running = {}
        for server in [s for s in self.servers if not (case.tls and s.name == "limit")]:
            with self._or_out(case, server.name, running):
                r = Running(server, setup, self._own_folder(server.name), machine.free_port(), self.processor)
                stack.callback(r.stop)
                etag, responses = self._check(case, r, self.etag if server.name == "limit" else None)
                if server.name == "limit":
                    self._check_same(responses)
                if case.gives in (cases.COST, cases.LATENCY):
                    measure.load(self.tools, case, r, etag, seconds=min(WARM_SECONDS, self.tools.seconds / 2))
                running[server.name] = (r, etag, len(responses[0].raw))
        return running

    def _rounds(self, case, running):
        """One after the other, round by round; those that break fall out."""
        rounds = {}
        for _ in range(1 if case.gives == cases.MEMORY else self.args.rounds):
            for name, (r, etag, size) in list(running.items()):
                with self._or_out(case, name, running):
                    rounds.setdefault(name, []).append(self._round(case, r, etag, size))
        return rounds

    def _calls(self, case, running):
        rounds = {}
        for name, (r, etag, _) in list(running.items()):
            with self._or_out(case, name, running):
                calls = measure.system_calls(self.tools, case, r, etag)
                self.requests.setdefault(name, {})["calls"] = calls
                rounds[name] = [{"value": sum(calls.values())}]
        return rounds

    @contextlib.contextmanager
    def _or_out(self, case, name, running):
        try:
            yield
        except (Failure, answers.Broken, OSError) as e:
            running.pop(name, None)
            self._fail(case, name, e)

    def _round(self, case, running, etag, size):
        before, began = machine.busy_seconds(self.processor), time.monotonic()
        counted = ROUNDS[case.gives](self.tools, case, running, etag, size)
        if not running.alive():
            raise Failure(f"{running.name} ended: {running.last_words()}")
        if "processor_seconds" in counted:
            busy = machine.busy_seconds(self.processor) - before - counted["processor_seconds"]
            counted["others"] = max(0.0, busy / (time.monotonic() - began))
        return counted

    def _add(self, case, rounds):
        self.results[case.name] = report.case_result(case, rounds)

    # ---- are the answers right?

    def _check(self, case, running, etag=None):
        """The entity-tag to ask with, and the responses to all of the case's requests, which are right."""
        if case.conditional and not etag:
            plain = dataclasses.replace(case, conditional=False, status=200)
            etag = self._ask(plain, running, None)[0].get("etag")
            if not etag:
                raise Failure("no entity-tag to ask with")
        responses = self._ask(case, running, etag)
        for target, response in zip(case.targets * case.depth, responses):
            with open(self.root + target, "rb") as f:
                words = cases.wrong(case, response, f.read())
            if words:
                raise Failure(f"{running.name} answers {target} wrongly: {words}")
        return etag, responses

    def _ask(self, case, running, etag):
        if case.http2:
            return [answers.by_http2(running.port, self._certificate(), cases.HOST, target, cases.request_fields(case, etag))
                    for target in case.targets]
        responses = []
        tls = answers.believing(self._certificate() if case.tls else None)
        with answers.Connection(running.port, tls, cases.HOST) as c:
            for target in case.targets:
                c.send(cases.request(case, target, etag) * case.depth)
                responses += [c.response() for _ in range(case.depth)]
            if case.one_request and not c.at_end():
                raise Failure(f"{running.name} does not close the connection")
        return responses

    def _check_same(self, responses):
        """What the limit program puts on the wire is what tinyhttpd did, byte by byte."""
        if [r.raw for r in responses] != self.wire:
            raise Failure("limit does not put the same bytes on the wire")

    def _check_logs(self, case, running, rounds):
        """A line for each request, once the server has stopped: else it was not measured with its log on."""
        for name, (r, _, _) in list(running.items()):
            if name == "limit":
                continue
            r.stop()
            with self._or_out(case, name, running):
                with open(os.path.join(r.folder, "access.log"), "rb") as f:
                    lines = sum(chunk.count(b"\n") for chunk in iter(lambda: f.read(1 << 20), b""))
                wanted = sum(counted["requests"] for counted in rounds[name])
                if lines < wanted:
                    raise Failure(f"{lines} lines in the access log for {wanted} requests")

    # ---- what the limit program answers

    def _limit_options(self, case, responses):
        """Writes its plan: what these responses were on the wire."""
        folder = self._own_folder("answers")
        self.wire = [r.raw for r in responses]
        self.etag = responses[0].get("etag")
        plan, heads = [], b""
        for number, (target, response) in enumerate(zip(case.targets, responses[::case.depth])):
            plan.append(f"answers/heads {len(heads)} {len(response.head)} "
                        f"{self._body(case, number, target, response)}\n")
            heads += response.head
        servers.write(folder, "plan", "".join(plan))
        servers.write(folder, "heads", heads)
        request = cases.request(case, case.targets[0], self.etag)
        options = ["-l", len(request), "-f", case.file_from]
        options += ["-1"] if case.one_request else []
        options += ["-i", request.index(b"0000")] if len(case.targets) > 1 else []
        return [str(o) for o in options] + ["answers/plan"]

    def _body(self, case, number, target, response):
        """Where it is found: in the file itself, if that is what was sent."""
        offset = case.range[0] if case.range else 0
        size = len(response.raw_body)
        with open(self.root + target, "rb") as f:
            f.seek(offset)
            same = f.read(size) == response.raw_body
        if same:
            return f"../www{target} {offset} {size}"
        servers.write(self.folder, f"answers/{number}.body", response.raw_body)
        return f"answers/{number}.body 0 {size}"

    # ---- cases of other kinds

    def _starts(self, case, setup):
        rounds = {}
        running = {server.name: server for server in self.servers}
        for number in range(self.args.rounds * STARTS):
            for name, server in list(running.items()):
                with self._or_out(case, name, running):
                    rounds.setdefault(name, []).append(self._start(case, server, setup, f"{name}-{number}"))
        self._add(case, {name: rounds[name] for name in running})

    def _start(self, case, server, setup, name):
        folder, port = self._own_folder(name), machine.free_port()
        path = os.path.join(folder, "requests")
        with open(path, "wb") as f:
            f.write(cases.request(case, case.targets[0]))
        command = [self.tools.start, "-p", str(port), "-P", str(self.processor), path,
                   *server.configure(setup, folder, port)]
        process = self.tools.run(command, cwd=self.folder, env={**os.environ, "HOME": folder,
                                                                "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder})
        counted = measure.finish(process, server.name)
        counted["value"] = counted["seconds"] * 1000
        return counted

    def _inspect(self, first):
        """Instructions and allocations of a request, for the limit program and for ours."""
        rounds = {}
        for name in cases.INSPECTED:
            case = dataclasses.replace(cases.find(name), connections=first.connections)
            setup = self._setup(case)
            for server in [s for s in self.servers if s.name in ("tinyhttpd", "against", "limit")]:
                try:
                    found = self._callgrind(case, server, setup)
                except (Failure, answers.Broken, OSError) as e:
                    self._fail(first, server.name, e)
                    continue
                file = found.pop("file")
                if server.name == "tinyhttpd":
                    shutil.copy(file, os.path.join(self.args.out, f"callgrind.{name}"))
                self.requests.setdefault(server.name, {}).setdefault("inspected", {})[name] = found
                if name == "1k":
                    rounds[server.name] = [{"value": found["instructions"], **found}]
        self._add(first, rounds)

    def _callgrind(self, case, server, setup):
        etag = None
        if server.name == "limit":
            first = Running(self.ours, setup, self._own_folder(f"{case.name}-first"), machine.free_port(),
                            self.processor)
            try:
                setup.limit_options = self._limit_options(case, self._check(case, first)[1])
            finally:
                first.stop()
            etag = self.etag
        folder = self._own_folder(f"{case.name}-{server.name}")
        return measure.instructions(self.tools, case, server, setup, folder, machine.free_port(), self.processor,
                                    lambda running: self._check(case, running, etag)[0])

    # ---- everything

    def everything(self):
        return {
            "machine": self.facts,
            "settings": {"built": self.args.built, "rounds": self.args.rounds, "seconds": self.args.seconds,
                         "load_processor": self.tools.processor, "server_processor": self.processor},
            "servers": {s.name: {"version": s.version()} for s in self.servers},
            "skipped": self.skipped,
            "cases": self.results,
            "failures": self.failures,
            "requests": self.requests,
        }


def main(argv):
    args = arguments(argv)
    shared = machine.own_network(args.congestion or "cubic")
    if shared:
        say(shared)
    os.makedirs(args.out, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tinyhttpd-bench-") as work:
        os.chmod(work, 0o755)
        bench = Bench(args, work)
        say(f"congestion control {machine.congestion_control()}; server on processor {bench.processor}, "
            f"load on processor {bench.tools.processor}")
        chosen = cases.choose(args.cases, max(8, min(args.idle, bench.descriptors - 1000)), args.files)
        inspected = cases.INSPECTED if "instructions" in args.cases else ()
        cases.build_files(bench.root, [*chosen, *map(cases.find, inspected)])
        for case in chosen:
            bench.run(case)
        results = bench.everything()
    text = report.text(results)
    report.write(args.out, results, text, chart.draw(results))
    print(text, end="")
    broken = {name for failed in results["failures"].values() for name in failed}
    return 1 if broken & {"tinyhttpd", "limit"} else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
