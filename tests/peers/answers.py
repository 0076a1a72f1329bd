"""answers - one question to one server, and what of its answer can be compared with another's.

Servers are read leniently here: what is not as it should be becomes a word in the comparison,
never an error.  The wire tests are those that read ours strictly.
"""

import contextlib
import gzip
import hashlib
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from peers import LIMIT, Failure
from questions import FILES, Question, get

# Seconds of silence until a client that waits for an answer goes on to its probe.  A server that
# says nothing waits for more of the request, and is given it; it makes no difference when.
PAUSE = 2

PROBE = get("/probe.txt", "Connection: close").encode()


# ---------------------------------------------------------------- reading

class Message:
    """One response, interim ones too.  status is a number as text, or what is there instead of a head."""

    def __init__(self, status, fields=(), body=b""):
        self.status, self.fields, self.body, self.whole = status, fields, body, True

    def get(self, name):
        values = [v for n, v in self.fields if n == name.lower()]
        return ", ".join(values) if values else None


def take(data, method, eof):
    """The first message in data and the bytes behind it; None if more has to come."""
    head, found, rest = data.partition(b"\r\n\r\n")
    match = re.match(rb"HTTP/1\.[01] (\d\d\d)", data)
    if not (match and found):
        return (Message("head cut off" if match else "no head", body=data), b"") if eof else None
    fields = []
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        fields.append((name.lower(), value.strip()))
    message = Message(match[1].decode(), fields)
    if message.status[0] == "1" or message.status in ("204", "304") or method == "HEAD":	# RFC 9112 6.3
        return message, rest
    if (message.get("Transfer-Encoding") or "").lower() == "chunked":
        return take_chunks(message, rest, eof)
    size = message.get("Content-Length")
    size = int(size) if size is not None else len(rest) if eof else len(rest) + 1
    if len(rest) < size and not eof:
        return None
    message.body, message.whole = rest[:size], len(rest) >= size
    return message, rest[size:]


def take_chunks(message, rest, eof):
    while True:
        line, found, behind = rest.partition(b"\r\n")
        size = int(line.split(b";")[0], 16) if found else 0
        if not found or len(behind) < size + 2:
            message.whole = False
            return (message, b"") if eof else None
        message.body += behind[:size]
        rest = behind[size + 2:]
        if size == 0:
            return message, rest


def take_all(data, methods, eof):
    """Every message in data, and whether all that were asked for are among them."""
    found, due = [], list(methods)
    while data:
        taken = take(data, due[0] if due else "GET", eof)
        if taken is None:
            break
        message, data = taken
        found.append(message)
        if message.status[0] != "1" and due:
            due.pop(0)
    return found, not due


