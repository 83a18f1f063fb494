"""Who may do what: every route with every kind of caller, from one table; and nothing of A's in what B receives.
Two api-nodes: what is made at one is asked for at the other."""

import json
import pathlib
import re
import time

import pytest

from harness.api import ADMIN_PASSWORD, ApiNode, Caller
from harness.redis_server import RedisServer

REPO = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "violet tractor 88 moon"

# In A's proxies, and to be found nowhere in what others receive.
MARKERS = ["MARKNAME", "MARKNOTE", "MARKTAG", "markpass9", "MARKUPSTREAMUSER", "markupstreampw", "203.0.113.77", "mark77",
           "KMARKKEY"]
FIXED = {"key_name": "MARKNAME", "provider": "static", "upstream": "http://MARKUPSTREAMUSER:markupstreampw@203.0.113.77:3128",
         "note": "MARKNOTE", "tags": ["MARKTAG"], "password": "markpass9"}

# nobody, admin, owner, stranger (another user), assigned (staff whose the proxy is), unassigned (other staff), reader (the
# owner's read-only API token). "m": may, whatever comes of it in this state; else the status of the refusal.
ANYBODY = "m   m   m   m   m   m   m"
SIGNED_IN = "401 m   m   m   m   m   m"
SESSION = "401 m   m   m   m   m   403"
SEE = "401 m   m   404 m   404 m"
ROTATE = "401 m   m   404 m   404 403"
EDIT = "401 m   m   404 403 403 403"
ADD = "401 m   m   m   403 403 403"
OWN_LISTS = "401 m   m   m   403 403 m"
WORK_ON_MANY = "401 m   m   m   m   m   403"
ADMIN = "401 m   403 403 403 403 403"
ADMIN_OF_NOTHING = "401 404 403 403 403 403 403"  # asked for an id that is not there
OWN_ONLY = "401 404 m   404 404 404 403"
OWN_OR_ADMIN = "401 m   m   404 404 404 403"

TABLE = {
    "GET /api/health": ANYBODY,
    "GET /api/openapi.json": ANYBODY,
    "POST /api/auth/login": ANYBODY,
    "POST /api/auth/logout": SESSION,
    "GET /api/auth/me": SIGNED_IN,
    "PUT /api/auth/password": SESSION,
    "GET /api/auth/sessions": SESSION,
    "DELETE /api/auth/sessions/{token}": OWN_ONLY,
    "GET /api/users": ADMIN,
    "POST /api/users": ADMIN,
    "GET /api/users/{id}": ADMIN,
    "PUT /api/users/{id}": ADMIN,
    "DELETE /api/users/{id}": ADMIN,
    "GET /api/tokens": SIGNED_IN,
    "POST /api/tokens": SESSION,
    "DELETE /api/tokens/{id}": OWN_OR_ADMIN,
    "GET /api/proxies": SIGNED_IN,
    "POST /api/proxies": ADD,
    "GET /api/proxies/export": SIGNED_IN,
    "GET /api/proxies/deleted": OWN_LISTS,
    "GET /api/proxies/usage": SIGNED_IN,
    "POST /api/proxies/bulk": WORK_ON_MANY,
    "POST /api/proxies/bulk-import": ADD,
    "POST /api/proxies/replace-keys": ADD,
    "POST /api/proxies/check-all": WORK_ON_MANY,
    "POST /api/proxies/sync-all": WORK_ON_MANY,
    "GET /api/proxies/{id}": SEE,
    "PUT /api/proxies/{id}": EDIT,
    "DELETE /api/proxies/{id}": EDIT,
    "GET /api/proxies/{id}/usage": SEE,
    "POST /api/proxies/{id}/rotate": ROTATE,
    "DELETE /api/proxies/{id}/rotate": ROTATE,
    "POST /api/proxies/{id}/restart": ROTATE,
    "POST /api/proxies/{id}/check": ROTATE,
    "POST /api/proxies/{id}/sync": ROTATE,
    "POST /api/proxies/{id}/restore": EDIT,
    "POST /api/proxies/{id}/link": EDIT,
    "DELETE /api/proxies/{id}/link": EDIT,
    "GET /r/{token}": ANYBODY,
    "POST /r/{token}": ANYBODY,
    "GET /api/logs": SIGNED_IN,
    "GET /api/settings": SIGNED_IN,
    "PUT /api/settings": ADMIN,
    "GET /api/fleet": ADMIN,
    "GET /api/dns-zone": ADMIN,
    "GET /api/backup": ADMIN,
    "POST /api/backup": ADMIN,
    "POST /api/import": ADMIN,
    "GET /api/notices/channels": ADMIN,
    "POST /api/notices/channels": ADMIN,
    "PUT /api/notices/channels/{id}": ADMIN_OF_NOTHING,
    "DELETE /api/notices/channels/{id}": ADMIN_OF_NOTHING,
    "POST /api/notices/channels/{id}/test": ADMIN_OF_NOTHING,
    "GET /api/notices/deliveries": ADMIN,
}
IDENTITIES = ("nobody", "admin", "owner", "stranger", "assigned", "unassigned", "reader")


