"""Many clients at once, each opening a new connection for every request; a process of its own, so that the load does
not wait for the test's Python. Driven by harness/load.py over stdin and stdout, one JSON text a line.

First line in: {"relays": [addresses], "endpoints": [{id, port, http_port, user, password}], "clients": N,
"timeout_s": S, "kinds": [names of KINDS]}. Then {"relays": […]} changes the addresses, {} asks for the counts so far;
end of input stops the clients. Each line, and the end, is answered with the counts.

A request may end in three ways: well; `cut`: its tunnel was already answered 200 and then broke; `failed`: all else.
"""

import asyncio
import base64
import contextlib
import json
import random
import socket
import sys
import time

ORIGIN = "origin.test"
GET = f"GET {{}}/ip HTTP/1.1\r\nHost: {ORIGIN}\r\nConnection: close\r\n{{}}\r\n"
KEPT = 20  # failures and cuts kept with all they say


class Failed(Exception):
    """Why a request did not end well."""


class Cut(Exception):
    """A tunnel that was open broke."""


def authorization(endpoint):
    text = f"{endpoint['user']}:{endpoint['password']}".encode()
    return f"Proxy-Authorization: Basic {base64.b64encode(text).decode()}\r\n"


class Request:
    """One connection, one request."""

    def __init__(self, loop, sock):
        self.loop, self.sock, self.data = loop, sock, b""

    async def send(self, text):
        await self.loop.sock_sendall(self.sock, text.encode())

    async def until(self, done):
        while not done(self.data):
            part = await self.loop.sock_recv(self.sock, 65536)
            if not part:
                return
            self.data += part

    async def answer(self):
        """An answer that ends with the connection: checked whole."""
        await self.until(lambda data: False)
        head, _, body = self.data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise Failed(f"answered {self.data[:300]!r}")
        try:
            return json.loads(body)["ip"]
        except (ValueError, KeyError):
            raise Failed(f"body {body[:300]!r}") from None


async def plain(request, headers):
    await request.send(GET.format(f"http://{ORIGIN}", headers))
    return await request.answer()


async def tunnel(request, headers):
    await request.send(f"CONNECT {ORIGIN}:80 HTTP/1.1\r\nHost: {ORIGIN}:80\r\n{headers}\r\n")
    await request.until(lambda data: b"\r\n\r\n" in data)
    head, _, rest = request.data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise Failed(f"CONNECT answered {request.data[:300]!r}")
    request.data = rest
    try:
        await request.send(GET.format("", ""))
        return await request.answer()
    except (OSError, Failed) as e:
        raise Cut(repr(e)) from None


KINDS = {  # name: (which port, with credentials, what is done)
    "plain": ("port", False, plain),
    "tunnel": ("port", False, tunnel),
    "plain_credentials": ("http_port", True, plain),
    "tunnel_credentials": ("http_port", True, tunnel),
}


class Load:
    def __init__(self, plan):
        self.relays = plan["relays"]
        self.endpoints = plan["endpoints"]
        self.kinds = plan["kinds"]
        self.timeout_s = plan["timeout_s"]
        self.stopping = False
        self.good = self.failed_count = 0
        self.failed, self.cut, self.times_ms = [], [], []

    async def request(self, relay, endpoint, kind):
        port, credentials, act = KINDS[kind]
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        sock.setblocking(False)
        with sock:
            await loop.sock_connect(sock, (relay, endpoint[port]))
            await act(Request(loop, sock), authorization(endpoint) if credentials else "")

    async def client(self):
        while not self.stopping:
            relay, endpoint, kind = random.choice(self.relays), random.choice(self.endpoints), random.choice(self.kinds)
            began = time.monotonic()
            what = {"relay": relay, "endpoint": endpoint["id"], "kind": kind, "began": began}
            try:
                await asyncio.wait_for(self.request(relay, endpoint, kind), self.timeout_s)
                self.good += 1
                self.times_ms.append((time.monotonic() - began) * 1000)
            except Cut as e:
                self.cut.append({**what, "ended": time.monotonic(), "why": str(e)})
            except (OSError, Failed, asyncio.TimeoutError) as e:
                self.failed_count += 1
                if len(self.failed) < KEPT:
                    self.failed.append({**what, "ended": time.monotonic(), "why": repr(e)})

    def counts(self):
        times = sorted(self.times_ms) or [0]
        return {"good": self.good, "failed_count": self.failed_count, "failed": self.failed, "cut": self.cut,
                "p50_ms": round(times[len(times) // 2], 2), "p99_ms": round(times[len(times) * 99 // 100], 2),
                "max_ms": round(times[-1], 2)}


async def main():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=1 << 22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    plan = json.loads(await lines.readline())
    load = Load(plan)
    clients = [asyncio.create_task(load.client()) for _ in range(plan["clients"])]
    while line := await lines.readline():
        load.relays = json.loads(line).get("relays", load.relays)
        print(json.dumps(load.counts()), flush=True)
    load.stopping = True
    await asyncio.gather(*clients)
    print(json.dumps(load.counts()), flush=True)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
