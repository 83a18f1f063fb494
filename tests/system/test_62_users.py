"""People: made, changed, switched off and deleted by administrators; their own passwords and sessions; the shell's
--reset-password. What one api-node does counts at the other at once."""

import subprocess

import pytest

from harness.api import ADMIN_PASSWORD, ApiNode, Caller
from harness.redis_server import RedisServer
from harness.simulator import build_dir, wait_until

PASSWORD = "violet tractor 88 moon"
OTHER = "a green kettle sings"
BCRYPT_OF_OLD8CHAR = "$2b$04$3lZOnOhMnNf9jXOrcVdpde6UcUEZKahynRTEZME6wLZC0fata55m6"


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


@pytest.fixture(autouse=True)
def fresh_limits(redis):
    """Every test comes from the same address."""
    yield
    for key in redis.call("KEYS", redis.prefix + "login:*"):
        redis.call("DEL", key)


def add(admin, name, role="user", password=PASSWORD):
    answer = admin.post("/api/users", {"username": name, "role": role, "password": password})
    assert answer.status == 201, answer
    return answer.json


def refused(node, name, password):
    return node.nobody.post("/api/auth/login", {"username": name, "password": password}).status == 401


def test_a_user_made_at_one_node_signs_in_at_the_other(nodes, admin):
    made = admin.post("/api/users", {"username": "lan"})
    assert made.status == 201
    user = made.json
    assert (user["username"], user["role"], user["active"], user["proxies"]) == ("lan", "user", True, 0)
    assert user["created_at"] and user["last_login_at"] is None and len(user["password"]) == 20
    lan = nodes[1].login("lan", user["password"])
    assert lan.get("/api/auth/me").json == {"id": user["id"], "username": "lan", "role": "user"}
    lan.add_static("hers")
    shown = admin.on(nodes[1]).get(f"/api/users/{user['id']}").json
    assert shown["proxies"] == 1 and shown["last_login_at"] and "password" not in shown
    listed = admin.get("/api/users").json
    assert [u["username"] for u in listed][:2] == ["admin", "lan"] and listed[1] == shown


def test_only_administrators_see_users(nodes, admin):
    add(admin, "curious")
    caller = nodes[0].login("curious", PASSWORD)
    for answer in (caller.get("/api/users"), caller.get("/api/users/1"), caller.post("/api/users", {"username": "x"}),
                   caller.put("/api/users/1", {"role": "user"}), caller.delete("/api/users/1")):
        assert answer.status == 403 and answer.message_id == "err.forbidden"


def test_switching_off_counts_at_once_everywhere(nodes, admin):
    user = add(admin, "leaver")
    callers = [node.login("leaver", PASSWORD) for node in nodes]
    token = callers[0].post("/api/tokens", {"name": "t"}).json["token"]
    program = Caller(nodes[1], token, bearer=True)
    with callers[1].live() as live, program.live(origin=None) as feed:
        live.wait("hello"), feed.wait("hello")
        assert admin.put(f"/api/users/{user['id']}", {"active": False}).json["active"] is False
        assert [c.get("/api/auth/me").status for c in (*callers, program)] == [401] * 3
        assert live.wait_end(1) == 4401 and feed.wait_end(1) == 4401
    assert refused(nodes[1], "leaver", PASSWORD)
    assert admin.put(f"/api/users/{user['id']}", {"active": True}).status == 200
    assert nodes[1].login("leaver", PASSWORD).get("/api/auth/me").status == 200
    assert callers[0].get("/api/auth/me").status == 401, "old sessions stay ended"


def test_a_new_role_counts_at_once_everywhere(nodes, admin):
    user = add(admin, "climber")
    caller = nodes[1].login("climber", PASSWORD)
    theirs = admin.add_static("admin's own")
    with caller.live() as live:
        live.wait("hello")
        assert caller.get("/api/users").status == 403
        assert admin.put(f"/api/users/{user['id']}", {"role": "admin"}).json["role"] == "admin"
        assert caller.get("/api/users").status == 200 and caller.proxy(theirs["id"])
        live.wait("resync")
        assert admin.put(f"/api/users/{user['id']}", {"role": "operator"}).status == 200
        assert caller.get("/api/users").status == 403 and caller.proxy(theirs["id"]) is None
        assert caller.post("/api/proxies", {"key_name": "x", "provider": "static", "upstream": "http://127.0.0.1:9"}).status == 403