def routes():
    text = (REPO / "api-node" / "routes.h").read_text()
    return [f"{method} {path}" for method, path in re.findall(r'^ROUTE\((\w+), "([^"]+)"', text, re.M)]


class World:
    """Everybody, and what each call needs to be a good one."""

    def __init__(self, redis, one, two):
        self.redis, self.one, self.two = redis, one, two
        self.admin = one.login()
        self.ids, self.callers, self.received = {"admin": 1}, {"nobody": two.nobody, "admin": self.admin.on(two)}, {}
        for name, role in (("owner", "user"), ("stranger", "user"), ("assigned", "operator"), ("unassigned", "operator")):
            answer = self.admin.post("/api/users", {"username": name, "role": role, "password": PASSWORD})
            assert answer.status == 201, answer
            self.ids[name] = answer.json["id"]
            self.callers[name] = two.login(name, PASSWORD)
        self.owner = self.callers["owner"].on(one)
        token = self.owner.post("/api/tokens", {"name": "reader", "read_only": True}).json["token"]
        self.callers["reader"] = Caller(two, token, bearer=True)
        self.link = None

    def proxy(self, identity, **fields):
        """A proxy with every marker: the owner's, or assigned to the staff who asks."""
        proxy_id = self.make(fields)
        if identity == "assigned":
            assert self.admin.put(f"/api/proxies/{proxy_id}", {"user_id": self.ids["assigned"]}).status == 200
        return proxy_id

    def make(self, fields):
        answer = self.owner.post("/api/proxies", {**FIXED, **fields})
        assert answer.status == 201, answer
        # Paused: work on it is refused at once, as nobody is here to do it.
        assert self.owner.put(f"/api/proxies/{answer.json['id']}", {"is_active": False}).status == 200
        return answer.json["id"]

    def link_token(self):
        if self.link is None:
            url = self.owner.post(f"/api/proxies/{self.make({})}/link").json["url"]
            self.link = url.rsplit("/", 1)[1]
        return self.link

    def place(self, route, identity):
        """The path with its parameters, each time of something fresh."""
        if route == "POST /api/proxies/{id}/restore":
            proxy_id = self.proxy(identity)
            assert self.admin.delete(f"/api/proxies/{proxy_id}").status == 204
            return f"/api/proxies/{proxy_id}/restore"
        path = route.split(" ")[1]
        if path.startswith("/api/proxies/{id}"):
            return path.replace("{id}", str(self.proxy(identity)))
        if path.startswith("/api/users/{id}"):
            return path.replace("{id}", str(self.spare_user() if route.startswith("DELETE") and identity == "admin" else self.ids["owner"]))
        if path == "/api/tokens/{id}":
            token = self.owner.post("/api/tokens", {"name": f"t{time.monotonic_ns()}"})
            return f"/api/tokens/{token.json['id']}"
        if path.startswith("/api/notices/channels/{id}"):
            return path.replace("{id}", "999999")
        if path == "/api/auth/sessions/{token}":
            extra = self.two.login("owner", PASSWORD)
            return next(f"/api/auth/sessions/{s['id']}" for s in extra.get("/api/auth/sessions").json if s["current"])
        if path == "/r/{token}":
            return f"/r/{self.link_token()}"
        assert "{" not in path, f"say in place() what {path} is to be called with"
        return {"/api/proxies/export": path + "?format=json", "/api/proxies/usage": path + f"?ids={self.proxy(identity)}"}.get(path, path)

    def spare_user(self):
        return self.admin.post("/api/users", {"username": f"spare{time.monotonic_ns()}", "password": PASSWORD}).json["id"]

    def body(self, route, identity):
        n = time.monotonic_ns()
        mark = FIXED if identity in ("owner", "admin") else {}
        return {
            "POST /api/auth/login": {"username": "admin", "password": ADMIN_PASSWORD},
            "PUT /api/auth/password": {"old_password": "not the right one", "new_password": "a green kettle sings"},
            "POST /api/users": {"username": f"made{n}", "password": PASSWORD},
            "PUT /api/users/{id}": {"role": "user"},
            "POST /api/tokens": {"name": f"t{n}"},
            "POST /api/proxies": {"key_name": "x", "provider": "static", "upstream": "http://127.0.0.1:9", **mark},
            "PUT /api/proxies/{id}": {"note": "MARKNOTE"},
            "POST /api/proxies/bulk": {"ids": [self.ids.get("proxy", 1)], "action": "restart"},
            "POST /api/proxies/bulk-import": {"kiotproxy_keys": f"Kwalk{n}", "region": "bac"},
            "POST /api/proxies/replace-keys": {"text": f"Knot{n} Kwalk{n}"},
            "PUT /api/settings": {"auto_update_enabled": True},
            "POST /api/backup": {"passphrase": "violet tractor 88 moon"},
            "POST /api/import": {},
            "POST /api/notices/channels": {"name": f"c{n}", "kind": "webhook", "url": "http://127.0.0.1:9/x"},
            "PUT /api/notices/channels/{id}": {"name": "x"},
        }.get(route, {})

    def call(self, identity, route):
        method = route.split(" ")[0]
        caller = self.callers[identity]
        if route == "POST /api/auth/login":
            caller = self.two.nobody  # a login ends the session that one comes with
        if route == "POST /api/auth/logout" and identity not in ("nobody", "reader"):
            caller = self.two.login(identity, ADMIN_PASSWORD if identity == "admin" else PASSWORD)
        headers = {"Backup_Passphrase": "violet tractor 88 moon"} if route == "GET /api/backup" else {}
        path = self.place(route, identity)
        answer = caller.get(path, **headers) if method == "GET" else caller.call(method, path, self.body(route, identity))
        self.received.setdefault(identity, []).append((route, answer))
        return answer


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def world(redis):
    with ApiNode(redis) as one, ApiNode(redis) as two:
        world = World(redis, one, two)
        world.ids["proxy"] = world.make({})
        yield world


