"""The rest of the store: opening, generations, heartbeats, the lease, traffic, users, sessions, logins, history."""

import json

import pytest

from harness.redis_server import RedisError
from harness.simulator import SCALE, wait_until
from harness.store_fleet import DAY, HOUR, MINUTE, StoreFleet

HASH_A, HASH_B = "a" * 64, "b" * 64


@pytest.fixture(scope="module")
def server():
    with StoreFleet() as fleet:
        yield fleet


@pytest.fixture
def fleet(server):
    server.empty()
    return server


# --- opening -------------------------------------------------------------------------------------------------


def test_open(fleet):
    fleet.call("FLUSHALL")
    fleet.gen = fleet.script("generation_bump", "run-1")["gen"]
    first = fleet.script("store_open", 1, "check", 0)
    assert (first.status, first["first"], first["gen"]) == ("OK", "1", fleet.gen)
    assert fleet.script("store_open", 2, "check", 0)["first"] == "0"
    assert fleet.script("store_open", 1, "other", 0).status == "WRONG_KEY"
    fleet.call("SET", "{kp}:schema_version", 3)
    newer = fleet.script("store_open", 2, "check", 0)
    assert (newer.status, newer["stored"]) == ("NEWER_SCHEMA", "3")
    assert fleet.call("XINFO", "GROUPS", "{kp}:jobs")[0][1] == b"workers"


def test_a_store_that_lost_its_data_is_not_taken_for_a_new_one(fleet):
    fleet.call("FLUSHALL")
    fleet.script("heartbeat", "relay-1", 5000, "role", "relay", "routes_gen", 7)
    fleet.script("generation_bump", "run-2")
    assert fleet.script("store_open", 1, "check", 0).status == "NOT_INITIALISED"
    fleet.call("DEL", "{kp}:node:relay-1")
    assert fleet.script("store_open", 1, "check", 0).status == "OK"


def test_who_had_the_old_data_open_does_not_take_a_new_store_for_them(fleet):
    known = fleet.gen
    assert fleet.script("store_open", 1, "check", known).status == "OK"
    fleet.call("FLUSHALL")
    while fleet.now() <= int(known):
        pass  # generations are milliseconds: within one, the two lives could not be told apart
    gen = fleet.script("generation_bump", "run-2")["gen"]
    assert fleet.script("store_open", 1, "check", known).status == "NOT_INITIALISED"
    assert fleet.script("store_open", 1, "check", 0)["first"] == "1"  # a fresh process begins anew
    assert fleet.script("store_open", 1, "check", known).status == "NOT_INITIALISED"
    assert fleet.script("store_open", 1, "check", gen).status == "OK"
    fleet.call("SET", "{kp}:routes:allow_empty", gen)  # an administrator: so be it
    assert fleet.script("store_open", 1, "check", known).status == "OK"


def test_generation_grows_with_each_run_above_all_that_was_seen(fleet):
    same = fleet.script("generation_bump", "run-1")
    assert (same["gen"], same["bumped"]) == (fleet.gen, "0")
    far = int(fleet.gen) + 10 ** 9
    fleet.script("heartbeat", "relay-1", 5000, "routes_gen", far)
    bumped = fleet.script("generation_bump", "run-2")
    assert bumped["bumped"] == "1" and int(bumped["gen"]) == far + 1
    assert int(fleet.script("generation_bump", "run-3")["gen"]) == far + 2


def test_heartbeat_and_fleet(fleet):
    beat = fleet.script("heartbeat", "relay-1", 200, "role", "relay", "ports", "8080")
    assert (beat["gen"], beat["routes_ver"], beat["records_ver"], beat["allow_empty"]) == (fleet.gen, "0", "0", "0")
    seen = fleet.script("fleet_read")
    assert seen["leader"] == "null" and seen.json("nodes")[0]["ports"] == "8080"
    wait_until(lambda: fleet.script("fleet_read").json("nodes")[0]["alive"] == "0", "the heartbeat runs out")
    fleet.call("ZADD", "{kp}:nodes", 5, "relay-1")
    assert fleet.script("fleet_read").json("nodes") == []
    with pytest.raises(RedisError):
        fleet.script("heartbeat", "relay-1", 200, "odd")