def test_a_reset_by_an_administrator_ends_the_sessions(nodes, admin):
    user = add(admin, "forgetful")
    caller = nodes[1].login("forgetful", PASSWORD)
    with caller.live() as live:
        live.wait("hello")
        answer = admin.put(f"/api/users/{user['id']}", {"password": None})
        assert answer.status == 200 and len(answer.json["password"]) == 20
        assert caller.get("/api/auth/me").status == 401 and live.wait_end(1) == 4401
    assert refused(nodes[0], "forgetful", PASSWORD)
    assert nodes[1].login("forgetful", answer.json["password"]).get("/api/auth/me").status == 200


def test_renaming(nodes, admin):
    user = add(admin, "Mai")
    caller = nodes[1].login("mai", PASSWORD)
    assert admin.put(f"/api/users/{user['id']}", {"username": "mai.nguyen"}).json["username"] == "mai.nguyen"
    assert caller.get("/api/auth/me").json["username"] == "mai.nguyen"
    assert refused(nodes[1], "mai", PASSWORD)
    assert admin.put(f"/api/users/{user['id']}", {"username": "LAN"}).status == 409
    assert admin.put(f"/api/users/{user['id']}", {"username": "MAI.nguyen"}).status == 200


def test_the_last_active_administrator_stays(nodes, admin):
    for answer in (admin.put("/api/users/1", {"active": False}), admin.put("/api/users/1", {"role": "user"}),
                   admin.delete("/api/users/1")):
        assert answer.status == 409 and answer.message_id == "err.last_admin", answer
    second = add(admin, "second", "admin")
    assert admin.put(f"/api/users/{second['id']}", {"active": False}).status == 200
    assert admin.put("/api/users/1", {"role": "user"}).status == 409, "one that is switched off does not count"
    assert admin.put(f"/api/users/{second['id']}", {"active": True}).status == 200
    other = nodes[1].login("second", PASSWORD)
    assert other.put("/api/users/1", {"role": "user"}).status == 200
    assert admin.get("/api/users").status == 403
    assert other.put("/api/users/1", {"role": "admin"}).status == 200
    assert other.delete(f"/api/users/{second['id']}").status == 204 and other.get("/api/auth/me").status == 401


def test_a_user_with_proxies_is_deleted_only_with_an_heir(nodes, admin):
    user, heir = add(admin, "goer"), add(admin, "heir")
    caller, there = nodes[1].login("goer", PASSWORD), nodes[1].login("heir", PASSWORD)
    token = caller.post("/api/tokens", {"name": "t"}).json["token"]
    ids = [caller.add_static(f"goer's {n}")["id"] for n in range(120)]
    answer = admin.delete(f"/api/users/{user['id']}")
    assert answer.status == 409 and answer.message_id == "err.user_has_proxies" and answer.json["params"]["n"] == 120
    for bad, status in ((user["id"], 422), (999999, 422), ("x", 400)):
        assert admin.delete(f"/api/users/{user['id']}?reassign_to={bad}").status == status
    with there.live() as live:
        live.wait("hello")
        assert admin.delete(f"/api/users/{user['id']}?reassign_to={heir['id']}").status == 204
        live.wait_proxy(ids[0]), live.wait_proxy(ids[-1])
    assert {p["id"] for p in there.get("/api/proxies").json} == set(ids)
    assert caller.get("/api/auth/me").status == 401 and Caller(nodes[0], token, bearer=True).get("/api/auth/me").status == 401
    assert refused(nodes[0], "goer", PASSWORD) and admin.get(f"/api/users/{user['id']}").status == 404
    assert admin.delete(f"/api/users/{user['id']}").status == 404
    answer = admin.put(f"/api/proxies/{ids[0]}", {"user_id": user["id"]})
    assert answer.status == 422 and answer.message_id == "err.user_unknown", "nothing is given to who is gone"


