"""Redis dies and comes back: endpoints serve all the time, every node recovers by itself, and soon each relay holds
exactly what the store holds, even when the store has lost its last changes.
"""

import pathlib
import shutil
import time

import pytest

from harness.fleet import Fleet
from harness.load import Load
from harness.simulator import SCALE, wait_until

RECOVERY_S = 2


@pytest.fixture
def fleet():
    # fsync is what a power cut needs; SIGKILL loses nothing that was written. Every write is on disk at the kill.
    with Fleet(relays=2, schedulers=2, apis=2, redis=("--appendonly", "yes", "--appendfsync", "always")) as it:
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
    assert load.result["failed"] == []
    fleet.wait_applied()
    for proxy in proxies:
        assert {fleet.exit_ip(proxy, n) for n in (0, 1)} == {fleet.sim.current(proxy["key_name"])["realIpAddress"]}


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