def test_the_table_names_every_route():
    missing = [route for route in routes() if route not in TABLE]
    assert not missing, f"give these a row that says who may call them: {missing}"
    assert set(TABLE) <= set(routes()), "rows without a route"
    assert all(len(row.split()) == len(IDENTITIES) for row in TABLE.values())


@pytest.mark.parametrize("route", TABLE)
def test_every_route_with_every_kind_of_caller(redis, world, route):
    wrong = []
    for identity, expected in zip(IDENTITIES, TABLE[route].split()):
        answer = world.call(identity, route)
        may = answer.status not in (401, 403, 404) and answer.status < 500
        if not (may if expected == "m" else answer.status == int(expected)):
            wrong.append(f"{identity}: {answer.status} instead of {expected}: {answer}")
    for key in redis.call("KEYS", redis.prefix + "login:*"):
        redis.call("DEL", key)
    assert not wrong, "\n".join(wrong)


def leaks(text):
    return [marker for marker in MARKERS if marker in text]


def test_nothing_of_the_owners_was_in_what_the_others_got(world):
    """All the answers of the walk above; what staff got of proxies assigned to them is theirs to see."""
    if "stranger" not in world.received:
        pytest.skip("needs the walk above")
    for identity in ("nobody", "stranger", "unassigned"):
        for route, answer in world.received[identity]:
            if "/r/" in route:
                continue  # the link itself is the right to know the endpoint's address
            found = leaks(answer.body.decode(errors="replace") + str(answer.headers))
            assert not found, f"{identity}, {route}: {found} in {answer}"
    assert leaks(world.received["owner"][0][1].body.decode()) or any(
        leaks(a.body.decode(errors="replace")) for _, a in world.received["owner"]), "the markers are no markers"


QUESTIONS = ["/api/proxies", "/api/proxies?q=MARK", "/api/proxies?tag=MARKTAG", "/api/proxies?sort=name&limit=500", "/api/logs?limit=500",
             "/api/logs?q=MARKNAME", "/api/logs?user=owner", "/api/proxies?user=owner", "/api/tokens", "/api/auth/sessions",
             "/api/settings", "/api/proxies/deleted"]
