"""API tokens: made and shown once, used by programs at every node, refused everywhere once revoked. Two api-nodes."""

import re

import pytest

from harness.api import ADMIN_PASSWORD, ApiNode, Caller
from harness.redis_server import RedisServer
from harness.simulator import SCALE, wait_until


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    with ApiNode(redis) as one, ApiNode(redis) as two:
        yield one, two


@pytest.fixture(scope="module")
def admin(nodes):
    return nodes[0].login()


@pytest.fixture(scope="module")
def bob(redis, nodes, admin):
    """A person without rights over others, signed in at the first node."""
    prefix = redis.prefix
    redis.call("HSET", prefix + "user:60", "id", 60, "username", "bob", "role", "user", "active", "1",
               "password_hash", redis.text("HGET", prefix + "user:1", "password_hash"))
    redis.call("HSET", prefix + "usernames", "bob", 60)
    return nodes[0].login("bob")


def make(caller, name, **fields):
    answer = caller.post("/api/tokens", {"name": name, **fields})
    assert answer.status == 201, answer
    return answer.json


def program(node, token):
    return Caller(node, token["token"], bearer=True)


def test_a_token_is_shown_once_and_stored_as_a_hash(redis, nodes, bob):
    token = make(bob, "n8n")
    assert re.fullmatch(r"kp_[A-Za-z0-9_-]{43}", token["token"])
    assert (token["name"], token["username"], token["user_id"], token["read_only"]) == ("n8n", "bob", 60, False)
    assert token["hint"] == token["token"][:7] and token["expires_at"] is None and token["expired"] is False
    listed = bob.on(nodes[1]).get("/api/tokens").json
    assert [t["id"] for t in listed] == [token["id"]] and "token" not in listed[0]
    assert {k: v for k, v in listed[0].items()} == {k: v for k, v in token.items() if k != "token"}
    dump = b"".join(str(redis.call("DUMP", key)).encode() + key for key in redis.call("KEYS", redis.prefix + "*"))
    assert token["token"].encode() not in dump and token["token"][3:].encode() not in dump


def test_a_program_acts_as_its_person_and_the_history_says_so(nodes, admin, bob):
    token = make(bob, "máy chủ 2")
    client = program(nodes[1], token)
    assert client.get("/api/auth/me").json["username"] == "bob"
    mine = client.add_static("by a program")
    theirs = admin.add_static("admin's")
    assert client.get(f"/api/proxies/{theirs['id']}").status == 404
    assert client.get("/api/users").status in (403, 404)
    entry = bob.get(f"/api/logs?proxy_id={mine['id']}").json[0]
    assert (entry["action"], entry["user"], entry["via"]) == ("create", "bob", "token:máy chủ 2")
    used = next(t for t in bob.get("/api/tokens").json if t["id"] == token["id"])
    assert used["last_used_at"] is not None


def test_last_use_is_noted_at_most_once_a_minute(redis, nodes, bob):
    client = program(nodes[0], make(bob, "busy"))
    assert client.get("/api/auth/me").status == 200
    name = next(key for key in redis.call("KEYS", redis.prefix + "token:*") if redis.text("HGET", key, "name") == "busy")
    redis.call("HINCRBY", name, "last_used_at", -30000)
    before = redis.text("HGET", name, "last_used_at")
    assert client.get("/api/auth/me").status == 200 and redis.text("HGET", name, "last_used_at") == before
    redis.call("HINCRBY", name, "last_used_at", -31000)
    assert client.get("/api/auth/me").status == 200 and int(redis.text("HGET", name, "last_used_at")) > int(before)


def test_read_only(nodes, bob):
    proxy = bob.add_static("looked at")
    client = program(nodes[1], make(bob, "reader", read_only=True))
    assert client.get(f"/api/proxies/{proxy['id']}").status == 200
    for answer in (client.put(f"/api/proxies/{proxy['id']}", {"note": "x"}), client.delete(f"/api/proxies/{proxy['id']}"),
                   client.post(f"/api/proxies/{proxy['id']}/restart"), client.post("/api/tokens", {"name": "more"})):
        assert answer.status == 403, answer
    assert client.put(f"/api/proxies/{proxy['id']}", {"note": "x"}).message_id == "err.read_only"


