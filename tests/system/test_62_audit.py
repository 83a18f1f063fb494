"""Every change through the API has its line in the history: who, by which means, what, of which proxy, when; and no secret is
ever in one. With a real scheduler and the vendor's simulator, two api-nodes: done at one, read at the other."""

import datetime
import json
import urllib.request

import pytest

from harness.api import ADMIN_PASSWORD, ApiNode, Caller
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import Simulator, wait_until

PASSWORD = "violet tractor 88 moon"
NEW_PASSWORD = "a green kettle sings"
KEYS = ["KSECRETaudit000000000001", "KSECRETaudit000000000002", "KSECRETaudit000000000004"]
BACKUP_PASSPHRASE = "twelve wet umbrellas"
SECRETS = [BACKUP_PASSPHRASE, "hook-secret-path", ADMIN_PASSWORD, PASSWORD, NEW_PASSWORD, "endpointpw12", "upstreampw", "guessed-and-wrong", *KEYS]


@pytest.fixture(scope="module")
def fleet():
    with Simulator(ttc_ms=1500, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim), \
            ApiNode(redis) as one, ApiNode(redis) as two:
        yield sim, redis, one, two


class Audit:
    def __init__(self, admin, program):
        self.admin, self.program, self.seen = admin, program, set()

    def line(self, action, user="admin", via="session", proxy_id=None, status=None, **params):
        """The line that this must have written, not found before; waits for it: schedulers write some."""
        def find():
            for entry in self.admin.get("/api/logs?limit=500&action=" + action).json:
                if entry["id"] not in self.seen and (entry["user"], entry["via"], entry["proxy_id"]) == (user, via, proxy_id) \
                        and (status is None or entry["status"] == status) \
                        and all(entry["params"].get(name) == value for name, value in params.items()):
                    return entry
            return None
        try:
            entry = wait_until(find, f"{action} by {user} via {via}")
        except AssertionError:
            raise AssertionError(f"no line {action} by {user} via {via} of {proxy_id}: {self.admin.get('/api/logs?limit=500').json}")
        self.seen.add(entry["id"])
        at = datetime.datetime.fromisoformat(entry["timestamp"].replace("Z", "+00:00"))
        assert abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) < 120
        return entry


def want(answer, status):
    assert answer.status == status, answer
    return answer.json if answer.body else None


