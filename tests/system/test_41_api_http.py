"""HTTP as strangers send it: what is ambiguous is refused, nothing hangs, one answer a request."""

import json
import signal
import subprocess
import time

import pytest

from harness.api import ApiNode, Wire
from harness.redis_server import RedisServer
from harness.simulator import wait_until


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as redis:
        yield redis


@pytest.fixture(scope="module")
def node(redis):
    with ApiNode(redis) as node:
        yield node


@pytest.fixture(scope="module")
def admin(node):
    return node.login()


@pytest.fixture
def frozen(redis):
    """Redis does not answer: requests wait."""
    redis.process.send_signal(signal.SIGSTOP)
    yield
    redis.process.send_signal(signal.SIGCONT)


def get(caller, path="/api/proxies"):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: session_id={caller.session}\r\n\r\n".encode()


def post(caller, path, body, *headers):
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Cookie: session_id={caller.session}", "Content-Type: application/json",
             *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


REFUSED = [
    ("no Host", b"GET /api/health HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", b"GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("chunked", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ("CL and TE", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     411),
    ("TE on GET", b"GET /api/health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 411),
    ("two lengths", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("different lengths", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}", 400),
    ("list of lengths", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\n{}", 400),
    ("signed length", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}", 400),
    ("negative length", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}", 400),
    ("hex length", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\n{}", 400),
    ("huge length", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}", 400),
    ("too long a body", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
     b"Content-Length: 4097\r\n\r\n" + b" " * 4097, 413),
    ("body without Content-Type", b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 415),
]


@pytest.mark.parametrize("data, status", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_ambiguous_or_bad_messages_are_refused(node, data, status):
    answer = node.raw(data + (b"" if status != 415 else b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    if status != 415:
        assert b"connection: close" in answer.lower() and answer.count(b"HTTP/1.1") == 1
    assert b'"message_id"' in answer


def test_large_body_is_refused_in_words_not_by_a_reset(node, admin):
    answer = admin.call("POST", "/api/proxies", raw_body=b"[" + b" " * 3_000_000 + b"]")
    assert answer.status == 413 and answer.message_id == "err.body_too_large"


def test_post_without_length_is_an_empty_body(node, admin):
    data = post(admin, "/api/auth/login", b"")
    answer = node.raw(data)
    assert answer.startswith(b"HTTP/1.1 400 ") and b"connection: close" in answer.lower()


def test_methods(node, admin):
    with node.wire() as wire:
        wire.send(b"HEAD /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        status, headers, _ = wire.answer(head_only=True)
        assert status == 200 and int(headers["content-length"]) > 20
        wire.send(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.answer()[0] == 200
    answer = admin.call("PATCH", "/api/proxies/1")
    assert answer.status == 405 and answer.headers["allow"] == "GET, PUT, DELETE"
    assert admin.call("OPTIONS", "/api/proxies").status == 405
    assert admin.call("POST", "/api/health").status == 405
    assert node.raw(b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    assert not node.raw(b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 2")
    assert not node.raw(b"GET http://x/api/health HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 2")
    assert node.nobody.get("/api/health").status == 200


def test_http_1_0(node):
    answer = node.raw(b"GET /api/health HTTP/1.0\r\nHost: x\r\n\r\n")
    assert b" 200 OK\r\n" in answer and answer.endswith(b"}")
    with node.wire() as wire:
        for _ in range(2):
            wire.send(b"GET /api/health HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
            assert wire.answer()[0] == 200


def test_connection_close_is_obeyed(node):
    assert node.raw(b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").endswith(b"}")


def test_keep_alive_and_pipelining(node, admin):
    with node.wire() as wire:
        for _ in range(20):
            wire.send(get(admin))
            assert wire.answer()[0] == 200
        wire.send(get(admin, "/api/auth/me") * 10 + get(admin, "/api/nothing"))
        assert [wire.answer()[0] for _ in range(11)] == [200] * 10 + [404]
        wire.send(get(admin, "/api/auth/me"))
        assert wire.answer()[0] == 200


@pytest.mark.parametrize("first", ["GET", "PUT"])
def test_body_behind_another_request_is_left_to_a_new_connection(node, admin, first):
    """libwebsockets 4.1 loops forever over such a body: one packet of a stranger stopped the node."""
    body = json.dumps({"auto_update_enabled": True}).encode()
    put = post(admin, "/api/settings", body, f"Content-Length: {len(body)}").replace(b"POST", b"PUT", 1)
    with node.wire() as wire:
        wire.send((get(admin) if first == "GET" else put) + put + get(admin))
        assert wire.answer()[0] == 200
        assert wire.is_closed()
    with node.wire() as wire:
        wire.send(put + get(admin))
        assert [wire.answer()[0], wire.answer()[0]] == [200, 200]
        wire.send(put)
        assert wire.answer()[0] == 200
    stranger = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"
    for tail in (b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\n\r\nx",
                 b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}{}",
                 b"DELETE /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
                 b"PATCH /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\n{}"):
        assert node.raw(stranger + tail).count(b"HTTP/1.1 200") == 1
    assert node.nobody.get("/api/health").status == 200


def test_bytes_behind_a_waiting_request_wait_too(redis, node, admin, frozen):
    """They used to be parsed into the finished head, and the first request told twice."""
    body = json.dumps({"auto_update_enabled": True}).encode()
    put = post(admin, "/api/settings", body, f"Content-Length: {len(body)}").replace(b"POST", b"PUT", 1)
    with node.wire() as one, node.wire() as two:
        one.send(get(admin))
        two.send(put)
        assert node.nobody.get("/api/health").status == 200
        one.send(get(admin, "/api/auth/me"))
        two.send(get(admin, "/api/auth/me"))
        before, start = node.cpu_seconds(), time.monotonic()
        assert node.nobody.get("/api/health").status == 200
        wait_until(lambda: time.monotonic() - start > 0.5, "half a second of waiting")
        assert node.cpu_seconds() - before < 0.25, "waiting connections keep the loop busy"
        redis.process.send_signal(signal.SIGCONT)
        assert [one.answer()[0], one.answer()[0]] == [200, 200]
        assert [two.answer()[0], two.answer()[0]] == [200, 200]


def test_endless_bytes_behind_a_waiting_request_cost_no_memory(redis, node, admin, frozen):
    before = node.resident_bytes()
    with node.wire() as wire:
        wire.send(get(admin))
        wire.socket.settimeout(0.3)
        sent = 0
        try:
            while sent < 64 << 20:
                sent += wire.socket.send(b"x" * 65536)
        except TimeoutError:
            pass
        assert sent < 64 << 20, "everything was taken"
        assert node.resident_bytes() - before < 8 << 20


def test_client_that_leaves_while_it_waits(redis, node, admin, frozen):
    body = json.dumps({"key_name": "left behind", "provider": "static", "upstream": "http://127.0.0.1:9"}).encode()
    wires = [Wire(node) for _ in range(20)]
    for i, wire in enumerate(wires):
        wire.send(get(admin) if i % 2 else post(admin, "/api/proxies", body, f"Content-Length: {len(body)}",
                                               f"Idempotency-Key: left-{i}"))
    assert node.nobody.get("/api/health").status == 200
    for wire in wires:
        wire.__exit__()
    redis.process.send_signal(signal.SIGCONT)
    assert admin.get("/api/proxies").status == 200
    wait_until(lambda: len([p for p in admin.get("/api/proxies").json if p["key_name"] == "left behind"]) == 10,
               "what they asked for takes place")


def test_client_that_leaves_within_its_body(node, admin):
    for _ in range(5):
        with node.wire() as wire:
            wire.send(post(admin, "/api/proxies", b"{", "Content-Length: 100"))
    assert admin.get("/api/proxies").status == 200


def test_large_answer_to_a_slow_reader(redis, node, admin):
    """Longer than the socket's buffers: written piece by piece, and the next request on the connection works."""
    note = "n" * 1000
    for i in range(200):
        admin.add_static(f"bulk {i}", note=note, tags=["bulk"])
    with node.wire() as wire:
        wire.send(get(admin))
        assert admin.get("/api/auth/me").status == 200, "others are served meanwhile"
        status, headers, body = wire.answer()
        assert status == 200 and len(json.loads(body)) == int(headers["x-total-count"]) >= 200
        wire.send(get(admin, "/api/auth/me"))
        assert wire.answer()[0] == 200
    for _ in range(3):
        with node.wire() as wire:
            wire.send(get(admin) + get(admin, "/api/auth/me"))
            wire.socket.recv(100)
    assert admin.get("/api/auth/me").status == 200


def test_expect_100_continue(node, admin):
    body = json.dumps({"key_name": "patient", "provider": "static", "upstream": "http://127.0.0.1:9",
                       "note": "n" * 900}).encode()
    with node.wire() as wire:
        wire.send(post(admin, "/api/proxies", b"", f"Content-Length: {len(body)}", "Expect: 100-continue"))
        status, headers, rest = wire.answer()
        assert status == 100
        wire.send(body)
        assert wire.answer()[0] == 201
        wire.send(get(admin, "/api/auth/me"))
        assert wire.answer()[0] == 200
    too_long = post(admin, "/api/proxies", b"", "Content-Length: 300000", "Expect: 100-continue")
    assert node.raw(too_long).startswith(b"HTTP/1.1 413")


def test_curl(node, admin):
    """The client that most people have, with a body over 1 MiB/1 KiB (Expect) and an offer of HTTP/2."""
    def curl(*args):
        result = subprocess.run(["curl", "-sS", "-m", "20", "-o", "/dev/null", "-w", "%{http_code} %{http_version}",
                                 "-H", f"Cookie: session_id={admin.session}", *args], capture_output=True, text=True)
        assert result.returncode == 0, result
        return result.stdout
    url = f"http://127.0.0.1:{node.port}"
    assert curl("--http2", url + "/api/proxies?limit=1") == "200 1.1"
    assert curl("-X", "POST", "-H", "Content-Type: application/json", "-d", "[" + " " * 60000 + "]", url + "/api/proxies") == "400 1.1"
    assert curl("-I", url + "/api/health") == "200 1.1"


def test_unknown_upgrades(node):
    plain = b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" \
            b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    with node.wire() as wire:
        wire.send(plain)
        assert wire.answer()[0] == 200
        wire.send(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.answer()[0] == 200
    assert b" 101 " not in node.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    node.raw(b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n")
    assert node.nobody.get("/api/health").status == 200


PATHS = [("/api/health/", 404), ("/api//health", 200), ("/api/./health", 200), ("/api/x/../health", 200),
         ("/api%2Fhealth", 200), ("/api/health%00", None), ("/api/health%zz", None), ("/", 404), ("/api", 404),
         ("/api/proxies/01", 404), ("/api/proxies/0", 404), ("/api/proxies/-1", 404), ("/api/proxies/1x", 404),
         ("/api/proxies/99999999999999999999", 404), ("/api/proxies/999999", 404), ("/api/proxies/1/rotate/x", 404),
         ("/../../etc/passwd", 404), ("/api/health?" + "a=1&" * 20, 200)]


@pytest.mark.parametrize("path, status", PATHS)
def test_paths(node, admin, path, status):
    """libwebsockets decodes and folds the path; what it refuses it closes on."""
    answer = node.raw(get(admin, path).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    if status is None:
        assert not answer.startswith(b"HTTP/1.1 2")
    else:
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]


QUERIES = [("limit=1", 200), ("&limit=1", 200), ("q=a&&limit=1", 200), ("limit=%31", 200), ("limit=1&limit=2", 400), ("a=1", 400),
           ("limit=0", 400), ("limit=", 400), ("limit", 400), ("limit=1x", 400), ("limit=+1", 400), ("limit=-1", 400),
           ("limit=99999999999999999999", 400), ("&&limit=x", 400), ("offset=x", 400), ("status=nothing", 400),
           ("status=active", 200), ("status=" + "a" * 100, 400), ("region=bac", 200), ("region=" + "x" * 50, 400),
           ("status=active%26limit=0", 400)]


@pytest.mark.parametrize("query, status", QUERIES)
def test_queries(admin, query, status):
    answer = admin.get("/api/proxies?" + query)
    assert answer.status == status, answer


def test_headers_cannot_be_smuggled_into_answers(node, admin):
    name = "a\r\nSet-Cookie: x=1"
    answer = admin.post("/api/proxies", {"key_name": name, "provider": "static", "upstream": "http://127.0.0.1:9"})
    assert answer.status == 422 and "set-cookie" not in answer.headers
    assert "set-cookie" not in admin.get("/api/proxies?status=%0d%0aSet-Cookie:%20x=1").headers
    assert "set-cookie" not in admin.get("/api/%0d%0aSet-Cookie:%20x=1").headers


def test_head_too_long_closes(node):
    answer = node.raw(b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 40000 + b"\r\n\r\n")
    assert not answer.startswith(b"HTTP/1.1 2")
    assert node.nobody.get("/api/health").status == 200


JSON_BODIES = [b"", b"[]", b"null", b"1", b'"x"', b"{", b"{}{}", b'{"a":1,"a":2}', b'{"a":\x00}', b'{"a":"\\u0000"}', b"\xff",
               b'{"a":1e999}', b"[" * 100 + b"]" * 100, b'{"key_name":"\\ud800"}', b"{'a':1}", b'{"a":01}']


@pytest.mark.parametrize("body", JSON_BODIES)
def test_bad_json(admin, body):
    answer = admin.call("POST", "/api/proxies", raw_body=body)
    assert answer.status == 400 and answer.headers["content-type"] == "application/problem+json", answer
    assert answer.json["status"] == 400 and answer.json["detail"] and answer.json["title"] and answer.json["request_id"]


def test_body_where_none_belongs(admin):
    assert admin.call("GET", "/api/proxies", raw_body=b"{}", Content_Type="application/json").status == 400
    assert admin.get("/api/proxies").status == 200


def test_log_lines_cannot_be_forged(node, admin):
    node.nobody.post("/api/auth/login", {"username": "x\nlevel=error event=forged", "password": "wrong-password"})
    admin.get("/api/proxies", Origin="http://x\x1b[31m")
    for line in node.log().splitlines():
        assert line.startswith("20") and " level=" in line, line
        assert "\x1b" not in line
