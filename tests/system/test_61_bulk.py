"""Many proxies in one call: import, actions, new keys, check and sync of all; two nodes, scheduler, simulator."""

import itertools

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import Simulator, wait_until

keys = (f"KSECRET62{n:020d}" for n in itertools.count(1))


@pytest.fixture(scope="module")
def fleet():
    with Simulator(ttc_ms=500, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim), \
            ApiNode(redis, public_port_start=9000, public_port_end=9999) as one, ApiNode(redis) as two:
        admin = one.login()
        admin.put("/api/settings", {"auto_rotate_on_expiration": False, "auto_update_enabled": False})
        yield sim, redis, admin, admin.on(two)


@pytest.fixture(scope="module")
def admin(fleet):
    return fleet[2]


@pytest.fixture(scope="module")
def other(fleet):
    return fleet[3]


def load(caller, text, **fields):
    answer = caller.post("/api/proxies/bulk-import", {"kiotproxy_keys": text, **fields})
    assert answer.status == 200, answer
    return answer.json


def bulk(caller, ids, action, **fields):
    answer = caller.post("/api/proxies/bulk", {"ids": ids, "action": action, **fields})
    assert answer.status == 200, answer
    assert [r["id"] for r in answer.json["results"]] == ids and answer.json["n"] == len(ids)
    return answer.json


@pytest.fixture
def three(admin):
    """Three fixed proxies: their ids."""
    return [admin.add_static(f"bulk {i}", tags=["old"])["id"] for i in range(3)]


@pytest.fixture
def active(fleet, admin):
    """Three proxies of keys, with upstreams whose cooldown is over: (ids, keys)."""
    used = [next(keys) for _ in range(3)]
    ids = [r["id"] for r in load(admin, "\n".join(used))["results"]]
    wait_until(lambda: all((p := admin.proxy(i))["status"] == "active" and p["rotation_state"] == "idle" for i in ids),
               "they have upstreams")
    return ids, used


# --- import --------------------------------------------------------------------------------------------------


def test_what_people_paste(fleet, admin, other):
    sim = fleet[0]
    a, b, c, d, e, bad = (next(keys) for _ in range(6))
    sim.behave(bad, "key_not_found")
    text = (f"\ufeffkey|tên|khu vực\r\n{a}|Máy 1|Miền Bắc|đỏ; xanh|31/01/2031\r\n\"{b}\"\t\"Nguyễn Văn Á\"\tnam\t\t2031-02-01\r\n"
            f"\r\n  {c} , {d};{a}\nhai chữ|x\n{e}|tên|mars\n{e}|||| mai \n{bad}\n")
    result = load(admin, text, tags=["cả lô"], allow=["203.0.113.7"], region="trung")
    rows = result["results"]
    assert [r["status"] for r in rows] == \
        ["created", "created", "created", "created", "duplicate", "malformed", "malformed", "malformed", "created"]
    assert [r["line"] for r in rows] == [2, 3, 5, 5, 5, 6, 7, 8, 9]
    assert (result["n"], result["ok"], result["bad"]) == (9, 5, 4)
    assert result["message_id"] == "msg.import" and result["detail"].startswith("5 of 9 keys added; 4 kept")
    assert rows[4]["message_id"] == "err.key_repeated" and rows[4]["params"] == {"line": 2}
    assert [r["params"]["field"] for r in rows[5:8]] == ["key", "region", "paid_until"]
    assert "bac, trung, nam, random" in rows[6]["params"]["wanted"] and "31/01/2027" in rows[7]["detail"]
    assert [(r["key_name"], r["region"], r["tags"], r["paid_until"]) for r in rows[:3]] == [
        ("Máy 1", "bac", ["đỏ", "xanh"], "2031-01-31T16:59:59.000Z"), ("Nguyễn Văn Á", "nam", ["cả lô"], "2031-02-01T16:59:59.000Z"),
        (None, "trung", ["cả lô"], None)]
    made = [other.proxy(rows[i]["id"]) for i in (0, 1, 2)]
    assert [(p["key_name"], p["region"], p["tags"], p["paid_until"]) for p in made] == [
        ("Máy 1", "bac", ["đỏ", "xanh"], "2031-01-31T16:59:59.000Z"), ("Nguyễn Văn Á", "nam", ["cả lô"], "2031-02-01T16:59:59.000Z"),
        (made[2]["subdomain"], "trung", ["cả lô"], None)]
    assert all(p["allow"] == [{"cidr": "203.0.113.7/32", "until": None}] and p["password"] for p in made)
    assert len({p["password"] for p in made}) == 3
    assert [(p["subdomain"], p["endpoint"]) for p in made] == [(r["subdomain"], r["endpoint"]) for r in rows[:3]]
    wait_until(lambda: other.proxy(rows[0]["id"])["status"] == "active", "the clock has asked for its upstream")
    wait_until(lambda: admin.proxy(rows[8]["id"])["status"] == "key_invalid", "a bad key is told on its record")
    assert {(e["action"], e["user"]) for e in admin.get(f"/api/logs?proxy_id={rows[0]['id']}").json} == \
        {("create", "admin"), ("first_ip", "admin")}


