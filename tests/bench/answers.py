"""answers - reads responses as they are on the wire, to compare them with what they should be."""

import socket
import ssl
import subprocess

LIMIT = 30		# seconds before any wait is given up


class Broken(Exception):
    """A response that is none."""


class Response:
    def __init__(self, head, raw_body, body):
        self.head, self.raw_body, self.body = head, raw_body, body
        line, *fields = head.decode("latin-1").split("\r\n")[:-2]
        self.status = int(line.split(" ")[1])
        self.fields = [tuple(f.split(":", 1)) for f in fields]

    def get(self, name):
        return next((v.strip() for n, v in self.fields if n.lower() == name), None)

    @property
    def raw(self):
        return self.head + self.raw_body


def by_http2(port, authority, host, target, fields):
    """What curl(1) gets over HTTP/2; its head is what HTTP/1 would make of it."""
    command = ["curl", "-q", "-sS", "-i", "--http2", "--cacert", authority, "--max-time", str(LIMIT),
               "--connect-to", f"::127.0.0.1:{port}", *(word for f in fields for word in ("-H", f)), f"https://{host}{target}"]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError as e:
        raise Broken("curl is not installed") from e
    head, mark, body = done.stdout.partition(b"\r\n\r\n")
    if done.returncode != 0 or not head.startswith(b"HTTP/2 "):
        raise Broken(f"no answer over HTTP/2: {head[:80]!r} {done.stderr.decode(errors='replace').strip()}")
    return Response(head + mark, body, body)


def believing(authority):
    """What a client needs to speak TLS with whoever has a certificate by that authority; None = in the clear."""
    return authority and ssl.create_default_context(cafile=authority)


class Connection:
    def __init__(self, port, tls=None, host=None):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise Broken(f"the connection ended behind {self.buffer[-80:]!r}")
        self.buffer += data

    def _to(self, mark):
        while mark not in self.buffer:
            self._more()
        found, _, self.buffer = self.buffer.partition(mark)
        return found + mark

    def _exactly(self, size):
        while len(self.buffer) < size:
            self._more()
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def response(self):
        head = self._to(b"\r\n\r\n")
        try:
            response = Response(head, b"", b"")
        except (ValueError, IndexError) as e:
            raise Broken(f"not a head: {head[:80]!r}") from e
        length = response.get("content-length")
        if response.status in (204, 304):
            pass
        elif response.get("transfer-encoding") == "chunked":
            response.raw_body, response.body = self._chunked()
        elif length is not None:
            response.raw_body = response.body = self._exactly(int(length))
        else:
            raise Broken("a response that does not say where it ends")
        return response

    def _chunked(self):
        raw, body = [], []
        while True:
            line = self._to(b"\r\n")
            size = int(line.split(b";")[0], 16)
            data = self._exactly(size + 2)
            raw += [line, data]
            body.append(data[:-2])
            if size == 0:
                return b"".join(raw), b"".join(body)

    def at_end(self):
        """Whether the server says nothing more and closes."""
        return not self.buffer and not self.socket.recv(1)
