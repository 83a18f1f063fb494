"""Rare orders of events in the relay: what nobody sees on a good day, and what hostile peers do on purpose."""

import threading

import pytest

from harness.peers import TIMEOUT_S, Client, Upstream, connect_request, get_request, open_tunnel, reset
from harness.relay import Relay, RelayFleet
from harness.simulator import wait_until

INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture(scope="module")
def fleet():
    with RelayFleet() as fleet:
        yield fleet


@pytest.fixture(scope="module")
def relay(fleet):
    with Relay(fleet, RELAY_THREADS=1) as relay:
        yield relay


@pytest.fixture
def make(fleet, relay):
    """make(handler) → (upstream, port)"""
    upstreams = []

    def endpoint(handler):
        upstreams.append(Upstream(handler).start())
        number = fleet.endpoint(upstreams[-1].address)
        relay.synced()
        return upstreams[-1], relay.port(number)

    yield endpoint
    for upstream in upstreams:
        upstream.stop()


def silent_in_the_middle(up, sock, head, rest):
    """Half an answer, then nothing, until the relay leaves."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nmilk!")
    assert sock.recv(1) == b""


def test_reset_client_of_a_silent_answer_is_let_go(make, relay):
    _, port = make(silent_in_the_middle)
    gone = relay.closed("CLIENT_GONE")
    client = Client(port)
    client.send(get_request())
    assert client.head()[0] == 200
    assert client.exactly(5) == b"milk!"
    reset(client.sock)
    wait_until(lambda: relay.closed("CLIENT_GONE") == gone + 1, "noticed without a byte of the upstream")


def test_reset_behind_a_half_close_is_seen(make, relay):
    """The client ends its side, waits, and is reset: nothing is read from it any more, and nothing written."""
    half_closed, noticed = threading.Event(), threading.Event()

    def handler(up, sock, head, rest):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        assert sock.recv(1) == b""
        half_closed.set()
        noticed.wait(TIMEOUT_S)

    _, port = make(handler)
    gone = relay.closed("CLIENT_GONE")
    client = open_tunnel(port)
    client.finish()
    assert half_closed.wait(TIMEOUT_S)
    reset(client.sock)
    wait_until(lambda: relay.closed("CLIENT_GONE") == gone + 1, "noticed")
    noticed.set()


def flood(up, sock, head, rest):
    while True:
        sock.sendall(INTERIM * 1000)


@pytest.mark.parametrize("request_text", [connect_request(), get_request()], ids=["CONNECT", "GET"])
def test_interim_answers_without_end_are_refused(make, relay, request_text):
    upstream, port = make(flood)
    with Client(port) as client:
        client.send(request_text)
        status = 100
        while status == 100:
            status, fields, _ = client.head()
        assert status == 502 and "http_protocol_error" in fields["proxy-status"]
    assert relay.metric('kiotproxy_relay_malformed_total{rule="RESPONSE_INTERIM_FLOOD"}') >= 1


def test_some_interim_answers_are_fine(make):
    def handler(up, sock, head, rest):
        sock.sendall(INTERIM * 100 + b"HTTP/1.1 204 No Content\r\n\r\n")

    _, port = make(handler)
    with Client(port) as client:
        client.send(get_request())
        seen = [client.head()[0] for _ in range(101)]
    assert seen == [100] * 100 + [204]


def test_our_answer_to_head_has_no_body(make):
    _, port = make(None)
    with Client(port) as client:
        client.send(b"HEAD http://somebody@shop.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        status, fields, _ = client.head()
        assert status == 400 and int(fields["content-length"]) > 0
        assert client.rest() == b""


def test_a_name_given_to_another_proxy_keeps_nothing_of_the_first(fleet, relay, make):
    """The relay sleeps through the deletion and the next use of the same name, port and upstream."""
    upstream, port = make(lambda up, sock, head, rest: (sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n"), sock.recv(1)))
    number = port - relay.port_start
    name = f"proxy{number}"
    with open_tunnel(port) as client:
        route = fleet.text("HGET", fleet.prefix + "routes", name)
        new = route.replace(f'"id":{number},', f'"id":{number + 100000},')
        assert new != route
        fleet.call("HSET", fleet.prefix + "routes", name, new)
        fleet.call("DEL", fleet.prefix + "routes:changes")
        fleet.call("INCR", fleet.prefix + "routes:version")
        assert client.rest() == b"", "the first owner's tunnel has ended"
    fleet.call("HSET", fleet.prefix + "routes", name, route)


def resync(fleet, relay):
    """A new generation, as after a restart of Redis: the relay reads the whole table anew."""
    done = relay.output().count("routes snapshot applied")
    fleet.call("SET", fleet.prefix + "generation_run", "another")
    fleet.call("CLIENT", "KILL", "TYPE", "pubsub")
    fleet.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    wait_until(lambda: relay.output().count("routes snapshot applied") > done, "the relay has a new snapshot", 20)


def test_a_route_that_is_invalid_in_a_snapshot_leaves_the_last_valid_one():
    with RelayFleet() as fleet, Upstream(answer_ok) as first, Upstream(answer_ok) as second, Relay(fleet) as relay:
        broken, other = fleet.endpoint(first.address), fleet.endpoint(first.address)
        relay.synced()
        name = fleet.record(broken)["subdomain"]
        for _ in range(2):  # and what was kept is kept again
            fleet.call("HSET", fleet.prefix + "routes", name, '{"id":')
            resync(fleet, relay)
            assert ask(relay, broken) == ask(relay, other) == b"ok"
        assert relay.output().count("keeping the old route") == 2
        assert len(first.heads) == 4
        fleet.update(broken, remote_http=second.address)
        relay.synced()
        assert ask(relay, broken) == b"ok" and len(second.heads) == 1
        fleet.remove(broken)
        relay.synced()
        with pytest.raises((OSError, AssertionError)):
            ask(relay, broken)


def answer_ok(up, sock, head, rest):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


def ask(relay, number):
    with Client(relay.port(number)) as client:
        client.send(get_request())
        status, _, _ = client.head()
        assert status == 200
        return client.exactly(2)