def test_a_preview_creates_nothing(admin, other):
    first, new = next(keys), next(keys)
    holder = load(admin, [first])["results"][0]
    count = len(other.get("/api/proxies").json)
    result = load(other, [first, f"{new}|máy|Nam|x|1/2/2031", "a b", f"{new}|again"], dry_run=True)
    assert [r["status"] for r in result["results"]] == ["duplicate", "new", "malformed", "duplicate"]
    assert result["results"][0]["proxy_id"] == holder["id"] and (result["ok"], result["bad"], result["dry_run"]) == (1, 3, True)
    assert result["message_id"] == "msg.import_preview" and result["detail"] == "1 of 4 keys can be added; 3 cannot."
    read = {"key_name": "máy", "region": "nam", "tags": ["x"], "paid_until": "2031-02-01T16:59:59.000Z"}
    assert {name: result["results"][1][name] for name in read} == read
    assert len(admin.get("/api/proxies").json) == count
    assert [r["status"] for r in load(admin, [first, new])["results"]] == ["duplicate", "created"]


def test_regions_and_dates_are_read_alike_everywhere(admin, other, three):
    end, region = "2031-12-31T16:59:59.000Z", "MIỀN BẮC"
    one = admin.add_static("  hai  khoảng ", region=region, paid_until="31/12/2031", allow=[{"cidr": "10.0.0.1", "until": "2031-12-31"}])
    assert (one["key_name"], one["region"], one["paid_until"], one["allow"][0]["until"]) == ("hai  khoảng", "bac", end, end)
    made = load(admin, next(keys), region=region, paid_until="31-12-2031")["results"][0]
    assert (made["region"], made["paid_until"]) == ("bac", end)
    put = other.put(f"/api/proxies/{one['id']}", {"key_name": " ba ", "region": "ngẫu nhiên", "paid_until": "1/2/2031"}).json
    assert (put["key_name"], put["region"], put["paid_until"]) == ("ba", "random", "2031-02-01T16:59:59.000Z")
    bulk(admin, three, "set", fields={"region": "Nam", "paid_until": "2031-12-31"})
    assert {(other.proxy(i)["region"], other.proxy(i)["paid_until"]) for i in three} == {("nam", end)}
    bulk(admin, three, "renewed", paid_until="31/12/2032")
    assert {other.proxy(i)["paid_until"] for i in three} == {"2032-12-31T16:59:59.000Z"}
    assert bulk(admin, [made["id"]], "rotate", region="Miền Trung", when="allowed")["refused"] == 0
    token = admin.post("/api/tokens", {"name": "until that day", "expires_at": "31/12/2031"}).json
    assert token["expires_at"] == end


