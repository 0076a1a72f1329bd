"""machine - where the measurements take place: a network of their own, two processors, facts for the report."""

import contextlib
import ctypes
import fcntl
import os
import platform
import resource
import socket
import struct

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, SIOCGIFFLAGS, IFF_UP = 0x8914, 0x8913, 1
TCP = "/proc/sys/net/ipv4/"


def read(path):
    with open(path) as f:
        return f.read().strip()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def own_network(congestion):
    """Moves this process and its children into a network of their own, with nothing in it but loopback.

    There no other program's ports, connections or settings are in the way, and the congestion
    control can be chosen without anyone noticing.  Returns words when that is not possible here.
    """
    try:
        allowed = open(TCP + "tcp_allowed_congestion_control", "r+")
    except OSError:
        return "the network is shared with the rest of the machine: only root can have one of his own"
    with allowed:
        before = allowed.read().strip()
        libc = ctypes.CDLL(None, use_errno=True)
        # A network of one's own may only choose among those that anybody may choose.
        with contextlib.suppress(OSError):
            _put(allowed, before + " " + congestion)
        try:
            if libc.unshare(CLONE_NEWNET) != 0:
                return "the network is shared with the rest of the machine: " + os.strerror(ctypes.get_errno())
            _loopback_up()
            with contextlib.suppress(OSError):
                write(TCP + "tcp_congestion_control", congestion)
        finally:
            with contextlib.suppress(OSError):
                _put(allowed, before)
    return None


def _put(file, text):
    file.seek(0)
    file.write(text)
    file.flush()


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(s, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def congestion_control():
    return read(TCP + "tcp_congestion_control")


def processors():
    """Which the load runs on and which the servers run on; one and the same where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def many_descriptors():
    """Raises the soft limit to the hard one; what that is."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def busy_seconds(processor):
    """How long a processor has not been idle, whoever used it."""
    for line in read("/proc/stat").splitlines():
        words = line.split()
        if words[0] == f"cpu{processor}":
            ticks = [int(w) for w in words[1:9]]
            return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def facts():
    model = ""
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {
        "kernel": platform.release(),
        "processor": model or platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "congestion_control": congestion_control(),
        "load_average": os.getloadavg()[0],
    }
