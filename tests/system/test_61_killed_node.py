"""An api-node killed in the middle of a change: each change is whole or did not happen, and the call sent again to another
node, with its Idempotency-Key, gives what it would have given. No scheduler: what is queued here stays queued.
"""

import http.client
import threading

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.simulator import wait_until

OLD = {"note": "old", "tags": ["old"], "drain_seconds": 1, "password": "oldpassword"}
NEW = {"note": "new", "tags": ["new"], "drain_seconds": 2, "password": "newpassword"}


@pytest.fixture(scope="module")
def fleet():
    with RedisServer() as redis, ApiNode(redis) as node:
        yield redis, node.login()


def send_and_kill(redis, admin, method, path, body, key, failpoint=None, after_s=None):
    """The call to a node of its own that dies at the failpoint, or after so long."""
    with_failpoint = {"kp_failpoint": f"{failpoint}:kill"} if failpoint else {}
    victim = ApiNode(redis, **with_failpoint).start()
    timer = None if after_s is None else threading.Timer(after_s, victim.process.kill)
    try:
        if timer:
            timer.start()
        admin.on(victim).call(method, path, body, Idempotency_Key=key)
    except (OSError, http.client.HTTPException):
        pass  # the answer did not come, or not all of it
    finally:
        if timer:
            timer.join()
        victim.wait()
        victim.log_file.close()


def again(redis, admin, method, path, body, key):
    """The call once more, after the time that the dead node keeps others out, which is cut short here."""
    def answer():
        for name in redis.call("KEYS", redis.prefix + "idempotency:*"):
            if redis.call("HGET", name, "status") is None:
                redis.call("PEXPIRE", name, 1)
        got = admin.call(method, path, body, Idempotency_Key=key)
        return None if got.status == 409 and got.message_id == "err.idempotency" else got
    first = wait_until(answer, "the call is taken again")
    second = admin.call(method, path, body, Idempotency_Key=key)
    assert (second.status, second.body) == (first.status, first.body) and second.headers["idempotency-replayed"] == "true"
    return first


def part(proxy):
    return {name: proxy[name] for name in OLD}


@pytest.mark.parametrize("failpoint, after_s", [("idempotency_begun", None), ("idempotency_end", None), (None, 0.001), (None, 0.004)])
def test_put_is_all_or_nothing(fleet, failpoint, after_s):
    redis, admin = fleet
    proxy = admin.add_static("whole", **OLD)
    path, key = f"/api/proxies/{proxy['id']}", f"put-{failpoint}-{after_s}"
    send_and_kill(redis, admin, "PUT", path, NEW, key, failpoint, after_s)
    found = part(admin.proxy(proxy["id"]))
    assert found in (OLD, NEW) and (failpoint is None or found == (OLD if failpoint == "idempotency_begun" else NEW)), found
    answer = again(redis, admin, "PUT", path, NEW, key)
    assert answer.status == 200 and part(answer.json) == NEW == part(admin.proxy(proxy["id"]))
    assert [e["action"] for e in admin.get(f"/api/logs?proxy_id={proxy['id']}").json] == ["update", "create"]


@pytest.mark.parametrize("failpoint, after_s", [("idempotency_end", None), (None, 0.01), (None, 0.03), (None, 0.06)])
def test_import_creates_nothing_twice(fleet, failpoint, after_s):
    redis, admin = fleet
    before = {p["id"] for p in admin.get("/api/proxies").json}
    body = {"kiotproxy_keys": "\n".join(f"KSECRET61{failpoint}{after_s}{n:04d}|key {n}" for n in range(300))}
    send_and_kill(redis, admin, "POST", "/api/proxies/bulk-import", body, f"import-{failpoint}-{after_s}", failpoint, after_s)
    made = [p for p in admin.get("/api/proxies").json if p["id"] not in before]
    assert all(p["password"] and p["key_name"].startswith("key ") for p in made), "each is whole"
    answer = again(redis, admin, "POST", "/api/proxies/bulk-import", body, f"import-{failpoint}-{after_s}")
    assert answer.status == 200 and answer.json["ok"] == 300, answer
    after = {p["id"]: p for p in admin.get("/api/proxies").json if p["id"] not in before}
    assert len(after) == 300 and set(after) == {r["id"] for r in answer.json["results"]}
    assert all(after[p["id"]] == p for p in made), "what was made first stays as it was"


def test_a_creation_killed_before_its_answer(fleet):
    """The repeated call finds the proxy that the first one made, and does not call it a duplicate."""
    redis, admin = fleet
    body = {"key_name": "once", "provider": "static", "upstream": "http://127.0.0.1:9", "password": "endpointpw12"}
    send_and_kill(redis, admin, "POST", "/api/proxies", body, "create", "idempotency_end")
    made = [p for p in admin.get("/api/proxies").json if p["key_name"] == "once"]
    answer = again(redis, admin, "POST", "/api/proxies", body, "create")
    assert answer.status == 201 and [answer.json["id"]] == [p["id"] for p in made]
    assert [p["key_name"] for p in admin.get("/api/proxies").json].count("once") == 1


def test_a_full_queue_takes_no_more(fleet):
    redis, admin = fleet
    made = admin.post("/api/proxies/bulk-import", {"kiotproxy_keys": "KSECRET61full1,KSECRET61full2"}).json
    ids = [r["id"] for r in made["results"]]
    redis.call("EVAL", "for i = 1, 9999 - redis.call('XLEN', KEYS[1] .. 'jobs') do redis.call('XADD', KEYS[1] .. 'jobs', '*', 'job', 'x') end",
               1, redis.prefix)
    result = admin.post("/api/proxies/bulk", {"ids": ids, "action": "rotate"}).json
    assert [r["status"] for r in result["results"]] == ["started", "refused"]
    assert result["results"][1]["message_id"] == "err.busy" and result["results"][1]["params"]["s"] > 0
    answer = admin.post("/api/proxies/sync-all").json
    assert answer["started"] >= 2, "what finds no room is left to the clock"
    assert redis.call("XLEN", redis.prefix + "jobs") == 10000
