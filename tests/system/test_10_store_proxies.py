"""Proxies in the store: creating, changing, deleting; numbers and names; what followers are told."""

import json
import re

import pytest

from harness.redis_server import RedisError
from harness.simulator import REPO, wait_until
from harness.store_fleet import DAY, StoreFleet


@pytest.fixture(scope="module")
def server():
    with StoreFleet() as fleet:
        yield fleet


@pytest.fixture
def fleet(server):
    server.empty()
    return server


# --- create --------------------------------------------------------------------------------------------------


def test_create_makes_record_route_and_job(fleet):
    created = fleet.create(key="Kabc", tags='["a"]', note="dòng \"1\"\n")
    assert (created.status, created["subdomain"], created["number"], created["job"]) == ("OK", "proxy1", "1", "rotate-1-1")
    assert created["version"] == f"{fleet.gen}-1"
    record = fleet.record(1)
    assert (record["status"], record["rotate_mode"], record["is_active"], record["tags"]) == ("pending", "inherit", "1", '["a"]')
    route = fleet.route()
    assert list(route) == ["id", "subdomain", "number", "state", "reason", "rotating", "http", "socks5", "upstream_user",
                           "upstream_auth", "password_hash", "allow", "on_rotate", "drain_seconds", "restart_seq", "limits", "ver"]
    assert (route["state"], route["reason"], route["allow"], route["limits"]) == ("unavailable", "err.no_upstream", [], {})
    told = [c for m in fleet.messages("records") for c in m["changes"] if c["op"] == "set"]
    assert told[0]["key"] == "1" and told[0]["value"]["note"] == "dòng \"1\"\n"
    assert all(isinstance(value, str) for value in told[0]["value"].values())


def test_create_again_after_a_lost_answer(fleet):
    first = fleet.create()
    fields = ["key_name", "K1", "provider", "kiotproxy", "provider_key", "v1:K1", "provider_key_hmac", "h-K1"]
    again = fleet.script("proxy_create", first["id"], "admin", *fields, "first_job", 1)
    assert again == first and again.status == "OK" and fleet.call("ZCARD", "{kp}:proxies") == 1
    fields[-1] = "h-other"
    assert fleet.script("proxy_create", first["id"], "admin", *fields).status == "EXISTS"
    fleet.delete(first["id"])
    assert fleet.script("proxy_create", first["id"], "admin", *fields).status == "EXISTS"


def test_create_refusals(fleet):
    first = fleet.create()
    twin = fleet.create()
    assert (twin.status, twin["proxy_id"]) == ("DUPLICATE_KEY", first["id"])
    assert fleet.create("K2", subdomain="proxy1").status == "NAME_TAKEN"
    assert fleet.create("K2", number=1).status == "NAME_TAKEN"
    assert fleet.create("K2", subdomain="Bad Name")["field"] == "subdomain"
    assert fleet.create("K2", surprise="1")["field"] == "surprise"
    assert fleet.create("K2", allow="{}")["field"] == "allow"
    assert fleet.create("K2", remote_http="1.1.1.1:1")["field"] == "remote_http"
    assert fleet.create("K2", provider_key_hmac="")["field"] == "provider_key_hmac"
    assert fleet.create("K2", first_job=3)["field"] == "first_job"
    assert fleet.create("S", provider="static")["field"] == "remote_http"
    with pytest.raises(RedisError, match="bad argument id"):
        fleet.script("proxy_create", 999, "admin", "provider", "kiotproxy")
    assert fleet.call("ZCARD", "{kp}:proxies") == 1 and len(fleet.messages("routes")) == 1


def test_create_limit(fleet):
    flat = []
    for n in range(1, 10001):
        flat += [f"proxy{n}", "1"]
    fleet.call("HSET", "{kp}:subdomains", *flat)
    fleet.call("HSET", "{kp}:proxy:1", "id", "1")
    fleet.script("id_take", 1)
    assert fleet.create().status == "LIMIT"


def test_id_take_gives_consecutive_ids(fleet):
    assert fleet.script("id_take", 5)["first_id"] == "1" and fleet.script("id_take", 1)["first_id"] == "6"
    with pytest.raises(RedisError):
        fleet.script("id_take", 0)


# --- numbers -------------------------------------------------------------------------------------------------


