"""Moving in from the single-host version: its data.json, taken in by two nodes that must agree."""

import copy
import json
import socket
import time

import pytest

from harness.api import ADMIN_PASSWORD, ApiNode, read_all
from harness.redis_server import RedisServer
from harness.simulator import SCALE

# As Python's bcrypt writes them, with the lowest cost.
OLD_PASSWORD = "old-password-1"
OLD_HASH = "$2b$04$abcdefghijklmnopqrstuuyaj3/3I0gzt3bGyRB7AbXWcmYRm3w4u"
SECOND_HASH = "$2b$04$abcdefghijklmnopqrstuukluLair1GoPMg9PQfjHAu2MGkeVdhk2"  # second-password
OPTIONS = {"public_port_start": 9000, "public_port_end": 9999, "allow_default": "127.0.0.0/8"}
KEY = "KSECRETimport{:011d}"


def data():
    """What the tool writes: naive times, ids as numbers, one user who is everything."""
    return {
        "settings": {"auto_rotate_on_expiration": True, "auto_rotate_interval_enabled": True,
                     "auto_rotate_interval_minutes": 7},
        "users": [{"id": 1, "username": "chu", "password": OLD_HASH, "session_id": "abc",
                   "session_expires": "2024-06-10T10:00:00"},
                  {"id": 2, "username": "em", "password": SECOND_HASH, "session_id": None,
                   "session_expires": None}],
        "proxy_keys": [
            {"id": 1, "user_id": 1, "key_name": "Hà Nội-1", "kiotproxy_key": KEY.format(1), "subdomain": "proxy7",
             "port": 9006, "region": "bac", "is_active": True, "remote_http": "127.0.0.1:9", "remote_ip": "127.0.0.1",
             "location": "Hà Nội", "status": "active", "latency_ms": 31, "last_check_at": "2024-06-10T21:12:12.123456",
             "expiration_at": "2099-06-10T21:12:12.123456", "ttl": 1800, "ttc": 60,
             "last_rotated_at": "2024-06-10T21:12:12.123456", "created_at": "2024-06-01T00:00:00.000001"},
            {"id": 2, "user_id": 2, "key_name": "Huế-2", "kiotproxy_key": KEY.format(2), "subdomain": "proxy2",
             "port": 9001, "region": "Miền Trung", "is_active": False, "remote_http": None, "remote_ip": None,
             "location": None, "status": "error", "latency_ms": None, "last_check_at": None, "expiration_at": None,
             "ttl": None, "ttc": None, "last_rotated_at": None, "created_at": "2/6/2024"},
        ],
        "logs": [
            {"id": 1, "proxy_id": 1, "action": "create", "region": "bac", "status": "success",
             "details": "Created proxy proxy7", "timestamp": "2024-06-01T00:00:00.000001"},
            {"id": 2, "proxy_id": 1, "action": "rotate", "region": None, "status": "failed", "details": "quá nhiều",
             "timestamp": "2024-06-03T00:00:00"},
            {"id": 3, "proxy_id": 99, "action": "delete", "region": None, "status": "success", "details": None,
             "timestamp": "2024-06-04T00:00:00"},
        ],
    }


@pytest.fixture()
def nodes():
    with RedisServer() as redis, ApiNode(redis, **OPTIONS) as one, ApiNode(redis, **OPTIONS) as two:
        yield redis, one, two


def post(caller, document, query=""):
    return caller.call("POST", "/api/import" + query, raw_body=json.dumps(document, ensure_ascii=False).encode(), timeout_s=60)


def results(report, kind, name):
    return {item[name]: item["result"] for item in report[kind]}