def test_every_change_has_its_line(fleet):
    sim, redis, one, two = fleet
    admin = one.login()
    audit = Audit(admin.on(two), None)
    audit.line("user_create", "", "clock", username="admin")
    audit.line("login", address="127.0.0.1")
    assert one.nobody.post("/api/auth/login", {"username": "admin", "password": "guessed-and-wrong"}).status == 401
    audit.line("login_failed", "", status="warning", username="admin", address="127.0.0.1", count=1)

    # People.
    lan = want(admin.post("/api/users", {"username": "lan", "password": PASSWORD}), 201)
    audit.line("user_create", user_id=lan["id"], username="lan", role="user")
    want(admin.put(f"/api/users/{lan['id']}", {"role": "operator"}), 200)
    audit.line("user_update", username="lan", fields=["role"], role="operator")
    want(admin.put(f"/api/users/{lan['id']}", {"role": "user", "password": NEW_PASSWORD}), 200)
    audit.line("user_update", username="lan", fields=["password", "role"])
    here, elsewhere = one.login("lan", NEW_PASSWORD), two.login("lan", NEW_PASSWORD)
    want(here.put("/api/auth/password", {"old_password": NEW_PASSWORD, "new_password": PASSWORD}), 204)
    audit.line("password", "lan")
    elsewhere = two.login("lan", PASSWORD)
    other = next(s for s in here.get("/api/auth/sessions").json if not s["current"])
    want(here.delete(f"/api/auth/sessions/{other['id']}"), 204)
    audit.line("session_close", "lan")
    want(two.login("lan", PASSWORD).post("/api/auth/logout"), 204)
    audit.line("logout", "lan")
    token = want(here.post("/api/tokens", {"name": "nhà máy"}), 201)
    SECRETS.append(token["token"])
    audit.line("token_create", "lan", name="nhà máy", read_only=False)
    want(admin.put("/api/settings", {"auto_rotate_on_expiration": False}), 200)
    audit.line("settings")

    # Proxies, by lan's program.
    lans = Caller(two, token["token"], bearer=True)
    by_program = {"user": "lan", "via": "token:nhà máy"}
    proxy = want(lans.post("/api/proxies", {"key_name": "audited", "kiotproxy_key": KEYS[0], "region": "bac",
                                            "password": "endpointpw12"}), 201)["id"]
    path = f"/api/proxies/{proxy}"
    audit.line("create", **by_program, proxy_id=proxy, name="audited")
    audit.line("first_ip", **by_program, proxy_id=proxy)
    want(lans.put(path, {"note": "x", "tags": ["t"]}), 200)
    audit.line("update", **by_program, proxy_id=proxy, fields=["note", "tags"])
    want(lans.put(path, {"password": "endpointpw34"}), 200)
    SECRETS.append("endpointpw34")
    audit.line("update", **by_program, proxy_id=proxy, fields=["password"])
    want(lans.post("/api/proxies/bulk", {"ids": [proxy], "action": "tag", "add": ["u"]}), 200)
    audit.line("update", **by_program, proxy_id=proxy, fields=["tags"])
    want(lans.post(path + "/rotate", {"when": "allowed"}), 202)
    audit.line("schedule", **by_program, proxy_id=proxy)
    want(lans.delete(path + "/rotate"), 200)
    audit.line("cancel", **by_program, proxy_id=proxy)
    wait_until(lambda: lans.post(path + "/rotate").status == 200, "the cooldown is over")
    audit.line("rotate", **by_program, proxy_id=proxy, status="success")
    want(lans.post(path + "/restart"), 200)
    audit.line("restart", **by_program, proxy_id=proxy)
    link = want(lans.post(path + "/link"), 201)["url"]
    SECRETS.append(link.rsplit("/", 1)[1])
    audit.line("link", **by_program, proxy_id=proxy)
    wait_until(lambda: urllib_status(f"http://127.0.0.1:{one.port}/r/{link.rsplit('/', 1)[1]}") == 200, "the cooldown is over")
    audit.line("rotate", "", "link", proxy_id=proxy, status="success")
    want(lans.delete(path + "/link"), 204)
    audit.line("link_end", **by_program, proxy_id=proxy)
    assert lans.put(path, {"kiotproxy_key": KEYS[1]}).status in (200, 202)
    audit.line("replace_key", **by_program, proxy_id=proxy, status="success")
    want(admin.put(path, {"user_id": 1}), 200)
    audit.line("update", proxy_id=proxy, fields=["user_id"])
    want(admin.delete(path), 204)
    audit.line("delete", proxy_id=proxy, name="audited")
    assert admin.post(path + "/restore").status in (200, 202)
    audit.line("restore", proxy_id=proxy)

    # Many at once, the whole fleet, and who is told of it.
    want(admin.post("/api/proxies/bulk-import", {"kiotproxy_keys": KEYS[2]}), 200)
    audit.line("create", proxy_id=max(p["id"] for p in admin.get("/api/proxies").json))
    channel = want(admin.post("/api/notices/channels", {"name": "ops", "kind": "webhook",
                                                        "url": "http://127.0.0.1:9/hook-secret-path"}), 201)
    audit.line("notice_create", channel="ops")
    want(admin.put(f"/api/notices/channels/{channel['id']}", {"active": False}), 200)
    audit.line("notice_update", channel="ops")
    want(admin.delete(f"/api/notices/channels/{channel['id']}"), 204)
    audit.line("notice_delete", channel="ops")
    want(admin.post("/api/backup", {"passphrase": BACKUP_PASSPHRASE}), 200)
    audit.line("backup")

    # And out again.
    want(lans.post("/api/proxies", {"key_name": "left", "provider": "static",
                                    "upstream": "http://up:upstreampw@127.0.0.1:9"}), 201)
    want(admin.delete(f"/api/tokens/{token['id']}"), 204)
    audit.line("token_revoke", name="nhà máy", username="lan")
    want(admin.delete(f"/api/users/{lan['id']}?reassign_to=1"), 204)
    audit.line("user_delete", username="lan")


def urllib_status(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        return e.code


def test_what_the_clock_and_the_provider_did_is_told_as_theirs(fleet):
    sim, redis, one, two = fleet
    admin = one.login()
    audit = Audit(admin.on(two), None)
    proxy = want(admin.post("/api/proxies", {"key_name": "taken away", "kiotproxy_key": "KSECRETaudit000000000003"}), 201)["id"]
    sim.behave("KSECRETaudit000000000003", "key_expired")
    assert admin.post(f"/api/proxies/{proxy}/sync").status == 422
    audit.line("sync", "", "provider", proxy_id=proxy, status="error")


def test_no_secret_is_in_the_history(fleet):
    _, redis, _, _ = fleet
    entries = redis.call("XRANGE", redis.prefix + "log", "-", "+")
    assert len(entries) > 30, "needs the history of the tests above"
    for name in redis.call("KEYS", redis.prefix + "log:*"):
        entries += redis.call("LRANGE", name, 0, -1)
    for entry in entries:
        text = entry.decode() if isinstance(entry, bytes) else entry[1][1].decode()
        assert not [secret for secret in SECRETS if secret in text], text
        assert "v1:" not in text and "$y$" not in text, text  # sealed texts and hashes of passwords
        assert isinstance(json.loads(text), dict)
