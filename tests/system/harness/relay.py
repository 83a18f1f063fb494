"""relay-node as a test's program: a store with endpoints in it, and the real relay following it.

	with RelayFleet() as fleet:
	    n = fleet.endpoint(upstream.address)
	    with Relay(fleet) as relay: relay.port(n)
"""

import hashlib
import hmac
import http.client
import os
import random
import signal
import socket
import subprocess
import tempfile

from harness.simulator import SCALE, build_dir, wait_until
from harness.store_fleet import DAY, MINUTE, StoreFleet

SECRET_KEY = "17" * 32
PORTS = 240  # endpoints with a port of their own, at most
EVERYBODY_HERE = '[{"cidr":"127.0.0.0/8","until":null}]'


def _derived_key(label):
    """HKDF-SHA256 (RFC 5869) with an empty salt, one block."""
    prk = hmac.new(b"\0" * 32, bytes.fromhex(SECRET_KEY), hashlib.sha256).digest()
    return hmac.new(prk, label + b"\1", hashlib.sha256).digest()


def password_hash(proxy_id, password):
    key = _derived_key(b"kiotproxy-fleet proxy password hmac v1")
    text = f"{proxy_id}".encode() + b"\0" + password.encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def free_ports(count):
    """The first of `count` ports in a row that nobody listens on, below those that the kernel gives to clients."""
    while True:
        first = random.randrange(10000, 32000 - count)
        taken = []
        try:
            for port in range(first, first + count):
                taken.append(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            continue
        finally:
            for sock in taken:
                sock.close()


class RelayFleet(StoreFleet):
    """A store whose endpoints have upstreams that the test runs. The relay itself opens the store."""

    def open(self, run_id="run-1"):
        return None

    @property
    def gen(self):
        return self.text("GET", self.prefix + "generation") or "0"

    def endpoint(self, upstream, password="secret12", allow=EVERYBODY_HERE, **fields):
        """A proxy with a fixed upstream. Its id, which is its number, too, in a store of its own."""
        name = f"e{self.call('INCR', 'names')}"
        made = self.create(name, provider="static", remote_http=upstream, allow=allow, first_job=0, **fields)
        assert made.status == "OK", made
        assert made["id"] == made["number"], made
        self.update(made["id"], password="v1:p", password_hash=password_hash(made["id"], password))
        return int(made["id"])

    def rented(self, upstream=None, password="secret12", allow=EVERYBODY_HERE):
        """A proxy that can rotate; without `upstream` it waits for its first."""
        name = f"k{self.call('INCR', 'names')}"
        made = self.create(name, allow=allow, password_hash="a" * 64)
        assert made["id"] == made["number"], made
        self.update(made["id"], password="v1:p", password_hash=password_hash(made["id"], password))
        if upstream:
            job = self.job_of(made["id"])
            self.finish(job, self.claim(job)["fence"], upstream)
        return int(made["id"])

    def rotation(self, proxy_id):
        """Begins a rotation: the route says `rotating`. (job, fence) for finish()."""
        assert self.request(proxy_id).status in ("QUEUED", "JOINED")
        job = self.job_of(proxy_id)
        return job, self.claim(job)["fence"]

    def job_of(self, proxy_id):
        """The rotation that is handed out for this proxy; jobs that other tests left behind come again, too."""
        jobs = [job for job in self.read_jobs() if job["kind"] == "rotate" and job["id"] == str(proxy_id)]
        assert len(jobs) == 1, jobs
        return jobs[0]

    def finish(self, job, fence, upstream, **fields):
        values = {"remote_http": upstream, "remote_ip": upstream.split(":")[0], "ttl": 1200, "ttc": 59, **fields}
        flat = [part for item in values.items() for part in item]
        done = self.script("rotation_commit", job["entry"], job["job"], job["id"], job["slot"], fence, self.gen,
                           20 * MINUTE, 0, *flat)
        assert done.status == "COMMITTED", done
        return done

    def remove(self, proxy_id):
        assert self.delete(proxy_id, 0, DAY, DAY).status == "OK"


class Relay:
    """The real program. Options are environment variables: Relay(fleet, DRAIN_SECONDS=1)."""

    def __init__(self, fleet, nofile=None, **options):
        """nofile: the limit of open files to run under."""
        self.fleet = fleet
        self.nofile = nofile
        self.options = options
        self.process = None
        self.exit_code = None

    def start(self, ready=True):
        first = free_ports(PORTS + 3)
        self.http_port, self.metrics_port, self.port_start = first, first + 1, first + 2
        self.log = tempfile.TemporaryFile()
        env = {
            **os.environ,
            "REDIS_URL": f"redis://127.0.0.1:{self.fleet.port}",
            "SECRET_KEY": SECRET_KEY,
            "BIND_ADDRESS": "127.0.0.1",
            "UPSTREAM_ALLOW_PRIVATE": "true",
            "METRICS_PORT": str(self.metrics_port),
            "RELAY_HTTP_PORT": str(self.http_port),
            "PROXY_PORT_START": str(self.port_start),
            "PROXY_PORT_END": str(self.port_start + PORTS),
            "RELAY_THREADS": "2",
            "DRAIN_NOTICE_SECONDS": "0",
            "DRAIN_SECONDS": "5",
            **{name: str(value) for name, value in self.options.items()},
        }
        limit = ["prlimit", f"--nofile={self.nofile}:{self.nofile}"] if self.nofile else []
        self.process = subprocess.Popen([*limit, str(build_dir() / "relay-node" / "relay-node")], env=env, stderr=self.log)
        if ready:
            wait_until(self.is_ready, "the relay is ready")
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        code = self.stop()
        if exc[0] is None:
            assert code == 0, f"relay-node ended with {code}:\n{self.output()}"
        else:
            print(self.output())

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """SIGTERM, and the exit status."""
        if self.process and self.process.poll() is None:
            self.terminate()
        return self.wait()

    def wait(self):
        if self.process:
            try:
                self.exit_code = self.process.wait(timeout=30 * SCALE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                print(self.output())
                raise
            self.process = None
        return self.exit_code

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-20000:]

    def admin(self, path):
        """(status, body) of a GET on the metrics port; None while nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10 * SCALE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            assert self.process.poll() is None, self.output()
            return None
        finally:
            connection.close()

    def is_ready(self, version=None):
        """Ready, and up to date with the store."""
        if version is None:
            ver = self.fleet.text("GET", self.fleet.prefix + "routes:version") or "0"
            gen = self.fleet.gen
            version = f"{gen}-{ver}"
        answer = self.admin(f"/readyz?version={version}")
        return answer is not None and answer[0] == 200

    def synced(self):
        """Waits until the relay has applied everything there is in the store."""
        wait_until(self.is_ready, "the relay has applied the newest routes")

    def metric(self, name):
        """The value of a sample, by its full name with labels."""
        for line in self.admin("/metrics")[1].splitlines():
            if line.rsplit(" ", 1)[0] == name:
                return float(line.rsplit(" ", 1)[1])
        return None

    def closed(self, reason):
        return self.metric(f'kiotproxy_relay_closed_total{{reason="{reason}"}}')

    def port(self, number):
        return self.port_start + number
