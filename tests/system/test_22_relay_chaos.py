"""Everything at once: hostile clients, hostile upstreams, routes that change, pause, restart and vanish, links to Redis
that are cut. Nothing is promised to these clients but that the relay neither crashes, nor leaks, nor keeps a connection.

KP_TEST_SCALE multiplies the time; KP_SEED repeats a run.
"""

import collections
import os
import random
import socket
import threading
import time

import pytest

from harness.peers import Client, Upstream, connect_request, get_request, reset
from harness.relay import Relay, RelayFleet
from harness.simulator import wait_until

SECONDS = 8 * float(os.environ.get("KP_TEST_SCALE", "1"))
SEED = int(os.environ.get("KP_SEED", "1"))
DEAD = "127.0.0.1:1"
SHORT = {"DIAL_TIMEOUT_MS": 500, "REDIAL_WAIT_MS": 400, "SUSPECT_WAIT_MS": 200, "UPSTREAM_TIMEOUT_MS": 400,
         "KEEP_ALIVE_TIMEOUT_MS": 500, "HEAD_TIMEOUT_MS": 500, "DRAIN_SECONDS": 3, "LOG_LEVEL": "notice"}


def moody_upstream(up, sock, head, rest):
    mood = random.random()
    if mood < 0.1:
        reset(sock)
    elif mood < 0.2:
        return
    elif mood < 0.25:
        sock.sendall(b"HTTP/1.1 502 Bad\r\n\r\n")
    elif mood < 0.3:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    elif mood < 0.33:
        time.sleep(0.7)
    elif head.startswith(b"CONNECT"):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + rest)
        while data := sock.recv(1 << 18):
            sock.sendall(data)
            if random.random() < 0.02:
                reset(sock)
                return
            if random.random() < 0.02:
                sock.shutdown(socket.SHUT_WR)
    else:
        body = os.urandom(random.choice([1, 20000, 300000]))
        if mood < 0.66:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        else:
            sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")


def use_tunnel(client, rnd, statuses):
    client.send(connect_request() + b"early" * rnd.randrange(5000))
    statuses[client.head()[0]] += 1
    for _ in range(rnd.randrange(5)):
        client.send(os.urandom(rnd.choice([1, 100, 17000, 200000])))
        if rnd.random() < 0.7:
            client.sock.recv(1 << 16)
    if rnd.random() < 0.3:
        client.finish()
        client.rest()


def use_http(client, rnd, statuses):
    post = get_request("http://shop.example/", "Content-Length: 100000", method="POST") + b"x" * 100000
    client.send(b"".join(get_request() if rnd.random() < 0.6 else post for _ in range(rnd.randrange(1, 5))))
    while True:
        status, fields, _ = client.head()
        statuses[status] += 1
        if "content-length" not in fields:
            return
        client.exactly(int(fields["content-length"]))


def misbehave(client, rnd, statuses):
    client.send(os.urandom(rnd.randrange(1, 60000)) if rnd.random() < 0.5 else connect_request()[:rnd.randrange(1, 40)])


def client_loop(pick_port, rnd, stop, statuses):
    while not stop.is_set():
        try:
            with Client(pick_port()) as client:
                client.sock.settimeout(3)
                rnd.choice([use_tunnel, use_http, use_http, misbehave])(client, rnd, statuses)
                if rnd.random() < 0.3:
                    reset(client.sock)
        except (OSError, EOFError, ValueError):
            time.sleep(0.002)


def disturb(fleet, ids, upstreams, rnd):
    op, victim = rnd.random(), rnd.choice(ids)
    if op < 0.5:
        fleet.update(victim, remote_http=rnd.choice([*upstreams, DEAD]))
    elif op < 0.55:
        fleet.update(victim, is_active=0)
    elif op < 0.65:
        fleet.script("proxy_restart", victim, "admin")
    elif op < 0.7:
        fleet.remove(victim)
        ids[ids.index(victim)] = fleet.endpoint(upstreams[0])
    elif op < 0.72:
        fleet.call("CLIENT", "KILL", "TYPE", "pubsub")
    elif op < 0.74:
        fleet.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    else:
        fleet.update(victim, is_active=1)


@pytest.mark.parametrize("end", ["clients leave first", "terminated under load"])
def test_chaos(end):
    rnd, stop, statuses = random.Random(SEED), threading.Event(), collections.Counter()
    with RelayFleet() as fleet, Upstream(moody_upstream) as one, Upstream(moody_upstream) as two, Relay(fleet, **SHORT) as relay:
        upstreams = [one.address, two.address]
        ids = [fleet.endpoint(one.address, on_rotate=policy, drain_seconds=1) for policy in ["cut", "drain", "keep"] * 2]
        relay.synced()
        threads = [threading.Thread(target=client_loop, daemon=True, args=(
            lambda: relay.port(rnd.choice(ids)), random.Random(SEED + i), stop, statuses)) for i in range(8)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + SECONDS
        try:
            while time.monotonic() < until:
                disturb(fleet, ids, upstreams, rnd)
                assert relay.process.poll() is None, "the relay lives"
                time.sleep(0.01)
            relay.synced()
            if end == "terminated under load":
                relay.terminate()
                wait_until(lambda: relay.process.poll() is not None, "the relay ended", 30)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        if end == "clients leave first":
            wait_until(lambda: relay.metric("kiotproxy_relay_connections_open") == 0, "no connection is left behind")
    assert statuses[200] > 20, statuses
