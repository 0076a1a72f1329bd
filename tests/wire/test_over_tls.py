#!/usr/bin/python3
"""What holds for plain connections holds for those with TLS: other wire tests, run again with TINYHTTPD_TLS=1."""

import sys

from again import run_again
from harness import built_with

FILES = ("bodies", "changes", "conditions", "connection", "fields", "files", "gzip", "pages", "parsing", "ranges")

# Cases that mean something else with TLS, or whose client does not go through the harness.
APART = {
    "421: absolute-form with https in the clear": "with TLS it is answered",
    "a root that vanishes is 503 for that host only, and comes back by itself": "its clients name no host in the handshake",
    "a root that is replaced by a file or a closed folder harms that host only": "its clients name no host in the handshake",
    "thousands of pipelined requests are all answered while the client reads slowly": "it writes to the socket itself",
}

if not built_with("libssl"):
    print("1..0 # SKIP this tinyhttpd was built without OpenSSL")
    sys.exit(0)

run_again(FILES, APART, TINYHTTPD_TLS="1")