def test_2000_keys_in_one_call(fleet, admin, other):
    made = [next(keys) for _ in range(2000)]
    node = admin.node
    preview = load(other, ",".join(made + made[:1] + [f"K{i}" for i in range(4000)]), dry_run=True)
    assert (preview["n"], preview["ok"], preview["bad"]) == (6001, 6000, 1)
    before = node.cpu_seconds()
    result = load(admin, "\n".join(f"{key}|máy {i}" for i, key in enumerate(made)))
    print(f"2000 keys: {node.cpu_seconds() - before:.2f} s of the node's processor")
    assert result["ok"] == 2000 and len({r["id"] for r in result["results"]}) == 2000
    ids = [r["id"] for r in result["results"]]
    assert ids == sorted(ids)
    listed = {p["id"]: p for p in other.get("/api/proxies").json}
    assert [listed[r["id"]]["key_name"] for r in result["results"]] == [f"máy {i}" for i in range(2000)]
    assert bulk(other, ids, "delete")["started"] == 2000
    assert not set(ids) & {p["id"] for p in admin.get("/api/proxies").json}


@pytest.mark.parametrize("body, status, field", [
    ({}, 400, "kiotproxy_keys"), ({"kiotproxy_keys": 7}, 400, "kiotproxy_keys"), ({"kiotproxy_keys": [7]}, 400, "kiotproxy_keys"),
    ({"kiotproxy_keys": " \n"}, 422, "kiotproxy_keys"), ({"kiotproxy_keys": "K1", "regin": "bac"}, 400, "regin"),
    ({"kiotproxy_keys": "K1", "region": "mars"}, 422, "region"), ({"kiotproxy_keys": "K1", "dry_run": 1}, 400, "dry_run"),
    ({"kiotproxy_keys": "K1", "provider": "static"}, 422, "provider"), ({"kiotproxy_keys": "K1", "region": "Bắc 2"}, 422, "region"),
    ({"kiotproxy_keys": "K1", "paid_until": "31/02/2031"}, 422, "paid_until"), ({"kiotproxy_keys": "K1", "upstream": "x"}, 400, "upstream"),
    ({"kiotproxy_keys": "K1", "provider_keys": "K2"}, 400, "provider_keys"),
    ({"kiotproxy_keys": "K1", "provider": "tmproxy"}, 400, "kiotproxy_keys")])
def test_wrong_imports(admin, body, status, field):
    count = len(admin.get("/api/proxies").json)
    answer = admin.post("/api/proxies/bulk-import", body)
    assert answer.status == status and answer.json["params"]["field"] == field and answer.json["detail"], answer
    assert body.get("provider") != "static" or "static" not in answer.json["params"]["wanted"], answer
    assert len(admin.get("/api/proxies").json) == count


# --- one action on many --------------------------------------------------------------------------------------


def test_pause_resume_restart(admin, other, three):
    assert bulk(admin, three, "pause")["started"] == 3
    assert [other.proxy(i)["status"] for i in three] == ["paused"] * 3
    result = bulk(other, three, "resume")
    assert result["version"] and [admin.proxy(i)["status"] for i in three] == ["active"] * 3
    before = [admin.proxy(i)["restart_seq"] for i in three]
    bulk(admin, three, "restart")
    assert [other.proxy(i)["restart_seq"] for i in three] == [n + 1 for n in before]


def test_tags(admin, other, three):
    bulk(admin, three, "tag", add=["new", "a/b"], remove=["old", "never"])
    bulk(other, three[:1], "tag", add=["new", "x\"y"])
    assert [admin.proxy(i)["tags"] for i in three] == [["new", "a/b", 'x"y'], ["new", "a/b"], ["new", "a/b"]]
    bulk(admin, three, "tag", remove=["new", "a/b", 'x"y'])
    assert [other.proxy(i)["tags"] for i in three] == [[]] * 3
    admin.put(f"/api/proxies/{three[0]}", {"tags": [f"t{i}" for i in range(20)]})
    result = bulk(admin, three, "tag", add=["one more"])
    assert [r["status"] for r in result["results"]] == ["refused", "started", "started"]
    assert result["results"][0]["message_id"] == "err.too_many" and result["results"][0]["params"]["max"] == 20


