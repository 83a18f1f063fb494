"""The scheduler against a real Redis and the simulator: every row of the failure table, sync, check, release, leading,
outages. That nothing is done twice is test_31_exactly_once.py."""

import os
import signal
import socket
import subprocess
import time

import pytest

from harness.redis_server import RedisServer
from harness.scheduler import Fleet, Scheduler, Sealer, accepted_rotations
from harness.simulator import SCALE, Simulator, build_dir, wait_until


@pytest.fixture(scope="module")
def sealer():
    sealer = Sealer()
    yield sealer
    sealer.close()


@pytest.fixture(scope="module")
def sim():
    with Simulator(ttl_ms=600000, ttc_ms=0) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def scheduler(redis, sim):
    with Scheduler(redis, sim) as program:
        yield program


@pytest.fixture(scope="module")
def fleet(redis, sealer, scheduler):
    fleet = Fleet(redis, sealer)
    fleet.wait_open()
    return fleet


@pytest.fixture
def alone(sealer, sim):
    """A store of its own: (redis, fleet)."""
    with RedisServer() as redis:
        yield redis, Fleet(redis, sealer)


def proved(fleet, proxy_id):
    """The check that each new upstream meets is over."""
    wait_until(lambda: not fleet.record(proxy_id).get("check_entry"), "the new upstream's check is over")


def add_ready(fleet, key):
    """A proxy that has its first upstream, and that one's proof behind it."""
    proxy_id, job = fleet.add(key)
    assert fleet.result(job)["outcome"] == "ok"
    proved(fleet, proxy_id)
    fleet.allow_now(proxy_id)
    return proxy_id


# --- rotating ---------------------------------------------------------------------------------------------------


def test_first_upstream(fleet, sim):
    key = fleet.new_key()
    proxy_id, job = fleet.add(key)
    result = fleet.result(job)
    assert result["outcome"] == "ok" and result["new_ip"] == sim.current(key)["host"]
    record, route = fleet.record(proxy_id), fleet.route(proxy_id)
    assert record["status"] == "active" and record["remote_http"] == sim.current(key)["http"]
    assert record["location"] == sim.current(key)["location"]
    assert int(record["provider_expires_at"]) == sim.current(key)["expirationAt"]
    assert route["state"] == "active" and route["http"] == record["remote_http"] and route["rotating"] is False
    proved(fleet, proxy_id)
    assert fleet.queue_length() == 0 and fleet.pending() == 0


def test_rotation_brings_another_ip(fleet, sim):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    before = fleet.record(proxy_id)["remote_ip"]
    result = fleet.result(fleet.request(proxy_id))
    assert result["outcome"] == "ok" and result["same_ip"] is False
    assert fleet.record(proxy_id)["remote_ip"] == result["new_ip"] != before
    assert sim.key(key)["rotations"] == 2


def test_a_waiting_user_waits_no_longer_than_needed(fleet):
    """Reading is woken, not polled: from request to result within a fraction of the poll's interval."""
    proxy_id = add_ready(fleet, fleet.new_key())
    times = []
    for _ in range(5):
        fleet.allow_now(proxy_id)
        start = time.monotonic()
        fleet.result(fleet.request(proxy_id))
        times.append(time.monotonic() - start)
    assert sorted(times)[2] < 0.15 * SCALE, times


def test_same_ip_is_told_as_such(fleet, sim, scheduler):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    sim.behave(key, "same_ip", times=1)
    result = fleet.result(fleet.request(proxy_id))
    assert result["outcome"] == "ok" and result["same_ip"] is True
    assert fleet.last_error(proxy_id)["message_id"] == "err.same_ip"
    name = 'kiotproxy_scheduler_rotations_total{result="same_ip",reason="manual"}'
    wait_until(lambda: scheduler.metric(name) == 1, "the same ip is counted")


def test_upstream_with_credentials(fleet, sim, sealer):
    for form in ("fields", "joined"):
        key = fleet.new_key()
        sim.behave(key, upstream_auth={"user": "u1", "password": "p-w;d"}, auth_form=form)
        proxy_id = add_ready(fleet, key)
        record = fleet.record(proxy_id)
        assert record["remote_user"] == "u1" and "p-w;d" not in str(record)
        assert sealer.open(f"proxy:{proxy_id}:remote_password", record["remote_password"]) == "p-w;d"
        # A check that is let in proves that both parts are right.
        assert fleet.result(fleet.request(proxy_id, "check"))["outcome"] == "ok"


