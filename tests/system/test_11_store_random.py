"""The store's promises under random interleavings: three workers that die, repeat, come late; users; generations; traffic
with limits, dead upstreams, proxies that are deleted and restored, notices.

Each run is one seed of steps against a real Redis. After it, what must always hold is checked; then the faults end, the
work is drained, and what must hold in peace is checked. A failure names its seed.
"""

import json
import os
import random

import pytest

from harness.simulator import wait_until
from harness.store_fleet import MINUTE, StoreFleet

RUNS = int(os.environ.get("KP_STORE_RUNS", "300"))
STEPS = 150
LIMIT = 1000  # bytes a month
EVENTS = ["rotation_failed", "key_expired", "key_invalid", "unhealthy", "recovered", "no_upstream", "quota_reached", "same_ip",
          "rotated"]
CLASSES = ["INVALID_KEY", "EXPIRED_KEY", "NOT_ASSIGNED", "COOLDOWN", "NO_STOCK", "RATE_LIMITED", "TRANSIENT", "FIREWALL"]


def exact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Run:
    def __init__(self, fleet, seed):
        self.fleet, self.random = fleet, random.Random(seed)
        self.ids, self.deleted, self.keys, self.runs = [], [], 0, 1
        self.held = {"w1": [], "w2": [], "w3": []}  # jobs read, not yet claimed
        self.claims = []  # (worker, job, fence, generation)
        self.commits = {}  # (id, slot) -> result
        self.answers = {}  # id -> the upstreams that the provider gave
        self.fences = {}
        self.ip = 0
        self.seq, self.carried = 0, {}  # id -> bytes this month
        self.batches, self.told = [], set()  # (worker, job, message) claimed; messages that were sent
        fleet.lead()
        self.channel = fleet.script("notice_id_take")["id"]
        fleet.script("notice_save", self.channel, "admin", "kind", "webhook", "name", "n", "url", "v1:u",
                     "events", json.dumps(self.random.sample(EVENTS, 5)))
        for _ in range(self.random.choice([0, 3])):
            self.create_active()

    # --- steps ---

    def some_id(self):
        return self.random.choice(self.ids) if self.ids else "1"

    def create(self):
        if len(self.ids) < 5:
            self.keys += 1
            answer = self.fleet.create(f"K{self.keys}", first_job=self.random.randint(0, 1),
                                       await_ms=self.random.choice([0, 10000]))
            self.ids.append(answer["id"])

    def create_active(self):
        self.keys += 1
        self.ids.append(self.fleet.active(f"K{self.keys}", ip=f"11.0.0.{self.keys}", next_ms=self.random.choice([0, 20])))
        self.answers[self.ids[-1]] = [f"11.0.0.{self.keys}"]
        self.fleet.update(self.ids[-1], limits=json.dumps({"bytes_per_month": LIMIT}, separators=(",", ":")))

    def request(self):
        self.fleet.request(self.some_id(), self.random.choice(["rotate", "rotate", "sync", "sync", "check"]),
                           when=self.random.choice(["now", "allowed"]))

    def cancel(self):
        self.fleet.script("rotation_cancel", self.some_id(), "admin")

    def update(self):
        self.keys += 1
        self.fleet.update(self.some_id(), **self.random.choice([
            {"is_active": 0}, {"is_active": 1}, {"is_active": 1}, {"rotate_mode": "manual"}, {"rotate_mode": "inherit"},
            {"rotate_mode": "interval", "rotate_interval_minutes": 2}, {"on_rotate": "cut"}, {"note": str(self.keys)},
            {"provider_key": f"v1:N{self.keys}", "provider_key_hmac": f"h-N{self.keys}"},
            {"limits": json.dumps({"bytes_per_month": LIMIT}, separators=(",", ":"))}, {"limits": '{"bytes_per_month":0}'},
            {"try_key": 1}]))

    def take_back(self):
        proxy_id = self.some_id()
        hmac = self.fleet.record(proxy_id)["provider_key_hmac"]
        if hmac:
            self.fleet.update(proxy_id, provider_key="v1:" + hmac[2:], provider_key_hmac=hmac)

    def delete(self):
        if self.ids and self.random.random() < 0.5:
            proxy_id = self.some_id()
            self.fleet.delete(proxy_id, release=self.random.randint(0, 1))
            self.ids.remove(proxy_id)
            self.deleted.append(proxy_id)

    def restore(self):
        if self.deleted:
            proxy_id = self.deleted.pop()
            for status in "OK", "ALREADY":  # the answer was lost: again
                assert self.fleet.script("proxy_restore", proxy_id, "", "admin").status == status
            self.ids.append(proxy_id)

    def traffic(self):
        """One flush of a relay, and once more: its answer was lost."""
        self.seq += 1
        proxy_id, count = self.some_id(), self.random.choice([0, LIMIT // 2])
        for status in "OK", "SEEN":
            assert self.fleet.script("usage_flush", "relay-1", self.seq, 1000, proxy_id, count, 1, 1, 0).status == status
        if proxy_id in self.ids:
            self.carried[proxy_id] = self.carried.get(proxy_id, 0) + count + 1

    def new_month(self):
        for proxy_id in self.ids:
            self.fleet.call("DEL", f"{{kp}}:months:{proxy_id}")
            self.fleet.call("ZADD", "{kp}:due:quota", "XX", 1, proxy_id)
            self.carried.pop(proxy_id, None)

    def interval_passes(self):
        proxy_id = self.some_id()
        if self.fleet.record(proxy_id)["last_rotated_at"]:
            self.keys += 1
            self.fleet.edit(proxy_id, last_rotated_at=1)
            self.fleet.update(proxy_id, note=f"published {self.keys}", rotate_mode="interval", rotate_interval_minutes=2,
                              rotate_idle_only=self.random.randint(0, 1))
            self.fleet.make_due(proxy_id)

    def suspect(self):
        self.fleet.script("suspect_report", "relay-1", self.some_id(), "refused")

    def fall_ill(self):
        for proxy_id in self.random.sample(self.ids, self.random.randint(0, len(self.ids))):
            self.fleet.script("check_commit", 1, "", "", proxy_id, self.random.choice([0, 0, 1]), 50, "", "")

    def all_of_them(self):
        self.fleet.script("due_hasten", self.random.choice(["check", "sync"]), self.random.choice([0, 100]), *self.ids)

    def settings(self):
        self.fleet.script("settings_update", "admin", "auto_rotate_on_expiration", self.random.randint(0, 1),
                          "auto_update_enabled", self.random.randint(0, 1), "auto_rotate_on_failure", self.random.randint(0, 1))
        self.fleet.script("settings_rearm", self.fleet.leader, 2)

    def dispatch(self):
        for proxy_id in self.ids:
            if self.random.random() < 0.5:
                self.fleet.make_due(proxy_id, self.random.choice(["rotate", "sync", "check"]))
        self.fleet.call("ZADD", "{kp}:due:notify", "XX", 1, self.channel)
        self.fleet.dispatch(limit=self.random.randint(1, 5))

    def read(self):
        worker = self.random.choice(list(self.held))
        self.held[worker] += self.fleet.read_jobs(worker, self.random.randint(1, 3), self.random.choice([0, 15000]))

    def claim(self):
        worker = self.random.choice(list(self.held))
        if not self.held[worker]:
            return
        job = self.held[worker].pop(self.random.randrange(len(self.held[worker])))
        if job["kind"] == "notify":
            self.claim_notice(worker, job)
            return
        answer = self.fleet.claim(job, worker)
        if answer.status == "CLAIMED" and job["kind"] in ("rotate", "sync"):
            fence = int(answer["fence"])
            assert fence > self.fences.get(job["id"], 0), "a claim must raise the fence"
            self.fences[job["id"]] = fence
            self.claims.append((worker, job, fence, self.fleet.gen))
        elif answer.status == "CLAIMED":
            self.finish(job)

    def finish(self, job, ok=None):
        if job["kind"] == "check":
            ok = self.random.randint(0, 1) if ok is None else ok
            self.fleet.script("check_commit", 1, job["entry"], job["job"], job["id"], ok, 50, "",
                              self.random.choice(["", "9.9.9.9"]))
        else:
            self.fleet.script("job_finish", job["entry"], job["job"], '{"outcome":"ok"}')

    def claim_notice(self, worker, job):
        answer = self.fleet.script("notice_claim", job["entry"], job["job"], job["id"], job["reason"])
        if answer.status == "CLAIMED":
            self.batches.append((worker, job, answer.json("batch")))

    def end_notice(self, sent=None):
        """What a receiver has got and said so for is told to nobody again."""
        if not self.batches:
            return
        worker, job, batch = self.batches.pop(self.random.randrange(len(self.batches)))
        sent = self.random.randint(0, 1) if sent is None else sent
        for _ in range(self.random.choice([1, 1, 2])):
            answer = self.fleet.script("notice_end", job["entry"], job["job"], job["id"], batch["id"], sent, 0,
                                       len(batch["events"]), 200 if sent else 500, "", "", 5, 0)
            assert answer.status == ("ALREADY" if batch["id"] in self.told else "OK"), (answer, batch["id"])
            if sent or answer.get("gave_up") == "1":
                self.told.add(batch["id"])

    def new_ip(self, proxy_id):
        if self.random.random() < 0.1 and self.answers.get(proxy_id):
            return self.answers[proxy_id][-1]  # the same again
        self.ip += 1
        ip = f"10.{self.ip >> 16}.{self.ip >> 8 & 255}.{self.ip & 255}"
        self.answers.setdefault(proxy_id, []).append(ip)
        return ip

    def commit(self):
        if not self.claims:
            return
        claim = self.random.choice(self.claims)
        if self.random.random() < 0.9:
            self.claims.remove(claim)  # else it will come again, too late
        worker, job, fence, gen = claim
        ip = self.new_ip(job["id"])
        done = False
        for _ in range(self.random.choice([1, 1, 2])):  # the answer was lost: again
            answer = self.fleet.commit(job, fence, ip, proof=True, expires_ms=self.random.choice([1, 20 * MINUTE]),
                                       next_ms=self.random.choice([0, 1, 20]), gen=gen)
            if answer.status == "COMMITTED":
                assert fence == self.fences[job["id"]], "a commit under a fence that another has passed"
            if job["kind"] != "rotate":
                continue
            assert not done or answer.status == "ALREADY", "a repeated commit must get the stored result"
            done = done or answer.status == "COMMITTED"
            slot = (job["id"], job["slot"])
            if answer.status == "COMMITTED":
                assert gen == self.fleet.gen, "a commit of another generation"
                assert slot not in self.commits, f"slot {slot} was committed twice"
                self.commits[slot] = answer["result"]
            elif answer.status == "ALREADY" and slot in self.commits:
                assert answer["result"] == self.commits[slot]
            else:
                assert answer.status in ("ALREADY", "SUPERSEDED", "STALE_FENCE", "STALE_GENERATION", "GONE"), answer

    def fail(self):
        if self.claims:
            worker, job, fence, gen = self.claims.pop(self.random.randrange(len(self.claims)))
            answer = self.fleet.fail(job, fence, self.random.choice(CLASSES), retry_ms=1, sent=self.random.randint(0, 1), gen=gen)
            if answer.get("deleted") == "1":
                self.ids.remove(job["id"])

    def dead(self):
        if self.claims and self.random.random() < 0.3:
            worker, job, fence, gen = self.claims.pop()
            self.fleet.script("job_dead", job["entry"], job["job"], job["id"], "poison", 6)

    def die(self):
        worker = self.random.choice(list(self.held))
        self.held[worker] = []
        self.claims = [claim for claim in self.claims if claim[0] != worker]
        self.batches = [batch for batch in self.batches if batch[0] != worker]

    def claims_run_out(self):
        for proxy_id in self.ids:
            if self.random.random() < 0.5:
                self.fleet.edit(proxy_id, claim_until_ms=1)

    def restart(self):
        if self.random.random() < 0.2:
            self.runs += 1
            self.fleet.open(f"run-{self.runs}")

    def lose_jobs(self):
        if self.random.random() < 0.2:
            self.fleet.call("XTRIM", "{kp}:jobs", "MAXLEN", 0)

    STEP_WEIGHTS = [(create, 4), (request, 6), (cancel, 1), (update, 2), (delete, 1), (settings, 1), (dispatch, 8), (read, 8),
                    (claim, 14), (commit, 10), (fail, 4), (dead, 1), (die, 1), (claims_run_out, 2), (restart, 1), (lose_jobs, 1),
                    (take_back, 1), (restore, 1), (traffic, 4), (new_month, 1), (interval_passes, 2), (suspect, 1), (fall_ill, 4),
                    (all_of_them, 1), (end_notice, 3)]

    def step(self):
        steps, weights = zip(*self.STEP_WEIGHTS)
        self.random.choices(steps, weights)[0](self)

    # --- what must hold ---

    def replay(self, topic):
        state, last = {}, (0, 0)
        for message in self.fleet.messages(topic):
            at = (message["gen"], message["ver"])
            assert at > last and message["ver"] == last[1] + 1 == message["prev"] + 1, (last, at)
            last = at
            for change in message["changes"]:
                if change["op"] == "set":
                    state[change["key"]] = exact(change["value"])
                elif change["op"] == "del":
                    del state[change["key"]]
        return state

    def check_always(self):
        fleet = self.fleet
        while fleet.script("settings_rearm", fleet.leader, 2)["done"] == "0":
            pass  # due times are right once the leader's walk is through
        routes = fleet.hash("routes")
        assert self.replay("routes") == routes, "routes are not what the messages make"
        records = self.replay("records")
        records.pop("settings", None)
        page = fleet.script("records_page", 0, 1000).json("records")
        assert records == {record["id"]: exact(record) for record in page}, "records are not what the messages make"
        assert sorted(records, key=int) == sorted(self.ids, key=int)
        for proxy_id in self.ids:
            record = fleet.record(proxy_id)
            assert int(record["open_slot"]) == int(record["last_slot"]) + 1
            assert int(record["fence"]) >= self.fences.get(proxy_id, 0), "the fence went back"
            if record["remote_ip"]:
                assert record["remote_ip"] in self.answers[proxy_id], "an upstream that the provider never gave"
            route = json.loads(routes[record["subdomain"]])
            assert route["http"] == record["remote_http"]
            unsure = record["attempted_slot"] == record["open_slot"] and record["remote_ip"]
            assert route["rotating"] in ((True,) if record["rotation_state"] == "rotating" else (False, bool(unsure)))
            self.check_due(proxy_id, record)
            self.check_limit(proxy_id, record, route)
        failing = {i for i in self.ids if fleet.record(i)["status"] == "unhealthy" and fleet.record(i)["rotate_mode"] != "manual"}
        assert {i.decode() for i in fleet.call("ZRANGE", "{kp}:failing", 0, -1)} == failing
        assert set(fleet.hash("provider_keys").values()) <= set(self.ids), "the key of a proxy that is gone"
        self.check_notices()

    def check_limit(self, proxy_id, record, route):
        months = [sum(map(int, sums.split()[:2])) for sums in self.fleet.hash(f"months:{proxy_id}").values()]
        assert sum(months) == self.carried.get(proxy_id, 0), "what was carried is counted once"
        reached = LIMIT <= sum(months) and "bytes_per_month" in record["limits"]
        due = self.fleet.due(proxy_id, "quota")
        if due == 1:  # the month is over, and the clock has yet to see that
            return
        assert (record["quota_used"] != "") == reached == (due is not None), record
        if record["is_active"] == "1":
            assert (route.get("reason") == "err.quota") == reached, "a limit that does not hold, or holds nobody"

    def check_notices(self):
        queue = f"{{kp}}:notice:{self.channel}:"
        waiting, texts = self.fleet.call("ZRANGE", queue + "queue", 0, -1), self.fleet.call("HKEYS", queue + "texts")
        assert sorted(waiting) == sorted(texts), "what is told, and its words"
        if waiting or self.fleet.call("EXISTS", queue + "batch"):
            assert self.fleet.due(self.channel, "notify") is not None, "nobody would ever tell it"

    def check_due(self, proxy_id, record):
        """Every enabled proxy is due at one time, or in a state in which nothing may happen."""
        due = self.fleet.due(proxy_id)
        if record["idle_wait_until"]:
            assert due <= int(record["idle_wait_until"]), "one in use waits for ever"
        if record["is_active"] != "1" or due is not None:
            return
        manual = record["rotate_mode"] == "manual" or (
            record["rotate_mode"] == "inherit" and self.fleet.hash("settings").get("auto_rotate_on_expiration") == "0")
        assert record["status"] in ("key_invalid", "no_upstream") or record["quota_used"], record
        assert manual or record["status"] == "key_invalid", record

    def drain(self):
        """The faults end: every worker works, the clock runs. Until nothing is queued or in work."""
        fleet = self.fleet
        self.held, self.claims, self.batches = {"w1": []}, [], []
        for proxy_id in self.ids:
            fleet.edit(proxy_id, claim_until_ms=1)

        def quiet():
            for proxy_id in self.ids:
                for kind, entry in (("rotate", "job_entry"), ("sync", "sync_entry")):
                    if fleet.record(proxy_id)[entry] and fleet.due(proxy_id, kind):
                        fleet.make_due(proxy_id, kind)
            fleet.call("ZADD", "{kp}:due:notify", "XX", 1, self.channel)
            fleet.dispatch()
            for job in fleet.read_jobs("w1", 100, 0):
                if job["kind"] == "notify":
                    self.claim_notice("w1", job)
                    self.end_notice(sent=1)
                    continue
                claim = fleet.claim(job, "w1")
                if claim.status != "CLAIMED":
                    assert claim.status in ("DONE", "GONE", "SKIPPED", "BUSY"), claim
                elif job["kind"] in ("rotate", "sync"):
                    self.fences[job["id"]] = int(claim["fence"])
                    answer = fleet.commit(job, claim["fence"], self.new_ip(job["id"]), next_ms=MINUTE, proof=True)
                    assert answer.status == "COMMITTED", answer
                    if job["kind"] == "rotate":
                        assert (job["id"], job["slot"]) not in self.commits
                        self.commits[job["id"], job["slot"]] = answer["result"]
                else:
                    self.finish(job, ok=1)
            soon = fleet.now() + 100  # provider's pauses in these runs are at most 20 ms
            return (fleet.call("XLEN", "{kp}:jobs") == 0 and fleet.pending() == 0 and fleet.due(self.channel, "notify") is None
                    and not any(fleet.record(i)["job_entry"] for i in self.ids)
                    and all((fleet.due(i) or soon) >= soon for i in self.ids))

        wait_until(quiet, "the work is drained")

    def check_in_peace(self):
        assert self.fleet.pending() == 0 and self.fleet.call("XLEN", "{kp}:jobs") == 0
        for proxy_id in self.ids:
            record = self.fleet.record(proxy_id)
            assert record["rotation_state"] in ("idle", "scheduled"), record
            # A sync whose entry was lost may leave its claim, run out, where no sync is wanted any more.
            assert record["claim_job"] == "" or (record["claim_job"].startswith("sync") and record["claim_until_ms"] == "1")
            if record["rotate_mode"] == "interval" and record["status"] not in ("paused", "key_invalid", "key_expired"):
                waits = int(record["retry_count"] or 0) > 0 and self.fleet.due(proxy_id) == int(record["due_at"])
                spread = self.fleet.due(proxy_id) <= self.fleet.now() + MINUTE  # overdue after a change of settings
                assert record["status"] in ("active", "unhealthy", "quota_reached") or waits or spread, record


@pytest.fixture(scope="module")
def server():
    with StoreFleet() as fleet:
        yield fleet


@pytest.mark.parametrize("block", range(10))
def test_promises_hold_under_random_interleavings(server, block):
    for seed in range(block * RUNS // 10, (block + 1) * RUNS // 10):
        server.empty()
        run = Run(server, seed)
        try:
            for _ in range(STEPS):
                run.step()
            run.check_always()
            run.drain()
            run.check_always()
            run.check_in_peace()
        except BaseException as e:
            raise AssertionError(f"seed {seed}: {e!r}") from e
