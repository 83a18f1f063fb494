"""Load from many concurrent clients (load/clients.py) while a test does something else.

    with Load(fleet, proxies, clients=50) as load:
        …
    load.expect_no_failure()
"""

import json
import pathlib
import subprocess
import sys

from harness.simulator import SCALE, wait_until

TOOL = pathlib.Path(__file__).resolve().parents[1] / "load" / "clients.py"
KINDS = ("plain", "tunnel", "plain_credentials", "tunnel_credentials")


class Load:
    def __init__(self, fleet, proxies, clients=50, kinds=KINDS, relays=None):
        self.plan = {
            "relays": relays or fleet.addresses, "clients": clients, "kinds": kinds, "timeout_s": 30 * SCALE,
            "endpoints": [{"id": p["id"], "port": fleet.port(p), "http_port": fleet.http_port,
                           "user": p["subdomain"], "password": p["password"]} for p in proxies],
        }
        self.process = None
        self.result = None

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, str(TOOL)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self._send(self.plan)
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                output, _ = self.process.communicate(timeout=60 * SCALE)
                self.result = json.loads(output.splitlines()[-1])
                print(self)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()

    def _send(self, command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def counts(self):
        """What there is so far."""
        self._send({})
        return json.loads(self.process.stdout.readline())

    def use(self, relays):
        """From now on new connections go to these relays only, as a balancer would have it."""
        self._send({"relays": relays})
        self.process.stdout.readline()

    def wait_requests(self, count, timeout_s=60):
        """Until so many more requests have gone well."""
        goal = self.counts()["good"] + count
        wait_until(lambda: self.counts()["good"] >= goal, f"{count} more requests", timeout_s)

    def expect_no_failure(self):
        failed = "\n".join(str(one) for one in self.result["failed"])
        assert self.result["failed_count"] == 0, f"{self}\n{failed}"

    def __str__(self):
        r = self.result
        return (f"load: {r['good']} requests, {r['failed_count']} failed, {len(r['cut'])} tunnels cut, "
                f"p50 {r['p50_ms']} ms, p99 {r['p99_ms']} ms, max {r['max_ms']} ms")
