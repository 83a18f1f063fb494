"""A new key for a proxy, and a deleted proxy put back: real scheduler, the vendor's simulator, two nodes."""

import itertools

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import Simulator, wait_until

keys = (f"KSECRET61{n:020d}" for n in itertools.count(1))
STAYS = ("id", "subdomain", "number", "endpoints", "password", "allow", "tags", "note", "created_at")


@pytest.fixture(scope="module")
def fleet():
    with Simulator(ttc_ms=1000, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim), \
            ApiNode(redis, public_port_start=9000, public_port_end=9999) as one, \
            ApiNode(redis, public_port_start=9000, public_port_end=9999) as two:
        admin = one.login()
        admin.put("/api/settings", {"auto_rotate_on_expiration": False, "auto_update_enabled": False})
        yield sim, redis, admin, admin.on(two)


@pytest.fixture
def made(fleet):
    """A proxy with an upstream: (its record as REST shows it, its path, its key)."""
    key = next(keys)
    answer = fleet[2].post("/api/proxies", {"key_name": key, "kiotproxy_key": key, "tags": ["a"], "note": "n",
                                            "allow": ["127.0.0.0/8"]})
    assert answer.status == 201, answer
    return answer.json, f"/api/proxies/{answer.json['id']}", key


def masked(key):
    return f"{key[:8]}…{key[-6:]}"


def history(caller, proxy_id):
    return [(e["action"], e["status"]) for e in caller.get(f"/api/logs?proxy_id={proxy_id}").json]


def test_a_new_key_that_the_vendor_takes(fleet, made):
    sim, _, admin, other = fleet
    before, path, _ = made
    new = next(keys)
    answer = other.put(path, {"kiotproxy_key": new})
    assert answer.status == 200, answer
    after = admin.proxy(before["id"])
    assert {**answer.json, "version": 0} == {**after, "version": 0}
    assert after["kiotproxy_key"] == masked(new) and after["status"] == "active"
    assert after["remote_http"] == sim.current(new)["http"] != before["remote_http"]
    assert {name: after[name] for name in STAYS} == {name: before[name] for name in STAYS}
    assert history(admin, before["id"]) == [("rotate", "success"), ("replace_key", "success"), ("replace_key", "info"),
                                            ("first_ip", "success"), ("create", "success")]
    again = admin.put(path, {"kiotproxy_key": new})
    assert again.status == 200 and again.json["remote_http"] == after["remote_http"]


@pytest.mark.parametrize("mode, message_id", [("key_not_found", "err.key_invalid"), ("key_expired", "err.key_expired")])
def test_a_new_key_that_the_vendor_refuses_changes_nothing_at_all(fleet, made, mode, message_id):
    sim, _, admin, other = fleet
    before, path, _ = made
    bad = next(keys)
    sim.behave(bad, mode)
    answer = other.put(path, {"kiotproxy_key": bad, "note": "new note", "password": "endpointpw12", "tags": []})
    assert answer.status == 422 and answer.message_id == message_id and answer.json["provider_message"], answer
    after = admin.proxy(before["id"])
    assert {n: v for n, v in after.items() if n not in ("rotation_state", "due_at", "last_error")} == \
        {n: v for n, v in before.items() if n not in ("rotation_state", "due_at", "last_error", "version")}
    assert after["last_error"]["message_id"] == "err.new_key_refused" and after["last_error"]["provider_message"]
    sim.behave(bad, "none")
    assert admin.put(path, {"kiotproxy_key": bad}).status == 200, "the key is free to be tried again"


def test_what_is_changed_with_a_key_takes_effect_with_it(fleet, made):
    _, _, admin, other = fleet
    before, path, _ = made
    answer = admin.put(path, {"kiotproxy_key": next(keys), "note": "second", "tags": ["b"], "region": "nam",
                              "paid_until": "2030-01-31", "password": "endpointpw12"})
    assert answer.status == 200, answer
    after = other.proxy(before["id"])
    assert (after["note"], after["tags"], after["region"], after["paid_until"], after["password"]) == \
        ("second", ["b"], "nam", "2030-01-31T16:59:59.000Z", "endpointpw12")


def test_a_slow_vendor_leaves_the_old_key_until_it_answers(fleet, made):
    sim, redis, admin, other = fleet
    before, path, _ = made
    new = next(keys)
    sim.behave(new, "no_stock")
    answer = other.put(path, {"kiotproxy_key": new, "note": "with it"})
    assert answer.status == 202 and answer.message_id == "err.no_stock" and answer.json["status"] == "running", answer
    waiting = admin.proxy(before["id"])
    assert waiting["note"] == before["note"] and waiting["kiotproxy_key"] == before["kiotproxy_key"]
    admin.put(path, {"note": "later"})
    sim.behave(new, "none")
    repeated = admin.put(path, {"kiotproxy_key": new})  # is tried again at once
    assert repeated.status == 200 and repeated.json["kiotproxy_key"] == masked(new), repeated
    assert other.proxy(before["id"])["note"] == "later", "the newer word counts"


