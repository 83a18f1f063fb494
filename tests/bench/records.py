"""Many proxies as the product makes them: sealed keys and passwords, the real Lua, each rotated once. In batches.

Used by the benches; no number here is a target.
"""

import hashlib
import json

from harness.redis_server import RedisError

BATCH = 500
PLACES = ["Bình Thuận", "Đà Nẵng", "Thừa Thiên Huế", "Hà Nội", "Hồ Chí Minh", "Cần Thơ", "Quảng Ngãi", "Bắc Ninh"]
REGIONS = ["bac", "trung", "nam", "random"]
HOUR_MS, DAY_MS = 3600 * 1000, 24 * 3600 * 1000


class Batch:
    """Script calls of one batch, sent together."""

    def __init__(self, redis):
        self.redis, self.calls = redis, []

    def call(self, name, *argv):
        self.calls.append((name, argv))

    def run(self):
        """The answers, in order, each as a flat list of texts."""
        client, prefix = self.redis.client, self.redis.prefix
        for name in {name for name, _ in self.calls}:
            client.call("SCRIPT", "LOAD", self.redis.texts[name])
        client.socket.sendall(b"".join(
            client.encode(("EVALSHA", self.redis.sha[name], 1, prefix, *argv)) for name, argv in self.calls))
        answers = []
        for name, _ in self.calls:
            answer = client.read()
            if isinstance(answer, RedisError):
                raise answer
            answers.append([part.decode() for part in answer])
        self.calls = []
        return answers


def values(flat):
    return dict(zip(flat[1::2], flat[2::2]))


def seal_all(sealer, requests):
    """[(aad, plain)] sealed by the product's own library, a batch at a time."""
    sealer.process.stdin.write("".join(f"seal\t{aad}\t{plain}\n" for aad, plain in requests))
    sealer.process.stdin.flush()
    return [sealer.process.stdout.readline().rstrip("\n") for _ in requests]


def create_fields(proxy_id, n, sealed_key, sealed_password):
    fields = {
        "key_name": f"Máy {n} {PLACES[n % len(PLACES)]}", "provider": "kiotproxy", "provider_key": sealed_key,
        "provider_key_hmac": hashlib.sha256(b"key%d" % n).hexdigest(), "region": REGIONS[n % 4], "user_id": 1,
        "password": sealed_password, "password_hash": hashlib.sha256(b"pw%d" % n).hexdigest(),
        "allow": '[{"cidr":"203.0.113.%d/32","until":null}]' % (n % 250),
        "tags": json.dumps([f"nhóm {n % 20}"], ensure_ascii=False), "note": "", "first_job": 1, "await_ms": 0,
        "reuse_ms": DAY_MS, "port_start": 9000, "port_end": 65000,
    }
    return [part for item in fields.items() for part in item]


def make_batch(redis, sealer, first, count, gen):
    batch = Batch(redis)
    first_id = int(redis.script("id_take", count)["first_id"])
    ids = range(first_id, first_id + count)
    sealed = seal_all(sealer, [pair for i in ids for pair in (
        (f"proxy:{i}:provider_key", hashlib.sha256(b"K%d" % i).hexdigest()[:33]),
        (f"proxy:{i}:password", hashlib.sha256(b"P%d" % i).hexdigest()[:14]))])
    for at, proxy_id in enumerate(ids):
        batch.call("proxy_create", proxy_id, "admin", *create_fields(proxy_id, first + at, *sealed[2 * at:2 * at + 2]))
    assert all(answer[0] == "OK" for answer in batch.run())
    # Each commit queues a check of the new upstream: those of the batch before come first, and are left.
    read = redis.script("jobs_read", "bench", 2 * BATCH, DAY_MS).json("jobs")
    jobs = [job for job in read if job["kind"] == "rotate"]
    assert len(jobs) == count
    for job in jobs:
        batch.call("job_claim", job["entry"], job["job"], job["kind"], job["id"], job["slot"], "bench", gen, 30000)
    for job, claim in zip(jobs, batch.run()):
        n = int(job["id"])
        ip = f"{1 + n % 200}.{n // 200 % 250}.{n // 50000}.{n % 250}"
        batch.call("rotation_commit", job["entry"], job["job"], job["id"], job["slot"], values(claim)["fence"], gen,
                   20 * HOUR_MS, 60000, "remote_http", f"{ip}:31194", "remote_socks5", f"{ip}:31195", "remote_ip", ip,
                   "location", PLACES[n % len(PLACES)], "ttl", 1200, "ttc", 59, "provider_expires_at", 5)
    assert all(answer[0] == "COMMITTED" for answer in batch.run())


def make(redis, sealer, total):
    """`total` proxies into an opened store (a node has started on it)."""
    gen = redis.text("GET", redis.prefix + "generation")
    for first in range(0, total, BATCH):
        make_batch(redis, sealer, first, min(BATCH, total - first), gen)