def test_the_vendors_clock_may_be_wrong(fleet, sim, redis):
    key = fleet.new_key()
    sim.behave(key, skew_ms=-86400000, ttl_ms=600000, ttc_ms=60000)
    proxy_id, job = fleet.add(key)
    assert fleet.result(job)["outcome"] == "ok"
    record = fleet.record(proxy_id)
    seconds, micros = redis.call("TIME")
    now = int(seconds) * 1000 + int(micros) // 1000
    assert 580000 < int(record["expiration_at"]) - now <= 600000
    assert 40000 < int(record["next_request_at"]) - now <= 60000


# --- the failure table ------------------------------------------------------------------------------------------

FAILURES = [
    # mode, class, message_id, least and most wait in ms (None: no retry)
    ("key_not_found", "INVALID_KEY", "err.key_invalid", None),
    ("key_expired", "EXPIRED_KEY", "err.key_expired", None),
    ("rate_limited", "RATE_LIMITED", "err.rate_limited", (45000, 75000)),
    ("no_stock", "NO_STOCK", "err.no_stock", (5000, 300000)),
    ("firewall", "FIREWALL", "err.firewall", (5000, 300000)),
    ("redirect", "TRANSIENT", "err.transient", (4000, 6000)),
]


@pytest.mark.parametrize("mode, failure, message_id, wait_ms", FAILURES)
def test_failure_keeps_the_upstream(fleet, sim, scheduler, mode, failure, message_id, wait_ms):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    upstream = fleet.record(proxy_id)["remote_http"]
    sim.behave(key, mode)
    result = fleet.result(fleet.request(proxy_id))
    assert (result["outcome"], result["class"], result["message_id"]) == ("error", failure, message_id)
    if wait_ms:
        assert wait_ms[0] <= result["retry_in_ms"] <= wait_ms[1]
    record = fleet.record(proxy_id)
    assert record["remote_http"] == upstream and fleet.route(proxy_id)["http"] == upstream
    assert fleet.route(proxy_id)["rotating"] is False
    assert fleet.last_error(proxy_id)["class"] == failure
    assert record["status"] == {"INVALID_KEY": "key_invalid", "EXPIRED_KEY": "key_expired"}.get(failure, "active")
    assert sim.key(key)["rotations"] == 1
    name = f'kiotproxy_scheduler_rotations_total{{result="{failure}",reason="manual"}}'
    wait_until(lambda: scheduler.metric(name) >= 1, f"{failure} is counted")


@pytest.mark.parametrize("mode", ["http_500", "garbage", "huge"])
def test_an_answer_that_says_nothing_is_looked_up(fleet, sim, mode):
    """The vendor may have rotated: /current is asked until it is clear that it has not; /new is not repeated."""
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    sim.behave(key, mode, on="new")
    result = fleet.result(fleet.request(proxy_id))
    assert (result["class"], result["message_id"]) == ("TRANSIENT", "err.transient")
    calls = [c["call"] for c in sim.log(key=key)]
    assert calls[:2] == ["new", "new"] and calls.count("new") == 2 and calls.count("current") >= 3
    assert fleet.record(proxy_id)["status"] == "active"
    # Better again: the open slot is settled by /current first, then done.
    sim.behave(key, "none")
    fleet.due_now("rotate", proxy_id)
    result = wait_until(lambda: sim.key(key)["rotations"] == 2 and fleet.record(proxy_id)["last_error"] == "",
                        "the retry comes", 30)
    calls = [c["call"] for c in sim.log(key=key)]
    assert calls[-2:] == ["current", "new"]


def test_retries_back_off(fleet, sim):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    sim.behave(key, "redirect")
    waits = []
    job = fleet.request(proxy_id)
    for _ in range(3):
        waits.append(fleet.result(job)["retry_in_ms"])
        fleet.redis.call("DEL", f"{fleet.redis.prefix}result:{job}")
        fleet.redis.call("HSET", f"{fleet.redis.prefix}proxy:{proxy_id}", "due_at", "1")
        fleet.due_now("rotate", proxy_id)
    assert waits[0] < waits[1] < waits[2], waits


