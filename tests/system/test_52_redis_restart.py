"""Redis dies and comes back: endpoints serve all the time, every node recovers by itself, and soon each relay holds
exactly what the store holds, even when the store has lost its last changes.
"""

import concurrent.futures
import pathlib
import shutil
import threading
import time

import pytest

from harness.fleet import Fleet
from harness.load import Load
from harness.simulator import SCALE, wait_until

RECOVERY_S = 2


@pytest.fixture
def fleet():
    # fsync is what a power cut needs; SIGKILL loses nothing that was written. Every write is on disk at the kill.
    # Right after a restart a scheduler may rotate before a relay has heard that it does: 1.5 s is close to that.
    with Fleet(relays=2, schedulers=2, apis=2, redis=("--appendonly", "yes", "--appendfsync", "always"),
               SUSPECT_WAIT_MS=5000) as it:
        yield it


def agree(fleet):
    """Whether each running relay reports the store's version and digest."""
    store = (*fleet.version().split("-"), fleet.store_digest())
    return all(applied == store for applied in fleet.relay_digests())


def recover(fleet):
    """Starts Redis; the seconds from its first answer until all relays agree with it."""
    fleet.redis.start()
    began = time.monotonic()
    wait_until(lambda: len(fleet.relay_digests()) == len(fleet.relays) and agree(fleet), "the relays equal the store",
               RECOVERY_S)
    return time.monotonic() - began


def test_kill_and_restart_under_load(fleet):
    proxies = [fleet.add(f"K{n}", rotate_mode="manual") for n in range(5)]
    with Load(fleet, proxies, clients=10) as load:
        for _ in range(2):
            load.wait_requests(50)
            fleet.kill_redis()
            load.wait_requests(200)
            status, answer = fleet.call("POST", f"/proxies/{proxies[0]['id']}/rotate")
            assert status == 503, answer
            for relay in fleet.relays:
                assert relay.is_ready(), "a relay without Redis goes on serving"
            assert fleet.call("GET", "/proxies")[0] == 200, "reads are answered from the copy"
            took = recover(fleet)
            print(f"relays equal the store {took * 1000:.0f} ms after Redis answers")
            # Everybody else is back, too: an api-node takes the call, a scheduler does it, relays hear of it.
            for api in range(2):
                wait_until(lambda n=api: fleet.call("POST", f"/proxies/{proxies[n]['id']}/rotate", api=n)[0] == 200,
                           f"api-{api + 1} rotates", 10)
    load.expect_no_failure()
    fleet.wait_applied()
    for proxy in proxies:
        assert {fleet.exit_ip(proxy, n) for n in (0, 1)} == {fleet.sim.current(proxy["key_name"])["realIpAddress"]}


def test_restart_between_answer_and_commit(fleet):
    """The vendor has changed the upstream, Redis restarts before the scheduler can say so: the commit is refused, for it
    is of another generation. The scheduler claims again at once; clients that wait meanwhile are served."""
    proxy = fleet.add("K1", rotate_mode="manual")
    rotations = fleet.sim.key("K1")["rotations"]
    fleet.sim.behave("K1", "slow", delay_ms=1500, on="new")
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        pool.submit(fleet.call, "POST", f"/proxies/{proxy['id']}/rotate")
        wait_until(lambda: fleet.sim.key("K1")["rotations"] > rotations, "the vendor has changed the upstream")
        fleet.kill_redis()
        waiting = [pool.submit(fleet.exit_ip, proxy, relay) for relay in (0, 1)]
        fleet.redis.start()
        seen = {one.result() for one in waiting}
    assert fleet.sim.key("K1")["rotations"] == rotations + 1, "asked again instead of adopting"
    assert seen == {fleet.sim.current("K1")["realIpAddress"]}


def test_kill_while_rotating(fleet):
    """Redis dies in the middle of rotations: between the vendor's answer and the commit, too. The new upstream is not
    known then, and the old one is dead: such endpoints wait for Redis, and must find the vendor's truth by themselves."""
    proxies = [fleet.add(f"K{n}", rotate_mode="manual") for n in range(8)]
    enough, done = threading.Event(), []

    def rotate_on(proxy):
        while not enough.is_set():
            if fleet.call("POST", f"/proxies/{proxy['id']}/rotate")[0] == 200:
                done.append(proxy["id"])

    with concurrent.futures.ThreadPoolExecutor(len(proxies)) as pool, Load(fleet, proxies, clients=10) as load:
        try:
            pending = [pool.submit(rotate_on, proxy) for proxy in proxies]
            for _ in range(3):
                load.wait_requests(200)
                fleet.kill_redis()
                before = len(done)
                fleet.redis.start()
                wait_until(lambda n=before: len(done) > n + 2 * len(proxies), "rotations go on", 20)
        finally:
            enough.set()
        for one in pending:
            one.result()
        load.wait_requests(200)
    load.expect_no_failure()

    def healed(proxy):
        return fleet.exit_ip(proxy) == fleet.sim.current(proxy["key_name"])["realIpAddress"]

    for proxy in proxies:
        wait_until(lambda p=proxy: healed(p), f"{proxy['key_name']} comes out where the vendor says", 20)
    fleet.wait_applied()
    wait_until(lambda: agree(fleet), "the relays equal the store")


def test_store_that_lost_its_last_changes(fleet):
    """What a failover to a lagging replica or a power cut leaves: an older store. Its word is what counts, in a new
    generation; the nodes take back what they had applied beyond it."""
    kept = fleet.add("Kkept", rotate_mode="manual")
    folder = pathlib.Path(fleet.redis.folder)
    shutil.copytree(folder, folder.with_name(folder.name + "-old"))
    lost = fleet.add("Klost", rotate_mode="manual")
    fleet.want(200, "PUT", f"/proxies/{kept['id']}", {"is_active": False})
    fleet.wait_applied()
    before = fleet.version()

    fleet.kill_redis()
    shutil.rmtree(folder)
    folder.with_name(folder.name + "-old").rename(folder)
    recover(fleet)
    assert int(fleet.version().split("-")[0]) > int(before.split("-")[0])
    assert fleet.exit_ip(kept) == fleet.exit_ip(kept, 1), "it is active again, as the store says"
    with pytest.raises(OSError):
        fleet.exit_ip(lost)
    wait_until(lambda: fleet.call("GET", f"/proxies/{lost['id']}")[0] == 404, "the API has no such proxy any more")
    assert fleet.rotate(kept)["new_ip"]


def test_nodes_that_start_without_redis(fleet):
    """A relay that never had a route is not ready, an api-node neither; both become so when Redis comes."""
    proxy = fleet.add("K1", rotate_mode="manual")
    fleet.kill_redis()
    relay, api = fleet.relays[1], fleet.apis[1]
    for node in (relay, api):
        node.stop()
        node.start()
        wait_until(lambda n=node: node_answers(n), f"{node.name} answers")
        assert not node.is_ready()
    assert fleet.exit_ip(proxy, 0)
    took = recover(fleet)
    assert took < RECOVERY_S * SCALE
    for node in (relay, api):
        node.wait_ready()
    assert fleet.exit_ip(proxy, 1) == fleet.exit_ip(proxy, 0)


def node_answers(node):
    try:
        return node.get("/healthz")[0] == 200
    except OSError:
        return False
