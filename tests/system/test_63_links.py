"""Change-IP links: what anti-detect browsers and scripts call to rotate one proxy, without a session."""

import http.client
import threading

import pytest

from harness.api import Answer, ApiNode
from harness.redis_server import RedisServer
from harness.scheduler import Scheduler
from harness.simulator import SCALE, Simulator, wait_until

OPTIONS = {"public_port_start": 9000, "public_port_end": 9999, "public_http_port": 8080}


@pytest.fixture(scope="module")
def fleet():
    with Simulator(ttc_ms=0, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim), \
            ApiNode(redis, **OPTIONS) as one, ApiNode(redis, **OPTIONS) as two:
        admin = one.login()
        admin.put("/api/settings", {"auto_rotate_on_expiration": False, "auto_update_enabled": False})
        yield sim, redis, admin, admin.on(two)
        for node in (one, two):
            assert not [link for link in LINKS if link in node.log()], "a link is in the log"


LINKS = []


def call(caller, url, method="GET", **headers):
    """As a program that knows nothing but the link."""
    path = "/r/" + url.rsplit("/r/", 1)[1]
    connection = http.client.HTTPConnection("127.0.0.1", caller.node.port, timeout=30 * SCALE)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def add(admin, key, **fields):
    made = admin.post("/api/proxies", {"key_name": key, "kiotproxy_key": key, "region": "bac", **fields})
    assert made.status == 201, made
    return made.json


def link_of(caller, proxy):
    answer = caller.post(f"/api/proxies/{proxy['id']}/link")
    assert answer.status == 201 and answer.json["id"] == proxy["id"], answer
    LINKS.append(answer.json["url"].rsplit("/", 1)[1])
    return answer.json["url"]


def last_log(caller, proxy):
    return caller.get(f"/api/logs?proxy_id={proxy['id']}&limit=1").json[0]


def test_a_link_rotates_and_answers_as_the_vendor_does(fleet):
    sim, redis, admin, other = fleet
    key = "KSECRETlink000000000001"
    proxy = add(admin, key)
    assert proxy["rotate_link"] is None
    url = link_of(admin, proxy)
    assert url.startswith(f"http://127.0.0.1:{admin.node.port}/r/")
    assert other.proxy(proxy["id"])["rotate_link"] == "/r/" + LINKS[-1], "without PUBLIC_URLS: the path"
    answer = call(other, url)
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store", answer
    data, now = answer.json["data"], sim.current(key)
    assert {name: value for name, value in answer.json.items() if name not in ("data", "timestamp")} == {
        "success": True, "code": 200, "status": "SUCCESS"}
    assert set(data) == {"realIpAddress", "http", "socks5", "httpPort", "socks5Port", "host", "location", "expirationAt",
                         "nextRequestAt", "ttl", "ttc"}
    assert data["realIpAddress"] == now["realIpAddress"] and data["location"] == now["location"]
    endpoint = f"{proxy['subdomain']}.example.com"
    assert (data["http"], data["host"], data["httpPort"]) == (f"{endpoint}:{9000 + proxy['number']}", endpoint,
                                                              9000 + proxy["number"])
    assert data["expirationAt"] > answer.json["timestamp"] > 1700000000000
    assert admin.proxy(proxy["id"])["remote_http"] == now["http"] != proxy["remote_http"]
    by_post = call(admin, url, "POST")
    assert by_post.status == 200 and admin.proxy(proxy["id"])["remote_http"] == sim.current(key)["http"] != now["http"]
    assert call(other, url + "?region=nam").status == 200 and last_log(admin, proxy)["region"] == "nam"
    assert admin.proxy(proxy["id"])["region"] == "bac", "a region given with a rotation is for that one only"
    bad = call(other, url + "?region=mars")
    assert bad.status == 422 and bad.json["success"] is False and "nam" in bad.json["message"]


def test_the_store_holds_no_usable_token(fleet):
    _, redis, admin, _ = fleet
    proxy = admin.add_static("sealed link")
    token = link_of(admin, proxy).rsplit("/", 1)[1].encode()
    for name in redis.call("KEYS", "*"):
        kind = redis.call("TYPE", name)
        stored = {"hash": lambda n: redis.call("HGETALL", n), "string": lambda n: [redis.call("GET", n)],
                  "stream": lambda n: [repr(redis.call("XRANGE", n, "-", "+")).encode()]}.get(
                      kind if isinstance(kind, str) else kind.decode(), lambda n: [])(name)
        assert not any(token in value for value in stored), name


def test_a_new_link_ends_the_one_before_and_deleting_ends_it(fleet):
    sim, _, admin, other = fleet
    key = "KSECRETlink000000000002"
    proxy = add(admin, key)
    first = link_of(admin, proxy)
    second = link_of(other, proxy)
    calls = len(sim.log(key=key, call="new"))
    for caller in (admin, other):
        gone = call(caller, first)
        assert gone.status == 404 and gone.json["error"] == "KEY_NOT_FOUND" and gone.json["code"] == 40400006
    assert len(sim.log(key=key, call="new")) == calls
    assert call(admin, second).status == 200
    assert other.delete(f"/api/proxies/{proxy['id']}/link").status == 204
    assert admin.delete(f"/api/proxies/{proxy['id']}/link").status == 204, "twice is once"
    assert call(admin, second).status == 404 and admin.proxy(proxy["id"])["rotate_link"] is None
    third = link_of(admin, proxy)
    assert admin.delete(f"/api/proxies/{proxy['id']}").status == 204
    assert call(other, third).status == 404
    assert other.post(f"/api/proxies/{proxy['id']}/link").status == 404
    assert call(other, "/r/" + "x" * 43).status == 404 and call(other, "/r/short").status == 404