def test_set(admin, other, three):
    bulk(admin, three, "set", fields={"note": "n", "allow": ["127.0.0.0/8"], "on_rotate": "cut", "limits": {"connections": 5},
                                      "password": "endpointpw12"})
    for proxy in map(other.proxy, three):
        assert (proxy["note"], proxy["on_rotate"], proxy["limits"], proxy["password"]) == ("n", "cut", {"connections": 5}, "endpointpw12")
    bulk(other, three, "set", regenerate_password=True)
    assert len({admin.proxy(i)["password"] for i in three} - {"endpointpw12"}) == 3


def test_delete_and_restore(admin, other, three):
    before = [admin.proxy(i) for i in three]
    assert bulk(admin, three, "delete")["started"] == 3
    again = bulk(other, three, "delete")
    assert {(r["status"], r["message_id"]) for r in again["results"]} == {("refused", "err.not_found")}
    result = bulk(other, three + [999999], "restore")
    assert [r["status"] for r in result["results"]] == ["started"] * 3 + ["refused"]
    assert result["results"][3]["message_id"] == "err.not_restorable"
    assert [admin.proxy(i)["endpoints"] for i in three] == [p["endpoints"] for p in before]


def test_renewed(fleet, admin, other, three):
    sim = fleet[0]
    admin.put(f"/api/proxies/{three[0]}", {"plan_days": 30, "paid_until": "2031-01-01"})
    result = bulk(other, three, "renewed")
    assert [r["status"] for r in result["results"]] == ["started", "refused", "refused"]
    assert result["results"][1]["message_id"] == "err.no_plan_days"
    assert admin.proxy(three[0])["paid_until"] == "2031-01-31T16:59:59.000Z"
    bulk(admin, three, "renewed", days=1)
    assert other.proxy(three[0])["paid_until"] == "2031-02-01T16:59:59.000Z" and other.proxy(three[1])["paid_until"] < "2031"
    bulk(admin, three, "renewed", paid_until="2032-01-01")
    assert {other.proxy(i)["paid_until"] for i in three} == {"2032-01-01T16:59:59.000Z"}
    key = next(keys)
    sim.behave(key, "key_expired")
    made = load(admin, key)["results"][0]["id"]
    wait_until(lambda: other.proxy(made)["status"] == "key_expired", "its key has expired")
    sim.behave(key, "none")
    bulk(admin, [made], "renewed", days=30)
    wait_until(lambda: other.proxy(made)["status"] == "active", "the key is tried again")


def test_rotate_check_sync_cancel(fleet, admin, other, active, three):
    ids, used = active
    before = [admin.proxy(i)["remote_http"] for i in ids]
    result = bulk(other, ids + three[:1] + [999999], "rotate")
    assert [r["status"] for r in result["results"]] == ["started"] * 3 + ["refused"] * 2
    assert [r["message_id"] for r in result["results"][3:]] == ["err.static", "err.not_found"]
    wait_until(lambda: all(admin.proxy(i)["remote_http"] not in before for i in ids), "all have rotated")
    first = bulk(admin, ids, "rotate", when="allowed", region="bac")
    assert first["started"] + first["scheduled"] == 3
    assert {r["status"] for r in bulk(other, ids, "check")["results"]} == {"started"}
    assert {r["status"] for r in bulk(admin, ids, "sync")["results"]} == {"started"}
    cancelled = bulk(other, three, "cancel")
    assert {(r["status"], r["message_id"]) for r in cancelled["results"]} == {("refused", "err.not_scheduled")}


