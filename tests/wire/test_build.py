#!/usr/bin/python3
"""What a build can do depends on the libraries it was made with, and it says so."""

import subprocess

from harness import PROGRAM, case, main

NEEDS_OPENSSL = {
    'auth = "x" users': "which passwords need",
    "signed_links = secret": "which signatures need",
    "etag = content": "which tags of the content need",
    "listen = 127.0.0.1:0 tls": "which tls needs",
}


def links(library):
    return library in subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout


for line, words in NEEDS_OPENSSL.items():
    @case(f"{line} works, or is refused with words where OpenSSL is missing")
    def _(t, line=line, words=words):
        t.write("users", "a:$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n")
        t.write("secret", "0123456789abcdef\n")
        done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\n{line}\n"))
        if links("libcrypto") and "tls" in line:
            assert done.returncode == 1 and "tls needs a certificate" in done.stderr and "x.ini:3:" in done.stderr, done
        elif links("libcrypto"):
            assert done.returncode == 0, done
        else:
            assert done.returncode == 1 and f"built without OpenSSL, {words}" in done.stderr and "x.ini:3:" in done.stderr, done


@case("the version says whether TLS is there")
def _(t):
    said = t.run("version").stdout
    assert ("with TLS by OpenSSL 3." if links("libcrypto") else "without TLS") in said, said


@case("HTTP/2 works, or is refused with words where nghttp2 is missing, and the version says which")
def _(t):
    for section, line, words in (("server", "listen = 127.0.0.1:0 h2c", "which h2c needs"), ("tls", "http2 = on", "which HTTP/2 needs")):
        done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\n[{section}]\n{line}\n"))
        if links("libnghttp2"):
            assert done.returncode == 0, done
        else:
            assert done.returncode == 1 and f"built without nghttp2, {words}" in done.stderr and "x.ini:4:" in done.stderr, done
    said = t.run("version").stdout
    assert ("with HTTP/2 by nghttp2 1." if links("libnghttp2") else "without HTTP/2") in said, said


@case("files whose times say nothing have a tag in every build")
def _(t):
    server = t.server(files={"x": "x"})
    subprocess.run(["touch", "-d", "@1", server.root + "/x"], check=True)
    first = server.get("/x")
    assert first["ETag"] and "Last-Modified" not in first, first
    assert server.get("/x", f"If-None-Match: {first['ETag']}").status == 304


main()
