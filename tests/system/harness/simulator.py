"""The KiotProxy simulator as a test's peer: starts the real program, steers it, looks into it, stops it by pid.

Build directory: environment KP_BUILD_DIR, default <repo>/build. Standard library only.
"""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse

REPO = pathlib.Path(__file__).resolve().parents[3]
# One variable scales every time-out: slow machines and sanitizers need more patience, not other tests.
SCALE = float(os.environ.get("KP_TIMEOUT_SCALE", "1"))


def build_dir():
    return pathlib.Path(os.environ.get("KP_BUILD_DIR", REPO / "build"))


def wait_until(condition, what, timeout_s=10):
    """Calls `condition` until it gives something true, and returns that."""
    deadline = time.monotonic() + timeout_s * SCALE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s * SCALE:g} s in vain: {what}")
        time.sleep(0.01)


class Answer:
    """An HTTP answer: status, headers (lower case), body bytes, and the body as JSON where it is some."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:200]!r}>"


class Simulator:
    """with Simulator(ttc_ms=200) as sim: sim.call("new", "K1").json["data"]["http"]"""

    def __init__(self, **options):
        """Options of the program by name: ttl_ms=5000 is `--ttl-ms 5000`."""
        self.options = options
        self.process = None
        self.api = self.admin = self.origin = ""
        self.upstream_port = 0

    def start(self):
        command = [str(build_dir() / "tests" / "kiotproxy-sim" / "kiotproxy-sim")]
        for name, value in self.options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command} ended with {self.process.wait()} before it was ready")
        addresses = json.loads(line)
        self.api, self.admin, self.origin = addresses["api"], addresses["admin"], addresses["origin"]
        self.upstream_port = addresses["upstream_port"]
        return self

    def stop(self):
        """SIGTERM; returns the exit status, which is 0 when the program ended cleanly."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=20 * SCALE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdout.close()

    def kill(self):
        """SIGKILL: a crash."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        status = self.stop()
        if exc[0] is None:
            assert status == 0, f"the simulator ended with status {status}"

    # The vendor API.

    def api_address(self):
        """(host, port) of the vendor API, for raw sockets."""
        url = urllib.parse.urlsplit(self.api)
        return url.hostname, url.port

    def call_url(self, call, key, **parameters):
        return f"{self.api}/proxies/{call}?" + urllib.parse.urlencode({"key": key, **parameters})

    def call(self, call, key, **parameters):
        """`new`, `current` or `out`, on a connection of its own. A lost answer raises http.client exceptions."""
        return self._request("GET", self.call_url(call, key, **parameters), None, 20)

    def new(self, key, **parameters):
        """/new that must succeed: its `data`."""
        answer = self.call("new", key, **parameters)
        assert answer.status == 200 and answer.json["success"] is True, answer
        return answer.json["data"]

    def current(self, key):
        answer = self.call("current", key)
        assert answer.status == 200 and answer.json["success"] is True, answer
        return answer.json["data"]

    # Admin.

    def _request(self, method, url, body, timeout_s):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s * SCALE)
        try:
            target = parts.path + ("?" + parts.query if parts.query else "")
            connection.request(method, target, body, {"User-Agent": "kiotproxy-tests"})
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def admin_call(self, method, path, body=None):
        """Any admin call; the Answer, whatever its status."""
        data = None if body is None else json.dumps(body)
        return self._request(method, self.admin + path, data, 60)

    def _admin(self, method, path, body=None):
        answer = self.admin_call(method, path, body)
        assert answer.status == 200, answer
        return answer.json

    @staticmethod
    def _key_path(key):
        return "/keys/" + urllib.parse.quote(key, safe="")

    def behave(self, key, mode=None, **fields):
        """How the key misbehaves (mode=…, times=1 for once), and settings (ttl_ms=…, upstream_auth=…)."""
        body = dict(fields) if mode is None else {"mode": mode, **fields}
        return self._admin("POST", self._key_path(key), body)

    def behave_default(self, mode=None, **fields):
        """The same for every key that was not told otherwise."""
        body = dict(fields) if mode is None else {"mode": mode, **fields}
        return self._admin("POST", "/default", body)

    def rotate(self, key):
        """Someone else changes the upstream of the key, whatever the cooldown. What is known of the key then."""
        return self._admin("POST", self._key_path(key) + "/rotate")

    def kill_upstream(self, key):
        """The upstream dies; the vendor does not know."""
        return self._admin("POST", self._key_path(key) + "/kill")

    def key(self, key):
        """What is known of a key: calls, rotations, connections, upstream; None if it was never used."""
        answer = self.admin_call("GET", self._key_path(key))
        return None if answer.status == 404 else answer.json

    def stats(self, keys=False):
        return self._admin("GET", "/stats" + ("?keys=1" if keys else ""))

    def reset_counters(self):
        return self._admin("POST", "/reset-counters")

    def log(self, since=0, key=None, call=None):
        """The vendor calls after sequence number `since`, oldest first; of one key or call if given."""
        calls = self._admin("GET", f"/log?since={since}")["calls"]
        return [c for c in calls if (key is None or c["key"] == key) and (call is None or c["call"] == call)]
