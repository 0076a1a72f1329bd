"""harness - what every wire test needs: a real server, raw bytes, strict eyes.

A test file declares its cases and ends with main():

    @case("a missing file is 404")
    def _(t):
        server = t.server(files={"index.html": "hello"})
        assert server.get("/none").status == 404

Every case has a temporary directory of its own; servers listen on ports the kernel chose and say
so through sd_notify, so nothing here waits a fixed time and nothing collides.  When a case
is over its servers are stopped: the exit status must be the promised one, no connection may be
left behind and a sanitizer must not have said a word.

Environment: TINYHTTPD (the program), SRCDIR, BUILDDIR; TEST_LIMIT, seconds before any single
wait is given up (a bound against hanging, never a measure of speed); TINYHTTPD_TLS=1 has every
listener on an address speak TLS, and the clients too, so that what holds without is seen to hold with it;
TINYHTTPD_HTTP2=1 has them speak HTTP/2, where a case says nothing that HTTP/2 does not have;
TINYHTTPD_APART, a JSON object: names of cases that are not run, and why.
"""

import contextlib
import ctypes
import datetime
import json
import os
import pwd
import re
import resource
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

PROGRAM = os.path.abspath(os.environ.get("TINYHTTPD", "./tinyhttpd"))
SRCDIR = os.environ.get("SRCDIR", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
LIMIT = float(os.environ.get("TEST_LIMIT", "30"))
ROOT = os.geteuid() == 0
TLS = os.environ.get("TINYHTTPD_TLS") == "1"
HTTP2 = os.environ.get("TINYHTTPD_HTTP2") == "1"
APART = json.loads(os.environ.get("TINYHTTPD_APART", "{}"))

SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior|Memory)Sanitizer|runtime error:")


class Skip(Exception):
    """Raised in a case that cannot run here; its words are the reason."""


class Failure(AssertionError):
    """What the program promised and did not do."""


# ---------------------------------------------------------------- cases

_cases = []


def case(name):
    """Registers the function as a case; the name reads as a promise."""
    def register(function):
        _cases.append((name, function))
        return function
    return register


def main():
    """Runs the cases named by words on the command line, or all of them; prints TAP; exits."""
    words = sys.argv[1:]
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"Bail out! there is no program at {PROGRAM}; TINYHTTPD says where it is")
    chosen = [c for c in _cases if not words or any(w in c[0] for w in words)]
    print(f"1..{len(chosen)}", flush=True)
    failed = 0
    shared = Shared()
    for number, (name, function) in enumerate(chosen, 1):
        last = number == len(chosen)
        result, why = _run(_apart(APART[name]) if name in APART else function, shared, last)
        failed += result == "not ok"
        print(f"{result} {number} - {name}" if result != "skip" else f"ok {number} - {name} # SKIP {why}")
        if result == "not ok":
            print("".join(f"# {line}\n" for line in why.splitlines()), end="")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


def _apart(why):
    def skip(_):
        raise Skip(why)
    return skip


def _run(function, shared, last):
    """One case: "ok", "not ok" or "skip", and the words for the last two."""
    test = Test(shared)
    result, why = "ok", ""
    try:
        try:
            function(test)
            test.finish(True)
        finally:
            if last:
                shared.test.finish(True)
    except Skip as skip:
        result, why = "skip", str(skip)
    except Exception:
        result, why = "not ok", printable(traceback.format_exc() + test.evidence() + shared.test.evidence())
    finally:
        test.finish(False)
        if last or result == "not ok":
            shared.clear()
    return result, why


