"""clients - the wire tests' harness, and what tests with other people's programs need besides."""

import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "wire"))

from harness import LIMIT, PROGRAM, Failure, Link, Skip, age, built_with, case, main, tls_context, until		# noqa: E402,F401

# A run of a client may be long where the machine is slow and sanitizers watch.
LONG = LIMIT * 8


def need(*programs):
    for program in programs:
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            raise Skip(f"{program} is not installed")


def clean_environment(home, **more):
    """No proxy, no settings of who runs the tests, plain English."""
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith(("GIT_", "APT_"))}
    with open(os.path.join(home, "wgetrc"), "w"):
        pass
    env.update(HOME=home, LC_ALL="C.UTF-8", WGETRC=os.path.join(home, "wgetrc"), CURL_HOME=home, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1",
               GIT_TERMINAL_PROMPT="0")
    env.update(more)
    return env


def run(t, *argv, ok=(0,), cwd=None, data=None, limit=LONG, **env):
    """Runs a client to its end; its standard output."""
    done = subprocess.run(argv, cwd=cwd or t.dir, env=clean_environment(t.dir, **env), input=data,
                          stdin=None if data is not None else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=limit)
    if ok is not None and done.returncode not in ok:
        raise Failure(f"{' '.join(argv)[:500]}\nended with {done.returncode}\n{done.stdout[-2000:].decode('utf-8', 'replace')}\n"
                      f"{done.stderr[-2000:].decode('utf-8', 'replace')}")
    return done.stdout


def served(t, files, **options):
    """A server of these files, which are not new; below /slow/ they take their time."""
    server = t.server("[location slow]\npath = /slow\nroot = @\nstrip = yes\nlimit_rate = 1m/s".replace("@", t.files(files)),
                      root=t.path("www"), **options)
    age(*(os.path.join(server.root, name) for name in files))
    return server


def break_off(t, server, out, *argv):
    """Runs a client until it has written something to out, and ends it there; how much it has."""
    client = subprocess.Popen(argv, cwd=t.dir, env=clean_environment(t.dir), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        until(f"{argv[0]} wrote something", lambda: os.path.exists(out) and os.path.getsize(out) > 0)
    finally:
        client.send_signal(signal.SIGTERM)
        client.wait(LONG)
    server.left_nothing()
    return os.path.getsize(out)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def tree_of(root):
    """Every file beneath root that a server held to it may serve: name -> path.  And the links that lead out."""
    root = os.path.realpath(root)
    inside, outside = {}, []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            real = os.path.realpath(path)
            if name.startswith(".") or not os.path.isfile(path):
                continue
            absolute = os.path.islink(path) and os.readlink(path).startswith("/")
            if real.startswith(root + "/") and not absolute:
                inside[short] = path
            else:
                outside.append(short)
    return inside, outside