def test_numbers_come_back_when_their_time_has_come_lowest_first(fleet):
    ids = [fleet.create(f"K{n}")["id"] for n in range(1, 6)]
    for proxy_id in (ids[3], ids[1]):
        fleet.delete(proxy_id, keep_ms=0, reuse_ms=0)
    fleet.delete(ids[0], keep_ms=0, reuse_ms=DAY)
    assert [fleet.create(f"L{n}")["number"] for n in range(3)] == ["2", "4", "6"]


def test_a_deleted_proxys_name_is_kept_as_long_as_it_can_be_restored(fleet):
    first = fleet.create()["id"]
    fleet.delete(first, keep_ms=300, reuse_ms=0)
    assert fleet.create("K2")["number"] == "2"
    wait_until(lambda: not fleet.call("EXISTS", f"{{kp}}:deleted:{first}"), "the deleted record ends")
    assert fleet.create("K3")["number"] == "1"


def test_named_numbers_and_names_are_never_given_twice(fleet):
    assert fleet.create("K1", number=2)["subdomain"] == "proxy2"
    assert fleet.create("K2", subdomain="shop", number=3)["subdomain"] == "shop"
    assert [fleet.create(f"L{n}")["number"] for n in range(2)] == ["1", "4"]
    assert fleet.create("K3", subdomain="shop").status == "NAME_TAKEN"
    assert fleet.create("K4", subdomain="proxy77", number=5).status == "NAME_TAKEN"


# --- update --------------------------------------------------------------------------------------------------


def test_update_changes_the_route_only_when_it_differs(fleet):
    proxy_id = fleet.active()
    before = len(fleet.messages("routes"))
    assert fleet.update(proxy_id, note="x", tags='["b"]')["changed"] == "1"
    assert len(fleet.messages("routes")) == before
    answer = fleet.update(proxy_id, allow='[{"cidr":"1.2.3.4/32","until":null}]', on_rotate="cut")
    assert answer["version"] == f"{fleet.gen}-{before + 1}"
    assert fleet.route()["allow"] == [{"cidr": "1.2.3.4/32", "until": None}] and fleet.route()["on_rotate"] == "cut"
    records = len(fleet.messages("records"))
    assert fleet.update(proxy_id, note="x")["changed"] == "0" and len(fleet.messages("records")) == records


def test_update_refusals(fleet):
    proxy_id = fleet.active()
    other = fleet.create("K2")["id"]
    assert fleet.update(99, note="x").status == "NOT_FOUND"
    for name, value in [("fence", 1), ("rotate_mode", "often"), ("rotate_interval_minutes", 1), ("is_active", "yes"),
                        ("allow", "nonsense"), ("limits", "[]"), ("remote_http", "1.1.1.1:1"), ("provider_key", "v1:z")]:
        assert fleet.update(proxy_id, **{name: value})["field"] == name
    taken = fleet.update(proxy_id, provider_key="v1:x", provider_key_hmac="h-K2")
    assert (taken.status, taken["proxy_id"]) == ("DUPLICATE_KEY", other)
    assert "fence" not in fleet.log_actions()


def test_pause_and_resume(fleet):
    proxy_id = fleet.active()
    fleet.update(proxy_id, is_active=0)
    assert fleet.record(proxy_id)["status"] == "paused"
    assert (fleet.route()["state"], fleet.route()["reason"]) == ("paused", "err.paused")
    assert [fleet.due(proxy_id, kind) for kind in ("rotate", "sync", "check")] == [None] * 3
    fleet.update(proxy_id, is_active=1)
    assert fleet.record(proxy_id)["status"] == "active" and fleet.route()["state"] == "active"
    assert all(fleet.due(proxy_id, kind) for kind in ("rotate", "sync", "check"))


def replace_key(fleet, proxy_id):
    """Asks for a new key; the claim of the job that tries it."""
    answer = fleet.update(proxy_id, provider_key="v1:new", provider_key_hmac="h-new")
    assert answer.status == "OK" and answer["changed"] == "1"
    job = [job for job in fleet.read_jobs() if job["job"] == answer["job"]][0]
    claim = fleet.claim(job)
    assert claim.json("record")["provider_key"] == "v1:new"
    return job, claim["fence"]