def test_assigning_to_an_operator(nodes, admin):
    """Staff see, copy, rotate and check what is assigned to them, and nothing else."""
    staff = add(admin, "staff", "operator")
    olga = nodes[1].login("staff", PASSWORD)
    proxy = admin.add_static("to be assigned")["id"]
    with olga.live() as live:
        live.wait("hello")
        assert olga.proxy(proxy) is None and olga.get("/api/proxies").json == []
        assert admin.put(f"/api/proxies/{proxy}", {"user_id": staff["id"]}).status == 200
        assert olga.proxy(proxy)["password"] and live.wait_proxy(proxy)
        assert olga.post(f"/api/proxies/{proxy}/restart").status == 200
        assert olga.put(f"/api/proxies/{proxy}", {"note": "x"}).status == 403 and olga.delete(f"/api/proxies/{proxy}").status == 403
        assert admin.put(f"/api/proxies/{proxy}", {"user_id": 1}).status == 200
        live.wait("proxy_deleted", lambda m: m["id"] == proxy)
        assert olga.post(f"/api/proxies/{proxy}/restart").status == 404


BAD_USERS = [
    ({}, 400, "username"), ({"username": "a b"}, 422, "username"), ({"username": 5}, 400, "username"),
    ({"username": "x", "role": "root"}, 422, "role"), ({"username": "x", "role": 1}, 400, "role"),
    ({"username": "x", "admin": True}, 400, "admin"), ({"username": "x", "active": True}, 400, "active"),
    ({"username": "x", "password": "short"}, 422, "password"), ({"username": "x", "password": "matkhau123456"}, 422, "password"),
    ({"username": "lan.nguyen.van", "password": "Lan.Nguyen.Van"}, 422, "password"), ({"username": "x", "password": 5}, 400, "password"),
]


@pytest.mark.parametrize("body, status, field", BAD_USERS)
def test_refusals_name_the_field(admin, body, status, field):
    answer = admin.post("/api/users", body)
    assert answer.status == status and answer.json["params"]["field"] == field and field in answer.json["detail"], answer


def test_other_refusals(admin):
    assert admin.post("/api/users", {"username": "ADMIN"}).message_id == "err.user_taken"
    assert admin.put("/api/users/999999", {"role": "user"}).status == 404 and admin.get("/api/users/999999").status == 404
    named = add(admin, "violet.tractor.moon")
    answer = admin.put(f"/api/users/{named['id']}", {"password": "Violet.Tractor.Moon"})
    assert answer.status == 422 and answer.message_id == "err.password_is_name"
    assert admin.put("/api/users/999999", {"password": PASSWORD}).status == 404
    assert admin.put("/api/users/1", {"active": 1}).status == 400 and admin.put("/api/users/1", {}).status == 200


# --- one's own password and sessions ---


def test_own_password(nodes, admin):
    add(admin, "changer")
    here, elsewhere = nodes[0].login("changer", PASSWORD), nodes[1].login("changer", PASSWORD)
    with elsewhere.live() as live:
        live.wait("hello")
        assert here.put("/api/auth/password", {"old_password": "not it at all", "new_password": OTHER}).message_id == "err.old_password"
        for bad, reason in (("short", "err.password_length"), ("Password@2024!", "err.password_common"), ("changer", "err.password_length")):
            assert here.put("/api/auth/password", {"old_password": PASSWORD, "new_password": bad}).message_id == reason
        assert here.put("/api/auth/password", {"old_password": PASSWORD, "new_password": OTHER}).status == 204
        assert live.wait_end(1) == 4401
    assert here.get("/api/auth/me").status == 200 and elsewhere.get("/api/auth/me").status == 401
    assert refused(nodes[1], "changer", PASSWORD) and nodes[1].login("changer", OTHER)
    program = Caller(nodes[0], here.post("/api/tokens", {"name": "t"}).json["token"], bearer=True)
    assert program.put("/api/auth/password", {"old_password": OTHER, "new_password": PASSWORD}).message_id == "err.session_only"


