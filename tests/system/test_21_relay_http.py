"""Absolute-form HTTP through the real relay, rotation as clients see it, drain, and life without Redis."""

import os
import pathlib
import re
import threading
import time

import pytest

from harness.peers import Client, Upstream, answer, connect_request, echo, get_request, open_tunnel, read_all, read_exactly, read_head, reset
from harness.relay import Relay, RelayFleet
from harness.simulator import SCALE, wait_until

MIB = 1 << 20
CASES = pathlib.Path(__file__).resolve().parents[1] / "unit" / "relay-node" / "cases"


@pytest.fixture(scope="module")
def fleet():
    with RelayFleet() as fleet:
        yield fleet


@pytest.fixture(scope="module")
def relay(fleet):
    with Relay(fleet) as relay:
        yield relay


@pytest.fixture
def make(fleet, relay):
    """make(handler) → (upstream, port)"""
    upstreams = []

    def endpoint(handler, **fields):
        upstream = Upstream(handler).start()
        upstreams.append(upstream)
        number = fleet.endpoint(upstream.address, **fields)
        relay.synced()
        return upstream, relay.port(number)

    yield endpoint
    for upstream in upstreams:
        upstream.stop()


def ask(port, request):
    with Client(port) as client:
        client.send(request)
        return client.response()


# --- one exchange ---


def test_get_is_forwarded_in_absolute_form(make):
    upstream, port = make(answer(b"milk", b"X-Shop: 1"), remote_user="renter")
    status, fields, body = ask(port, get_request("http://shop.example/milk?fresh=1", "X-Mine: 2", "Connection: keep-alive, X-Hop",
                                                 "X-Hop: 3", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic YTpi"))
    assert (status, body, fields["x-shop"]) == (200, b"milk", "1")
    head = upstream.heads[0].decode()
    assert head.startswith("GET http://shop.example/milk?fresh=1 HTTP/1.1\r\n")
    assert "X-Mine: 2\r\n" in head and "X-Hop" not in head and "YTpi" not in head and "Via" not in head
    assert "Proxy-Authorization: Basic cmVudGVyOg==\r\n" in head


def test_keep_alive_serves_one_request_after_another(make):
    upstream, port = make(answer(b"x" * 100))
    with Client(port) as client:
        for i in range(5):
            client.send(get_request(f"http://shop.example/{i}"))
            status, fields, body = client.response()
            assert (status, body) == (200, b"x" * 100)
            assert fields.get("connection", "keep-alive") != "close"
    assert [head.split(b" ")[1][-1:] for head in upstream.heads] == [b"0", b"1", b"2", b"3", b"4"]


def test_pipelined_requests_are_answered_in_order(make):
    def handler(up, sock, head, rest):
        path = head.split(b" ")[1].rsplit(b"/", 1)[1]
        body = path * 1000
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    _, port = make(handler)
    with Client(port) as client:
        client.send(b"".join(get_request(f"http://shop.example/{i}") for i in range(20)))
        for i in range(20):
            assert client.response()[2] == str(i).encode() * 1000


def test_connect_behind_a_get_on_one_connection(make):
    def handler(up, sock, head, rest):
        if head.startswith(b"CONNECT"):
            echo(up, sock, head, rest)
        else:
            answer(b"first")(up, sock, head, rest)

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request() + connect_request() + b"early")
        assert client.response()[2] == b"first"
        assert client.head()[0] == 200
        assert client.exactly(5) == b"early"


@pytest.mark.parametrize("kind", ["length", "chunked"])
@pytest.mark.parametrize("size", [0, 1, 20000, 10 * MIB])
def test_bodies_are_exact_both_ways(make, kind, size):
    data = os.urandom(size)

    def handler(up, sock, head, rest):
        if kind == "length":
            got = read_exactly(sock, size, rest)
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + got)
        else:
            got = rest
            while not got.endswith(b"\r\n0\r\nX-Sum: 1\r\n\r\n"):
                got += sock.recv(1 << 18)
            sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + got)

    _, port = make(handler)
    if kind == "length":
        body = data
        request = get_request("http://shop.example/", f"Content-Length: {size}", method="POST")
    else:
        parts = [data[i:i + 70000] for i in range(0, size, 70000)]
        body = b"".join(b"%x\r\n" % len(part) + part + b"\r\n" for part in parts)
        body = (body or b"1\r\nx\r\n") + b"0\r\nX-Sum: 1\r\n\r\n"
        request = get_request("http://shop.example/", "Transfer-Encoding: chunked", method="POST")
    with Client(port) as client:
        sender = threading.Thread(target=client.send, args=(request + body + get_request("http://shop.example/next"),))
        sender.start()
        status, _, _ = client.head()
        assert status == 200
        assert client.exactly(len(body)) == body
        sender.join()


