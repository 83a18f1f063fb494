"""Small peers for the relay's tests: upstream proxies that do exactly what a test says, and a raw client.

Everything is blocking sockets in threads: slow, simple, and free of the product's own ideas of HTTP.
"""

import base64
import contextlib
import socket
import threading

from harness.simulator import SCALE

TIMEOUT_S = 20 * SCALE


def read_head(sock, early=b""):
    """Bytes up to and with the empty line, and what came behind it. EOFError when the peer ends before."""
    data = early
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            raise EOFError(data)
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head + b"\r\n\r\n", rest


def read_all(sock):
    """Everything up to the end of file; a reset ends it, too."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(1 << 18):
            parts.append(part)
    return b"".join(parts)


def read_exactly(sock, count, early=b""):
    data = bytearray(early)
    while len(data) < count:
        more = sock.recv(min(1 << 18, count - len(data)))
        if not more:
            raise EOFError(bytes(data[:200]))
        data += more
    return bytes(data)


class Upstream:
    """A listening peer: with Upstream(lambda up, sock, head, rest: sock.sendall(…)) as up: up.address

    The handler gets each connection after one head was read from it; without a handler the connection is only held.
    `heads` lists the heads seen; `received` counts every byte of every connection read before its handler ran.
    """

    def __init__(self, handler=None):
        self.handler = handler
        self.heads = []
        self.received = 0
        self.accepted = 0
        self.listener = None
        self.sockets = []
        self.closing = False

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", getattr(self, "port", 0)), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    __enter__ = start

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        """The upstream dies: the listener goes, its connections are cut."""
        self.closing = True
        if self.listener:
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.thread.join(TIMEOUT_S)
            self.listener = None
        for sock in self.sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while not self.closing:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.sockets.append(sock)
            sock.settimeout(TIMEOUT_S)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock, contextlib.suppress(OSError, EOFError):
            try:
                head, rest = read_head(sock)
            except EOFError as e:
                self.received += len(e.args[0])
                return
            self.received += len(head) + len(rest)
            self.heads.append(head)
            if self.handler:
                self.handler(self, sock, head, rest)
            else:
                sock.recv(1)


def reset(sock):
    """Closes with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()


def echo(up, sock, head, rest):
    """Accepts a CONNECT, then sends back whatever comes; ends when the client's side ends."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + rest)
    while data := sock.recv(1 << 18):
        sock.sendall(data)


def answer(body, *fields, status=b"200 OK"):
    """A handler that gives this answer to one request whose head it got."""

    def handle(up, sock, head, rest):
        lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields]
        sock.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    return handle


class Client:
    """A raw connection to the relay."""

    def __init__(self, port, source="127.0.0.1"):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S, source_address=(source, 0))
        self.early = b""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def head(self):
        """The next head as (status, fields with lower-case names, all bytes)."""
        head, self.early = read_head(self.sock, self.early)
        lines = head[:-4].decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        return int(lines[0].split(" ")[1]), fields, head

    def exactly(self, count):
        take, self.early = self.early[:count], self.early[count:]
        return read_exactly(self.sock, count, take)

    def response(self):
        """(status, fields, body) of a response with Content-Length, or up to the end of file."""
        status, fields, _ = self.head()
        if "content-length" in fields:
            return status, fields, self.exactly(int(fields["content-length"]))
        return status, fields, self.rest()

    def rest(self):
        data, self.early = self.early, b""
        return data + read_all(self.sock)

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)


def basic(user, password):
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def connect_request(target="shop.example:443", *fields):
    return "\r\n".join([f"CONNECT {target} HTTP/1.1", f"Host: {target}", *fields]).encode() + b"\r\n\r\n"


def get_request(target="http://shop.example/", *fields, method="GET"):
    host = target.split("/")[2]
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]).encode() + b"\r\n\r\n"


def open_tunnel(port, *fields, target="shop.example:443"):
    """A client whose CONNECT was answered with 200."""
    client = Client(port)
    client.send(connect_request(target, *fields))
    status, _, head = client.head()
    assert status == 200, head
    return client
