#!/usr/bin/python3
"""The hand-over of connections, proved by spin: each is served once, nobody sleeps for ever, nothing is lost
at a reload, and no more than must be where somebody is killed, in every order in which the steps of the threads
can come (handoff.pml).

And the proof is worth something: leave one step out of the model, and it fails.
"""

import os
import shutil
import subprocess
import sys
import tempfile

MODEL = os.path.join(os.environ.get("SRCDIR", "."), "tests/model/handoff.pml")

# As many as show everything: with more nothing new happens, and it takes minutes.
CROWD = {"WORKERS": 2, "CONNECTIONS": 3, "MOST": 1, "EVENT": "QUIET"}
FULL = {"WORKERS": 1, "CONNECTIONS": 3, "MOST": 3, "EVENT": "QUIET"}
RELOAD = {"WORKERS": 1, "CONNECTIONS": 3, "MOST": 3, "EVENT": "RELOAD"}
CROWDED_RELOAD = {"WORKERS": 1, "CONNECTIONS": 3, "MOST": 1, "EVENT": "RELOAD"}
KILLED = {"WORKERS": 1, "CONNECTIONS": 2, "MOST": 3, "EVENT": "KILLED"}
ORPHANED = {"WORKERS": 1, "CONNECTIONS": 3, "MOST": 3, "EVENT": "ORPHANED"}

PROOFS = [
    ("two workers, and an acceptor that waits for endings: every connection is served", CROWD),
    ("a queue that is full: every connection is served", FULL),
    ("a reload while the queue is full: every connection is served, and the old generation leaves", RELOAD),
    ("a reload while the acceptor waits for an ending: the same", CROWDED_RELOAD),
    ("a generation that is killed at any moment: only what it had accepted can be lost", KILLED),
    ("a supervisor that is killed: what was accepted is served, and the generation leaves", ORPHANED),
]

MUTANTS = [
    ("workers that nobody wakes", "no_wake_up", CROWD),
    ("a worker that looks before it says that it sleeps", "looks_before_sleep", CROWD),
    ("a full queue that nobody looks at again", "no_second_choice", FULL),
    ("a worker that makes room and tells nobody", "tells_no_room", FULL),
    ("an acceptor that waits for an ending and does not count again", "waits_unseen", CROWD),
    ("a worker that looks whether the acceptor waits before it counts", "looks_before_count", CROWD),
    ("a socket in the acceptor's hand that a stop forgets", "held_is_dropped", RELOAD),
    ("a worker that leaves with something in its lane", "leaves_its_lane", RELOAD),
    ("an old generation that drains before the new one is ready", "drains_first", RELOAD),
    ("a worker that leaves with something in its lane, without a supervisor", "leaves_its_lane", ORPHANED),
    ("nobody in the place of one that was killed", "stays_dead", KILLED),
]


def run(folder, *command):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def verify(mutant, bounds):
    """What pan says of the model: its errors, and all its words."""
    with tempfile.TemporaryDirectory() as folder:
        macros = [f"-D{name}={value}" for name, value in {"MUTANT": mutant, **bounds}.items()]
        words = run(folder, "spin", *macros, "-a", MODEL)
        text = words.stdout + words.stderr
        if os.path.exists(os.path.join(folder, "pan.c")):
            # A mutant fails soon, so compiling well would take longer than it saves.
            text += run(folder, "cc", "-O1" if mutant == "nothing" else "-O0", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c").stderr
            # Who waits for what never comes is no end that spin must not see (-E): the model's last line sees it.
            text += run(folder, "./pan", "-E", "-m100000").stdout
    for line in text.splitlines():
        if "errors:" in line and "max search depth too small" not in text:
            return int(line.rsplit(":", 1)[1]), text
    return None, text


def main():
    if not shutil.which("spin") or not shutil.which("cc"):
        print("1..0 # SKIP spin or cc is missing (on Debian: apt install spin gcc)")
        return 0
    cases = [(name, "nothing", bounds, 0) for name, bounds in PROOFS]
    cases += [(f"the model notices {name}", mutant, bounds, 1) for name, mutant, bounds in MUTANTS]
    failed = 0
    print(f"1..{len(cases)}")
    for number, (name, mutant, bounds, wanted) in enumerate(cases, 1):
        errors, text = verify(mutant, bounds)
        good = errors == wanted
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
        if not good:
            print("".join(f"# {line}\n" for line in text.splitlines()), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