def test_a_revoked_token_is_out_at_once_everywhere(nodes, bob):
    token = make(bob, "leaked")
    clients = [program(node, token) for node in nodes]
    assert all(client.get("/api/auth/me").status == 200 for client in clients)
    with clients[1].live(origin=None) as live:
        live.wait("hello")
        assert bob.delete(f"/api/tokens/{token['id']}").status == 204
        assert [client.get("/api/auth/me").status for client in clients] == [401, 401]
        assert live.wait_end(1) == 4401
    assert bob.delete(f"/api/tokens/{token['id']}").status == 404
    assert token["id"] not in [t["id"] for t in bob.get("/api/tokens").json]


def test_an_expired_token_is_out(redis, nodes, bob):
    import datetime
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1.5 * SCALE)).isoformat()
    token = make(bob, "soon over", expires_at=soon)
    client = program(nodes[1], token)
    assert client.get("/api/auth/me").status == 200 and token["expires_at"].endswith("Z")
    with client.live(origin=None) as live:
        live.wait("hello")
        wait_until(lambda: client.get("/api/auth/me").status == 401, "the token expires")
        assert live.wait_end(1) == 4401
    assert next(t for t in bob.get("/api/tokens").json if t["id"] == token["id"])["expired"] is True


def test_a_token_cannot_do_what_would_outlive_it(nodes, bob):
    """Whoever finds one must not be able to make more, or to lock its person out."""
    client = program(nodes[0], make(bob, "curious"))
    assert client.post("/api/tokens", {"name": "child"}).message_id == "err.session_only"
    assert client.post("/api/auth/logout").status == 403


def test_a_token_is_no_cookie(nodes, bob):
    token = make(bob, "cookie")
    assert Caller(nodes[0], token["token"]).get("/api/auth/me").status == 401
    with Caller(nodes[0], token["token"]).live() as live:
        assert live.refused == 401


def test_administrators_see_and_revoke_all_tokens_others_their_own(nodes, admin, bob):
    token = make(bob, "bob's")
    own = make(admin, "admin's")
    everybody = admin.on(nodes[1]).get("/api/tokens?all=true").json
    assert {token["id"], own["id"]} <= {t["id"] for t in everybody}
    assert {t["username"] for t in admin.get("/api/tokens?user_id=60").json} == {"bob"}
    assert {t["username"] for t in admin.get("/api/tokens").json} == {"admin"}
    assert bob.get("/api/tokens?all=true").status == 403 and bob.get("/api/tokens?user_id=1").status == 403
    assert bob.delete(f"/api/tokens/{own['id']}").status == 404
    assert program(nodes[0], own).get("/api/auth/me").status == 200
    assert admin.delete(f"/api/tokens/{token['id']}").status == 204
    assert program(nodes[1], token).get("/api/auth/me").status == 401


def test_refusals_name_the_field(bob):
    make(bob, "taken")
    cases = [({}, 400, "name"), ({"name": 1}, 400, "name"), ({"name": " "}, 422, "name"), ({"name": "x" * 65}, 422, "name"),
             ({"name": "a\nb"}, 422, "name"), ({"name": "x", "read_only": "yes"}, 400, "read_only"),
             ({"name": "x", "expires_at": "tomorrow"}, 422, "expires_at"), ({"name": "x", "expires_at": 5}, 400, "expires_at"),
             ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, 422, "expires_at"), ({"name": "x", "scope": "all"}, 400, "scope")]
    for body, status, field in cases:
        answer = bob.post("/api/tokens", body)
        assert answer.status == status and answer.json["params"]["field"] == field and field in answer.json["detail"], answer
    assert bob.post("/api/tokens", {"name": "Taken"}).status == 409
    assert bob.get("/api/tokens?all=maybe").status == 400


def test_at_most_fifty_each(bob):
    while (answer := bob.post("/api/tokens", {"name": f"t{len(bob.get('/api/tokens').json)}"})).status == 201:
        pass
    assert answer.status == 409 and answer.message_id == "err.limit" and "50" in answer.json["detail"]
    assert len(bob.get("/api/tokens").json) == 50


def test_making_and_revoking_are_in_the_history_without_the_token(redis, bob, admin):
    actions = {(e["action"], e["params"].get("name")) for e in admin.get("/api/logs?user=bob&limit=500").json}
    assert {("token_create", "leaked"), ("token_revoke", "leaked")} <= actions
    for entry in redis.call("XRANGE", redis.prefix + "log", "-", "+"):
        assert b"kp_" not in str(entry).encode() and ADMIN_PASSWORD.encode() not in str(entry).encode()
