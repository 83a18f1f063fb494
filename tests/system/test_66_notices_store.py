"""Notices in the store: what is queued for whom by the change itself, what a batch is, what comes of its delivery."""

import json

import pytest

from harness.store_fleet import DAY, MINUTE, StoreFleet

ALL = ["rotation_failed", "key_expired", "key_invalid", "key_expiring", "unhealthy", "recovered", "no_upstream",
       "quota_reached", "same_ip", "rotated"]


class Notices(StoreFleet):
    def channel(self, events=ALL, kind="webhook", **fields):
        channel = self.script("notice_id_take")["id"]
        values = {"kind": kind, "name": f"channel {channel}", "events": json.dumps(events), "url": "v1:u", **fields}
        answer = self.script("notice_save", channel, "admin", *[part for item in values.items() for part in item])
        assert answer.status == "OK", answer
        return channel

    def queue(self, channel):
        return sorted(name.decode() for name in self.call("ZRANGE", f"{{kp}}:notice:{channel}:queue", 0, -1))

    def check(self, proxy_id, ok):
        self.script("check_commit", 1, "", "", proxy_id, int(ok), 50, "err.unhealthy", "")

    def fall_ill(self, proxy_id):
        self.check(proxy_id, False)
        self.check(proxy_id, False)

    def take_notice(self, channel):
        """The job of a channel that is due now, claimed: (job, batch)."""
        self.call("ZADD", "{kp}:due:notify", 1, channel)
        assert self.dispatch(check_ms=0)["notify"] == "1"
        job = self.take("notify")
        answer = self.script("notice_claim", job["entry"], job["job"], job["id"], job["reason"])
        return job, answer.json("batch") if answer.status == "CLAIMED" else None

    def end(self, job, batch, sent=1, retry_ms=0, status=200, cause="", answer="ok", refused=0):
        return self.script("notice_end", job["entry"], job["job"], job["id"], batch["id"], sent, retry_ms,
                           len(batch["events"]), status, cause, answer, 12, refused)

    def tell(self, channel):
        """Delivers what the channel has to tell: [(event, proxy id)]."""
        job, batch = self.take_notice(channel)
        if batch is None:
            return []
        assert self.end(job, batch).status == "OK"
        return sorted((event["event"], event["id"]) for event in batch["events"])

    def notice(self, channel):
        return self.hash(f"notice:{channel}")


@pytest.fixture(scope="module")
def redis():
    with Notices() as redis:
        yield redis


@pytest.fixture
def fleet(redis):
    redis.empty()
    redis.lead()
    return redis


def test_without_a_channel_nothing_is_queued(fleet):
    fleet.fall_ill(fleet.active())
    assert [key for key in fleet.call("KEYS", "*notice*")] == [] and fleet.call("EXISTS", "{kp}:due:notify") == 0


def test_a_trouble_is_told_once_and_its_end_once(fleet):
    channel, proxy = fleet.channel(), int(fleet.active())
    fleet.tell(channel)
    fleet.fall_ill(proxy)
    fleet.check(proxy, False)
    assert fleet.tell(channel) == [("unhealthy", proxy)]
    fleet.check(proxy, True)
    fleet.check(proxy, True)
    assert fleet.tell(channel) == [("recovered", proxy)]
    assert fleet.tell(channel) == []


def test_what_is_over_before_it_was_told_is_not_told(fleet):
    channel, proxy = fleet.channel(), int(fleet.active())
    fleet.tell(channel)
    fleet.fall_ill(proxy)
    fleet.check(proxy, True)
    assert fleet.queue(channel) == [] and fleet.tell(channel) == []
    fleet.fall_ill(proxy)
    assert fleet.tell(channel) == [("unhealthy", proxy)]
    fleet.check(proxy, True)
    fleet.fall_ill(proxy)  # ill, well and ill again: nothing new
    assert fleet.tell(channel) == []