def test_a_new_key_replaces_the_old_one_when_the_provider_takes_it(fleet):
    proxy_id = fleet.active(next_ms=0)
    fleet.request(proxy_id)
    old_job = fleet.take()
    old_fence = fleet.claim(old_job)["fence"]
    job, fence = replace_key(fleet, proxy_id)
    assert fleet.commit(old_job, old_fence, ip="6.6.6.6").status == "ALREADY"
    assert fleet.record(proxy_id)["provider_key"] == "v1:K1"
    assert fleet.route()["http"] == "1.1.1.1:8080" and fleet.route()["state"] == "active"
    assert [fleet.create(key).status for key in ("K1", "new")] == ["DUPLICATE_KEY"] * 2
    assert fleet.commit(job, fence, ip="7.7.7.7").status == "COMMITTED"
    assert fleet.record(proxy_id)["provider_key"] == "v1:new" and "replace_key" in fleet.log_actions(proxy_id)
    assert [fleet.create(key).status for key in ("K1", "new")] == ["OK", "DUPLICATE_KEY"]
    assert fleet.pending() == 0


def test_a_new_key_that_the_provider_refuses_changes_nothing(fleet):
    proxy_id = fleet.active(next_ms=0)
    job, fence = replace_key(fleet, proxy_id)
    answer = fleet.fail(job, fence, "INVALID_KEY", message_id="err.key_invalid")
    assert (answer["ended"], answer["deleted"]) == ("1", "0")
    assert fleet.result(job["job"])["message_id"] == "err.key_invalid"
    record = fleet.record(proxy_id)
    assert (record["provider_key"], record["status"]) == ("v1:K1", "active") and fleet.due(proxy_id)
    assert [fleet.create(key).status for key in ("K1", "new")] == ["DUPLICATE_KEY", "OK"]


def test_what_waits_with_a_new_key(fleet):
    """It takes effect with the key; a later word on the same field takes its place; what is sealed has fields of its own."""
    proxy_id = fleet.active(next_ms=0)
    fleet.update(proxy_id, provider_key="v1:new", provider_key_hmac="h-new", note="waits", tags='["w"]', password="v1:pw",
                 password_hash="b" * 64)
    before = fleet.record(proxy_id)
    assert (before.get("note", ""), before["tags"], before["password"]) == ("", "[]", "v1:p")
    assert (before["next_password"], before["next_password_hash"]) == ("v1:pw", "b" * 64) and "v1:" not in before["next_fields"]
    fleet.update(proxy_id, note="now", password="v1:now", password_hash="c" * 64)
    job = [job for job in fleet.read_jobs() if job["job"].startswith("rotate-")][-1]
    fleet.commit(job, fleet.claim(job)["fence"], ip="7.7.7.7")
    after = fleet.record(proxy_id)
    assert (after["note"], after["tags"], after["password"], after["provider_key"]) == ("now", '["w"]', "v1:now", "v1:new")
    assert fleet.route()["password_hash"] == "c" * 64
    assert not any(after.get(name) for name in ("next_fields", "next_password", "next_password_hash", "next_provider_key"))


def test_a_new_key_that_waits_goes_with_its_proxy(fleet):
    proxy_id = fleet.active()
    replace_key(fleet, proxy_id)
    fleet.delete(proxy_id)
    assert [fleet.create(key).status for key in ("K1", "new")] == ["OK", "OK"]


def test_static_upstream_can_be_changed(fleet):
    proxy_id = fleet.create(provider="static", remote_http="9.9.9.9:3128")["id"]
    fleet.update(proxy_id, remote_http="8.8.8.8:3128", remote_user="u")
    assert (fleet.route()["http"], fleet.route()["upstream_user"]) == ("8.8.8.8:3128", "u")
    assert fleet.update(proxy_id, remote_http="")["field"] == "remote_http"


def test_restart(fleet):
    proxy_id = fleet.active()
    assert fleet.script("proxy_restart", proxy_id, "admin")["restart_seq"] == "1" == str(fleet.route()["restart_seq"])
    assert fleet.script("proxy_restart", 99, "admin").status == "NOT_FOUND"


# --- delete --------------------------------------------------------------------------------------------------