def test_looking_at_a_link_does_not_rotate(fleet):
    sim, _, admin, other = fleet
    key = "KSECRETlink000000000003"
    url = link_of(admin, add(admin, key))
    calls = len(sim.log(key=key, call="new"))
    head = call(other, url, "HEAD")
    assert head.status == 200 and head.body == b""
    for headers in ({"Sec_Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X_Moz": "prefetch"},
                    {"X_Purpose": "preview"}, {"User_Agent": "TelegramBot (like TwitterBot)"},
                    {"User_Agent": "facebookexternalhit/1.1"}):
        answer = call(other, url, **headers)
        assert answer.status == 503 and answer.json["success"] is False, headers
    assert call(other, url, "PUT").status == 405
    assert len(sim.log(key=key, call="new")) == calls
    # Neither a foreign page nor a missing Content-Type matters: the link is all there is to know.
    assert call(other, url, "POST", Origin="https://elsewhere.example", Sec_Fetch_Site="cross-site").status == 200


def test_too_early_is_told_in_the_vendors_words(fleet):
    sim, _, admin, other = fleet
    key = "KSECRETlink000000000004"
    sim.behave(key, ttc_ms=60000)
    url = link_of(admin, add(admin, key))
    calls = len(sim.log(key=key, call="new"))
    answer = call(other, url)
    assert answer.status == 409 and answer.json["code"] == 40001038 and answer.json["success"] is False
    seconds = int(answer.headers["retry-after"])
    assert f"sau {seconds} giây" in answer.json["message"] and 1 <= seconds <= 60
    assert answer.json["status"] == "FAIL" and answer.json["timestamp"] > 1700000000000
    assert len(sim.log(key=key, call="new")) == calls


def test_a_tool_that_calls_in_a_loop_does_not_hammer_a_provider_that_limits_us(fleet):
    sim, _, admin, other = fleet
    key = "KSECRETlink000000000007"
    url = link_of(admin, add(admin, key))
    sim.behave(key, "rate_limited")
    first = call(other, url)
    assert first.status == 503 and first.json["error"] == "RATE_LIMITED", first
    calls = len(sim.log(key=key, call="new"))
    for caller in (admin, other, admin):
        again = call(caller, url)
        assert again.status == 503 and again.json["error"] == "RATE_LIMITED" and "sau" in again.json["message"]
        assert 1 <= int(again.headers["retry-after"]) <= 120
    assert len(sim.log(key=key, call="new")) == calls


def test_paused_bad_and_fixed_ones_fail_in_the_vendors_shape(fleet):
    sim, _, admin, other = fleet
    key = "KSECRETlink000000000005"
    proxy = add(admin, key)
    url = link_of(admin, proxy)
    sim.behave(key, "key_expired")
    expired = call(other, url)
    assert expired.status == 422 and expired.json["error"] == "KEY_EXPIRED" and expired.json["success"] is False
    sim.behave(key, "key_not_found")
    assert call(admin, url).json["code"] == 40400006
    admin.put(f"/api/proxies/{proxy['id']}", {"is_active": False})
    paused = call(other, url)
    assert paused.status == 409 and paused.json["error"] == "PAUSED" and paused.json["message"]
    fixed = call(other, link_of(admin, admin.add_static("fixed link")))
    assert fixed.status == 409 and fixed.json["error"] == "STATIC"


def test_many_callers_share_one_rotation_and_the_history_says_link(fleet):
    sim, _, admin, other = fleet
    key = "KSECRETlink000000000006"
    proxy = add(admin, key)
    url = link_of(admin, proxy)
    sim.behave(key, "slow", delay_ms=400)
    calls, answers = len(sim.log(key=key, call="new")), []
    threads = [threading.Thread(target=lambda c=c: answers.append(call(c, url))) for c in (admin, other) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status for a in answers] == [200] * 6, answers
    assert len({a.json["data"]["realIpAddress"] for a in answers}) == 1
    assert len(sim.log(key=key, call="new")) == calls + 1
    assert last_log(other, proxy)["action"] == "rotate"
    assert (last_log(other, proxy)["user"], last_log(other, proxy)["via"]) == ("", "link")
    at_once = call(other, url + "?wait=0")
    assert at_once.status == 202 and at_once.json["status"] == "PENDING" and "sau" in at_once.json["message"]
    wait_until(lambda: len(sim.log(key=key, call="new")) == calls + 2, "the rotation that nobody waited for")


def test_public_urls_name_the_link(fleet):
    _, redis, admin, _ = fleet
    with ApiNode(redis, public_urls="https://fleet.example.com,https://other.example", **OPTIONS) as node:
        there = admin.on(node)
        proxy = there.add_static("named link")
        url = link_of(there, proxy)
        assert url == f"https://fleet.example.com/r/{LINKS[-1]}" == there.proxy(proxy["id"])["rotate_link"]
        assert LINKS[-1] not in node.log()
