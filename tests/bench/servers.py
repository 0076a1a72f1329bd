"""servers - who is measured: how each is configured to serve static files at its best, started and stopped.

All get the same folder, one worker where that can be said, because they have one processor, and
no limit on the requests of a connection.  What is tuned beyond their defaults stands in each
configuration; what was tried and did not help is said beside it.
"""

import contextlib
import ctypes
import dataclasses
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import answers
from cases import HOST

ROOT = os.geteuid() == 0
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
START_SECONDS = 30
STOP_SECONDS = 5
IDLE_SECONDS = 75
LF = "\n"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin"


class Failure(Exception):
    """A server that cannot be measured, in words."""


@dataclasses.dataclass
class Setup:
    """What a case wants of a server."""
    root: str				# the folder to serve
    connections: int
    log: bool = False			# an access log, in the combined format where it has one
    gzip: bool = False
    large: bool = False			# files so large that the first packet does not matter
    certificate: str = ""		# for TLS, with its key in the same file
    http2: bool = False
    limit_options: tuple = ()		# for the limit program only
    inspected: bool = False		# runs in valgrind, which needs more than a sandbox leaves


class Server:
    """A kind of server.  configure() writes what it needs into a folder and gives its command."""

    name = ""
    programs = ()
    package = ""
    version_option = "-v"
    parses = True			# answers any request, not only those it was prepared for

    def __init__(self, program=None):
        self.program = program or next(filter(None, (shutil.which(p, path=PATH) for p in self.programs)), None)

    def absent(self):
        """Why it cannot be measured, or None."""
        return None if self.program else f"not installed (on Debian: apt install {self.package})"

    def version(self):
        done = subprocess.run([self.program, self.version_option], capture_output=True, text=True, errors="replace",
                              timeout=START_SECONDS)
        found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
        return found[0] if found else "?"

    def configure(self, setup, folder, port):
        raise NotImplementedError


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


class Tinyhttpd(Server):
    name = "tinyhttpd"

    def __init__(self, program, name="tinyhttpd"):
        super().__init__(program)
        self.name = name

    def absent(self):
        return None if os.access(self.program, os.X_OK) else f"there is no program at {self.program}"

    def configure(self, setup, folder, port):
        access = f"{folder}/access.log combined" if setup.log else "off"
        user = "user = root" if ROOT else ""
        path = write(folder, "tinyhttpd.ini", f"""\
[server]
listen = 127.0.0.1:{port}{" tls" if setup.certificate else ""}
{user}
control = off
workers = 1
root = {setup.root}
max_connections = {setup.connections + 100}
keepalive_requests = 0
keepalive_timeout = {IDLE_SECONDS}s
backlog = 4096

[log]
access = {access}
error = stderr notice
{f"[tls]{LF}certificate = {setup.certificate}{LF}certificate_key = {setup.certificate}{LF}" if setup.certificate else ""}""")
        if setup.inspected and self.has_sandbox(path):
            with open(path, "a") as f:
                f.write("[server]\nsandbox = off\n")
        return [self.program, "-c", path]

    def has_sandbox(self, path):
        """An older one that it is compared with has none."""
        run = subprocess.run([self.program, "-c", path, "dump"], capture_output=True, text=True, check=False)
        return re.search(r"(?m)^\s*sandbox\b", run.stdout) is not None


class Limit(Server):
    """The bare loop; the case says what it answers."""

    name, parses = "limit", False

    def absent(self):
        return None if os.access(self.program, os.X_OK) else f"there is no program at {self.program}"

    def version(self):
        return ""

    def configure(self, setup, folder, port):
        return [self.program, "-p", str(port), *setup.limit_options]