def test_everything_comes_along_and_twice_changes_nothing(nodes):
    redis, one, two = nodes
    admin, other = one.login(), two.login()
    dry = post(admin, data(), "?dry_run=true")
    assert dry.status == 200, dry
    assert other.get("/api/proxies").json == [] and other.get("/api/settings").json["settings"]["auto_rotate_interval_minutes"] == 10
    done = post(admin, data())
    assert done.status == 200, done
    said, did = dry.json, done.json
    assert (said.pop("dry_run"), did.pop("dry_run")) == (True, False) and did.pop("version")
    assert said == did, "a dry run says what the real one does"
    assert did["format"] == "data.json" and results(did, "users", "username") == {"chu": "created", "em": "created"}
    assert did["counts"]["proxies"] == {"created": 2, "exists": 0, "replaced": 0, "conflict": 0, "refused": 0}
    assert did["ignored_fields"] == {"users": {"session_id": 2, "session_expires": 2}, "proxies": {"port": 2, "status": 2},
                                     "tokens": {}, "channels": {}, "logs": {}, "document": {}}
    assert KEY.format(1) not in done.body.decode() and did["proxies"][0]["provider_key"].startswith("KSECRET")

    first, second = other.get("/api/proxies").json[::-1]
    assert (first["id"], first["subdomain"], first["number"], first["endpoint"]) == (1, "proxy7", 7, "proxy7.example.com")
    assert [e["port"] for e in first["endpoints"] if e["way"] == "port"] == [9007]
    assert first["key_name"] == "Hà Nội-1" and first["remote_http"] == "127.0.0.1:9" and first["status"] == "active"
    assert first["expiration_at"] == "2099-06-10T21:12:12.123Z" and first["ttl"] == 1800 and first["region"] == "bac"
    assert len(first["password"]) == 14 and first["allow"] == [{"cidr": "127.0.0.0/8", "until": None}]
    assert (second["id"], second["number"], second["is_active"], second["status"]) == (2, 2, False, "paused")
    assert (second["region"], second["created_at"]) == ("trung", "2024-06-02T16:59:59.000Z"), "as every other call reads them"
    assert other.get("/api/settings").json["settings"]["auto_rotate_interval_minutes"] == 7

    chu, em = two.login("chu", OLD_PASSWORD), one.login("em", "second-password")
    assert chu.get("/api/auth/me").json["role"] == "admin", "the tool's first user could do everything"
    assert [p["id"] for p in em.get("/api/proxies").json] == [2]
    logs = other.get("/api/logs?proxy_id=1").json
    assert [(e["action"], e["status"], e["message"], e["timestamp"], e["via"]) for e in logs if e["via"] == "import"] == [
        ("rotate", "error", "quá nhiều", "2024-06-03T00:00:00.000Z", "import"),
        ("create", "success", "Created proxy proxy7", "2024-06-01T00:00:00.000Z", "import")]
    everything = other.get("/api/logs?limit=500").json
    assert [e["action"] for e in everything[-3:]] == ["delete", "rotate", "create"], "by its time, not by when it came"

    owner = two.login("chu", OLD_PASSWORD)
    before = store_of(redis)
    again = post(owner, data())
    assert all(counts["created"] == 0 for counts in again.json["counts"].values()) and again.json["settings"] == "exists"
    assert results(again.json, "proxies", "subdomain") == {"proxy7": "exists", "proxy2": "exists"}
    assert results(again.json, "users", "username") == {"chu": "exists", "em": "exists"}, "hashed anew at the login, but the same"
    assert store_of(redis) == before


def store_of(redis):
    """All that an import could change."""
    names = sorted(n for n in redis.call("KEYS", "*") if not any(part in n for part in
                   (b"session", b"node", b"login", b"leader", b"log", b"changes", b"version", b"idem")))
    return [(n, redis.call("DUMP", n)) for n in names]


