"""A real api-node as a test's peer: starts it, speaks REST, raw HTTP and WebSocket with it, stops it by pid.

Every secret that a test gives to the node is remembered in SECRETS: stop() looks for them in all that it has logged.
"""

import asyncio
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

import websockets
from websockets.legacy.client import connect  # the one client that Debian 12's and 13's versions both have

try:
    from websockets.legacy.exceptions import InvalidStatusCode
except ImportError:  # before version 14
    from websockets.exceptions import InvalidStatusCode

from harness import contract
from harness.scheduler import SECRET_KEY, free_port
from harness.simulator import SCALE, build_dir, wait_until

ADMIN_PASSWORD = "admin-password-1"
PROXY_PASSWORD = "endpointpw12"
KEY_PREFIX = "KSECRET"
SECRETS = (SECRET_KEY, ADMIN_PASSWORD, PROXY_PASSWORD, KEY_PREFIX, "upstreampw")
JSON = "application/json"


class Answer:
    """Status, headers (lower case; repeated ones joined by a comma), body bytes, and the body as JSON where it is some."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {}
        for name, value in headers:
            name = name.lower()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message_id(self):
        return self.json["message_id"]

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Caller:
    """Somebody who calls one node: with a cookie (a browser), a bearer token, or nothing."""

    def __init__(self, node, session=None, bearer=False):
        self.node, self.session, self.bearer = node, session, bearer

    def call(self, method, path, body=None, timeout_s=30, raw_body=None, **headers):
        """Headers by name with _ for -. On a connection of its own. `body` becomes JSON, `raw_body` goes as it is. The
        answer must be as the contract says."""
        sent = {}
        if self.session:
            sent["Authorization" if self.bearer else "Cookie"] = (
                f"Bearer {self.session}" if self.bearer else f"session_id={self.session}")
        if method != "GET":
            sent["Content-Type"] = JSON
        sent.update({name.replace("_", "-"): value for name, value in headers.items() if value is not None})
        for name in [name for name, value in headers.items() if value is None]:
            sent.pop(name.replace("_", "-"), None)
        data = raw_body if raw_body is not None else None if body is None else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=timeout_s * SCALE)
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        contract.check_answer(method, path, data, answer)
        return answer

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path, body, **headers):
        return self.call("PUT", path, body, **headers)

    def delete(self, path, **headers):
        return self.call("DELETE", path, **headers)

    def on(self, node):
        """The same session at another node."""
        return Caller(node, self.session, self.bearer)

    def proxy(self, proxy_id):
        answer = self.get(f"/api/proxies/{proxy_id}")
        return answer.json if answer.status == 200 else None

    def add_static(self, name="fixed", upstream="http://127.0.0.1:9", **fields):
        answer = self.post("/api/proxies", {"key_name": name, "provider": "static", "upstream": upstream, **fields})
        assert answer.status == 201, answer
        return answer.json

    def live(self, **options):
        return Live(self, **options)


class Live:
    """A browser's WebSocket: collects what it is told. with caller.live() as live: live.wait(type="proxy")"""

    def __init__(self, caller, origin="same", path="/api/ws", **options):
        self.caller, self.path, self.options = caller, path, options
        self.origin = f"http://127.0.0.1:{caller.node.port}" if origin == "same" else origin
        self.messages, self.times = [], []
        self.refused = self.close_code = None
        self.broken = None  # the first frame that is not as the contract says
        self.opened, self.ended = threading.Event(), threading.Event()
        self.loop = asyncio.new_event_loop()
        self.socket = None

    async def _run(self):
        headers = {}
        if self.caller.session:
            headers["Authorization" if self.caller.bearer else "Cookie"] = (
                f"Bearer {self.caller.session}" if self.caller.bearer else f"session_id={self.caller.session}")
        options = {"ping_interval": None, "compression": None, "max_size": None, "open_timeout": 20 * SCALE,
                   **self.options}
        try:
            self.socket = await connect(
                f"ws://127.0.0.1:{self.caller.node.port}{self.path}", origin=self.origin, extra_headers=headers, **options)
            self.opened.set()
            async for message in self.socket:
                self.times.append(time.monotonic())
                frame = json.loads(message)
                try:
                    contract.check_frame(frame)
                except AssertionError as e:
                    self.broken = self.broken or e
                self.messages.append(frame)
        except InvalidStatusCode as e:
            self.refused = e.status_code
        except (OSError, websockets.WebSocketException) as e:
            self.refused = self.refused or repr(e)
        finally:
            if self.socket is not None:
                self.close_code = self.socket.close_code
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            if rest:
                await asyncio.wait(rest, timeout=2)
            self.ended.set()
            self.opened.set()

    def __enter__(self):
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),), daemon=True)
        self.thread.start()
        assert self.opened.wait(20 * SCALE), "the WebSocket neither opened nor was refused"
        return self

    def __exit__(self, *exc):
        if self.socket is not None and not self.ended.is_set():
            asyncio.run_coroutine_threadsafe(self.socket.close(), self.loop)
        self.ended.wait(20 * SCALE)
        self.thread.join(20 * SCALE)
        self.loop.close()
        if self.broken and exc[0] is None:
            raise self.broken

    def send(self, text):
        asyncio.run_coroutine_threadsafe(self.socket.send(text), self.loop).result(5 * SCALE)

    def of(self, kind):
        return [m for m in list(self.messages) if m["type"] == kind]

    def wait(self, kind, matches=lambda m: True, timeout_s=10):
        """The first message of this type that matches; waits for it."""
        return wait_until(lambda: next((m for m in self.of(kind) if matches(m)), None), f"a {kind} message", timeout_s)

    def wait_proxy(self, proxy_id, **fields):
        def matches(m):
            return m["proxy"]["id"] == proxy_id and all(m["proxy"][k] == v for k, v in fields.items())
        return self.wait("proxy", matches)["proxy"]

    def wait_end(self, timeout_s=10):
        wait_until(self.ended.is_set, "the WebSocket ends", timeout_s)
        return self.close_code


