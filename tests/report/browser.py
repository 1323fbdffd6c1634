"""A browser without a window, driven through two pipes by the protocol of its developer tools."""

import fcntl
import json
import os
import subprocess
import tempfile

BROWSER = "chromium-headless-shell"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", "--remote-debugging-pipe", "about:blank"]


def high(fd):
    """The same above those that the browser looks for."""
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD, 10)
    os.close(fd)
    return copy


class Browser:
    """With one page. What it says beside its answers is in events."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory()
        read, self.into = map(high, os.pipe())
        self.out, write = map(high, os.pipe())

        def wire():
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
            [BROWSER, "--user-data-dir=" + self.home.name] + ARGUMENTS, preexec_fn=wire, close_fds=True,
            pass_fds=(3, 4, read, write), env=dict(os.environ, HOME=self.home.name),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read)
        os.close(write)
        self.number, self.events, self.left, self.session = 0, [], b"", None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.ask(domain + ".enable")

    def close(self):
        self.session = None
        self.ask("Browser.close")
        self.process.wait()
        os.close(self.into)
        os.close(self.out)
        self.home.cleanup()

    def receive(self):
        while b"\0" not in self.left:
            data = os.read(self.out, 1 << 20)
            if not data:
                raise EOFError("the browser has gone")
            self.left += data
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.into, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def of(self, *methods):
        return [event for event in self.events if event.get("method") in methods]

    def open(self, path, width=1400, height=900, dark=False):
        self.events = []
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.show(dark)
        self.ask("Page.navigate", url="file://" + path)
        self.wait("Page.loadEventFired")
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def show(self, dark=False, media=""):
        self.ask("Emulation.setEmulatedMedia", media=media,
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def run(self, script):
        """The value of an expression, or of its promise."""
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"].get("description"))
        return result["result"].get("value")

    def press(self, key, code):
        for kind in "keyDown", "keyUp":
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                     **{"text": "\r"} if kind == "keyDown" and key == "Enter" else {})