def test_cooldown_waits_for_the_allowed_moment(fleet, sim):
    for form in ("text", "ttc"):
        key = fleet.new_key()
        sim.behave(key, ttc_ms=40000, cooldown=form)
        proxy_id = add_ready(fleet, key)
        upstream = fleet.record(proxy_id)["remote_http"]
        result = fleet.result(fleet.request(proxy_id))
        assert (result["class"], result["message_id"]) == ("COOLDOWN", "err.cooldown")
        assert 30000 < result["retry_in_ms"] <= 40000
        assert fleet.record(proxy_id)["remote_http"] == upstream and fleet.record(proxy_id)["status"] == "active"


def test_cooldown_on_a_fresh_key_adopts_the_present_upstream(fleet, sim):
    key = fleet.new_key()
    sim.behave(key, ttc_ms=60000)
    data = sim.new(key)
    proxy_id, job = fleet.add(key)
    result = fleet.result(job)
    assert result["outcome"] == "ok" and result["remote_http"] == data["http"]
    assert fleet.record(proxy_id)["status"] == "active"
    assert sim.key(key)["rotations"] == 1


@pytest.mark.parametrize("mode, failure", [("key_not_found", "INVALID_KEY"), ("key_expired", "EXPIRED_KEY")])
def test_a_bad_key_deletes_the_proxy_while_its_creator_waits(fleet, sim, mode, failure):
    key = fleet.new_key()
    sim.behave(key, mode)
    proxy_id, job = fleet.add(key, await_ms=15000)
    assert fleet.result(job)["class"] == failure
    assert fleet.record(proxy_id) == {}


def test_a_key_that_cannot_be_opened_is_not_sent(fleet, sim, sealer):
    """Sealed for another proxy: moved in the store by hand. It must not open, and nothing is asked."""
    key = fleet.new_key()
    proxy_id, job = fleet.add(key, provider_key=sealer.seal("proxy:999999:provider_key", key))
    result = fleet.result(job)
    assert result["class"] == "TRANSIENT"
    assert sim.key(key) is None


def test_private_upstreams_are_refused(alone, sim):
    """The simulator's upstreams are in 127.0.0.0/8: exactly what a hostile answer would name."""
    redis, fleet = alone
    with Scheduler(redis, sim, upstream_allow_private="false"):
        fleet.wait_open()
        proxy_id, job = fleet.add(fleet.new_key())
        result = fleet.result(job)
        assert result["class"] == "TRANSIENT"
        assert fleet.record(proxy_id).get("remote_http", "") == ""
        assert "not a public address" in fleet.last_error(proxy_id)["provider_message"]


# --- sync, check, release ---------------------------------------------------------------------------------------


def test_sync_adopts_what_another_tool_changed(fleet, sim):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    sim.rotate(key)
    assert fleet.result(fleet.request(proxy_id, "sync"))["outcome"] == "ok"
    assert fleet.record(proxy_id)["remote_http"] == sim.current(key)["http"] == fleet.route(proxy_id)["http"]


def test_sync_learns_that_nothing_is_assigned(fleet, sim):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    sim.call("out", key)
    assert fleet.result(fleet.request(proxy_id, "sync"))["class"] == "NOT_ASSIGNED"
    assert fleet.record(proxy_id)["status"] == "no_upstream"


@pytest.mark.parametrize("mode, failure", [("key_expired", "EXPIRED_KEY"), ("http_500", "TRANSIENT"),
                                           ("firewall", "FIREWALL"), ("garbage", "TRANSIENT")])
def test_sync_failures(fleet, sim, mode, failure):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    sim.behave(key, mode)
    assert fleet.result(fleet.request(proxy_id, "sync"))["class"] == failure


def test_check_tells_good_from_bad(fleet, sim):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    assert fleet.result(fleet.request(proxy_id, "check"))["outcome"] == "ok"
    assert int(fleet.record(proxy_id)["latency_ms"]) >= 20
    sim.kill_upstream(key)
    assert fleet.result(fleet.request(proxy_id, "check"))["outcome"] == "error"
    assert fleet.record(proxy_id)["status"] == "active", "one bad check proves nothing"
    assert fleet.result(fleet.request(proxy_id, "check"))["outcome"] == "error"
    assert fleet.record(proxy_id)["status"] == "unhealthy"