def test_conflicts_are_told_and_the_rest_goes_in(nodes):
    _, one, two = nodes
    admin, other = one.login(), two.login()
    holder = admin.add_static("holds the name")
    document = data()
    document["users"][0]["username"] = "Admin"
    document["proxy_keys"][1]["subdomain"] = holder["subdomain"]
    document["proxy_keys"] += [
        {**document["proxy_keys"][0], "id": 3, "subdomain": "proxy33"},
        {**document["proxy_keys"][0], "id": 4, "subdomain": "proxy44", "kiotproxy_key": ""},
        {**document["proxy_keys"][0], "id": 1, "subdomain": "shop", "kiotproxy_key": KEY.format(5), "user_id": 77},
    ]
    dry, done = post(other, document, "?dry_run=true").json, post(other, document).json
    assert dry["proxies"] == done["proxies"] and dry["users"] == done["users"]
    assert results(done, "users", "username") == {"Admin": "conflict", "em": "created"}
    assert one.login("admin", ADMIN_PASSWORD), "the password here stays"
    reasons = [(p["subdomain"], p["result"], p["message_id"]) for p in done["proxies"]]
    assert reasons == [("proxy7", "created", None), (holder["subdomain"], "conflict", "import.name_taken"),
                       ("proxy33", "conflict", "import.twice"), ("proxy44", "refused", "import.field"),
                       ("shop", "created", None)]
    shop = next(p for p in admin.get("/api/proxies").json if p["subdomain"] == "shop")
    assert shop["id"] not in (1, holder["id"]) and shop["user_id"] == admin.get("/api/auth/me").json["id"]
    assert admin.add_static("later")["number"] not in (7, shop["number"], holder["number"])


def test_other_shapes_are_read_too(nodes):
    _, one, two = nodes
    admin, other = one.login(), two.login()
    document = {"users": {"9": {"id": "9", "username": "chi", "hashed_password": OLD_HASH, "is_admin": 0}},
                "proxies": {"5": {"name": "five", "key": KEY.format(50), "subdomain": "PROXY5", "is_active": "true",
                                  "owner_id": "9", "region": "mars", "expiration_at": 4085000000, "colour": "red"}},
                "logs": {}, "version": 3}
    report = post(admin, document).json
    assert report["counts"]["proxies"]["created"] == 1 and report["counts"]["users"]["created"] == 1
    assert report["ignored_fields"]["proxies"] == {"region": 1, "colour": 1}
    assert report["ignored_fields"]["document"] == {"version": 1} and report["settings"] is None
    proxy = other.proxy(5)
    assert proxy["number"] == 5 and proxy["key_name"] == "five" and proxy["status"] == "pending"
    assert two.login("chi", OLD_PASSWORD).get("/api/proxies").json[0]["id"] == 5


BAD = [(b"", 400), (b"{", 400), (b"[]", 400), (b'{"users":[]', 400), (b'{"hello":1}', 400), (b'{"users":[],"users":[]}', 400)]


def test_what_is_no_data_json_is_refused_with_one_sentence(nodes):
    _, one, _ = nodes
    admin = one.login()
    for body, status in BAD:
        answer = admin.call("POST", "/api/import", raw_body=body)
        assert answer.status == status and answer.json["detail"], (body, answer)
    assert admin.call("POST", "/api/import?dry_run=x", raw_body=b"{}").status == 400
    assert post(admin, {"users": ["x", None, 7], "proxy_keys": None, "logs": [[]]}).json["counts"]["users"]["refused"] == 3
    answer = post(admin, {"proxy_keys": 5})
    assert answer.status == 400 and "proxy_keys must be a list" in answer.json["detail"], answer


def head(length, session="", extra=""):
    return (f"POST /api/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
            f"Authorization: Bearer {session}\r\n{extra}\r\n").encode()


def test_a_stranger_cannot_make_a_node_hold_a_large_body(nodes):
    _, one, _ = nodes
    admin = one.login(bearer=True)
    assert admin.post("/api/import", {"users": []}).status == 200
    before = one.resident_bytes()
    sockets = []
    for _ in range(20):
        s = socket.create_connection(("127.0.0.1", one.port), timeout=20 * SCALE)
        s.sendall(head(60 << 20, "nobody"))
        try:
            for _ in range(16):
                s.sendall(b" " * (1 << 18))
        except OSError:
            pass  # told to go away before it had sent it all
        sockets.append(s)
    answers = []
    for s in sockets:
        try:
            answers.append(s.recv(65536))
        except ConnectionResetError:
            pass
        s.close()
    assert answers and all(b" 401 " in a for a in answers if a)
    assert one.resident_bytes() - before < 30 << 20, "20 strangers sent 80 MiB"
    # One who waits to be let in is let in, or told at once.
    with one.connect() as s:
        s.sendall(head(1 << 20, "nobody", "Expect: 100-continue\r\n"))
        assert s.recv(4096).startswith(b"HTTP/1.1 401")
    large = json.dumps({"users": [], "padding": "x" * (9 << 20)}).encode()
    with one.connect() as s:
        s.sendall(head(len(large), admin.session, "Expect: 100-continue\r\n"))
        assert s.recv(4096).startswith(b"HTTP/1.1 100")
        s.sendall(large)
        answer = read_all(s)
    assert b" 200 " in answer.split(b"\r\n")[0] and b'"padding":1' in answer
    too_large = admin.call("POST", "/api/import", raw_body=b" " * ((16 << 20) + 1), timeout_s=60)
    assert too_large.status == 413
    with one.connect() as s:
        s.sendall(head(65 << 20, admin.session))
        assert b" 413 " in s.recv(4096)