class ApiNode:
    """with ApiNode(redis) as node: node.login().get("/api/proxies")"""

    names = itertools.count(1)

    def __init__(self, redis, node_id=None, **environment):
        """Options of the program by name in lower case; None leaves one unset."""
        self.node_id = node_id or f"api-{next(self.names)}"
        self.port, self.metrics_port = free_port(), free_port()
        self.process = None
        self.log_file = tempfile.TemporaryFile()
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}" if redis else "redis://127.0.0.1:1",
            "REDIS_PREFIX": redis.prefix if redis else "{kp}:",
            "SECRET_KEY": SECRET_KEY,
            "NODE_ID": self.node_id,
            "API_PORT": str(self.port),
            "METRICS_PORT": str(self.metrics_port),
            "BIND_ADDRESS": "127.0.0.1",
            "ADMIN_PASSWORD": ADMIN_PASSWORD,
            "DOMAIN": "example.com",
            "LOG_LEVEL": "debug",
            "UPSTREAM_ALLOW_PRIVATE": "true",
            "NOTIFY_ALLOW_PRIVATE": "true",
            "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:quarantine_size_mb=8",
        }
        for name, value in environment.items():
            if value is None:
                self.environment.pop(name.upper(), None)
            else:
                self.environment[name.upper()] = str(value)

    def launch(self):
        self.process = subprocess.Popen([str(build_dir() / "api-node" / "api-node")], env=self.environment,
                                        stdout=self.log_file, stderr=self.log_file)
        return self

    def start(self):
        self.launch()
        wait_until(self.is_ready, f"{self.node_id} is ready")
        return self

    def admin(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=5 * SCALE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the api-node ended with {self.process.returncode}:\n{self.log()}")
        try:
            return self.admin("/readyz")[0] == 200
        except OSError:
            return False

    def metric(self, name):
        for line in self.admin("/metrics")[1].splitlines():
            if line.split(" ")[0] == name:
                return float(line.rsplit(" ", 1)[1])
        raise KeyError(name)

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Callers.

    @property
    def nobody(self):
        return Caller(self)

    def login(self, username="admin", password=ADMIN_PASSWORD, bearer=False):
        answer = self.nobody.post("/api/auth/login", {"username": username, "password": password})
        assert answer.status == 200, answer
        return Caller(self, answer.json["session_id"], bearer)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20 * SCALE)

    def wire(self):
        return Wire(self)

    def raw(self, data):
        """Sends bytes on a new connection; everything that comes back until the node closes it."""
        with self.connect() as s:
            s.sendall(data)
            return read_all(s)

    # Life.

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read().decode(errors="replace")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        self.process.kill()
        self.wait()

    def wait(self, timeout_s=40):
        status = self.process.wait(timeout=timeout_s * SCALE)
        self.process = None
        return status

    def stop(self):
        """SIGTERM; the exit status, 0 when it ended cleanly (under ASan: without a leak)."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        status = self.stop()
        log = self.log()
        self.log_file.close()
        if exc[0] is not None:
            print(f"--- {self.node_id} ---\n{log[-6000:]}")
            return
        assert status == 0, f"the api-node ended with {status}:\n{log[-6000:]}"
        for secret in SECRETS:
            assert secret not in log, "a secret is in the log"


def read_all(s):
    data = b""
    while True:
        try:
            piece = s.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


class Wire:
    """A keep-alive connection spoken by hand: with node.wire() as wire: wire.send(b"GET …"); wire.answer()"""

    def __init__(self, node):
        self.socket = node.connect()
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self, what):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError(f"closed within {what}: {self.data!r}")
        self.data += piece

    def answer(self, head_only=False):
        """The next answer, by its Content-Length: (status, headers, body)."""
        while b"\r\n\r\n" not in self.data:
            self._more("a head")
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = 0 if head_only else int(headers.get("content-length", 0))
        while len(self.data) < length:
            self._more("a body")
        body, self.data = self.data[:length], self.data[length:]
        return int(lines[0].split(" ")[1]), headers, body

    def is_closed(self):
        """The node has closed it, with nothing more to say."""
        return read_all(self.socket) == b"" and self.data == b""
