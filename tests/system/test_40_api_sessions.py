"""Signing in and out, and who may do what: cookies, tokens, other sites, the login limit."""

import pytest

from harness.api import ADMIN_PASSWORD, ApiNode, Caller
from harness.redis_server import RedisServer
from harness.simulator import wait_until


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def node(redis):
    with ApiNode(redis) as node:
        yield node


@pytest.fixture(scope="module")
def admin(node):
    return node.login()


def add_user(redis, user_id, name, role):
    """Somebody with the administrator's password and another role."""
    prefix = redis.prefix
    password = redis.text("HGET", prefix + "user:1", "password_hash")
    redis.call("HSET", f"{prefix}user:{user_id}", "id", user_id, "username", name, "role", role,
               "password_hash", password, "active", "1")
    redis.call("HSET", prefix + "usernames", name, user_id)


def test_login_gives_a_cookie_that_scripts_cannot_read(node):
    answer = node.nobody.post("/api/auth/login", {"username": "Admin", "password": ADMIN_PASSWORD})
    assert answer.status == 200
    assert answer.json["user"] == {"id": 1, "username": "admin", "role": "admin"}
    name, _, rest = answer.headers["set-cookie"].partition("=")
    value, *attributes = rest.split("; ")
    assert name == "session_id" and value == answer.json["session_id"] and len(value) == 43
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert "Secure" not in attributes
    me = Caller(node, value).get("/api/auth/me")
    assert me.status == 200 and me.json["username"] == "admin"
    assert Caller(node, value, bearer=True).get("/api/auth/me").json == me.json


def test_cookie_is_secure_behind_a_trusted_proxy_only(redis, node):
    login = {"username": "admin", "password": ADMIN_PASSWORD}
    assert "Secure" not in node.nobody.post("/api/auth/login", login, X_Forwarded_Proto="https").headers["set-cookie"]
    with ApiNode(redis, api_trusted_proxies="127.0.0.0/8") as behind:
        assert "; Secure" in behind.nobody.post("/api/auth/login", login, X_Forwarded_Proto="https").headers["set-cookie"]


def test_tokens_are_stored_as_hashes_only(redis, node):
    session = node.login().session
    for key in redis.call("KEYS", redis.prefix + "*"):
        assert session.encode() not in key


def test_wrong_password_and_unknown_user_look_alike(redis, node):
    answers = [node.nobody.post("/api/auth/login", {"username": name, "password": "wrong-password"})
               for name in ("admin", "nobody-here", "not a name\t")]
    assert [a.status for a in answers] == [401] * 3
    assert {a.message_id for a in answers} == {"err.login"}
    assert len({a.json["detail"] for a in answers}) == 1


@pytest.mark.parametrize("body", [{}, {"username": "admin"}, {"username": "admin", "password": 7},
                                  {"username": "admin", "password": "x", "role": "admin"}, []])
def test_malformed_login_is_refused(node, body):
    assert node.nobody.call("POST", "/api/auth/login", body).status == 400


def test_too_many_tries_are_limited(redis):
    with ApiNode(redis) as fresh:
        seen = []
        for _ in range(30):
            answer = fresh.nobody.post("/api/auth/login", {"username": "victim", "password": "guess-guess"})
            seen.append(answer.status)
            if answer.status == 429:
                break
        assert seen[0] == 401 and seen[-1] == 429
        assert answer.message_id == "err.login_limited"
        assert int(answer.headers["retry-after"]) == answer.json["retry_after_seconds"] >= 1
    for key in redis.call("KEYS", redis.prefix + "login:*"):
        redis.call("DEL", key)


def test_logout_ends_the_session_everywhere(redis, node):
    caller = node.login()
    answer = caller.post("/api/auth/logout")
    assert answer.status == 204 and "Max-Age=0" in answer.headers["set-cookie"] and answer.body == b""
    assert caller.get("/api/auth/me").status == 401
    assert caller.get("/api/auth/me").message_id == "err.session"


def test_disabled_user_is_out_at_once(redis, node):
    add_user(redis, 60, "leaver", "user")
    caller = node.login("leaver")
    assert caller.get("/api/auth/me").status == 200
    redis.call("HSET", redis.prefix + "user:60", "active", "0")
    assert caller.get("/api/auth/me").status == 401
    assert node.nobody.post("/api/auth/login", {"username": "leaver", "password": ADMIN_PASSWORD}).status == 401


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 5000, "../..", "%00"])
def test_other_tokens_are_nobodys(node, token):
    assert node.nobody.get("/api/proxies", Cookie=f"session_id={token}").status == 401
    assert node.nobody.get("/api/proxies", Authorization=f"Bearer {token}").status == 401
    assert node.nobody.get("/api/proxies", Authorization=f"Basic {token}").status == 401