def test_a_channel_without_recoveries_is_not_told_of_what_is_over_either(fleet):
    channel, proxy = fleet.channel(["unhealthy"]), int(fleet.active())
    fleet.fall_ill(proxy)
    fleet.check(proxy, True)
    assert fleet.tell(channel) == []
    fleet.fall_ill(proxy)
    assert fleet.tell(channel) == [("unhealthy", proxy)]
    fleet.check(proxy, True)
    assert fleet.queue(channel) == []


def test_filters_of_tag_and_user(fleet):
    tagged, others = fleet.channel(tag="shop"), fleet.channel(user_id=7)
    one, two = int(fleet.active("K1", next_ms=0)), int(fleet.active("K2", next_ms=0))
    fleet.update(one, tags='["a","shop"]')
    fleet.edit(two, user_id=7)
    fleet.fall_ill(one)
    fleet.fall_ill(two)
    assert fleet.tell(tagged) == [("unhealthy", one)] and fleet.tell(others) == [("unhealthy", two)]


def test_rotations(fleet):
    channel, proxy = fleet.channel(), int(fleet.active(next_ms=0))
    for _ in range(2):  # a row of failures is told once
        job = fleet.script("rotation_request", proxy, "rotate", "admin", "", "now")
        job = fleet.take()
        fleet.fail(job, fleet.claim(job)["fence"])
    assert fleet.tell(channel) == [("rotation_failed", proxy)]
    fleet.request(proxy)
    job = fleet.take()
    fleet.commit(job, fleet.claim(job)["fence"], ip="2.2.2.2", next_ms=0)
    assert fleet.tell(channel) == [("recovered", proxy), ("rotated", proxy)]
    fleet.request(proxy)
    job = fleet.take()
    fleet.commit(job, fleet.claim(job)["fence"], ip="2.2.2.2", next_ms=0)
    assert fleet.tell(channel) == [("same_ip", proxy)]
    fleet.request(proxy)
    job = fleet.take()
    fleet.fail(job, fleet.claim(job)["fence"], "EXPIRED_KEY", message_id="err.key_expired")
    job, batch = fleet.take_notice(channel)
    assert [(e["event"], e["error"]["message_id"]) for e in batch["events"]] == [("key_expired", "err.key_expired")]


def test_an_expired_upstream_that_nothing_replaces(fleet):
    channel, proxy = fleet.channel(), int(fleet.active())
    fleet.update(proxy, rotate_mode="manual")
    fleet.edit(proxy, expiration_at=fleet.now() - 1)
    fleet.make_due(proxy)
    fleet.dispatch()
    assert fleet.tell(channel) == [("no_upstream", proxy)]


