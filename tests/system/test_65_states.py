"""What a user is told of a rotation, by two api-nodes: status, rotation_state, last_error, history, socket, and how often
the vendor was called for it. The vendor's answers are the simulator's modes."""

import datetime
import threading
import time

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import Simulator, wait_until

KEYS = (f"KSECRETstate{n:012d}" for n in range(1, 1000))


@pytest.fixture(scope="module")
def fleet():
    with Simulator(ttc_ms=0, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim) as scheduler, \
            ApiNode(redis) as one, ApiNode(redis) as two:
        admin = one.login()
        assert admin.put("/api/settings", {"auto_rotate_on_expiration": False, "auto_update_enabled": False}).status == 200
        yield sim, redis, scheduler, admin, admin.on(two)


def add(admin, key, **fields):
    answer = admin.post("/api/proxies", {"key_name": key, "kiotproxy_key": key, "region": "bac", **fields})
    assert answer.status == 201, answer
    return answer.json


def calls(sim, key, call="new"):
    return len(sim.log(key=key, call=call))


def seconds_until(time_text):
    """From now to a time as REST writes it."""
    at = datetime.datetime.fromisoformat(time_text.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


# mode, REST status, class, message_id, what the sentence says, status of the proxy, seconds to the next try
CLASSES = [
    ("key_not_found", 422, "INVALID_KEY", "err.key_invalid", "KiotProxy does not know this key", "key_invalid", None),
    ("key_expired", 422, "EXPIRED_KEY", "err.key_expired", "Renew it at KiotProxy", "key_expired", (3500, 3600)),
    ("no_stock", 503, "NO_STOCK", "err.no_stock", "KiotProxy is out of IPs in the North", "active", (20, 40)),
    ("rate_limited", 503, "RATE_LIMITED", "err.rate_limited", "KiotProxy limits our calls", "active", (45, 75)),
    ("firewall", 503, "FIREWALL", "err.firewall", "KiotProxy's firewall refused this server", "active", (45, 75)),
    ("redirect", 503, "TRANSIENT", "err.transient", "KiotProxy does not answer", "active", (3, 7)),
]


@pytest.mark.parametrize("mode, rest, failure, message_id, sentence, status, wait_s", CLASSES)
def test_a_failure_as_its_user_meets_it(fleet, mode, rest, failure, message_id, sentence, status, wait_s):
    sim, _, _, admin, other = fleet
    key = next(KEYS)
    made = add(admin, key)
    with other.live() as live:
        live.wait("hello")
        sim.behave(key, mode)
        answer = admin.post(f"/api/proxies/{made['id']}/rotate")
        assert (answer.status, answer.message_id) == (rest, message_id) and sentence in answer.json["detail"], answer
        assert answer.json["params"]["provider"] == "kiotproxy"
        assert ("retry-after" in answer.headers) == (rest == 503)
        told = live.wait("proxy", lambda m: m["proxy"]["id"] == made["id"] and m["proxy"]["last_error"])["proxy"]
        line = live.wait("log", lambda m: m["log"]["proxy_id"] == made["id"] and m["log"]["message_id"] == message_id)["log"]
    assert line["action"] == "rotate" and line["status"] == "error" and sentence in line["message"], line
    seen = other.proxy(made["id"])
    for proxy in (told, seen):
        error = proxy["last_error"]
        assert (proxy["status"], error["class"], error["message_id"]) == (status, failure, message_id), proxy
        assert proxy["rotation_state"] == "idle" and proxy["remote_http"] == made["remote_http"], proxy
        assert seconds_until(error["at"]) <= 1
        if wait_s:
            assert wait_s[0] <= seconds_until(error["retry_at"]) <= wait_s[1], error
            assert abs(seconds_until(proxy["due_at"]) - seconds_until(error["retry_at"])) < 2
        else:
            assert error["retry_at"] is None and proxy["due_at"] is None
    assert other.get(f"/api/logs?proxy_id={made['id']}").json[0]["message_id"] == message_id
    if mode != "redirect":  # the one that comes again within the test's time
        assert calls(sim, key) == 2, "the first upstream and the one refusal: nothing is repeated"
    sim.behave(key, "none")


@pytest.mark.parametrize("how", ["sync", "rotate"])
@pytest.mark.parametrize("mode", ["key_expired", "key_not_found"])
def test_a_renewed_key_is_looked_at_when_its_user_asks(fleet, mode, how):
    sim, _, _, admin, other = fleet
    key = next(KEYS)
    made = add(admin, key)
    path = f"/api/proxies/{made['id']}"
    sim.behave(key, mode)
    assert admin.post(path + "/rotate").status == 422
    assert other.post(f"{path}/{how}").status == 422, "it is still so"
    sim.behave(key, "none")
    assert other.post(f"{path}/{how}").status == 200
    seen = admin.proxy(made["id"])
    assert seen["status"] == "active" and seen["last_error"] is None, seen


def test_a_renewed_key_with_nothing_assigned_rotates_at_once(fleet):
    """/current says "nothing assigned": the key is good again, and what it wants is a first upstream."""
    sim, _, _, admin, other = fleet
    key = next(KEYS)
    made = add(admin, key, rotate_mode="expiration")
    sim.behave(key, "key_expired")
    assert admin.post(f"/api/proxies/{made['id']}/rotate").status == 422
    sim.behave(key, "none")
    sim.call("out", key)
    other.post(f"/api/proxies/{made['id']}/sync")
    seen = wait_until(lambda: (p := other.proxy(made["id"]))["status"] == "active" and p, "a new upstream")
    assert seen["remote_http"] != made["remote_http"] and seen["last_error"] is None


def test_a_check_of_a_key_that_never_had_an_ip_says_why(fleet):
    sim, _, _, admin, other = fleet
    key = next(KEYS)
    sim.behave(key, "no_stock")
    made = admin.post("/api/proxies", {"key_name": key, "kiotproxy_key": key, "region": "bac"})
    assert made.status == 202, made
    answer = other.post(f"/api/proxies/{made.json['id']}/check")
    assert answer.status == 409 and answer.message_id == "err.no_stock" and "KiotProxy is out of IPs" in answer.json["detail"], answer
    sim.behave(key, "none")


def test_the_same_ip_again_is_no_success(fleet):
    sim, _, scheduler, admin, other = fleet
    key = next(KEYS)
    made = add(admin, key)
    metric = 'kiotproxy_scheduler_rotations_total{result="same_ip",reason="manual"}'
    before = scheduler.metric(metric)
    sim.behave(key, "same_ip", times=1)
    answer = admin.post(f"/api/proxies/{made['id']}/rotate")
    assert answer.status == 200 and answer.json["same_ip"] is True and answer.message_id == "err.same_ip", answer
    assert answer.json["detail"].startswith(f"KiotProxy gave the same IP again ({made['remote_ip']})"), answer
    assert 45 <= answer.json["retry_after_seconds"] <= 75
    seen = other.proxy(made["id"])
    assert seen["status"] == "active" and seen["last_error"]["message_id"] == "err.same_ip", seen
    assert seen["same_ip_count"] == 1 and 45 <= seconds_until(seen["due_at"]) <= 75, "it is tried again, in manual mode too"
    line = other.get(f"/api/logs?proxy_id={made['id']}").json[0]
    assert (line["action"], line["status"]) == ("same_ip", "warning"), line
    assert scheduler.metric(metric) == before + 1
    assert admin.post(f"/api/proxies/{made['id']}/rotate").json["same_ip"] is False
    seen = other.proxy(made["id"])
    assert seen["last_error"] is None and seen["same_ip_count"] == 1 and calls(sim, key) == 3


def test_a_cooldown_ends_by_the_clock_alone(fleet):
    """Nothing runs and nothing is told when it ends: each reader knows by next_request_at."""
    sim, redis, _, admin, other = fleet
    key = next(KEYS)
    sim.behave(key, ttc_ms=2000)
    made = add(admin, key)
    assert made["rotation_state"] == "cooldown"
    ends = made["next_request_at"]
    wait_until(lambda: other.proxy(made["id"])["latency_ms"], "the new upstream is proved")
    version = redis.text("GET", "{kp}:records:version")
    for caller in (admin, other):
        while True:
            seen = caller.proxy(made["id"])
            left = seconds_until(ends)
            if left > 0.1:
                assert seen["rotation_state"] == "cooldown"
            if left < -0.1:
                assert seen["rotation_state"] == "idle"
                break
            time.sleep(0.02)
    assert seen["next_request_at"] == ends
    assert redis.text("GET", "{kp}:records:version") == version and calls(sim, key) == 1


def test_an_upstream_that_ends_before_the_next_change_is_allowed(fleet):
    """The vendor lets nobody change it in time: the end is told when it comes, not at the next try."""
    sim, _, _, admin, other = fleet
    key = next(KEYS)
    sim.behave(key, ttl_ms=1500, ttc_ms=60000)
    made = add(admin, key, rotate_mode="expiration")
    seen = wait_until(lambda: (p := other.proxy(made["id"]))["status"] == "no_upstream" and p, "the end is told")
    assert 30 < seconds_until(seen["due_at"]) <= 60 and calls(sim, key) == 1


def test_scheduled_by_one_cancelled_by_another(fleet):
    sim, _, _, admin, other = fleet
    key = next(KEYS)
    sim.behave(key, ttc_ms=1500)
    made = add(admin, key)
    path = f"/api/proxies/{made['id']}/rotate"
    with admin.live() as live:
        live.wait("hello")
        assert admin.post(path, {"when": "allowed"}).status == 202
        assert other.proxy(made["id"])["rotation_state"] == "scheduled"
        again = other.post(path, {"when": "allowed"})
        assert again.status == 202 and again.json["rotation_state"] == "scheduled", "scheduled twice is scheduled once"
        assert other.delete(path).status == 200
        assert other.delete(path).status == 409
        live.wait_proxy(made["id"], rotation_state="cooldown", rotation_scheduled_at=None)
    wait_until(lambda: admin.proxy(made["id"])["rotation_state"] == "idle", "the cooldown ends")
    assert calls(sim, key) == 1


def test_clock_and_people_share_one_rotation(fleet):
    """Due by the clock, scheduled by one person and asked for by two more: one slot, one /new, one result."""
    sim, redis, _, admin, other = fleet
    key = next(KEYS)
    made = add(admin, key)
    sim.behave(key, "slow", delay_ms=700)
    redis.call("HSET", f"{{kp}}:proxy:{made['id']}", "rotation_scheduled_at", "1", "job_reason", "clock")
    redis.call("ZADD", "{kp}:due:rotate", 1, made["id"])
    wait_until(lambda: calls(sim, key) == 2 or admin.proxy(made["id"])["rotation_state"] == "rotating", "the clock begins")
    answers = []
    threads = [threading.Thread(target=lambda c=c: answers.append(c.post(f"/api/proxies/{made['id']}/rotate")))
               for c in (admin, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status for a in answers] == [200, 200] and len({a.json["new_ip"] for a in answers}) == 1, answers
    assert calls(sim, key) == 2


PAYLOADS = ["a&key=b", "a&region=x", "a=b", "a;b", "a#b", "a?b", "a%26b", "a%00", "a%0d%0aX:y", "a+b", "../../admin", "/..",
            "//evil.test/", "@evil.test", "\\evil", "a:80@b", "{}", "[]", "<a>", "\"'`", "$(id)", "a|b", "a^b", "~!*()", "a,b",
            "key=key=", "&&&&", "????", "####", "%%%%", "http://127.0.0.1/"]


def test_a_key_stays_in_its_parameter(fleet):
    """Whatever a key is made of, the vendor sees that key and that region, and nothing else is asked."""
    sim, _, _, admin, _ = fleet
    last = sim.log()[-1]["seq"]
    for payload in PAYLOADS:
        add(admin, "KSECRET" + payload)
    seen = sim.log(since=last)
    assert [c["key"] for c in seen if c["call"] == "new"] == ["KSECRET" + payload for payload in PAYLOADS]
    assert {c["outcome"] for c in seen} == {"rotated"}, seen
