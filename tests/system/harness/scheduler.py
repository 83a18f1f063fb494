"""A real scheduler as a test's peer, and what an api-node would do for it: proxies with sealed keys, requests, results.

SECRETS are what must never be seen in a log: every provider key that a test makes starts with SECRET_PREFIX, and stop()
looks for it in all that the program wrote.
"""

import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness.simulator import SCALE, build_dir, wait_until

SECRET_KEY = "5ec2e7" + "0123456789abcdef" * 3 + "0123456789"
SECRET_PREFIX = "KSECRET"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Sealer:
    """Seals and hashes as the product does, by its own library (seal_text)."""

    def __init__(self):
        command = [str(build_dir() / "tests" / "unit" / "seal_text")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "SECRET_KEY": SECRET_KEY})

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, *fields):
        self.process.stdin.write("\t".join(fields) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def seal(self, aad, plain):
        return self.ask("seal", aad, plain)

    def open(self, aad, sealed):
        return self.ask("open", aad, sealed)

    def hmac(self, provider, key):
        return self.ask("hmac", provider, key)


class Scheduler:
    """with Scheduler(redis, sim) as s: s.metric("kiotproxy_scheduler_leader") == 1"""

    names = itertools.count(1)

    def __init__(self, redis, sim, failpoint=None, node_id=None, **environment):
        """Options of the program by name in lower case: lease_ms=1000 is LEASE_MS=1000."""
        self.node_id = node_id or f"scheduler-{next(self.names)}"
        self.port = free_port()
        self.process = None
        self.log_file = tempfile.TemporaryFile()
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}",
            "REDIS_PREFIX": redis.prefix,
            "SECRET_KEY": SECRET_KEY,
            "NODE_ID": self.node_id,
            "METRICS_PORT": str(self.port),
            "BIND_ADDRESS": "127.0.0.1",
            "LOG_LEVEL": "debug",
            "KIOTPROXY_API_BASE": sim.api,
            "HEALTH_CHECK_URL": "http://origin.test/slow/20",
            "HEALTH_CHECK_INTERVAL": "0",
            "UPSTREAM_ALLOW_PRIVATE": "true",
            "NOTIFY_ALLOW_PRIVATE": "true",
            "LEASE_MS": "2000",
            "ASAN_OPTIONS": "abort_on_error=0:exitcode=99",
            **{name.upper(): str(value) for name, value in environment.items()},
        }
        if failpoint:
            self.environment["KP_FAILPOINT"] = failpoint

    def launch(self):
        """Starts without waiting: for one that is to die soon."""
        self.process = subprocess.Popen([str(build_dir() / "scheduler" / "scheduler")], env=self.environment,
                                        stdout=self.log_file, stderr=self.log_file)
        return self

    def start(self):
        self.launch()
        wait_until(self.is_ready, f"{self.node_id} is ready")
        return self

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5 * SCALE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the scheduler ended with {self.process.returncode}:\n{self.log()}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def metrics(self):
        samples = {}
        for line in self.get("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def metric(self, name):
        return self.metrics()[name]

    def leads(self):
        try:
            return self.metric("kiotproxy_scheduler_leader") == 1
        except OSError:
            return False

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read().decode(errors="replace")

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def is_frozen(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "T"

    def kill(self):
        self.process.kill()
        self.wait()

    def wait(self, timeout_s=30):
        status = self.process.wait(timeout=timeout_s * SCALE)
        self.process = None
        return status

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def threads(self):
        """What the kernel says that each thread is at."""
        folder = pathlib.Path(f"/proc/{self.process.pid}/task")
        return {task.name: [(task / name).read_text().strip() for name in ("comm", "wchan", "syscall")] +
                re.findall(r"(?m)^(?:State|TracerPid|SigQ|ShdPnd|SigBlk).*", (task / "status").read_text())
                for task in folder.iterdir()}

    def stop(self):
        """SIGTERM; the exit status, 0 when it ended cleanly (under ASan: without a leak)."""
        status = 0
        if self.process is not None:
            # In this order: a SIGCONT during the exit would undo the SIGSTOP by which LeakSanitizer halts its threads.
            self.thaw()
            self.terminate()
            try:
                status = self.wait()
            except subprocess.TimeoutExpired:
                state = self.threads()
                self.kill()
                raise AssertionError(f"{self.node_id} does not stop: {state}\n{self.log()[-3000:]}") from None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        status = self.stop()
        log = self.log()
        self.log_file.close()
        if exc[0] is not None:
            print(f"--- {self.node_id} ---\n{log[-6000:]}")
            return
        assert status == 0, f"the scheduler ended with {status}:\n{log[-6000:]}"
        assert SECRET_PREFIX not in log, "a provider key is in the log"


class Fleet:
    """The store as an api-node uses it."""

    keys = itertools.count(1)

    def __init__(self, redis, sealer):
        self.redis, self.sealer = redis, sealer

    def wait_open(self):
        wait_until(lambda: self.redis.text("GET", self.redis.prefix + "generation"), "a node has opened the store")

    def new_key(self):
        return f"{SECRET_PREFIX}{next(self.keys):06d}"

    def add(self, key, await_ms=0, first_job=1, **fields):
        """A proxy with this provider key: (id, job)."""
        number = self.redis.script("id_take", 1)["first_id"]
        fields = {"key_name": f"name {number}", "user_id": 0, "provider": "kiotproxy", "region": "random",
                  "provider_key": self.sealer.seal(f"proxy:{number}:provider_key", key),
                  "provider_key_hmac": self.sealer.hmac("kiotproxy", key),
                  "rotate_mode": "manual", "first_job": first_job, "await_ms": await_ms, **fields}
        answer = self.redis.script("proxy_create", number, "tester", *itertools.chain(*fields.items()))
        assert answer.status == "OK", answer
        return int(answer["id"]), answer["job"]

    def request(self, proxy_id, kind="rotate", when="now"):
        answer = self.redis.script("rotation_request", proxy_id, kind, "tester", "", when)
        assert answer.status in ("QUEUED", "JOINED"), answer
        return answer["job"]

    def result(self, job, timeout_s=30):
        """Waits for the result of a job."""
        text = wait_until(lambda: self.redis.text("GET", f"{self.redis.prefix}result:{job}"), f"{job} ends", timeout_s)
        return json.loads(text)

    def record(self, proxy_id):
        return self.redis.hash(f"proxy:{proxy_id}")

    def last_error(self, proxy_id):
        return json.loads(self.record(proxy_id).get("last_error") or "null") or {}

    def route(self, proxy_id):
        text = self.redis.text("HGET", self.redis.prefix + "routes", self.record(proxy_id)["subdomain"])
        return json.loads(text)

    def history(self, action=None):
        """The store's log, oldest first."""
        entries = [json.loads(fields[1]) for _, fields in self.redis.call("XRANGE", self.redis.prefix + "log", "-", "+")]
        return [e for e in entries if action is None or e["action"] == action]

    def queue_length(self):
        return self.redis.call("XLEN", self.redis.prefix + "jobs")

    def pending(self):
        return self.redis.call("XPENDING", self.redis.prefix + "jobs", "workers")[0]

    def allow_now(self, proxy_id):
        """The vendor's cooldown is over as far as the store knows."""
        self.redis.call("HSET", f"{self.redis.prefix}proxy:{proxy_id}", "next_request_at", "")

    def due_now(self, kind, proxy_id):
        self.redis.call("ZADD", f"{self.redis.prefix}due:{kind}", 1, proxy_id)


class DroppingLink:
    """A TCP link to Redis that loses the reply to one call of a script: the request arrives, its connection dies.

    with DroppingLink(redis, "rotation_commit") as link: Scheduler(redis, sim, redis_url=link.url)
    """

    def __init__(self, redis, script):
        redis.call("SCRIPT", "LOAD", redis.texts[script])  # so that the call is an EVALSHA with the hash in it
        self.needle = redis.sha[script].encode()
        self.target = redis.port
        self.dropped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.target))
                doomed = threading.Event()
                threading.Thread(target=self.up, args=(near, far, doomed), daemon=True).start()
                threading.Thread(target=self.down, args=(near, far, doomed), daemon=True).start()

    def up(self, near, far, doomed):
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                if self.needle in data and not self.dropped.is_set():
                    self.dropped.set()
                    doomed.set()
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    @staticmethod
    def down(near, far, doomed):
        with contextlib.suppress(OSError):
            while (data := far.recv(65536)) and not doomed.is_set():
                near.sendall(data)
        near.close()
        far.close()


def commits_per_slot(fleet):
    """How often each proxy's rotations were committed, by the store's own history."""
    count = {}
    for entry in fleet.history():
        if entry["action"] in ("first_ip", "rotate", "same_ip") and entry["status"] in ("success", "warning"):
            count[entry["proxy_id"]] = count.get(entry["proxy_id"], 0) + 1
    return count


def accepted_rotations(sim, key):
    """How many /new the vendor carried out for a key, answered or not."""
    return sum(1 for c in sim.log(key=key, call="new") if c["outcome"] in ("rotated", "lost_rotated", "same_ip"))


def now_s():
    return time.monotonic()
