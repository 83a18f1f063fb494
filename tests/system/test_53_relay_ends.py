"""A relay ends, by a crash or by SIGTERM, while clients use two of them behind what stands for a balancer."""

import concurrent.futures
import http.client
import socket
import threading
import time

import pytest

from harness.fleet import Fleet
from harness.load import Load
from harness.simulator import SCALE, wait_until

TIMEOUT_S = 20 * SCALE


@pytest.fixture
def fleet():
    with Fleet(relays=2, schedulers=1, DRAIN_NOTICE_SECONDS=1) as it:
        yield it


@pytest.fixture
def proxies(fleet):
    return [fleet.add(f"K{n}", rotate_mode="manual") for n in range(4)]


def test_killed_relay(fleet, proxies):
    """What was open on it is lost, nothing else; the other one serves, and follows rotations."""
    first, second = fleet.addresses
    with Load(fleet, proxies, clients=20, kinds=("plain", "plain_credentials")) as load:
        load.wait_requests(100)
        fleet.relays[0].kill()
        load.use([second])
        load.wait_requests(200)
        lost = load.counts()
        rotated = fleet.rotate(proxies[0])
        load.wait_requests(100)

        fleet.relays[0].start().wait_ready()
        fleet.wait_applied()
        load.use([first, second])
        load.wait_requests(200)
    assert load.result["failed_count"] == lost["failed_count"]
    assert {failure["relay"] for failure in lost["failed"]} <= {first}
    assert fleet.exit_ip(proxies[0], 0) == fleet.exit_ip(proxies[0], 1) == rotated["new_ip"]


# --- SIGTERM -----------------------------------------------------------------------------------------------------


class KeepAlive(threading.Thread):
    """A client that keeps its connection as long as the relay lets it; then, as a balancer would, takes another."""

    def __init__(self, fleet, proxy):
        super().__init__()
        self.fleet, self.proxy = fleet, proxy
        self.stopping = threading.Event()
        self.good, self.told_to_close, self.failed = 0, 0, []

    def connect(self, relay):
        return http.client.HTTPConnection(self.fleet.addresses[relay], self.fleet.port(self.proxy), timeout=TIMEOUT_S)

    def run(self):
        relay, connection = 0, self.connect(0)
        while not self.stopping.is_set():
            try:
                connection.request("GET", "http://origin.test/slow/20")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
                self.good += 1
                if answer.getheader("Connection", "").lower() == "close":
                    self.told_to_close += 1
                    connection.close()
                    relay, connection = 1, self.connect(1)
            except (OSError, AssertionError, http.client.HTTPException) as e:
                self.failed.append(f"relay {relay + 1}: {e!r}")
                return
        connection.close()


def slow_plain(fleet, proxy, milliseconds):
    """A request whose answer takes its time."""
    connection = http.client.HTTPConnection(fleet.addresses[0], fleet.port(proxy), timeout=TIMEOUT_S)
    connection.request("GET", f"http://origin.test/slow/{milliseconds}")
    return connection


def slow_tunnel(fleet, proxy, milliseconds):
    """The same inside a tunnel."""
    connection = http.client.HTTPConnection(fleet.addresses[0], fleet.port(proxy), timeout=TIMEOUT_S)
    connection.set_tunnel("origin.test", 80)
    connection.request("GET", f"/slow/{milliseconds}")
    return connection


def finish(connection):
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def open_connections(relay):
    return relay.metrics()["kiotproxy_relay_connections_open"]


def test_sigterm_loses_no_request(fleet, proxies):
    """Answers under way, short tunnels and kept connections all end well; new connections go elsewhere once readiness
    is red, and find the relay's doors open until then."""
    relay = fleet.relays[0]
    kept = [KeepAlive(fleet, proxy) for proxy in proxies]
    for client in kept:
        client.start()
    try:
        with Load(fleet, proxies, clients=20) as load:
            load.wait_requests(100)
            wait_until(lambda: all(client.good > 5 for client in kept), "the kept connections are in use")
            slow = [make(fleet, proxy, ms) for make in (slow_plain, slow_tunnel) for proxy in proxies
                    for ms in (200, 1200, 2500)]
            wait_until(lambda: open_connections(relay) >= len(slow) + len(kept), "all are under way")
            relay.terminate()
            wait_until(lambda: not relay.is_ready(), "readiness goes red")
            load.use([fleet.addresses[1]])
            with concurrent.futures.ThreadPoolExecutor(len(slow)) as pool:
                assert set(pool.map(finish, slow)) == {200}
            assert relay.wait() == 0
            load.wait_requests(100)
    finally:
        for client in kept:
            client.stopping.set()
            client.join()
    load.expect_no_failure()
    assert load.result["cut"] == []
    assert [client.failed for client in kept] == [[]] * len(kept)
    assert all(client.told_to_close == 1 for client in kept)
    relay.start().wait_ready()
    assert fleet.exit_ip(proxies[0], 0) == fleet.exit_ip(proxies[0], 1)


def test_tunnels_get_their_time_and_no_more(fleet, proxies):
    """A tunnel that does not end is cut after DRAIN_SECONDS, and the relay is gone."""
    relay = fleet.relays[0]
    relay.stop()
    relay.environment["DRAIN_SECONDS"] = "1"
    relay.start().wait_ready()
    with socket.create_connection((fleet.addresses[0], fleet.port(proxies[0])), timeout=TIMEOUT_S) as sock:
        sock.sendall(b"CONNECT origin.test:80 HTTP/1.1\r\nHost: origin.test:80\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        relay.terminate()
        assert relay.wait() == 0
        took = time.monotonic() - began
        assert sock.recv(1) == b""
    assert 1 <= took < 2 + 5 * SCALE
    assert fleet.exit_ip(proxies[0], 1)
