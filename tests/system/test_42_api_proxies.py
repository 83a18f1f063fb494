"""Proxies, settings, history and repeated calls over REST, with two nodes that must agree."""

import pytest

from harness.api import PROXY_PASSWORD, ApiNode
from harness.redis_server import RedisServer

FIXED = {"key_name": "fixed", "provider": "static", "upstream": "http://127.0.0.1:9"}


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    options = {"public_http_port": 8080, "public_port_start": 9000, "public_port_end": 9999, "allow_default": "127.0.0.0/8"}
    with ApiNode(redis, **options) as one, ApiNode(redis, **options) as two:
        yield one, two


@pytest.fixture(scope="module")
def admin(nodes):
    return nodes[0].login()


@pytest.fixture(scope="module")
def other(nodes, admin):
    return admin.on(nodes[1])


def test_life_of_a_static_proxy(redis, admin, other):
    answer = admin.post("/api/proxies", {**FIXED, "upstream": "http://user:upstreampw@127.0.0.1:3128",
                                         "password": PROXY_PASSWORD, "tags": ["a", "b"], "note": "n"})
    assert answer.status == 201
    made = answer.json
    path = f"/api/proxies/{made['id']}"
    assert answer.headers["location"] == path
    assert made["status"] == "active" and made["version"] and made["remote_http"] == "127.0.0.1:3128"
    assert made["endpoint"] == f"{made['subdomain']}.example.com" and made["allow"] == [{"cidr": "127.0.0.0/8", "until": None}]
    ways = {e["way"]: e for e in made["endpoints"]}
    assert ways["port"]["port"] == 9000 + made["number"] and ways["credentials"]["password"] == PROXY_PASSWORD
    shown = other.proxy(made["id"])
    assert {k: v for k, v in made.items() if k != "version"} == shown
    stored = redis.call("HGETALL", f"{redis.prefix}proxy:{made['id']}")
    assert not any(b"upstreampw" in v or PROXY_PASSWORD.encode() in v for v in stored)
    changed = other.put(path, {"note": "second", "is_active": False}).json
    assert changed["status"] == "paused" and changed["version"] != made["version"]
    assert admin.proxy(made["id"])["note"] == "second"
    assert admin.delete(path).status == 204
    assert other.get(path).status == 404 and other.delete(path).status == 404 and other.put(path, {}).status == 404
    assert made["id"] not in [p["id"] for p in other.get("/api/proxies").json]


def test_what_one_node_writes_the_other_reads_at_once(admin, other):
    proxy = admin.add_static("shared")
    for i in range(40):
        writer, reader = (admin, other) if i % 2 else (other, admin)
        assert writer.put(f"/api/proxies/{proxy['id']}", {"note": str(i)}).json["note"] == str(i)
        assert reader.proxy(proxy["id"])["note"] == str(i)


def test_list_filters_and_pages(admin, other):
    made = [admin.add_static(f"page {i}", region="nam")["id"] for i in range(5)]
    everything = other.get("/api/proxies?region=nam")
    assert [p["id"] for p in everything.json] == made and everything.headers["x-total-count"] == "5"
    page = other.get("/api/proxies?region=nam&offset=1&limit=2")
    assert [p["id"] for p in page.json] == made[1:3] and page.headers["x-total-count"] == "5"
    assert other.get("/api/proxies?region=nam&offset=50").json == []
    admin.put(f"/api/proxies/{made[0]}", {"is_active": False})
    assert made[0] in [p["id"] for p in other.get("/api/proxies?status=paused").json]