def test_body_until_close(make):
    data = os.urandom(300000)

    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + data)

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request())
        status, fields, _ = client.head()
        assert status == 200 and fields["connection"] == "close"
        assert client.rest() == data


def test_head_has_no_body(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")

    _, port = make(handler)
    with Client(port) as client:
        for _ in range(2):
            client.send(get_request(method="HEAD"))
            status, fields, _ = client.head()
            assert status == 200 and fields["content-length"] == "500"


def test_100_continue(make):
    def handler(up, sock, head, rest):
        assert b"Expect: 100-continue" in head and not rest
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = read_exactly(sock, 4)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body)

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request("http://shop.example/", "Content-Length: 4", "Expect: 100-continue", method="POST"))
        assert client.head()[0] == 100
        client.send(b"milk")
        assert client.response()[2] == b"milk"


def test_answer_before_the_end_of_the_request(make):
    """The upstream refuses early: the client gets that, and the connection is not used again."""
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        read_all(sock)

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request("http://shop.example/", "Content-Length: 1000000", method="POST") + b"x" * 1000)
        assert client.response()[0::2] == (413, b"no")
        assert client.rest() == b""


def test_upgrade_becomes_a_tunnel(make):
    def handler(up, sock, head, rest):
        assert b"Upgrade: websocket" in head
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi")
        while data := sock.recv(1000):
            sock.sendall(data)

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request("http://shop.example/ws", "Upgrade: websocket", "Connection: Upgrade"))
        assert client.head()[0] == 101
        assert client.exactly(2) == b"hi"
        client.send(b"frame")
        assert client.exactly(5) == b"frame"


def test_truncated_answer_is_not_passed_off_as_complete(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request())
        assert client.head()[0] == 200
        assert client.rest() == b"half"


