"""peers - the wire tests' harness, and web servers of other people with configurations that mean the same as ours.

Each serves one folder, with the same index files, character set, entity-tags, limits and compression.  What else it
does is what it does when nobody says anything, and its media types are those it comes with or the system's.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "wire"))

from harness import (LIMIT, ROOT, Failure, Skip, as_user, case, die_with_parent, main, need_user,	# noqa: E402,F401
                     until)
from questions import BODY_SIZE, FILES									# noqa: E402

TEXT = "text/html text/plain text/css text/csv text/markdown text/javascript text/xml".split()
COMPRESSED = TEXT + ["application/" + name for name in (
    "json javascript xml xhtml+xml rss+xml atom+xml manifest+json ld+json wasm").split()] + ["image/svg+xml"]

NGINX_TYPES = "/etc/nginx/mime.types"
SYSTEM_TYPES = "/etc/mime.types"
LIGHTTPD_DEFLATE = "/usr/lib/lighttpd/mod_deflate.so"
APACHE_MODULES = "/usr/lib/apache2/modules"


# ---------------------------------------------------------------- their configurations

def nginx(folder, root, port):
    return f"""
        daemon off;
        master_process off;
        pid {folder}/pid;
        events {{ worker_connections 512; }}
        http {{
            include {NGINX_TYPES};
            default_type application/octet-stream;
            charset utf-8;
            charset_types {' '.join(t for t in TEXT if t != 'text/html')};
            access_log off;
            {' '.join(f'{name}_temp_path {folder}/{name};' for name in 'client_body proxy fastcgi uwsgi scgi'.split())}
            client_max_body_size {BODY_SIZE};
            gzip on;
            gzip_comp_level 5;
            gzip_min_length 1024;
            gzip_vary on;
            gzip_types {' '.join(t for t in COMPRESSED if t != 'text/html')};
            server {{
                listen 127.0.0.1:{port};
                root {root};
                index index.html index.htm;
            }}
        }}
        """


def lighttpd(folder, root, port):
    types = {ext: kind + ("; charset=utf-8" if kind in TEXT else "") for ext, kind in system_types().items()}
    return f"""
        server.modules = ( "mod_indexfile", "mod_staticfile", "mod_deflate" )
        server.document-root = "{root}"
        server.bind = "127.0.0.1"
        server.port = {port}
        server.errorlog = "{folder}/error.log"
        server.upload-dirs = ( "{folder}" )
        server.max-request-size = {BODY_SIZE // 1024}
        server.http-parseopts = ( "method-get-body" => "enable" )
        server.feature-flags = ( "server.h2c" => "disable" )
        index-file.names = ( "index.html", "index.htm" )
        mimetype.assign = ( {', '.join(f'".{ext}" => "{kind}"' for ext, kind in types.items())},
                            "" => "application/octet-stream" )
        deflate.mimetypes = ( {', '.join(f'"{t}"' for t in COMPRESSED)} )
        deflate.allowed-encodings = ( "gzip" )
        deflate.compression-level = 5
        deflate.min-compress-size = 1024
        deflate.max-loadavg = "100000"
        """


def apache(folder, root, port):
    modules = "mpm_event authz_core mime dir filter deflate".split()
    return "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in modules) + f"""
        ServerName site.test
        ServerRoot {folder}
        DefaultRuntimeDir {folder}
        PidFile {folder}/pid
        ErrorLog {folder}/error.log
        Listen 127.0.0.1:{port}
        StartServers 1
        TypesConfig {SYSTEM_TYPES}
        AddDefaultCharset utf-8
        AddCharset utf-8 .css .csv .md .mjs .js
        LimitRequestBody {BODY_SIZE}
        DocumentRoot {root}
        DirectoryIndex index.html index.htm
        <Directory {root}>
            Options FollowSymLinks
            AllowOverride None
            Require all granted
        </Directory>
        AddOutputFilterByType DEFLATE {' '.join(COMPRESSED)}
        DeflateCompressionLevel 5
        """


def system_types():
    """The endings in the system's list of media types that the questions need."""
    wanted = {name.rsplit(".", 1)[-1] for name in FILES}
    with open(SYSTEM_TYPES) as f:
        lines = [line.split("#")[0].split() for line in f]
    return {ext: words[0] for words in lines for ext in words[1:] if ext in wanted}


class Kind:
    """program  its name
    needs    path -> the package that has it
    config   the text, from a folder of its own, the root and the port
    argv     what starts it in the foreground as one process, from that folder and the configuration's path"""

    def __init__(self, program, needs, config, argv):
        self.program, self.needs, self.config, self.argv = program, needs, config, argv

    def path(self):
        return shutil.which(self.program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


PEERS = {
    "nginx": Kind("nginx", {NGINX_TYPES: "nginx-common"}, nginx,
                  lambda folder, conf: ["-p", folder, "-e", f"{folder}/error.log", "-c", conf]),
    "lighttpd": Kind("lighttpd", {SYSTEM_TYPES: "media-types", LIGHTTPD_DEFLATE: "lighttpd-mod-deflate"}, lighttpd,
                     lambda folder, conf: ["-D", "-f", conf]),
    "apache": Kind("apache2", {SYSTEM_TYPES: "media-types", APACHE_MODULES: "apache2-bin"}, apache,
                   lambda folder, conf: ["-X", "-f", conf]),
}


def why_not(name, version):
    """Why this peer cannot be asked, in words; or None."""
    kind = PEERS[name]
    if kind.path() is None:
        return f"{kind.program} is not installed"
    for path, package in kind.needs.items():
        if not os.path.exists(path):
            return f"{name} lacks {path}, of the package {package}"
    said = subprocess.run([kind.path(), "-v"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=LIMIT).stdout
    found = re.search(r"/(\d[\d.]*)", said)
    if found is None or not (found[1] + ".").startswith(version + "."):
        return f"{name} is {found[1] if found else 'of no known version'}, and its answers are known of {version} only"
    return None


# ---------------------------------------------------------------- running one

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Peer:
    """A server of that name, which answers by now; user runs it, or who runs the test for None."""

    def __init__(self, name, folder, root, user):
        self.name, self.kind, self.folder = name, PEERS[name], folder
        os.mkdir(folder)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        for _ in range(20):		# a port that was free may be taken a moment later
            self.start(root, free_port(), user)
            if until(f"{name} answers or ends", self.state) == "answers":
                return
            if "in use" not in self.words():
                break
        raise Failure(f"{name} ended with {self.process.returncode}\n{self.words()}")

    def start(self, root, port, user):
        self.port = port
        conf = os.path.join(self.folder, "conf")
        with open(conf, "w") as f:
            f.write(self.kind.config(self.folder, root, port))
        with open(os.path.join(self.folder, "output"), "wb") as out:
            self.process = subprocess.Popen([self.kind.path(), *self.kind.argv(self.folder, conf)], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            preexec_fn=die_with_parent, **as_user(user))

    def state(self):
        """answers, ended, or None for neither."""
        if self.process.poll() is not None:
            return "ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), LIMIT) as s:
            s.sendall(b"GET /probe.txt HTTP/1.0\r\n\r\n")
            if s.recv(5) == b"HTTP/" and self.process.poll() is None:
                return "answers"
        return None

    def words(self):
        text = ""
        for name in ("output", "error.log"):
            with contextlib.suppress(OSError), open(os.path.join(self.folder, name), errors="replace") as f:
                text += f.read()[-4000:]
        return text

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