BAD = [({"key_name": 7}, 400, "key_name"), ({"foo": 1}, 400, "foo"), ({"is_active": "yes"}, 400, "is_active"),
       ({"tags": "a"}, 400, "tags"), ({"drain_seconds": 1.5}, 400, "drain_seconds"), ({"limits": []}, 400, "limits"),
       ({"key_name": ""}, 422, "key_name"), ({"key_name": "a\nb"}, 422, "key_name"), ({"region": "mars"}, 422, "region"),
       ({"drain_seconds": 3601}, 422, "drain_seconds"), ({"drain_seconds": -1}, 422, "drain_seconds"),
       ({"rotate_interval_minutes": 1}, 422, "rotate_interval_minutes"), ({"rotate_mode": "x"}, 422, "rotate_mode"),
       ({"password": "short"}, 422, "password"), ({"password": "with space1"}, 422, "password"),
       ({"allow": ["1.2.3.4/33"]}, 422, "allow"), ({"allow": ["0.0.0.0/0"] * 65}, 422, "allow"),
       ({"paid_until": "tomorrow"}, 422, "paid_until"), ({"on_rotate": "x"}, 422, "on_rotate"),
       ({"user_id": 0}, 422, "user_id"), ({"kiotproxy_key": "K1"}, 400, "kiotproxy_key"), ({"id": 9}, 400, "id"),
       ({"provider_key": "K1"}, 400, "provider_key"), ({"kiotproxy_key": "a b"}, 422, "kiotproxy_key")]


@pytest.mark.parametrize("body, status, field", BAD)
def test_wrong_values_name_their_field(admin, body, status, field):
    proxy = admin.get("/api/proxies?limit=1").json[0]
    answer = admin.put(f"/api/proxies/{proxy['id']}", body)
    assert answer.status == status and answer.json["params"]["field"] == field and answer.json["detail"], answer
    assert admin.proxy(proxy["id"]) == proxy


@pytest.mark.parametrize("body, status, field", [
    ({}, 400, "key_name"), ({"key_name": "x"}, 400, "kiotproxy_key"), ({"key_name": "x", "provider": "static"}, 400, "upstream"),
    ({**FIXED, "kiotproxy_key": "K1"}, 400, "kiotproxy_key"), ({**FIXED, "number": 7}, 400, "number"),
    ({"key_name": "x", "kiotproxy_key": "K1", "upstream": "http://127.0.0.1:9"}, 422, "upstream"), ({**FIXED, "upstream": "ftp://1.2.3.4:1"}, 422, "upstream"),
    ({**FIXED, "upstream": "http://host.example:80"}, 422, "upstream"), ({"key_name": "x", "provider": "other"}, 422, "provider"),
    ({"key_name": "x", "kiotproxy_key": "K1", "provider_key": "K2"}, 400, "provider_key")])
def test_wrong_creations(admin, body, status, field):
    count = len(admin.get("/api/proxies").json)
    answer = admin.post("/api/proxies", body)
    assert answer.status == status and (field is None or answer.json["params"]["field"] == field), answer
    assert len(admin.get("/api/proxies").json) == count


def test_private_upstreams_only_when_allowed(redis, admin):
    with ApiNode(redis, upstream_allow_private="false") as strict:
        assert admin.on(strict).post("/api/proxies", FIXED).status == 422


def test_static_proxies_do_not_rotate(admin):
    proxy = admin.add_static("still")
    for call in ("rotate", "sync"):
        answer = admin.post(f"/api/proxies/{proxy['id']}/{call}")
        assert answer.status == 409 and answer.message_id == "err.static"
    answer = admin.delete(f"/api/proxies/{proxy['id']}/rotate")
    assert answer.status == 409 and answer.message_id == "err.not_scheduled"
    assert admin.post(f"/api/proxies/{proxy['id']}/rotate", {"when": "later"}).status == 422
    assert admin.post(f"/api/proxies/{proxy['id']}/rotate", {"region": "mars"}).status == 422
    assert admin.post(f"/api/proxies/{proxy['id']}/rotate", {"when": 1}).status == 400
    assert admin.post("/api/proxies/999999/rotate").status == 404


def test_restart_counts(admin, other):
    proxy = admin.add_static("again")
    first = admin.post(f"/api/proxies/{proxy['id']}/restart").json
    second = other.post(f"/api/proxies/{proxy['id']}/restart").json
    assert second["restart_seq"] == first["restart_seq"] + 1 == admin.proxy(proxy["id"])["restart_seq"]