@pytest.mark.parametrize("body, status, field", [
    ({"action": "pause"}, 400, "ids"), ({"ids": [1]}, 400, "action"), ({"ids": 1, "action": "pause"}, 400, "ids"),
    ({"ids": ["1"], "action": "pause"}, 400, "ids"), ({"ids": [0], "action": "pause"}, 400, "ids"),
    ({"ids": [1, 2, 1], "action": "pause"}, 400, "ids"), ({"ids": [1], "action": "fly"}, 422, "action"), ({"ids": [1], "action": "pause", "x": 1}, 400, "x"),
    ({"ids": [1], "action": "pause", "region": "bac"}, 400, "region"), ({"ids": [1], "action": "rotate", "when": "later"}, 422, "when"),
    ({"ids": [1], "action": "rotate", "region": "mars"}, 422, "region"), ({"ids": [1], "action": "tag"}, 400, "add"),
    ({"ids": [1], "action": "tag", "add": "a"}, 400, "add"), ({"ids": [1], "action": "set"}, 400, "fields"),
    ({"ids": [1], "action": "set", "fields": {"foo": 1}}, 400, "foo"),
    ({"ids": [1], "action": "set", "fields": {"kiotproxy_key": "K1"}}, 400, "kiotproxy_key"),
    ({"ids": [1], "action": "set", "fields": {"user_id": 1}}, 400, "user_id"), ({"ids": [1], "action": "assign"}, 400, "user_id"),
    ({"ids": [1], "action": "renewed", "days": 0}, 422, "days"), ({"ids": [1], "action": "renewed", "days": 1, "paid_until": "2031-01-01"}, 400, "days"),
    ({"ids": list(range(1, 10002)), "action": "pause"}, 422, "ids")])
def test_wrong_bulk_calls(admin, body, status, field):
    answer = admin.post("/api/proxies/bulk", body)
    assert answer.status == status and answer.json["params"]["field"] == field and answer.json["detail"], answer


def test_a_large_answer_is_repeated_too(admin, other):
    """Above 64 KiB it was not kept, without a word: the same call with its Idempotency-Key acted twice."""
    body = {"ids": list(range(10 ** 6, 10 ** 6 + 10000)), "action": "restart"}
    first = admin.post("/api/proxies/bulk", body, Idempotency_Key="large")
    again = other.post("/api/proxies/bulk", body, Idempotency_Key="large")
    assert len(first.body) > 2 ** 20 and again.body == first.body
    assert again.headers.get("idempotency-replayed") == "true"


def test_a_store_that_answers_with_an_error_ends_no_node(fleet, admin, other):
    """It was taken for a store that is away, whose reason was then read from nowhere: the node crashed."""
    redis = fleet[1]
    with ApiNode(redis, redis_prefix="{odd}:") as node:
        caller = node.login()
        redis.call("SET", "{odd}:jobs", "no stream")
        answer = caller.post("/api/proxies/bulk", {"ids": [1], "action": "check"})
        assert (answer.status, answer.message_id) == (500, "err.unknown")
        assert caller.get("/api/proxies").status == 200


def test_no_proxies_at_all(admin):
    assert bulk(admin, [], "rotate") == {"action": "rotate", "n": 0, "started": 0, "scheduled": 0, "refused": 0, "results": []}


# --- new keys for many ---------------------------------------------------------------------------------------