def test_one_odd_value_does_not_end_the_import(nodes):
    """The store refuses a whole chunk for one value that it never takes: the import ended half way, with a 500."""
    _, one, two = nodes
    admin = one.login()
    odd = [("id", 1764290000000), ("id", 10 ** 12), ("id", 2 ** 53 - 1), ("id", -1), ("subdomain", "1st"), ("remote_ip", "x" * 200),
           ("remote_ip", "not yet known"), ("location", "Hà Nội " * 60), ("restart_seq", 2 ** 53 - 1)]
    proxies = [{"id": 100 + n, "key_name": "odd", "kiotproxy_key": KEY.format(100 + n), "subdomain": f"proxy{100 + n}",
                field: value} for n, (field, value) in enumerate(odd)]
    logs = [{"id": id, "action": "rotate", "status": "success", "timestamp": "2024-06-03T00:00:00"}
            for id in (1764290000000, 2 ** 53 - 1, -1)]
    document = {"proxy_keys": proxies, "logs": logs}
    first = post(admin, document)
    assert first.status == 200, first
    assert [item["result"] for kind in ("proxies", "logs") for item in first.json[kind]] == ["created"] * 12, first.json
    shown = admin.on(two).get("/api/proxies").json
    assert all(p["id"] < 1000 for p in shown) and len(shown) == len(odd), "the ids of new proxies go on below"
    again = post(admin.on(two), document)
    assert {item["result"] for kind in ("proxies", "logs") for item in again.json[kind]} == {"exists"}, "also what had no name"


def test_a_dry_run_is_not_repeated_in_place_of_the_import(nodes):
    """The two differ in the query only: with one Idempotency-Key the second used to get the first one's answer."""
    _, one, two = nodes
    admin = one.login()
    body = {"settings": {"auto_rotate_interval_minutes": 7}}
    dry = admin.post("/api/import?dry_run=true", body, Idempotency_Key="once")
    assert dry.status == 200 and dry.json["dry_run"]
    refused = admin.on(two).post("/api/import", body, Idempotency_Key="once")
    assert (refused.status, refused.message_id) == (422, "err.idempotency")
    assert "query" in refused.json["detail"]


def test_only_administrators(nodes):
    _, one, two = nodes
    post(one.login(), data())
    em = two.login("em", "second-password")
    assert post(em, data()).status == 403 and one.nobody.call("POST", "/api/import", raw_body=b"{}").status == 401
    big = copy.deepcopy(data())
    big["padding"] = "x" * 400000
    assert post(em, big).status == 403


def test_a_thousand_keys_in_one_go(nodes):
    _, one, two = nodes
    document = data()
    document["proxy_keys"] = [{**document["proxy_keys"][0], "id": i, "kiotproxy_key": KEY.format(i), "subdomain": f"proxy{i}"}
                              for i in range(1, 1001)]
    document["logs"] = [{**document["logs"][0], "id": i, "proxy_id": i % 1000 + 1} for i in range(1, 6001)]
    admin = one.login()
    started = time.monotonic()
    report = post(admin, document).json
    print(f"1,000 keys and 6,000 lines of history: {time.monotonic() - started:.2f} s")
    assert report["counts"]["proxies"]["created"] == 1000 and report["counts"]["logs"] == {
        "created": 5000, "exists": 0, "replaced": 0, "conflict": 0, "refused": 1000}
    assert two.login().get("/api/proxies?limit=1").headers["x-total-count"] == "1000"