def test_settings(admin, other):
    before = admin.get("/api/settings").json
    assert before["success"] is True
    after = other.put("/api/settings", {"auto_rotate_interval_minutes": 25}).json["settings"]
    assert after["auto_rotate_interval_minutes"] == 25
    assert after["settings_version"] == before["settings"]["settings_version"] + 1
    assert admin.get("/api/settings").json["settings"] == after
    for body, status in (({"auto_rotate_interval_minutes": 1}, 422), ({"auto_rotate_interval_minutes": "3"}, 400),
                         ({"nothing": 1}, 400), ([], 400)):
        assert admin.put("/api/settings", body).status == status
    assert admin.put("/api/settings", {}).json["settings"] == after


def test_history(admin, other):
    proxy = admin.add_static("with a past")
    other.put(f"/api/proxies/{proxy['id']}", {"note": "x"})
    entries = admin.get(f"/api/logs?proxy_id={proxy['id']}").json
    assert [e["action"] for e in entries] == ["update", "create"]
    assert all(e["user"] == "admin" and e["proxy_id"] == proxy["id"] and e["timestamp"].endswith("Z") for e in entries)
    first = admin.get("/api/logs?limit=3").json
    rest = admin.get(f"/api/logs?limit=3&before={first[-1]['id']}").json
    assert len(first) == 3 and rest and not {e["id"] for e in first} & {e["id"] for e in rest}
    assert admin.get("/api/logs?limit=501").status == 400
    assert admin.get("/api/logs?before=" + "9" * 100).status == 400


def test_repeated_call_gets_the_first_answer(redis, admin, other):
    body = {**FIXED, "key_name": "once", "password": PROXY_PASSWORD}
    first = admin.post("/api/proxies", body, Idempotency_Key="k-1")
    again = other.post("/api/proxies", body, Idempotency_Key="k-1")
    assert first.status == again.status == 201 and again.body == first.body
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert [p["key_name"] for p in admin.get("/api/proxies").json].count("once") == 1
    assert admin.post("/api/proxies", {**body, "note": "x"}, Idempotency_Key="k-1").status == 422
    assert admin.post("/api/proxies", body, Idempotency_Key="x" * 256).status == 400
    path = f"/api/proxies/{first.json['id']}"
    assert [c.delete(path, Idempotency_Key="k-2").status for c in (admin, other)] == [204, 204]
    assert other.delete(path + "?release=true", Idempotency_Key="k-2").status == 422, "the query is part of what was asked"
    for key in redis.call("KEYS", redis.prefix + "idempotency:*"):
        assert PROXY_PASSWORD.encode() not in redis.call("HGET", key, "body"), "a password at rest"


def test_a_member_that_may_not_be_written_is_told_why(nodes):
    admin = nodes[0].login()
    path = f"/api/proxies/{admin.add_static()['id']}"
    for body, message_id in (({"subdomain": "x"}, "err.not_settable"), ({"provider": "static"}, "err.only_at_creation"),
                             ({"colour": "x"}, "err.unknown_field")):
        answer = admin.put(path, body)
        assert answer.status == 400 and answer.message_id == message_id, answer
        assert answer.json["params"] == {"field": next(iter(body))} and next(iter(body)) in answer.json["detail"]
    answer = admin.post("/api/proxies", {"key_name": "x", "kiotproxy_key": "K1", "provider_key": "K2"})
    assert answer.json["detail"] == "provider_key and kiotproxy_key: one of the two, not both." and answer.status == 400, answer


def test_a_fixed_upstream_of_any_length_is_taken(nodes):
    """The form's memory grows at some of these lengths."""
    admin = nodes[0].login()
    for length in range(1, 101):
        made = admin.add_static("x" * length, upstream="http://u:upstreampw@203.0.113.9:3128")
        assert made["remote_http"] == "203.0.113.9:3128"
        assert admin.delete(f"/api/proxies/{made['id']}").status == 204
