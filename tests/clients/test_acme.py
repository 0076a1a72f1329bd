#!/usr/bin/python3
"""A certificate of an authority that asks for a proof over HTTP: dehydrated, and Debian's pebble."""

import contextlib
import json
import os
import ssl
import subprocess
import sys
import threading

from clients import PROGRAM, built_with, case, clean_environment, main, need, read, run, tls_context, until

if not built_with("libssl"):
    print("1..0 # SKIP this tinyhttpd was built without OpenSSL")
    sys.exit(0)

NAMES = ("acme.test", "www.acme.test")

# What the manual's example has: the web root for the proof, and after each new certificate a reload.
HOOK = """#!/bin/sh
case $1 in
deploy_cert) exec %s -c %s reload ;;
esac
"""


def start(t, *argv, **env):
    """A program that runs until the case is over; what it says is in a file of its name."""
    with open(t.path(os.path.basename(argv[0]) + ".log"), "wb") as log:
        process = subprocess.Popen(argv, cwd=t.dir, env=clean_environment(t.dir, **env), stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log)

    def end():
        process.kill()
        process.wait()
    t.defer(end)
    return process


def port_of(process, protocol):
    """The port on which the process waits, which the kernel chose: neither program says it."""
    def look():
        mine = set()
        for fd in os.listdir(f"/proc/{process.pid}/fd"):
            with contextlib.suppress(OSError):
                mine.add(os.readlink(f"/proc/{process.pid}/fd/{fd}"))
        with open(f"/proc/{process.pid}/net/{protocol}", encoding="ascii") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        waiting = {"tcp": "0A", "udp": "07"}[protocol]
        return [int(row[1].split(":")[1], 16) for row in rows if row[3] == waiting and f"socket:[{row[9]}]" in mine]
    return until(f"{process.args[0]} waits on {protocol}", look)[0]


def authority(t, http_port):
    """pebble, which asks for proofs on that port of 127.0.0.1; the address of its directory."""
    names = start(t, "pebble-challtestsrv", "-dns01", "127.0.0.1:0", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "",
                  "-https01", "", "-tlsalpn01", "", "-management", "127.0.0.1:0")
    t.certificate("pebble", ("127.0.0.1",))
    config = {"listenAddress": "127.0.0.1:0", "managementListenAddress": "", "certificate": t.path("pebble.pem"),
              "privateKey": t.path("pebble.key"), "httpPort": http_port, "tlsPort": 9}
    t.write("pebble.json", json.dumps({"pebble": config}))
    pebble = start(t, "pebble", "-config", t.path("pebble.json"), "-dnsserver", f"127.0.0.1:{port_of(names, 'udp')}",
                   PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0", PEBBLE_AUTHZREUSE="0")
    return f"https://127.0.0.1:{port_of(pebble, 'tcp')}/dir"


def dehydrated(t, server, directory):
    """Gives a function that runs it: dehydrated(ARGUMENT...)."""
    hook = t.write("hook", HOOK % (PROGRAM, server.config))
    os.chmod(hook, 0o755)
    t.write("domains.txt", " ".join(NAMES) + "\n")
    t.write("dehydrated.conf", f"""CA={directory}
        BASEDIR={t.dir}
        WELLKNOWN={server.root}/.well-known/acme-challenge
        HOOK={hook}
        CURL_OPTS="--cacert {t.path('pebble.pem')}"
        KEY_ALGO=prime256v1
        KEYSIZE=2048
        """)
    return lambda *arguments: run(t, "dehydrated", "--config", t.path("dehydrated.conf"), *arguments)


class Visitors:
    """Clients that ask without a pause, one on a connection that lasts, one on a new one each time."""

    def __init__(self, server):
        self.server, self.over, self.answers, self.failures = server, threading.Event(), 0, []
        self.threads = [threading.Thread(target=self.visit, args=(each,)) for each in (self.lasting, self.new)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def visit(self, each):
        try:
            while not self.over.is_set():
                each()
        except Exception as error:		# whatever it is, a visitor would have seen it
            self.failures.append(repr(error))

    def connect(self):
        return self.server.connect(1, tls=tls_context(), name=NAMES[1])

    def ask(self, client):
        response = client.ask("/", host=NAMES[1])
        assert response.status == 200 and response.body == b"hello", response
        self.answers += 1
        return response

    def lasting(self):
        """Until the server says that the connection ends."""
        with self.connect() as client:
            while not self.over.is_set() and not self.ask(client).closes:
                pass

    def new(self):
        with self.connect() as client:
            self.ask(client)


def presented(t, server, name):
    """The certificate that a client gets which believes the authority only."""
    context = tls_context(t.path("certs", NAMES[0], "chain.pem"))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with server.connect(1, tls=context, name=name) as client:
        assert client.ask("/", host=name).body == b"hello"
        return client.socket.tls.getpeercert(True)


def written(t):
    return ssl.PEM_cert_to_DER_cert(read(t.path("certs", NAMES[0], "cert.pem")).decode())


@case("a certificate is issued and renewed under way, through the web root and a reload, and nobody notices")
def _(t):
    need("pebble", "pebble-challtestsrv", "dehydrated", "curl")
    own = t.certificate("own", NAMES)
    where = t.path("certs", NAMES[0])
    os.makedirs(where)
    for name, source in (("fullchain.pem", own), ("privkey.pem", t.path("own.key"))):
        os.symlink(source, os.path.join(where, name))
    server = t.server(f"""[host {NAMES[0]}]
        names = {' '.join(NAMES)}
        https = redirect
        certificate = {where}/fullchain.pem
        certificate_key = {where}/privkey.pem
        """, listen=("127.0.0.1:0", "127.0.0.1:0 tls"), files={"index.html": "hello", ".well-known/acme-challenge/": ""})
    client = dehydrated(t, server, authority(t, server.port))
    with Visitors(server) as visitors:
        client("--register", "--accept-terms")
        seen = []
        for more in ((), ("--force",)):
            before = visitors.answers
            client("--cron", *more)
            for name in NAMES:
                assert presented(t, server, name) == written(t)
            seen.append(written(t))
            until("visitors came after the reload", lambda: visitors.failures or visitors.answers > before + 10)
    assert seen[0] != seen[1], "it was not renewed"
    assert not visitors.failures, visitors.failures


main()
