"""Sealed backups: a fleet with another SECRET_KEY takes one in, and the same clients are served at once."""

import base64
import http.client
import json
import time

import pytest

from harness.api import PROXY_PASSWORD, ApiNode, Caller
from harness.fleet import Fleet
from harness.redis_server import RedisServer
from harness.simulator import SCALE
from test_63_import import OLD_HASH, OLD_PASSWORD

PASSPHRASE = "correct horse battery"
OTHER_KEY = "2b" * 32
KEY = "KSECRETbackup00000000001"
SAME = ("id", "number", "subdomain", "endpoint", "password", "allow", "remote_http", "remote_ip", "location", "key_name",
        "provider", "provider_key", "region", "is_active", "tags", "note", "rotate_mode", "on_rotate", "limits",
        "rotate_link", "paid_until", "price_vnd", "expiration_at", "next_request_at", "restart_seq", "created_at")


def caller(fleet, api=0):
    node = ApiNode(None)
    node.port = int(fleet.apis[api].environment["API_PORT"])
    return Caller(node, fleet.token, bearer=True)


def through(fleet, subdomain, password):
    """A plain request through the shared port with user and password: the status, and where it came out."""
    connection = http.client.HTTPConnection(fleet.addresses[0], fleet.http_port, timeout=20 * SCALE)
    try:
        secret = base64.b64encode(f"{subdomain}:{password}".encode()).decode()
        connection.request("GET", "http://origin.test/ip", headers={"Proxy-Authorization": f"Basic {secret}"})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text)["ip"] if answer.status == 200 else None
    finally:
        connection.close()


def restore(admin, backup, passphrase=PASSPHRASE, query=""):
    raw = backup if isinstance(backup, bytes) else json.dumps(backup).encode()
    return admin.call("POST", "/api/import" + query, raw_body=raw, Backup_Passphrase=passphrase, timeout_s=60)


@pytest.fixture(scope="module")
def old():
    """A small business: people, a rented proxy, a fixed one, a paused one, a token, a link."""
    with Fleet(relays=1, schedulers=1, apis=2, ALLOW_DEFAULT="") as fleet:
        admin, other = caller(fleet), caller(fleet, 1)
        people = {"users": [{"id": 5, "username": "chu", "password": OLD_HASH, "is_admin": False}], "proxy_keys": []}
        assert admin.call("POST", "/api/import", raw_body=json.dumps(people)).json["counts"]["users"]["created"] == 1
        chu = admin.node.login("chu", OLD_PASSWORD).get("/api/auth/me").json
        fleet.sim.behave(KEY, upstream_auth={"user": "u", "password": "upstreampw"})
        rented = fleet.add(KEY, tags=["a", "b"], note="ghi chú", password=PROXY_PASSWORD, allow=["203.0.113.7"])
        fixed = admin.add_static("fixed", f"http://u:upstreampw@{rented['remote_http']}", password="fixedpw1234")
        paused = admin.add_static("paused")
        admin.put(f"/api/proxies/{paused['id']}", {"is_active": False, "user_id": chu["id"]})
        used = admin.add_static("used up", limits={"bytes_per_month": 1000000})
        month = time.strftime("%Y-%m", time.gmtime(int(fleet.redis.call("TIME")[0])))
        fleet.redis.call("HSET", f"{fleet.redis.prefix}months:{used['id']}", month, "900000 200000 7 1", "2020-01", "1 2 3 4")
        admin.put(f"/api/proxies/{used['id']}", {"note": "saved again"})
        assert admin.proxy(used["id"])["status"] == "quota_reached"
        gone = admin.add_static("gone")
        assert admin.delete(f"/api/proxies/{gone['id']}").status == 204
        link = admin.post(f"/api/proxies/{rented['id']}/link").json["url"]
        channel = admin.post("/api/notices/channels", {"name": "ops", "kind": "webhook", "active": False,
                                                       "url": "https://hooks.example.com/upstreampw", "events": ["rotated"]})
        assert channel.status == 201, channel
        token = other.post("/api/tokens", {"name": "n8n"})
        assert token.status == 201, token
        admin.put("/api/settings", {"auto_rotate_interval_minutes": 33})
        backup = other.get("/api/backup", Backup_Passphrase=PASSPHRASE)
        assert backup.status == 200, backup
        yield fleet, admin, {"rented": rented, "fixed": fixed, "paused": paused, "gone": gone, "link": link,
                             "token": token.json, "backup": backup}


@pytest.fixture(scope="module")
def new(old):
    """Another host: another key, nothing in it but its first administrator. The vendor is not asked: no scheduler."""
    with Fleet(relays=1, schedulers=0, apis=2, SECRET_KEY=OTHER_KEY) as fleet:
        yield fleet, caller(fleet), caller(fleet, 1)


