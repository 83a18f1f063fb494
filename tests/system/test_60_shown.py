"""What is kept of a proxy's JSON is never shown when it no longer holds: a cooldown ends, ports move, records change."""

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Sealer
from harness.simulator import wait_until

DAY_MS = 24 * 3600 * 1000


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    with ApiNode(redis) as one, ApiNode(redis) as two:
        yield one, two


@pytest.fixture(scope="module")
def callers(nodes):
    admin = nodes[0].login()
    return admin, admin.on(nodes[1])


def rotated(redis, next_change_in_ms):
    """A proxy whose provider allows the next rotation in that time; what a scheduler would have done."""
    sealer = Sealer()
    proxy_id = redis.script("id_take", 1)["first_id"]
    fields = {"key_name": "rotated", "provider": "kiotproxy", "provider_key": sealer.seal(f"proxy:{proxy_id}:provider_key", "K1"),
              "provider_key_hmac": sealer.hmac("kiotproxy", f"K{proxy_id}"), "region": "bac",
              "password": sealer.seal(f"proxy:{proxy_id}:password", "secret12"), "password_hash": "a" * 64, "allow": "[]", "user_id": "1"}
    sealer.close()
    assert redis.script("proxy_create", proxy_id, "admin", *[part for item in fields.items() for part in item], "first_job", 1,
                        "await_ms", 0, "reuse_ms", DAY_MS, "port_start", 9000, "port_end", 9999).status == "OK"
    job = redis.script("jobs_read", "w", 1, 15000).json("jobs")[0]
    gen = redis.text("GET", redis.prefix + "generation")
    claim = redis.script("job_claim", job["entry"], job["job"], job["kind"], proxy_id, job["slot"], "w", gen, 30000)
    assert redis.script("rotation_commit", job["entry"], job["job"], proxy_id, job["slot"], claim["fence"], gen, 1200000,
                        next_change_in_ms, "remote_http", "1.1.1.1:80", "remote_ip", "1.1.1.1").status == "COMMITTED"
    return int(proxy_id)


def listed(caller, proxy_id):
    return next(p for p in caller.get("/api/proxies").json if p["id"] == proxy_id)


def test_cooldown_ends_by_itself(redis, callers):
    proxy_id = rotated(redis, 1500)
    shown = [listed(c, proxy_id) for c in callers]
    assert [p["rotation_state"] for p in shown] == ["cooldown", "cooldown"]
    wait_until(lambda: all(listed(c, proxy_id)["rotation_state"] == "idle" for c in callers), "the cooldown has ended")
    assert [c.proxy(proxy_id)["rotation_state"] for c in callers] == ["idle", "idle"]


def test_every_view_shows_the_newest(callers):
    one, two = callers
    proxy = one.add_static("first name")
    for name in ("second", "third"):
        assert listed(two, proxy["id"]) == two.proxy(proxy["id"]) == listed(one, proxy["id"])
        changed = one.put(f"/api/proxies/{proxy['id']}", {"key_name": name}).json
        assert changed.pop("version") and changed["key_name"] == name
        assert listed(two, proxy["id"]) == two.proxy(proxy["id"]) == listed(one, proxy["id"]) == changed


def test_ports_that_relays_report_are_shown(redis, callers):
    proxy = callers[0].add_static("with a port")
    assert [listed(c, proxy["id"])["endpoints"] for c in callers] == [[], []]
    # A relay's heartbeat, as the relay would send it.
    assert redis.script("heartbeat", "relay-x", 60000, "role", "relay", "http_port", "8080", "port_start", "9000",
                        "port_end", "9999").status == "OK"
    port = 9000 + proxy["number"]
    wait_until(lambda: all(any(e["port"] == port for e in listed(c, proxy["id"])["endpoints"]) for c in callers),
               "the ports are shown", 15)