def test_an_upstream_that_refuses_us_is_not_healthy(fleet, sim, redis):
    """407: somebody else's credentials."""
    key = fleet.new_key()
    sim.behave(key, upstream_auth={"user": "u1", "password": "right"})
    proxy_id = add_ready(fleet, key)
    redis.call("HSET", f"{redis.prefix}proxy:{proxy_id}", "remote_user", "someone")
    assert fleet.result(fleet.request(proxy_id, "check"))["outcome"] == "error"


def test_checks_that_wait_long_are_made_once(alone, sim):
    """Their entries come again after 15 s, to the very scheduler in which they wait for their turn."""
    redis, fleet = alone
    with Scheduler(redis, sim, check_concurrency=1) as s, socket.create_server(("127.0.0.1", 0)) as silent:
        fleet.wait_open()
        proxies = [add_ready(fleet, fleet.new_key()) for _ in range(5)]
        before = s.metrics()
        for proxy_id in proxies:
            redis.call("HSET", f"{redis.prefix}proxy:{proxy_id}", "remote_http", f"127.0.0.1:{silent.getsockname()[1]}")
        for job in [fleet.request(proxy_id, "check") for proxy_id in proxies]:
            fleet.result(job, 60)
        wait_until(lambda: fleet.pending() == 0, "nothing is left", 30)
        # Taken again and again they would count as poison after five times, and be given up.
        for name in ('kiotproxy_scheduler_jobs_read_total{kind="check"}', 'kiotproxy_scheduler_checks_total{result="bad"}'):
            assert s.metric(name) - before[name] == len(proxies)


def test_what_repeats_is_not_logged_each_time(alone, sim):
    redis, fleet = alone
    with Scheduler(redis, sim, log_level="info") as s:
        fleet.wait_open()
        key = fleet.new_key()
        proxy_id, job = fleet.add(key, rotate_mode="manual")
        fleet.result(job)
        proved(fleet, proxy_id)
        synced = s.metric('kiotproxy_scheduler_syncs_total{result="ok"}')
        told = s.log().count("the provider answered")
        redis.call("ZADD", f"{redis.prefix}due:sync", 1, proxy_id)
        wait_until(lambda: s.metric('kiotproxy_scheduler_syncs_total{result="ok"}') == synced + 1, "the clock has it synced")
        assert fleet.result(fleet.request(proxy_id, "sync"))["outcome"] == "ok"
        assert s.log().count("the provider answered") == told + 1, "a person's is told, the clock's is not"
        sim.behave(key, mode="http_500")  # else a sync would mend it
        redis.call("HSET", f"{redis.prefix}proxy:{proxy_id}", "remote_http", "nowhere")
        for _ in range(4):
            assert fleet.result(fleet.request(proxy_id, "check"))["outcome"] == "error"
        assert s.log().count("an upstream cannot be checked") == 2, "both that made it unhealthy"
        assert s.log().count("store is open") == 1


def test_release_gives_the_upstream_back(fleet, sim, redis):
    key = fleet.new_key()
    proxy_id = add_ready(fleet, key)
    answer = redis.script("proxy_delete", proxy_id, "tester", 1, 86400000, 0)
    assert fleet.result(answer["job"])["outcome"] == "ok"
    assert sim.key(key)["upstream"] is None
    assert fleet.pending() == 0


# --- leading, the clock -----------------------------------------------------------------------------------------


def test_the_clock_rotates_what_is_due(alone, sim):
    redis, fleet = alone
    with Scheduler(redis, sim, health_check_interval=1):
        fleet.wait_open()
        key = fleet.new_key()
        sim.behave(key, ttl_ms=61500)
        proxy_id, job = fleet.add(key, rotate_mode="expiration")
        fleet.result(job)
        wait_until(lambda: sim.key(key)["rotations"] >= 2, "60 s before its end the upstream is replaced", 20)
        wait_until(lambda: int(fleet.record(proxy_id).get("latency_ms") or -1) >= 0, "the clock has it checked")