def test_smuggling_answer_is_refused(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    _, port = make(handler)
    status, fields, _ = ask(port, get_request())
    assert status == 502


def test_upstream_407_never_reaches_the_client(make):
    _, port = make(answer(b"", b"Proxy-Authenticate: Basic", status=b"407 Nope"))
    status, fields, _ = ask(port, get_request())
    assert status == 502 and "proxy-authenticate" not in fields


def test_https_in_absolute_form_gets_its_sentence(make):
    upstream, port = make(answer(b""))
    status, _, body = ask(port, get_request("https://shop.example/"))
    assert status == 400 and b"CONNECT" in body
    assert upstream.accepted == 0


# --- hostile requests, the whole list of the parsers' own tests, end to end ---


def unescape(text):
    def repeat(match):
        return match.group(1) * int(match.group(2))

    text = re.sub(r"\\\{(.*?)\*(\d+)\}", repeat, text)
    out, i = bytearray(), 0
    while i < len(text):
        if text[i] == "\\":
            kind = text[i + 1]
            if kind == "x":
                out.append(int(text[i + 2:i + 4], 16))
                i += 4
                continue
            out += {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}[kind]
            i += 2
        else:
            out += text[i].encode()
            i += 1
    return bytes(out)


def refused_cases():
    for path in ("request_line", "header_syntax", "framing", "target", "hop_by_hop", "other_protocols"):
        name, data, want = None, "", ""
        for line in [*(CASES / f"{path}.txt").read_text().splitlines(), "case    end"]:
            word, _, rest = line.partition(" ")
            if word == "case":
                # A body is judged while it passes; these are about heads.
                if name and want not in ("OK", "NEED_MORE", "BODY_INCOMPLETE"):
                    yield pytest.param(unescape(data), id=f"{path}: {name}")
                name, data, want = rest.strip(), "", ""
            elif word == "send":
                data += rest.lstrip()
            elif word == "want":
                want = rest.strip()


@pytest.fixture(scope="module")
def trap(fleet, relay):
    """An endpoint whose upstream must never see a byte."""
    with Upstream() as upstream:
        number = fleet.endpoint(upstream.address)
        relay.synced()
        yield upstream, relay.port(number)


@pytest.mark.parametrize("data", list(refused_cases()))
def test_hostile_request_reaches_no_upstream(trap, data):
    upstream, port = trap
    for pieces in ([data], [data[i:i + 1] for i in range(min(len(data), 300))] + [data[300:]]):
        with Client(port) as client:
            try:
                for piece in pieces:
                    client.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was all sent
            reply = client.rest()
        assert reply == b"" or re.match(rb"HTTP/1\.1 [45]\d\d ", reply), reply[:100]
    assert upstream.accepted == 0 and upstream.received == 0


@pytest.mark.parametrize("body", [b"5\r\nmilkX0\r\n\r\n", b"0x5\r\nmilky\r\n0\r\n\r\n", b"5\nmilky\r\n0\r\n\r\n", b"4\r\nmilk\r\n0\r\nContent-Length: 9\r\n\r\n"])
def test_malformed_chunks_end_the_connection(make, body):
    seen = []

    def handler(up, sock, head, rest):
        seen.append(rest + read_all(sock))

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request("http://shop.example/", "Transfer-Encoding: chunked", method="POST") + body + get_request())
        assert client.rest().startswith(b"HTTP/1.1 400 ")
    wait_until(lambda: seen, "the upstream connection was closed")
    assert b"GET" not in seen[0]


# --- rotation, as clients see it ---


def test_dead_upstream_without_rotation_is_reported_and_502(fleet, relay):
    upstream = Upstream(echo).start()
    number = fleet.rented(upstream.address)
    relay.synced()
    upstream.stop()
    status, fields, _ = ask(relay.port(number), connect_request())
    assert status == 502 and "connection_refused" in fields["proxy-status"]
    checks = [job for job in fleet.read_jobs() if job["kind"] == "check" and job["id"] == str(number)]
    assert len(checks) == 1, "the upstream was reported once"