def test_the_envelope_is_readable_and_nothing_else(old):
    _, admin, made = old
    answer = made["backup"]
    assert answer.headers["content-disposition"].startswith('attachment; filename="kiotproxy-backup-20')
    document = answer.json
    assert document["format"] == "kiotproxy-fleet backup" and document["version"] == 1 and document["build"]
    assert document["counts"] == {"users": 2, "proxies": 4, "tokens": 1, "channels": 1} and document["kdf"]["name"] == "scrypt"
    for secret in (KEY, PROXY_PASSWORD, "upstreampw", "ghi", "$y$", "$2b$", made["rented"]["subdomain"], PASSPHRASE):
        assert secret.encode() not in answer.body
    again = admin.post("/api/backup", {"passphrase": PASSPHRASE})
    assert again.status == 200 and again.json["payload"] != document["payload"]
    assert admin.get("/api/logs?action=backup").json[0]["params"] == {"users": 2, "proxies": 4, "tokens": 1, "channels": 1}


def test_passphrases(old):
    _, admin, _ = old
    assert admin.get("/api/backup").status == 400
    assert admin.get("/api/backup", Backup_Passphrase="elevenchars").status == 422
    in_the_address = admin.get("/api/backup?passphrase=" + PASSPHRASE.replace(" ", "+"), Backup_Passphrase=PASSPHRASE)
    assert in_the_address.status == 400 and "address" in in_the_address.json["detail"]
    assert admin.post("/api/backup", {"passphrase": "short"}).status == 422
    assert admin.post("/api/backup", {"passphrase": "Đà Nẵng ơi"}).status == 422, "10 characters, in more bytes"
    assert admin.post("/api/backup", {"other": 1}).status == 400


def test_what_cannot_be_opened_is_refused_with_one_sentence(old, new):
    _, _, made = old
    _, admin, other = new
    good = made["backup"].json
    assert restore(admin, good, None).status == 400
    wrong = restore(other, good, PASSPHRASE + "!")
    assert wrong.status == 422 and "passphrase" in wrong.json["detail"]
    assert restore(admin, made["backup"].body[:-100]).status == 400
    middle = len(good["payload"]) // 2
    flipped = "A" if good["payload"][middle] != "A" else "B"
    for change in ({"payload": good["payload"][:middle] + flipped + good["payload"][middle + 1:]},
                   {"payload": good["payload"][:-40]}, {"payload": ""}, {"payload": 7}, {"version": 2}, {"version": "1"},
                   {"counts": {**good["counts"], "proxies": 3}}, {"created_at": "2020-01-01T00:00:00.000Z"},
                   {"kdf": {**good["kdf"], "n": 16384}}, {"kdf": {**good["kdf"], "n": 1 << 30}}, {"kdf": None}):
        answer = restore(admin, {**good, **change})
        assert answer.status == 422 and answer.json["detail"].endswith("."), (change, answer)
    newer = restore(admin, {**good, "version": 2})
    assert "newer version" in newer.json["detail"]
    assert other.get("/api/proxies").json == [] and len(other.get("/api/logs?action=import").json) == 0


def test_the_new_fleet_serves_the_same_clients(old, new):
    old_fleet, old_admin, made = old
    fleet, admin, other = new
    dry = restore(other, made["backup"].body, query="?dry_run=true")
    assert dry.status == 200 and other.get("/api/proxies").json == [], dry
    done = restore(admin, made["backup"].body)
    assert done.status == 200, done
    said, did = dry.json, done.json
    assert (said.pop("dry_run"), did.pop("dry_run")) == (True, False) and did.pop("version")
    assert said == did
    assert did["format"] == "backup" and did["counts"]["proxies"]["created"] == 4
    assert {u["username"]: u["result"] for u in did["users"]} == {"admin": "replaced", "chu": "created"}
    assert did["counts"]["tokens"]["created"] == 1 and did["settings"] == "created"

    # The session that restored goes on; others sign in with the passwords of the old host.
    theirs = {p["id"]: p for p in other.get("/api/proxies").json}
    ours = {p["id"]: p for p in old_admin.get("/api/proxies").json}
    assert theirs.keys() == ours.keys()
    for proxy_id, proxy in ours.items():
        assert {k: theirs[proxy_id][k] for k in SAME if k != "endpoint"} == {k: proxy[k] for k in SAME if k != "endpoint"}
    assert other.get("/api/settings").json["settings"]["auto_rotate_interval_minutes"] == 33
    chu = other.node.login("chu", OLD_PASSWORD)
    assert [p["id"] for p in chu.get("/api/proxies").json] == [made["paused"]["id"]]
    token = Caller(admin.node, made["token"]["token"], bearer=True)
    me = token.get("/api/auth/me")
    assert me.status == 200 and me.json["username"] == "admin", me

    assert other.get("/api/notices/channels").json == old_admin.get("/api/notices/channels").json != []

    fleet.wait_applied()
    rented, fixed = made["rented"], made["fixed"]
    before = through(old_fleet, rented["subdomain"], PROXY_PASSWORD)
    assert before[0] == 200 and through(fleet, rented["subdomain"], PROXY_PASSWORD) == before
    assert through(fleet, fixed["subdomain"], "fixedpw1234")[0] == through(old_fleet, fixed["subdomain"], "fixedpw1234")[0] == 200
    assert through(fleet, rented["subdomain"], "wrongpw12345")[0] == 407
    assert through(fleet, made["paused"]["subdomain"], made["paused"]["password"])[0] == 403

    used = next(p for p in theirs.values() if p["key_name"] == "used up")
    assert used["status"] == "quota_reached", "moving does not give a month's bytes back"
    assert other.get(f"/api/proxies/{used['id']}/usage").json["months"] == old_admin.get(f"/api/proxies/{used['id']}/usage").json["months"]
    token = made["link"].rsplit("/", 1)[1]
    by_link = Caller(other.node).call("HEAD", "/r/" + token)
    assert by_link.status == 200, by_link
    # What comes next does not take a place that was given away, nor one that rests.
    added = other.add_static("after")
    taken = {p["number"] for p in ours.values()} | {made["gone"]["number"]}
    assert added["id"] > made["gone"]["id"] and added["number"] not in taken
    other.delete(f"/api/proxies/{added['id']}")


