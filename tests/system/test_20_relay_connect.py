"""CONNECT through the real relay: bytes in order and complete, both ways, whatever the peers do; admission; errors."""

import os
import socket
import threading

import pytest

from harness.peers import (Client, Upstream, basic, connect_request, echo, get_request, open_tunnel, read_all, read_exactly,
                           reset)
from harness.redis_server import PREFIX
from harness.relay import Relay, RelayFleet
from harness.simulator import wait_until

MIB = 1 << 20


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
    """make(handler) → (upstream, port): an endpoint whose upstream runs the handler."""
    upstreams = []

    def endpoint(handler=echo, **fields):
        upstream = Upstream(handler).start()
        upstreams.append(upstream)
        number = fleet.endpoint(upstream.address, **fields)
        relay.synced()
        return upstream, relay.port(number)

    yield endpoint
    for upstream in upstreams:
        upstream.stop()


def test_tunnel_carries_bytes(make):
    upstream, port = make()
    with open_tunnel(port) as client:
        client.send(b"hello")
        assert client.exactly(5) == b"hello"
    assert upstream.heads == [b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n"]


def test_early_bytes_arrive_in_order(make):
    _, port = make()
    with Client(port) as client:
        client.send(connect_request() + b"early ")
        client.send(b"bird")
        status, _, _ = client.head()
        assert status == 200
        client.send(b" worm")
        assert client.exactly(15) == b"early bird worm"


def test_head_in_single_bytes(make):
    _, port = make()
    with Client(port) as client:
        for byte in connect_request() + b"tail":
            client.send(bytes([byte]))
        assert client.head()[0] == 200
        assert client.exactly(4) == b"tail"


def test_upstream_bytes_right_behind_its_answer(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\nX-Fluff: 1\r\n\r\nbanner")
        sock.sendall(sock.recv(100))

    _, port = make(handler)
    with open_tunnel(port) as client:
        assert client.exactly(6) == b"banner"
        client.send(b"x")
        assert client.exactly(1) == b"x"


def test_answer_with_bare_lf_and_interim_answers(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Connection established\n\nok")

    _, port = make(handler)
    with open_tunnel(port) as client:
        assert client.rest() == b"ok"


def test_client_half_close_is_passed_on(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        asked = rest + read_all(sock)
        sock.sendall(b"got " + asked)

    _, port = make(handler)
    with open_tunnel(port) as client:
        client.send(b"question")
        client.finish()
        assert client.rest() == b"got question"


def test_upstream_half_close_is_passed_on(make):
    late = []
    done = threading.Event()

    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nbye")
        sock.shutdown(socket.SHUT_WR)
        late.append(read_all(sock))
        done.set()

    _, port = make(handler)
    with open_tunnel(port) as client:
        assert client.rest() == b"bye"
        client.send(b"still talking")
        client.finish()
        assert done.wait(10)
    assert late == [b"still talking"]


@pytest.mark.parametrize("size", [1, 16384, 16385, 50 * MIB])
def test_bytes_are_exact_both_ways(make, relay, size):
    """Large ones go by splice(2)."""
    _, port = make()
    data = os.urandom(size)
    with open_tunnel(port) as client:
        sender = threading.Thread(target=lambda: (client.send(data), client.finish()))
        sender.start()
        assert client.rest() == data
        sender.join()
    if size > MIB:
        assert relay.metric("kiotproxy_relay_spliced_bytes_total") > MIB


def test_slow_reader_gets_everything(make):
    """The upstream sends far more than the buffers hold before the client reads a byte."""
    data = os.urandom(8 * MIB)

    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + data)

    upstream, port = make(handler)
    client = socket.socket()
    with client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(60)
        client.connect(("127.0.0.1", port))
        client.sendall(connect_request())
        got = bytearray()
        while len(got) < 64 * 1024:
            got += client.recv(512)
        while part := client.recv(65536):
            got += part
    assert bytes(got).split(b"\r\n\r\n", 1)[1] == data


def test_reset_of_the_upstream_ends_the_tunnel(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        sock.recv(1)
        reset(sock)

    _, port = make(handler)
    with open_tunnel(port) as client:
        client.send(b"x")
        assert client.rest() == b""


def test_many_tunnels_at_once(make):
    _, port = make()
    clients = [open_tunnel(port) for _ in range(200)]
    for i, client in enumerate(clients):
        client.send(b"%08d" % i)
    for i, client in enumerate(clients):
        assert client.exactly(8) == b"%08d" % i
        client.sock.close()


# --- who is let in ---


def refused(port, data, source="127.0.0.1"):
    with Client(port, source) as client:
        client.send(data)
        status, fields, body = client.response()
        assert client.rest() == b"", "a refused connection is closed"
        return status, fields, body.decode()


def test_without_credentials_407(make):
    upstream, port = make(allow="[]")
    status, fields, body = refused(port, connect_request())
    assert status == 407
    assert fields["proxy-authenticate"].startswith("basic realm=")
    assert "127.0.0.1" in body and "Nhập user" in body
    assert upstream.accepted == 0


def test_password_of_the_port_in_any_case_of_the_user(fleet, make):
    upstream, port = make(allow="[]", password="right-one")
    name = fleet.call("HKEYS", PREFIX + "routes")[-1].decode()
    names = {n.decode(): n.decode() for n in fleet.call("HKEYS", PREFIX + "routes")}
    number = max(int(n[5:]) for n in names)
    name = f"proxy{number}"
    for user in (name, name.upper()):
        value = basic(user, "right-one").decode()
        with open_tunnel(port, "Proxy-Authorization: " + value) as client:
            client.send(b"in")
            assert client.exactly(2) == b"in"
    assert all(b"uthorization" not in head for head in upstream.heads)
    for user, password in ((name, "wrong-one"), ("proxy999", "right-one"), (name, ""), ("", "right-one")):
        status, _, _ = refused(port, connect_request("shop.example:443",
                                                     "Proxy-Authorization: " + basic(user, password).decode()))
        assert status == 407


def test_shared_port_selects_by_user(fleet, relay, make):
    one, port_one = make(allow="[]", password="pass-one")
    two, port_two = make(allow="[]", password="pass-two")
    first = port_one - relay.port_start
    second = port_two - relay.port_start
    for upstream, number, password in ((one, first, "pass-one"), (two, second, "pass-two")):
        value = basic(f"Proxy{number}", password).decode()
        with open_tunnel(relay.http_port, "Proxy-Authorization: " + value):
            assert wait_until(lambda upstream=upstream: len(upstream.heads) == 1, "the right upstream was asked")
    # The other's password, an unknown name, and no name at all look the same.
    bodies = set()
    for user, password in ((f"proxy{first}", "pass-two"), ("proxy998", "pass-one")):
        status, _, body = refused(relay.http_port, connect_request(
            "shop.example:443", "Proxy-Authorization: " + basic(user, password).decode()))
        assert status == 407
        bodies.add(body)
    status, _, body = refused(relay.http_port, connect_request())
    assert status == 407
    assert bodies == {body}


def test_allowed_address_needs_no_password_and_only_it(make):
    _, port = make(allow='[{"cidr":"127.0.0.2/32","until":null}]')
    with Client(port, "127.0.0.2") as client:
        client.send(connect_request("shop.example:443", "Proxy-Authorization: Basic !!!!"))
        assert client.head()[0] == 200
    assert refused(port, connect_request(), "127.0.0.3")[0] == 407


def test_allowed_until(fleet, make):
    past, future = fleet.now() - 1000, fleet.now() + 3600000
    _, port = make(allow=f'[{{"cidr":"127.0.0.2/32","until":{past}}},{{"cidr":"127.0.0.3/32","until":{future}}}]')
    assert refused(port, connect_request(), "127.0.0.2")[0] == 407
    with Client(port, "127.0.0.3") as client:
        client.send(connect_request())
        assert client.head()[0] == 200


def test_upstream_credentials_go_to_the_upstream_only(make):
    upstream, port = make(remote_user="renter")
    with open_tunnel(port, "Proxy-Authorization: Basic Y2FuYXJ5OmNhbmFyeQ=="):
        pass
    assert b"\r\nProxy-Authorization: " + basic("renter", "") + b"\r\n" in upstream.heads[0]
    assert b"Y2FuYXJ5OmNhbmFyeQ" not in upstream.heads[0]


# --- what is refused, and how ---


def test_connection_limit_of_an_endpoint_counts_for_the_process(make):
    _, port = make(limits='{"connections":3}')
    held = [open_tunnel(port) for _ in range(3)]
    status, fields, _ = refused(port, connect_request())
    assert status == 503 and "connection_limit_reached" in fields["proxy-status"]
    held.pop().sock.close()

    def admitted():
        with Client(port) as client:
            client.send(connect_request())
            return client.head()[0] == 200

    wait_until(admitted, "a place is free again")
    for client in held:
        client.sock.close()


def test_upstream_auth_refusal_becomes_502(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")

    _, port = make(handler)
    status, fields, _ = refused(port, connect_request())
    assert status == 502
    assert "proxy-authenticate" not in fields
    assert "received-status=407" in fields["proxy-status"]


def test_upstream_refusal_keeps_its_status(make):
    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret")

    _, port = make(handler)
    status, fields, body = refused(port, connect_request())
    assert status == 403 and "secret" not in body
    assert "received-status=403" in fields["proxy-status"]


@pytest.mark.parametrize("answer", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n", b"\x16\x03\x01\x00\x00"])
def test_malformed_upstream_answer_is_502(make, answer):
    def handler(up, sock, head, rest):
        sock.sendall(answer)

    _, port = make(handler)
    assert refused(port, connect_request())[0] == 502


def test_tls_and_socks_on_the_plain_port_are_counted_and_closed(relay, make):
    upstream, port = make()
    for data, reason in ((b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", "TLS_ON_PLAIN_PORT"), (b"\x05\x01\x00", "SOCKS_ON_HTTP_PORT")):
        before = relay.closed(reason)
        with Client(port) as client:
            client.send(data)
            assert client.rest() == b""
        wait_until(lambda reason=reason, before=before: relay.closed(reason) == before + 1, "counted")
    assert upstream.accepted == 0


@pytest.mark.parametrize("host, told", [
    ("localhost", "localhost:80"),
    ("Proxy1.example.com:7402", "Proxy1.example.com:7402"),
    ("[::1]:9001", "[::1]:9001"),
    (None, "127.0.0.1:{port}"),
    ("a<b>:1", "127.0.0.1:{port}"),
    ("shop.example:99999", "127.0.0.1:{port}"),
])
def test_browser_is_told_where_the_proxy_is(make, host, told):
    _, port = make()
    fields = "" if host is None else f"Host: {host}\r\n"
    status, _, body = refused(port, f"GET / HTTP/1.1\r\nAccept: */*\r\n{fields}\r\n".encode())
    assert status == 400
    assert f" {told.format(port=port)} " in body


def test_paused_endpoint_listens_and_says_so(fleet, relay, make):
    _, port = make()
    number = port - relay.port_start
    with open_tunnel(port) as client:
        fleet.update(number, is_active=0)
        relay.synced()
        assert client.rest() == b"", "pausing ends what is open"
    status, _, body = refused(port, connect_request())
    assert status == 403 and "paused" in body
    fleet.update(number, is_active=1)
    relay.synced()
    open_tunnel(port).sock.close()


def test_deleted_endpoint_is_gone_at_once(fleet, relay, make):
    _, port = make()
    with open_tunnel(port) as client:
        fleet.remove(port - relay.port_start)
        relay.synced()
        assert client.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        Client(port)


def test_restart_drops_the_tunnels(fleet, relay, make):
    _, port = make()
    with open_tunnel(port) as client:
        fleet.script("proxy_restart", port - relay.port_start, "admin")
        relay.synced()
        assert client.rest() == b""
    open_tunnel(port).sock.close()


def test_private_upstreams_and_destinations_are_refused(fleet):
    with Upstream(echo) as upstream, Relay(fleet, UPSTREAM_ALLOW_PRIVATE="false", DESTINATION_DENY="9.9.9.0/24, .corp.example") as relay:
        number = fleet.endpoint(upstream.address)
        relay.synced()
        for target in ("127.0.0.1:80", "localhost:80", "[::1]:80", "10.1.2.3:80", "169.254.169.254:80", "2130706433:80", "9.9.9.9:80", "a.corp.example:1"):
            status, fields, _ = refused(relay.port(number), connect_request(target))
            assert (status, "http_request_denied" in fields["proxy-status"]) == (403, True), target
        status, fields, _ = refused(relay.port(number), connect_request())
        assert status == 502 and "destination_ip_prohibited" in fields["proxy-status"]
        assert upstream.accepted == 0


def test_a_taken_port_is_reported_and_retried(fleet, relay):
    numbers = [int(n[5:]) for n in fleet.call("HKEYS", PREFIX + "routes")]
    port = relay.port(max(numbers) + 1)
    with Upstream(echo) as upstream:
        with socket.create_server(("127.0.0.1", port)):
            number = fleet.endpoint(upstream.address)
            assert relay.port(number) == port
            wait_until(lambda: relay.metric("kiotproxy_relay_listen_failed") == 2, "both workers report it")
        wait_until(lambda: relay.metric("kiotproxy_relay_listen_failed") == 0, "listening at last")
        open_tunnel(port).sock.close()


def test_usage_reaches_the_store(fleet, relay, make):
    _, port = make()
    number = port - relay.port_start
    with open_tunnel(port) as client:
        client.send(b"u" * 1000)
        client.exactly(1000)
    wait_until(lambda: int(fleet.hash(f"stats:{number}").get("bytes_down", "0")) >= 1000, "usage was flushed", 20)
    stats = fleet.hash(f"stats:{number}")
    assert 1000 <= int(stats["bytes_up"]) < 1300 and stats["connections"] == "1" and stats["errors"] == "0"


def test_usage_waits_for_a_redis_that_takes_no_writes(fleet, relay, make):
    _, port = make()
    number = port - relay.port_start
    fleet.call("CONFIG", "SET", "maxmemory", 1)
    try:
        with open_tunnel(port) as client:
            client.send(b"u" * 1000)
            client.exactly(1000)
        wait_until(lambda: "usage was not taken" in relay.output(), "it was tried", 20)
    finally:
        fleet.call("CONFIG", "SET", "maxmemory", 0)
    wait_until(lambda: int(fleet.hash(f"stats:{number}").get("bytes_down", "0")) >= 1000, "usage was flushed", 20)
    assert fleet.hash(f"stats:{number}")["connections"] == "1"


def test_heartbeat_tells_what_is_applied(fleet, relay):
    nodes = [name.decode() for name in fleet.call("ZRANGE", PREFIX + "nodes", 0, -1)]
    beats = [fleet.hash(f"node:{node}") for node in nodes]
    beat = next(b for b in beats if b.get("http_port") == str(relay.http_port))
    assert beat["role"] == "relay" and beat["port_start"] == str(relay.port_start)
    wait_until(lambda: any(fleet.hash(f"node:{n}").get("routes_ver") == fleet.text("GET", PREFIX + "routes:version")
                           for n in nodes), "the version applied is reported")


def test_not_synced_means_not_ready_and_no_ports():
    """Redis away from the start."""
    with RelayFleet() as gone:
        pass
    relay = Relay(gone).start(ready=False)
    try:
        wait_until(lambda: relay.admin("/healthz"), "the relay lives")
        assert relay.admin("/readyz")[0] == 503
        status, _, _ = refused(relay.http_port, connect_request("shop.example:443", "Proxy-Authorization: " + basic("proxy1", "x").decode()))
        assert status == 503
        with pytest.raises(ConnectionRefusedError):
            Client(relay.port(1))
    finally:
        assert relay.stop() == 0


def test_silent_and_slow_clients_are_closed(fleet):
    with Upstream(echo) as upstream, Relay(fleet, HEAD_TIMEOUT_MS=300) as relay:
        number = fleet.endpoint(upstream.address)
        relay.synced()
        with Client(relay.port(number)) as silent:
            assert silent.rest() == b""
        with Client(relay.port(number)) as slow:
            slow.send(b"CONNECT shop")
            assert slow.head()[0] == 408
        assert upstream.accepted == 0


def test_help_and_wrong_values():
    import subprocess

    from harness.simulator import build_dir
    program = str(build_dir() / "relay-node" / "relay-node")
    done = subprocess.run([program, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "REDIAL_WAIT_MS" in done.stdout
    done = subprocess.run([program], capture_output=True, text=True, env={**os.environ, "RELAY_THREADS": "abc"})
    assert done.returncode == 2 and "RELAY_THREADS" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["METRICS_PORT", "RELAY_HTTP_PORT"])
def test_own_ports_are_no_endpoints(fleet, name):
    """Else an endpoint's clients would meet another server there."""
    for port in (9001, 9999):
        relay = Relay(fleet, PROXY_PORT_START=9000, PROXY_PORT_END=9999, **{name: port}).start(ready=False)
        assert relay.wait() == 2
        assert relay.output() == (f"relay-node: {name}={port}: must not be a port of an endpoint "
                                  "(PROXY_PORT_START=9000 to PROXY_PORT_END=9999)\n")


def test_pipelined_garbage_behind_a_refused_connect_is_not_read(make):
    upstream, port = make(allow="[]")
    with Client(port) as client:
        client.send(connect_request() + get_request())
        assert client.head()[0] == 407
        assert b"HTTP/1.1" not in client.rest()
    assert upstream.accepted == 0


def test_read_exactly_is_strict():
    """The harness itself: a short stream is an error, not a short answer."""
    one, two = socket.socketpair()
    with one, two:
        two.sendall(b"ab")
        two.close()
        with pytest.raises(EOFError):
            read_exactly(one, 3)