def printable(text):
    return "".join(c if c == "\n" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


class Shared:
    """Servers that several cases of a file use, because each asks it one small question only."""

    def __init__(self):
        self.test = Test(None)
        self.servers = {}

    def clear(self):
        self.test.finish(False)
        self.__init__()


class Test:
    """What a case may use.  Everything it made is gone when it is over."""

    def __init__(self, shared):
        self._shared = shared
        self._dir = None
        self._servers = []
        self.controls = 0		# sockets for commands that were named, one a server
        self._undo = contextlib.ExitStack()

    @property
    def dir(self):
        if self._dir is None:
            self._dir = os.path.realpath(tempfile.mkdtemp(prefix="tinyhttpd-"))
            os.chmod(self._dir, 0o755)
        return self._dir

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def files(self, tree, name="www"):
        """Builds a folder: a name ending in / is a folder, text and bytes are files, Link a symlink."""
        root = self.path(name)
        build(root, tree)
        return root

    def write(self, name, text):
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def certificate(self, name, names=(), kind="ecdsa", days=90, by=None, authority=False, subject=None):
        """Writes NAME.pem and NAME.key, for these names and addresses, by itself or by that authority; the path of the first."""
        def file(ending):
            return self.path(name + ending)
        key = {"ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["-newkey", "rsa:2048"]}[kind]
        ends = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
        extensions = f"basicConstraints = critical, CA:{str(authority).upper()}\n"
        if names:
            kinds = ("IP" if re.fullmatch(r"[\d.]+|.*:.*", n) else "DNS" for n in names)
            extensions += "subjectAltName = " + ", ".join(f"{k}:{n}" for k, n in zip(kinds, names)) + "\n"
        self.write(name + ".cnf", f"[req]\ndistinguished_name = dn\n[dn]\n[ca]\ndefault_ca = own\n[own]\nnew_certs_dir = {self.dir}\n"
                   f"database = {file('.db')}\nrand_serial = yes\ndefault_md = sha256\npolicy = any\n[any]\ncommonName = optional\n"
                   f"organizationName = optional\n[more]\n{extensions}")
        self.write(name + ".db", "")
        issuer = (["-cert", self.path(by + ".pem"), "-keyfile", self.path(by + ".key")] if by
                  else ["-selfsign", "-keyfile", file(".key")])
        for command in (["req", "-new", *key, "-nodes", "-keyout", file(".key"), "-out", file(".csr"), "-config", file(".cnf"),
                         "-subj", subject or f"/CN={name}"],
                        ["ca", "-batch", "-notext", *issuer, "-in", file(".csr"), "-out", file(".pem"), "-config", file(".cnf"),
                         "-extensions", "more", "-startdate", "20200101000000Z", "-enddate", ends]):
            subprocess.run(["openssl", *command], check=True, capture_output=True, timeout=LIMIT * 2)
        return file(".pem")

    def defer(self, function, *args):
        self._undo.callback(function, *args)

    def server(self, config="", **options):
        server = Server(self, config, **options)
        self._servers.append(server)
        server.start()
        return server

    def shared(self, maker):
        """The server maker(test) gives, started once for all cases that ask for it."""
        servers = self._shared.servers
        if maker in servers and not servers[maker].alive():
            dead = servers.pop(maker)
            self._shared.test._servers.remove(dead)
            raise Failure("the shared server had died\n" + dead.evidence())
        if maker not in servers:
            servers[maker] = maker(self._shared.test)
        return servers[maker]

    def run(self, *args, config=None, env=None, user=None, **more):
        """The program as a command: its exit status, output and errors."""
        argv = [program_for(self, user)]
        if config is not None:
            argv += ["-c", config]
        argv += args
        return subprocess.run(argv, capture_output=True, text=True, errors="surrogateescape", timeout=LIMIT * 2,
                              stdin=subprocess.DEVNULL, env=environment(env), cwd=self.dir, **as_user(user), **more)

    def evidence(self):
        return "".join(s.evidence() for s in self._servers)

    def finish(self, check):
        """Stops what runs; with check, finds fault with how it ended."""
        servers, self._servers = self._servers, []
        try:
            for i, server in enumerate(servers):
                if not check:
                    server.kill()
                    continue
                try:
                    server.stop()
                except BaseException:
                    self._servers = servers[i:]		# for evidence()
                    raise
        finally:
            if not check or not self._servers:
                self._undo.close()
                if self._dir is not None:
                    shutil.rmtree(self._dir, ignore_errors=True)
                    self._dir = None


class Link(str):
    """The target of a symlink, as a value in a tree of files."""


def build(root, tree):
    os.makedirs(root, exist_ok=True)
    for name, content in tree.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, Link):
            os.symlink(content, path)
        elif isinstance(content, dict):
            build(path, content)
        elif name.endswith("/"):
            os.makedirs(path, exist_ok=True)
        else:
            with open(path, "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())


def age(*paths, seconds=3600):
    """Makes files look old, so that their entity-tag is a strong one where the clock allows it."""
    for path in paths:
        then = time.time() - seconds
        os.utime(path, (then, then))


def until(what, question, limit=None):
    """Asks again and again until the answer is true, and gives it; only a bound, not a measure."""
    end = time.monotonic() + (limit or LIMIT)
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"this did not come true in {limit or LIMIT:g} s: {what}")
        time.sleep(0.01)


OPENAT2 = 437

# Becomes the program where the system call of that number does not exist.
WITHOUT_CALL = """import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)]
filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(len(code), ctypes.addressof(filters))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program)):
    sys.exit(77)
os.execv(sys.argv[2], sys.argv[2:])
"""


def without_call(number):
    """What to wrap the program in, so that the kernel seems not to have the system call of that number."""
    return (sys.executable, "-c", WITHOUT_CALL, str(number))


def need_root():
    if not ROOT:
        raise Skip("needs root")


def need_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError as e:
        raise Skip("no IPv6 here") from e


def need_user(*names):
    """The first of these accounts that exists."""
    for name in names or ("nobody",):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Skip("no such account: " + " ".join(names))


# ---------------------------------------------------------------- the program

def environment(more=None):
    env = {k: v for k, v in os.environ.items()
           if k not in ("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")}
    env.update(more or {})
    return env


def as_user(user):
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def built_with(library):
    """Is the program linked with libNAME, or does it note that it loads it where it is needed?"""
    linked = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
    with open(PROGRAM, "rb") as f:
        return library in linked or f'"{library}.so'.encode() in f.read()


def is_plain():
    """Neither sanitizers nor counted lines slow the program down."""
    with open(PROGRAM, "rb") as f:
        return not re.search(rb"__[at]san_init|__gcov_", f.read())


def program_for(test, user):
    """The program, where that user can reach it."""
    if user is None:
        return PROGRAM
    copy = test.path("tinyhttpd-copy")
    if not os.path.exists(copy):
        shutil.copy(PROGRAM, copy)
        os.chmod(copy, 0o755)
    return copy


def children(pid):
    """The processes that a process started, oldest first."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(child) for child in f.read().split()]
    return []


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Server:
    """A running program.

    config       text of a configuration; the harness puts [server] and [log] in front of it
    files        a tree to serve as the root of [server]
    listen       WHERE of each listener, options included
    server       more lines for [server]
    access       the access line's value, None for none; error the same
    user         value of `user`; None for no such line
    run_as       an account (struct passwd) that starts it
    whole        config is everything: nothing is put in front
    control      value of `control`; True for a path of its own, None for no such line
    nofile       RLIMIT_NOFILE, soft and hard
    ready        False: do not wait for READY=1
    groups       supplementary groups it is started with (root only)
    wrap         a command to put before the program's own, which it must become
    expect_exit  exit status that stop() demands
    """

    def __init__(self, test, config="", *, files=None, root=None, listen=("127.0.0.1:0",), server="",
                 access="access.log combined", error="stderr info", user="root" if ROOT else None,
                 run_as=None, whole=False, control=True, nofile=None, ready=True, expect_exit=0, args=(), env=None,
                 name="tinyhttpd", wrap=(), pass_fds=(), workers=2, groups=None):
        self.test, self.name = test, name
        self.ready, self.expect_exit = ready, expect_exit
        self.nofile, self.wrap, self.pass_fds, self.groups = nofile, list(wrap), pass_fds, groups
        self.run_as, self.args, self.env = run_as, args, env
        self.process = None
        self.addresses = []
        self.messages = []
        if files is not None:
            root = test.files(files, name + "-www")
        self.root = root
        self.access_log = None
        if access and access not in ("off", "stdout"):
            target = access.split()[0]
            self.access_log = os.path.join(test.dir, target if name == "tinyhttpd" else name + "-" + target)
            access = " ".join([self.access_log] + access.split()[1:])
        if control is True:
            test.controls += 1
            control = os.path.join(test.dir, f"{name}-{test.controls}.control")
        self.control = control
        if not whole:
            if TLS:
                listen = [w if "unix:" in w or "tls" in w else w + " tls" for w in listen]
            if HTTP2:
                listen = [w if "unix:" in w or "tls" in w or "h2c" in w else w + " h2c" for w in listen]
            head = "[server]\n"
            head += "".join(f"listen = {w}\n" for w in listen)
            head += f"user = {user}\n" if user else ""
            head += f"workers = {workers}\n" if workers else ""
            head += f"root = {root}\n" if root else ""
            head += f"control = {control}\n" if control and "control =" not in server else ""
            head += "\n".join(line.strip() for line in server.strip().splitlines()) + "\n"
            head += "[log]\n"
            head += f"access = {access}\n" if access else ""
            head += f"error = {error}\n" if error else ""
            if TLS and " tls\n" in head:
                head += f"[tls]\ncertificate = {test.certificate('all-names', ALL_NAMES)}\ncertificate_key = {test.path('all-names.key')}\n"
            config = head + "\n".join(line.strip() for line in config.splitlines()) + "\n"
        self.config = test.write(name + ".ini", config)
        self.stderr_path = test.path(name + ".stderr")
        self.stdout_path = test.path(name + ".stdout")

    # ---- start and stop

    def start(self):
        notify_path = self.test.path(self.name + ".notify")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(notify_path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.notify.bind(notify_path)
        os.chmod(notify_path, 0o777)
        argv = [*self.wrap, program_for(self.test, self.run_as), "-c", self.config, *self.args]
        env = environment({"NOTIFY_SOCKET": notify_path, **(self.env or {})})

        def before():
            die_with_parent()
            if self.nofile:
                resource.setrlimit(resource.RLIMIT_NOFILE, self.nofile)

        with open(self.stderr_path, "ab") as err, open(self.stdout_path, "ab") as out:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env,
                                            cwd=self.test.dir, preexec_fn=before, pass_fds=self.pass_fds,
                                            **(as_user(self.run_as) if self.run_as else {"extra_groups": self.groups}))
        self.pidfd = os.pidfd_open(self.process.pid)
        if self.ready:
            self.wait_ready()

    @property
    def pid(self):
        """The process that serves: the youngest generation, or the program itself where it has no supervisor."""
        return (children(self.process.pid) or [self.process.pid])[-1]

    @property
    def supervisor(self):
        """The process that was started, and gets the signals."""
        return self.process.pid

    def wait_message(self, wanted, limit=None):
        """Waits until a line of the notify protocol matches; its match object."""
        end = time.monotonic() + (limit or LIMIT)
        pattern = re.compile(wanted)
        while True:
            for line in self.messages:
                if pattern.fullmatch(line):
                    return pattern.fullmatch(line)
            left = end - time.monotonic()
            readable, _, _ = select.select([self.notify, self.pidfd], [], [], max(0, left))
            if self.notify in readable:
                self.messages += self.notify.recv(65536).decode().split("\n")
            elif readable:
                raise Failure(f"the program ended (status {self.process.wait()}) before it said {wanted}")
            else:
                raise Failure(f"the program did not say {wanted}, but {self.messages}")

    def wait_ready(self, limit=None):
        self.wait_message("READY=1", limit)
        self.addresses = self.wait_message(r"STATUS=serving \d+ hosts? on (.+)").group(1).split(" ")
        self.sockets_at_start = len(self.addresses) + 1		# and the one to the supervisor, or to the manager

    def wait_exit(self, limit=None):
        """Waits for the end of the program; its exit status, negative for a signal."""
        if not select.select([self.pidfd], [], [], limit or LIMIT)[0]:
            raise Failure("the program did not end")
        status = self.process.wait()
        return status

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends the program in the ordinary way and finds fault with what it leaves."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        status = self.wait_exit()
        text = self.stderr()
        if SANITIZER.search(text):
            raise Failure("a sanitizer spoke")
        if status != self.expect_exit:
            raise Failure(f"exit status {status}, not {self.expect_exit}")
        self._close()

    def kill(self):
        if self.process is not None:
            if self.process.poll() is None:
                generations = [os.pidfd_open(pid) for pid in children(self.process.pid)]
                self.process.kill()
                for fd in generations:
                    with contextlib.suppress(ProcessLookupError):
                        signal.pidfd_send_signal(fd, signal.SIGKILL)
                    os.close(fd)
            self.process.wait()
            self._close()

    def _close(self):
        self.process = None
        os.close(self.pidfd)
        self.notify.close()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    # ---- what it shows

    def stderr(self):
        with open(self.stderr_path, errors="surrogateescape") as f:
            return f.read()

    def evidence(self):
        try:
            text = self.stderr()
        except OSError:
            text = ""
        with open(self.config) as f:
            return f"---- {self.config}\n{f.read()}---- standard error\n{text[-6000:]}\n"

    def access_lines(self, count=None):
        """The access log's lines; with count, waits for that many to be written."""
        def read():
            try:
                with open(self.access_log, "rb") as f:
                    return f.read().decode("latin-1")
            except FileNotFoundError:
                return ""
        if count is not None:
            until(f"{count} lines in the access log", lambda: read().count("\n") >= count)
        text = read()
        assert text == "" or text.endswith("\n"), "the log ends in the middle of a line"
        return text.split("\n")[:-1]

    def descriptors(self):
        """What each open descriptor of the program is: number -> target."""
        found = {}
        base = f"/proc/{self.pid}/fd"
        for fd in os.listdir(base):
            with contextlib.suppress(FileNotFoundError):
                found[int(fd)] = os.readlink(f"{base}/{fd}")
        return found

    def sockets(self):
        return sum(target.startswith("socket:") for target in self.descriptors().values())

    def left_nothing(self):
        """No connection and no file of the sites stays open once the clients are gone."""
        until("all connections closed", lambda: self.sockets() <= self.sockets_at_start)

    def memory(self, what="VmRSS"):
        """A line of /proc/PID/status, in bytes."""
        with open(f"/proc/{self.pid}/status") as f:
            return int(re.search(what + r":\s+(\d+) kB", f.read())[1]) * 1024

    def sanitized(self):
        """A sanitizer keeps what was freed for a while, so memory says nothing of the program."""
        with open(f"/proc/{self.pid}/maps") as f:
            return re.search(r"lib[at]san", f.read()) is not None

    def cpu_ticks(self):
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    # ---- talking to it

    def connect(self, listener=0, **options):
        address = self.addresses[listener]
        if HTTP2 and not address.startswith("unix:") and not options.get("tls"):
            return Http2Client(address, **options)
        return Client(address, **options)

    @property
    def port(self):
        return int(self.addresses[0].rsplit(":", 1)[1])

    def get(self, target="/", *fields, method="GET", host="localhost", version="1.1", body=None, listener=0):
        """One request on a connection of its own that ends with it; the response."""
        with self.connect(listener) as c:
            c.send(request(target, "Connection: close", *fields, method=method, host=host, version=version, body=body))
            response = c.response(method=method, version=version)
            c.end()
            return response

    def grown(self, target, *fields, **options):
        """Waits until that file is old enough for a strong entity-tag: before, it changes from a weak one at any time."""
        until("a strong entity-tag", lambda: self.get(target, *fields, **options)["ETag"].startswith('"'))
        return self

    def head(self, target="/", *fields, **options):
        return self.get(target, *fields, method="HEAD", **options)

    def talk(self, data, methods=(), allow_reset=False):
        """Sends bytes as they are, half-closes, and gives every response up to the end of the connection."""
        with self.connect() as c:
            c.send(data, lenient=True)
            c.shut()
            return c.responses(methods, allow_reset)


def request(target="/", *fields, method="GET", host="localhost", version="1.1", body=None):
    """The bytes of a well-formed request; str is sent as latin-1.  host None: no Host field."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += fields
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


# ---------------------------------------------------------------- responses, strictly

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT")
ONCE = ("content-length", "transfer-encoding", "content-type", "content-encoding", "date", "server", "etag",
        "last-modified", "location", "vary", "allow", "retry-after", "x-content-type-options", "connection")


def http_date(text):
    """The moment an IMF-fixdate names, as seconds; anything else is a failure (RFC 9110 5.6.7)."""
    assert text and DATE.fullmatch(text), f"not an IMF-fixdate: {text!r}"
    when = datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.timezone.utc)
    return int(when.timestamp())


def to_date(seconds):
    when = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[when.weekday()]}, {when:%d} {months[when.month - 1]} {when:%Y %H:%M:%S} GMT"


class Response:
    def __init__(self, status, reason, fields, head):
        self.status, self.reason, self.fields, self.head = status, reason, fields, head
        self.body = b""
        self.framing = "none"		# none, length, chunked, close
        self.interim = []		# 1xx before it

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return values[0] if values else None

    __getitem__ = get

    def __contains__(self, name):
        return bool(self.all(name))

    def options(self):
        return [o.strip().lower() for v in self.all("Connection") for o in v.split(",")]

    @property
    def closes(self):
        return "close" in self.options()

    def __repr__(self):
        return f"<{self.status} {self.reason} {self.fields} {self.framing} {self.body[:200]!r}>"


# Of the certificate with TINYHTTPD_TLS=1, where a client begins without a name, as one to the default host.
ALL_NAMES = ("localhost", "127.0.0.1", "::1", "example.org", "*.example.org", "example.net", "*.example.net", "*.test", "*.example")


def tls_context(cafile=None, **limits):
    """A context for clients; without cafile everybody is believed.  limits: members to set, like maximum_version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    context.check_hostname = cafile is not None
    context.verify_mode = ssl.CERT_REQUIRED if cafile else ssl.CERT_NONE
    if cafile:
        context.load_verify_locations(cafile)
    for name, value in limits.items():
        setattr(context, name, value)
    return context


class TlsSocket:
    """TLS on top of a connected socket, with the two directions closed one by one, as with the socket itself."""

    def __init__(self, raw, context, name=None, session=None):
        self.raw, self.ended = raw, None
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name, session=session)
        self.ask(self.tls.do_handshake)

    def __getattr__(self, name):
        return getattr(self.raw, name)

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.raw.sendall(data)

    def ask(self, function, *args):
        while True:
            try:
                return function(*args)
            except ssl.SSLWantReadError:
                self.flush()
                data = self.raw.recv(1 << 16)
                self.incoming.write(data) if data else self.incoming.write_eof()
            finally:
                self.flush()

    def sendall(self, data):
        self.ask(self.tls.write, data) if data else None

    def recv(self, size):
        """b"" at the end; `ended` then says whether that was told (close_notify) or the connection only ended."""
        try:
            data = self.ask(self.tls.read, size)
            self.ended = self.ended or (None if data else "told")
            return data
        except ssl.SSLZeroReturnError:
            self.ended = "told"
        except ssl.SSLError as e:
            if "EOF" not in (e.reason or "EOF"):
                raise
            self.ended = "cut"
        return b""

    def shutdown(self, how):
        with contextlib.suppress(ssl.SSLError):
            self.tls.unwrap()		# says so; what the other side says is read as ever
        self.flush()
        self.raw.shutdown(how)


