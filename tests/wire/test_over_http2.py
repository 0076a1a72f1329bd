#!/usr/bin/python3
"""What a site says it says in HTTP/2 as well: other wire tests, run again with TINYHTTPD_HTTP2=1."""

import sys

from again import run_again
from harness import Skip, need_http2

FILES = ("bodies", "changes", "conditions", "etags", "fields", "files", "gzip", "hosts", "methods", "pages", "precompressed", "ranges",
         "rewrite", "signed_links")

# Cases that mean something else there, or whose client does not go through the harness.
READS = "its client reads the bytes of HTTP/1"
APART = {
    "413: a length over body_size is refused before the body, and the connection closes": "a stream ends, and the connection stays",
    "a refusal comes instead of 100, not behind it": "a stream ends, and the connection stays",
    "an early refusal is not lost while the client still sends megabytes": "a stream ends, and the connection stays",
    "a client that half-closes in the middle of a body gets 400 or a close, and no answer to what it did not send":
        "there is no half-close",
    "a file of more than 100 MiB arrives whole, and the next answer behind it": READS,
    "a file that grows while it is sent is sent as long as it was": READS,
    "a root that is switched by renaming a symlink is noticed without a reload": READS,
    "a large file is compressed as it is sent, with bounded memory, while others are served": READS,
    "rewrite: the log shows the original target, explain the line and both paths": "its log line says HTTP/1.1",
}

try:
    need_http2()
except Skip as skip:
    print(f"1..0 # SKIP {skip}")
    sys.exit(0)

run_again(FILES, APART, TINYHTTPD_HTTP2="1")
