"""A store as the nodes see it, driven script by script: what a scheduler, an api-node and a relay would call."""

import json

from harness.redis_server import RedisServer

MINUTE = 60000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Record(dict):
    """A record's fields; one that was never written is empty."""

    def __missing__(self, name):
        return ""


class StoreFleet(RedisServer):
    """with StoreFleet() as fleet: fleet.create(); job = fleet.take(); fleet.claim(job)"""

    def start(self):
        super().start()
        self.leader = ""
        self.open()
        return self

    __enter__ = start

    def open(self, run_id="run-1"):
        self.gen = self.script("generation_bump", run_id)["gen"]
        return self.script("store_open", 1, "check", 0)

    def empty(self):
        """A store as new: for the next test."""
        self.call("FLUSHALL")
        self.leader = ""
        self.open()

    def lead(self):
        self.leader = self.script("lease_take", "scheduler-1", "token", DAY)["value"]
        return self.leader

    def now(self):
        seconds, micros = self.call("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    # --- an api-node's ---

    def create(self, key="K1", first_job=1, await_ms=0, **fields):
        proxy_id = self.script("id_take", 1)["first_id"]
        values = {"key_name": key, "provider": "kiotproxy", "provider_key": "v1:" + key, "provider_key_hmac": "h-" + key,
                  "region": "bac", "password": "v1:p", "password_hash": "a" * 64, "allow": "[]", **fields}
        if values["provider"] == "static":
            del values["provider_key"], values["provider_key_hmac"]
        flat = [part for item in values.items() for part in item]
        return self.script("proxy_create", proxy_id, "admin", *flat, "first_job", first_job, "await_ms", await_ms,
                           "reuse_ms", DAY, "port_start", 9000, "port_end", 9999)

    def update(self, proxy_id, **fields):
        return self.script("proxy_update", proxy_id, "admin", *[part for item in fields.items() for part in item])

    def delete(self, proxy_id, release=0, keep_ms=DAY, reuse_ms=DAY):
        return self.script("proxy_delete", proxy_id, "admin", release, keep_ms, reuse_ms)

    def request(self, proxy_id, kind="rotate", region="", when="now"):
        return self.script("rotation_request", proxy_id, kind, "admin", region, when)

    # --- a scheduler's ---

    def dispatch(self, limit=1000, max_waiting=10000, rearm_ms=MINUTE, check_ms=30000, remind_until_ms=0):
        return self.script("due_dispatch", self.leader or self.lead(), limit, max_waiting, rearm_ms, check_ms,
                           remind_until_ms)

    def read_jobs(self, worker="w1", count=100, min_idle_ms=15000):
        return self.script("jobs_read", worker, count, min_idle_ms).json("jobs")

    def take(self, kind="rotate", worker="w1"):
        """The one job of this kind that is handed out now."""
        jobs = [job for job in self.read_jobs(worker) if job["kind"] == kind]
        assert len(jobs) == 1, jobs
        return jobs[0]

    def claim(self, job, worker="w1", gen=None, claim_ms=30000):
        return self.script("job_claim", job["entry"], job["job"], job["kind"], job["id"], job["slot"], worker,
                           gen or self.gen, claim_ms)

    def commit(self, job, fence, ip="1.1.1.1", expires_ms=20 * MINUTE, next_ms=MINUTE, gen=None, proof=False, **fields):
        values = {"remote_http": ip + ":8080", "remote_socks5": ip + ":8081", "remote_ip": ip, "location": "Phú Thọ",
                  "ttl": 1200, "ttc": 59, "provider_expires_at": 5, **fields}
        flat = [part for item in values.items() for part in item]
        slot = [job["slot"]] if job["kind"] == "rotate" else []
        done = self.script("rotation_commit" if slot else "sync_commit", job["entry"], job["job"], job["id"], *slot, fence,
                           gen or self.gen, expires_ms, next_ms, *flat)
        if slot and done.status == "COMMITTED" and not proof:
            self.forget_check(job["id"])
        return done

    def forget_check(self, proxy_id):
        """The check of a new upstream that a commit queues, out of the way of tests that count jobs."""
        self.call("XDEL", self.prefix + "jobs", self.record(proxy_id)["check_entry"] or "0-0")
        self.edit(proxy_id, check_entry="")

    def fail(self, job, fence, cls="TRANSIENT", retry_ms=0, next_ms=0, sent=0, message_id="err.transient", params="{}",
             gen=None):
        if job["kind"] == "rotate":
            return self.script("rotation_fail", job["entry"], job["job"], job["id"], job["slot"], fence, gen or self.gen,
                               cls, retry_ms, next_ms, message_id, params, "vendor's words", sent)
        return self.script("sync_fail", job["entry"], job["job"], job["id"], fence, gen or self.gen, cls, retry_ms,
                           message_id, params, "vendor's words")

    def active(self, key="K1", **options):
        """A proxy with an upstream: created, rotated once. Its id."""
        proxy_id = self.create(key)["id"]
        job = self.take()
        assert self.commit(job, self.claim(job)["fence"], **options).status == "COMMITTED"
        return proxy_id

    # --- looking ---

    def record(self, proxy_id):
        return Record(self.hash(f"proxy:{proxy_id}"))

    def edit(self, proxy_id, **fields):
        """Puts a record into a state that would take long to come about."""
        self.call("HSET", f"{self.prefix}proxy:{proxy_id}", *[part for item in fields.items() for part in item])

    def route(self, name="proxy1"):
        text = self.text("HGET", self.prefix + "routes", name)
        return json.loads(text) if text else None

    def due(self, proxy_id, kind="rotate"):
        score = self.text("ZSCORE", f"{self.prefix}due:{kind}", proxy_id)
        return None if score is None else int(float(score))

    def make_due(self, proxy_id, kind="rotate"):
        self.call("ZADD", f"{self.prefix}due:{kind}", 1, proxy_id)

    def result(self, job_name):
        answer = self.script("job_result", job_name)
        return answer.json("result") if answer.status == "OK" else None

    def messages(self, topic):
        """All messages of the topic, oldest first, each checked to stand under the id it names."""
        out = []
        for entry_id, fields in self.call("XRANGE", f"{self.prefix}{topic}:changes", "-", "+"):
            message = json.loads(fields[1])
            assert entry_id.decode() == f"{message['gen']}-{message['ver']}"
            out.append(message)
        return out

    def log_actions(self, proxy_id=""):
        return [entry["action"] for entry in self.script("log_page", proxy_id, "", 50).json("entries")]

    def pending(self):
        return self.call("XPENDING", self.prefix + "jobs", "workers")[0]
