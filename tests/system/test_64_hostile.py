"""Requests that try to be something else: lines in the log, another client, another method, another port's pages."""

import json
import re
import socket

import pytest

from harness.api import ApiNode, read_all
from harness.redis_server import RedisServer

LOGIN = {"username": "admin", "password": "wrong-password"}
# Each tries to end the line, colour the terminal, or hide what follows.
TRICKS = ["\n", "\r\n", "\r", "\x00", "\x1b[2J\x1b[31m", "\x07\x08", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\ufeff", "\U000e0041",
          '" event=forged x="', "\\n", "%0a", "=", "\x9b31m"]


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module", params=["text", "json"])
def node(redis, request):
    with ApiNode(redis, log_format=request.param, api_trusted_proxies="127.0.0.2/32") as node:
        node.format = request.param
        yield node


def without_texts(line):
    """With what stands between quotes taken out."""
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', line)


def events(node):
    """Every line of the log; asserts that each is one event, whole, and of printable characters."""
    lines = node.log().split("\n")
    assert lines.pop() == ""
    for line in lines:
        assert line.isprintable(), ascii(line)
        if node.format == "json":
            event = json.loads(line)
            assert {"time", "level", "event"} <= event.keys(), line
        else:
            assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|notice|warning|error) ", line), line
            assert without_texts(line).count(" event=") == 1, line
    return lines


def test_one_event_is_one_line(node):
    before = len(events(node))
    for trick in TRICKS:
        name = f"x{trick}2026-01-01T00:00:00.000Z level=error event=forged"
        node.nobody.call("POST", "/api/auth/login", raw_body=json.dumps({"username": name, "password": "wrong-password"}))
        node.nobody.call("POST", "/api/auth/login", raw_body=json.dumps({name: 1}))
    for trick in TRICKS:
        raw = f"x{trick}y".encode()
        node.raw(b"GET /api/x" + raw + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        node.raw(b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: http://" + raw + b"\r\nUser-Agent: " + raw +
                 b"\r\nX-Forwarded-For: " + raw + b"\r\nX-Last: 1\r\n\r\n")
        node.raw(b"GET /api/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: http://" + raw + b"\r\nX-Last: 1\r\n\r\n")
    lines = events(node)
    assert len(lines) > before
    forged = [line for line in map(without_texts, lines) if "event=forged" in line]
    assert forged == []


def test_a_megabyte_of_user_agent(node):
    before = sum(map(len, events(node)))
    answer = b""
    with node.connect() as s:
        try:
            s.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\nUser-Agent: " + b"A" * (1 << 20) + b"\r\n\r\n")
            answer = s.recv(4096)
        except OSError:
            pass  # closed before all of it was taken
    assert not answer.startswith(b"HTTP/1.1 2")
    assert node.nobody.get("/api/health").status == 200
    assert sum(map(len, events(node))) - before < 4096


def refused_addresses(node):
    return re.findall(r'event="?login refused"?.*? address=(\S+)', node.log())


def test_only_a_trusted_proxy_says_where_a_client_is(redis):
    """From the right: each trusted hop vouches for the one before it."""
    with ApiNode(redis, bind_address="0.0.0.0", api_trusted_proxies="127.0.0.2/32,203.0.113.0/24") as node:
        def address(source, *forwarded):
            with socket.create_connection(("127.0.0.1", node.port), timeout=20, source_address=(source, 0)) as s:
                body = json.dumps(LOGIN).encode()
                lines = ["POST /api/auth/login HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}",
                         "Connection: close", *forwarded]
                s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                answer = s.recv(65536)
            assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 429")), answer
            return refused_addresses(node)[-1] if b" 401 " in answer[:20] else None

        for claimed in ("X-Forwarded-For: 198.51.100.7", "X-Real-IP: 198.51.100.7", "Forwarded: for=198.51.100.7",
                        "X-Client-IP: 198.51.100.7", "CF-Connecting-IP: 198.51.100.7"):
            assert address("127.0.0.3", claimed) in ("127.0.0.3", None), claimed
        assert address("127.0.0.2", "X-Forwarded-For: 198.51.100.7") == "198.51.100.7"
        assert address("127.0.0.2", "X-Forwarded-For: 6.6.6.6, 198.51.100.8") == "198.51.100.8"
        assert address("127.0.0.2", "X-Forwarded-For: 198.51.100.9, 203.0.113.5") == "198.51.100.9"
        assert address("127.0.0.2", "X-Real-IP: 198.51.100.7") == "127.0.0.2"
        for nonsense in ("x", "198.51.100.300", "1.2.3.4:80", "", ",", "::ffff:127.0.0.1%eth0", "127.0.0.1\t, x"):
            assert address("127.0.0.2", f"X-Forwarded-For: {nonsense}") in ("127.0.0.2", "1.2.3.4", None), nonsense


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"])
def test_headers_that_other_servers_obey_are_ignored(node, header):
    for method, path, value in (("GET", "/api/health", "DELETE"), ("GET", "/api/health", "/api/proxies"), ("POST", "/api/auth/me", "GET")):
        plain, tricked = node.nobody.call(method, path), node.nobody.call(method, path, **{header.replace("-", "_"): value})
        assert (plain.status, plain.headers["content-type"]) == (tricked.status, tricked.headers["content-type"])


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "DEBUG", "PROPFIND", "GETX", "OPTIONS", "PATCH", "PURGE", "MOVE", "CONNECT"])
@pytest.mark.parametrize("path", ["/", "/api/health", "/api/proxies", "*", "/docs"])
def test_other_methods_are_refused_and_tell_nothing(node, method, path):
    answer = node.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\nX-Secret: echoed\r\nConnection: close\r\n\r\n".encode())
    assert not re.match(rb"HTTP/1\.[01] [23]", answer) and b"echoed" not in answer, answer
    assert node.nobody.get("/api/health").status == 200


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/api/metrics", "/debug/pprof", "/server-status", "/.git/HEAD",
                                  "/.env", "/api/.git/config", "/api/../metrics", "/%2e%2e/metrics", "//metrics"])
def test_operators_pages_are_not_on_the_public_port(node, path):
    answer = node.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
    assert re.match(rb"HTTP/1\.[01] 4", answer), answer[:200]
    assert b"kiotproxy_api" not in answer


def test_answers_tell_no_version(node):
    for path in ("/api/nothing", "/api/health", "/"):
        answer = node.nobody.get(path)
        assert not {"server", "x-powered-by", "via"} & answer.headers.keys()
        assert b"libwebsockets" not in answer.body.lower()


@pytest.mark.parametrize("hider", ["x: 1", "con: 1", "h: 1", "transfer: 1"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "POST"])
def test_a_swallowed_length_smuggles_nothing_through_a_proxy(redis, method, hider):
    """libwebsockets swallows the line behind such a header: what the proxy sends as a body was a request of its own."""
    hidden = b"GET /api/nothing-smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    with ApiNode(redis, api_trusted_proxies="127.0.0.1/32") as node:
        head = f"{method} /api/health HTTP/1.1\r\nHost: x\r\n{hider}\r\nContent-Length: {len(hidden)}\r\n\r\n".encode()
        for first, later in ((head + hidden, b""), (head, hidden)):
            with node.connect() as s:
                s.sendall(first)
                answer = s.recv(65536)
                try:
                    s.sendall(later)
                except OSError:
                    pass
                answer += read_all(s)
            assert answer.count(b"HTTP/1.1 ") == 1 and b"There is nothing" not in answer, answer
        with node.wire() as wire:  # what has a length goes on
            for _ in range(3):
                wire.send(b"POST /api/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
                assert wire.answer()[0] == 415