class Client:
    """A connection with an exact tongue: what is given is sent, what is received must be HTTP."""

    def __init__(self, address, rcvbuf=None, limit=None, source=None, tls=None, name=None, session=None):
        tls = tls or (tls_context() if TLS and not address.startswith("unix:") else None)
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            target = address[5:]
        else:
            host, port = address.rsplit(":", 1)
            host = host.strip("[]")
            self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            target = ({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port))
        if rcvbuf:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.socket.settimeout(limit or LIMIT)
        if source:			# an address of this machine, like 127.0.0.2
            self.socket.bind((source, 0))
        self.socket.connect(target)
        if tls:
            self.socket = TlsSocket(self.socket, tls, name, session)
        self.buffer = bytearray()
        self.eof = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.socket.close()

    def abort(self):
        """Ends the connection with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def shut(self):
        """Half-closes: nothing more will be sent."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def send(self, data, lenient=False):
        """lenient: the server may have closed already; what it said is what counts."""
        try:
            self.socket.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            if not lenient:
                raise

    def drip(self, data, size=1):
        """Sends in pieces, a segment each."""
        for i in range(0, len(data), size):
            self.socket.sendall(data[i:i + size])

    def ask(self, target="/", *fields, method="GET", version="1.1", **options):
        """A request on the kept-alive connection, and its response."""
        self.send(request(target, *fields, method=method, version=version, **options))
        return self.response(method=method, version=version)

    def _more(self):
        if self.eof:
            return False
        data = self.socket.recv(1 << 18)
        self.eof = not data
        self.buffer += data
        return not self.eof

    def _line(self):
        start = 0
        while True:
            at = self.buffer.find(b"\n", start)
            if at != -1:
                break
            start = len(self.buffer)
            if not self._more():
                raise Failure(f"the connection ended where a line was due, behind {bytes(self.buffer[-200:])!r}")
        line = bytes(self.buffer[:at + 1])
        assert line.endswith(b"\r\n"), f"a line without CRLF: {line!r}"
        assert b"\r" not in line[:-2], f"a bare CR: {line!r}"
        del self.buffer[:at + 1]
        return line[:-2]

    def _exactly(self, size):
        while len(self.buffer) < size:
            if not self._more():
                raise Failure(f"the connection ended after {len(self.buffer)} of {size} bytes")
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def read_to_end(self):
        while self._more():
            pass
        data = bytes(self.buffer)
        self.buffer.clear()
        return data

    def end(self):
        """The server closes in an orderly way and has nothing more to say."""
        rest = self.read_to_end()
        assert not rest, f"bytes behind the last response: {rest[:300]!r}"

    def silent(self):
        """Nothing has arrived so far (the caller knows by other means that something could have)."""
        assert not self.buffer and not select.select([self.socket], [], [], 0)[0], "bytes where none were due"

    def head_of_response(self):
        line = self._line()
        match = STATUS_LINE.fullmatch(line)
        assert match, f"not a status line: {line!r}"
        fields, head = [], [line]
        while True:
            line = self._line()
            head.append(line)
            if not line:
                break
            field = FIELD_LINE.fullmatch(line)
            assert field, f"not a field line: {line!r}"
            fields.append((field[1].decode(), (field[2] or b"").decode("latin-1")))
        names = [n.lower() for n, _ in fields]
        for name in ONCE:
            assert names.count(name) <= 1, f"{name} stands twice: {fields}"
        return Response(int(match[1]), match[2].decode("latin-1"), fields, b"\r\n".join(head) + b"\r\n")

    def response(self, method="GET", version="1.1", body=True):
        """Reads one response, by its own framing, and finds fault with it.  body False: its head only."""
        interim = []
        while True:
            r = self.head_of_response()
            if r.status >= 200:
                break
            # RFC 9110 15.2: no 1xx to an HTTP/1.0 client, and no content in one
            assert version != "1.0", "an interim response to an HTTP/1.0 client"
            assert "Content-Length" not in r and "Transfer-Encoding" not in r
            interim.append(r)
        r.interim = interim
        now = time.time()
        assert abs(http_date(r["Date"]) - now) < 100, f"Date is {r['Date']}, but it is {to_date(now)}"
        length, coding = r["Content-Length"], r["Transfer-Encoding"]
        assert length is None or re.fullmatch(r"0|[1-9][0-9]*", length), f"Content-Length: {length}"
        assert not (length and coding), "Content-Length and Transfer-Encoding in one response"	# RFC 9112 6.2
        if coding is not None:
            assert coding == "chunked", f"Transfer-Encoding: {coding}"
            assert version != "1.0", "chunked for an HTTP/1.0 client"		# RFC 9112 6.1
        if r.status == 204:
            assert length is None and coding is None, "a framing field in a 204"	# RFC 9110 8.6, RFC 9112 6.1
        if not body:
            return r
        if method == "HEAD" or r.status in (204, 304):				# RFC 9112 6.3
            r.framing = "none"
        elif coding:
            r.framing, r.body = "chunked", self._chunked()
        elif length is not None:
            r.framing, r.body = "length", self._exactly(int(length))
        else:
            assert r.closes or version == "1.0", "neither a length nor a close"
            r.framing, r.body = "close", self.read_to_end()
        return r

    def _chunked(self):
        body = []
        while True:
            line = self._line()
            assert re.fullmatch(rb"[0-9A-Fa-f]{1,16}", line), f"not a chunk size: {line!r}"
            size = int(line, 16)
            if size == 0:
                break
            body.append(self._exactly(size))
            assert self._exactly(2) == b"\r\n", "a chunk without its CRLF"
        assert self._line() == b"", "a trailer field nobody asked for"
        return b"".join(body)

    def responses(self, methods=(), allow_reset=False):
        """Every response up to the end of the connection; methods says to which requests they belong."""
        found = []
        methods = list(methods)
        while True:
            try:
                if not self.buffer and not self._more():
                    return found
            except ConnectionResetError:
                if allow_reset:
                    return found
                raise
            found.append(self.response(method=methods.pop(0) if methods else "GET"))


