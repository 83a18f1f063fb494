"""A real redis-server as a test's peer, and a client of our own that speaks as much RESP2 as the tests need.

The store's Lua transactions are run as they are shipped: from scripts.json of the build directory.
"""

import hashlib
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile

from harness.simulator import SCALE, build_dir, wait_until

PREFIX = "{kp}:"


class RedisError(Exception):
    """Redis answered with an error; the text is the error's."""


class Client:
    """One connection. call("GET", "x") gives bytes, int, None or a list of those; an error is raised."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30 * SCALE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def close(self):
        self.stream.close()
        self.socket.close()

    @staticmethod
    def encode(args):
        out = [b"*%d\r\n" % len(args)]
        for arg in args:
            data = arg if isinstance(arg, bytes) else str(arg).encode()
            out.append(b"$%d\r\n%s\r\n" % (len(data), data))
        return b"".join(out)

    def call(self, *args):
        self.socket.sendall(self.encode(args))
        return self.read()

    def read(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if int(rest) < 0:
                return None
            return self.stream.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if int(rest) < 0 else [self.read() for _ in range(int(rest))]
        raise ConnectionError(f"not RESP: {line!r}")


class Answer(dict):
    """A script's answer: .status, and the named values as texts."""

    def __init__(self, flat):
        texts = [part.decode() for part in flat]
        super().__init__(zip(texts[1::2], texts[2::2]))
        self.status = texts[0]

    def json(self, name):
        return json.loads(self[name])

    def __repr__(self):
        return f"<{self.status} {dict(self)!r}>"


class RedisServer:
    """with RedisServer() as redis: redis.script("id_take", 1)["first_id"]"""

    def __init__(self, *options, prefix=PREFIX):
        self.options = options
        self.prefix = prefix
        self.process = self.client = None
        self.port = 0
        self.folder = None
        self.texts = json.loads((pathlib.Path(build_dir()) / "shared" / "store" / "scripts.json").read_text())
        self.sha = {name: hashlib.sha1(text.encode()).hexdigest() for name, text in self.texts.items()}

    def start(self):
        if self.folder is None:
            self.folder = tempfile.mkdtemp(prefix="redis-")
        if self.port == 0:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
                   "--hash-max-listpack-value", "512", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def connect():
            if self.process.poll() is not None:
                raise RuntimeError(f"redis-server ended with {self.process.returncode}")
            try:
                client = Client(self.port)
                client.call("PING")
                return client
            except (OSError, RedisError):
                return None

        self.client = wait_until(connect, "redis-server answers")
        return self

    def stop(self):
        if self.client:
            self.client.close()
            self.client = None
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    __enter__ = start

    def __exit__(self, *exc):
        self.stop()

    def call(self, *args):
        return self.client.call(*args)

    def text(self, *args):
        value = self.call(*args)
        return None if value is None else value.decode()

    def hash(self, name):
        """HGETALL of a key (the prefix is put before it) as texts."""
        flat = [part.decode() for part in self.call("HGETALL", self.prefix + name)]
        return dict(zip(flat[::2], flat[1::2]))

    def script(self, name, *argv):
        args = (1, self.prefix, *argv)
        try:
            return Answer(self.client.call("EVALSHA", self.sha[name], *args))
        except RedisError as e:
            if not str(e).startswith("NOSCRIPT"):
                raise
            return Answer(self.client.call("EVAL", self.texts[name], *args))
