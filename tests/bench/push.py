#!/usr/bin/env python3
"""How fast a change reaches a thousand browsers: commits updates at a steady rate and lets push_load measure.

    tests/bench/push.py [--build build] [--sockets 1000] [--rate 1000] [--proxies 1000] [--seconds 10] [--slow 0]

A real Redis and one real api-node of a plain build. Every browser is an administrator's, so each is told of everything:
rate × sockets frames a second. The time is taken from just before the script that commits is sent, to when a browser
has read the frame. Prints one line of JSON: percentiles, what the node used of a processor, and its memory before and
after.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

SOCKETS_PER_USER = 40
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build"))
    for name, value in (("sockets", 1000), ("rate", 1000), ("proxies", 1000), ("seconds", 10), ("slow", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


def push_load(build):
    """The load client, compiled when it is older than its source."""
    source, program = ROOT / "tests" / "bench" / "push_load.c", pathlib.Path(build) / "push_load"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([os.environ.get("CC", "cc"), "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
                        str(source), "-o", str(program)], check=True)
    return program


def administrators(admin, redis, count):
    """Tokens of as many administrators: a user may have fifty browsers at a node."""
    tokens = []
    for i in range(count):
        user = admin.post("/api/users", {"username": f"admin{i}", "role": "admin"})
        assert user.status == 201, user
        token = f"{user.json['id']:043d}"
        made = redis.script("session_create", hashlib.sha256(token.encode()).hexdigest(), user.json["id"], 3600000, 3600000,
                            "127.0.0.1", "")
        assert made.status == "OK", made
        tokens.append(token)
    return tokens


class Committer:
    """Sends proxy_update by EVALSHA, many in flight, at a steady rate."""

    def __init__(self, redis):
        self.redis = redis
        self.sha = redis.text("SCRIPT", "LOAD", redis.texts["proxy_update"])

    def run(self, proxies, rate, seconds):
        """Returns how many were sent; each proxy in turn, ten a hundredth of a second."""
        client, sent, start = self.redis.client, 0, time.monotonic()
        while (now := time.monotonic()) - start < seconds:
            due = int((now - start) * rate) - sent
            batch = []
            for i in range(due):
                proxy_id = proxies[(sent + i) % len(proxies)]
                batch.append(client.encode(("EVALSHA", self.sha, 1, self.redis.prefix, proxy_id, "bench", "note",
                                            time.monotonic_ns())))
            if batch:
                client.socket.sendall(b"".join(batch))
                for _ in batch:
                    client.read()
            sent += due
            time.sleep(0.002)
        return sent


def main():
    args = options()
    os.environ["KP_BUILD_DIR"] = args.build
    from harness.api import ApiNode
    from harness.redis_server import RedisServer

    with RedisServer() as redis, ApiNode(redis, LOG_LEVEL="notice") as node:
        admin = node.login(bearer=True)
        proxies = [admin.add_static(f"bench {i}")["id"] for i in range(args.proxies)]
        tokens = ",".join(administrators(admin, redis, -(-args.sockets // SOCKETS_PER_USER)))
        load = subprocess.Popen([push_load(args.build), str(node.port), tokens, str(args.sockets), str(args.slow)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert load.stdout.readline() == "ready\n"
            committer = Committer(redis)
            committer.run(proxies, args.rate, 1)  # warms up
            time.sleep(1)
            memory, cpu = node.resident_bytes(), node.cpu_seconds()
            load.stdin.write("reset\n")
            load.stdin.flush()
            sent = committer.run(proxies, args.rate, args.seconds)
            used = node.cpu_seconds() - cpu
            time.sleep(1)
            load.stdin.write("report\n")
            load.stdin.flush()
            figures = json.loads(load.stdout.readline())
            figures.update(commits=sent, expected_frames=sent * (args.sockets - args.slow), node_cpu=round(used / args.seconds, 3),
                           memory_before=memory, memory_after=node.resident_bytes())
            print(json.dumps(figures))
        finally:
            load.stdin.close()
            load.wait()


if __name__ == "__main__":
    main()