def test_lease(fleet):
    taken = fleet.script("lease_take", "s1", "t1", 5000)
    assert (taken.status, taken["epoch"]) == ("TAKEN", "1")
    held = fleet.script("lease_take", "s2", "t2", 5000)
    assert (held.status, held["node"]) == ("HELD", "s1") and 0 < int(held["ttl_ms"]) <= 5000
    assert json.loads(fleet.script("fleet_read")["leader"])["node"] == "s1"
    assert fleet.script("lease_renew", taken["value"], 60000).status == "OK" and fleet.call("PTTL", "{kp}:leader") > 5000
    assert fleet.script("lease_release", "other").status == "LOST"
    assert fleet.script("lease_release", taken["value"]).status == "OK"
    assert fleet.script("lease_renew", taken["value"], 100).status == "LOST"
    again = fleet.script("lease_take", "s2", "t2", 50)
    assert again["epoch"] == "2"
    wait_until(lambda: fleet.script("lease_take", "s1", "t3", 5000).status == "TAKEN", "the lease runs out")


def test_usage_counts_each_flush_once(fleet):
    proxy_id = fleet.active()
    fleet.call("ZADD", "{kp}:due:check", 1, proxy_id)
    flush = ["relay-1", 1, 1000, proxy_id, 10, 20, 1, 0, 99, 1, 1, 1, 0]
    assert fleet.script("usage_flush", *flush).status == "OK" and fleet.script("usage_flush", *flush).status == "SEEN"
    assert fleet.due(proxy_id, "check") > fleet.now()
    fleet.script("usage_flush", "relay-2", 1, 1000, proxy_id, 1, 2, 1, 1)
    fleet.script("usage_flush", "relay-1", 2, 1001, proxy_id, 5, 5, 0, 0)
    stats = fleet.hash(f"stats:{proxy_id}")
    traffic_at = stats.pop("traffic_at")
    assert fleet.now() - 10000 * SCALE < int(traffic_at) <= fleet.now()
    assert stats == {"bytes_up": "16", "bytes_down": "27", "connections": "2", "errors": "1"}
    fleet.script("usage_flush", "relay-2", 2, 1000, proxy_id, 0, 0, 0, 1)
    assert fleet.hash(f"stats:{proxy_id}")["traffic_at"] == traffic_at, "an error without a byte is no traffic"
    assert fleet.hash(f"usage:{proxy_id}") == {"1000": "11 22 2 2", "1001": "5 5 0 0"}
    assert fleet.call("EXISTS", "{kp}:stats:99") == 0
    fleet.script("usage_flush", "relay-1", 3, 1180, proxy_id, 1, 1, 1, 0)
    assert "1000" not in fleet.hash(f"usage:{proxy_id}")
    with pytest.raises(RedisError):
        fleet.script("usage_flush", "relay-1", 4, 1180, proxy_id, -1, 1, 1, 0)


def test_usage_of_a_proxy_with_pauses_does_not_grow(fleet):
    proxy_id = fleet.active()
    minutes = range(0, 7000, 7)  # in use for days, not in each minute
    for seq, minute in enumerate(minutes):
        fleet.script("usage_flush", "relay-1", seq, 1000 + minute, proxy_id, 1, 1, 1, 0)
    kept = fleet.hash(f"usage:{proxy_id}")
    recent = {str(1000 + m) for m in minutes if m > minutes[-1] - 180}
    assert recent <= set(kept) and len(kept) <= 360


# --- people --------------------------------------------------------------------------------------------------


def admin(fleet):
    return fleet.script("user_ensure_admin", "Admin", "$y$hash")["id"]


def test_first_admin(fleet):
    assert admin(fleet) == "1"
    assert fleet.script("user_ensure_admin", "other", "x").status == "EXISTS"
    user = fleet.script("user_by_name", "aDMIN")
    assert (user["id"], user["username"], user["role"], user["password_hash"], user["active"]) == ("1", "Admin", "admin", "$y$hash", "1")
    assert fleet.script("user_by_name", "nobody").status == "NOT_FOUND"


def test_sessions_and_the_read_barrier(fleet):
    user = admin(fleet)
    assert fleet.script("session_create", HASH_A, user, HOUR, 2 * HOUR, "1.2.3.4", "").status == "OK"
    assert fleet.script("session_create", HASH_B, 9, HOUR, HOUR, "", "").status == "NOT_FOUND"
    barrier = fleet.script("read_barrier", HASH_A, HASH_B)
    assert barrier.json("sessions") == [{"user_id": "1", "username": "Admin", "role": "admin"}, None]
    assert barrier["gen"] == fleet.gen and int(barrier["records_ver"]) == len(fleet.messages("records"))
    assert fleet.script("read_barrier").json("sessions") == []
    fleet.script("session_end", HASH_A)
    assert fleet.messages("records")[-1]["changes"][0]["op"] == "session_end"
    assert fleet.script("read_barrier", HASH_A).json("sessions") == [None]
    assert fleet.script("session_end", HASH_A).status == "OK"
    with pytest.raises(RedisError):
        fleet.script("session_end", "short")