def test_replace_keys(fleet, admin, other, active, three):
    sim = fleet[0]
    ids, used = active
    new, bad = [next(keys) for _ in range(3)], next(keys)
    sim.behave(bad, "key_not_found")
    subdomain = admin.proxy(ids[1])["subdomain"]
    text = f"{used[0]} {new[0]}\r\n\n{subdomain.upper()}\t{new[1]}\nKnobodyhasthis|{new[2]}\n{used[2]};{bad}\nalone\n{used[2]} {used[0]}"
    result = other.post("/api/proxies/replace-keys", {"text": text}).json
    assert [(r["line"], r["status"]) for r in result["results"]] == \
        [(1, "started"), (3, "started"), (4, "refused"), (5, "started"), (6, "malformed"), (7, "duplicate")]
    assert [r.get("message_id") for r in result["results"][2:]] == ["err.not_found", None, "err.pair", "err.proxy_repeated"]
    assert result["results"][5]["params"] == {"line": 5}, "a second new key would undo the first"
    wait_until(lambda: all(admin.proxy(i)["kiotproxy_key"].endswith(k[-6:]) for i, k in zip(ids, new[:2])), "two are taken")
    wait_until(lambda: ("replace_key", "error") in [(e["action"], e["status"]) for e in admin.get(f"/api/logs?proxy_id={ids[2]}").json],
               "the third is refused, which the history tells")
    refused = other.proxy(ids[2])
    assert refused["kiotproxy_key"].endswith(used[2][-6:]) and refused["status"] == "active"
    assert refused["last_error"]["message_id"] == "err.new_key_refused", "and its row"
    pairs = [{"id": ids[2], "new_key": new[2]}, {"proxy": admin.proxy(three[0])["subdomain"], "new_key": "Kx"}, {"old_key": "a b", "new_key": "Kx"},
             {"id": ids[0], "new_key": new[1]}]
    result = admin.post("/api/proxies/replace-keys", {"pairs": pairs}).json
    assert [(r["status"], r.get("message_id")) for r in result["results"]] == \
        [("started", None), ("refused", "err.static"), ("malformed", "err.key_chars"), ("duplicate", "err.key_duplicate")]
    wait_until(lambda: other.proxy(ids[2])["kiotproxy_key"].endswith(new[2][-6:]), "it is taken")


@pytest.mark.parametrize("body, status, field", [
    ({}, 400, "pairs"), ({"pairs": [], "text": ""}, 400, "pairs"), ({"pairs": []}, 400, "pairs"), ({"text": "\n"}, 400, "text"),
    ({"pairs": [1]}, 400, "pairs"), ({"pairs": [{"id": 1}]}, 400, "pairs"), ({"pairs": [{"new_key": "K"}]}, 400, "pairs"),
    ({"pairs": [{"id": 1, "proxy": "proxy1", "new_key": "K"}]}, 400, "pairs"), ({"text": "a b", "foo": 1}, 400, "foo"),
    ({"text": "a b", "provider": "static"}, 422, "provider")])
def test_wrong_replacements(admin, body, status, field):
    answer = admin.post("/api/proxies/replace-keys", body)
    assert answer.status == status and answer.json["params"]["field"] == field, answer


# --- all -----------------------------------------------------------------------------------------------------


def test_check_all_and_sync_all(fleet, admin, other, active):
    sim = fleet[0]
    ids, used = active
    sim.rotate(used[0])
    answer = other.post("/api/proxies/sync-all")
    assert answer.status == 202 and answer.json["n"] == len(admin.get("/api/proxies").json), answer
    assert answer.json["started"] >= 3 and answer.json["started"] + answer.json["skipped"] == answer.json["n"]
    wait_until(lambda: admin.proxy(ids[0])["remote_http"] == sim.current(used[0])["http"], "the new upstream is adopted")
    answer = admin.post("/api/proxies/check-all")
    assert answer.status == 202 and answer.json["started"] >= 3, answer
    wait_until(lambda: all(other.proxy(i)["last_check_at"] for i in ids), "all are checked")
    admin.add_static("to be checked", tags=["chọn"])
    assert other.post("/api/proxies/check-all?tag=chon").json == {"n": 1, "started": 1, "skipped": 0}
    assert other.post("/api/proxies/check-all?limit=1").status == 400
    assert admin.post("/api/proxies/check-all", {"x": 1}).status == 400
