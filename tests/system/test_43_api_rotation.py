"""Rotations over REST with a real scheduler and the vendor's simulator: who waits gets the job's result."""

import time

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import Simulator, wait_until


@pytest.fixture(scope="module")
def fleet():
    with Simulator(ttc_ms=1500, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim), \
            ApiNode(redis) as one, ApiNode(redis) as two:
        admin = one.login()
        admin.put("/api/settings", {"auto_rotate_on_expiration": False})
        yield sim, redis, admin, admin.on(two)


def add(admin, key, **fields):
    return admin.post("/api/proxies", {"key_name": key, "kiotproxy_key": key, "region": "bac", **fields})


def test_creation_waits_for_the_first_upstream(fleet):
    sim, _, admin, other = fleet
    answer = add(admin, "KSECRET00000000000000001")
    assert answer.status == 201, answer
    made = answer.json
    assert made["status"] == "active" and made["remote_http"] == sim.current("KSECRET00000000000000001")["http"]
    assert made["kiotproxy_key"] == "KSECRET0…000001" == made["provider_key"]
    assert other.proxy(made["id"])["remote_http"] == made["remote_http"]


def test_duplicate_key(fleet):
    _, _, admin, other = fleet
    first = add(admin, "KSECRET00000000000000002").json
    answer = add(other, "KSECRET00000000000000002")
    assert answer.status == 409 and answer.message_id == "err.key_duplicate"
    assert answer.json["params"] == {"proxy": first["subdomain"], "proxy_id": first["id"]}


def test_bad_keys_leave_nothing_behind(fleet):
    sim, _, admin, other = fleet
    for key, mode, message_id in (("KSECRETinvalid000000000", "key_not_found", "err.key_invalid"),
                                  ("KSECRETexpired000000000", "key_expired", "err.key_expired")):
        sim.behave(key, mode)
        answer = add(admin, key)
        assert answer.status == 422 and answer.message_id == message_id, answer
        assert key not in [p["key_name"] for p in other.get("/api/proxies").json]


def test_rotation_cooldown_schedule_cancel(fleet):
    _, _, admin, other = fleet
    made = add(admin, "KSECRET00000000000000003").json
    path = f"/api/proxies/{made['id']}"
    refused = other.post(path + "/rotate")
    assert refused.status == 409 and refused.message_id == "err.cooldown"
    assert 1 <= int(refused.headers["retry-after"]) == refused.json["retry_after_seconds"] <= 2
    later = other.post(path + "/rotate", {"when": "allowed"})
    assert later.status == 202 and later.json["rotation_state"] == "scheduled"
    assert admin.proxy(made["id"])["rotation_scheduled_at"] == later.json["rotation_scheduled_at"]
    assert admin.delete(path + "/rotate").status == 200
    assert other.proxy(made["id"])["rotation_scheduled_at"] is None
    answer = wait_until(lambda: (a := other.post(path + "/rotate")).status != 409 and a, "the cooldown ends")
    assert answer.status == 200 and answer.json["remote_http"] != made["remote_http"], answer
    assert admin.proxy(made["id"])["remote_http"] == answer.json["remote_http"]


def test_scheduled_rotation_takes_place_and_is_told(fleet):
    _, _, admin, other = fleet
    made = add(admin, "KSECRET00000000000000004").json
    with other.live() as live:
        live.wait("hello")
        assert admin.post(f"/api/proxies/{made['id']}/rotate", {"when": "allowed"}).status == 202
        live.wait("proxy", lambda m: m["proxy"]["id"] == made["id"] and m["proxy"]["remote_http"] != made["remote_http"], 20)


def test_two_who_ask_at_once_share_one_rotation(fleet):
    import threading
    sim, _, admin, other = fleet
    key = "KSECRET00000000000000005"
    made = add(admin, key).json
    wait_until(lambda: admin.proxy(made["id"])["rotation_state"] == "idle", "the cooldown ends")
    before = sum(1 for c in sim.log(key=key, call="new"))
    answers = []
    threads = [threading.Thread(target=lambda c=c: answers.append(c.post(f"/api/proxies/{made['id']}/rotate")))
               for c in (admin, other, admin, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [a for a in answers if a.status == 200]
    assert good and all(a.status in (200, 409) for a in answers), answers
    assert len({a.json["new_ip"] for a in good}) == 1
    assert sum(1 for c in sim.log(key=key, call="new")) == before + 1


def test_sync_and_check(fleet):
    sim, _, admin, other = fleet
    key = "KSECRET00000000000000006"
    made = add(admin, key).json
    sim.rotate(key)
    answer = other.post(f"/api/proxies/{made['id']}/sync")
    assert answer.status == 200, answer
    assert admin.proxy(made["id"])["remote_http"] == sim.current(key)["http"] != made["remote_http"]
    assert answer.json["same_ip"] is False
    answer = other.post(f"/api/proxies/{made['id']}/sync")
    assert answer.status == 200 and answer.json["same_ip"] is True and "message_id" not in answer.json, answer
    answer = admin.post(f"/api/proxies/{made['id']}/check")
    assert answer.status in (200, 503), answer


def test_paused_proxies_do_not_rotate(fleet):
    _, _, admin, _ = fleet
    made = add(admin, "KSECRET00000000000000007").json
    admin.put(f"/api/proxies/{made['id']}", {"is_active": False})
    answer = admin.post(f"/api/proxies/{made['id']}/rotate")
    assert answer.status == 409 and answer.message_id == "err.paused"


def test_client_that_leaves_while_its_rotation_runs(fleet):
    sim, _, admin, _ = fleet
    key = "KSECRET00000000000000008"
    made = add(admin, key).json
    wait_until(lambda: admin.proxy(made["id"])["rotation_state"] == "idle", "the cooldown ends")
    with admin.node.wire() as wire:
        wire.send(f"POST /api/proxies/{made['id']}/rotate HTTP/1.1\r\nHost: x\r\nCookie: session_id={admin.session}\r\n"
                  "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".encode())
    wait_until(lambda: admin.proxy(made["id"])["remote_http"] != made["remote_http"], "it takes place all the same")