def test_delete_leaves_the_record_restorable_and_frees_the_key(fleet):
    proxy_id = fleet.active()
    keep = fleet.create("K2")["id"]
    answer = fleet.delete(proxy_id)
    assert answer.status == "OK" and answer["job"] == ""
    assert fleet.record(proxy_id) == {} and fleet.hash(f"deleted:{proxy_id}")["remote_ip"] == "1.1.1.1"
    assert 0 < fleet.call("PTTL", f"{{kp}}:deleted:{proxy_id}") <= DAY
    assert fleet.route() is None and fleet.messages("routes")[-1]["changes"] == [{"op": "del", "key": "proxy1"}]
    assert {"op": "del", "key": proxy_id} in fleet.messages("records")[-1]["changes"]
    assert fleet.create("K1").status == "OK"
    assert fleet.delete(proxy_id).status == "NOT_FOUND"
    assert fleet.script("heartbeat", "n", 5000)["allow_empty"] == "0" and keep


def test_only_deleting_the_last_proxy_allows_an_empty_fleet(fleet):
    proxy_id = fleet.create()["id"]
    fleet.delete(proxy_id)
    assert fleet.script("heartbeat", "n", 5000)["allow_empty"] == fleet.gen
    fleet.create("K2")
    assert fleet.script("heartbeat", "n", 5000)["allow_empty"] == "0"


def test_work_of_a_deleted_proxy_is_gone(fleet):
    proxy_id = fleet.create()["id"]
    job = fleet.take()
    fence = fleet.claim(job)["fence"]
    fleet.delete(proxy_id)
    assert fleet.commit(job, fence).status == "GONE" and fleet.pending() == 0
    assert fleet.record(proxy_id) == {}


# --- followers -----------------------------------------------------------------------------------------------


def test_pages_hold_the_same_bytes_as_messages(fleet):
    for n in range(5):
        fleet.create(f"K{n}")
    told = {}
    for _, fields in fleet.call("XRANGE", "{kp}:records:changes", "-", "+"):
        text = fields[1].decode()
        for change in json.loads(text)["changes"]:
            if change["op"] == "set":
                told[change["key"]] = (text, change["value"])
    pages, after = [], "0"
    while not pages or after != "0":
        page = fleet.script("records_page", after, 2)
        pages.append(page["records"])
        after = page["last_id"]
    records = [record for page in pages for record in json.loads(page)]
    assert [record["id"] for record in records] == ["1", "2", "3", "4", "5"]
    for page in pages:
        for record in json.loads(page):
            text, value = told[record["id"]]
            assert record == value
            exact = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            assert exact in page and exact in text


def test_topic_version(fleet):
    fleet.create()
    answer = fleet.script("topic_version", "routes")
    assert (answer["gen"], answer["ver"]) == (fleet.gen, "1")
    with pytest.raises(RedisError):
        fleet.script("topic_version", "weather")


def test_settings(fleet):
    assert fleet.script("settings_read").json("settings")["auto_rotate_interval_minutes"] == "10"
    answer = fleet.script("settings_update", "admin", "auto_rotate_interval_minutes", 7)
    assert answer.json("settings")["auto_rotate_interval_minutes"] == "7" and answer.json("settings")["settings_version"] == "1"
    assert fleet.messages("records")[-1]["changes"][0] == {"op": "set", "key": "settings", "value": answer.json("settings")}
    assert fleet.script("settings_update", "admin", "auto_rotate_interval_minutes", 1)["field"] == "auto_rotate_interval_minutes"
    assert fleet.script("settings_update", "admin", "surprise", 1).status == "INVALID"
    assert fleet.script("settings_read").json("settings") == answer.json("settings")


def test_the_scripts_know_the_fields_of_the_model(fleet):
    """One schema in two languages: proxy_fields.h and record.lua must name the same fields."""
    model = set(re.findall(r"^PROXY_(?:STORE_)?FIELD\((\w+),", (REPO / "shared/model/proxy_fields.h").read_text(), re.M))
    lua = (REPO / "shared/store/lua/include/record.lua").read_text()
    public = set(re.findall(r"'(\w+)'", re.search(r"RECORD_FIELDS = \{(.*?)\n\}", lua, re.S)[1]))
    silent = set(re.findall(r"(\w+) = true", re.search(r"RECORD_SILENT = \{(.*?)\n\}", lua, re.S)[1]))
    assert public <= model and not public & silent
    assert model - public <= silent
