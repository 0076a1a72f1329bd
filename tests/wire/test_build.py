#!/usr/bin/python3
"""What a build can do depends on the libraries it was made with, and it says so."""

import os
import re
import subprocess

from harness import PROGRAM, Skip, built_with, case, main

NEEDS_OPENSSL = {
    'auth = "x" users': "which passwords need",
    "signed_links = secret": "which signatures need",
    "etag = content": "which tags of the content need",
    "listen = 127.0.0.1:0 tls": "which tls needs",
}


for line, words in NEEDS_OPENSSL.items():
    @case(f"{line} works, or is refused with words where OpenSSL is missing")
    def _(t, line=line, words=words):
        t.write("users", "a:$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n")
        t.write("secret", "0123456789abcdef\n")
        done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\n{line}\n"))
        if built_with("libcrypto") and "tls" in line:
            assert done.returncode == 1 and "tls needs a certificate" in done.stderr and "x.ini:3:" in done.stderr, done
        elif built_with("libcrypto"):
            assert done.returncode == 0, done
        else:
            assert done.returncode == 1 and f"built without OpenSSL, {words}" in done.stderr and "x.ini:3:" in done.stderr, done


@case("the version says whether TLS is there")
def _(t):
    said = t.run("version").stdout
    assert ("with TLS by OpenSSL 3." if built_with("libcrypto") else "without TLS") in said, said


@case("HTTP/2 works, or is refused with words where nghttp2 is missing, and the version says which")
def _(t):
    for section, line, words in (("server", "listen = 127.0.0.1:0 h2c", "which h2c needs"), ("tls", "http2 = on", "which HTTP/2 needs")):
        done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\n[{section}]\n{line}\n"))
        if built_with("libnghttp2"):
            assert done.returncode == 0, done
        else:
            assert done.returncode == 1 and f"built without nghttp2, {words}" in done.stderr and "x.ini:4:" in done.stderr, done
    said = t.run("version").stdout
    assert ("with HTTP/2 by nghttp2 1." if built_with("libnghttp2") else "without HTTP/2") in said, said


@case("files whose times say nothing have a tag in every build")
def _(t):
    server = t.server(files={"x": "x"})
    subprocess.run(["touch", "-d", "@1", server.root + "/x"], check=True)
    first = server.get("/x")
    assert first["ETag"] and "Last-Modified" not in first, first
    assert server.get("/x", f"If-None-Match: {first['ETag']}").status == 304


def mapped(pid):
    """The libraries that a process has in memory."""
    with open(f"/proc/{pid}/maps") as f:
        return set(re.findall(r"/(lib\w+)\.so", f.read()))


OPTIONAL = {"libssl", "libcrypto", "libbrotlienc", "libzstd"}


@case("a library is loaded by whom the configuration makes need it, and by the supervisor never")
def _(t):
    server = t.server(files={"x": "x"})
    assert server.get("/x").status == 200
    assert not mapped(server.supervisor) & OPTIONAL, mapped(server.supervisor)
    assert mapped(server.pid) & OPTIONAL <= {"libcrypto"}, mapped(server.pid)
    if not built_with("libssl"):
        return
    t.certificate("own", ("127.0.0.1",))
    server = t.server("[tls]\ncertificate = own.pem\ncertificate_key = own.key\n", files={"x": "x"},
                      listen=("127.0.0.1:0", "127.0.0.1:0 tls"))
    assert server.get("/x").status == 200
    assert not mapped(server.supervisor) & OPTIONAL, mapped(server.supervisor)
    assert {"libssl", "libcrypto"} <= mapped(server.pid), mapped(server.pid)


def broken(t, library):
    """Where a program finds one in place of the library that is none."""
    with open(PROGRAM, "rb") as f:
        name = re.search(rb'"(%s\.so[^"]*)"' % library.encode(), f.read())
    if not name:
        raise Skip(f"built without {library}")
    folder = t.path("no-" + library)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name[1].decode()), "w"):
        return {"LD_LIBRARY_PATH": folder}


@case("a library that cannot be loaded is named, with the line that needs it, and nothing is started")
def _(t):
    for library, line, words in (("libssl", "listen = 127.0.0.1:0 tls", "which tls needs"),
                                 ("libcrypto", "listen = 127.0.0.1:0 tls", "which tls needs"),
                                 ("libcrypto", "etag = content", "which tags of the content need")):
        config = t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\n{line}\n")
        for command in ("check",), ():
            done = t.run(*command, config=config, env=broken(t, library))
            assert done.returncode == 1 and "x.ini:3:" in done.stderr, done
            assert "there is no OpenSSL here (" in done.stderr and library in done.stderr and words in done.stderr, done


@case("precompress does without a coding whose library cannot be loaded, and says so")
def _(t):
    root = t.files({"page.txt": "again and again " * 1000})
    done = t.run("precompress", root, env=broken(t, "libbrotlienc"))
    assert done.returncode == 0 and "no .br files are made: there is no Brotli here (" in done.stderr, done
    assert os.path.exists(root + "/page.txt.gz") and not os.path.exists(root + "/page.txt.br"), os.listdir(root)


main()
