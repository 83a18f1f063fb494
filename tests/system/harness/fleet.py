"""A whole fleet of real processes: Redis, simulator, N schedulers, N relays, N api-nodes, all on loopback.

Relays serve the same ports on 127.0.0.1, 127.0.0.2, …, as replicas behind a balancer would. Everything is started by,
and ended by, its own pid; the end asserts exit status 0, which under ASan means: no error, no leak.

    with Fleet(relays=2) as fleet:
        proxy = fleet.add("K1")
        fleet.call("POST", f"/proxies/{proxy['id']}/rotate")
"""

import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import socket
import types

from harness.api import Caller
from harness.program import Program
from harness.redis_server import RedisServer
from harness.simulator import SCALE, Simulator, build_dir, wait_until

SECRET_KEY = "0f1e" * 16
PASSWORD = "fleet password"
PORTS_PER_FLEET = 100  # the endpoints' range
PORTS_OF_NODES = 40  # behind it: the shared way, every node's /metrics, the APIs
TEST_SCALE = float(os.environ.get("KP_TEST_SCALE", "1"))


def is_sanitized(folder=None):
    """Whether the programs of a build carry a sanitizer: their memory says nothing then."""
    cache = pathlib.Path(folder or build_dir()) / "CMakeCache.txt"
    return re.search(r"^KP_SANITIZE:\w+=\w", cache.read_text(), re.MULTILINE) is not None


def port_is_free(port, address):
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
            return True
        except OSError:
            return False


def free_ports(count, addresses=("127.0.0.1",)):
    """The first of `count` ports in a row, free on all addresses. Below the range that the kernel hands out to
    clients, and found by plain bind: SO_REUSEPORT would let two fleets share a port without noticing."""
    while True:
        first = random.randrange(10000, 32000 - count)
        if all(port_is_free(port, address) for port in range(first, first + count) for address in addresses):
            return first