def test_a_limit_that_is_reached_and_raised(fleet):
    channel, proxy = fleet.channel(), int(fleet.active())
    fleet.update(proxy, limits='{"bytes_per_month":1000000}')
    fleet.script("usage_flush", "relay-1", 1, fleet.now() // MINUTE, proxy, 1000000, 0, 1, 0)
    job, batch = fleet.take_notice(channel)
    (event,) = batch["events"]
    assert event["event"] == "quota_reached" and event["error"]["params"] == {"used": 1000000, "limit": 1000000}
    fleet.end(job, batch)
    fleet.update(proxy, limits='{"bytes_per_month":2000000}')
    assert fleet.tell(channel) == [("recovered", proxy)]


def test_what_does_not_fit_is_counted(fleet):
    channel = fleet.channel()
    fleet.call("EVAL", """for i = 1, 500 do redis.call('ZADD', KEYS[1], i, 'rotated:' .. (i + 1000))
        redis.call('HSET', KEYS[2], 'rotated:' .. (i + 1000), '{"from":"active","event":"rotated","id":' .. (i + 1000) .. '}') end""",
               2, f"{{kp}}:notice:{channel}:queue", f"{{kp}}:notice:{channel}:texts")
    fleet.fall_ill(fleet.active())
    _, batch = fleet.take_notice(channel)
    assert len(batch["events"]) == 500 and batch["more"] == {"rotated": 1} and batch["events"][-1]["event"] == "unhealthy"


def test_a_batch_stays_the_same_until_it_is_sent(fleet):
    channel, one, two = fleet.channel(), int(fleet.active("K1")), int(fleet.active("K2"))
    fleet.fall_ill(one)
    job, first = fleet.take_notice(channel)
    assert fleet.dispatch()["notify"] == "0", "one delivery at a time"
    fleet.fall_ill(two)
    fleet.check(one, True)
    (shown,) = fleet.script("notice_list", channel).json("channels")
    assert shown["queued"] == "3", "what is being sent waits too"
    assert fleet.end(job, first, sent=0, status=500, cause="HTTP 500").status == "OK"
    job, second = fleet.take_notice(channel)
    assert second == first
    assert fleet.end(job, second).status == "OK" and fleet.end(job, second).status == "ALREADY"
    assert fleet.tell(channel) == [("recovered", one), ("unhealthy", two)]


def test_a_failing_channel_is_seen_waits_longer_and_gives_up(fleet):
    channel, proxy = fleet.channel(name="ops"), fleet.active()
    fleet.fall_ill(proxy)
    waits = []
    for n in range(8):
        job, batch = fleet.take_notice(channel)
        answer = fleet.end(job, batch, sent=0, status=500, cause="HTTP 500")
        assert answer["gave_up"] == str(int(n == 7)) and answer["began"] == str(int(n == 0)) and answer["failing"] == "1"
        waits.append(int(fleet.notice(channel)["next_at"]) - fleet.now())
    expected = [min(10000 * 2 ** n, 600000) for n in range(8)]
    assert all(0.95 * most < wait <= most for most, wait in zip(expected, waits)), waits
    assert fleet.log_actions().count("notify") == 1
    notice = fleet.notice(channel)
    assert json.loads(notice["last_error"])["params"] == {"channel": "ops", "cause": "HTTP 500", "status": 500}
    assert notice["lost"] == "1" and int(notice["failing_since"]) <= fleet.now()
    assert fleet.call("EXISTS", f"{{kp}}:notice:{channel}:batch") == 0
    fleet.check(proxy, True)
    assert len(fleet.tell(channel)) == 1
    assert "failing_since" not in fleet.notice(channel) and fleet.log_actions().count("notify") == 2
    log = fleet.script("notice_deliveries", channel, "", 50).json("deliveries")
    assert [entry["outcome"] for entry in log] == ["sent", "given_up"] + ["failed"] * 7
    older = fleet.script("notice_deliveries", "", log[0]["id"], 3).json("deliveries")
    assert older == log[1:4]


def test_the_receivers_wish_is_obeyed_and_then_the_interval(fleet):
    channel, one, two = fleet.channel(), fleet.active("K1"), fleet.active("K2")
    fleet.fall_ill(one)
    job, batch = fleet.take_notice(channel)
    fleet.end(job, batch, sent=0, retry_ms=90000, status=429)
    assert 89000 < fleet.due(channel, "notify") - fleet.now() <= 90000
    job, batch = fleet.take_notice(channel)
    fleet.end(job, batch)
    assert fleet.due(channel, "notify") is None, "nothing waits"
    fleet.fall_ill(two)
    assert 59000 < fleet.due(channel, "notify") - fleet.now() <= 60000


def test_a_test_tells_nothing_of_the_queue(fleet):
    channel, proxy = fleet.channel(), int(fleet.active())
    fleet.fall_ill(proxy)
    queued = fleet.script("notice_test", channel, "admin")
    job = fleet.take("notify")
    claim = fleet.script("notice_claim", job["entry"], job["job"], job["id"], job["reason"])
    assert job["job"] == queued["job"] and job["reason"] == "manual" and claim.json("batch") == {}
    assert claim.json("channel")["url"] == "v1:u"
    fleet.script("notice_end", job["entry"], job["job"], job["id"], "", 0, 0, 0, 403, "HTTP 403", "blocked", 5, 0)
    assert fleet.result(job["job"])["message_id"] == "err.notify"
    assert "failing_since" not in fleet.notice(channel) and fleet.tell(channel) == [("unhealthy", proxy)]


def test_a_channel_that_is_switched_off_or_deleted_forgets(fleet):
    off, gone, proxy = fleet.channel(), fleet.channel(), fleet.active()
    fleet.fall_ill(proxy)
    assert fleet.script("notice_save", off, "admin", "active", 0).status == "OK"
    assert fleet.script("notice_delete", gone, "admin").status == "OK"
    assert fleet.script("notice_delete", gone, "admin").status == "NOT_FOUND"
    assert fleet.dispatch()["notify"] == "0" and fleet.call("HLEN", "{kp}:notices:events") == 0
    assert [c["id"] for c in fleet.script("notice_list", "").json("channels")] == [off]
    assert fleet.call("KEYS", f"*notice:{gone}*") == []


def test_keys_that_end_are_told_twice_each_on_its_day(fleet):
    channel, proxy = fleet.channel(["key_expiring"]), int(fleet.active())
    now = fleet.now()
    fleet.update(proxy, paid_until=now + 5 * DAY)
    fleet.dispatch(remind_until_ms=now + DAY)
    assert fleet.queue(channel) == []
    for until, left in ((2 * DAY + 1, 1), (2 * DAY + 2, 0), (4 * DAY, 0), (4 * DAY + 1, 1), (6 * DAY, 0)):
        fleet.dispatch(remind_until_ms=now + until)
        assert len(fleet.tell(channel)) == left, until
    assert fleet.due(proxy, "paid") is None
    fleet.update(proxy, paid_until=now + MINUTE)  # both moments are over: one reminder
    fleet.dispatch(remind_until_ms=now + DAY)
    assert len(fleet.tell(channel)) == 1 and fleet.due(proxy, "paid") is None
    fleet.update(proxy, paid_until=now + 40 * DAY)
    fleet.delete(proxy)
    assert fleet.due(proxy, "paid") is None
    assert fleet.script("proxy_restore", proxy, "", "admin").status == "OK"
    assert fleet.due(proxy, "paid") == now + 37 * DAY


def test_a_delivery_that_kills_its_senders_is_given_up(fleet):
    channel, proxy = fleet.channel(), int(fleet.active())
    fleet.fall_ill(proxy)
    job, _ = fleet.take_notice(channel)
    assert fleet.script("job_dead", job["entry"], job["job"], job["id"], "delivered too often", 6).status == "OK"
    assert fleet.call("EXISTS", f"{{kp}}:notice:{channel}:batch") == 0 and fleet.record(proxy)["status"] == "unhealthy"
    assert fleet.notice(channel)["lost"] == "1" and "sending" not in fleet.notice(channel)
    fleet.check(proxy, True)
    assert fleet.tell(channel) == [("recovered", proxy)]


def test_at_most_fifty_channels(fleet):
    for _ in range(50):
        fleet.channel()
    extra = fleet.script("notice_id_take")["id"]
    answer = fleet.script("notice_save", extra, "admin", "kind", "slack", "name", "x", "events", "[]")
    assert answer.status == "LIMIT" and answer["max"] == "50"


def test_a_refusal_of_ours_is_told_as_one(fleet):
    channel, proxy = fleet.channel(), fleet.active()
    fleet.fall_ill(proxy)
    job, batch = fleet.take_notice(channel)
    fleet.end(job, batch, sent=0, status=0, cause="not there", answer="", refused=1)
    assert '"message_id":"err.notify_refused"' in fleet.notice(channel)["last_error"]
