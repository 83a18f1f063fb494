"""Limits and usage over REST, with two relays and two api-nodes: what one counts and cuts, the other shows."""

import datetime
import http.client
import json

import pytest

from harness.live_fleet import CONNECT, LiveFleet, Tunnel, wait_rate
from harness.simulator import SCALE, wait_until


@pytest.fixture(scope="module")
def fleet():
    with LiveFleet(relays=2, schedulers=1, apis=2) as fleet:
        yield fleet


def get(fleet, proxy, relay=0):
    """A plain request through the endpoint: (status, text)."""
    connection = http.client.HTTPConnection(fleet.addresses[relay], fleet.port(proxy), timeout=20 * SCALE)
    try:
        connection.request("GET", "http://target.test/", headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def usage(fleet, proxy, api=0, minutes=5):
    return fleet.want(200, "GET", f"/proxies/{proxy['id']}/usage?minutes={minutes}", api=api)


def wait_status(fleet, proxy, status, api=1):
    def look():
        shown = fleet.want(200, "GET", f"/proxies/{proxy['id']}", api=api)
        return shown if shown["status"] == status else None
    return wait_until(look, f"the status is {status}", 20)


def test_usage_is_shown_by_the_minute(fleet):
    proxy, idle = fleet.fixed("used"), fleet.fixed("idle")
    # The quicker rounds for a browser's rates take nothing from, and add nothing to, what is flushed.
    with fleet.live(0) as live, fleet.tunnel(proxy, 0) as a, fleet.tunnel(proxy, 1) as b:
        for _ in range(30):
            a.echo(100)
        b.echo(2000)
        wait_rate(live, proxy, lambda up, down, connections: connections == 2)
    wait_until(lambda: usage(fleet, proxy)["totals"]["bytes_down"] >= 5000, "it is flushed", 20)
    for api in 0, 1:
        shown = usage(fleet, proxy, api)
        for name in "bytes_up", "bytes_down", "connections", "errors":
            assert len(shown[name]) == 5 and sum(shown[name]) == shown["totals"][name] == shown["month"][name]
        assert sum(shown["bytes_down"]) == 5000 and sum(shown["connections"]) == 2
        assert sum(shown["bytes_up"]) == 5000 + 2 * len(CONNECT)
        assert shown["minutes"] == 5 and shown["start"].endswith(":00.000Z") and shown["totals"]["traffic_at"]
        start = datetime.datetime.fromisoformat(shown["start"].replace("Z", "+00:00"))
        age = datetime.datetime.now(datetime.timezone.utc) - start
        assert datetime.timedelta(minutes=4) <= age < datetime.timedelta(minutes=6)
        assert [m["month"] for m in shown["months"]] == [shown["month"]["month"]]
        assert shown["month"]["limit_bytes"] is None and shown["month"]["ends_at"].endswith("-01T00:00:00.000Z")
    many = fleet.want(200, "GET", f"/proxies/usage?ids={idle['id']},{proxy['id']},999&minutes=180", api=1)
    assert [u["id"] for u in many] == [idle["id"], proxy["id"]]
    assert many[0]["bytes_up"] == [0] * 180 and many[0]["totals"]["traffic_at"] is None and many[0]["months"] == []
    assert sum(many[1]["bytes_down"]) == 5000


def test_one_sees_what_one_may(fleet):
    mine, other = fleet.fixed("mine"), fleet.fixed("other")
    user_id, token = fleet.user("lan")
    fleet.want(200, "PUT", f"/proxies/{mine['id']}", {"user_id": user_id})
    caller = fleet.caller(1, token)
    assert caller.get(f"/api/proxies/{mine['id']}/usage").json["id"] == mine["id"]
    assert caller.get(f"/api/proxies/{other['id']}/usage").status == 404
    assert [u["id"] for u in caller.get(f"/api/proxies/usage?ids={other['id']},{mine['id']}").json] == [mine["id"]]
    assert caller.get(f"/api/proxies/usage?ids={other['id']}").json == []


@pytest.mark.parametrize("path, said", [
    ("/api/proxies/usage", "ids must name"),
    ("/api/proxies/usage?ids=", "ids must name"),
    ("/api/proxies/usage?ids=1,x", "ids must name"),
    ("/api/proxies/usage?ids=1,,2", "ids must name"),
    ("/api/proxies/usage?ids=" + ",".join(map(str, range(1, 202))), "1 to 200"),
    ("/api/proxies/usage?ids=1&minutes=181", "minutes must be a whole number from 1 to 180"),
    ("/api/proxies/1/usage?minutes=0", "minutes must be"),
])
def test_bad_questions(fleet, path, said):
    answer = fleet.caller().get(path)
    assert answer.status == 400 and said in answer.json["detail"], answer


def test_the_limit_of_bytes_cuts_at_every_relay(fleet):
    proxy = fleet.fixed("metered", limits={"bytes_per_month": 100000})
    with fleet.tunnel(proxy, 0) as a, fleet.tunnel(proxy, 1) as b, fleet.live(1) as live:
        a.echo(30000)
        b.echo(30000)
        shown = wait_status(fleet, proxy, "quota_reached")
        assert shown["last_error"]["message_id"] == "err.quota" and shown["last_error"]["params"]["limit"] == 100000
        assert shown["last_error"]["params"]["used"] >= 100000 and shown["last_error"]["retry_at"].endswith("-01T00:00:00.000Z")
        wait_until(lambda: a.is_cut() and b.is_cut(), "open tunnels end")
        for relay in 0, 1:
            status, text = get(fleet, proxy, relay)
            assert status == 503 and "The month's limit is used up (120 KB of 100 KB)." in text and "120 KB/100 KB" in text, text
            assert Tunnel(fleet.addresses[relay], fleet.port(proxy)).status == 503
        assert usage(fleet, proxy)["month"]["limit_bytes"] == 100000
        live.wait("log", lambda m: m["log"]["action"] == "quota" and m["log"]["proxy_id"] == proxy["id"])

    # Raised at one node: it serves again, by itself.
    raised = fleet.want(200, "PUT", f"/proxies/{proxy['id']}", {"limits": {"bytes_per_month": 200000}}, api=0)
    assert raised["status"] == "active" and raised["last_error"] is None
    fleet.wait_applied(raised["version"])
    with fleet.tunnel(proxy, 1) as again:
        again.echo(1000)
        # Lowered below what was carried: at once.
        assert fleet.want(200, "PUT", f"/proxies/{proxy['id']}", {"limits": {"bytes_per_month": 1000}}, api=1)["status"] \
            == "quota_reached"
        wait_until(again.is_cut, "the tunnel ends")

    # The month ends: the clock, not traffic, brings it back.
    name = f"{fleet.redis.prefix}months:{proxy['id']}"
    month = usage(fleet, proxy)["month"]["month"]
    fleet.redis.call("HSET", name, "2001-01", fleet.redis.text("HGET", name, month))
    fleet.redis.call("HDEL", name, month)
    fleet.redis.call("ZADD", fleet.redis.prefix + "due:quota", 1, proxy["id"])
    wait_status(fleet, proxy, "active")
    fleet.wait_applied()
    assert fleet.tunnel(proxy, 0).status == 200
    shown = usage(fleet, proxy, api=1)
    assert [m["month"] for m in shown["months"]] == ["2001-01"] and shown["month"]["bytes_up"] == 0
    history = fleet.want(200, "GET", f"/logs?proxy_id={proxy['id']}")
    assert [line["action"] for line in history if line["action"].startswith("quota")] == ["quota_over", "quota", "quota_over", "quota"]


def test_the_limit_of_connections_is_each_relays_own(fleet):
    proxy = fleet.fixed("narrow", limits={"connections": 2})
    with fleet.tunnel(proxy, 0), fleet.tunnel(proxy, 0) as second:
        refused = fleet.tunnel(proxy, 0)
        assert refused.status == 503 and b"connection_limit_reached" in refused.head
        with fleet.tunnel(proxy, 1) as elsewhere:
            assert elsewhere.status == 200
        second.socket.close()
        wait_until(lambda: fleet.tunnel(proxy, 0).status == 200, "there is room again")


def test_limits_not_named_stay(fleet):
    proxy = fleet.fixed("both", limits={"connections": 1, "bytes_per_month": None})
    assert proxy["limits"] == {"connections": 1}
    path = f"/proxies/{proxy['id']}"
    for change, limits in (({"bytes_per_month": 5000}, {"connections": 1, "bytes_per_month": 5000}),
                           ({"connections": None}, {"bytes_per_month": 5000}), ({}, {"bytes_per_month": 5000}),
                           ({"bytes_per_month": 0, "connections": 2}, {"connections": 2})):
        assert fleet.want(200, "PUT", path, {"limits": change}, api=0)["limits"] == limits
        assert fleet.want(200, "GET", path, api=1)["limits"] == limits


@pytest.mark.parametrize("limits, status", [
    ({"bytes_per_month": -1}, 422), ({"bytes_per_month": 10 ** 15 + 1}, 422), ({"bytes_per_month": "5 GB"}, 400),
    ({"bytes": 5}, 400),
])
def test_bad_limits(fleet, limits, status):
    proxy = fleet.want(200, "GET", "/proxies")[0]
    answer = fleet.caller().put(f"/api/proxies/{proxy['id']}", {"limits": limits})
    assert answer.status == status and "limits" in json.dumps(answer.json), answer
