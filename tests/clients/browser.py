"""browser - Chromium without a window, driven over the pipe it offers for that.

    page = open_page(t)
    page.look(390, dark=True)
    page.open(f"http://127.0.0.1:{server.port}/")
    assert page.ask("document.title") == "Welcome"

One browser serves all cases of a file and ends with it; every page has a cache and a history of its own.
The browser can name this machine only.  The pipe carries JSON, a NUL behind each message; when its other
end is gone, Chromium ends by itself.
"""

import atexit
import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

from clients import LIMIT, Failure, clean_environment, need
from harness import die_with_parent

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio",
         "--autoplay-policy=no-user-gesture-required", "--hide-scrollbars", "--remote-debugging-pipe",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")


class Browser:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tinyhttpd-browser-")
        self.buffer, self.last_id, self.listeners = b"", 0, {}
        theirs_in, self.writer = os.pipe()
        self.reader, theirs_out = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (theirs_in, theirs_out)]	# clear of 3 and 4
        os.close(theirs_in)
        os.close(theirs_out)

        def before():
            die_with_parent()
            os.dup2(ends[0], 3)		# where it reads
            os.dup2(ends[1], 4)		# where it writes

        with open(os.path.join(self.dir, "stderr"), "wb") as err:
            self.process = subprocess.Popen(["chromium", *FLAGS, f"--user-data-dir={self.dir}/profile", "about:blank"],
                                            stdin=subprocess.DEVNULL, stdout=err, stderr=err, env=clean_environment(self.dir),
                                            cwd=self.dir, preexec_fn=before, pass_fds=(3, 4), start_new_session=True)
        for fd in ends:
            os.close(fd)

    def evidence(self):
        with open(os.path.join(self.dir, "stderr"), "rb") as f:
            return f.read()[-2000:].decode("utf-8", "replace")

    def end(self):
        try:
            with contextlib.suppress(OSError, Failure):
                self.tell("Browser.close")
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        finally:
            os.close(self.reader)
            os.close(self.writer)
            shutil.rmtree(self.dir, ignore_errors=True)

    def message(self, end):
        """The next message, or a failure at that time."""
        while b"\0" not in self.buffer:
            if not select.select([self.reader], [], [], max(0, end - time.monotonic()))[0]:
                raise Failure("the browser does not answer")
            data = os.read(self.reader, 1 << 20)
            if not data:
                raise Failure("the browser has ended\n" + self.evidence())
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def hear(self, end):
        """Takes a message; an event goes to the page that it is about."""
        message = self.message(end)
        if "method" in message and message.get("sessionId") in self.listeners:
            self.listeners[message["sessionId"]].events.append(message)
        return message

    def tell(self, method, session=None, **params):
        """A command and its result."""
        self.last_id += 1
        command = {"id": self.last_id, "method": method, "params": params}
        if session:
            command["sessionId"] = session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self.writer, data):]
        end = time.monotonic() + LIMIT
        while True:
            message = self.hear(end)
            if message.get("id") == command["id"]:
                if "error" in message:
                    raise Failure(f"{method}: {message['error']}")
                return message["result"]


class Page:
    def __init__(self, browser):
        self.browser, self.events = browser, []
        self.context = browser.tell("Target.createBrowserContext")["browserContextId"]
        target = browser.tell("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.listeners[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.tell(domain + ".enable")

    def close(self):
        del self.browser.listeners[self.session]
        if self.browser.process.poll() is None:
            self.browser.tell("Target.disposeBrowserContext", browserContextId=self.context)

    def tell(self, method, **params):
        return self.browser.tell(method, self.session, **params)

    def heard(self, method):
        return [e["params"] for e in self.events if e["method"] == method]

    def hear_more(self, end, words):
        try:
            self.browser.hear(end)
        except Failure as failure:
            raise Failure(f"{failure}: {words}") from None

    def wait(self, method):
        end = time.monotonic() + LIMIT
        while not self.heard(method):
            self.hear_more(end, f"no {method}")

    def look(self, width=1280, height=900, dark=False):
        """As on a screen of that width, by somebody who likes it light or dark."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        """Goes there; back when everything has loaded."""
        self.follow(lambda: self.tell("Page.navigate", url=url))

    def follow(self, step):
        """Does what leads to another page; back when everything there has loaded."""
        self.events.clear()
        step()
        self.wait("Page.loadEventFired")

    def ask(self, expression):
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = self.tell("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise Failure(f"{expression[:200]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key, code):
        for kind in ("rawKeyDown", "keyUp"):
            self.tell("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def answers(self, wanted=()):
        """What was asked for since the page was opened: path -> (status, type); waits for the wanted paths."""
        end = time.monotonic() + LIMIT
        while True:
            responses = [e["response"] for e in self.heard("Network.responseReceived")]
            found = {"/" + r["url"].split("/", 3)[3]: (r["status"], r["mimeType"])
                     for r in responses if r["url"].startswith("http")}
            if set(wanted) <= set(found):
                return found
            self.hear_more(end, f"nobody asked for {set(wanted) - set(found)}")

    def complaints(self):
        """What a developer would see in red in the console."""
        found = [e["entry"]["text"] + " " + e["entry"].get("url", "") for e in self.heard("Log.entryAdded")
                 if e["entry"]["level"] in ("error", "warning")]
        found += [e["exceptionDetails"]["text"] for e in self.heard("Runtime.exceptionThrown")]
        found += [str(e["args"]) for e in self.heard("Runtime.consoleAPICalled") if e["type"] in ("error", "warning", "assert")]
        return found

    def picture(self, path, whole=True):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.tell("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))


_browser = None


def open_page(t):
    """A new page of the one browser; closed with the case."""
    global _browser
    need("chromium")
    if _browser is None or _browser.process.poll() is not None:
        if _browser is None:
            atexit.register(lambda: _browser.end())
        _browser = Browser()
    page = Page(_browser)
    t.defer(page.close)
    return page