class Nginx(Server):
    """sendfile off was dearer at every size; tcp_nopush only pays where the body is large."""

    name, programs, package = "nginx", ("nginx",), "nginx-light"

    def configure(self, setup, folder, port):
        access = f"{folder}/access.log combined buffer=64k flush=1s" if setup.log else "off"
        path = write(folder, "nginx.conf", f"""\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
{"user root;" if ROOT else ""}
worker_processes 1;
worker_rlimit_nofile {setup.connections + 4000};
events {{
    worker_connections {setup.connections + 200};
    accept_mutex off;
    multi_accept on;
}}
http {{
    types {{ text/plain txt; image/jpeg jpg; application/octet-stream bin; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log {access};
    sendfile on;
    tcp_nopush {"on" if setup.large else "off"};
    keepalive_timeout {IDLE_SECONDS}s;
    keepalive_requests 4000000000;
    open_file_cache max=10000 inactive=1h;
    open_file_cache_valid 1s;
    open_file_cache_min_uses 1;
    reset_timedout_connection on;
    gzip {"on" if setup.gzip else "off"};
    gzip_comp_level 5;
    gzip_types text/plain;
    server {{
        listen 127.0.0.1:{port} {"ssl" if setup.certificate else ""} {"http2" if setup.http2 else ""} backlog=4096;
        {f"ssl_certificate {setup.certificate}; ssl_certificate_key {setup.certificate}; ssl_protocols TLSv1.3;" if setup.certificate else ""}
        root {setup.root};
    }}
}}
""")
        return [self.program, "-c", path, "-p", folder, "-e", "stderr"]


class Lighttpd(Server):
    name, programs, package = "lighttpd", ("lighttpd",), "lighttpd"

    def configure(self, setup, folder, port):
        modules, more = [], ""
        if setup.log:
            modules.append("mod_accesslog")
            more += f'accesslog.filename = "{folder}/access.log"\n'
        if setup.gzip:
            modules.append("mod_deflate")
            os.makedirs(f"{folder}/deflated", exist_ok=True)
            more += (f'deflate.cache-dir = "{folder}/deflated"\n'
                     'deflate.mimetypes = ("text/plain")\ndeflate.allowed-encodings = ("gzip")\n'
                     'deflate.params = ("gzip" => 5)\n')
        if setup.certificate:
            modules.append("mod_openssl")
            more += f'ssl.engine = "enable"\nssl.pemfile = "{setup.certificate}"\n'
        path = write(folder, "lighttpd.conf", f"""\
server.document-root = "{setup.root}"
server.bind = "127.0.0.1"
server.port = {port}
server.listen-backlog = 4096
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.stat-cache-engine = "simple"
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = {IDLE_SECONDS}
server.max-connections = {setup.connections + 200}
server.max-fds = {min(setup.connections * 2 + 4000, 65535)}
server.modules = ({", ".join(f'"{m}"' for m in modules)})
mimetype.assign = (".txt" => "text/plain", ".jpg" => "image/jpeg", ".bin" => "application/octet-stream")
{more}""")
        return [self.program, "-D", "-f", path]


class H2o(Server):
    """Its keys stay in the process that uses them (neverbleed off), as everybody else's do."""

    name, programs, package = "h2o", ("h2o",), "h2o"

    def configure(self, setup, folder, port):
        tls = f"""\
      ssl:
        certificate-file: {setup.certificate}
        key-file: {setup.certificate}
        neverbleed: OFF
""" if setup.certificate else ""
        path = write(folder, "h2o.conf", f"""\
{"user: root" if ROOT else ""}
num-threads: 1
num-name-resolution-threads: 1
max-connections: {setup.connections + 200}
tcp-fastopen: 0
http1-request-timeout: {IDLE_SECONDS}
temp-buffer-path: {folder}
{f"access-log: {folder}/access.log" if setup.log else ""}
{"compress: {gzip: 5}" if setup.gzip else ""}
hosts:
  default:
    listen:
      host: 127.0.0.1
      port: {port}
{tls}    paths:
      /:
        file.dir: {setup.root}
""")
        return [self.program, "-c", path]