def test_guessing_the_old_password_is_limited(nodes, admin):
    add(admin, "guessed")
    here = nodes[0].login("guessed", PASSWORD)
    statuses = [here.put("/api/auth/password", {"old_password": f"guess number {n}", "new_password": OTHER}).status for n in range(12)]
    assert statuses[0] == 422 and statuses[-1] == 429


def test_sessions_are_listed_and_closed(nodes, admin):
    add(admin, "roamer")
    here, elsewhere = nodes[0].login("roamer", PASSWORD), nodes[1].login("roamer", PASSWORD)
    sessions = here.get("/api/auth/sessions").json
    assert [s["current"] for s in sessions].count(True) == 1 and len(sessions) == 2
    other = next(s for s in sessions if not s["current"])
    assert other["address"] == "127.0.0.1" and other["created_at"] and other["ends_at"]
    assert admin.delete(f"/api/auth/sessions/{other['id']}").status == 404, "not one's own"
    with elsewhere.live() as live:
        live.wait("hello")
        assert here.delete(f"/api/auth/sessions/{other['id']}").status == 204
        assert elsewhere.get("/api/auth/me").status == 401 and live.wait_end(1) == 4401
    assert here.get("/api/auth/me").status == 200
    assert here.delete(f"/api/auth/sessions/{other['id']}").status == 404 and here.delete("/api/auth/sessions/x").status == 404


# --- signing in ---


def test_a_login_ends_the_session_that_the_browser_came_with(nodes, admin):
    add(admin, "rotator")
    before = nodes[0].login("rotator", PASSWORD)
    answer = before.on(nodes[1]).post("/api/auth/login", {"username": "rotator", "password": PASSWORD})
    assert answer.status == 200 and answer.json["session_id"] != before.session
    assert before.get("/api/auth/me").status == 401
    assert Caller(nodes[0], answer.json["session_id"]).get("/api/auth/me").status == 200


def test_the_limit_counts_over_all_nodes_and_locks_nobody_out(redis, admin):
    """Ten tries, wherever they are made; and who signed in from his address before still can, while others guess."""
    with ApiNode(redis, api_trusted_proxies="127.0.0.0/8") as one, ApiNode(redis, api_trusted_proxies="127.0.0.0/8") as two:
        add(admin, "victim")

        def try_at(node, address, password="a wrong guess 1"):
            return node.nobody.post("/api/auth/login", {"username": "victim", "password": password}, X_Forwarded_For=address)
        assert try_at(one, "198.51.100.7", PASSWORD).status == 200
        answers = [try_at((one, two)[n % 2], "203.0.113.5") for n in range(12)]
        statuses = [a.status for a in answers]
        assert statuses[:9] == [401] * 9 and set(statuses[10:]) == {429}
        waits = int(answers[-1].headers["retry-after"])
        assert 1 <= waits <= 30 and answers[-1].json["retry_after_seconds"] == waits
        assert try_at(two, "203.0.113.5", PASSWORD).status == 429, "even a right password has to wait there"
        assert try_at(two, "203.0.113.6", PASSWORD).status == 429, "and from other addresses that guess for the first time"
        assert try_at(two, "198.51.100.7", PASSWORD).status == 200
        unknown = [one.nobody.post("/api/auth/login", {"username": "nobody-here", "password": "x" * 12},
                                   X_Forwarded_For="203.0.113.9") for _ in range(1)][0]
        known = try_at(one, "198.51.100.7")
        assert (unknown.status, unknown.json["detail"]) == (known.status, known.json["detail"]) == (401, known.json["detail"])
    failed = [e for e in admin.get("/api/logs?action=login_failed").json if e["params"]["address"] == "203.0.113.5"]
    assert [e["params"]["count"] for e in reversed(failed)] in ([1], [1, 10]) and failed[0]["params"]["username"] == "victim"
    assert failed[0]["message"].startswith("Failed logins from 203.0.113.5")