def test_the_present_key_takes_a_waiting_one_back(fleet, made):
    sim, redis, admin, other = fleet
    before, path, key = made
    new = next(keys)
    sim.behave(new, "no_stock")
    assert admin.put(path, {"kiotproxy_key": new, "note": "with it"}).status == 202
    answer = other.put(path, {"kiotproxy_key": key})
    assert answer.status == 200 and answer.json["kiotproxy_key"] == masked(key), answer
    sim.behave(new, "none")
    taken = admin.post("/api/proxies", {"key_name": "free again", "kiotproxy_key": new})
    assert taken.status == 201 and other.proxy(before["id"])["note"] == before["note"], taken


def test_a_paused_proxys_new_key_waits(fleet, made):
    _, _, admin, other = fleet
    before, path, _ = made
    new = next(keys)
    answer = admin.put(path, {"kiotproxy_key": new, "is_active": False})
    assert answer.status == 202 and answer.message_id == "msg.key_waits", answer
    assert other.proxy(before["id"])["status"] == "paused"
    other.put(path, {"is_active": True})
    wait_until(lambda: admin.proxy(before["id"])["kiotproxy_key"] == masked(new), "the key is tried and taken")


def test_a_key_in_use_is_refused(fleet, made):
    _, _, admin, other = fleet
    before, path, _ = made
    key = next(keys)
    holder = admin.post("/api/proxies", {"key_name": "holder", "kiotproxy_key": key}).json
    answer = other.put(path, {"kiotproxy_key": key})
    assert answer.status == 409 and answer.json["params"] == {"proxy": holder["subdomain"], "proxy_id": holder["id"]}


def test_deleted_and_restored(fleet, made):
    sim, redis, admin, other = fleet
    before, path, key = made
    admin.post(path + "/link")
    link = other.proxy(before["id"])["rotate_link"]
    assert admin.delete(path).status == 204
    listed = [p for p in other.get("/api/proxies/deleted").json if p["id"] == before["id"]]
    assert listed and listed[0]["key_name"] == key and listed[0]["restorable_until"] > listed[0]["deleted_at"]
    answer = other.post(path + "/restore")
    assert answer.status == 200, answer
    after = admin.proxy(before["id"])
    assert {name: after[name] for name in STAYS} == {name: before[name] for name in STAYS}
    assert after["remote_http"] == before["remote_http"] and after["status"] == "active"
    wait_until(lambda: sim.log(key=key, call="current"), "the vendor is asked whether it still is the key's")
    assert history(admin, before["id"])[:3] == [("restore", "success"), ("delete", "success"), ("link", "success")]
    assert before["id"] not in [p["id"] for p in admin.get("/api/proxies/deleted").json]
    assert after["rotate_link"] == link and admin.node.nobody.get(link[link.index("/r/"):]).status != 404
    assert admin.post(path + "/restore").status == 200, "a repeated call finds it restored"


def test_restored_after_its_upstream_was_given_back(fleet, made):
    sim, _, admin, other = fleet
    before, path, key = made
    assert other.delete(path + "?release=true").status == 204
    wait_until(lambda: sim.log(key=key, call="out"), "the upstream is given back")
    assert admin.post(path + "/restore").status == 200
    after = wait_until(lambda: (p := other.proxy(before["id"]))["status"] == "active" and p, "it has an upstream again", 20)
    assert after["remote_http"] == sim.current(key)["http"]


def test_restoring_while_the_key_is_used_by_another(fleet, made):
    _, _, admin, other = fleet
    before, path, key = made
    admin.delete(path)
    user = other.post("/api/proxies", {"key_name": "its new user", "kiotproxy_key": key}).json
    answer = admin.post(path + "/restore")
    assert answer.status == 409 and answer.json["params"] == {"proxy": user["subdomain"], "proxy_id": user["id"]}, answer
    assert user["number"] != before["number"], "a restorable proxy's number is not given away"


def test_what_cannot_be_restored_any_more(fleet, made):
    _, redis, admin, other = fleet
    before, path, _ = made
    admin.delete(path)
    redis.call("PEXPIRE", f"{redis.prefix}deleted:{before['id']}", 0)  # 24 hours later
    answer = wait_until(lambda: (a := other.post(path + "/restore")).status == 404 and a, "it is gone")
    assert answer.message_id == "err.not_restorable" and "24 hours" in answer.json["detail"]
    assert before["id"] not in [p["id"] for p in admin.get("/api/proxies/deleted").json]
    for never in ("99999999", "99999999999999999"):
        assert admin.post(f"/api/proxies/{never}/restore").status == 404
