"""What a WebSocket may take and give: messages, connections of one user, what two browsers at two nodes are told."""

import asyncio
import contextlib

import pytest

from harness.api import ApiNode
from harness.redis_server import RedisServer
from harness.simulator import SCALE, wait_until

PER_USER = 50


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(redis):
    with ApiNode(redis) as one, ApiNode(redis) as two:
        yield one, two


@pytest.fixture(scope="module")
def admin(nodes):
    return nodes[0].login()


def send(live, message):
    """A text, or the pieces of one message."""
    asyncio.run_coroutine_threadsafe(live.socket.send(message), live.loop).result(10 * SCALE)


def test_a_user_has_fifty_browsers_at_a_node(nodes, admin):
    with contextlib.ExitStack() as stack:
        browsers = [stack.enter_context(admin.live()) for _ in range(PER_USER)]
        for live in browsers:
            live.wait("hello")
        one_more = stack.enter_context(admin.live())
        assert one_more.wait_end() == 4429
        stack.enter_context(admin.on(nodes[1]).live()).wait("hello")
        assert not any(live.ended.is_set() for live in browsers)
        browsers[0].__exit__(None, None, None)
        wait_until(lambda: nodes[0].metric("kiotproxy_api_websockets") < PER_USER, "a place is free")
        stack.enter_context(admin.live()).wait("hello")


@pytest.mark.parametrize("message, code", [
    ("x" * 16 * 1024, None),
    ("x" * (16 * 1024 + 1), 1009),
    (["x" * 4096] * 4, None),
    (["x" * 4096] * 5, 1009),
])
def test_a_message_has_at_most_16_kib(nodes, admin, message, code):
    with admin.live() as live, admin.live() as other:
        live.wait("hello")
        other.wait("hello")
        with contextlib.suppress(Exception):
            send(live, message)
        if code:
            assert live.wait_end() == code
        proxy = admin.add_static("talk")
        (other if code else live).wait_proxy(proxy["id"])


def test_too_many_messages_end_it_with_a_reason(nodes, admin):
    with admin.live() as live:
        live.wait("hello")
        with contextlib.suppress(Exception):
            for _ in range(200):
                send(live, "noise")
        assert live.wait_end() == 1008


def test_two_browsers_at_two_nodes_are_told_the_same(nodes, admin):
    there = admin.on(nodes[1])
    with admin.live() as here, there.live() as far:
        for live in here, far:
            live.wait("hello")
        proxy = admin.add_static("seen by both")
        there.put(f"/api/proxies/{proxy['id']}", {"note": "changed there"})
        there.put("/api/settings", {"auto_update_interval_seconds": 77})
        for live in here, far:
            live.wait_proxy(proxy["id"], note="changed there")
            assert live.wait("settings", lambda m: m["settings"]["auto_update_interval_seconds"] == 77)
            lines = live.wait("log", lambda m: m["log"]["proxy_id"] == proxy["id"] and m["log"]["action"] == "update")["log"]
            assert lines["user"] == "admin"
        admin.delete(f"/api/proxies/{proxy['id']}")
        for live in here, far:
            live.wait("proxy_deleted", lambda m: m["id"] == proxy["id"])
