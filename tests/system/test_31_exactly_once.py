"""Whatever dies, freezes or gets lost: one accepted /new and one commit per slot.

The simulator's log tells what the vendor carried out, the store's history what was committed. KP_TEST_SCALE multiplies the
number of due rotations (300; 7 makes the 2,000 of the long run).
"""

import contextlib
import os
import random
import signal
import time

import pytest

from harness.redis_server import RedisServer
from harness.scheduler import DroppingLink, Fleet, Scheduler, Sealer, accepted_rotations, commits_per_slot
from harness.simulator import Simulator, wait_until

DUE = 300 * int(os.environ.get("KP_TEST_SCALE", "1"))
FAILPOINTS = ["after_read", "after_claim", "before_send", "after_answer", "before_commit", "after_commit"]


@pytest.fixture(scope="module")
def sealer():
    sealer = Sealer()
    yield sealer
    sealer.close()


@pytest.fixture
def sim():
    # No cooldown: a second /new would be carried out, and be seen.
    with Simulator(ttl_ms=600000, ttc_ms=0) as simulator:
        yield simulator


@pytest.fixture
def store(sealer):
    """(redis, fleet)"""
    with RedisServer() as redis:
        yield redis, Fleet(redis, sealer)


def assert_at_rest(fleet):
    """Nothing is left in the queue or in anybody's hands."""
    wait_until(lambda: fleet.queue_length() == 0 and fleet.pending() == 0, "the queue is empty", 60)


def assert_once(fleet, sim, proxies, rotations=1):
    """proxies: {id: key}. As many accepted rotations at the vendor as commits, and that many each."""
    commits = commits_per_slot(fleet)
    for proxy_id, key in proxies.items():
        record = fleet.record(proxy_id)
        assert commits.get(proxy_id, 0) == rotations, (key, fleet.history())
        assert accepted_rotations(sim, key) == rotations, (key, sim.log(key=key))
        assert int(record["last_slot"]) == rotations and int(record["open_slot"]) == rotations + 1
        assert record["remote_http"] == sim.current(key)["http"]
        assert record["status"] == "active"


def add_many(fleet, count, first_job=1):
    """{id: key} of proxies that want their first upstream: queued at once, or (0) due for the clock."""
    proxies = {}
    for _ in range(count):
        key = fleet.new_key()
        proxy_id, _ = fleet.add(key, first_job=first_job)
        proxies[proxy_id] = key
    return proxies


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("cut", ["fin", "rst"])
def test_a_lost_answer_is_one_rotation(store, sim, warm, cut):
    """The vendor rotates, the connection dies without a byte. Warm: libcurl would send the GET again by itself."""
    redis, fleet = store
    with Scheduler(redis, sim):
        fleet.wait_open()
        if warm:
            fleet.result(fleet.add(fleet.new_key())[1])
        key = fleet.new_key()
        sim.behave(key, "lost_new", times=1, cut=cut)
        proxy_id, job = fleet.add(key)
        assert fleet.result(job)["outcome"] == "ok"
        assert_at_rest(fleet)
        assert_once(fleet, sim, {proxy_id: key})
        assert sum(1 for c in sim.log(key=key, call="new")) == 1


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_a_lost_request_is_asked_again_only_after_current(store, sim, warm):
    """The connection dies before the vendor has done anything: /current says so, and the retry rotates once."""
    redis, fleet = store
    with Scheduler(redis, sim):
        fleet.wait_open()
        if warm:
            fleet.result(fleet.add(fleet.new_key())[1])
        key = fleet.new_key()
        sim.behave(key, "lost_new_before", times=1)
        proxy_id, job = fleet.add(key)
        assert fleet.result(job)["class"] == "TRANSIENT"
        wait_until(lambda: fleet.record(proxy_id)["status"] == "active", "the retry comes", 30)
        assert_at_rest(fleet)
        assert_once(fleet, sim, {proxy_id: key})
        calls = [c["call"] for c in sim.log(key=key)]
        assert calls[0] == "new" and calls[-1] == "current" or calls[-2:] == ["current", "new"], calls
        assert calls.count("new") == 2 and calls[calls.index("new", 1) - 1] == "current"


def test_a_slow_vendor_is_waited_for_in_vain(store, sim):
    """No answer within 15 s, but the vendor has rotated: learned by /current, not by another /new."""
    redis, fleet = store
    with Scheduler(redis, sim):
        fleet.wait_open()
        key = fleet.new_key()
        sim.behave(key, "slow", times=1, delay_ms=17000)
        proxy_id, job = fleet.add(key)
        assert fleet.result(job, 40)["outcome"] == "ok"
        assert_once(fleet, sim, {proxy_id: key})
        assert len(sim.log(key=key, call="new")) == 1