def test_one_leads_and_hands_over_at_once(alone, sim):
    redis, fleet = alone
    with Scheduler(redis, sim) as a, Scheduler(redis, sim) as b:
        wait_until(lambda: a.leads() or b.leads(), "one leads")
        assert not (a.leads() and b.leads())
        first, second = (a, b) if a.leads() else (b, a)
        start = time.monotonic()
        first.terminate()
        wait_until(second.leads, "the other one takes over")
        assert time.monotonic() - start < 1.0 * SCALE
        assert first.wait() == 0


def test_a_killed_leader_is_replaced(alone, sim):
    redis, fleet = alone
    with Scheduler(redis, sim) as b:
        wait_until(b.leads, "it leads")
        a = Scheduler(redis, sim).start()
        b_node = redis.text("GET", redis.prefix + "leader")
        b.kill()
        start = time.monotonic()
        wait_until(a.leads, "the other one takes over")
        assert time.monotonic() - start < (2.0 + 1.0) * SCALE
        assert redis.text("GET", redis.prefix + "leader") != b_node
        assert a.stop() == 0


def test_a_frozen_leader_steps_down_when_thawed(alone, sim):
    redis, fleet = alone
    with Scheduler(redis, sim, lease_ms=1000) as a, Scheduler(redis, sim, lease_ms=1000) as b:
        wait_until(lambda: a.leads() or b.leads(), "one leads")
        first, second = (a, b) if a.leads() else (b, a)
        first.freeze()
        wait_until(second.leads, "the other one takes over")
        epoch = redis.text("GET", redis.prefix + "leader:epoch")
        first.thaw()
        wait_until(lambda: "leading no more" in first.log(), "the thawed one knows")
        assert not first.leads() and second.leads()
        assert redis.text("GET", redis.prefix + "leader:epoch") == epoch


def test_a_lease_that_was_prolonged_too_late_is_given_back(alone, sim):
    """Redis freezes with a renewal on its way, and carries it out when the leader has given up."""
    redis, fleet = alone
    with Scheduler(redis, sim, lease_ms=4000) as a:
        wait_until(a.leads, "it leads")
        redis.process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: "leading no more" in a.log(), "it gives up by its own clock")
        finally:
            redis.process.send_signal(signal.SIGCONT)
        wait_until(lambda: "lease given back" in a.log(), "the lease is given back")
        wait_until(lambda: a.log().count("event=leading ") == 2, "it takes a new one")
        assert a.log().index("lease given back") < a.log().rindex("event=leading ")


# --- outages ----------------------------------------------------------------------------------------------------


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_works_on_through_a_restart_of_redis(sealer, sim):
    with RedisServer("--appendonly", "yes", "--appendfsync", "always") as redis:
        fleet = Fleet(redis, sealer)
        with Scheduler(redis, sim) as s:
            fleet.wait_open()
            proxy_id = add_ready(fleet, fleet.new_key())
            redis.process.kill()
            redis.process.wait()
            wait_until(lambda: not s.is_ready(), "it is not ready without its store")
            ticks, start = cpu_ticks(s.process.pid), time.monotonic()
            wait_until(lambda: time.monotonic() - start > 1, "a second passes")
            used = (cpu_ticks(s.process.pid) - ticks) / os.sysconf("SC_CLK_TCK")
            assert used < 0.3 * SCALE, f"{used} s of CPU in a second of outage"
            redis.start()
            wait_until(s.is_ready, "it is back")
            fleet.allow_now(proxy_id)
            assert fleet.result(fleet.request(proxy_id))["outcome"] == "ok"
            wait_until(s.leads, "it leads again")


def test_a_frozen_redis_is_waited_for(alone, sim):
    """SIGSTOP: connections stay up, answers stay away. No busy loop, no storm of connections, no second leader."""
    redis, fleet = alone
    with Scheduler(redis, sim) as s:
        fleet.wait_open()
        wait_until(s.leads, "it leads")
        proxy_id = add_ready(fleet, fleet.new_key())
        reconnects = s.metric("kiotproxy_scheduler_store_reconnects_total")
        redis.process.send_signal(signal.SIGSTOP)
        ticks, start = cpu_ticks(s.process.pid), time.monotonic()
        wait_until(lambda: not s.leads(), "it steps down by its own clock")
        wait_until(lambda: time.monotonic() - start > 4, "four seconds pass")
        used = (cpu_ticks(s.process.pid) - ticks) / os.sysconf("SC_CLK_TCK")
        assert used < 0.6 * SCALE, f"{used} s of CPU in four seconds"
        redis.process.send_signal(signal.SIGCONT)
        wait_until(s.leads, "it leads again")
        fleet.allow_now(proxy_id)
        assert fleet.result(fleet.request(proxy_id))["outcome"] == "ok"
        assert s.metric("kiotproxy_scheduler_store_reconnects_total") - reconnects <= 5