def test_a_401_says_what_to_send(node):
    token = node.login().post("/api/tokens", {"name": "told"}).json
    program = {"Authorization": f"Bearer {token['token']}"}
    assert node.nobody.get("/api/auth/me", **program).status == 200
    assert node.login().delete(f"/api/tokens/{token['id']}").status == 204
    for sent, message_id, words in (
            ({}, "err.no_session", "Sign in, or send Authorization: Bearer <token>."),
            ({"Cookie": "other=1"}, "err.no_session", "Bearer <token>"),
            ({"Authorization": "Basic YTpi"}, "err.not_bearer", "must read: Bearer <token>"),
            ({"Authorization": token["token"]}, "err.not_bearer", "must read: Bearer <token>"),
            ({"Authorization": "Bearer"}, "err.not_bearer", "must read: Bearer <token>"),
            (program, "err.session", "not known, was revoked or has run out"),
            ({"Authorization": "Bearer " + "A" * 500}, "err.session", "not known, was revoked or has run out"),
            ({"Cookie": "session_id=" + "A" * 43}, "err.session", "Your session ended")):
        answer = node.nobody.get("/api/proxies", **sent)
        assert answer.status == 401 and answer.message_id == message_id and words in answer.json["detail"], (sent, answer)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_strangers_learn_nothing(node):
    assert node.nobody.get("/api/proxies").status == 401
    assert node.nobody.put("/api/settings", {"nonsense": 1}).status == 401
    assert node.nobody.get("/api/health").status == 200


CROSS_SITE = [
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "https://127.0.0.1.evil.example"}, 403),
    ({"Origin": "http://127.0.0.1"}, 403),
    ({"Sec_Fetch_Site": "cross-site"}, 403),
    ({"Sec_Fetch_Site": "same-site"}, 403),
    ({"Content_Type": "text/plain"}, 415),
    ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ({"Content_Type": None}, 415),
    ({"Sec_Fetch_Site": "same-origin"}, 200),
    ({"Content_Type": "application/JSON; charset=utf-8"}, 200),
    ({}, 200),
]


@pytest.mark.parametrize("headers, status", CROSS_SITE)
def test_other_sites_cannot_act_with_the_cookie(admin, headers, status):
    answer = admin.put("/api/settings", {"auto_update_enabled": True}, **headers)
    assert answer.status == status, answer


def test_own_and_listed_origins_may(redis, node, admin):
    own = f"http://127.0.0.1:{node.port}"
    assert admin.put("/api/settings", {"auto_update_enabled": True}, Origin=own).status == 200
    with ApiNode(redis, public_urls="https://dash.example.com/, http://b.example") as other:
        there = admin.on(other)
        assert there.put("/api/settings", {"auto_update_enabled": True}, Origin="https://dash.example.com").status == 200
        assert there.put("/api/settings", {"auto_update_enabled": True}, Origin="https://b.example").status == 403


def test_bearer_needs_no_origin_but_json(node):
    caller = node.login(bearer=True)
    assert caller.put("/api/settings", {"auto_update_enabled": True}, Origin="http://evil.example").status == 200
    assert caller.put("/api/settings", {"auto_update_enabled": True}, Content_Type="text/plain").status == 415


def test_roles(redis, node, admin):
    add_user(redis, 70, "bob", "user")
    add_user(redis, 71, "olga", "operator")
    bob, olga = node.login("bob"), node.login("olga")
    mine = bob.add_static("bob's")
    theirs = admin.add_static("admin's")
    assert [p["id"] for p in bob.get("/api/proxies").json] == [mine["id"]]
    assert {mine["id"], theirs["id"]} <= {p["id"] for p in admin.get("/api/proxies").json}
    assert bob.get(f"/api/proxies/{theirs['id']}").status == 404
    assert bob.delete(f"/api/proxies/{theirs['id']}").status == 404
    assert bob.get(f"/api/logs?proxy_id={theirs['id']}").status == 404
    assert bob.put("/api/settings", {"auto_update_enabled": True}).status == 403
    assert bob.get("/api/settings").status == 200
    assert bob.put(f"/api/proxies/{mine['id']}", {"user_id": 71}).status == 403
    assert admin.put(f"/api/proxies/{mine['id']}", {"user_id": 71}).status == 200
    assert bob.get(f"/api/proxies/{mine['id']}").status == 404
    assert olga.get(f"/api/proxies/{mine['id']}").json["password"]
    assert olga.put(f"/api/proxies/{mine['id']}", {"note": "x"}).status == 403
    assert olga.post(f"/api/proxies/{mine['id']}/restart").status == 200
    assert olga.post("/api/proxies", {"key_name": "x", "provider": "static", "upstream": "http://127.0.0.1:9"}).status == 403
    assert all(e["proxy_id"] == mine["id"] for e in olga.get("/api/logs").json)
    assert olga.get("/api/logs").json


def test_every_answer_carries_the_security_headers(node, admin):
    for answer in (admin.get("/api/proxies"), node.nobody.get("/api/proxies"), node.nobody.get("/nothing"),
                   admin.call("PATCH", "/api/proxies")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 16


def test_many_logins_at_once_do_not_hold_up_others(node, admin):
    import threading
    results = []

    def log_in():
        results.append(node.nobody.post("/api/auth/login", {"username": "admin", "password": ADMIN_PASSWORD}).status)

    threads = [threading.Thread(target=log_in) for _ in range(40)]
    for thread in threads:
        thread.start()
    assert admin.get("/api/auth/me").status == 200
    for thread in threads:
        thread.join()
    assert set(results) <= {200, 503, 429} and 200 in results
    wait_until(lambda: node.nobody.get("/api/health").status == 200, "the node is well")