def test_idle_time_is_pushed_on_at_most_once_a_minute(fleet):
    fleet.script("session_create", HASH_A, admin(fleet), HOUR, 24 * HOUR, "", "")
    key = "{kp}:session:" + HASH_A
    fleet.call("PEXPIRE", key, MINUTE)
    fleet.script("read_barrier", HASH_A)
    assert fleet.call("PTTL", key) <= MINUTE
    fleet.call("HSET", key, "seen_at", fleet.now() - MINUTE)
    fleet.script("read_barrier", HASH_A)
    assert fleet.call("PTTL", key) > 59 * MINUTE
    fleet.call("HSET", key, "ends_at", fleet.now() - 1)
    assert fleet.script("read_barrier", HASH_A).json("sessions") == [None]


def test_a_disabled_user_has_no_session(fleet):
    user = admin(fleet)
    fleet.script("session_create", HASH_A, user, HOUR, HOUR, "", "")
    fleet.call("HSET", "{kp}:user:1", "active", "0")
    assert fleet.script("read_barrier", HASH_A).json("sessions") == [None]
    assert fleet.script("session_create", HASH_B, user, HOUR, HOUR, "", "").status == "NOT_FOUND"


def test_a_new_password_ends_the_other_sessions(fleet):
    user = admin(fleet)
    for session in (HASH_A, HASH_B):
        fleet.script("session_create", session, user, HOUR, HOUR, "", "")
    assert fleet.script("user_set_password", user, "$y$new", HASH_B, "Admin").status == "OK"
    assert [s is None for s in fleet.script("read_barrier", HASH_A, HASH_B).json("sessions")] == [True, False]
    assert fleet.script("user_by_name", "admin")["password_hash"] == "$y$new"
    assert fleet.script("user_set_password", 9, "x", "", "Admin").status == "NOT_FOUND"


def test_logins_are_limited_per_user_and_per_address_with_growing_waits(fleet):
    for n in range(10):
        assert fleet.script("login_attempt", "admin", f"10.0.0.{n}").status == "OK"
    limited = fleet.script("login_attempt", "admin", "10.0.0.99")
    assert limited.status == "LIMITED" and 25000 < int(limited["retry_in_ms"]) <= 30000
    assert fleet.script("login_attempt", "other", "10.0.0.99").status == "OK"
    waits = []
    for _ in range(3):
        fleet.call("HSET", "{kp}:login:user:admin", "wait_until", 1)
        assert fleet.script("login_attempt", "admin", "10.0.0.98").status == "OK"
        waits.append(round(int(fleet.script("login_attempt", "admin", "10.0.0.97")["retry_in_ms"]) / 1000))
    assert waits == [60, 120, 240]
    assert fleet.script("login_result", "admin", "10.0.0.98", 0, "").status == "OK"
    assert fleet.script("login_attempt", "admin", "10.0.0.97").status == "LIMITED"
    for n in range(10):
        fleet.script("login_attempt", f"user{n}", "10.9.9.9")
    assert fleet.script("login_attempt", "user11", "10.9.9.9").status == "LIMITED"


def test_guessing_does_not_lock_a_user_out_where_he_is_known(fleet):
    def guess(address):
        status = fleet.script("login_attempt", "lan", address).status
        if status == "OK":
            fleet.script("login_result", "lan", address, 0, "lan")
        return status
    assert fleet.script("login_attempt", "lan", "10.1.0.1").status == "OK"
    fleet.script("login_result", "lan", "10.1.0.1", 1, "lan")
    tries = [guess(f"10.2.{n // 250}.{n % 250}") for n in range(1000)]
    assert tries.count("OK") <= 20
    for _ in range(20):
        assert fleet.script("login_attempt", "lan", "10.1.0.1").status == "OK"
        fleet.script("login_result", "lan", "10.1.0.1", 1, "lan")
    assert fleet.script("login_attempt", "lan", "10.1.0.2").status == "LIMITED"
    # A known address is limited by its own bucket.
    assert [guess("10.1.0.1") for _ in range(20)].count("OK") <= 11
    # Known is known for 30 days, and by the last 32 addresses.
    fleet.call("ZADD", "{kp}:login:known:lan", fleet.now() - 31 * DAY, "10.1.0.9")
    assert fleet.script("login_attempt", "lan", "10.1.0.9").status == "LIMITED"
    for n in range(40):
        fleet.script("login_result", "lan", f"10.3.0.{n}", 1, "lan")
    assert fleet.call("ZCARD", "{kp}:login:known:lan") == 32