def test_scripts_and_links_may_vanish(fleet, redis, scheduler):
    """SCRIPT FLUSH, and every connection cut."""
    proxy_id = add_ready(fleet, fleet.new_key())
    redis.call("SCRIPT", "FLUSH")
    redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    fleet.allow_now(proxy_id)
    assert fleet.result(fleet.request(proxy_id))["outcome"] == "ok"


def test_running_jobs_are_finished_at_a_stop(alone, sim):
    redis, fleet = alone
    with Scheduler(redis, sim) as s:
        fleet.wait_open()
        key = fleet.new_key()
        sim.behave(key, "slow", delay_ms=1500)
        proxy_id, job = fleet.add(key)
        wait_until(lambda: sim.key(key) and sim.key(key)["calls"]["new"] == 1, "the vendor is asked")
        s.terminate()
        assert s.wait() == 0
        assert fleet.result(job)["outcome"] == "ok"
        assert redis.call("EXISTS", redis.prefix + "leader") == 0


# --- the program ------------------------------------------------------------------------------------------------


def run_program(*arguments, **environment):
    return subprocess.run([str(build_dir() / "scheduler" / "scheduler"), *arguments], env=environment, text=True,
                          capture_output=True, timeout=20 * SCALE)


def test_the_most_slots_there_can_be(alone, sim):
    """PROVIDER_CONCURRENCY=1024, and the window grown to all of them: more than one read hands out."""
    redis, fleet = alone
    with Scheduler(redis, sim, provider_concurrency=1024) as s:
        fleet.wait_open()
        for _ in range(11):
            add_ready(fleet, fleet.new_key())
        assert "cannot be read" not in s.log()


def test_connections_have_names(redis, scheduler):
    names = redis.text("CLIENT", "LIST")
    assert "name=jobs-wake" in names, names


def test_command_line():
    result = run_program("--help")
    helps = [line.strip() for line in result.stdout.splitlines() if line.startswith("      ")]
    helps = [line for line in helps if not line.startswith("default:")]
    assert helps and all(line[0].isupper() or line.startswith("redis") for line in helps), helps
    assert result.returncode == 0 and "PROVIDER_CONCURRENCY" in result.stdout and "LEASE_MS" in result.stdout
    assert run_program("--version").returncode == 0
    wrong = run_program("--help", "--what")
    assert wrong.returncode == 2
    assert wrong.stderr == 'scheduler: unknown argument "--what"; usage: scheduler [--help | --version]\n'


@pytest.mark.parametrize("name, value", [("LEASE_MS", "1"), ("KIOTPROXY_API_BASE", "ftp://x"), ("SECRET_KEY", "abc"),
                                         ("HEALTH_CHECK_INTERVAL", "86401"), ("PROVIDER_CONCURRENCY", "0"),
                                         ("REDIS_URL", "http://x"), ("HEALTH_CHECK_URL", "gstatic.com")])
def test_a_wrong_value_stops_the_start_with_one_line(name, value):
    result = run_program(**{"SECRET_KEY": "ab" * 32, "REDIS_URL": "redis://127.0.0.1:1", name: value})
    assert result.returncode == 2
    assert result.stderr.count(name) == 1 and result.stderr.count("\n") == 1, result.stderr


def test_another_secret_key_is_refused(fleet, redis, sim):
    other = Scheduler(redis, sim, secret_key="cd" * 32).launch()
    assert other.wait() != 0
    assert "SECRET_KEY" in other.log()


def test_metrics_and_heartbeat(scheduler, redis):
    metrics = scheduler.metrics()
    assert metrics["kiotproxy_scheduler_store_up"] == 1
    assert metrics['kiotproxy_scheduler_provider_latency_seconds_count{call="new"}'] > 0
    beat = wait_until(lambda: redis.hash(f"node:{scheduler.node_id}"), "a heartbeat")
    assert beat["role"] == "scheduler"
    assert scheduler.get("/healthz")[0] == 200
