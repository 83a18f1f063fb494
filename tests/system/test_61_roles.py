"""Many proxies at once, and who may do what to which: roles hold for each proxy. Two nodes."""

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer

FIXED = {"provider": "static", "upstream": "http://127.0.0.1:9"}


def add_user(redis, number, name, role):
    redis.call("HSET", f"{redis.prefix}user:{number}", "id", number, "username", name, "role", role, "active", "1",
               "password_hash", redis.text("HGET", redis.prefix + "user:1", "password_hash"))
    redis.call("HSET", redis.prefix + "usernames", name, number)


@pytest.fixture(scope="module")
def people():
    with RedisServer() as redis, ApiNode(redis) as one, ApiNode(redis) as two:
        admin = one.login()
        add_user(redis, 81, "bob", "user")
        add_user(redis, 82, "olga", "operator")
        yield admin, two.login("bob"), two.login("olga")


@pytest.fixture
def three(people):
    """A proxy of the administrator's, of bob's, and of olga's."""
    admin = people[0]
    ids = [admin.add_static(f"of {i}")["id"] for i in range(3)]
    for proxy_id, user_id in zip(ids[1:], (81, 82)):
        assert admin.put(f"/api/proxies/{proxy_id}", {"user_id": user_id}).status == 200
    return ids


def outcomes(caller, ids, action, **fields):
    answer = caller.post("/api/proxies/bulk", {"ids": ids, "action": action, **fields})
    assert answer.status == 200, answer
    return [r.get("message_id", r["status"]) for r in answer.json["results"]]


def test_each_proxy_for_itself(people, three):
    admin, bob, olga = people
    hidden = "err.not_found"
    assert outcomes(bob, three, "restart") == [hidden, "started", hidden]
    assert outcomes(olga, three, "restart") == [hidden, hidden, "started"]
    assert outcomes(olga, three, "pause") == [hidden, hidden, "err.forbidden"]
    assert outcomes(bob, three, "assign", user_id=82) == [hidden, "err.forbidden", hidden]
    assert outcomes(bob, three, "tag", add=["x"]) == [hidden, "started", hidden]
    assert outcomes(admin, three, "assign", user_id=81) == ["started"] * 3
    assert outcomes(admin, three, "assign", user_id=4711) == ["err.user_unknown"] * 3
    assert outcomes(bob, three, "delete") == ["started"] * 3
    assert outcomes(olga, three, "restore") == ["err.forbidden"] * 3
    assert outcomes(bob, three, "restore") == ["started"] * 3


def test_deleted_ones_are_seen_by_whose_they_were(people, three):
    admin, bob, olga = people
    outcomes(admin, three, "delete")
    seen = [p["id"] for p in admin.get("/api/proxies/deleted").json]
    assert seen[:3] == three[::-1] or set(seen[:3]) == set(three)
    assert [p["id"] for p in bob.get("/api/proxies/deleted").json] == [three[1]]
    assert olga.get("/api/proxies/deleted").status == 403 == olga.post(f"/api/proxies/{three[2]}/restore").status
    gone = [[c.get(f"/api/logs?proxy_id={i}") for i in three] for c in (admin, bob, olga)]
    assert [[a.status for a in answers] for answers in gone] == [[200] * 3, [404, 200, 404], [404] * 3]
    assert gone[1][1].json == gone[0][1].json and gone[0][1].json[0]["action"] == "delete"
    assert bob.get(f"/api/logs?proxy_id={three[0]}").json["detail"] == bob.get("/api/logs?proxy_id=4711").json["detail"]
    assert bob.post(f"/api/proxies/{three[0]}/restore").status == 404
    assert bob.post(f"/api/proxies/{three[1]}/restore").status == 200
    assert outcomes(bob, three, "restore") == ["err.not_restorable", "started", "err.not_restorable"]


def test_keys_of_others_stay_untold(people):
    admin, bob, olga = people
    assert admin.post("/api/proxies/bulk-import", {"kiotproxy_keys": "KSECRET61roles1"}).json["ok"] == 1
    for fields in ({}, {"dry_run": True}):
        result = bob.post("/api/proxies/bulk-import", {"kiotproxy_keys": "KSECRET61roles1", **fields}).json["results"][0]
        assert result["status"] == "duplicate" and "proxy_id" not in result and result["params"] == {}
        assert (result["message_id"], result["detail"]) == ("err.key_in_use", "This key is already in use.")
    replaced = bob.post("/api/proxies/replace-keys", {"text": "KSECRET61roles1 KSECRET61roles2"}).json["results"][0]
    assert (replaced["status"], replaced["message_id"]) == ("refused", "err.not_found") and "id" not in replaced
    for path in ("bulk-import", "replace-keys"):
        assert olga.post(f"/api/proxies/{path}", {"text": "a b"}).status == 403


def test_all_means_all_that_one_may_see(people, three):
    admin, bob, olga = people
    assert olga.post("/api/proxies/check-all").json["n"] == len(olga.get("/api/proxies").json) >= 1
    assert bob.post("/api/proxies/sync-all").json["n"] == len(bob.get("/api/proxies").json)
    assert admin.post(f"/api/proxies/check-all?user=82").json["n"] == len(olga.get("/api/proxies").json)
