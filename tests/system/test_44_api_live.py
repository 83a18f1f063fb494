"""WebSocket push: two browsers on two nodes, sessions that end, slow browsers."""

import json
import socket
import time

import pytest

from harness.api import Answer, ApiNode
from harness.redis_server import RedisServer
from harness.simulator import SCALE, wait_until


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    with ApiNode(redis, public_urls="https://dash.example.com") as one, ApiNode(redis) as two:
        yield one, two


@pytest.fixture(scope="module")
def admin(nodes):
    return nodes[0].login()


def test_one_acts_the_other_sees(nodes, admin):
    acting, watching = admin, nodes[1].login()
    with watching.live() as live:
        assert live.wait("hello")["version"].count("-") == 1
        assert live.messages[0]["type"] == "hello"
        proxy = acting.add_static("seen")
        told = live.wait_proxy(proxy["id"])
        assert told == watching.proxy(proxy["id"])
        acting.put(f"/api/proxies/{proxy['id']}", {"note": "changed"})
        live.wait_proxy(proxy["id"], note="changed")
        live.wait("log", lambda m: m["log"]["action"] == "update" and m["log"]["proxy_id"] == proxy["id"])
        acting.put("/api/settings", {"auto_rotate_interval_minutes": 33})
        live.wait("settings", lambda m: m["settings"]["auto_rotate_interval_minutes"] == 33)
        acting.delete(f"/api/proxies/{proxy['id']}")
        live.wait("proxy_deleted", lambda m: m["id"] == proxy["id"])


@pytest.mark.parametrize("origin, bearer, status", [
    ("http://evil.example", False, 403), ("null", False, 403), (None, False, 401), ("https://127.0.0.1.evil.example", False, 403),
    ("http://127.0.0.1", False, 403), ("same", False, None), ("https://dash.example.com", False, None), (None, True, None)])
def test_origins(nodes, admin, origin, bearer, status):
    caller = nodes[0].login(bearer=True) if bearer else admin
    with caller.live(origin=origin) as live:
        assert live.refused == status
        if status is None:
            live.wait("hello")


def test_strangers_and_other_addresses(nodes, admin):
    with nodes[0].nobody.live() as live:
        assert live.refused == 401
    with admin.live(path="/api/ws2") as live:
        assert live.refused == 404
    liar = type(admin)(nodes[0], "A" * 43)
    with liar.live() as live:
        assert live.wait_end() == 4401 and live.messages == []