class Talk:
    """A connection and all that came over it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.received = b""

    def say(self, data):
        with contextlib.suppress(ConnectionError):		# it may have closed already
            self.socket.sendall(data)

    def end(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def more(self, limit):
        self.socket.settimeout(limit)
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            return False
        self.received += data
        return bool(data)


def talk(port, question, data):
    """Asks; the messages that came, and whether the connection was good for another request (None: not asked)."""
    it = Talk(port)
    with it.socket:
        it.say(data)
        if not question.ends:
            with contextlib.suppress(TimeoutError):
                while not take_all(it.received, question.methods, False)[1] and it.more(PAUSE):
                    pass
            it.say(PROBE)
        it.end()
        while it.more(LIMIT):
            pass
    found, _ = take_all(it.received, question.methods, True)
    if question.ends:
        return found, None
    kept = bool(found) and found[-1].body == FILES["probe.txt"]
    return found[:-1] if kept else found, kept


# ---------------------------------------------------------------- comparing

SETS = ("Vary", "Accept-Ranges", "Allow", "Cache-Control", "Content-Encoding", "Upgrade")	# of words, in any order

DOCUMENT = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Location", "Last-Modified", "ETag", "Vary",
            "Accept-Ranges", "Allow", "Cache-Control")
OTHER = ("Content-Range", "Retry-After", "Allow", "WWW-Authenticate", "Upgrade", "Vary", "Accept-Ranges",
         "Last-Modified", "ETag")


def value_of(message, name):
    value = message.get(name)
    if value is None:
        return "-"
    if name == "ETag":
        return "weak" if value.startswith("W/") else "strong"
    if name in SETS:
        return ", ".join(sorted({w.strip().lower() for w in value.split(",") if w.strip()}))
    return value


def few_words(data):
    return f"{len(data)} bytes {hashlib.sha256(data).hexdigest()[:8]}"


def content(message):
    """The bytes of a document, uncompressed."""
    if not message.whole:
        return "cut off"
    if message.get("Content-Encoding") not in ("gzip", "x-gzip"):
        return few_words(message.body)
    try:
        return few_words(gzip.decompress(message.body))
    except (EOFError, OSError):
        return "not gzip"


def parts(message, method):
    """What came of a file, as one or several parts: 0-4/20, 6-8/20 as text/plain, and the bytes of all."""
    found = [(message.get("Content-Range"), message.get("Content-Type"), message.body)]
    boundary = re.match(r'multipart/byteranges; *boundary="?([^";]+)', message.get("Content-Type") or "")
    if boundary:
        found = []
        for part in (b"\r\n" + message.body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
            head, _, data = part.partition(b"\r\n\r\n")
            fields = dict(line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line)
            found.append((fields.get("content-range"), fields.get("content-type"), data))
    shown = []
    for where, _, data in found:
        match = re.fullmatch(r"bytes (\d+)-(\d+)/\d+", where or "")
        right = match and message.whole and (method == "HEAD" or len(data) == int(match[2]) - int(match[1]) + 1)
        shown.append(where.removeprefix("bytes ") if right else f"wrong: {where} with {len(data)} bytes")
    text = ", ".join(shown) if len(shown) < 5 else f"{shown[0]} ... {len(shown)} parts"
    types = " and ".join(sorted({kind or "-" for _, kind, _ in found}))
    return f"{text} as {types}, {few_words(b''.join(data for _, _, data in found))}"


def seen_in(message, method):
    """Name -> value of what can be compared in a message; what it has not is not there."""
    if message.status == "206":
        seen = {name: value_of(message, name) for name in DOCUMENT if name not in ("Content-Type", "Content-Length")}
        seen["parts"] = parts(message, method)
    elif message.status[0] == "2" or message.status == "304":
        seen = {name: value_of(message, name) for name in DOCUMENT}
        if message.status == "200" and method != "HEAD":
            seen["content"] = content(message)
        if seen["Content-Encoding"] != "-":
            del seen["Content-Length"]		# the compressor's making
    elif message.status.isdigit():
        seen = {name: value_of(message, name) for name in OTHER}
        seen["page"] = value_of(message, "Content-Type")	# its words are each server's own
        seen["Location"] = location(message)
    else:
        seen = {"content": few_words(message.body)}
    return {name: value for name, value in seen.items() if value != "-"}


def location(message):
    """Path and query only: whether it is absolute, and by which name, is each server's own."""
    if message.get("Location") is None:
        return "-"
    where = urlsplit(message.get("Location"))
    path = re.sub("%..", lambda m: m[0].upper(), where.path)		# RFC 3986 6.2.2.1
    return path + ("?" + where.query if where.query else "")


class Answer:
    """status      of each message, in their order
    connection  kept, closed, or nothing where the client ended it
    seen        what is in each message but the interim ones"""

    def __init__(self, messages, kept, methods):
        final = [m for m in messages if m.status[0] != "1"]
        self.status = " ".join(m.status for m in messages) or "nothing"
        self.connection = {True: " kept", False: " closed", None: ""}[kept]
        self.seen = [seen_in(m, method) for m, method in zip(final, list(methods) + ["GET"] * len(final))]

    def differences(self, other):
        """(name, ours, theirs) of each.  Fields of answers with another status have nothing in common."""
        ours, theirs = self.status + self.connection, other.status + other.connection
        found = [("answer", ours, theirs)] if ours != theirs else []
        if self.status == other.status:
            for a, b in zip(self.seen, other.seen):
                same_coding = a.get("Content-Encoding") == b.get("Content-Encoding")
                for name in sorted(set(a) | set(b)):
                    if name in ("Content-Length", "Accept-Ranges", "ETag") and not same_coding:
                        continue			# these follow from the coding
                    if a.get(name) != b.get(name):
                        found.append((name, a.get(name, "-"), b.get(name, "-")))
        return list(dict.fromkeys(found))


# ---------------------------------------------------------------- one server, every question

class Interview:
    """Asks one server everything, several connections at a time: question -> Answer in answers."""

    def __init__(self, name, port, questions):
        self.name, self.port = name, port
        self.tags, self.lock = {}, threading.Lock()
        with ThreadPoolExecutor(8) as pool:
            self.answers = dict(zip((q.name for q in questions), pool.map(self.ask, questions)))

    def ask(self, question):
        try:
            data = re.sub(rb"\{(gzip tag|tag|opaque|bare) (/[^}]*)\}",
                          lambda m: self.tag(m[1].decode(), m[2].decode()).encode(), question.data)
            return Answer(*talk(self.port, question, data), question.methods)
        except Exception as e:
            raise Failure(f"{self.name} was asked {question.name!r}") from e

    def tag(self, kind, path):
        """The server's own entity-tag, in the way the question wants it."""
        coding = "gzip" if kind == "gzip tag" else "identity"
        with self.lock:
            if (coding, path) not in self.tags:
                asked = Question("a tag", get(path, f"Accept-Encoding: {coding}"))
                self.tags[coding, path] = talk(self.port, asked, asked.data)[0][0].get("ETag")
            tag = self.tags[coding, path]
        return {"opaque": tag.removeprefix("W/"), "bare": tag.removeprefix("W/").strip('"')}.get(kind, tag)