class Fleet:
    def __init__(self, relays=2, schedulers=2, apis=1, redis=("--appendonly", "yes"), sim=None, programs=None, **env):
        """`sim`: the simulator's options. `programs`: the build folder, if not the usual one. `env`: of all nodes."""
        self.programs = pathlib.Path(programs or build_dir())
        self.redis = RedisServer(*redis)
        self.sim = Simulator(**{"ttl_ms": 3600000, "ttc_ms": 0, **(sim or {})})
        self.counts = {"scheduler": schedulers, "relay": relays, "api": apis}
        self.addresses = [f"127.0.0.{n}" for n in range(1, relays + 1)]
        self.env = env
        self.nodes = {"scheduler": [], "relay": [], "api": []}
        self.token = None

    # --- life ---

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._clean_up()
            raise
        return self

    def _start(self):
        self.redis.start()
        self.sim.start()
        self.port_start = free_ports(PORTS_PER_FLEET + PORTS_OF_NODES, self.addresses)
        self.node_ports = iter(range(self.port_start + PORTS_PER_FLEET,
                                     self.port_start + PORTS_PER_FLEET + PORTS_OF_NODES))
        self.http_port = next(self.node_ports)
        for role, count in self.counts.items():
            for number in range(1, count + 1):
                self.nodes[role].append(self._program(role, number).start())
        for node in self.all_nodes():
            node.wait_ready()
        self.sign_in()

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self._stop_cleanly()
        except BaseException:
            self.show()
            raise
        finally:
            if kind is not None:
                self.show()
            self._clean_up()

    def _stop_cleanly(self):
        """All get SIGTERM at once, while Redis still lives: each must end by itself, with status 0."""
        for node in self.all_nodes():
            node.terminate()
        for node in self.all_nodes():
            node.stop()
        status = self.sim.stop()
        assert status == 0, f"the simulator ended with {status}"

    def _clean_up(self):
        for node in self.all_nodes():
            if node.process:
                node.kill()
        if self.sim.process:
            self.sim.kill()
        self.redis.stop()

    def show(self):
        for node in self.all_nodes():
            print(node.tail())

    def all_nodes(self):
        return [node for nodes in self.nodes.values() for node in nodes]

    # --- the nodes ---

    @property
    def relays(self):
        return self.nodes["relay"]

    @property
    def schedulers(self):
        return self.nodes["scheduler"]

    @property
    def apis(self):
        return self.nodes["api"]

    def _program(self, role, number):
        address = self.addresses[number - 1] if role == "relay" else "127.0.0.1"
        metrics = next(self.node_ports)
        common = {
            "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}", "SECRET_KEY": SECRET_KEY,
            "NODE_ID": f"{role}-{number}", "METRICS_PORT": metrics, "BIND_ADDRESS": address,
            "UPSTREAM_ALLOW_PRIVATE": "true",
            "NOTIFY_ALLOW_PRIVATE": "true",
        }
        own = getattr(self, f"_{role}_environment")()
        folder, name = {"relay": ("relay-node",) * 2, "api": ("api-node",) * 2}.get(role, (role, role))
        return Program(f"{role}-{number}", [self.programs / folder / name], {**common, **own, **self.env},
                       (address, metrics))

    def _scheduler_environment(self):
        return {"KIOTPROXY_API_BASE": self.sim.api, "HEALTH_CHECK_URL": "http://origin.test/status/204",
                "LEASE_MS": 2000}

    def _relay_environment(self):
        return {"RELAY_HTTP_PORT": self.http_port, "PROXY_PORT_START": self.port_start,
                "PROXY_PORT_END": self.port_start + PORTS_PER_FLEET - 1, "RELAY_THREADS": 2,
                "DRAIN_NOTICE_SECONDS": 0, "DRAIN_SECONDS": 10}

    def _api_environment(self):
        return {"API_PORT": next(self.node_ports), "ADMIN_PASSWORD": PASSWORD, "ALLOW_DEFAULT": "127.0.0.0/8",
                "PUBLIC_HOST": "127.0.0.1"}

    # --- the API ---

    def call(self, method, path, body=None, api=0):
        """A REST call of the admin's: (status, the answer's JSON). Any number of threads may call."""
        node = types.SimpleNamespace(port=int(self.apis[api].environment["API_PORT"]))
        answer = Caller(node, self.token, bearer=True).call(method, "/api" + path, body)
        return answer.status, answer.json if answer.body else None

    def want(self, status, method, path, body=None, api=0):
        """A REST call that must have this status: its JSON."""
        got, answer = self.call(method, path, body, api)
        assert got == status, f"{method} {path}: {got}, not {status}: {answer}"
        return answer

    def sign_in(self):
        """As admin, whom the first api-node made."""
        self.token = None
        self.token = self.want(200, "POST", "/auth/login", {"username": "admin", "password": PASSWORD})["session_id"]

    def add(self, key, **fields):
        """A proxy with this provider key, its first upstream assigned and known to every relay: its JSON."""
        proxy = self.want(201, "POST", "/proxies", {"key_name": key, "kiotproxy_key": key, "region": "random", **fields})
        self.wait_applied(proxy["version"])
        return proxy

    def rotate(self, proxy):
        """Rotates now: the answer, once committed."""
        return self.want(200, "POST", f"/proxies/{proxy['id']}/rotate")

    # --- endpoints ---

    def port(self, proxy):
        return self.port_start + proxy["number"]

    def proxy_url(self, proxy, way="port", relay=0):
        """The endpoint as a client writes it."""
        host = self.addresses[relay]
        if way == "port":
            return f"http://{host}:{self.port(proxy)}"
        return f"http://{proxy['subdomain']}:{proxy['password']}@{host}:{self.http_port}"

    def exit_ip(self, proxy, relay=0):
        """Where a plain request through the endpoint comes out."""
        connection = http.client.HTTPConnection(self.addresses[relay], self.port(proxy), timeout=20 * SCALE)
        try:
            connection.request("GET", "http://origin.test/ip", headers={"Connection": "close"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, (answer.status, text)
            return json.loads(text)["ip"]
        finally:
            connection.close()

    # --- the routes: the store's and the relays' ---

    def version(self):
        """The newest version of the routes, as "<gen>-<ver>"."""
        gen = self.redis.text("GET", self.redis.prefix + "generation")
        return f"{gen}-{self.redis.text('GET', self.redis.prefix + 'routes:version') or 0}"

    def wait_applied(self, version=None, timeout_s=10):
        """Until every running relay has applied this version, else the newest."""
        version = version or self.version()
        for relay in self.relays:
            if relay.is_running():
                wait_until(lambda r=relay: r.is_ready(version), f"{relay.name} has applied {version}", timeout_s)

    def store_digest(self):
        """The digest of the store's routes, as shared/store/store_digest.h defines it: 16 hex digits."""
        return digest(self.redis.call("HGETALL", self.redis.prefix + "routes"))

    def relay_digests(self):
        """What each relay's heartbeat says it has applied: (generation, version, digest)."""
        beats = (self.redis.hash(f"node:{relay.name}") for relay in self.relays if relay.is_running())
        return [(b.get("routes_gen"), b.get("routes_ver"), b.get("digest")) for b in beats]

    # --- Redis ---

    def kill_redis(self):
        """SIGKILL; its files stay, for redis.start()."""
        self.redis.process.kill()
        self.redis.process.wait()
        with contextlib.suppress(OSError):
            self.redis.client.close()
        self.redis.client = None


MASK = (1 << 64) - 1


def digest(flat):
    total = 0
    for key, value in zip(flat[::2], flat[1::2]):
        h = 0xCBF29CE484222325
        for byte in key + b"\0" + value:
            h = (h ^ byte) * 0x100000001B3 & MASK
        h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & MASK
        h = (h ^ h >> 27) * 0x94D049BB133111EB & MASK
        total += h ^ h >> 31
    return f"{total & MASK:016x}"