def test_failed_logins_are_told_summed_up(fleet):
    for _ in range(100):
        fleet.script("login_result", "lan", "10.0.0.1", 0, "lan")
    for n in range(50):
        fleet.script("login_result", "?", f"10.5.0.{n}", 0, "")
    lines = [e for e in fleet.script("log_page", "", "", 500).json("entries") if e["action"] == "login_failed"]
    assert [e["params"]["count"] for e in reversed(lines)][:3] == [1, 10, 100]
    assert lines[-1]["params"] == {"address": "10.0.0.1", "count": 1, "username": "lan"} and lines[-1]["user"] == "|session"
    assert len(lines) == 10, "no more lines a minute than that"


def test_a_login_ends_the_session_it_came_with_and_the_hundredth_oldest(fleet):
    user = admin(fleet)
    fleet.script("session_create", HASH_A, user, HOUR, HOUR, "", "")
    fleet.script("session_create", HASH_B, user, HOUR, HOUR, "", HASH_A)
    assert [s is None for s in fleet.script("read_barrier", HASH_A, HASH_B).json("sessions")] == [True, False]
    for n in range(100):
        fleet.call("HSET", "{kp}:session:" + HASH_B, "seen_at", 1000)
        fleet.script("session_create", f"{n:064x}", user, HOUR, HOUR, "", "")
    assert fleet.call("SCARD", "{kp}:user:1:sessions") == 100
    assert fleet.script("read_barrier", HASH_B).json("sessions") == [None]


def test_idempotency(fleet):
    begin = ("idempotency_begin", "scope", "body", 5000)
    assert fleet.script(*begin).status == "NEW" and fleet.script(*begin).status == "BUSY"
    assert fleet.script("idempotency_begin", "scope", "other", 5000).status == "MISMATCH"
    fleet.script("idempotency_end", "scope", 201, '{"id":1}', 5000)
    stored = fleet.script(*begin)
    assert (stored.status, stored["status"], stored["body"]) == ("STORED", "201", '{"id":1}')
    fleet.script("idempotency_drop", "scope")
    assert fleet.script("idempotency_begin", "scope", "body", 100).status == "NEW"
    wait_until(lambda: fleet.script(*begin).status == "NEW", "the hold of a node that died runs out")


# --- history -------------------------------------------------------------------------------------------------


def test_log_pages(fleet):
    proxy_id = fleet.create()["id"]
    for n in range(60):
        assert fleet.script("log_add", proxy_id, "note", "info", "", '{"n":%d}' % n, "admin").status == "OK"
    fleet.script("log_add", "", "login", "success", "", "", "admin")
    newest = fleet.script("log_page", "", "", 2).json("entries")
    assert [entry["action"] for entry in newest] == ["login", "note"] and newest[1]["params"] == {"n": 59}
    older = fleet.script("log_page", "", newest[1]["id"], 1).json("entries")
    assert older[0]["params"] == {"n": 58}
    own = fleet.script("log_page", proxy_id, "", 100).json("entries")
    assert len(own) == 50 and own[0] == newest[1]
    assert fleet.script("log_page", proxy_id, own[10]["id"], 3).json("entries") == own[11:14]
    told = fleet.messages("records")[-1]["changes"][0]
    assert told["op"] == "log" and told["key"] == "" and told["value"]["id"] == newest[0]["id"]


def test_log_refusals(fleet):
    assert fleet.script("log_page", "", "", 0)["field"] == "limit"
    assert fleet.script("log_page", "", "x", 1)["field"] == "before"
    assert fleet.script("log_add", "", "Bad Word", "info", "", "", "u")["field"] == "action"
    assert fleet.script("log_add", "", "login", "fine", "", "", "u")["field"] == "status"
    assert fleet.script("log_add", "", "login", "info", "", "[]", "u")["field"] == "params"
    assert fleet.script("log_add", "77", "login", "info", "", "", "u")["field"] == "id"
    assert fleet.messages("records") == []


def test_heartbeats_forget_nodes_that_are_long_gone(fleet):
    fleet.call("ZADD", "{kp}:nodes", fleet.now() - DAY - 1, "relay-of-last-week", fleet.now() - DAY // 2, "relay-of-today")
    fleet.script("heartbeat", "relay-1", 5000, "role", "relay")
    assert fleet.call("ZRANGE", "{kp}:nodes", 0, -1) == [b"relay-of-today", b"relay-1"]