def upgrade(node, *headers):
    """The answer to a handshake with these headers beside the usual ones."""
    with node.wire() as wire:
        wire.send("\r\n".join(["GET /api/ws HTTP/1.1", f"Host: 127.0.0.1:{node.port}", "Connection: Upgrade", "Upgrade: websocket",
                               "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers, "", ""]).encode())
        status, headers, body = wire.answer()
        return Answer(status, headers.items(), body)


def test_a_refused_program_is_told_what_to_send(nodes, admin):
    node = nodes[0]
    for header, message_id in ((f"Cookie: session_id={admin.session}", "err.no_session"), ("Accept: */*", "err.no_session"),
                               ("Authorization: kp_x", "err.not_bearer")):
        answer = upgrade(node, header)
        assert answer.status == 401 and answer.message_id == message_id and "Bearer <token>" in answer.json["detail"], answer
        assert answer.headers["www-authenticate"] == "Bearer"
    before = node.log().count("its Origin is not ours")
    assert upgrade(node, "Origin: https://evil.example").status == 403
    assert node.log().count("its Origin is not ours") == before + 1


def test_a_call_without_upgrade_is_told_to_upgrade(nodes, admin):
    for caller in (admin, nodes[1].nobody):
        answer = caller.get("/api/ws?token=x")
        assert (answer.status, answer.message_id, answer.headers["upgrade"]) == (426, "err.upgrade", "websocket")
    answer = admin.post("/api/ws")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_broken_handshakes(nodes, admin):
    head = f"GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:{nodes[0].port}\r\nOrigin: http://127.0.0.1:{nodes[0].port}\r\n" \
           f"Cookie: session_id={admin.session}\r\n"
    for rest in ("Upgrade: websocket\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n",
                 "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n",
                 "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: nonsense\r\n"):
        with nodes[0].wire() as wire:
            wire.send((head + rest + "\r\n").encode())
            wire.socket.settimeout(0.2)
            try:
                wire.socket.recv(1000)
            except OSError:
                pass
    assert nodes[0].nobody.get("/api/health").status == 200


def test_logout_closes_it_within_a_second(nodes, admin):
    caller = nodes[0].login()
    with caller.live() as live, caller.on(nodes[1]).live() as elsewhere, admin.live() as another:
        for each in (live, elsewhere, another):
            each.wait("hello")
        start = time.monotonic()
        assert caller.post("/api/auth/logout").status == 204
        assert live.wait_end() == 4401 and elsewhere.wait_end() == 4401
        assert time.monotonic() - start < 1 * SCALE
        admin.put("/api/settings", {"auto_update_enabled": True})
        another.wait("settings")


def test_password_change_closes_it_within_a_second(redis, nodes):
    caller = nodes[0].login()
    with caller.live() as live:
        live.wait("hello")
        password = redis.text("HGET", redis.prefix + "user:1", "password_hash")
        start = time.monotonic()
        assert redis.script("user_set_password", 1, password, "", "admin").status == "OK"
        assert live.wait_end() == 4401
        assert time.monotonic() - start < 1 * SCALE


def test_at_most_one_update_per_proxy_in_100_ms(nodes):
    admin = nodes[0].login()
    proxy = admin.add_static("busy")
    with admin.live() as live:
        live.wait("hello")
        for i in range(60):
            admin.put(f"/api/proxies/{proxy['id']}", {"note": f"burst {i}"})
        live.wait_proxy(proxy["id"], note="burst 59")
        times = [t for t, m in zip(live.times, live.messages) if m["type"] == "proxy" and m["proxy"]["id"] == proxy["id"]]
        assert len(times) < 60
        # Sent at least 100 ms apart; how they arrive may wobble.
        assert all(b - a > 0.05 for a, b in zip(times, times[1:])), times
        assert times[-1] - times[0] >= 0.09 * (len(times) - 1)


def test_slow_browser_is_told_to_read_anew_and_costs_no_queue(redis, nodes):
    """It takes nothing while thousands of lines of history come: resync, and memory stays."""
    admin = nodes[0].login()
    with nodes[0].wire() as wire:
        wire.send(f"GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:{nodes[0].port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  f"Origin: http://127.0.0.1:{nodes[0].port}\r\nSec-WebSocket-Version: 13\r\n"
                  f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nCookie: session_id={admin.session}\r\n\r\n".encode())
        assert wire.answer()[0] == 101
        proxy = admin.add_static("talkative")
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        before = nodes[0].metric("kiotproxy_api_resyncs_total")
        memory = nodes[0].resident_bytes()
        note = "n" * 900
        def push():
            for i in range(400):
                redis.script("proxy_update", proxy["id"], "tester" * 150, "note", note + str(push.count))
                push.count += 1
            return nodes[0].metric("kiotproxy_api_resyncs_total") > before
        push.count = 0
        wait_until(push, "it is given up telling everything", 60)
        assert admin.get("/api/auth/me").status == 200
        assert nodes[0].resident_bytes() - memory < 64 << 20
        data = b""
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        wire.socket.settimeout(10 * SCALE)
        try:
            while b'"resync"' not in data:
                data = data[-100:] + wire.socket.recv(1 << 20)
        except TimeoutError:
            pass
        assert b'"resync"' in data


def test_talkative_browser_is_closed(nodes):
    with nodes[0].login().live() as live:
        live.wait("hello")
        try:
            for _ in range(200):
                live.send(json.dumps({"type": "noise"}))
        except Exception:
            pass
        live.wait_end()


def test_pinged_every_20_seconds(nodes):
    pings = []

    with nodes[0].login().live() as live:
        live.wait("hello")
        original = live.socket.pong
        async def pong(data=b""):
            pings.append(time.monotonic())
            await original(data)
        live.socket.pong = pong
        start = time.monotonic()
        wait_until(lambda: pings, "a ping", 25)
        assert pings[0] - start > 15
        assert not live.ended.is_set()
