"""faults - a bad day for a server, on order: no memory, a clock that is set.

    orders = Orders(t)
    server = t.server(files={}, env=orders.env)
    orders.fail_allocation(3)		# the fourth from now, once
    orders.step_clock(-3600)

What obeys is faults.c, which is preloaded; the orders are memory that program and test share.
"""

import contextlib
import mmap
import os
import shutil
import struct
import time

from harness import Failure, Skip, children, until

LIBRARY = os.path.join(os.environ.get("BUILDDIR", "."), "tests/wire/faults.so")
NEVER = 1 << 62
FIELDS = ("left", "fail", "made", "failed", "theirs", "ahead", "passed")		# struct orders


def sanitizers():
    """The program was built with some (config.h)."""
    with open(os.path.join(os.environ.get("BUILDDIR", "."), "config.h")) as f:
        return "#define WITH_SANITIZERS" in f.read()


class Orders:
    def __init__(self, test):
        if not os.path.exists(LIBRARY):
            raise Skip(f"there is no {LIBRARY}: make check builds it")
        library = test.path("faults.so")		# where every user can reach it
        if not os.path.exists(library):
            shutil.copy(LIBRARY, library)
        path = test.write(f"orders-{id(self)}", bytes(8 * len(FIELDS)))
        os.chmod(path, 0o666)
        with open(path, "r+b") as f:
            self._memory = mmap.mmap(f.fileno(), 0)
        # A sanitizer has an allocator of its own, and wants to be the first of all libraries; it is asked next.
        options = {name: os.environ.get(name, "") + ":verify_asan_link_order=0" for name in ("ASAN_OPTIONS",)}
        self.env = {"LD_PRELOAD": library, "TINYHTTPD_FAULTS": path, **options}
        self.set(left=NEVER)

    def set(self, **values):
        for name, value in values.items():
            struct.pack_into("q", self._memory, 8 * FIELDS.index(name), value)

    def get(self, name):
        return struct.unpack_from("q", self._memory, 8 * FIELDS.index(name))[0]

    def fail_allocation(self, number, count=1):
        """So many succeed from now on, and the `count` behind them fail."""
        self.set(fail=0, failed=0)
        self.set(left=number)
        self.set(fail=count)

    def stop_failing(self):
        """True when one had failed."""
        self.set(fail=0)
        self.set(left=NEVER)
        return self.get("failed") > 0

    def step_clock(self, seconds):
        """The wall clock is so far ahead of the true one."""
        self.set(ahead=seconds)

    def let_pass(self, seconds):
        """So much time seems to have passed, since the start; what the kernel waits for does not hear of it."""
        self.set(passed=seconds)


CHEAP = 0.05		# of a processor
WINDOW = 1.0		# seconds; what never rests uses up most of it
MOMENT = 1.0


def processor_seconds(server):
    """What all threads of all its processes have used so far, those included that have ended."""
    total = 0
    for pid in (server.supervisor, *children(server.supervisor)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
                    total += int(f.read().split()[0])
    with open(f"/proc/{server.supervisor}/stat") as f:
        ended = sum(int(n) for n in f.read().rsplit(")", 1)[1].split()[13:15])
    return total / 1e9 + ended / os.sysconf("SC_CLK_TCK")


def resting(server):
    """While this runs, something is missing and someone waits for it: the server uses next to no time on that.

    A machine with much else to do can make one look wrong, so the best of a few counts; what spins never looks good.
    """
    if server.sanitized():
        return
    shares = []
    for _ in range(5):
        begin, used = time.monotonic(), processor_seconds(server)
        time.sleep(WINDOW)		# the window itself: nothing is waited for
        shares.append((processor_seconds(server) - used) / (time.monotonic() - begin))
        if shares[-1] < CHEAP:
            print(f"# {shares[-1]:.2%} of a processor meanwhile")
            return
    raise Failure(f"it never rested: {shares} of a processor")


def soon(what, begin, end, works):
    """Service is back within a moment of the condition's end, by itself.

    begin() brings the condition about, end() ends it, works() is true when there is service again.  As above, the best
    of a few counts: on a machine with much else to do a moment may pass before anybody is asked.
    """
    times = []
    for _ in range(3):
        begin()
        end()
        ended = time.monotonic()
        until(f"service is back when {what}", works)
        times.append(time.monotonic() - ended)
        if times[-1] < MOMENT:
            print(f"# back after {times[-1] * 1000:.0f} ms when {what}")
            return
    raise Failure(f"when {what}, service is back only after {times} s")
