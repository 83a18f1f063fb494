"""Rotations while fifty clients open connections all the time: no request may fail.

Tunnels that were already answered 200 die with their upstream, and no relay can save them: they are counted apart, and
each must really have lived through a rotation of its endpoint.
"""

import concurrent.futures
import itertools
import threading
import time

import pytest

from harness.fleet import TEST_SCALE, Fleet
from harness.load import Load
from harness.simulator import SCALE, wait_until

ENDPOINTS, CLIENTS, ROTATING = 20, 50, 4


class Rotator:
    """Rotates the endpoints in turn, `rate` times a second over all; remembers when each rotation was under way."""

    def __init__(self, fleet, proxies, rate):
        self.fleet, self.proxies, self.rate = fleet, proxies, rate
        self.spans = {p["id"]: [] for p in proxies}
        self.answers = {}
        self.lock = threading.Lock()

    def _one(self, proxy, at):
        time.sleep(max(0, at - time.monotonic()))
        began = time.monotonic()
        status, answer = self.fleet.call("POST", f"/proxies/{proxy['id']}/rotate")
        with self.lock:
            self.spans[proxy["id"]].append((began, time.monotonic()))
            key = status if status < 300 else (status, answer.get("message_id"))
            self.answers[key] = self.answers.get(key, 0) + 1

    def run(self, count):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(ROTATING) as pool:
            rounds = zip(itertools.cycle(self.proxies), range(count))
            list(pool.map(lambda item: self._one(item[0], began + item[1] / self.rate), rounds))
        print(f"{count} rotations in {time.monotonic() - began:.1f} s: {self.answers}")

    def was_rotating(self, cut):
        """Whether a rotation of the endpoint was under way in the life of this tunnel. Half a second of grace: the
        upstream dies, and the tunnel's client hears of it, a moment after."""
        return any(began < cut["ended"] and cut["began"] < ended + 0.5 * SCALE
                   for began, ended in self.spans[cut["endpoint"]])


def upstream_ip(fleet, proxy):
    return fleet.sim.current(proxy["key_name"])["realIpAddress"]


def expect_consistent(fleet, proxies):
    """Every relay has the store's routes, and every endpoint comes out where the vendor says."""
    fleet.wait_applied()
    wait_until(lambda: all(d == (*fleet.version().split("-"), fleet.store_digest()) for d in fleet.relay_digests()),
               "all relays report the store's digest", 5)
    for proxy in proxies:
        for relay in range(len(fleet.relays)):
            assert fleet.exit_ip(proxy, relay) == upstream_ip(fleet, proxy)


def rotate_under_load(fleet, proxies, count, rate):
    rotator = Rotator(fleet, proxies, rate)
    with Load(fleet, proxies, CLIENTS) as load:
        load.wait_requests(CLIENTS)
        rotator.run(count)
        load.wait_requests(CLIENTS)
    load.expect_no_failure()
    assert load.result["good"] > count
    unexplained = [cut for cut in load.result["cut"] if not rotator.was_rotating(cut)]
    assert unexplained == []
    return rotator


@pytest.fixture
def fleet():
    with Fleet(relays=2, schedulers=2, apis=2) as it:
        yield it


@pytest.fixture
def proxies(fleet):
    with concurrent.futures.ThreadPoolExecutor(ROTATING) as pool:
        return list(pool.map(lambda n: fleet.add(f"K{n:02}", rotate_mode="manual"), range(ENDPOINTS)))


def test_rotations(fleet, proxies):
    count = int(300 * TEST_SCALE)
    rotator = rotate_under_load(fleet, proxies, count, rate=40)
    assert rotator.answers == {200: count}
    expect_consistent(fleet, proxies)


def test_rotations_with_late_answers(fleet, proxies):
    """The vendor has changed the upstream at once, and says so up to 700 ms later: the old one is dead meanwhile."""
    fleet.sim.behave_default("slow", delay_ms=200, jitter_ms=500)
    count = int(60 * TEST_SCALE)
    rotator = rotate_under_load(fleet, proxies, count, rate=40)
    assert rotator.answers == {200: count}
    fleet.sim.behave_default("none")
    expect_consistent(fleet, proxies)


def test_rotations_with_lost_answers(fleet, proxies):
    """A third of the answers never come, although the upstream was changed."""
    fleet.sim.behave_default("lost_new", percent=33)
    count = int(60 * TEST_SCALE)
    rotate_under_load(fleet, proxies, count, rate=20)
    fleet.sim.behave_default("none")
    expect_consistent(fleet, proxies)


def test_a_rotation_whose_outcome_is_not_known():
    """The vendor has changed the upstream, its answer is lost, and for seconds it tells nothing. The old upstream is dead:
    who comes after the rotation has failed waits, by what the route says, until a retry or a sync learns the new one."""
    with Fleet(relays=2, schedulers=1, SUSPECT_WAIT_MS=0) as fleet, concurrent.futures.ThreadPoolExecutor(3) as pool:
        proxy = fleet.add("K1", rotate_mode="manual")
        rotations = fleet.sim.key("K1")["rotations"]
        fleet.sim.behave("K1", "lost_new", times=1, delay_ms=500)
        asked = pool.submit(fleet.call, "POST", f"/proxies/{proxy['id']}/rotate")
        wait_until(lambda: fleet.sim.key("K1")["rotations"] > rotations, "the vendor has changed the upstream")
        fleet.sim.behave("K1", "http_500", on="current")
        assert asked.result()[1]["message_id"] == "err.transient"
        waiting = [pool.submit(fleet.exit_ip, proxy, relay) for relay in (0, 1)]
        fleet.sim.behave("K1", "none")
        seen = {one.result() for one in waiting}
        assert fleet.sim.key("K1")["rotations"] == rotations + 1, "asked again instead of adopting"
        assert seen == {upstream_ip(fleet, proxy)}