# ---------------------------------------------------------------- HTTP/2

def need_http2():
    """The module h2; a test without it, or without HTTP/2 in the program, skips."""
    if "nghttp2" not in subprocess.run([PROGRAM, "-v"], capture_output=True, text=True, check=True).stdout:
        raise Skip("this tinyhttpd was built without nghttp2")
    try:
        import h2.connection
    except ImportError as e:
        raise Skip("python3-h2 is not installed") from e
    return h2


class Http2Client(Client):
    """A client that is told what HTTP/1 would say, and says it in HTTP/2: a stream for each request, answers in that order."""

    def __init__(self, address, **options):
        h2 = need_http2()
        import h2.config, h2.events, h2.settings
        super().__init__(address, **options)
        self.events = h2.events
        config = h2.config.H2Configuration(client_side=True, header_encoding="latin-1", validate_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 30})
        self.h2.increment_flow_control_window(1 << 30)
        self.said, self.sending, self.left = bytearray(), None, 0
        self.order, self.streams = [], {}
        self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.sendall(data)

    def send(self, data, lenient=False):
        self.said += data
        while self._say():
            pass

    def drip(self, data, size=1):
        self.send(data)

    def _say(self):
        """The next part of what was said, if all of it is there."""
        if self.left:
            part = bytes(self.said[:min(self.left, 16384)])
            while part and self.h2.local_flow_control_window(self.sending) < len(part):
                if not self._hear() or self.streams[self.sending].ended:
                    part = b""
            self.left -= len(part)
            del self.said[:len(part)]
            if part:
                self.h2.send_data(self.sending, part, end_stream=not self.left)
                self.flush()
            return bool(part)
        head, found, _ = bytes(self.said).partition(b"\r\n\r\n")
        if not found:
            return False
        del self.said[:len(head) + 4]
        lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\*|/[\x21-\x7e\x80-\xff]*) HTTP/1\.1", lines[0])
        if not match:
            raise Skip("this request cannot be made in HTTP/2")
        fields = [(":method", match[1]), (":scheme", "http"), (":path", match[2])]
        for line in lines[1:]:
            match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*", line)
            if not match or match[1].lower() == "transfer-encoding":
                raise Skip("this request cannot be made in HTTP/2")
            if match[1].lower() == "content-length":
                self.left = int(match[2])
            if match[1].lower() == "host":
                fields.insert(3, (":authority", match[2]))
            elif match[1].lower() not in ("connection", "keep-alive", "upgrade", "proxy-connection", "te"):
                fields.append((match[1].lower(), match[2]))
        if sum(name == ":authority" for name, _ in fields) != 1:
            raise Skip("this request cannot be made in HTTP/2")
        self.sending = self.h2.get_next_available_stream_id()
        self.h2.send_headers(self.sending, [(n.encode("latin-1"), v.encode("latin-1")) for n, v in fields],
                             end_stream=not self.left)
        self.streams[self.sending] = Http2Stream()
        self.order.append(self.sending)
        self.flush()
        return True

    def _hear(self):
        """Takes what comes.  False at the end."""
        data = self.socket.recv(1 << 18)
        if not data:
            self.eof = True
            return False
        self._take(data)
        return True

    def _take(self, data):
        e = self.events
        for event in self.h2.receive_data(data):
            stream = self.streams.get(getattr(event, "stream_id", None))
            if isinstance(event, e.InformationalResponseReceived):
                stream.interim.append(event.headers)
            elif isinstance(event, e.ResponseReceived):
                stream.headers = event.headers
            elif isinstance(event, e.DataReceived):
                stream.body.append(event.data)
                if event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, e.StreamEnded):
                stream.ended = True
            elif isinstance(event, e.StreamReset):
                stream.reset = stream.reset or not stream.ended
        self.flush()

    def head_of_response(self):
        raise Skip("this looks at the bytes of HTTP/1")

    _line = head_of_response

    def response(self, method="GET", version="1.1", body=True):
        if version != "1.1" or not self.order:
            raise Skip("this cannot be asked in HTTP/2")
        stream = self.streams[self.order.pop(0)]
        while not (stream.ended or stream.reset or (stream.headers and not body)):
            if not self._hear():
                raise Failure("the connection ended where a response was due")
        if stream.reset:
            raise Failure("the stream was reset")
        names = [n for n, _ in stream.headers if n != ":status"]
        assert all(n == n.lower() for n in names), f"capitals in a name: {names}"
        fields = [("-".join(w.capitalize() for w in n.split("-")), v) for n, v in stream.headers if n != ":status"]
        for name in ONCE:
            assert names.count(name) <= 1, f"{name} stands twice: {fields}"
        assert "connection" not in names and "transfer-encoding" not in names, fields
        r = Response(int(dict(stream.headers)[":status"]), "", fields, b"")
        r.interim = [Response(int(dict(h)[":status"]), "", [], b"") for h in stream.interim]
        now = time.time()
        assert abs(http_date(r["Date"]) - now) < 100, f"Date is {r['Date']}, but it is {to_date(now)}"
        if not body:
            return r
        r.body, length = b"".join(stream.body), r["Content-Length"]
        if method == "HEAD" or r.status in (204, 304):
            assert not r.body and not (r.status == 204 and length)
        else:
            assert length is None or int(length) == len(r.body), f"Content-Length {length}, but {len(r.body)} bytes came"
            r.framing = "chunked" if length is None else "length"
        return r

    def responses(self, methods=(), allow_reset=False):
        methods = list(methods)
        return [self.response(method=methods.pop(0) if methods else "GET") for _ in list(self.order)]

    def shut(self):
        """There is no half-close: a stream has ended with its request."""

    def end(self):
        assert not self.order, "a response is due"

    def read_to_end(self):
        raise Skip("this looks at the bytes of HTTP/1")


class Http2Stream:
    def __init__(self):
        self.interim, self.headers, self.body, self.ended, self.reset = [], None, [], False, False


# ---------------------------------------------------------------- the access log

COMBINED = re.compile(
    r'(?P<host>\S+) - (?P<user>\S+) '
    r'\[(?P<time>\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] '
    r'"(?P<line>(?:[^"\\\x00-\x1f\x7f-\xff]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\d+|-) '
    r'"(?P<referer>(?:[^"\\\x00-\x1f\x7f-\xff]|\\.)*)" "(?P<agent>(?:[^"\\\x00-\x1f\x7f-\xff]|\\.)*)"')


def combined(line):
    """The parts of a combined log line; anything else is a failure."""
    match = COMBINED.fullmatch(line)
    assert match, f"not a combined log line: {line!r}"
    return match
