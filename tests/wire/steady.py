"""steady - the load of tests/bench/steady.c, for what is done to a server meanwhile.

    load = Load(t, server.port, b"what every answer contains", rate=2000)
    load.wait_for(100)		# answers more
    counted = load.end()
    assert counted.flawless(), counted

It begins requests at that rate, or at what the machine gives: counted.print() says which.
"""

import json
import os
import select
import subprocess
from types import SimpleNamespace

from harness import LIMIT, Failure, request, until

STEADY = os.path.join(os.environ.get("BUILDDIR", "."), "tests/bench/steady")


class Counted(SimpleNamespace):
    """What steady.c says it counts."""

    def flawless(self):
        return self.answered == self.begun and not (self.lost or self.wrong or self.untold or self.rude)

    def print(self):
        print(f"# {self.begun} requests, {self.begun / self.seconds:.0f} a second, {self.fresh} of the answers on new connections; "
              f"lost {self.lost} (reset {self.reset}), wrong {self.wrong}, kept ones that ended untold {self.untold}, "
              f"reset behind the answer {self.rude}; slowest new one {self.slowest:.0f} ms")


class Load:
    CONNECTIONS = 128

    def __init__(self, t, port, body, rate, target="/", host="localhost", tls=False, connections=CONNECTIONS):
        """A load of its own process, which ends with the case."""
        number = t.loads = getattr(t, "loads", 0) + 1
        asked = t.write(f"load{number}.requests", request(target, host=host))
        wanted = t.write(f"load{number}.body", body)
        self.process = subprocess.Popen(
            [STEADY, "-p", str(port), "-r", str(rate), "-c", str(connections), "-b", wanted, *(["-R", host] if tls else []), asked],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        t.defer(self.process.kill)

    def _line(self):
        if not select.select([self.process.stdout], [], [], LIMIT * 2)[0]:
            raise Failure("the load says nothing")
        return Counted(**json.loads(self.process.stdout.readline()))

    def count(self):
        """So far."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return self._line()

    def wait_for(self, answers):
        """Until so many more have come."""
        before = self.count().answered
        until(f"{answers} more answers", lambda: self.count().answered >= before + answers)

    def end(self):
        """No more requests; what was counted when the last one has its answer."""
        self.process.stdin.close()
        counted = self._line()
        self.process.stdout.close()
        if self.process.wait() != 0:
            raise Failure("the load failed")
        return counted
