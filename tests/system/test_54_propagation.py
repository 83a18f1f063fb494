"""How long after a commit the relays use the new upstream. Measured and printed, not judged: the figure belongs to a
quiet machine (tests/bench); here it must only exist, and every relay must really have switched.
"""

import json
import threading
import time

from harness.fleet import TEST_SCALE, Fleet
from harness.redis_server import Client
from harness.simulator import SCALE, wait_until


class CommitTimes:
    """When each version of the routes was published: as the transaction that commits it does it, at its end."""

    def __init__(self, fleet):
        self.client = Client(fleet.redis.port)
        self.at = {}
        self.client.call("SUBSCRIBE", fleet.redis.prefix + "routes")
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self):
        while True:
            kind, _, message = self.client.read()
            if kind != b"message":
                return
            change = json.loads(message)
            self.at[f"{change['gen']}-{change['ver']}"] = time.monotonic()

    def close(self):
        self.client.socket.sendall(self.client.encode(("UNSUBSCRIBE",)))
        self.thread.join()
        self.client.close()


class Applied(threading.Thread):
    """Asks one relay again and again whether it has a version; remembers when it first had it."""

    def __init__(self, relay, version):
        super().__init__()
        self.relay, self.version, self.at = relay, version, None

    def run(self):
        deadline = time.monotonic() + 10 * SCALE
        while time.monotonic() < deadline:
            if self.relay.is_ready(self.version):
                self.at = time.monotonic()
                return


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def test_commit_to_relay(capsys, record_property):
    rounds, samples = int(50 * TEST_SCALE), []
    with Fleet(relays=2, schedulers=1) as fleet:
        proxy = fleet.add("K1", rotate_mode="manual")
        commits = CommitTimes(fleet)
        try:
            for _ in range(rounds):
                # Ask for the version that this rotation will commit: `rotating` is one, the new upstream the next.
                gen, ver = map(int, fleet.version().split("-"))
                version = f"{gen}-{ver + 2}"
                waiting = [Applied(relay, version) for relay in fleet.relays]
                for one in waiting:
                    one.start()
                rotated = fleet.rotate(proxy)
                for one in waiting:
                    one.join()
                assert rotated["version"] == version and all(one.at for one in waiting)
                wait_until(lambda v=version: v in commits.at, "the commit was published")
                samples += [max(0, one.at - commits.at[version]) * 1000 for one in waiting]
                assert {fleet.exit_ip(proxy, 0), fleet.exit_ip(proxy, 1)} == {rotated["new_ip"]}
        finally:
            commits.close()
    figure = (f"commit to both relays using the new upstream, {rounds} rotations, {len(samples)} samples: "
              f"p50 {percentile(samples, 0.5):.2f} ms, p99 {percentile(samples, 0.99):.2f} ms, max {max(samples):.2f} ms")
    record_property("propagation", figure)
    with capsys.disabled():
        print(f"\n{figure}")