def test_due_rotations_with_two_schedulers(store, sim):
    redis, fleet = store
    with Scheduler(redis, sim), Scheduler(redis, sim):
        fleet.wait_open()
        proxies = add_many(fleet, DUE, first_job=0)
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= DUE, f"{DUE} rotations are committed", 60 + DUE / 10)
        assert_at_rest(fleet)
    assert_once(fleet, sim, proxies)


def test_lossy_vendor_with_two_schedulers(store, sim):
    """A fifth of the answers to /new is lost, half of those after the work was done."""
    redis, fleet = store
    with Scheduler(redis, sim), Scheduler(redis, sim):
        fleet.wait_open()
        sim.behave_default("lost_new", percent=20)
        proxies = add_many(fleet, 100)
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= 100, "100 rotations are committed", 60)
        assert_at_rest(fleet)
    assert_once(fleet, sim, proxies)


def test_a_worker_killed_while_the_answer_is_under_way(store, sim):
    """kill -9 with the vendor's work done and its answer in flight: the next worker finds out by /current."""
    redis, fleet = store
    sim.behave_default(delay_ms=3000, mode="slow", on="new")
    victim = Scheduler(redis, sim).start()
    fleet.wait_open()
    proxies = add_many(fleet, 5)
    wait_until(lambda: all(accepted_rotations(sim, key) == 1 for key in proxies.values()), "the vendor has done it")
    victim.kill()
    sim.behave_default("none")
    with Scheduler(redis, sim):
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= 5, "others finish it", 60)
        assert_at_rest(fleet)
    assert_once(fleet, sim, proxies)


def test_a_worker_killed_anywhere(sealer):
    """One fleet per failpoint, all at once, since each waits 15 s for the dead worker's jobs."""
    with contextlib.ExitStack() as stack:
        fleets = []
        for name in FAILPOINTS:
            sim = stack.enter_context(Simulator(ttl_ms=600000, ttc_ms=0))
            redis = stack.enter_context(RedisServer())
            victim = Scheduler(redis, sim, failpoint=f"{name}:kill").launch()
            fleet = Fleet(redis, sealer)
            fleet.wait_open()
            proxies = add_many(fleet, 3)
            assert victim.wait() == -signal.SIGKILL, f"{name} was not reached:\n{victim.log()}"
            fleets.append((name, sim, fleet, proxies))
            stack.enter_context(Scheduler(redis, sim))
        for name, sim, fleet, proxies in fleets:
            wait_until(lambda f=fleet: sum(commits_per_slot(f).values()) >= 3, f"others finish it after {name}", 60)
            assert_at_rest(fleet)
            assert_once(fleet, sim, proxies)


@pytest.mark.parametrize("failpoint", ["after_read", "after_claim", "before_send", "after_answer", "before_commit"])
def test_a_worker_frozen_and_thawed(store, sim, failpoint):
    """Frozen until another one has done its job: its late call is not sent, its late commit refused."""
    redis, fleet = store
    with Scheduler(redis, sim, failpoint=f"{failpoint}:stop") as victim:
        fleet.wait_open()
        proxies = add_many(fleet, 1)
        wait_until(victim.is_frozen, f"it is frozen at {failpoint}")
        with Scheduler(redis, sim) as other:
            wait_until(lambda: sum(commits_per_slot(fleet).values()) >= 1, "another one finishes it", 60)
            victim.thaw()
            # The failpoint acts each time it is reached: keep it going until it has nothing left to do.
            wait_until(lambda: victim.thaw() or not victim.is_frozen() and victim.is_ready() and
                       victim.metric('kiotproxy_scheduler_jobs_running{kind="rotate"}') == 0, "it has let go", 30)
            assert_at_rest(fleet)
            assert_once(fleet, sim, proxies)


def test_a_frozen_leader_dispatches_nothing_twice(store, sim):
    """The whole process stands still for ten leases, with the clock and jobs in its hands."""
    redis, fleet = store
    with Scheduler(redis, sim, lease_ms=1000) as a, Scheduler(redis, sim, lease_ms=1000) as b:
        wait_until(lambda: a.leads() or b.leads(), "one leads")
        first, second = (a, b) if a.leads() else (b, a)
        proxies = add_many(fleet, 50, first_job=0)
        first.freeze()
        wait_until(second.leads, "the other one leads")
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= 50, "everything is committed", 60)
        first.thaw()
        assert_at_rest(fleet)
        assert_once(fleet, sim, proxies)


