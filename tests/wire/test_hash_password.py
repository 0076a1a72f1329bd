#!/usr/bin/python3
"""tinyhttpd hash-password: from a pipe, and from a terminal that does not show it."""

import base64
import os
import pty
import re
import select
import signal
import subprocess
import termios

from harness import PROGRAM, Failure, Skip, case, main, until

YESCRYPT = r"\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{43}"


def piped(*names, password=b"open sesame\n"):
    return subprocess.run([PROGRAM, "hash-password", *names], input=password, capture_output=True, timeout=60)


# tinyhttpd(8): "On a terminal it asks twice and shows nothing; from a pipe it takes the first line."
@case("a pipe: the first line becomes a hash, with the name before it where one is given")
def _(t):
    done = piped()
    assert done.returncode == 0 and re.fullmatch(YESCRYPT + "\n", done.stdout.decode()) and not done.stderr, done
    again = piped()
    assert again.stdout != done.stdout, "the salt is not random"
    done = piped("ann", password=b"open sesame\nand more\n")
    assert done.returncode == 0 and re.fullmatch("ann:" + YESCRYPT + "\n", done.stdout.decode()), done


@case("the hash opens what auth protects, for that password only")
def _(t):
    t.write("users", piped("ann", password="sésame:\r\n".encode()).stdout)
    config = t.write("x.ini", f'[server]\nroot = {t.files({"x": "x"})}\nauth = "x" users\n')
    if "built without OpenSSL" in t.run("check", config=config).stderr:
        raise Skip("built without OpenSSL")
    for password, status in (("sésame:", "200"), ("sesame:", "401"), ("sésame", "401")):
        sent = "Authorization: Basic " + base64.b64encode(f"ann:{password}".encode()).decode()
        done = t.run("explain", "/x", "-H", sent, config=config)
        assert re.search(rf"^status +{status} ", done.stdout, re.M), (password, done)


for what, names, password, words in (
        ("nothing", (), b"", "there is no password"), ("an empty line", (), b"\n", "there is no password"),
        ("too long a password", (), b"x" * 512 + b"\n", "at most 511 bytes"), ("a NUL", (), b"a\0b\n", "no NUL"),
        ("a colon in the name", ("a:b",), b"x\n", "has no colon"), ("an empty name", ("",), b"x\n", "not empty"),
        ("a comment for a name", ("#x",), b"x\n", "does not begin with '#'")):
    @case(f"refused: {what}")
    def _(t, names=names, password=password, words=words):
        done = piped(*names, password=password)
        assert done.returncode == 1 and words in done.stderr.decode() and not done.stdout, done


class Terminal:
    """The command on a terminal of its own, as a person sees it."""

    def __init__(self, *names):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(PROGRAM, [PROGRAM, "hash-password", *names])
        self.seen = ""

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def expect(self, words):
        def look():
            if select.select([self.fd], [], [], 0)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode()
                except OSError as e:
                    raise Failure(f"it ended; seen: {self.seen!r}") from e
            return words in self.seen
        until(f"{words!r} on the terminal", look)

    def type(self, text):
        until("the terminal shows nothing", lambda: not self.echoes())
        os.write(self.fd, text.encode())

    def end(self):
        status = None
        while status is None:
            try:
                self.seen += os.read(self.fd, 4096).decode()
            except OSError:
                status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return status


@case("a terminal: asked twice, shown never")
def _(t):
    terminal = Terminal("ann")
    terminal.expect("Password: ")
    terminal.type("open sesame\n")
    terminal.expect("The same again: ")
    terminal.type("open sesame\n")
    assert os.waitstatus_to_exitcode(terminal.end()) == 0, terminal.seen
    assert re.search("ann:" + YESCRYPT, terminal.seen) and "sesame" not in terminal.seen, terminal.seen


@case("a terminal: two different passwords are none")
def _(t):
    terminal = Terminal()
    terminal.expect("Password: ")
    terminal.type("open sesame\n")
    terminal.expect("The same again: ")
    terminal.type("open sesam\n")
    assert os.waitstatus_to_exitcode(terminal.end()) == 1 and "two different passwords" in terminal.seen, terminal.seen


@case("a terminal: whoever interrupts has a terminal that shows what is typed")
def _(t):
    terminal = Terminal()
    terminal.expect("Password: ")
    until("the terminal shows nothing", lambda: not terminal.echoes())
    # the same terminal, held open beyond the command
    held = os.open(os.readlink(f"/proc/{terminal.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)
    os.write(terminal.fd, b"\x03")
    status = os.waitpid(terminal.pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) == -signal.SIGINT, status
    assert termios.tcgetattr(held)[3] & termios.ECHO
    os.close(held)
    os.close(terminal.fd)


main()