FORMATS = ["csv", "json", "txt", "host:port:user:pass", "url"]


def test_lists_counts_exports_and_history_hold_ones_own_only(world):
    world.proxy("owner")
    for name in ("stranger", "unassigned"):
        caller = world.callers[name]
        if name == "stranger":
            mine = caller.add_static("strangers own")["id"]
        else:
            mine = world.admin.add_static("staff's own")["id"]
            assert world.admin.put(f"/api/proxies/{mine}", {"user_id": world.ids[name]}).status == 200
        seen = {p["id"] for p in caller.get("/api/proxies").json}
        assert mine in seen and all(world.admin.proxy(i)["user_id"] == world.ids[name] for i in seen)
        assert int(caller.get("/api/proxies?limit=1").headers["x-total-count"]) == len(seen)
        assert caller.get("/api/proxies?q=MARKNAME").headers["x-total-count"] == "0"
        for question in QUESTIONS + [f"/api/proxies/export?format={f}" for f in FORMATS]:
            answer = caller.get(question)
            assert answer.status < 500 and not leaks(answer.body.decode(errors="replace") + str(answer.headers)), (question, answer)
        assert all(e["proxy_id"] in seen for e in caller.get("/api/logs?limit=500").json)
        theirs = world.make({})
        for answer in (caller.get(f"/api/logs?proxy_id={theirs}"), caller.get(f"/api/proxies/usage?ids={theirs}")):
            assert not leaks(answer.body.decode(errors="replace")) and str(theirs) not in answer.body.decode(), answer


def test_a_key_in_use_does_not_tell_whose(world):
    key = f"KMARKKEY{time.monotonic_ns()}"
    assert world.admin.post("/api/proxies/bulk-import", {"kiotproxy_keys": key}).json["ok"] == 1
    again = world.callers["stranger"].post("/api/proxies/bulk-import", {"kiotproxy_keys": key}).json
    assert again["ok"] == 0 and "proxy1" not in json.dumps(again) and not leaks(json.dumps(again).replace(key, ""))
    answer = world.callers["stranger"].post("/api/proxies", {"key_name": "mine now", "kiotproxy_key": key})
    assert answer.status == 409 and answer.message_id == "err.key_in_use" and answer.json["params"] == {}


def test_an_idempotency_key_of_anothers_repeats_nothing(world):
    mine = world.owner.post("/api/proxies", FIXED, Idempotency_Key="same")
    assert mine.status == 201
    answer = world.callers["stranger"].post("/api/proxies", FIXED | {"key_name": "strangers", "note": "", "tags": []},
                                            Idempotency_Key="same")
    assert answer.status == 201 and answer.json["id"] != mine.json["id"]
    assert world.callers["stranger"].delete(f"/api/proxies/{answer.json['id']}").status == 204


def test_sockets_tell_ones_own_only(world):
    """Everything happens to A's proxies while B listens; then something of B's own, so that it is known that B hears."""
    stranger, staff = world.callers["stranger"], world.callers["unassigned"]
    mine = stranger.add_static("heard of")["id"]
    with stranger.live() as live, staff.live() as staff_live, world.callers["reader"].live(origin=None) as theirs:
        for socket in (live, staff_live, theirs):
            socket.wait("hello")
        proxy_id = world.make({})
        world.owner.put(f"/api/proxies/{proxy_id}", {"note": "MARKNOTE again", "is_active": True})
        world.owner.post(f"/api/proxies/{proxy_id}/restart")
        world.admin.put(f"/api/proxies/{proxy_id}", {"user_id": world.ids["assigned"]})
        world.admin.put(f"/api/proxies/{proxy_id}", {"user_id": world.ids["owner"]})
        world.owner.delete(f"/api/proxies/{proxy_id}")
        theirs.wait("proxy_deleted", lambda m: m["id"] == proxy_id)
        stranger.put(f"/api/proxies/{mine}", {"note": "the end"})
        live.wait_proxy(mine, note="the end")
        for socket in (live, staff_live):
            text = json.dumps(list(socket.messages))
            assert not leaks(text), leaks(text)
            assert proxy_id not in [m.get("id") for m in socket.messages]
            assert all(m["log"]["proxy_id"] == mine for m in socket.of("log"))
            for stats in socket.of("stats"):
                assert all(rate[0] == mine for rate in stats["rates"])
            assert not socket.of("fleet")
        assert leaks(json.dumps(list(theirs.messages)))
