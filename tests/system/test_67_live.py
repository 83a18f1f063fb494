"""Figures that live: the frames `stats` and `fleet` of two api-nodes, fed by two relays; what vanishes with a relay."""

import pytest

from harness.live_fleet import LiveFleet, wait_rate
from harness.redis_server import Client
from harness.simulator import wait_until


@pytest.fixture(scope="module")
def fleet():
    with LiveFleet(relays=2, schedulers=1, apis=2, DOMAIN="example.com") as fleet:
        yield fleet


def listeners(fleet):
    return fleet.redis.call("PUBSUB", "NUMSUB", fleet.redis.prefix + "rates")[1]


def rates_published(fleet, meanwhile):
    """How often rates were published while `meanwhile` ran."""
    monitor = Client(fleet.redis.port)
    try:
        monitor.call("MONITOR")
        meanwhile()
        fleet.redis.call("ECHO", "the watch ends")
        count = 0
        while b"the watch ends" not in (line := monitor.read()):
            count += b'"PUBLISH" "%srates"' % fleet.redis.prefix.encode() in line
        return count
    finally:
        monitor.close()


def test_rates_are_the_sum_of_all_relays_in_every_browser(fleet):
    proxy = fleet.fixed()
    with fleet.live(0) as here, fleet.live(1) as there, fleet.tunnel(proxy, 0) as a, fleet.tunnel(proxy, 0):
        with fleet.tunnel(proxy, 1):
            for live in here, there:
                message, rate = wait_rate(live, proxy, lambda up, down, connections: connections == 3)
                assert message["totals"]["connections"] >= 3
            for live in here, there:
                message, rate = wait_rate(live, proxy, lambda up, down, _: up > 0 and down > 0, echoing=a)
                assert message["totals"]["bytes_down_s"] >= rate[1]
            # Another comes later: it starts from all there is, idle tunnels too.
            with fleet.live(1) as late:
                first = late.wait("stats", lambda m: any(r[0] == proxy["id"] for r in m["rates"]))
                assert late.of("stats")[0]["all"] is True
                assert next(r for r in first["rates"] if r[0] == proxy["id"])[3] == 3
        wait_rate(here, proxy, lambda up, down, connections: connections == 2)
        assert any(m["all"] is False for m in here.of("stats"))
    with fleet.live(1) as live:
        def idle():
            last = [r for m in live.of("stats") for r in m["rates"] if r[0] == proxy["id"]][-1:]
            return live.of("stats") and all(r[1:] == [0, 0, 0] for r in last)
        wait_until(idle, "an endpoint out of use carries nothing")


def test_a_user_sees_only_his_own(fleet):
    mine, other = fleet.fixed("mine"), fleet.fixed("other")
    user_id, token = fleet.user("lan")
    fleet.want(200, "PUT", f"/proxies/{mine['id']}", {"user_id": user_id})
    with fleet.tunnel(mine, 0), fleet.tunnel(mine, 1), fleet.tunnel(other, 0):
        with fleet.live(0) as admin, fleet.live(1, token) as live:
            wait_rate(admin, other, lambda up, down, connections: connections == 1)
            message, _ = wait_rate(live, mine, lambda up, down, connections: connections == 2)
            assert message["totals"]["connections"] == 2
            assert {r[0] for m in live.of("stats") for r in m["rates"]} == {mine["id"]}
            admin.wait("fleet")
            assert not live.of("fleet")


def test_nobody_looks_nothing_is_told(fleet):
    with fleet.live(0) as live:
        live.wait("stats")
        wait_until(lambda: listeners(fleet) == 1, "the node listens")
    wait_until(lambda: listeners(fleet) == 0, "it listens no more")

    def beats():
        return [int(fleet.redis.hash(f"node:{r.name}").get("seen_at", 0)) for r in fleet.relays]

    def wait_beats(least_ms):
        heard = beats()
        wait_until(lambda: min(now - then for now, then in zip(beats(), heard)) > least_ms, "a while passes")
    wait_beats(900)  # the relays have learnt it
    assert rates_published(fleet, lambda: wait_beats(1500)) == 0
    with fleet.live(0):
        wait_until(lambda: listeners(fleet) == 1, "the node listens again")
        assert rates_published(fleet, lambda: wait_beats(2500)) > 0