class Apache(Server):
    name, programs, package = "apache", ("apache2", "httpd"), "apache2-bin"
    threads = 128		# with fewer it closes kept-alive connections under load
    modules = ("mpm_event", "authz_core", "mime", "deflate", "filter")

    def configure(self, setup, folder, port):
        where = next((d for d in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules") if os.path.isdir(d)), "modules")
        needed = [*self.modules, *(["socache_shmcb", "ssl"] if setup.certificate else []), *(["http2"] if setup.http2 else [])]
        modules = "\n".join(f"LoadModule {m}_module {where}/mod_{m}.so" for m in needed)
        tls = f"SSLEngine on\nSSLCertificateFile {setup.certificate}\nSSLSessionCache shmcb:{folder}/sessions\n" if setup.certificate else ""
        tls += "Protocols h2 http/1.1\n" if setup.http2 else ""
        log = (f'LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" combined\n'
               f"CustomLog {folder}/access.log combined\nBufferedLogs On\n") if setup.log else ""
        path = write(folder, "apache.conf", f"""\
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
ListenBackLog 4096
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
{modules}
{"User www-data" if ROOT else ""}
{"Group www-data" if ROOT else ""}
StartServers 1
ServerLimit 1
ThreadLimit {self.threads}
ThreadsPerChild {self.threads}
MaxRequestWorkers {self.threads}
MinSpareThreads 1
MaxSpareThreads {self.threads}
MaxConnectionsPerChild 0
AsyncRequestWorkerFactor {setup.connections // 32 + 20}
KeepAlive On
KeepAliveTimeout {IDLE_SECONDS}
MaxKeepAliveRequests 0
EnableSendfile On
EnableMMAP On
HostnameLookups Off
{tls}{log}TypesConfig /dev/null
AddType text/plain .txt
AddType image/jpeg .jpg
DocumentRoot {setup.root}
<Directory />
    AllowOverride None
    Options FollowSymLinks
    Require all granted
    {"SetOutputFilter DEFLATE" if setup.gzip else ""}
</Directory>
{"DeflateCompressionLevel 5" if setup.gzip else ""}
""")
        return [self.program, "-d", folder, "-f", path, "-D", "FOREGROUND"]


class Caddy(Server):
    name, programs, package, version_option = "caddy", ("caddy",), "caddy", "version"

    def configure(self, setup, folder, port):
        log = f"log {{\n output file {folder}/access.log\n level INFO\n }}" if setup.log else ""
        path = write(folder, "Caddyfile", f"""\
{{
    admin off
    auto_https off
    storage file_system {folder}
    log default {{
        level ERROR
    }}
}}
{"https" if setup.certificate else "http"}://:{port} {{
    bind 127.0.0.1
    {f"tls {setup.certificate} {setup.certificate}" if setup.certificate else ""}
    root * {setup.root}
    {"encode gzip" if setup.gzip else ""}
    file_server
    {log}
}}
""")
        return [self.program, "run", "--config", path, "--adapter", "caddyfile"]


PEERS = (Nginx, Lighttpd, H2o, Apache, Caddy)


# ---------------------------------------------------------------- a running one

def become(processor):
    """In a child: it runs there, and ends with us."""
    os.sched_setaffinity(0, {processor})
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Running:
    """A server that runs, in a session of its own, on one processor."""

    def __init__(self, server, setup, folder, port, processor, wrap=()):
        os.makedirs(folder, exist_ok=True)
        self.name, self.port, self.folder = server.name, port, folder
        self.words = os.path.join(folder, "output")
        command = [*wrap, *server.configure(setup, folder, port)]
        with open(self.words, "ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=os.path.dirname(folder),
                start_new_session=True, preexec_fn=lambda: become(processor),
                env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder})
        try:
            self._wait_ready(server.parses, setup.certificate)
        except BaseException:
            self.stop()
            raise

    def _wait_ready(self, parses, certificate):
        tls = answers.believing(certificate)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failure(f"{self.name} did not start: {self.last_words()}")
            with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.settimeout(START_SECONDS)
                if tls:
                    tls.wrap_socket(s, server_hostname=HOST).close()
                    return
                s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" if parses else b"")
                if not parses or s.recv(1):
                    return
            time.sleep(0.005)
        raise Failure(f"{self.name} does not answer after {START_SECONDS} s")

    def last_words(self):
        with open(self.words, errors="replace") as f:
            return f.read().strip()[-300:].replace("\n", " / ") or f"exit status {self.process.poll()}"

    def alive(self):
        return self.process.poll() is None

    def processes(self):
        """Its process numbers: all of its session."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as f:
                    words = f.read().rpartition(")")[2].split()
                    if int(words[3]) == self.process.pid and words[0] != "Z":
                        found.append(int(entry))
        return found

    def stop(self):
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
