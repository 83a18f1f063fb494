"""What the fleet does about upstreams by itself: it replaces dead ones, waits for idle endpoints, proves new ones; and what
two api-nodes show of that. Relay, scheduler, api-nodes, Redis and the vendor's simulator are the real programs."""

import concurrent.futures
import datetime
import http.server
import socket
import threading
import time
import types

import pytest

from harness.api import Caller
from harness.fleet import Fleet
from harness.simulator import wait_until

KEYS = (f"KSECRETkeep{n:013d}" for n in range(1, 1000))
SETTINGS = {"auto_rotate_on_expiration": False, "auto_update_enabled": False}


class Page(http.server.BaseHTTPRequestHandler):
    """HEALTH_CHECK_URL."""

    status = 204

    def do_GET(self):
        self.send_response(Page.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Place(Fleet):
    """Two api-nodes as two callers; the checks come every second."""

    def __init__(self):
        self.page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        super().__init__(relays=1, schedulers=1, apis=2, HEALTH_CHECK_INTERVAL=1, IP_CHECK_URL="http://origin.test/ip",
                         HEALTH_CHECK_URL=f"http://127.0.0.1:{self.page.server_port}/")

    def __enter__(self):
        threading.Thread(target=self.page.serve_forever, daemon=True).start()
        super().__enter__()
        self.want(200, "PUT", "/settings", SETTINGS)
        nodes = [types.SimpleNamespace(port=int(api.environment["API_PORT"])) for api in self.apis]
        self.admin, self.other = (Caller(node, self.token, bearer=True) for node in nodes)
        return self

    def __exit__(self, *exc):
        super().__exit__(*exc)
        self.page.shutdown()
        self.page.server_close()

    def make(self, key=None, **fields):
        """A proxy that the relay serves: (key, its JSON)."""
        key = key or next(KEYS)
        return key, self.add(key, **fields)

    def rotations(self, key):
        return self.sim.key(key)["rotations"]

    def log(self, proxy):
        return self.other.get(f"/api/logs?proxy_id={proxy['id']}").json

    def seen(self, proxy, matches, what, timeout_s=20):
        """What the other node shows, as soon as it matches."""
        return wait_until(lambda: (p := self.other.proxy(proxy["id"])) and matches(p) and p, what, timeout_s)

    def replaced(self, proxy, what):
        return self.seen(proxy, lambda p: p["remote_http"] != proxy["remote_http"], what)

    def edit(self, proxy, **fields):
        self.redis.call("HSET", f"{{kp}}:proxy:{proxy['id']}", *[part for item in fields.items() for part in item])

    def now(self):
        seconds, micros = self.redis.call("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    def two_more_checks(self, proxy):
        name = f"{{kp}}:proxy:{proxy['id']}"
        last = int(self.redis.text("HGET", name, "checked_at_ms"))
        wait_until(lambda: int(self.redis.text("HGET", name, "checked_at_ms")) > last + 1200, "two more checks")


def seconds_until(time_text):
    at = datetime.datetime.fromisoformat(time_text.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def idle_story(place):
    """A slow download through the relay; a timed rotation comes due meanwhile. It takes the relay's reports to notice the
    download's end, so this runs beside the other tests. What was seen, in order."""
    told = types.SimpleNamespace()
    told.key, told.made = place.make(rotate_mode="interval", rotate_interval_minutes=2, rotate_idle_only=True)
    name = f"{{kp}}:stats:{told.made['id']}"
    with socket.create_connection(("127.0.0.1", place.port(told.made))) as s:
        s.sendall(b"GET http://origin.test/bytes/1000000000 HTTP/1.1\r\nHost: origin.test\r\n\r\n")

        def flows(since):
            """Reads on, slowly, until the relay reports newer bytes."""
            s.recv(65536)
            at = place.redis_of_story.text("HGET", name, "traffic_at")
            return at != since and at
        at = wait_until(lambda: flows(None), "the relay reports bytes", 30)
        now = place.redis_of_story.now()
        place.redis_of_story.call("HSET", f"{{kp}}:proxy:{told.made['id']}", "last_rotated_at", now - 125000)
        place.redis_of_story.call("ZADD", "{kp}:due:rotate", 1, told.made["id"])
        told.waiting = place.seen(told.made, lambda p: p["idle_wait_until"], "it waits")
        wait_until(lambda: flows(at), "more bytes", 30)
        told.rotations_while_busy = place.rotations(told.key)
    told.after = place.seen(told.made, lambda p: p["remote_http"] != told.made["remote_http"], "it comes when idle", 40)
    return told


def slow_story(place):
    """A vendor that takes longer (16 s) than a caller is kept waiting. What was seen."""
    told = types.SimpleNamespace()
    told.key, told.made = place.make()
    place.sim.behave(told.key, "slow", on="new", delay_ms=16000, times=1, work="last")
    with place.other.live() as live:
        live.wait("hello")
        start = time.monotonic()
        told.answer = place.admin.post(f"/api/proxies/{told.made['id']}/rotate", timeout_s=60)
        told.seconds = time.monotonic() - start
        told.later = live.wait("proxy", lambda m: m["proxy"]["id"] == told.made["id"]
                               and m["proxy"]["remote_http"] != told.made["remote_http"], 30)["proxy"]
    return told


class Second:
    """A connection to Redis of its own: the story's."""

    def __init__(self, port):
        from harness.redis_server import Client
        self.client = Client(port)

    def call(self, *args):
        return self.client.call(*args)

    def text(self, *args):
        value = self.call(*args)
        return None if value is None else value.decode()

    now = Place.now

    @property
    def redis(self):
        return self


@pytest.fixture(scope="module")
def place():
    with Place() as place, concurrent.futures.ThreadPoolExecutor(2) as pool:
        place.redis_of_story = Second(place.redis.port)
        place.story = pool.submit(idle_story, place)
        place.slow = pool.submit(slow_story, place)
        yield place
        concurrent.futures.wait([place.story, place.slow])
        place.redis_of_story.client.close()


# --- dead upstreams ---------------------------------------------------------------------------------------------


def test_a_dead_upstream_is_replaced(place):
    key, made = place.make()
    place.sim.kill_upstream(key)
    seen = place.replaced(made, "it is replaced")
    assert seen["status"] == "active" and place.rotations(key) == 2
    lines = [(line["action"], line["params"].get("reason"), line["via"]) for line in place.log(made)]
    assert lines[:2] == [("rotate", "failure", "clock"), ("unhealthy", None, "clock")], lines
    metrics = place.schedulers[0].metrics()
    assert metrics['kiotproxy_scheduler_rotations_total{result="ok",reason="failure"}'] >= 1
    assert metrics['kiotproxy_scheduler_failure_rotations_total{result="queued"}'] >= 1


def test_a_dead_upstream_in_a_cooldown_is_replaced_when_that_ends(place):
    key = next(KEYS)
    place.sim.behave(key, ttc_ms=7000)
    _, made = place.make(key)
    place.sim.kill_upstream(key)
    with place.other.live() as live:
        live.wait("hello")
        told = live.wait_proxy(made["id"], status="unhealthy", rotation_state="scheduled")
        assert told["rotation_scheduled_at"] == made["next_request_at"]
        line = live.wait("log", lambda m: m["log"]["proxy_id"] == made["id"] and m["log"]["action"] == "schedule")["log"]
        assert line["params"]["reason"] == "failure" and line["via"] == "clock"
    assert place.rotations(key) == 1
    assert place.replaced(made, "it is replaced")["status"] == "active"
    assert len(place.sim.log(key=key, call="new")) == 2, "the vendor is not asked before the allowed moment"


def test_who_wants_no_rotation_by_itself_gets_none(place):
    """Rotating by hand only; and one whose plan a person cancels, which holds for this upstream."""
    key = next(KEYS)
    place.sim.behave(key, ttc_ms=600000)
    _, made = place.make(key)
    by_hand, other = place.make(rotate_mode="manual")
    place.sim.kill_upstream(by_hand)
    place.sim.kill_upstream(key)
    place.seen(made, lambda p: p["rotation_state"] == "scheduled", "it is planned")
    assert place.admin.delete(f"/api/proxies/{made['id']}/rotate").status == 200
    place.seen(other, lambda p: p["status"] == "unhealthy", "it is told")
    place.two_more_checks(made)
    place.two_more_checks(other)
    seen = place.other.proxy(made["id"])
    assert (seen["status"], seen["rotation_state"], seen["rotation_scheduled_at"]) == ("unhealthy", "cooldown", None), seen
    assert place.rotations(by_hand) == 1 and place.other.proxy(other["id"])["rotation_state"] == "idle"
    place.admin.delete(f"/api/proxies/{made['id']}")
    place.admin.delete(f"/api/proxies/{other['id']}")


def test_a_fleet_that_wants_none_by_itself(place):
    key, made = place.make()
    place.want(200, "PUT", "/settings", {"auto_rotate_on_failure": False})
    place.sim.kill_upstream(key)
    place.seen(made, lambda p: p["status"] == "unhealthy", "it is told")
    place.two_more_checks(made)
    assert place.rotations(key) == 1 and place.other.proxy(made["id"])["rotation_state"] == "idle"
    place.want(200, "PUT", "/settings", {"auto_rotate_on_failure": True})
    place.replaced(made, "switched on, it is replaced")


# --- idle endpoints ---------------------------------------------------------------------------------------------


def test_idle_only_never_waits_into_the_upstreams_end_nor_delays_a_person(place):
    key = next(KEYS)
    place.sim.behave(key, ttl_ms=62000)
    _, made = place.make(key, rotate_mode="expiration", rotate_idle_only=True)
    place.redis.call("HSET", f"{{kp}}:stats:{made['id']}", "traffic_at", place.now() + 60000)  # busy all the time
    seen = place.seen(made, lambda p: p["idle_wait_until"], "it waits")
    assert 9 < seconds_until(seen["expiration_at"]) - seconds_until(seen["idle_wait_until"]) < 11, seen
    assert seen["rotation_state"] == "idle" and seconds_until(seen["due_at"]) < 1 and place.rotations(key) == 1
    place.edit(made, expiration_at=place.now() + 10500)  # as if it had waited all the time
    place.redis.call("ZADD", "{kp}:due:rotate", 1, made["id"])
    place.replaced(made, "busy or not, before its end")
    answer = place.admin.post(f"/api/proxies/{made['id']}/rotate")
    assert answer.status == 200 and place.rotations(key) == 3, answer
    assert place.admin.put(f"/api/proxies/{made['id']}", {"rotate_idle_only": False}).status == 200
    assert place.other.proxy(made["id"])["rotate_idle_only"] is False
    wrong = place.admin.put(f"/api/proxies/{made['id']}", {"rotate_idle_only": "yes"})
    assert wrong.status == 400 and wrong.json["params"]["field"] == "rotate_idle_only", wrong


# --- proof ------------------------------------------------------------------------------------------------------


def test_a_new_upstream_is_proved_at_once(place):
    _, made = place.make()
    seen = place.seen(made, lambda p: p["exit_ip"], "its exit is seen")
    assert seen["exit_ip"] == seen["remote_ip"] and seen["exit_ip_checked_at"] and seen["latency_ms"]
    new_ip = place.admin.post(f"/api/proxies/{made['id']}/rotate").json["new_ip"]
    assert place.seen(made, lambda p: p["exit_ip"] == new_ip, "the new one's")["last_error"] is None


def test_another_exit_than_the_vendor_named_is_told(place):
    key = next(KEYS)
    place.sim.behave(key, real_ip="203.0.113.77")
    _, made = place.make(key)
    seen = place.seen(made, lambda p: p["last_error"], "it is told")
    error = seen["last_error"]
    assert seen["status"] == "active" and seen["remote_ip"] == "203.0.113.77" != seen["exit_ip"], seen
    assert (error["class"], error["message_id"]) == ("EXIT_IP", "err.exit_ip")
    assert error["params"] == {"ip": seen["exit_ip"], "expected": "203.0.113.77", "provider": "kiotproxy"}
    line = place.log(made)[0]
    assert line["action"] == "exit_ip" and line["message"] == f"Pages see {seen['exit_ip']}, but KiotProxy named 203.0.113.77."
    assert place.exit_ip(made) == seen["exit_ip"], "never fatal"


# --- through the endpoint ---------------------------------------------------------------------------------------


def test_a_check_through_the_endpoint(place):
    _, made = place.make(allow=[])  # so that the password is what lets it in
    for caller in (place.admin, place.other):
        wait_until(lambda c=caller: c.proxy(made["id"])["endpoints"], "the node has heard of the relays")
        answer = caller.post(f"/api/proxies/{made['id']}/check", {"via": "endpoint"})
        assert answer.status == 200, answer
        assert answer.json["exit_ip"] == answer.json["expected_ip"] == made["remote_ip"], answer
        assert answer.json["way"] == "port" and answer.json["latency_ms"] >= 1
    plain = place.other.post(f"/api/proxies/{made['id']}/check", {"via": "upstream"})
    assert plain.status == 200 and plain.json["exit_ip"] == made["remote_ip"] and "way" not in plain.json, plain


def test_a_check_through_the_endpoint_names_what_the_relay_said(place):
    key, made = place.make(allow=[], rotate_mode="manual")
    path = f"/api/proxies/{made['id']}"

    def ask(status):
        place.wait_applied()
        answer = place.other.post(path + "/check", {"via": "endpoint"})
        assert answer.status == 502 and answer.message_id == "err.endpoint_answer", answer
        assert answer.json["params"]["status"] == status and answer.json["params"]["way"] == "port", answer
        assert answer.json["params"]["proxy_status"].startswith("kiotproxy"), answer
        return answer.json
    place.edit(made, password_hash="0" * 64)  # what a client with an old password meets
    assert place.admin.post(path + "/restart").status == 200  # puts it into the route
    assert ask(407)["detail"].startswith(f"http://127.0.0.1:{place.port(made)} answered 407")
    assert place.admin.put(path, {"allow": ["127.0.0.0/8"]}).status == 200
    place.sim.kill_upstream(key)
    ask(502)
    assert place.admin.put(path, {"is_active": False}).status == 200
    assert "paused" in ask(403)["detail"]
    place.admin.delete(path)


def test_a_check_through_the_endpoint_notices_another_server(place):
    """It has the endpoint's port, which was not free when the proxy came to be."""
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(400)

        def log_message(self, *_):
            pass

    _, before = place.make()
    with http.server.ThreadingHTTPServer(("127.0.0.1", place.port(before) + 1), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        _, made = place.make()
        while made["number"] <= before["number"]:
            _, made = place.make()
        assert place.port(made) == other.server_port
        answer = place.other.post(f"/api/proxies/{made['id']}/check", {"via": "endpoint"})
        other.shutdown()
    assert answer.status == 502 and answer.message_id == "err.endpoint_answer", answer
    assert (answer.json["params"]["status"], answer.json["params"]["proxy_status"]) == (400, ""), answer


def test_where_a_check_goes_is_nobodys_to_say(place):
    _, made = place.make()
    path = f"/api/proxies/{made['id']}/check"
    wrong = place.admin.post(path, {"via": "moon"})
    assert wrong.status == 422 and wrong.json["params"] == {"field": "via", "wanted": "upstream, endpoint"}, wrong
    for body in ({"host": "10.0.0.1"}, {"via": "endpoint", "target": "http://10.0.0.1:80"}, {"via": 5}):
        assert place.admin.post(path, body).status == 400, body
    assert place.admin.post("/api/proxies/99999/check", {"via": "endpoint"}).status == 404


# --- last: the stories that ran beside all this, and what ends it all ------------------------------------------------


def test_a_timed_rotation_waits_while_bytes_flow(place):
    told = place.story.result()
    assert told.made["rotate_idle_only"] is True and told.made["idle_wait_until"] is None
    waiting = told.waiting
    assert waiting["rotation_state"] == "idle" and waiting["remote_http"] == told.made["remote_http"]
    assert seconds_until(waiting["due_at"]) < 0 < seconds_until(waiting["idle_wait_until"]), waiting
    assert told.rotations_while_busy == 1, place.log(told.made)
    assert told.after["idle_wait_until"] is None and place.rotations(told.key) == 2
    assert [e for e in place.log(told.made) if e["action"] == "rotate"][0]["params"]["reason"] == "clock"


def test_who_waited_too_long_is_told_on_the_socket(place):
    told = place.slow.result()
    assert told.answer.status == 202 and told.answer.json == {"id": told.made["id"], "status": "running"}, told.answer
    assert 14 < told.seconds < 20
    assert told.later["remote_http"] == place.sim.current(told.key)["http"] == place.other.proxy(told.made["id"])["remote_http"]
    assert len(place.sim.log(key=told.key, call="new")) == 2, "the lost answer is looked up, not asked for again"
    assert [e["action"] for e in place.log(told.made)][:2] == ["rotate", "first_ip"]


def test_when_all_fail_at_once_none_is_replaced(place):
    """HEALTH_CHECK_URL is down, or our own network: the few that fail first are replaced, the rest is left alone, and goes
    on when it is over."""
    fleet = [place.make() for _ in range(12)]
    before = {key: place.rotations(key) for key, _ in fleet}
    Page.status = 503
    try:
        wait_until(lambda: sum(place.other.proxy(made["id"])["status"] == "unhealthy" for _, made in fleet) >= 10, "all fail", 40)
        line = wait_until(lambda: next((e for e in place.other.get("/api/logs").json if e["action"] == "failures_held"), None),
                          "it is said")
        assert line["status"] == "warning" and line["proxy_id"] is None and "upstreams fail at once" in line["message"], line
        assert sum(place.rotations(key) > n for key, n in before.items()) <= 5
        assert place.schedulers[0].metrics()['kiotproxy_scheduler_failure_rotations_total{result="held"}'] >= 1
    finally:
        Page.status = 204
    wait_until(lambda: all(place.other.proxy(made["id"])["status"] == "active" for _, made in fleet), "all is well", 40)
    assert any(e["action"] == "failures_over" for e in place.other.get("/api/logs").json)
    assert sum(place.rotations(key) > n for key, n in before.items()) <= 5