def test_a_vanished_relay_is_shown_as_gone_and_takes_its_share_along(fleet):
    proxy = fleet.fixed("survivor")
    with fleet.live(0) as here, fleet.live(1) as there, fleet.tunnel(proxy, 0), fleet.tunnel(proxy, 1):
        for live in here, there:
            wait_rate(live, proxy, lambda up, down, connections: connections == 2)
            frame = live.wait("fleet")["fleet"]
            assert {n["role"] for n in frame["nodes"]} == {"relay", "api", "scheduler"}
        fleet.relays[1].kill()
        for live in here, there:
            wait_rate(live, proxy, lambda up, down, connections: connections == 1)

            def gone(m):
                node = next(n for n in m["fleet"]["nodes"] if n["node"] == "relay-2")
                return not node["alive"] and node["role"] == "relay" and node["gone_since"]
            live.wait("fleet", gone)
        fleet.relays[1].start().wait_ready()
        there.wait("fleet", lambda m: all(n["alive"] for n in m["fleet"]["nodes"]))


def test_the_fleet_over_rest(fleet):
    _, token = fleet.user("minh", "operator")
    for api in 0, 1:
        assert fleet.caller(api, token).get("/api/fleet").status == 403
        assert fleet.caller(api, token).get("/api/dns-zone").status == 403

        def settled():
            now = fleet.want(200, "GET", "/fleet", api=api)
            return now if now["leader"] and now["provider"] and all(n["started"] for n in now["nodes"]) else None
        fleet.add(f"KFLEET{api}")
        now = wait_until(settled, "a leader, and a call to the vendor")
        assert now["leader"] == "scheduler-1" and now["simulator"] is True
        assert now["provider"]["state"] == "ok" and now["provider"]["last_call_at"]
        assert now["redis"]["version"] and now["redis"]["used_memory_bytes"] > 0 and now["redis"]["aof"] == "ok"
        assert set(now["jobs"]) == {"waiting", "dead"}
        assert now["routes_version"].startswith(f"{now['generation']}-")
        nodes = {n["node"]: n for n in now["nodes"]}
        assert set(nodes) == {"relay-1", "relay-2", "api-1", "api-2", "scheduler-1"}
        assert nodes["scheduler-1"]["leads"] is True and nodes["scheduler-1"]["simulator"] is True
        relay = nodes["relay-2"]
        assert relay["alive"] and relay["gone_since"] is None and relay["started"].endswith("Z")
        assert relay["port_start"] == fleet.port_start and relay["endpoints"] > 0 and nodes["api-1"]["api_port"]

        def caught_up():
            nodes = fleet.want(200, "GET", "/fleet", api=api)["nodes"]
            return all(n["lag"] == 0 for n in nodes if n["role"] != "scheduler")
        wait_until(caught_up, "nobody is behind")
        assert "token" not in str(now)


def test_a_vendor_that_does_not_answer_is_away(fleet):
    fleet.add("KAWAY")
    fleet.sim.stop()
    try:
        proxy = next(p for p in fleet.want(200, "GET", "/proxies") if p["key_name"] == "KAWAY")

        def away():
            fleet.call("POST", f"/proxies/{proxy['id']}/sync")
            return fleet.want(200, "GET", "/fleet")["provider"]["state"] == "away"
        wait_until(away, "the vendor counts as away", 20)
    finally:
        fleet.sim.start()


def test_dns_zone(fleet):
    zones = [fleet.caller(api).get("/api/dns-zone") for api in (0, 1)]
    assert zones[0].body == zones[1].body and zones[0].headers["content-type"].startswith("text/plain")
    lines = [line for line in zones[0].body.decode().splitlines() if not line.startswith(";")]
    assert lines == ["$ORIGIN example.com.", "$TTL 300", "*  IN  A  127.0.0.1"]


@pytest.mark.parametrize("domain, host, expected", [
    (None, "203.0.113.5", None),
    ("203.0.113.5", None, None),
    ("example.com", "2001:db8::5", "*  IN  AAAA  2001:db8::5"),
    ("example.com", "balancer.example.net", "*  IN  CNAME  balancer.example.net."),
    ("example.com", None, "*  IN  A  YOUR.SERVER.ADDRESS"),
])
def test_dns_zone_of_other_configurations(fleet, domain, host, expected):
    program = fleet._program("api", 9)
    program.environment.pop("PUBLIC_HOST")
    program.environment.pop("DOMAIN")
    program.environment.update({k: v for k, v in {"DOMAIN": domain, "PUBLIC_HOST": host}.items() if v})
    program.start().wait_ready()
    try:
        node = type("Node", (), {"port": int(program.environment["API_PORT"])})
        caller = fleet.caller()
        caller.node = node
        answer = caller.get("/api/dns-zone")
        if expected:
            assert answer.status == 200 and expected in answer.body.decode().splitlines(), answer
        else:
            assert answer.status == 409 and answer.message_id == "err.no_domain", answer
    finally:
        program.stop()
