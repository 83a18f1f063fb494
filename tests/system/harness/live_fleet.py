"""What the tests of live figures share: a fleet with an echoing upstream, tunnels through it, browsers, a plain user."""

import contextlib
import socket

from harness.api import Caller, Live
from harness.fleet import Fleet
from harness.peers import Upstream, echo
from harness.simulator import SCALE, wait_until


CONNECT = b"CONNECT target.test:443 HTTP/1.1\r\nHost: target.test:443\r\n\r\n"


class LiveFleet(Fleet):
    """with LiveFleet(relays=2, apis=2) as fleet: proxy = fleet.fixed(); fleet.tunnel(proxy)"""

    def __enter__(self):
        self.upstream = Upstream(echo).start()
        return super().__enter__()

    def __exit__(self, *exc):
        try:
            super().__exit__(*exc)
        finally:
            self.upstream.stop()

    def fixed(self, name="fixed", **fields):
        """A proxy through the echoing upstream, known to every relay."""
        proxy = self.want(201, "POST", "/proxies", {"key_name": name, "provider": "static",
                                                    "upstream": f"http://{self.upstream.address}", **fields})
        self.wait_applied(proxy["version"])
        return proxy

    def node(self, api=0):
        """The api-node as a Caller's node."""
        return type("Node", (), {"port": int(self.apis[api].environment["API_PORT"])})

    def caller(self, api=0, token=None):
        return Caller(self.node(api), token or self.token, bearer=True)

    def live(self, api=0, token=None):
        """A browser's WebSocket."""
        return Live(self.caller(api, token))

    def user(self, username, role="user"):
        """Somebody who is no administrator: (id, the token of a session)."""
        made = self.want(201, "POST", "/users", {"username": username, "role": role})
        login = Caller(self.node()).post("/api/auth/login", {"username": username, "password": made["password"]})
        assert login.status == 200, login
        return made["id"], login.json["session_id"]

    def tunnel(self, proxy, relay=0):
        return Tunnel(self.addresses[relay], self.port(proxy))


class Tunnel:
    """A CONNECT through an endpoint, answered 200."""

    def __init__(self, address, port):
        self.socket = socket.create_connection((address, port), timeout=20 * SCALE)
        self.socket.sendall(CONNECT)
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            piece = self.socket.recv(4096)
            if not piece:
                break
            self.head += piece
        self.status = int(self.head.split(b" ")[1])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def echo(self, size=10000):
        """There and back: `size` bytes each way."""
        self.socket.sendall(b"x" * size)
        left = size
        while left:
            piece = self.socket.recv(65536)
            assert piece, "the tunnel ended"
            left -= len(piece)

    def is_cut(self):
        self.socket.settimeout(0.01)
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            return self.socket.recv(1) == b""
        return False


def wait_rate(live, proxy, matches, echoing=None, timeout_s=15):
    """Until what the browser was told of the proxy last matches(bytes_up_s, bytes_down_s, connections): the frame that
    told it, and the three numbers."""

    def look():
        if echoing:
            echoing.echo()
        for message in reversed(live.of("stats")):
            for item in message["rates"]:
                if item[0] == proxy["id"]:
                    return (message, item[1:]) if matches(*item[1:]) else None
        return None

    return wait_until(look, "a rate that matches", timeout_s)