@pytest.mark.parametrize("death", ["refuses", "reset", "closes", "silent"])
@pytest.mark.parametrize("request_text", [connect_request(), get_request()], ids=["connect", "get"])
def test_request_waits_for_the_newer_route(fleet, relay, death, request_text):
    """The upstream dies while the route says `rotating`: the client sees no failure."""
    held = threading.Event()

    def dying(up, sock, head, rest):
        if death == "reset":
            reset(sock)
        elif death == "silent":
            held.wait(20)

    def living(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew" if head.startswith(b"GET") else b"HTTP/1.1 200 OK\r\n\r\nnew")

    with Upstream(dying) as old, Upstream(living) as new:
        number = fleet.rented(old.address)
        job, fence = fleet.rotation(number)
        relay.synced()
        if death == "refuses":
            old.stop()
        waits = relay.metric("kiotproxy_relay_route_waits_total")
        with Client(relay.port(number)) as client:
            client.send(request_text)
            if death == "silent":
                wait_until(lambda: old.heads, "the old upstream was asked")
            else:
                wait_until(lambda: relay.metric("kiotproxy_relay_route_waits_total") > waits, "the request waits")
            fleet.finish(job, fence, new.address)
            relay.synced()
            if death == "silent":
                old.stop()  # now it dies, and the newer route is there already
            assert client.head()[0] == 200
            assert client.exactly(3) == b"new"
        held.set()


@pytest.mark.parametrize("request_text", [connect_request(), get_request()], ids=["connect", "get"])
def test_gateway_error_of_a_replaced_upstream_is_not_shown(fleet, relay, request_text):
    go_on = threading.Event()

    def dying(up, sock, head, rest):
        go_on.wait(20)
        sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\ngone")

    def living(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew" if head.startswith(b"GET") else b"HTTP/1.1 200 OK\r\n\r\nnew")

    with Upstream(dying) as old, Upstream(living) as new:
        number = fleet.rented(old.address)
        relay.synced()
        with Client(relay.port(number)) as client:
            client.send(request_text)
            wait_until(lambda: old.heads, "the old upstream was asked")
            job, fence = fleet.rotation(number)
            fleet.finish(job, fence, new.address)
            relay.synced()
            go_on.set()
            assert client.head()[0] == 200
            assert client.exactly(3) == b"new"


def test_gateway_error_of_the_present_upstream_is_the_clients(make):
    _, port = make(answer(b"busy", status=b"503 Later"))
    assert ask(port, get_request())[0::2] == (503, b"busy")


def test_connect_leaves_a_silent_upstream_that_was_replaced(fleet, relay):
    with Upstream() as old, Upstream(echo) as new:
        number = fleet.rented(old.address)
        relay.synced()
        with Client(relay.port(number)) as client:
            client.send(connect_request() + b"early")
            wait_until(lambda: old.heads, "the old upstream was asked")
            job, fence = fleet.rotation(number)
            fleet.finish(job, fence, new.address)
            assert client.head()[0] == 200
            assert client.exactly(5) == b"early"


def test_waiting_has_an_end(fleet):
    with Upstream(echo) as upstream, Relay(fleet, REDIAL_WAIT_MS=300) as relay:
        number = fleet.rented(upstream.address)
        fleet.rotation(number)
        relay.synced()
        upstream.stop()
        began = time.monotonic()
        status, _, _ = ask(relay.port(number), connect_request())
        assert status == 502 and time.monotonic() - began >= 0.3


def test_suspect_wait_catches_a_rotation_that_begins(fleet, relay):
    """No flag yet when the upstream dies; it comes while the request waits."""
    with Upstream(echo) as old, Upstream(echo) as new:
        number = fleet.rented(old.address)
        relay.synced()
        old.stop()
        waits = relay.metric("kiotproxy_relay_route_waits_total")
        with Client(relay.port(number)) as client:
            client.send(connect_request())
            wait_until(lambda: relay.metric("kiotproxy_relay_route_waits_total") > waits, "the request waits")
            job, fence = fleet.rotation(number)
            fleet.finish(job, fence, new.address)
            assert client.head()[0] == 200


def test_a_body_is_never_sent_twice(fleet, relay):
    def dying(up, sock, head, rest):
        reset(sock)

    with Upstream(dying) as old, Upstream(answer(b"new")) as new:
        number = fleet.rented(old.address)
        job, fence = fleet.rotation(number)
        relay.synced()
        status, _, _ = ask(relay.port(number), get_request("http://shop.example/", "Content-Length: 4", method="POST") + b"milk")
        assert status == 502
        fleet.finish(job, fence, new.address)
        assert new.accepted == 0


def test_request_waits_for_the_first_upstream(fleet, relay):
    with Upstream(echo) as new:
        number = fleet.rented()
        job = fleet.job_of(number)
        fence = fleet.claim(job)["fence"]
        relay.synced()
        waits = relay.metric("kiotproxy_relay_route_waits_total")
        with Client(relay.port(number)) as client:
            client.send(connect_request())
            wait_until(lambda: relay.metric("kiotproxy_relay_route_waits_total") > waits, "the request waits")
            fleet.finish(job, fence, new.address)
            assert client.head()[0] == 200


def test_endpoint_without_upstream_says_why(fleet, relay):
    number = fleet.rented()
    relay.synced()
    status, _, body = ask(relay.port(number), connect_request())
    assert status == 503 and b"\n" in body


@pytest.mark.parametrize("on_rotate", ["drain", "cut", "keep"])
def test_what_becomes_of_open_tunnels(fleet, relay, on_rotate):
    with Upstream(echo) as old, Upstream(echo) as new:
        number = fleet.rented(old.address)
        fleet.update(number, on_rotate=on_rotate, drain_seconds=3)
        relay.synced()
        port = relay.port(number)
        with open_tunnel(port) as idle, open_tunnel(port) as busy:
            # An idle tunnel is one without a byte for two seconds; the other one keeps talking.
            began = time.monotonic()
            while time.monotonic() - began < 2.2:
                busy.send(b"x")
                assert busy.exactly(1) == b"x"
                time.sleep(0.05)
            job, fence = fleet.rotation(number)
            fleet.finish(job, fence, new.address)
            relay.synced()
            rotated = time.monotonic()
            with open_tunnel(port):
                wait_until(lambda: new.accepted == 1, "new connections take the new upstream at once")
            if on_rotate == "keep":
                idle.send(b"still")
                assert idle.exactly(5) == b"still"
                busy.send(b"busy")
                assert busy.exactly(4) == b"busy"
                return
            assert idle.rest() == b""
            assert time.monotonic() - rotated < 1 * SCALE, "an idle one ends at once"
            if on_rotate == "cut":
                assert busy.rest() == b""
                return
            ended = None
            try:
                while time.monotonic() - rotated < 20:
                    busy.send(b"y")
                    if busy.sock.recv(1) != b"y":
                        break
                    time.sleep(0.05)
            except (ConnectionResetError, BrokenPipeError):
                pass
            ended = time.monotonic() - rotated
            assert 2.9 < ended < 3 + 2 * SCALE, "a busy one lives for drain_seconds"


def test_drained_tunnel_ends_when_it_falls_idle(fleet, relay):
    with Upstream(echo) as old, Upstream(echo) as new:
        number = fleet.rented(old.address)
        relay.synced()
        with open_tunnel(relay.port(number)) as client:
            client.send(b"x")
            assert client.exactly(1) == b"x"
            job, fence = fleet.rotation(number)
            fleet.finish(job, fence, new.address)
            began = time.monotonic()
            assert client.rest() == b""
            assert time.monotonic() - began < 4 * SCALE


def test_request_in_flight_ends_on_the_old_upstream(fleet, relay):
    go_on = threading.Event()

    def slow(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nold")
        go_on.wait(20)
        sock.sendall(b"one")

    with Upstream(slow) as old, Upstream(answer(b"new")) as new:
        number = fleet.rented(old.address)
        relay.synced()
        with Client(relay.port(number)) as client:
            client.send(get_request())
            client.head()
            assert client.exactly(3) == b"old"
            job, fence = fleet.rotation(number)
            fleet.finish(job, fence, new.address)
            relay.synced()
            go_on.set()
            assert client.exactly(3) == b"one"
            client.send(get_request())
            assert client.response()[2] == b"new"


def test_rotations_under_load_fail_no_request(fleet, relay):
    """Clients without a pause while the upstream is replaced, and the old one killed, again and again."""
    stop = threading.Event()
    failures, served = [], [0]

    def load(port):
        while not stop.is_set():
            try:
                status, _, body = ask(port, get_request())
                if (status, body) != (200, b"milk"):
                    failures.append((status, body))
                served[0] += 1
            except OSError as e:
                failures.append(e)

    upstream = Upstream(answer(b"milk")).start()
    number = fleet.rented(upstream.address)
    relay.synced()
    threads = [threading.Thread(target=load, args=(relay.port(number),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            fresh = Upstream(answer(b"milk")).start()
            job, fence = fleet.rotation(number)
            relay.synced()
            upstream.listener.close()  # no new connection; what it serves it may end
            fleet.finish(job, fence, fresh.address)
            upstream, old = fresh, upstream
            before = served[0]
            wait_until(lambda before=before: served[0] > before + 20, "requests go on")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        upstream.stop()
    assert failures == [] and served[0] > 400


# --- the end, and life without the store ---


def test_sigterm_loses_no_request_in_flight(fleet):
    go_on = threading.Event()

    def slow(up, sock, head, rest):
        if head.startswith(b"CONNECT"):
            echo(up, sock, head, rest)
            return
        go_on.wait(20)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmilk")

    with Upstream(slow) as upstream:
        number = fleet.endpoint(upstream.address)
        relay = Relay(fleet, DRAIN_NOTICE_SECONDS=1, DRAIN_SECONDS=10).start()
        port = relay.port(number)
        with Client(port) as waiting, open_tunnel(port) as tunnel, Client(port) as idle:
            waiting.send(get_request())
            wait_until(lambda: len(upstream.heads) >= 2, "both requests are in flight")
            relay.terminate()
            wait_until(lambda: relay.admin("/readyz")[0] == 503, "readiness is red first")
            with Client(port) as late:  # a balancer has not noticed yet
                late.send(get_request())
                go_on.set()
                assert late.response()[2] == b"milk"
            status, fields, body = waiting.response()
            assert (status, body, fields["connection"]) == (200, b"milk", "close")
            tunnel.send(b"last words")
            assert tunnel.exactly(10) == b"last words"

            def refused():
                try:
                    Client(port).sock.close()
                except ConnectionRefusedError:
                    return True
                return False

            wait_until(refused, "the listeners are closed")
            tunnel.send(b"!")
            assert tunnel.exactly(1) == b"!"
            idle.sock.close()
        assert relay.wait() == 0, relay.output()
    assert "LeakSanitizer" not in relay.output()


def test_drain_has_an_end(fleet):
    with Upstream(echo) as upstream:
        number = fleet.endpoint(upstream.address)
        relay = Relay(fleet, DRAIN_SECONDS=1).start()
        with open_tunnel(relay.port(number)) as tunnel:
            relay.terminate()
            assert relay.wait() == 0, relay.output()
            assert tunnel.rest() == b""


def test_redis_killed_serves_on():
    with RelayFleet() as fleet, Upstream(echo) as upstream:
        with Relay(fleet) as relay:
            number = fleet.endpoint(upstream.address)
            relay.synced()
            port = relay.port(number)
            with open_tunnel(port) as before:
                fleet.process.kill()
                fleet.process.wait()
                wait_until(lambda: relay.metric("kiotproxy_relay_store_up") == 0, "the relay has noticed")
                before.send(b"x")
                assert before.exactly(1) == b"x"
                for _ in range(20):
                    open_tunnel(port).sock.close()
            assert relay.admin("/readyz")[0] == 200, "last-known routes serve on"
            wait_until(lambda: relay.metric("kiotproxy_relay_stale_seconds") > 1, "staleness is told")


def test_descriptors_run_out_and_come_back(fleet):
    """Accepting stops, nothing crashes, those who wait in the kernel's queue are served when others leave."""
    with Upstream(echo) as upstream, Relay(fleet, nofile=420, RELAY_THREADS=1) as relay:
        number = fleet.endpoint(upstream.address)
        relay.synced()
        port = relay.port(number)
        clients = []
        while relay.metric("kiotproxy_relay_accept_pauses_total") == 0:
            clients.append(open_tunnel(port) if len(clients) < 20 else Client(port))
            assert len(clients) < 400
        waiting = Client(port)
        waiting.send(connect_request())
        clients[0].send(b"alive")
        assert clients[0].exactly(5) == b"alive"
        for client in clients:
            client.sock.close()
        assert waiting.head()[0] == 200
        waiting.sock.close()
