#!/usr/bin/python3
"""The same requests to nginx, lighttpd, Apache and us: what differs has a reason in differences.py."""

import os
from concurrent.futures import ThreadPoolExecutor

from answers import Interview
from differences import ACCEPTED, VERSIONS, explain, propose
from peers import PEERS, ROOT, Failure, Peer, Skip, case, main, need_user, until, why_not
from questions import QUESTIONS, plant

ABSENT = {name: why for name in PEERS if (why := why_not(name, VERSIONS[name]))}
PRESENT = [name for name in PEERS if name not in ABSENT]


def ask_everybody(t):
    """Who -> question -> answer.  Nobody runs as root, whom no file is closed to."""
    user = need_user() if ROOT else None
    root = t.path("www")
    plant(root)
    t.defer(os.chmod, os.path.join(root, "private"), 0o700)
    server = t.server(root=root, user=None, run_as=user, access="off", control="off")
    # The file that was written last; then no tag is weak because its file is too young.
    until("a strong entity-tag", lambda: server.get("/probe.txt")["ETag"].startswith('"'))
    ports = {"us": server.port}
    for name in PRESENT:
        peer = Peer(name, t.path(name), root, user)
        t.defer(peer.stop)
        ports[name] = peer.port
    with ThreadPoolExecutor(len(ports)) as pool:
        found = pool.map(lambda name: Interview(name, ports[name], QUESTIONS).answers, ports)
        return dict(zip(ports, found))


_answers = None


def answers(t):
    """They are asked once, by the first case that wants to know."""
    global _answers
    if _answers is None:
        try:
            _answers = ask_everybody(t)
        except (AssertionError, OSError) as e:
            _answers = e
            raise
    if isinstance(_answers, Exception):
        raise Failure("the servers could not be asked, see the first case that failed")
    return _answers


def unexplained(found, question):
    lines = []
    for peer in PRESENT:
        for name, ours, theirs in found["us"][question].differences(found[peer][question]):
            if explain(question, peer, (name, ours, theirs)) is None:
                lines.append(f"{peer}: {name} is {ours!r} here and {theirs!r} there\n"
                             f"    {propose(question, peer, (name, ours, theirs))}")
    return lines


for peer in PEERS:
    @case(f"{peer} is asked")
    def _(t, peer=peer):
        if peer in ABSENT:
            raise Skip(ABSENT[peer])
        assert len(answers(t)[peer]) == len(QUESTIONS)


if PRESENT:
    for question in QUESTIONS:
        @case(f"{question.name}: as others do, or for a reason")
        def _(t, question=question):
            lines = unexplained(answers(t), question.name)
            if lines:
                raise Failure("mend it, or give the reason in tests/peers/differences.py:\n" + "\n".join(lines))

    @case("every reason still has something to explain")
    def _(t):
        if ABSENT:
            raise Skip("; ".join(ABSENT.values()))
        for question in QUESTIONS:
            unexplained(answers(t), question.name)
        left = [f"{a.peer}, {a.question!r}: {a.difference}" for a in ACCEPTED if not a.used]
        if left:
            raise Failure("take these out of tests/peers/differences.py:\n" + "\n".join(left))


main()