def test_twice_is_once_and_another_host_is_left_alone(old, new):
    _, _, made = old
    fleet, admin, other = new
    admin.put("/api/settings", {"auto_rotate_interval_minutes": 33})
    again = restore(other, made["backup"].body)
    assert again.status == 200 and all(c["created"] == c["replaced"] == 0 for c in again.json["counts"].values()), again
    assert again.json["counts"]["proxies"]["exists"] == 4 and again.json["settings"] == "exists"
    own = admin.add_static("mine")
    refused = restore(other, made["backup"].body)
    assert refused.status == 409 and refused.json["params"] == {"n": 1} and "empty" in refused.json["detail"]
    assert restore(other, made["backup"].body, query="?dry_run=true").status == 409
    admin.delete(f"/api/proxies/{own['id']}")


def test_a_backup_without_proxies_is_not_restored_onto_a_fleet_that_has_some():
    """With nothing to ask the store about, the host was taken for an empty one: its people got other passwords and roles."""
    with RedisServer() as redis, ApiNode(redis) as node:
        admin = node.login()
        admin.post("/api/users", {"username": "linh", "role": "admin", "password": "violet tractor 88 moon"})
        backup = admin.get("/api/backup", Backup_Passphrase=PASSPHRASE).body
    with RedisServer() as redis, ApiNode(redis) as node:
        admin = node.login()
        admin.post("/api/users", {"username": "linh", "role": "user", "password": "orange kettle 31 river"})
        admin.add_static()
        refused = restore(admin, backup)
        assert (refused.status, refused.message_id, refused.json["params"]) == (409, "import.not_empty", {"n": 1})
        assert [u["role"] for u in admin.get("/api/users").json if u["username"] == "linh"] == ["user"]


def test_a_restore_that_broke_off_is_simply_repeated(old, new):
    _, _, made = old
    fleet, _, _ = new
    half = fleet.redis.hash(f"proxy:{made['rented']['id']}")
    with RedisServer() as redis, ApiNode(redis, secret_key=OTHER_KEY) as one, ApiNode(redis, secret_key=OTHER_KEY) as two:
        redis.script("import_proxies", json.dumps({k: v for k, v in half.items() if k != "version"}))
        admin = one.login()
        report = restore(admin, made["backup"].body).json
        assert report["counts"]["proxies"] == {"created": 3, "exists": 1, "replaced": 0, "conflict": 0, "refused": 0}
        assert len(two.login().get("/api/proxies").json) == 4
        assert report["users"][0]["result"] == "conflict", "not empty: whoever is here stays"


def test_backups_are_for_administrators(old):
    fleet, admin, made = old
    chu = admin.node.login("chu", OLD_PASSWORD)
    answers = [chu.get("/api/backup", Backup_Passphrase=PASSPHRASE), restore(chu, made["backup"].body)]
    assert [a.status for a in answers] == [403, 403]
    reader = admin.post("/api/tokens", {"name": "reader", "read_only": True}).json["token"]
    assert Caller(admin.node, reader, bearer=True).get("/api/backup", Backup_Passphrase=PASSPHRASE).status == 403
    assert restore(Caller(admin.node, reader, bearer=True), b" " * 300000).status == 403
    assert admin.node.nobody.get("/api/backup", Backup_Passphrase=PASSPHRASE).status == 401
    for node in fleet.apis:
        assert PASSPHRASE not in node.tail(), "the passphrase is in the log"