@pytest.mark.parametrize("script", ["rotation_commit", "job_claim", "jobs_read"])
def test_a_reply_of_the_store_is_lost(store, sim, script):
    """The transaction was applied, its answer never came. A commit is repeated and told that it was done; a job read or
    claimed comes again."""
    redis, fleet = store
    fleet_key = fleet.new_key()
    with DroppingLink(redis, script) as link, Scheduler(redis, sim, redis_url=link.url) as s:
        fleet.wait_open()
        proxies = {fleet.add(fleet_key)[0]: fleet_key}
        wait_until(link.dropped.is_set, f"the reply to {script} is lost", 20)
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= 1, "it is committed all the same", 60)
        assert_at_rest(fleet)
        assert_once(fleet, sim, proxies)
        if script == "rotation_commit":
            name = 'kiotproxy_scheduler_rotations_total{result="already",reason="create"}'
            wait_until(lambda: s.metric(name) == 1, "the repeated commit was told so")


def test_a_poisonous_job_is_put_away_alone(store, sim):
    """A job whose handling kills its worker: five lives, then it is dead, and its neighbours are not harmed."""
    redis, fleet = store
    stream = redis.prefix + "jobs"
    with Scheduler(redis, sim):
        fleet.wait_open()
    poison = fleet.new_key()
    poison_id, poison_job = fleet.add(poison)
    entry = redis.call("XRANGE", stream, "-", "+")[0][0]
    redis.call("XCLAIM", stream, "workers", "dead-worker", "0", entry, "FORCE", "RETRYCOUNT", "5", "IDLE", "60000")
    proxies = add_many(fleet, 5)
    with Scheduler(redis, sim) as s:
        wait_until(lambda: redis.call("XLEN", redis.prefix + "dead") == 1, "it is put away", 30)
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= 5, "the others are done", 30)
        assert s.metric("kiotproxy_scheduler_jobs_dead_total") == 1
    assert sim.key(poison) is None
    assert [e["proxy_id"] for e in fleet.history("dead")] == [poison_id]
    assert_once(fleet, sim, proxies)


def test_redis_dies_while_the_answer_is_under_way(sealer, sim):
    """The commit is repeated until the store is back; the upstream that is paid for is not lost."""
    with RedisServer("--appendonly", "yes", "--appendfsync", "always") as redis:
        fleet = Fleet(redis, sealer)
        with Scheduler(redis, sim):
            fleet.wait_open()
            key = fleet.new_key()
            sim.behave(key, "slow", delay_ms=1000)
            proxy_id, job = fleet.add(key)
            wait_until(lambda: sim.key(key) and sim.key(key)["calls"]["new"] == 1, "the vendor is asked")
            redis.process.kill()
            redis.process.wait()
            redis.start()
            # Another generation: the commit is refused, the next claim asks /current and adopts what is there.
            wait_until(lambda: fleet.record(proxy_id).get("status") == "active", "it is committed", 60)
            assert_at_rest(fleet)
            assert_once(fleet, sim, {proxy_id: key})


def test_storm(store, sim):
    """Three schedulers, killed, frozen, cut off and stopped at random (a seed of its own each run, told on failure)
    under a vendor that is slow and loses answers."""
    redis, fleet = store
    seed = int(os.environ.get("KP_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
    dice = random.Random(seed)
    print(f"KP_TEST_SEED={seed}")
    sim.behave_default("lost_new", percent=10, delay_ms=20, jitter_ms=300)
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(Scheduler(redis, sim, lease_ms=1000, provider_concurrency=8)) for _ in range(3)]
        fleet.wait_open()
        proxies = {}
        for _ in range(12 * int(os.environ.get("KP_TEST_SCALE", "1"))):
            proxies.update(add_many(fleet, 10, first_job=dice.randrange(2)))
            victim = dice.choice(programs)
            event = dice.choice(["kill", "freeze", "cut", "stop", "nothing"])
            if event == "kill":
                victim.kill()
                victim.launch()
            elif event == "stop":
                assert victim.stop() == 0
                victim.launch()
            elif event == "freeze":
                victim.freeze()
            elif event == "cut":
                redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            pause = dice.uniform(0.1, 1.5)
            start = time.monotonic()
            wait_until(lambda s=start, p=pause: time.monotonic() - s > p, "the storm goes on")
            victim.thaw()
        sim.behave_default("none")
        wait_until(lambda: sum(commits_per_slot(fleet).values()) >= len(proxies), "all is committed", 90)
        assert_at_rest(fleet)
        assert_once(fleet, sim, proxies)