def test_an_imported_bcrypt_password_works_and_becomes_yescrypt(redis, nodes, admin):
    user = add(admin, "imported")
    key = f"{redis.prefix}user:{user['id']}"
    redis.call("HSET", key, "password_hash", BCRYPT_OF_OLD8CHAR)
    assert refused(nodes[0], "imported", "old8chaR")
    assert redis.text("HGET", key, "password_hash").startswith("$2")
    nodes[1].login("imported", "old8char")
    wait_until(lambda: redis.text("HGET", key, "password_hash").startswith("$y$"), "it is hashed anew, beside the answer")
    nodes[0].login("imported", "old8char")


# --- the shell ---


def shell(node, *arguments, stdin=None, **environment):
    return subprocess.run([str(build_dir() / "api-node" / "api-node"), *arguments], input=stdin, capture_output=True, text=True,
                          env={**node.environment, **environment}, timeout=60)


def test_reset_password_from_the_shell_while_nodes_run(nodes, admin):
    user = add(admin, "locked")
    caller = nodes[0].login("locked", PASSWORD)
    assert admin.put(f"/api/users/{user['id']}", {"active": False}).status == 200
    result = shell(nodes[0], "--reset-password", "Locked")
    assert result.returncode == 0 and result.stderr == "", result
    assert result.stdout.startswith("New password of locked (shown only now): ")
    password = result.stdout.splitlines()[0].rsplit(" ", 1)[1]
    assert nodes[1].login("locked", password).get("/api/auth/me").status == 200
    assert caller.get("/api/auth/me").status == 401 and refused(nodes[0], "locked", PASSWORD)
    entry = admin.get("/api/logs?via=shell").json[0]
    assert entry["action"] == "user_update" and entry["params"]["username"] == "locked" and entry["user"] == ""
    assert password not in admin.get("/api/logs?limit=500").body.decode()


def test_reset_password_without_nodes_and_what_it_refuses(redis):
    with RedisServer() as fresh:
        with ApiNode(fresh) as node:
            environment = node.environment
            node.login()
        class stopped:
            pass
        stopped.environment = environment
        assert shell(stopped, "--reset-password", "admin", "--password-stdin", stdin=OTHER + "\n").returncode == 0
        with ApiNode(fresh) as node:
            node.login("admin", OTHER)
            assert refused(node, "admin", ADMIN_PASSWORD)
        for arguments, stdin, status, words in [
            (["--reset-password", "nobody"], None, 1, 'there is no user "nobody"'),
            (["--reset-password", "admin", "--password-stdin"], "short\n", 1, "12 to 128 characters"),
            (["--reset-password", "admin", "--password-stdin"], "", 1, "no password"),
            (["--reset-password"], None, 2, "usage:"), (["--reset-password", "a", "b"], None, 2, "usage:"),
        ]:
            result = shell(stopped, *arguments, stdin=stdin)
            assert result.returncode == status and words in result.stderr and result.stdout == "", result
    result = shell(stopped, "--reset-password", "admin", REDIS_URL="redis://127.0.0.1:1")
    assert result.returncode == 1 and "Redis (REDIS_URL) does not answer" in result.stderr, result
    for arguments in (["--help"], ["--reset"]):
        told = shell(stopped, *arguments)
        assert "[--help | --version | --reset-password <user> [--password-stdin]]" in told.stdout + told.stderr, told
    helps = [line.strip() for line in shell(stopped, "--help").stdout.splitlines() if line.startswith("      ")]
    assert all(line[0].isupper() for line in helps if not line.startswith("default:")), helps


def test_a_weak_first_password_stops_the_start(redis):
    with RedisServer() as fresh:
        node = ApiNode(fresh, admin_password="matkhau123456").launch()
        assert node.wait() == 2 and "ADMIN_PASSWORD" in node.log() and "matkhau" not in node.log()
