"""A real browser (headless Chromium) as a test's peer, steered over its DevTools protocol: opens a page, evaluates
expressions in it, remembers every error and every violation of the Content-Security-Policy."""

import asyncio
import itertools
import json
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.request

import websockets
from websockets.legacy.client import connect  # the one client that Debian 12's and 13's versions both have

from harness.simulator import SCALE, wait_until

PROGRAM = shutil.which("chromium")


class Browser:
    """with Browser() as browser: browser.open(url); browser.evaluate("document.title")"""

    def __init__(self, width=1300, height=1600):
        self.profile = tempfile.TemporaryDirectory()
        self.ids = itertools.count(1)
        self.replies = {}
        self.errors = []
        self.loop = asyncio.new_event_loop()
        self.connected = threading.Event()
        self.thread = None
        self.process = subprocess.Popen(
            [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-port=0", f"--window-size={width},{height}",
             f"--user-data-dir={self.profile.name}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def _devtools(self):
        for line in self.process.stderr:
            match = re.search(r"DevTools listening on ws://([^/]+)/", line)
            if match:
                return match.group(1)
        raise AssertionError("the browser ended before it could be steered")

    async def _run(self, url):
        async with connect(url, max_size=None, ping_interval=None) as self.socket:
            self.connected.set()
            try:
                async for message in self.socket:
                    self._take(json.loads(message))
            except websockets.WebSocketException:
                pass  # the browser has ended

    def _take(self, message):
        if "id" in message:
            self.replies[message["id"]].put(message)
        elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] in ("error", "warning"):
            self.errors.append(message["params"]["entry"]["text"])
        elif message["method"] == "Runtime.exceptionThrown":
            self.errors.append(message["params"]["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif message["method"] == "Runtime.consoleAPICalled" and message["params"]["type"] == "error":
            self.errors.append(" ".join(str(arg.get("value", arg.get("description"))) for arg in message["params"]["args"]))

    def call(self, method, **params):
        number = next(self.ids)
        self.replies[number] = queue.Queue()
        asyncio.run_coroutine_threadsafe(
            self.socket.send(json.dumps({"id": number, "method": method, "params": params})), self.loop).result(10 * SCALE)
        reply = self.replies[number].get(timeout=30 * SCALE)
        del self.replies[number]
        assert "error" not in reply, reply
        return reply["result"]

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def open(self, url):
        self.call("Page.navigate", url=url)

    def wait(self, expression, what):
        return wait_until(lambda: self.evaluate(expression), what, 30)

    def __enter__(self):
        try:
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _connect(self):
        host = self._devtools()
        threading.Thread(target=self.process.stderr.read, daemon=True).start()  # or its pipe fills
        with urllib.request.urlopen(f"http://{host}/json/list") as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.thread = threading.Thread(target=self.loop.run_until_complete, daemon=True,
                                       args=(self._run(page["webSocketDebuggerUrl"]),))
        self.thread.start()
        assert self.connected.wait(20 * SCALE), "the browser's page cannot be steered"
        for domain in ("Page", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def __exit__(self, *exc):
        self.process.terminate()
        try:
            self.process.wait(20 * SCALE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.thread is not None:
            self.thread.join(20 * SCALE)
        self.loop.close()
        self.profile.cleanup()
